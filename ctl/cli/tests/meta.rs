//! `ctl meta simulate` as people use it: settings, JSON, pictures, refusals. What the numbers are
//! worth is tested with the simulation itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn simulate(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctl"));
    command.args(["meta", "simulate"]).args(args).current_dir(folder).env_clear();
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn settings_replace_those_of_the_world_and_the_document_is_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "--case",
        "rotating",
        "--means",
        "0.9,0.1",
        "--period",
        "10",
        "--step",
        "1",
        "--horizon",
        "40",
        "--seeds",
        "5",
        "--policy",
        "static:0",
        "--policy",
        "house",
        "--json",
    ];
    let one = simulate(folder.path(), &args);
    assert!(one.status.success(), "{}", text(&one.stderr));
    assert_eq!(text(&one.stderr), "", "no bar where nobody looks");
    let value: Value = serde_json::from_slice(&one.stdout).unwrap();
    let case = &value["cases"][0];
    assert_eq!((&case["arms"], &case["horizon"]), (&2.into(), &40.into()));
    let still = &case["policies"][0]["points"];
    // Arm 0 loses 0.8 in every step of every other ten.
    assert!((still[39]["regret"].as_f64().unwrap() - 16.0).abs() < 1e-9, "{still}");
    assert_eq!(case["policies"][1]["sees_all"], true);
    let threads = simulate(folder.path(), &[&args[..], &["--threads", "3"]].concat());
    assert!(one.stdout == threads.stdout, "not a byte hangs on the threads");
}

#[test]
fn a_missed_demand_is_said_and_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let play = ["--policy", "ucb1", "--policy", "house", "--seeds"];
    let good = simulate(folder.path(), &[&play[..], &["10", "--case", "rotating"]].concat());
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    assert!(text(&good.stdout).contains("holds rotating"), "{}", text(&good.stdout));
    // A rotation that never comes: in the long run, whoever forgets loses to whoever does not.
    let still = ["4", "--case", "rotating", "--period", "99999", "--horizon", "40000"];
    let means = ["--means", "0.45,0.5,0.55,0.6,0.65"];
    let bad = simulate(folder.path(), &[&play[..], &still, &means].concat());
    assert_eq!(bad.status.code(), Some(8), "{}", text(&bad.stdout));
    assert!(text(&bad.stdout).contains("FAILS rotating"), "{}", text(&bad.stdout));
}

#[test]
fn pictures_are_written_where_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let small = ["--seeds", "3", "--policy", "house", "--policy", "equal"];
    let one = ["--case", "walk", "--horizon", "50", "--svg", "out/walk.svg"];
    let output = simulate(folder.path(), &[&small[..], &one].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let svg = std::fs::read_to_string(folder.path().join("out/walk.svg")).unwrap();
    assert!(svg.contains("▶ house") && svg.matches("<polygon").count() == 2, "{svg}");
    let two = ["--case", "walk", "--case", "rotating", "--svg", "all"];
    simulate(folder.path(), &[&small[..], &two].concat());
    assert_eq!(std::fs::read_dir(folder.path().join("all")).unwrap().count(), 2);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    for (args, code, says) in [
        (&["--case", "rotatin"][..], 3, "did you mean `rotating`"),
        (&["--policy", "tompson"], 2, "--list"),
        (&["--case", "walk", "--period", "3"], 2, "no setting of this world"),
        (&["--horizon", "3"], 2, "one --case"),
        (&["--case", "rotating", "--means", "0.4,2"], 2, "probabilities"),
        (&["--case", "rotating", "--period", "0"], 2, "period"),
        (&["--svg", "x.svg"], 2, "folder"),
        (&["--seeds", "1"], 2, "seeds"),
        (&["--case", "rotating", "--policy", "thompson:1.5"], 2, "discount"),
    ] {
        let output = simulate(folder.path(), args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(says) && output.stdout.is_empty(), "{args:?}: {said}");
    }
}
