//! What a finished run leaves beside its journal: `latency.json` and `run.json`.
//!
//! Wall-clock figures live here and nowhere else: the journal is the same from run to run.

use crate::exit::Failure;
use crate::latency::Latency;
use royale_config::Settings;
use royale_engine::feed::FeedOutcome;
use royale_engine::topology::Topology;
use royale_journal::WriterSummary;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How long a run took, by the clock on the wall.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// From the command to the first input: configuration, tapes, modules, journal.
    pub start: Duration,
    /// From there to the last.
    pub run: Duration,
}

/// Writes `run.json`.
pub fn write(
    out: &Path,
    settings: &Settings,
    topology: Topology,
    took: Took,
    feed: &FeedOutcome,
    summary: &WriterSummary,
    counters: &Value,
) -> Result<(), Failure> {
    let seal: String = summary.seal.iter().map(|byte| format!("{byte:02x}")).collect();
    let run = json!({
        "name": settings.run.name,
        "seed": settings.run.seed,
        "topology": topology.name(),
        "speed": settings.run.speed.to_string(),
        "events": feed.last_seq,
        "records": summary.records,
        "journal_bytes": summary.bytes,
        "journal_segments": summary.segments,
        "journal_seal": seal,
        "stopped": feed.stopped,
        "counters": counters,
        "start_s": took.start.as_secs_f64(),
        "elapsed_s": took.run.as_secs_f64(),
    });
    write_one(&out.join("run.json"), &run)
}

/// Writes `latency.json`.
pub fn write_latency(out: &Path, latency: &Latency) -> Result<(), Failure> {
    let error = |error: &dyn std::fmt::Display| Failure::Error(format!("latency.json: {error}"));
    let file = latency.file().map_err(|e| error(&e))?;
    write_one(&out.join("latency.json"), &serde_json::to_value(&file).map_err(|e| error(&e))?)
}

fn write_one(path: &Path, value: &Value) -> Result<(), Failure> {
    let text = format!("{value:#}\n");
    // Under another name first, so that nobody reads half a file.
    let temporary = path.with_extension("json.tmp");
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(|error| Failure::Error(format!("{}: {error}", path.display())))
}
