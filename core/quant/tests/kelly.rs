//! Kelly stakes against closed forms and cvxpy.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its references has failed")]

mod support;

use royale_quant::portfolio::Covariance;
use royale_quant::portfolio::kelly::{
    ContractCosts, QUARTER, Stake, bet, bet_growth, contract, exclusive, growth_optimal,
    growth_rate, long_only, simultaneous, stake, unconstrained,
};
use serde_json::Value;
use support::{Comparison, Table, numbers, rows, sets};

const FILES: [(&str, &str); 2] = [
    ("kelly.json", include_str!("data/kelly.json")),
    ("data/stock_prices.csv", include_str!("data/stock_prices.csv")),
];

fn references() -> Vec<(Value, Table)> {
    let read = |[text, prices]: [String; 2]| {
        (serde_json::from_str(&text).expect("valid JSON"), Table::parse(&prices))
    };
    sets(FILES).into_iter().map(read).collect()
}

fn closed(name: &str) -> Comparison {
    Comparison::new(name, 0.0, 1e-12)
}

fn check_all(against: &mut Comparison, ours: &[f64], reference: &Value) {
    let reference = numbers(reference);
    assert_eq!(ours.len(), reference.len());
    for (i, (a, b)) in ours.iter().zip(reference).enumerate() {
        against.check(&format!("{i}"), Some(*a), Some(b));
    }
}

#[test]
fn bets_equal_the_closed_form() {
    for (file, _) in references() {
        let mut against = closed("bets");
        for case in file["binary"].as_array().unwrap() {
            let get = |name: &str| case[name].as_f64().unwrap();
            let (p, odds) = (get("p"), get("net_odds_b"));
            let full = bet(p, odds);
            against.check("full", full, case["full"].as_f64());
            against.check("quarter", full.map(|f| QUARTER * f), case["quarter"].as_f64());
            let growth = bet_growth(p, odds, full.unwrap());
            against.check("growth", growth, case["growth_rate_full"].as_f64());
        }
    }
}

#[test]
fn contracts_with_fees_equal_the_closed_form_on_both_sides() {
    for (file, _) in references() {
        let mut against = closed("contracts");
        for case in file["contracts"].as_array().unwrap() {
            let get = |name: &str| case[name].as_f64().unwrap();
            let costs = ContractCosts::at(get("yes_price"), get("fee_per_contract"));
            against.check("yes cost", Some(costs.yes), Some(get("yes_cost")));
            against.check("no cost", Some(costs.no), Some(get("no_cost")));
            let (yes, no, side) = match stake(get("prob_yes"), costs).unwrap() {
                Stake::Yes(fraction) => (fraction, 0.0, "yes"),
                Stake::No(fraction) => (0.0, fraction, "no"),
                Stake::Nothing => (0.0, 0.0, "none"),
            };
            assert_eq!(case["side"].as_str(), Some(side));
            against.check("yes", Some(yes), Some(get("kelly_yes")));
            against.check("no", Some(no), Some(get("kelly_no")));
            against.check("quarter yes", Some(QUARTER * yes), Some(get("quarter_yes")));
            against.check("quarter no", Some(QUARTER * no), Some(get("quarter_no")));
        }
    }
}

#[test]
fn races_equal_smoczynski_and_tomkins() {
    for (file, _) in references() {
        for case in file["mutually_exclusive"].as_array().unwrap() {
            let (p, c) = (numbers(&case["prob"]), numbers(&case["price"]));
            let fractions = exclusive(&p, &c).unwrap();
            check_all(&mut closed("race"), &fractions, &case["fraction"]);
            let kept = 1.0 - fractions.iter().sum::<f64>();
            let none = 1.0 - p.iter().sum::<f64>();
            let mut growth = if none > 1e-12 { none * kept.ln() } else { 0.0 };
            for (i, p) in p.iter().enumerate() {
                growth += p * (kept + fractions[i] / c[i]).ln();
            }
            closed("race").check("growth", Some(growth), case["log_growth"].as_f64());
        }
    }
}

#[test]
fn returns_equal_the_inverse_and_the_optimisers() {
    for (file, prices) in references() {
        for case in file["multivariate"].as_array().unwrap() {
            let means = numbers(&case["mean"]);
            let cov = Covariance::from_rows(&rows(&case["cov"])).unwrap();
            let free = unconstrained(&means, &cov).unwrap();
            check_all(&mut closed("free"), &free, &case["unconstrained_sigma_inv_mu"]);
            let quarter: Vec<f64> = free.iter().map(|f| QUARTER * f).collect();
            check_all(&mut closed("free"), &quarter, &case["quarter"]);

            // By cvxpy: fractions to 2e-4, growth to 1e-8.
            let mut fractions = Comparison::new("long only", 0.0, 2e-4);
            let long = long_only(&means, &cov).unwrap();
            check_all(&mut fractions, &long, &case["long_only_no_leverage_quadratic"]);
            let columns: Vec<&str> =
                case["columns"].as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
            let returns = prices.returns(&columns);
            let best = growth_optimal(&returns).unwrap();
            check_all(&mut fractions, &best, &case["long_only_no_leverage_empirical_log"]);
            let growth = growth_rate(&returns, &best);
            let mut growths = Comparison::new("growth", 0.0, 1e-8);
            growths.check("growth", growth, case["empirical_log_growth"].as_f64());
        }
    }
}

/// Expected log growth over all outcomes of independent contracts, in the plainest form.
fn growth_of(p: &[f64], c: &[f64], fractions: &[f64]) -> f64 {
    let kept = 1.0 - fractions.iter().sum::<f64>();
    let outcomes = 0..1_usize << p.len();
    let growth = |outcome: usize| {
        let (mut likelihood, mut wealth) = (1.0, kept);
        for i in 0..p.len() {
            if outcome >> i & 1 == 1 {
                likelihood *= p[i];
                wealth += fractions[i] / c[i];
            } else {
                likelihood *= 1.0 - p[i];
            }
        }
        if likelihood > 0.0 { likelihood * wealth.ln() } else { 0.0 }
    };
    outcomes.map(growth).sum()
}

#[test]
fn simultaneous_contracts_equal_cvxpy() {
    for (file, _) in references() {
        for case in file["simultaneous"].as_array().unwrap() {
            let (p, c) = (numbers(&case["p"]), numbers(&case["cost"]));
            let separate: Vec<f64> =
                p.iter().zip(&c).map(|(p, c)| contract(*p, *c).unwrap()).collect();
            check_all(&mut closed("separate"), &separate, &case["separate_fraction"]);
            let joint = simultaneous(&p, &c).unwrap();
            let mut fractions = Comparison::new("joint", 0.0, 2e-4);
            check_all(&mut fractions, &joint, &case["joint_fraction"]);
            let mut growth = Comparison::new("joint growth", 0.0, 1e-8);
            let ours = growth_of(&p, &c, &joint);
            growth.check("growth", Some(ours), case["log_growth"].as_f64());
        }
    }
}
