//! `ctl explain` and `why-not`: what is told, and the word on it.
//!
//! A script plays the engine, which has tests of its own: here it counts what `ctl` makes of its word.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;
mod terminal;

use royale_model::Side;
use serde_json::Value;
use std::path::Path;
use support::{EVENT, Script};
use terminal::{canonical, ctl, err, fails, fake_engine, out, run_folder};

/// An engine that rebuilds everything, and says how far it was asked to look.
fn honest_engine(folder: &Path) {
    fake_engine(
        folder,
        "echo \"{\\\"identical\\\": true, \\\"inputs\\\": $UNTIL, \\\"records\\\": 99}\"",
    );
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = ctl(folder, args);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{args:?}: {}", err(&output)))
}

#[test]
fn explain_tells_the_story_of_a_known_order() {
    let (folder, run) = run_folder();
    honest_engine(folder.path());
    let run = run.to_str().unwrap();
    let output = ctl(folder.path(), &["explain", "S00-1", "--journal", run]);
    let text = out(&output);
    for part in [
        "S00-1 shadow account of alpha, BTC-USD, filled",
        "BUY 2 BTC-USD @ 102: edge after fees 0.04 (+0.04); cost to trade 0.01 (-0.01); market 101",
        "fair-value, as the run's configuration has it (version 0)",
        "-0.01       -33.3 %",
        "contributions add up to 0.03: the score, exactly; confidence 62.50 %",
        "regime    bull, by the strategy's own measure",
        "Caps: 2 of at most 2 (R1), worth 204.00 at most 50,000.00 (R2)",
        "long 2, in at 102 with S00-1, out at 110 by S00-2",
        ": 14 after fees of 2",
        "quote on KXBTC15M-<b>30: bid 0.4 × 1, ask 0.44 × 1",
        "alpha decided to buy 2 BTC-USD at 102 or better",
        "The risk gate approved it",
        "Filled 2 at 102 as taker, fee 1.",
        "VERIFIED: recomputed from 4 inputs of the journal, every record up to here is identical",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    let untold = out(&ctl(folder.path(), &["explain", "S00-1", "--no-verify", "--journal", run]));
    assert!(!untold.contains("VERIFIED") && text.starts_with(&untold), "{untold}");
}

#[test]
fn each_kind_of_thing_is_named_for_what_it_is() {
    let (folder, run) = run_folder();
    let here = folder.path();
    honest_engine(here);
    let run = run.to_str().unwrap();
    // (what was typed, what it is, the orders that are told, how far it is recomputed)
    for (id, is, orders, inputs) in [
        ("S00-1", "order", vec!["S00-1"], 4),
        ("H00-1", "order", vec!["H00-1"], 2),
        ("S01-1", "order", vec!["S01-1"], 7),
        ("last", "order", vec!["S01-2"], 9),
        ("4", "fill", vec!["S00-1"], 4),
        ("#4", "fill", vec!["S00-1"], 4),
        ("3", "report", vec!["S00-1"], 4),
        ("2", "market event", vec!["S00-1", "H00-1"], 4),
        ("1", "market event", vec![], 1),
        ("11", "settlement", vec![], 11),
        ("12", "command", vec![], 12),
    ] {
        let value = json(here, &["explain", id, "--journal", run, "--json"]);
        let told = value["explanations"].as_array().unwrap().iter();
        let told: Vec<&str> = told.map(|one| one["order"].as_str().unwrap()).collect();
        assert_eq!((value["is"].as_str(), told), (Some(is), orders), "{id}");
        let verified = (&value["verification"]["result"], &value["verification"]["inputs"]);
        assert_eq!(verified, (&"VERIFIED".into(), &inputs.into()), "{id}");
    }
    fails(here, &["explain", "S00-77", "--journal", run], 3, &["S00-77: not in this journal"]);
    fails(here, &["explain", "13", "--journal", run], 3, &["13: not in this journal"]);
    fails(here, &["explain", "0", "--journal", run], 3, &["`0` is no order and no input"]);
    fails(here, &["explain", "--journal", run], 2, &["<ID>"]);
}

#[test]
fn what_the_engine_finds_different_is_a_mismatch_in_its_own_words() {
    let (folder, run) = run_folder();
    let here = folder.path();
    let run = run.to_str().unwrap();
    let report = r#"{"identical": false, "records": 6, "record": 7, "seq": 2, "kind": "decision", "difference": "…",
        "fields": [{"name": "attribution 1 (edge after fees): contribution", "journal": "0.05", "rebuilt": "0.04"}]}"#;
    std::fs::write(here.join("report.json"), report).unwrap();
    fake_engine(here, "cat report.json; echo 'royale: it differs' >&2; exit 8");
    for args in
        [vec!["explain", "S00-1", "--journal", run], vec!["explain", "--all", "--journal", run]]
    {
        let output = ctl(here, &args);
        assert_eq!(output.status.code(), Some(8), "{args:?}");
        let line = "MISMATCH: record 7, a decision of input 2: attribution 1 (edge after fees): \
                    contribution: the journal says 0.05, its inputs give 0.04\n";
        assert!(out(&output).ends_with(line), "{}", out(&output));
    }
    let value = json(here, &["explain", "S00-1", "--journal", run, "--json"]);
    assert_eq!(value["verification"]["result"], "MISMATCH");
    assert_eq!(value["verification"]["report"]["record"], 7);
    // Damage that only the engine sees, and an engine that cannot tell.
    fake_engine(here, "echo 'royale: 000001.journal: at byte 99: the seal' >&2; exit 8");
    let output = ctl(here, &["explain", "S00-1", "--journal", run]);
    assert!(out(&output).ends_with("MISMATCH: 000001.journal: at byte 99: the seal\n"));
    assert_eq!(output.status.code(), Some(8));
    fake_engine(here, "echo 'royale: version 3 cannot be made again' >&2; exit 1");
    fails(here, &["explain", "S00-1", "--journal", run], 1, &["version 3 cannot", "--no-verify"]);
    std::fs::remove_file(here.join("fake-royale")).unwrap();
    fails(here, &["explain", "S00-1", "--journal", run], 3, &["ROYALE_BIN"]);
}

/// One byte of an attribution, without its checksum: the story ends there, and so does all trust.
#[test]
fn a_damaged_record_is_a_mismatch_that_names_its_place() {
    let (folder, run) = run_folder();
    let here = folder.path();
    honest_engine(here);
    let segment = run.join("journal/000001.journal");
    let run = run.to_str().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let text = 30_000_000_i64.to_le_bytes();
    let scores: Vec<usize> = (0..bytes.len() - 8).filter(|&at| bytes[at..at + 8] == text).collect();
    assert_eq!(scores.len(), 4, "one score for each decision");
    bytes[scores[1] + 24] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let output = ctl(here, &["explain", "S00-1", "--journal", run]);
    let told = out(&output);
    assert_eq!(output.status.code(), Some(8), "{told}");
    let line = told.lines().last().unwrap();
    assert!(line.starts_with("MISMATCH: ") && line.contains("000001.journal: at byte "), "{told}");
    assert!(told.contains("BUY 2 BTC-USD @ 102"), "what can be read is told:\n{told}");
    fails(here, &["explain", "S00-2", "--journal", run], 8, &["MISMATCH: S00-2", "at byte"]);
    let all = ctl(here, &["explain", "--all", "--journal", run]);
    assert_eq!(all.status.code(), Some(8), "{}", out(&all));
}

#[test]
fn every_order_refusal_fill_and_abstention_has_one_explanation() {
    let (folder, run) = run_folder();
    let here = folder.path();
    honest_engine(here);
    let run = run.to_str().unwrap();
    let text = out(&ctl(here, &["explain", "--all", "--journal", run]));
    assert!(
        text.contains("Every order, refused decision, fill and abstention is explained."),
        "{text}"
    );
    assert!(text.ends_with("identical\n") && text.contains("from 12 inputs"), "{text}");
    let lines = out(&ctl(here, &["explain", "--all", "--journal", run, "--json"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, stories) = lines.split_last().unwrap();
    let orders: Vec<&str> = stories.iter().map(|one| one["order"].as_str().unwrap()).collect();
    assert_eq!(orders, ["S00-1", "S00-2", "S01-2", "H00-1", "S01-1"]);
    let all = &summary["summary"][2];
    assert_eq!(
        (&all["orders"], &all["refused"], &all["explained"]),
        (&3.into(), &2.into(), &5.into())
    );
    assert_eq!((&all["fills"], &all["fills_explained"]), (&3.into(), &3.into()));
    assert_eq!(stories[0]["runs"]["strategy"], "fair-value");
    let one = json(here, &["explain", "S01-1", "--journal", run, "--json"]);
    assert_eq!(one["explanations"][0], stories[4], "one by one or all together");
    let of_alpha =
        out(&ctl(here, &["explain", "--all", "--slot", "alpha", "--journal", run, "--json"]));
    assert_eq!(of_alpha.lines().count(), 3 + 1);
}

/// The journal's header names the module that a slot began with, and an order's story names it, too.
#[test]
fn an_order_of_a_module_that_a_slot_began_with_names_the_module() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    honest_engine(here);
    let sum = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    let native = "strategy = \"fair-value\"";
    let module = format!("sha256 = \"{sum}\"\nstrategy = \"module\"");
    let config = canonical();
    assert!(config.contains(native));
    support::write_sample(&here.join("journal"), &config.replace(native, &module));
    let told = out(&ctl(here, &["explain", "S00-1", "--journal", "."]));
    let wanted =
        format!("a module, SHA-256 {sum}, as the run's configuration has it (version 0)\n");
    assert!(told.contains(&wanted), "{told}");
}

/// A record that no decision accounts for: the count finds it, whatever the engine says.
#[test]
fn an_order_without_a_decision_is_no_explained_order() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    honest_engine(here);
    let journal = here.join("journal");
    let mut script = Script::create(&journal, &canonical());
    script.quote(EVENT, "0.30", "0.31");
    let known = script.decide(0, 1, EVENT, Side::Buy, "5", "0.31");
    script.send(known, EVENT, Side::Buy, "5", "0.31");
    script.wait(5).quote(EVENT, "0.30", "0.31");
    let unknown = royale_model::OrderId::parse("S00-9").unwrap();
    script.send(unknown, EVENT, Side::Buy, "5", "0.31");
    script.finish();
    let output = ctl(here, &["explain", "--all", "--journal", journal.to_str().unwrap()]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(8), "{text}");
    assert!(text.contains("S00-9: no decision of the journal names it"), "{text}");
    assert!(text.contains("2 records name an order that was never decided"), "{text}");
}

#[test]
fn why_not_counts_from_the_signal_to_the_venue() {
    let (folder, run) = run_folder();
    let args = ["why-not", "1", "--journal", run.to_str().unwrap()];
    let why = out(&ctl(folder.path(), &args));
    assert!(why.contains("1 × position R7 (shadow), first S01-1"), "{why}");
    assert!(why.contains("Most frequent reason: position (risk), 1 times."), "{why}");
    let value = json(folder.path(), &[&args[..], &["--json"]].concat());
    assert_eq!((&value["signals"], &value["inexact"]), (&2.into(), &0.into()));
    let obstacle = &value["obstacles"][0];
    assert_eq!((&obstacle["stage"], &obstacle["count"]), (&"risk".into(), &1.into()));
}
