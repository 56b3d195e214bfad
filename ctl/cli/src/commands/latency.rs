//! `ctl latency`: percentiles of every stage, from the running engine or a finished run.

use crate::args::SourceArgs;
use crate::failure::{Code, Failure};
use crate::table::{Cell, Table};
use crate::{out, run_folder, source, wire};
use clap::Args;
use royale_codec::control::{Command, Reply};
use serde_json::{Value, json};

/// `ctl latency`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl latency\n  ctl latency --journal runs/battle-7 --json")]
pub struct LatencyArgs {
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No engine and no finished run.
pub fn run(args: &LatencyArgs) -> Result<(), Failure> {
    let value =
        if args.source.journal.is_some() { finished(args)? } else { live_or_finished(args)? };
    if args.source.json {
        return out::json(&value);
    }
    let mut table = Table::new(&["stage", "#samples", "#p50", "#p90", "#p99", "#p99.9", "#max"]);
    for stage in value.get("stages").and_then(Value::as_array).into_iter().flatten() {
        let time =
            |key: &str| stage.get(key).and_then(Value::as_u64).map_or_else(|| "–".into(), nanos);
        let count = stage.get("count").and_then(Value::as_u64).unwrap_or(0);
        table.row(vec![
            Cell::new(stage.get("name").and_then(Value::as_str).unwrap_or("stage")),
            count.to_string().into(),
            time("p50_ns").into(),
            time("p90_ns").into(),
            time("p99_ns").into(),
            time("p99_9_ns").into(),
            time("max_ns").into(),
        ]);
    }
    if table.is_empty() {
        return Err(Failure::not_found("nothing was measured"));
    }
    out::data(&table.render(out::colours()))
}

fn live_or_finished(args: &LatencyArgs) -> Result<Value, Failure> {
    match wire::ask(args.source.socket.socket.as_deref(), Command::Latency { histogram: None }) {
        Ok(Reply::Latency { stages }) => Ok(json!({ "unit": "ns", "stages": stages })),
        Ok(_) => Err(Failure::error("the engine answered another question")),
        Err(not_running) => finished(args).map_err(|_| not_running),
    }
}

fn finished(args: &LatencyArgs) -> Result<Value, Failure> {
    let journal = source::journal(args.source.journal.as_deref(), &args.source.socket)?;
    let path = run_folder::run_of(&journal).join("latency.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::io(&path, "read", &error).remedy("the engine writes it when a run ends")
    })?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(Code::Error, format!("{}: {error}", path.display())))
}

/// Nanoseconds for people.
fn nanos(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} ns"),
        1_000..1_000_000 => format!("{:.1} µs", value as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", value as f64 / 1e6),
        _ => format!("{:.2} s", value as f64 / 1e9),
    }
}
