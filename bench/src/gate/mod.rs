//! The latency gate: what a release is held to, measured in one run beside the machine's own limits.
//!
//! Owns the goals of `docs/performance.md` as code. Ratios to a yardstick of the same run decide
//! everywhere, the best of three attempts counting; exact counts decide at once; absolute times and
//! high percentiles decide only on a host that was declared quiet.

mod company;
mod link;
mod load;
mod probe;
mod row;

pub use load::{Load, tick_to_order};
pub use probe::Probe;
pub use row::{Force, Limit, Row, Verdict};

use crate::cores::Cores;
use crate::journal_append::{self, Cost, Subject};
use crate::zero;
use royale_engine::latency::LatencyLevel;
use royale_engine::topology::Topology;
use std::path::Path;

/// Attempts at a ratio, of which the best counts.
pub const ATTEMPTS: usize = 3;

/// What a part of the gate measures with.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// Where the threads run.
    pub cores: Cores,
    /// Cores that the process may use.
    pub allowed: &'a [usize],
    /// Where journals are written.
    pub folder: &'a Path,
    /// True on a host that was declared quiet.
    pub isolated: bool,
}

/// A part of the gate.
pub type Part = fn(&Bench<'_>) -> Result<Vec<Row>, String>;

/// All parts, in the order of the goals, each with its name and whether it counts exactly.
pub const PARTS: [(&str, Part, bool); 6] = [
    ("hop", link::hop, false),
    ("stream", link::stream, false),
    ("journal", journal, false),
    ("corridor", corridor, false),
    ("zero", nothing, true),
    ("company", company::company, false),
];

/// Measures a part: once where it counts, else until every row is within its limit or the attempts
/// are used up, keeping the better of what was measured.
///
/// # Errors
/// What kept it from being measured.
pub fn attempt(part: Part, is_exact: bool, bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let mut rows = part(bench)?;
    for _ in 1..if is_exact { 1 } else { ATTEMPTS } {
        if rows.iter().all(Row::is_within) {
            break;
        }
        let again = part(bench)?;
        rows = rows.into_iter().zip(again).map(|(row, other)| row.or_better(other)).collect();
    }
    Ok(rows)
}

/// G3: appending to the journal, beside a copy of the same bytes.
fn journal(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let measure = |subject, load| {
        let rounds = (0..3)
            .map(|_| journal_append::measure(bench.folder, subject, load, 100_000))
            .collect::<Result<Vec<_>, _>>()?;
        Cost::median(&rounds).ok_or_else(|| "nothing was measured".to_owned())
    };
    let (idle, busy) = (journal_append::Load::Idle, journal_append::Load::Busy);
    let copy = measure(Subject::Copy, idle)?;
    let (quiet, loaded) = (measure(Subject::Writer, idle)?, measure(Subject::Writer, busy)?);
    let everywhere = Force::Everywhere;
    let faults = (quiet.faults + loaded.faults) as f64;
    Ok(vec![
        Row::told("G3", "copy of a record without checksum (the yardstick)", copy.mean, "ns"),
        Row::told("G3", "journal append, p50 of batches", quiet.batched.p50, "ns").held(
            copy.batched.p50,
            "× copy",
            Limit::AtMost(1.5),
            Force::Isolated,
        ),
        Row::told("G3", "journal append, mean", quiet.mean, "ns").held(
            1.0,
            "ns",
            Limit::AtMost(12.0),
            everywhere,
        ),
        Row::told("G3", "journal append, p99.99", quiet.single.p99_99, "ns").held(
            1.0,
            "ns",
            Limit::AtMost(500.0),
            Force::Isolated,
        ),
        Row::told("G3", "… while the flusher works, p99.99", loaded.single.p99_99, "ns").held(
            quiet.single.p99_99,
            "× idle",
            Limit::AtMost(2.0),
            Force::Isolated,
        ),
        Row::told("G3", "page faults of the appending thread", faults, "").held(
            1.0,
            "faults",
            Limit::AtMost(0.0),
            everywhere,
        ),
    ])
}

/// G4 and G5: from a tick to its order through the whole corridor, under an open-loop load.
fn corridor(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let yardstick = link::yardstick(bench.cores);
    let Cores([one, two]) = bench.cores;
    let fused = tick_to_order(Topology::Fused, &[two], Load::default())?;
    let at = |histogram: &hdrhistogram::Histogram<u64>, quantile| {
        histogram.value_at_quantile(quantile) as f64
    };
    let p50 = at(&fused, 0.5);
    let mut rows = vec![
        Row::told("G4", "one hop (L)", yardstick, "ns"),
        Row::told("G4", "tick to order on one thread, p50", p50, "ns").held(
            yardstick,
            "× L",
            Limit::AtMost(2.0),
            Force::Everywhere,
        ),
        Row::told("G4", "… p99", at(&fused, 0.99), "ns").held(
            p50,
            "× p50",
            Limit::AtMost(3.0),
            Force::Isolated,
        ),
        Row::told("G4", "… p99.9", at(&fused, 0.999), "ns"),
        Row::told("G4", "… max", fused.max() as f64, "ns"),
    ];
    let split = tick_to_order(Topology::Split2, &[one, two], Load::default())?;
    let more = |histogram: &hdrhistogram::Histogram<u64>| at(histogram, 0.5) - p50;
    rows.push(Row::told("G5", "a second thread, more at p50", more(&split), "ns").held(
        yardstick,
        "× L",
        Limit::AtMost(1.5),
        Force::Everywhere,
    ));
    if let [a, b, c, d, ..] = *bench.allowed {
        let pinned = tick_to_order(Topology::Pinned4, &[a, b, c, d], Load::default())?;
        rows.push(
            Row::told("G5", "a thread for each stage, more at p50", more(&pinned), "ns").held(
                yardstick,
                "× L",
                Limit::AtMost(3.75),
                Force::Everywhere,
            ),
        );
    }
    Ok(rows)
}

/// G6: what the corridor's threads do once they are warm, beside their work.
fn nothing(_: &Bench<'_>) -> Result<Vec<Row>, String> {
    let extent = zero::Extent { warm: 30_000, measured: 40_000 };
    let mut rows = Vec::new();
    for topology in [Topology::Fused, Topology::Split2, Topology::Pinned4] {
        let threads = zero::measure(topology, extent, LatencyLevel::Stages, None)?;
        let sum = |count: &dyn Fn(&zero::Use) -> u64| {
            threads.iter().map(|thread| count(&thread.used)).sum::<u64>() as f64
        };
        for (what, count) in [
            ("allocations", sum(&|used| used.allocations)),
            ("page faults", sum(&|used| used.minor_faults + used.major_faults)),
            ("reads and writes", sum(&|used| used.reads_and_writes)),
        ] {
            let what = format!("{what} of 40,000 events, {}", topology.name());
            rows.push(Row::told("G6", what, count, "").held(
                1.0,
                "",
                Limit::AtMost(0.0),
                Force::Everywhere,
            ));
        }
    }
    Ok(rows)
}
