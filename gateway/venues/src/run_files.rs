//! What a finished run leaves beside its journal: `latency.json` and `run.json`.
//!
//! Wall-clock figures live here and nowhere else: the journal is the same from run to run.

use crate::exit::Failure;
use hdrhistogram::Histogram;
use royale_codec::control::StageLatency;
use royale_config::Settings;
use royale_engine::feed::FeedOutcome;
use royale_engine::latency::LatencyBoard;
use royale_engine::topology::Topology;
use royale_journal::WriterSummary;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// The rows that the control socket tells.
pub fn stage_rows(latency: &LatencyBoard) -> Vec<StageLatency> {
    let row = |(name, histogram): &(&str, &Histogram<u64>)| StageLatency {
        name: (*name).to_owned(),
        count: histogram.len(),
        p50_ns: histogram.value_at_percentile(50.0),
        p90_ns: histogram.value_at_percentile(90.0),
        p99_ns: histogram.value_at_percentile(99.0),
        p99_9_ns: histogram.value_at_percentile(99.9),
        max_ns: histogram.max(),
    };
    latency.stages().iter().map(row).collect()
}

/// Percentiles of every histogram, in nanoseconds.
pub fn latency_json(latency: &LatencyBoard) -> Value {
    let stages: Vec<Value> = latency
        .stages()
        .iter()
        .map(|(name, histogram)| {
            let curve: Vec<Value> = PERCENTILES
                .iter()
                .map(|&percentile| json!([percentile, histogram.value_at_percentile(percentile)]))
                .collect();
            json!({
                "name": name,
                "count": histogram.len(),
                "min_ns": if histogram.is_empty() { 0 } else { histogram.min() },
                "mean_ns": histogram.mean(),
                "p50_ns": histogram.value_at_percentile(50.0),
                "p90_ns": histogram.value_at_percentile(90.0),
                "p99_ns": histogram.value_at_percentile(99.0),
                "p99_9_ns": histogram.value_at_percentile(99.9),
                "p99_99_ns": histogram.value_at_percentile(99.99),
                "max_ns": histogram.max(),
                "percentiles": curve,
            })
        })
        .collect();
    json!({ "unit": "ns", "from": "event sequenced", "stages": stages })
}

/// Where the percentile curve is read off.
const PERCENTILES: [f64; 16] = [
    0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999,
    100.0,
];

/// Writes `run.json`.
pub fn write(
    out: &Path,
    settings: &Settings,
    topology: Topology,
    elapsed: Duration,
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
        "elapsed_s": elapsed.as_secs_f64(),
    });
    write_one(&out.join("run.json"), &run)
}

/// Writes `latency.json`.
pub fn write_latency(out: &Path, latency: &LatencyBoard) -> Result<(), Failure> {
    write_one(&out.join("latency.json"), &latency_json(latency))
}

fn write_one(path: &Path, value: &Value) -> Result<(), Failure> {
    let text = format!("{value:#}\n");
    // Under another name first, so that nobody reads half a file.
    let temporary = path.with_extension("json.tmp");
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(|error| Failure::Error(format!("{}: {error}", path.display())))
}
