//! Every policy's regret against reference curves: our mean lies within four standard errors of the
//! difference from theirs. `ROYALE_SHARED` may name a folder with further curves of the same kind.
#![allow(clippy::unwrap_used, reason = "tests")]

use royale_meta::simulate::{Contestant, Motion, Noise, Study, World};
use serde_json::Value;
use std::path::Path;

/// Fewer runs than the reference's 1,000: the tolerance has our error in it.
const RUNS: u32 = 120;

/// What the reference calls a policy, as we write it.
fn ours(name: &str, case: &Value) -> String {
    let plain = name.trim_start_matches("gaussian_").trim_start_matches("bandit_");
    let plain = plain.trim_end_matches("_no_context");
    let (base, all) = match plain.strip_prefix("full_info_") {
        Some(base) => (base, "+all"),
        None => (plain, ""),
    };
    let number = base.rsplit('_').next().filter(|last| last.parse::<f64>().is_ok());
    let given = number.map_or_else(String::new, |number| format!(":{number}"));
    let means = |regime: &Value| floats(regime);
    let best = |row: &[f64]| {
        (0..row.len()).fold(0, |best, arm| if row[arm] > row[best] { arm } else { best })
    };
    match base.trim_end_matches(given.trim_start_matches(':')).trim_end_matches('_') {
        "thompson" | "thompson_beta" | "discounted_thompson" => format!("thompson{given}{all}"),
        "sliding_window_thompson" => format!("window{given}{all}"),
        "ucb1" | "ucb" => "ucb1".to_owned(),
        "eps_greedy" => format!("epsilon{given}"),
        "exp3" | "exp" => format!("exp3{given}"),
        "exp3s" => format!("exp3s{given}"),
        "equal_weight" => "equal".to_owned(),
        "hedge_fixed_share" => format!("hedge{all}"),
        "contextual_thompson" => "thompson+label".to_owned(),
        "best_fixed_arm" => {
            let rows: Vec<Vec<f64>> =
                case["params"]["means"].as_array().unwrap().iter().map(means).collect();
            let sums: Vec<f64> =
                (0..rows[0].len()).map(|arm| rows.iter().map(|row| row[arm]).sum()).collect();
            format!("static:{}", best(&sums))
        }
        "oracle_given_label" => {
            let rows = case["params"]["means"].as_array().unwrap().iter().map(means);
            let arms: Vec<String> = rows.map(|row| best(&row).to_string()).collect();
            format!("static:{}+label", arms.join(","))
        }
        other if other.starts_with("discounted_ucb_") => {
            let mut parts = name.trim_start_matches("discounted_ucb_").split("_xi");
            format!("ducb:{},{}", parts.next().unwrap(), parts.next().unwrap())
        }
        other if other.starts_with("explore_") => {
            format!("commit:{}", other.split('_').nth(1).unwrap())
        }
        other => panic!("no policy of ours is {name} ({other})"),
    }
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("list").iter().map(|x| x.as_f64().expect("number")).collect()
}

/// The world of a case; `variant` is what stands before a colon in a policy's name.
fn world(case: &Value, variant: Option<&str>) -> World {
    let params = &case["params"];
    let count = |name: &str| params[name].as_u64().map(|n| n as usize);
    let horizon = case["horizon"].as_u64().expect("horizon") as usize;
    let (period, step) = match variant.and_then(|v| v.strip_prefix("rotating_")) {
        Some(period) => (Some(period.parse().expect("period")), count("rotation_step")),
        None => (count("period"), count("step")),
    };
    let motion = if params.get("stay").is_some() {
        Motion::Regimes {
            means: params["means"].as_array().unwrap().iter().map(floats).collect(),
            stay: params["stay"].as_f64().unwrap(),
            label_accuracy: params["label_accuracy"].as_f64(),
        }
    } else if let Some(deviation) = params["sd"].as_f64() {
        Motion::RandomWalk { arms: case["arms"].as_u64().unwrap() as usize, deviation }
    } else if let (Some(period), Some(step)) = (period, step) {
        Motion::Rotating { means: floats(&params["means"]), period, step }
    } else {
        Motion::Stationary { means: floats(&params["means"]) }
    };
    let is_gaussian = case["name"].as_str().unwrap().contains("gaussian");
    let noise = if is_gaussian { Noise::Gaussian { deviation: 1.0 } } else { Noise::Bernoulli };
    World { motion, noise, correlation: 0.0, horizon }
}

/// Compares every policy of every case of a file at every step that it has.
fn compare(file: &str, runs: u32) {
    let file: Value = serde_json::from_str(file).expect("valid JSON");
    for case in file["cases"].as_array().unwrap() {
        let policies = case["policies"].as_object().unwrap();
        let mut variants: Vec<Option<&str>> =
            policies.keys().map(|name| name.split_once(':').map(|(variant, _)| variant)).collect();
        variants.sort_unstable();
        variants.dedup();
        for variant in variants {
            let theirs: Vec<(&str, &Value)> = policies
                .iter()
                .map(|(name, points)| (name.split_once(':').map(|(v, _)| v), name, points))
                .filter(|(of, _, _)| *of == variant)
                .map(|(_, name, points)| (name.rsplit(':').next().unwrap(), points))
                .collect();
            compare_world(case, &world(case, variant), &theirs, runs);
        }
    }
}

fn compare_world(case: &Value, world: &World, theirs: &[(&str, &Value)], runs: u32) {
    let contestants: Vec<Contestant> =
        theirs.iter().map(|(name, _)| Contestant::parse(&ours(name, case)).unwrap()).collect();
    let steps = theirs[0].1.as_array().unwrap().iter();
    let study = Study {
        world,
        contestants: &contestants,
        seeds: runs,
        seed: 20_260_101,
        checkpoints: steps.map(|point| point["t"].as_u64().unwrap() as usize).collect(),
        threads: 2,
    };
    let curves = study.run(&|| ()).unwrap();
    for ((name, points), curve) in theirs.iter().zip(curves) {
        let points = points.as_array().unwrap();
        assert_eq!(points.len(), curve.points.len());
        for (theirs, ours) in points.iter().zip(&curve.points) {
            let regret = theirs["regret_mean"].as_f64().unwrap();
            let error = theirs["regret_se"].as_f64().unwrap().hypot(ours.regret_error);
            let apart = ours.regret - regret;
            // A rotation without dice has no error at all.
            let bound = 4.0 * error + 1e-6;
            assert!(
                apart.abs() <= bound,
                "{} {name} as {} after {} steps: {:.3}, reference {regret:.3}, {:.1} errors",
                case["name"],
                curve.name,
                ours.step,
                ours.regret,
                apart / error,
            );
        }
    }
}

#[test]
fn bandit_feedback() {
    compare(include_str!("data/bandits.json"), RUNS);
}

#[test]
fn full_information() {
    compare(include_str!("data/bandits_full_information.json"), RUNS);
}

#[test]
fn curves_kept_elsewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared =
        std::env::var_os("ROYALE_SHARED").map_or_else(|| root.join("../shared"), Into::into);
    for name in ["bandits.json", "bandits_full_information.json"] {
        let path = shared.join("oracles").join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => compare(&text, RUNS / 4),
            Err(_) => eprintln!("SKIPPED: ROYALE_SHARED: {} is not there", path.display()),
        }
    }
}
