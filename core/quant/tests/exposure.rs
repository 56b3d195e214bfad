//! Covariance estimates and the risk of positions against numpy, pandas and scikit-learn.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its references has failed")]

mod support;

use royale_quant::portfolio::{
    Correlation, Covariance, EwmaCovariance, EwmaMean, LedoitWolf, PortfolioRisk, WindowCovariance,
};
use serde_json::Value;
use support::{Comparison, Table, numbers, rows, sets};

const FILES: [(&str, &str); 2] = [
    ("exposure.json", include_str!("data/exposure.json")),
    ("data/stock_prices.csv", include_str!("data/stock_prices.csv")),
];

/// Each set: the reference, and the returns that it was made from.
fn references() -> Vec<(Value, Vec<Vec<f64>>)> {
    let read = |[text, prices]: [String; 2]| {
        let file: Value = serde_json::from_str(&text).expect("valid JSON");
        let columns: Vec<&str> =
            file["columns"].as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
        let mut returns = Table::parse(&prices).returns(&columns);
        // "data/stock_prices.csv, last 250 simple returns"
        let words: Vec<&str> = file["data"].as_str().unwrap().split(' ').collect();
        let at = words.iter().position(|word| *word == "last").expect("last … returns");
        let periods: usize = words[at + 1].parse().unwrap();
        returns.drain(..returns.len() - periods);
        (file, returns)
    };
    sets(FILES).into_iter().map(read).collect()
}

fn compare(
    name: &str,
    relative: f64,
    ours: impl Fn(usize, usize) -> Option<f64>,
    reference: &Value,
) {
    let mut against = Comparison::new(name, relative, 0.0);
    for (i, row) in rows(reference).iter().enumerate() {
        for (j, reference) in row.iter().enumerate() {
            against.check(&format!("({i}, {j})"), ours(i, j), Some(*reference));
        }
    }
}

#[test]
fn covariances_equal_numpy_and_scikit_learn() {
    for (file, returns) in references() {
        let cov = Covariance::sample(&returns).unwrap();
        compare("sample", 1e-9, |i, j| cov.get(i, j), &file["cov"]);
        let correlation = cov.correlation();
        compare("correlation", 1e-9, |i, j| correlation.get(i, j), &file["corr"]);
        let ranks = Correlation::spearman(&returns).unwrap();
        compare("spearman", 1e-9, |i, j| ranks.get(i, j), &file["spearman"]);
        let shrunk = LedoitWolf::estimate(&returns).unwrap();
        let reference = &file["ledoit_wolf"];
        compare("Ledoit-Wolf", 1e-9, |i, j| shrunk.covariance.get(i, j), &reference["cov"]);

        let mut against = Comparison::new("scalars", 1e-9, 0.0);
        against.check("intensity", Some(shrunk.intensity), reference["shrinkage"].as_f64());
        against.check("average", correlation.average(), file["average_corr"].as_f64());
        against.check("max", correlation.max(), file["max_corr"].as_f64());
        let eigenvalues = numbers(&file["eigenvalues"]);
        assert_eq!(cov.eigenvalues().len(), eigenvalues.len());
        for (ours, reference) in cov.eigenvalues().iter().zip(eigenvalues) {
            against.check("eigenvalue", Some(*ours), Some(reference));
        }
    }
}

#[test]
fn streaming_covariances_equal_numpy_and_pandas() {
    for (file, returns) in references() {
        let series = returns[0].len();
        let mut window = WindowCovariance::new(series, returns.len()).unwrap();
        let mut zero = EwmaCovariance::new(series, 0.94, EwmaMean::Zero).unwrap();
        let mut weighted = EwmaCovariance::new(series, 0.94, EwmaMean::Weighted).unwrap();
        // What is in the window before has to leave no trace.
        for period in returns.iter().rev() {
            window.update(&period.iter().map(|r| r * 7.0).collect::<Vec<_>>());
        }
        for period in &returns {
            assert!(window.update(period) && zero.update(period) && weighted.update(period));
        }
        compare("window", 1e-9, |i, j| window.get(i, j), &file["cov"]);
        compare("RiskMetrics", 1e-9, |i, j| zero.get(i, j), &file["ewma_zero_mean"]);
        compare("pandas ewm", 1e-8, |i, j| weighted.get(i, j), &file["ewm_pandas"]);
    }
}

#[test]
fn risk_of_positions_equals_numpy() {
    for (file, returns) in references() {
        let cov = Covariance::sample(&returns).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let risk = PortfolioRisk::of(&numbers(&case["positions"]), &cov).unwrap();
            let mut against = Comparison::new("risk", 1e-9, 0.0);
            let mut check = |name: &str, ours: Option<f64>| {
                against.check(name, ours, case[name].as_f64());
            };
            check("gross", Some(risk.gross));
            check("pnl_sd", Some(risk.deviation));
            check("diversification_ratio", risk.diversification_ratio);
            check("herfindahl", risk.herfindahl);
            check("effective_n", risk.effective_positions());
            // A difference of large sums: relative to what is summed.
            assert!((risk.net - case["net"].as_f64().unwrap()).abs() <= 1e-12 * risk.gross);
            let at_99 = risk.component_value_at_risk(0.99).unwrap();
            for (name, ours) in [("component_sd", &risk.components), ("component_var_99", &at_99)] {
                let reference = numbers(&case[name]);
                assert_eq!(ours.len(), reference.len());
                for (a, b) in ours.iter().zip(reference) {
                    against.check(name, Some(*a), Some(b));
                }
            }
            let sum: f64 = risk.components.iter().sum();
            assert!((sum / risk.deviation - 1.0).abs() < 1e-12, "components do not sum up");
        }
    }
}
