//! A run gives one journal, whatever carries it.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, KALSHI, NEXT, config, cut};
use royale_journal::verify;

#[test]
fn a_finished_run_is_sealed_and_says_so() {
    let desk = Desk::new();
    let ended = desk.run("one", &[]).with(0, &[]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    let report = verify(&desk.path("one/journal")).unwrap();
    assert!(report.sealed);
    assert!(report.orders > 50, "too few orders to mean anything: {report:?}");
    let seal: String = report.seal.iter().map(|byte| format!("{byte:02x}")).collect();
    let run = desk.run_json("one");
    assert_eq!(run["journal_seal"], seal.as_str());
    assert_eq!(run["events"], report.last_seq);
    assert_eq!(run["stopped"], false);
    let left: Vec<String> = desk.listing().into_iter().filter(|n| !n.contains("journal")).collect();
    assert_eq!(left, ["battle.toml", "one", "one/latency.json", "one/run.json", "short.tape"]);
}

/// Everything that may differ between machines and moods, and must not show.
#[test]
fn threads_pace_place_and_packing_do_not_show_in_the_journal() {
    let (preamble, events) = cut(KALSHI, 15_000);
    let desk = Desk::playing(&preamble, &events);
    desk.run("first", &[]).with(0, &[]);
    let first = desk.journal("first");
    let same = |out: &str, set: &[&str]| {
        desk.run(out, set).with(0, &[]);
        let other = desk.journal(out);
        assert!(first.keys().eq(other.keys()), "{out}: other segments");
        for (name, bytes) in &first {
            assert!(*bytes == other[name], "{out}: {name} differs");
        }
        assert_eq!(desk.run_json("first")["journal_seal"], desk.run_json(out)["journal_seal"]);
    };
    same("again", &[]);
    same("split2", &["run.topology=split2"]);
    same("pinned4", &["run.topology=pinned4"]);
    same("sharded", &["run.topology=sharded", "run.strategy_threads=3"]);
    same("placed", &[&format!("run.cpus=[{}]", desk::first_core()), "run.wait=spin"]);
    same("parked", &["run.topology=pinned4", "run.wait=park"]);
    same("fast", &["run.speed=20000x", "run.max_idle_gap_ms=100"]);
    same("unmeasured", &["latency.record=off"]);
    same("measured", &["latency.record=stages"]);
    same("deep/in/a/folder", &[]);

    // A tape is remembered by its name without its ending: packed or not, the run is the same.
    let packed = royale_codec::pack(&preamble, &events).unwrap();
    std::fs::write(desk.path("short.tapez"), packed).unwrap();
    desk.write("battle.toml", &config(&["short.tapez"]));
    same("packed", &[]);
}

#[test]
fn another_seed_is_another_battle() {
    let desk = Desk::of(6_000);
    desk.run("seven", &["run.seed=7"]).with(0, &[]);
    desk.run("eight", &["run.seed=8"]).with(0, &[]);
    assert!(desk.records("seven") != desk.records("eight"), "the seed does not matter");
}

#[test]
fn several_tapes_are_one_run_and_what_was_known_before_a_pause_is_void() {
    let desk = Desk::of(4_000);
    let (preamble, mut events) = desk::unpacked(KALSHI);
    let second = events.split_off(events.len() - 4_000);
    royale_journal::write_tape(&desk.path("tail.tape"), &preamble, &second).unwrap();
    let (preamble, events) = cut(NEXT, 4_000);
    royale_journal::write_tape(&desk.path("next.tape"), &preamble, &events).unwrap();
    desk.write("battle.toml", &config(&["short.tape", "tail.tape", "next.tape"]));
    for topology in ["run.topology=fused", "run.topology=pinned4"] {
        desk.run(topology, &[topology]).with(0, &[]);
    }
    assert!(desk.journal("run.topology=fused") == desk.journal("run.topology=pinned4"));
    let gaps = desk
        .records("run.topology=fused")
        .iter()
        .filter(|record| {
            matches!(record, royale_journal::Record::Event(e)
                if e.kind() == royale_model::EventKind::Gap && e.seq() > 4_000)
        })
        .count();
    assert!(gaps >= 3, "the books of the first tape went on into the second: {gaps} gaps");
}

#[test]
fn check_promises_what_run_keeps() {
    let desk = Desk::of(2_000);
    let check = |args: &[&str]| desk::finish(desk.royale(args).spawn().unwrap());
    let ended = check(&["check", "--config", "battle.toml"]).with(0, &[]);
    assert!(ended.stdout.contains("6 slots, 1 tapes, 3 instruments, topology fused"), "{ended:?}");
    assert_eq!(desk.listing(), ["battle.toml", "short.tape"], "a check leaves nothing");
}
