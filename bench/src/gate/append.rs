//! G3: appending to the journal, beside a copy of the same bytes.

use super::picture::{Picture, goal, yardstick};
use super::row::{Force, Limit, Row};
use super::{Bench, Measured, link};
use crate::journal_append::{self, Cost, QUANTILES, Subject};
use royale_research::Curve;

/// p99.99 of an append, at most, in nanoseconds.
const TAIL_NS: f64 = 500.0;

/// A copy, and the journal's writer with its flusher idle and busy.
pub(super) fn journal(bench: &Bench<'_>) -> Result<Measured, String> {
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
    let rows = vec![
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
            Limit::AtMost(TAIL_NS),
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
    ];
    let pictures = vec![picture(&copy, &quiet, &loaded, link::yardstick(bench.cores))];
    Ok(Measured { rows, pictures })
}

/// Single appends, where the clock can tell one from nothing, and batches for what is below.
fn picture(copy: &Cost, quiet: &Cost, loaded: &Cost, l: f64) -> Picture {
    let curve = |name: &str, values: &[f64]| {
        let seen = QUANTILES.iter().copied().zip(values.iter().copied());
        Curve { name: name.to_owned(), points: seen.filter(|(_, nanos)| *nanos > 0.0).collect() }
    };
    Picture {
        name: "append",
        title: "A record appended to the journal, by percentile",
        curves: vec![
            curve("append, flusher idle", &quiet.single_curve),
            curve("append, flusher busy", &loaded.single_curve),
            curve("append, the mean of 8", &quiet.batched_curve),
            curve("copy, the mean of 8", &copy.batched_curve),
        ],
        bounds: vec![
            goal(0, "goal: 500 ns at 99.99 %", vec![(0.9999, TAIL_NS)]),
            goal(1, "goal: 2 × idle at 99.99 %", vec![(0.9999, 2.0 * quiet.single.p99_99)]),
            goal(2, "goal: 1.5 × copy at 50 %", vec![(0.5, 1.5 * copy.batched.p50)]),
            yardstick(l),
        ],
    }
}
