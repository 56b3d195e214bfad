//! Latency as a person at the socket sees it: while the run goes on, and in what it leaves.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, stop};
use royale_codec::control::{Command as Ask, Reply};
use royale_codec::latency::{HistogramName, LatencyFile, LatencyRow, TimeBase, decode_histogram};

/// Slow enough to be asked twice.
const TALK: [&str; 2] = ["run.speed=20x", "run.max_idle_gap_ms=200"];
const SLOTS: usize = 6;

fn rows(client: &mut Client) -> Vec<LatencyRow> {
    match client.ask(Ask::Latency { histogram: None }).result {
        Ok(Reply::Latency { stages }) => stages,
        other => panic!("no latency: {other:?}"),
    }
}

fn count(rows: &[LatencyRow], name: &str) -> u64 {
    let row = rows.iter().find(|row| row.name == name && row.slot.is_none());
    row.unwrap_or_else(|| panic!("no {name}")).count
}

fn file(desk: &Desk, out: &str) -> LatencyFile {
    LatencyFile::read(&std::fs::read_to_string(desk.path(out).join("latency.json")).unwrap())
        .unwrap()
}

#[test]
fn latency_grows_while_the_run_goes_on_and_the_file_has_all_of_it() {
    let desk = Desk::new();
    let run = desk.start("out", &[&TALK[..], &["latency.record=stages"]].concat());
    let mut client = run.client();
    run.reach(300);
    let first = rows(&mut client);
    // From where the run really was: a loaded machine answers late.
    run.reach(count(&first, "tick-to-end") + 600);
    let second = rows(&mut client);
    let names: Vec<&str> =
        first.iter().filter(|row| row.slot.is_none()).map(|row| row.name.as_str()).collect();
    let wanted = "tick-to-decision tick-to-order tick-to-end order-to-ack swap feed-to-strategy \
                  strategy risk journal order";
    assert_eq!(names.join(" "), wanted);
    assert_eq!(first.len(), names.len() + 3 * SLOTS);
    for name in ["tick-to-end", "strategy", "journal"] {
        let (before, after) = (count(&first, name), count(&second, name));
        assert!(before >= 250 && after >= before + 500, "{name}: {before}, then {after}");
    }
    // One of them whole: its figures are those of its buckets.
    let trend = HistogramName { name: "tick-to-decision".into(), slot: Some("trend".into()) };
    let Ok(Reply::Latency { stages }) =
        client.ask(Ask::Latency { histogram: Some(trend.clone()) }).result
    else {
        panic!("no histogram");
    };
    let [row] = &stages[..] else { panic!("one histogram was asked for: {stages:?}") };
    let whole = decode_histogram(row.histogram.as_ref().unwrap()).unwrap();
    assert_eq!(row.key(), trend);
    assert_eq!((whole.len(), whole.max()), (row.count, row.max_ns));
    let nobody = HistogramName { name: "tick-to-decision".into(), slot: Some("nobody".into()) };
    let refused = client.ask(Ask::Latency { histogram: Some(nobody) }).result.unwrap_err();
    assert_eq!(refused.code, "unknown");

    let last = client.command(stop());
    run.end().with(0, &[]);
    let left = file(&desk, "out").stages;
    assert!(count(&left, "tick-to-end") >= last.max(count(&second, "tick-to-end")));
    assert_eq!(count(&left, "tick-to-end"), desk.run_json("out")["events"]);
    assert_eq!(left.len(), first.len());
    for row in left {
        let whole = decode_histogram(row.histogram.as_ref().unwrap()).unwrap();
        let again = LatencyRow::new(row.key(), row.time, &whole, row.above_range);
        assert_eq!(again, LatencyRow { histogram: None, ..row }, "figures of other buckets");
    }
}

/// The venue's answers belong to the simulation: their latency is the model's, in every run.
#[test]
fn the_latency_of_answers_is_in_the_time_of_events() {
    let desk = Desk::new();
    let model = |table: &str, us: u32| {
        [format!("simulation.{table}.kind=constant"), format!("simulation.{table}.us={us}")]
    };
    let set = [model("order_latency", 3_000), model("response_latency", 2_000)].concat();
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    desk.run("out", &set).with(0, &[]);
    let left = file(&desk, "out").stages;
    let answers: Vec<_> = left.iter().filter(|row| row.time == TimeBase::Event).collect();
    let [row] = &answers[..] else { panic!("one: {answers:?}") };
    assert_eq!(row.name, "order-to-ack");
    assert!(row.count > 20, "{row:?}");
    // 5 ms, to three digits.
    assert!((4_990_000..5_010_000).contains(&row.p50_ns), "{row:?}");
}

#[test]
fn what_is_not_recorded_is_not_told() {
    let desk = Desk::of(3_000);
    let run = desk.start("off", &[&TALK[..], &["latency.record=off"]].concat());
    let mut client = run.client();
    let refused = client.ask(Ask::Latency { histogram: None }).result.unwrap_err();
    assert_eq!(refused.code, "off");
    assert!(refused.remedy.contains("latency.record"), "{refused:?}");
    client.command(stop());
    run.end().with(0, &[]);
    assert_eq!(file(&desk, "off").stages, []);
}
