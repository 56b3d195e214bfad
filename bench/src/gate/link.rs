//! G1 and G2: the hot link beside the machine's limit and beside other queues.

use super::Bench;
use super::row::{Force, Limit, Row};
use crate::cores::Cores;
use crate::{hop, stream};
use std::time::Duration;

/// Lines in each queue: as many as the corridor's rings have.
const CAPACITY: usize = 128;

fn plan(cores: Cores) -> hop::Plan {
    let round = Duration::from_millis(50);
    hop::Plan { cores, capacity: CAPACITY, round, rounds: 9, poll: hop::Poll::Plain }
}

/// L: one hop over a bare slot, the median of a few rounds, in nanoseconds.
pub(super) fn yardstick(cores: Cores) -> f64 {
    hop::compare(&plan(cores), &hop::CONTENDERS[..1])[0].p50.ns.median
}

/// One hop of 64 bytes, all queues polled the same way. Ratios are taken round by round: a guest's
/// cores may move between two rounds, and a hop then costs four times as much for all.
pub(super) fn hop(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let [yardstick, ours, rtrb, disruptor, crossbeam] =
        hop::compare(&plan(bench.cores), &hop::CONTENDERS)
            .try_into()
            .map_err(|_| "other queues than expected")?;
    let row = |what, quantile: hop::Quantile| Row::told("G1", what, quantile.ns.median, "ns");
    let in_l = |what, quantile: hop::Quantile, most, force| {
        row(what, quantile).held_as(quantile.ratio.median, "× L", Limit::AtMost(most), force)
    };
    let beside = |what, other: hop::Hops, by, force| {
        let ratio = ours.p50.ratio.median / other.p50.ratio.median;
        row(what, other.p50).held_as(ratio, by, Limit::AtMost(0.85), force)
    };
    Ok(vec![
        row("one hop over a bare slot (L), p50", yardstick.p50),
        in_l("one hop over our ring, p50", ours.p50, 1.10, Force::Everywhere),
        beside("rtrb, ours beside it", rtrb, "× rtrb", Force::Everywhere),
        beside("disruptor crate, ours beside it", disruptor, "× disruptor", Force::Everywhere),
        beside("crossbeam ArrayQueue, …", crossbeam, "× crossbeam", Force::Everywhere),
        in_l("one hop over our ring, p99", ours.p99, 1.5, Force::Isolated),
        in_l("… p99.9", ours.p999, 2.0, Force::Isolated),
    ])
}

/// A stream of 64-byte lines.
pub(super) fn stream(bench: &Bench<'_>) -> Result<Vec<Row>, String> {
    let plan = stream::Plan {
        cores: bench.cores,
        capacity: CAPACITY,
        lines: 2_000_000,
        batch: 32,
        rounds: 9,
    };
    let [chunks, batched, _, single_rtrb, single, _] = stream::compare(&plan, &stream::CONTENDERS)
        .try_into()
        .map_err(|_| "other queues than expected")?;
    let row = |what, of: stream::Throughput| Row::told("G2", what, of.mlines_s.median, "M/s");
    let held = |row: Row, ratio, by, least| {
        row.held_as(ratio, by, Limit::AtLeast(least), Force::Everywhere)
    };
    let beside_rtrb = single.ratio.median / single_rtrb.ratio.median;
    Ok(vec![
        row("rtrb's chunks (S)", chunks),
        held(row("our ring, batched", batched), batched.ratio.median, "× S", 0.85),
        held(row("our ring, one by one", single), beside_rtrb, "× rtrb", 0.9),
    ])
}
