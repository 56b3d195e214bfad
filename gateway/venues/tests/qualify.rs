//! `royale strategy check`: what it finds out about strategies of every kind, and what it leaves.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, Ended, config, finish};
use royale_codec::findings::{FINDINGS_FILE, Findings, HandOver, Outcome, Step, Trial};
use royale_journal::{Record, verify};
use royale_model::{EventKind, SlotEvent};
use std::path::{Path, PathBuf};

/// Of a tape on which all kits decide something.
const EVENTS: u64 = 12_000;

/// A desk whose configuration has one free slot.
fn desk() -> Desk {
    let desk = Desk::of(EVENTS as usize);
    let text = config(&["short.tape"]);
    let head = text.split("[[slot]]").next().unwrap();
    desk.write("check.toml", &(head.to_owned() + &desk::slot("candidate", "vacant", 0, "")));
    desk
}

fn sandbox(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/sandbox").join(path)
}

fn check(desk: &Desk, strategy: &str, out: &str, params: &[&str]) -> Ended {
    let mut args = vec!["strategy", "check", strategy, "--config", "check.toml", "--out", out];
    args.extend(params.iter().flat_map(|&param| ["--param", param]));
    // A variable of the environment moves no bound.
    finish(desk.royale(&args).env("BR_RUN__FUEL_PER_EVENT", "1000").spawn().unwrap())
}

fn findings(desk: &Desk, strategy: &str, out: &str, params: &[&str]) -> Findings {
    let ended = check(desk, strategy, out, params).with(0, &[]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    let text = std::fs::read_to_string(desk.path(out).join(FINDINGS_FILE)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A module from its text.
fn module(desk: &Desk, name: &str, text: &str) -> String {
    std::fs::write(desk.path(name), wat::parse_str(text).unwrap()).unwrap();
    desk.text(name)
}

/// A module of the hostile corpus.
fn hostile(desk: &Desk, name: &str) -> String {
    let path = sandbox(&format!("tests/hostile/{name}.wat"));
    module(desk, &format!("{name}.wasm"), &std::fs::read_to_string(path).unwrap())
}

#[track_caller]
fn is_equal(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Equal { records } => *records,
        Outcome::Differs { why } => panic!("{why}"),
    }
}

/// Everything but the season itself.
#[track_caller]
fn passes(trial: &Trial, records: u64) {
    assert_eq!(trial.fault, None);
    assert_eq!(is_equal(&trial.determinism), records);
    let cuts = &trial.look_ahead.cuts;
    assert!(
        cuts.len() == 4 && cuts.is_sorted() && cuts.iter().all(|cut| (1..=EVENTS).contains(cut))
    );
    // Each prefix is compared at least as far as its market events go, but for the first cut's.
    assert!(is_equal(&trial.look_ahead.outcome) > cuts.iter().sum::<u64>());
}

#[test]
fn the_kits_modules_pass_every_technical_check() {
    let desk = desk();
    for (kit, params, hands_over) in [
        ("c/dip-c", &["drop=5"][..], false),
        ("assemblyscript/dip-assemblyscript", &["drop=5"], false),
        ("rust/dip-rust", &["drop=5"], false),
        ("wat/dip-wat", &["drop=5"], false),
        ("c/ema-cross-c", &["fast=5", "slow=20"], true),
        ("rust/ema-cross-rust", &["fast=5", "slow=20"], true),
    ] {
        let (_, name) = kit.split_once('/').unwrap();
        let file = sandbox(&format!("kits/{kit}.wasm"));
        let found = findings(&desk, file.to_str().unwrap(), name, params);
        assert_eq!((found.strategy, found.refused), (format!("{name}.wasm"), None));
        let facts = found.module.unwrap();
        for figure in [facts.bytes, facts.memory_bytes, facts.compile_weight] {
            assert!(figure.value > 0 && figure.value <= figure.limit, "{name}: {figure:?}");
        }
        let trial = found.trial.unwrap();
        let journal = verify(&desk.path(name).join("journal")).unwrap();
        assert!(journal.sealed && journal.decisions > 0, "{name} decided nothing");
        let records = desk.records(name).len() as u64;
        passes(&trial, records);
        // It is asked about the trades, and nothing else.
        let trade = |record: &&Record| match record {
            Record::Event(event) => event.kind() == EventKind::Trade && event.seq() > 2,
            _ => false,
        };
        let trades = desk.records(name).iter().filter(trade).count() as u64;
        assert_eq!((trial.tape_events, trial.asked), (EVENTS, trades), "{name}");
        let fuel = trial.fuel.unwrap();
        assert_eq!(fuel.limit, 100_000, "{name}: the environment has no say");
        let instructions = fuel.instructions;
        assert!(0 < instructions.p50 && instructions.p50 <= instructions.p99);
        assert!(instructions.p99 <= instructions.max && instructions.max < 10_000, "{name}");
        assert!(fuel.host_calls.max >= 256, "{name}: an order costs that");
        match trial.hand_over {
            HandOver::Tried { bytes, outcome, .. } if hands_over => {
                assert!(bytes > 0);
                assert_eq!(is_equal(&outcome), records);
            }
            other => assert_eq!(other, HandOver::NotOffered {}, "{name}"),
        }
        // The season is a run like any other.
        desk.replay(name).with(0, &[]);
    }
}

#[test]
fn the_event_that_cost_the_most_is_the_one_that_did() {
    let desk = desk();
    // A loop of a thousand rounds at event 1234, and nothing at any other.
    let text = r#"(module (memory (export "memory") 1 1)
        (func (export "royale_abi_1"))
        (func (export "init") (param i32) (result i32) (i32.const 64))
        (func (export "on_event") (local $left i32)
          (br_if 0 (i64.ne (i64.load (i32.const 64)) (i64.const 1234)))
          (local.set $left (i32.const 1000))
          (loop $again
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $again (local.get $left)))))"#;
    let file = module(&desk, "peak.wasm", text);
    let trial = findings(&desk, &file, "out", &[]).trial.unwrap();
    // It is shown all but the first event.
    assert_eq!((trial.tape_events, trial.asked), (EVENTS, EVENTS - 1));
    let fuel = trial.fuel.unwrap();
    let found = fuel.instructions;
    assert!(found.p50 == found.p99 && found.p99 < 20, "{found:?}");
    assert!(found.max > 4_000 && found.max_seq == 1234, "{found:?}");
    assert_eq!(fuel.host_calls.max, 0);
}

#[test]
fn what_is_no_module_or_does_not_start_is_refused_with_its_reason_and_leaves_no_season() {
    let desk = desk();
    for (name, step, why) in [
        ("import-wasi", Step::Module, "wasi_snapshot_preview1"),
        ("memory-may-grow", Step::Module, "the memory may grow"),
        ("memory-too-large", Step::Module, "pages of 64 KiB"),
        ("start-function", Step::Module, "start function"),
        ("init-refuses", Step::Start, "`init` refused"),
        ("init-loops", Step::Start, "20000000 units of fuel"),
    ] {
        let file = hostile(&desk, name);
        let found = findings(&desk, &file, name, &[]);
        let refused = found.refused.unwrap();
        assert_eq!((refused.step, found.trial), (step, None), "{name}");
        assert!(refused.why.contains(why), "{name}: {}", refused.why);
        assert_eq!(found.module.is_some(), step == Step::Start, "{name}");
        assert!(!desk.path(name).join("journal").exists());
    }
}

#[test]
fn a_fault_is_found_where_it_is_and_the_rest_still_holds() {
    let desk = desk();
    // The candidate takes its slot at input 2, and is shown the events from 3 on.
    for (name, fault, seq) in
        [("loop-after-ten", "fuel", 13), ("trap-after-order", "trap", 3), ("loop", "fuel", 3)]
    {
        let file = hostile(&desk, name);
        let trial = findings(&desk, &file, name, &[]).trial.unwrap();
        let found = trial.fault.clone().unwrap();
        assert_eq!((found.fault.as_str(), found.seq), (fault, seq), "{name}");
        assert_eq!(trial.asked, seq - 2, "{name}: not asked again");
        is_equal(&trial.determinism);
        is_equal(&trial.look_ahead.outcome);
        let fuel = trial.fuel.unwrap();
        assert_eq!(fuel.instructions.max == fuel.limit, fault == "fuel", "{name}");
        let is_end = |record: &Record| match record {
            Record::Slot(change) => change.event == SlotEvent::Disarmed,
            _ => false,
        };
        assert!(desk.records(name).iter().any(is_end), "{name}");
    }
}

/// Says something at every tenth event that it counts; what it hands over is to be filled in.
fn counts(export: &str, import: &str) -> String {
    format!(
        r#"(module
          (import "royale" "abstain" (func $abstain (param i32) (result i32)))
          (import "royale" "take_state" (func $take (param i32) (result i32)))
          (memory (export "memory") 1 1)
          (data (i32.const 384) "\00\00\00\00\01\02\01\00\00\e1\f5\05\00\00\00\00\00\ca\9a\3b\00\00\00\00\00\00\00\00\00\00\e0\3f\01\00\00\00\00\00\00\00\16\00\00\00\00\00\80\3f\00\00\00\00\00\00\f0\3f")
          (func (export "royale_abi_1"))
          (func (export "init") (param i32) (result i32) (i32.const 64))
          (func (export "on_event")
            (i32.store (i32.const 512) (i32.add (i32.load (i32.const 512)) (i32.const 1)))
            (br_if 0 (i32.rem_u (i32.load (i32.const 512)) (i32.const 7)))
            (drop (call $abstain (i32.const 384))))
          (func (export "state_layout") (result i64) (i64.const 1))
          (func (export "export_state") (result i64) {export})
          (func (export "import_state") (param i32) (result i32) {import}))"#
    )
}

#[test]
fn a_hand_over_that_changes_what_is_decided_is_found() {
    let desk = desk();
    let tried = |name: &str, export: &str, import: &str| {
        let file = module(&desk, &format!("{name}.wasm"), &counts(export, import));
        let trial = findings(&desk, &file, name, &[]).trial.unwrap();
        is_equal(&trial.determinism);
        match trial.hand_over {
            HandOver::Tried { seq, bytes, outcome } => {
                assert!((EVENTS / 2..EVENTS / 2 + 100).contains(&seq), "{seq}: in the middle");
                (bytes, outcome)
            }
            other => panic!("{other:?}"),
        }
    };
    // 512 << 32 | 4.
    let export = "(i64.const 0x20000000004)";
    let import = "(drop (call $take (i32.const 512))) (i32.const 1)";
    let (bytes, outcome) = tried("whole", export, import);
    assert_eq!(bytes, 4);
    is_equal(&outcome);
    for (name, export, import, named) in [
        ("forgets", export, "(i32.const 1)", "differs"),
        ("refuses", export, "(i32.const 0)", "did not take it"),
        ("none", "(i64.const 0)", import, "gave none"),
        ("traps", export, "unreachable", "did not take it"),
    ] {
        match tried(name, export, import).1 {
            Outcome::Differs { why } => assert!(why.contains(named), "{name}: {why}"),
            Outcome::Equal { .. } => panic!("{name}: equal"),
        }
    }
}

#[test]
fn a_native_strategy_is_tried_by_name() {
    let desk = desk();
    let found = findings(&desk, "fair-value", "out", &[]);
    assert_eq!((found.strategy.as_str(), found.module), ("fair-value", None));
    assert!(verify(&desk.path("out/journal")).unwrap().decisions > 0);
    let trial = found.trial.unwrap();
    assert_eq!(trial.fuel, None);
    let HandOver::Tried { bytes, outcome: Outcome::Equal { records }, .. } = trial.hand_over else {
        panic!("it goes on where another of its kind stopped: {:?}", trial.hand_over);
    };
    assert!(bytes > 0 && records > 1_000, "{bytes} bytes, {records} records");
    passes(&trial, desk.records("out").len() as u64);
    desk.replay("out").with(0, &[]);
}

#[test]
fn what_is_not_the_candidates_fault_is_an_error_and_leaves_no_findings() {
    let desk = desk();
    let dip = sandbox("kits/c/dip-c.wasm");
    let dip = dip.to_str().unwrap();
    check(&desk, dip, "out", &["dorp=5"]).with(5, &["dorp", "asks for `drop`"]);
    check(&desk, dip, "out", &["drop=much"]).with(5, &["drop", "not a number"]);
    check(&desk, "imbalanse", "out", &[]).with(5, &["imbalanse", "imbalance"]);
    check(&desk, "imbalance", "out", &["nonsense=1"]).with(5, &["nonsense"]);
    check(&desk, "none.wasm", "out", &[]).with(1, &["none.wasm"]);
    assert!(!desk.path("out").join(FINDINGS_FILE).exists());
    // The battle's own configuration has six slots, none of them free.
    desk.write("check.toml", &config(&["short.tape"]));
    check(&desk, "imbalance", "out", &[]).with(5, &["check.toml", "vacant"]);
}
