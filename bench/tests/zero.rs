//! Once it is warm, the corridor neither allocates nor faults nor calls the kernel: counted, exact.
//!
//! In every topology, with six strategies, all checks of the gate, the journal and all histograms.
#![allow(clippy::unwrap_used, reason = "a test may")]

use royale_bench::zero::{Counting, Extent, Plant, Trespass, measure};
use royale_engine::latency::LatencyLevel;
use royale_engine::topology::Topology;
use std::fs::File;

#[global_allocator]
static COUNTING: Counting = Counting;

const EXTENT: Extent = Extent { warm: 30_000, measured: 40_000 };

fn trespasses(topology: Topology, plant: Option<Plant>) -> Vec<Trespass> {
    let all = measure(topology, EXTENT, LatencyLevel::Stages, plant).unwrap();
    assert_eq!(all.len(), topology.threads());
    all.into_iter().filter(|thread| !thread.used.is_nothing()).collect()
}

#[test]
fn nothing_on_one_thread() {
    assert_eq!(trespasses(Topology::Fused, None), []);
}

#[test]
fn nothing_on_two_threads() {
    assert_eq!(trespasses(Topology::Split2, None), []);
}

#[test]
fn nothing_on_four_threads() {
    assert_eq!(trespasses(Topology::Pinned4, None), []);
}

/// The meter can fail: one forbidden act of one strategy is seen, on the right thread.
#[test]
fn one_trespass_is_seen() {
    let found = trespasses(Topology::Fused, Some(Plant::Allocation));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].used.allocations, 2, "asked for and given back: {found:?}");

    let memory = vec![0_u8; 64 << 20].into_boxed_slice();
    let found = trespasses(Topology::Split2, Some(Plant::Fault(memory)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].thread.as_str(), found[0].used.minor_faults), ("royale-feed", 1));

    let file = File::options().write(true).open("/dev/null").unwrap();
    let found = trespasses(Topology::Fused, Some(Plant::Write(file)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].used.reads_and_writes, 1, "{found:?}");
}
