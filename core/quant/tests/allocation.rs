//! Hierarchical risk parity and its peers against PyPortfolioOpt, Riskfolio, skfolio and scipy.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its references has failed")]

mod support;

use royale_quant::portfolio::{
    Allocation, Covariance, Distance, Hrp, LeafOrder, Linkage, equal_risk, hrp_weights,
    inverse_variance, minimum_variance,
};
use serde_json::Value;
use support::{Comparison, numbers, rows, sets};

const FILE: (&str, &str) = ("hrp.json", include_str!("data/hrp.json"));

fn files() -> Vec<Value> {
    let texts = sets([FILE]);
    texts.iter().map(|[text]| serde_json::from_str(text).expect("valid JSON")).collect()
}

/// The settings that a name in the reference stands for; `None` for other methods.
fn settings(name: &str) -> Option<Hrp> {
    let linkage = match name {
        name if name.contains("single") => Linkage::Single,
        name if name.contains("average") => Linkage::Average,
        name if name.contains("complete") => Linkage::Complete,
        name if name.contains("ward") => Linkage::Ward,
        _ => return None,
    };
    let turns = name.starts_with("skfolio") || name.ends_with("leaf_order_True");
    let leaf_order = if turns { LeafOrder::Turned } else { LeafOrder::Preorder };
    let twice = name.contains("dist_of_dist");
    let distance = if twice { Distance::OfDistances } else { Distance::Direct };
    Some(Hrp { linkage, distance, leaf_order, ..Hrp::default() })
}

fn compare(label: &str, tolerance: f64, ours: &[f64], reference: &Value) {
    let reference = numbers(&reference["weights"]);
    assert_eq!(ours.len(), reference.len());
    let mut against = Comparison::new(label, 0.0, tolerance);
    for (i, (a, b)) in ours.iter().zip(reference).enumerate() {
        against.check(&format!("weight {i}"), Some(*a), Some(b));
    }
    let sum: f64 = ours.iter().sum();
    assert!((sum - 1.0).abs() < 1e-12, "{label}: sum {sum}");
}

fn compare_tree(label: &str, ours: &Allocation, reference: &Value) {
    if let Some(leaves) = reference["leaf_order"].as_array() {
        let leaves: Vec<usize> = leaves.iter().map(|x| x.as_u64().unwrap() as usize).collect();
        assert_eq!(ours.leaves, leaves, "{label}");
    }
    if reference["linkage"].is_array() {
        let linkage = rows(&reference["linkage"]);
        assert_eq!(ours.merges.len(), linkage.len());
        let mut heights = Comparison::new(label, 1e-9, 0.0);
        for (merge, row) in ours.merges.iter().zip(linkage) {
            let whole = [merge.left, merge.right, merge.size].map(|x| x as f64);
            assert_eq!(whole, [row[0], row[1], row[3]], "{label}");
            heights.check("height", Some(merge.height), Some(row[2]));
        }
    }
}

#[test]
fn weights_leaves_and_heights_equal_other_libraries() {
    for file in files() {
        for case in file["cases"].as_array().unwrap() {
            let cov = Covariance::from_rows(&rows(&case["cov"])).unwrap();
            for (name, reference) in case["out"].as_object().unwrap() {
                let label = format!("{} {name}", case["data"]);
                if let Some(hrp) = settings(name) {
                    let ours = hrp.allocate(&cov).unwrap();
                    compare(&label, 1e-9, &ours.weights, reference);
                    compare_tree(&label, &ours, reference);
                    continue;
                }
                let (ours, tolerance) = match name.as_str() {
                    "inverse_variance" => (inverse_variance(&cov), 1e-9),
                    "min_variance_long_only" => (minimum_variance(&cov), 1e-5),
                    "equal_risk_contribution" => (equal_risk(&cov), 1e-5),
                    _ => panic!("what is {name}?"),
                };
                compare(&label, tolerance, &ours.unwrap(), reference);
            }
        }
    }
}

#[test]
fn correlations_equal_numpy() {
    for file in files() {
        for case in file["cases"].as_array().unwrap() {
            let ours = Covariance::from_rows(&rows(&case["cov"])).unwrap().correlation();
            let mut against = Comparison::new("correlation", 1e-9, 1e-14);
            for (i, row) in rows(&case["corr"]).iter().enumerate() {
                for (j, reference) in row.iter().enumerate() {
                    against.check(&format!("({i}, {j})"), ours.get(i, j), Some(*reference));
                }
            }
        }
    }
}

#[test]
fn the_degenerate_are_answered_or_refused_and_never_nan() {
    for file in files() {
        for case in file["degenerate"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let cov = rows(&case["cov"]);
            let ours = hrp_weights(&cov);
            match &case["expect"] {
                Value::Array(_) => {
                    for (a, b) in ours.unwrap().iter().zip(numbers(&case["expect"])) {
                        assert!((a - b).abs() < 1e-9, "{name}");
                    }
                }
                Value::String(words) if words == "error" => assert!(ours.is_err(), "{name}"),
                // "an explicit error or weight 1 on the riskless asset"
                _ => {
                    let weights = ours.unwrap();
                    let riskless = (0..cov.len()).filter(|i| cov[*i][*i] == 0.0);
                    let sum: f64 = riskless.map(|i| weights[i]).sum();
                    assert!((sum - 1.0).abs() < 1e-12, "{name}: {weights:?}");
                }
            }
        }
    }
}
