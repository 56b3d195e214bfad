//! G1 and G2: the hot link beside the machine's limit and beside other queues.

use super::picture::{Picture, goal, hops as curve, yardstick as line_of_l};
use super::row::{Force, Limit, Row};
use super::{Bench, Measured};
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
pub(super) fn hop(bench: &Bench<'_>) -> Result<Measured, String> {
    let hops = hop::compare(&plan(bench.cores), &hop::CONTENDERS);
    let pictures = vec![picture(&hops)];
    let [yardstick, ours, rtrb, disruptor, crossbeam] =
        hops.try_into().map_err(|_| "other queues than expected")?;
    let row = |what, quantile: hop::Quantile| Row::told("G1", what, quantile.ns.median, "ns");
    let in_l = |what, quantile: hop::Quantile, most, force| {
        row(what, quantile).held_as(quantile.ratio.median, "× L", Limit::AtMost(most), force)
    };
    let beside = |what, other: &hop::Hops, by| {
        let ratio = ours.beside(other).median;
        row(what, other.p50).held_as(ratio, by, Limit::AtMost(0.85), Force::Everywhere)
    };
    let rows = vec![
        row("one hop over a bare slot (L), p50", yardstick.p50),
        in_l("one hop over our ring, p50", ours.p50, 1.10, Force::Everywhere),
        beside("rtrb, ours beside it", &rtrb, "× rtrb"),
        beside("disruptor crate, ours beside it", &disruptor, "× disruptor"),
        beside("crossbeam ArrayQueue, …", &crossbeam, "× crossbeam"),
        in_l("one hop over our ring, p99", ours.p99, 1.5, Force::Isolated),
        in_l("… p99.9", ours.p999, 2.0, Force::Isolated),
    ];
    Ok(Measured { rows, pictures })
}

/// All queues in one round, that in which L was the median of its rounds: merged, rounds with near
/// and with far cores would make curves with a step that no queue has.
fn picture(hops: &[hop::Hops]) -> Picture {
    let l = |round: usize| hops[0].rounds[round].midmean_ns();
    let mut order: Vec<usize> = (0..hops[0].rounds.len()).collect();
    order.sort_by(|one, other| l(*one).total_cmp(&l(*other)));
    let round = order[order.len() / 2];
    let l = l(round);
    Picture {
        name: "hop",
        title: "One hop of 64 bytes between two threads, by percentile",
        curves: hops.iter().map(|hops| curve(hops.name, &hops.rounds[round], 0.999)).collect(),
        bounds: vec![
            goal(
                1,
                "goal for our ring: 1.1, 1.5, 2 L",
                vec![(0.5, 1.1 * l), (0.99, 1.5 * l), (0.999, 2.0 * l)],
            ),
            line_of_l(l),
        ],
    }
}

/// A stream of 64-byte lines.
pub(super) fn stream(bench: &Bench<'_>) -> Result<Measured, String> {
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
    let row = |what, of: &stream::Throughput| Row::told("G2", what, of.mlines_s.median, "M/s");
    let held = |row: Row, ratio, by, least| {
        row.held_as(ratio, by, Limit::AtLeast(least), Force::Everywhere)
    };
    let beside_rtrb = single.beside(&single_rtrb).median;
    let rows = vec![
        row("rtrb's chunks (S)", &chunks),
        held(row("our ring, batched", &batched), batched.ratio.median, "× S", 0.85),
        held(row("our ring, one by one", &single), beside_rtrb, "× rtrb", 0.9),
    ];
    Ok(Measured { rows, pictures: Vec::new() })
}
