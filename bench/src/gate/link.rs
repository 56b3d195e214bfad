//! G1 and G2: the hot link beside the machine's limit and beside other queues.

use super::Bench;
use super::row::{Force, Limit, Row};
use crate::cores::Cores;
use crate::{hop, stream};
use std::time::Duration;

fn plan(cores: Cores) -> hop::Plan {
    let round = Duration::from_millis(50);
    hop::Plan { cores, capacity: 1024, round, rounds: 7, poll: hop::Poll::SpinLoop }
}

/// L: one hop over a bare slot, the median of a few rounds, in nanoseconds.
pub(super) fn yardstick(cores: Cores) -> f64 {
    hop::compare(&plan(cores), &hop::CONTENDERS[..1])[0].p50.median
}

/// One hop of 64 bytes, all queues polled the same way.
pub(super) fn hop(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let [yardstick, ours, rtrb, disruptor, crossbeam] =
        hop::compare(&plan(bench.cores), &hop::CONTENDERS)
            .try_into()
            .map_err(|_| "other queues than expected")?;
    let limit = yardstick.p50.median;
    let row = |what, value| Row::told("G1", what, value, "ns");
    let most = Limit::AtMost;
    Ok(vec![
        row("one hop over a bare slot (L), p50", limit),
        row("one hop over our ring, p50", ours.p50.median).held(
            limit,
            "× L",
            most(1.10),
            Force::Everywhere,
        ),
        row("… beside rtrb", ours.p50.median).held(
            rtrb.p50.median,
            "× rtrb",
            most(0.85),
            Force::Everywhere,
        ),
        row("… beside the disruptor crate", ours.p50.median).held(
            disruptor.p50.median,
            "× disruptor",
            most(0.85),
            Force::Everywhere,
        ),
        row("… beside crossbeam's ArrayQueue", ours.p50.median).held(
            crossbeam.p50.median,
            "× crossbeam",
            most(0.85),
            Force::Isolated,
        ),
        row("… p99", ours.p99.median).held(limit, "× L", most(1.5), Force::Isolated),
        row("… p99.9", ours.p999.median).held(limit, "× L", most(2.0), Force::Isolated),
    ])
}

/// A stream of 64-byte lines.
pub(super) fn stream(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let plan =
        stream::Plan { cores: bench.cores, capacity: 1024, lines: 2_000_000, batch: 32, rounds: 9 };
    let [chunks, batched, _, single_rtrb, single, _] = stream::compare(&plan, &stream::CONTENDERS)
        .try_into()
        .map_err(|_| "other queues than expected")?;
    let row = |what, value| Row::told("G2", what, value, "M/s");
    let least = Limit::AtLeast;
    Ok(vec![
        row("rtrb's chunks (S)", chunks.mlines_s.median),
        row("our ring, batched", batched.mlines_s.median).held(
            chunks.mlines_s.median,
            "× S",
            least(0.85),
            Force::Everywhere,
        ),
        row("our ring, one by one", single.mlines_s.median).held(
            single_rtrb.mlines_s.median,
            "× rtrb",
            least(0.9),
            Force::Everywhere,
        ),
    ])
}
