//! `ctl latency` as people use it: against an engine that runs, and against what one left.
//!
//! Runs the built binary. The engine is a thread of the test that speaks the control protocol and
//! counts on with every question.
#![allow(clippy::unwrap_used, reason = "tests")]

use hdrhistogram::Histogram;
use royale_codec::FrameDecoder;
use royale_codec::control::{Command as Ask, Refusal, Reply, Request, Response, decode, encode};
use royale_codec::latency::{HistogramName, LatencyFile, LatencyRow, TimeBase};
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};

fn ctl(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctl"));
    command.args(args).current_dir(folder).env_clear().env("XDG_RUNTIME_DIR", folder);
    command.output().unwrap()
}

/// What it prints, once it is sure that it went well.
fn told(folder: &Path, args: &[&str]) -> String {
    let output = ctl(folder, args);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&err));
    out
}

fn fails(folder: &Path, args: &[&str], code: i32, says: &[&str]) {
    let output = ctl(folder, args);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
    assert!(output.stdout.is_empty(), "{args:?}: an error is no data");
    for word in says {
        assert!(text.contains(word), "{args:?}: no `{word}` in: {text}");
    }
}

/// A run after so many events: its rows, each with its histogram.
fn rows(events: u64) -> Vec<LatencyRow> {
    let row = |name: &str, slot: Option<&str>, time, count: u64| {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, (1 << 38) - 1, 3).unwrap();
        (0..count).for_each(|n| histogram.record(500 + n * 10).unwrap());
        let name = HistogramName { name: name.to_owned(), slot: slot.map(str::to_owned) };
        LatencyRow::new(name, time, &histogram, 0).with_histogram(&histogram).unwrap()
    };
    vec![
        row("tick-to-order", None, TimeBase::Wall, events / 2),
        row("tick-to-end", None, TimeBase::Wall, events),
        row("order-to-ack", None, TimeBase::Event, events / 2),
        row("tick-to-order", Some("trend"), TimeBase::Wall, events / 2),
        row("tick-to-order", Some("imbalance"), TimeBase::Wall, 0),
        row("swap", Some("imbalance"), TimeBase::Wall, 0),
    ]
}

/// An engine that counts a thousand events more with every question, and goes after so many. One
/// that has nothing to tell refuses.
fn engine(folder: &Path, questions: u64, rows: fn(u64) -> Vec<LatencyRow>) {
    std::fs::create_dir_all(folder.join("royale")).unwrap();
    let listener = UnixListener::bind(folder.join("royale/engine.sock")).unwrap();
    let socket = folder.join("royale/engine.sock");
    std::thread::spawn(move || {
        for question in 1..=questions {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut decoder, mut chunk) = (FrameDecoder::default(), [0; 4096]);
            let body = loop {
                if let Some(body) = decoder.next_frame().unwrap() {
                    break body;
                }
                let count = stream.read(&mut chunk).unwrap();
                decoder.feed(&chunk[..count]);
            };
            let request: Request = decode(&body).unwrap();
            let all = rows(1_000 * question);
            let result = match request.command {
                Ask::Latency { histogram: None } if !all.is_empty() => {
                    let figures = |row: LatencyRow| LatencyRow { histogram: None, ..row };
                    Ok(Reply::Latency { stages: all.into_iter().map(figures).collect() })
                }
                Ask::Latency { histogram: Some(wanted) } => {
                    let one = all.into_iter().filter(|row| row.key() == wanted).collect();
                    Ok(Reply::Latency { stages: one })
                }
                _ => Err(Refusal { code: "no".into(), message: "no".into(), remedy: "no".into() }),
            };
            stream.write_all(&encode(&Response::new(request.id, result)).unwrap()).unwrap();
        }
        drop(listener);
        std::fs::remove_file(socket).unwrap();
    });
}

/// What a run left, in `runs/done`.
fn finished(folder: &Path) -> Vec<LatencyRow> {
    std::fs::create_dir_all(folder.join("runs/done/journal")).unwrap();
    let rows = rows(10_000);
    let text = serde_json::to_string(&LatencyFile::new(rows.clone())).unwrap();
    std::fs::write(folder.join("runs/done/latency.json"), text).unwrap();
    rows
}

#[test]
fn a_running_engine_is_asked_and_its_counts_grow() {
    let folder = tempfile::tempdir().unwrap();
    engine(folder.path(), 100, rows);
    let count = || {
        let text = told(folder.path(), &["latency", "--json", "--only", "tick-to-end"]);
        let file = LatencyFile::read(&text).unwrap();
        assert_eq!(file.stages.len(), 1);
        file.stages[0].count
    };
    let (first, second) = (count(), count());
    assert!(first > 0 && second > first, "{first}, then {second}");
    let table = told(folder.path(), &["latency", "--slot", "trend"]);
    let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(words[..2], ["tick-to-order", "trend"], "{table}");
    assert_eq!(table.lines().count(), 2, "another slot's: {table}");
    fails(folder.path(), &["latency", "--slot", "trand"], 3, &["did you mean `trend`"]);
    fails(folder.path(), &["latency", "--only", "tick"], 3, &["tick-to-order, tick-to-end"]);
}

/// An older run's figures in place of a refusal would be taken for the running engine's.
#[test]
fn a_refusal_is_told_and_not_papered_over_with_an_older_run() {
    let folder = tempfile::tempdir().unwrap();
    finished(folder.path());
    engine(folder.path(), 10, |_| Vec::new());
    fails(folder.path(), &["latency"], 6, &["the engine refused (no)"]);
}

#[test]
fn watching_goes_on_until_the_engine_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    engine(folder.path(), 3, rows);
    let text = told(folder.path(), &["latency", "--watch", "--json", "--only", "tick-to-end"]);
    let counts: Vec<u64> =
        text.lines().map(|line| LatencyFile::read(line).unwrap().stages[0].count).collect();
    assert_eq!(counts, [1_000, 2_000, 3_000]);
    fails(folder.path(), &["latency", "--watch"], 4, &["no engine answers"]);
    fails(folder.path(), &["latency", "--watch", "--journal", "x"], 2, &["--watch"]);
}

#[test]
fn a_finished_run_says_what_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let left = finished(folder.path());
    let text = told(folder.path(), &["latency", "--journal", "runs/done", "--json"]);
    let told_rows = LatencyFile::read(&text).unwrap().stages;
    let figures = |row: LatencyRow| LatencyRow { histogram: None, ..row };
    assert_eq!(told_rows, left.into_iter().map(figures).collect::<Vec<_>>());
    assert_eq!(text, told(folder.path(), &["latency", "--json"]), "the newest run is found too");
    let table = told(folder.path(), &["latency"]);
    assert!(table.contains("tick-to-end") && table.contains("imbalance"), "{table}");
    assert!(!table.contains("swap"), "a slot that kept what it began with: {table}");
    let asked = told(folder.path(), &["latency", "--only", "swap"]);
    assert!(asked.contains("swap"), "unless it is asked for: {asked}");

    std::fs::write(folder.path().join("runs/done/latency.json"), "{\"stages\": [{}]}").unwrap();
    fails(folder.path(), &["latency", "--journal", "runs/done"], 1, &["runs/done/latency.json"]);
    std::fs::remove_file(folder.path().join("runs/done/latency.json")).unwrap();
    fails(folder.path(), &["latency", "--journal", "runs/done"], 3, &["when a run ends"]);
    fails(folder.path(), &["latency"], 4, &["no engine answers"]);
}

/// The text format that plotting tools read, one file for one histogram and a folder for several;
/// nothing for a histogram that counted nothing.
#[test]
fn distributions_and_pictures_are_written_where_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    finished(folder.path());
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    told(folder.path(), &["latency", "--only", "tick-to-end", "--hgrm", "end.hgrm"]);
    let text = read("end.hgrm");
    assert!(
        text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"),
        "{text}"
    );
    assert!(text.contains("Total count    =        10000]"), "{text}");
    told(folder.path(), &["latency", "--hgrm", "all", "--svg", "all.svg"]);
    let entries = std::fs::read_dir(folder.path().join("all")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names.join(" "),
        "order-to-ack.hgrm tick-to-end.hgrm tick-to-order.hgrm tick-to-order.trend.hgrm"
    );
    assert_eq!(read("all/tick-to-end.hgrm"), text);
    // The run's own, on this machine's clock, unless others are chosen.
    let svg = read("all.svg");
    assert!(
        svg.contains("tick-to-end") && !svg.contains("trend") && !svg.contains("order-to-ack"),
        "{svg}"
    );
    told(folder.path(), &["latency", "--only", "order-to-ack", "--svg", "ack.svg"]);
    assert!(read("ack.svg").contains("order-to-ack"));
    let nothing = ["latency", "--slot", "imbalance", "--svg", "none.svg"];
    fails(folder.path(), &nothing, 3, &["nothing was measured"]);
    fails(folder.path(), &["latency", "--hgrm", "all.svg"], 1, &["all.svg", "--only"]);
}
