//! Exponentially weighted variance against the `arch` library.

mod support;

use royale_quant::ewma::{StepEwma, backcast};
use support::{Comparison, Table};

#[test]
fn step_ewma_equals_arch() {
    let returns = Table::parse(include_str!("data/garch_returns.csv")).numbers("log_return_pct");
    let file: serde_json::Value = serde_json::from_str(include_str!("data/ewma.json")).unwrap();
    let mut comparison = Comparison::new("ewma", 1e-10, 0.0);
    for case in file["ewma"].as_array().unwrap() {
        let start = backcast(&returns).unwrap();
        comparison.check("backcast", Some(start), case["backcast"].as_f64());
        let mut ewma = StepEwma::new(case["lam"].as_f64().unwrap(), start).unwrap();
        let mut sum = 0.0;
        for (i, r) in returns.iter().enumerate() {
            let deviation = ewma.variance().sqrt();
            sum += deviation;
            if let Some(reference) = case["cond_vol"].get(i.to_string()) {
                comparison.check(&format!("bar {i}"), Some(deviation), reference.as_f64());
            }
            ewma.update(*r);
        }
        comparison.check("sum", Some(sum), case["cond_vol_sum"].as_f64());
        comparison.check("next", Some(ewma.variance()), case["next_variance"].as_f64());
    }
}
