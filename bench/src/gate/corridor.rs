//! G4 and G5: from a tick to its order through the whole corridor, under an open-loop load.

use super::load::{Load, tick_to_order};
use super::picture::{Picture, goal, yardstick as line_of_l};
use super::row::{Force, Limit, Row};
use super::{Bench, Measured, link};
use crate::cores::Cores;
use hdrhistogram::Histogram;
use royale_engine::topology::Topology;
use royale_research::Curve;

/// On one thread, on two, and with a thread for each stage where there are cores.
pub(super) fn corridor(bench: &Bench<'_>) -> Result<Measured, String> {
    let yardstick = link::yardstick(bench.cores);
    let Cores([one, two]) = bench.cores;
    let fused = tick_to_order(Topology::Fused, &[two], Load::default())?;
    let at = |histogram: &Histogram<u64>, quantile| histogram.value_at_quantile(quantile) as f64;
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
    let more = |histogram: &Histogram<u64>| at(histogram, 0.5) - p50;
    rows.push(Row::told("G5", "a second thread, more at p50", more(&split), "ns").held(
        yardstick,
        "× L",
        Limit::AtMost(1.5),
        Force::Everywhere,
    ));
    let mut curves = vec![Curve::of("on one thread", &fused), Curve::of("on two threads", &split)];
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
        curves.push(Curve::of("a thread for each stage", &pinned));
    } else {
        let why = format!("it needs four cores, and {} are allowed", bench.allowed.len());
        rows.push(Row::not_run("G5", "a thread for each stage", why));
    }
    let picture = Picture {
        name: "tick-to-order",
        title: "From a tick to its order, 200,000 quotes a second, by percentile",
        curves,
        bounds: vec![
            goal(
                0,
                "goal on one thread: 2 L, 3 × p50",
                vec![(0.5, 2.0 * yardstick), (0.99, 3.0 * p50)],
            ),
            goal(1, "goal on two: one thread + 1.5 L", vec![(0.5, p50 + 1.5 * yardstick)]),
            line_of_l(yardstick),
        ],
    };
    Ok(Measured { rows, pictures: vec![picture] })
}
