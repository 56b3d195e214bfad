//! The normal distribution and the digital contract against reference values.

mod support;

use royale_quant::digital;
use royale_quant::normal::{cdf, quantile};
use support::{Comparison, Table};

/// Seconds in the year in which the option table counts its time.
const YEAR_S: f64 = 31_557_600.0;

/// `(p, quantile)` rounded from 20 digits (mpmath 1.4.1, 60-digit working precision, `p` as the double it is).
const QUANTILES: [(f64, f64); 20] = [
    (1e-300, -37.0470962993612),
    (1e-100, -21.273453560965326),
    (1e-20, -9.262340089798407),
    (1e-10, -6.361340902404057),
    (1e-5, -4.264890793922825),
    (0.001, -3.0902323061678136),
    (0.01, -2.326347874040841),
    (0.025, -1.9599639845400543),
    (0.07, -1.4757910281791706),
    (0.075, -1.439531470938456),
    (0.1, -1.2815515655446004),
    (0.25, -0.6744897501960817),
    (0.4, -0.2533471031357997),
    (0.499, -0.002506630899571766),
    (0.5000001, 2.506628273311648e-07),
    (0.6, 0.2533471031357997),
    (0.9, 1.2815515655446006),
    (0.925, 1.4395314709384561),
    (0.95, 1.6448536269514722),
    (0.99, 2.3263478740408408),
];

/// `(x, cdf)`, likewise.
const CDFS: [(f64, f64); 12] = [
    (-37.5, 4.605353009581955e-308),
    (-20.0, 2.7536241186062337e-89),
    (-10.0, 7.619853024160525e-24),
    (-5.0, 2.866515718791939e-07),
    (-3.0, 0.0013498980316300946),
    (-1.5, 0.06680720126885807),
    (-0.5, 0.3085375387259869),
    (-0.1, 0.460172162722971),
    (0.25, 0.5987063256829237),
    (1.0, 0.8413447460685429),
    (2.5, 0.9937903346742238),
    (6.0, 0.9999999990134123),
];

#[test]
fn quantile_is_good_to_the_last_digits() {
    let mut comparison = Comparison::new("quantile", 1e-15, 0.0);
    for (p, x) in QUANTILES {
        comparison.check(&format!("{p}"), Some(quantile(p)), Some(x));
    }
}

#[test]
fn cdf_is_good_to_the_steepness_of_the_tail() {
    for (x, p) in CDFS {
        let mut comparison = Comparison::new("cdf", 2e-16 * (1.0 + x * x), 0.0);
        comparison.check(&format!("{x}"), Some(cdf(x)), Some(p));
    }
}

#[test]
fn bands_equal_scipy() {
    let text = include_str!("data/edge_functions.json");
    let file: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut comparison = Comparison::new("normal_band", 0.0, 1e-12);
    for case in file["normal_band"].as_array().unwrap() {
        let number = |name: &str| case[name].as_f64().unwrap();
        let score = (number("threshold") - number("forecast")) / number("sigma");
        let label = format!("{score}");
        comparison.check(&label, Some(cdf(-score)), Some(number("prob_gt")));
        comparison.check(&label, Some(cdf(score)), Some(number("prob_lt")));
        let edge = |i: usize| {
            (case["bracket"][i].as_f64().unwrap() - number("forecast")) / number("sigma")
        };
        let bracket = cdf(edge(1)) - cdf(edge(0));
        comparison.check(&label, Some(bracket), Some(number("prob_bracket")));
    }
}

/// The option table has no digital contract, but its Greeks contain one: with the forward price
/// as spot, `rho = ±K T e^(-rT) Φ(±d2)` and `gamma = K e^(-rT) φ(d2) / (S² σ √T)`.
#[test]
fn digital_hides_in_the_rho_and_gamma_of_options() {
    let table = Table::parse(include_str!("data/options_bsm.csv"));
    let column = |name: &str| table.numbers(name);
    let (spot, strike, years) = (column("S"), column("K"), column("T"));
    let (rate, dividend, sigma) = (column("r"), column("q"), column("sigma"));
    let (gamma, rho) = (column("gamma"), column("rho"));
    let kinds = include_str!("data/options_bsm.csv").lines().skip(1);
    let mut probabilities = Comparison::new("digital probability", 0.0, 1e-12);
    let mut deltas = Comparison::new("digital delta", 1e-11, 1e-13);
    for (i, line) in kinds.enumerate() {
        let t = years[i];
        let forward = spot[i] * libm::exp((rate[i] - dividend[i]) * t);
        let volatility = sigma[i] / YEAR_S.sqrt();
        let ours = digital::at_or_above(forward, strike[i], volatility, t * YEAR_S).unwrap();
        let discount = libm::exp(-rate[i] * t);
        let share = rho[i] / (strike[i] * t * discount);
        let reference = if line.starts_with('c') { share } else { 1.0 + share };
        probabilities.check(line, Some(ours.probability), Some(reference));
        let slope = gamma[i] * spot[i] * spot[i] / (strike[i] * discount) / forward;
        deltas.check(line, Some(ours.delta), Some(slope));
    }
}
