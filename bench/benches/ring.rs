//! The hot link against its yardsticks and its peers: one hop, and a stream.
//!
//! `cargo bench -p royale-bench --bench ring` prints a table for each. All queues run in the same
//! process, on the same two cores, in short rounds that take turns, so that the ratios hold where the
//! absolute figures drift. `docs/ring.md` says what is compared.

use royale_bench::cores::Cores;
use royale_bench::{hop, stream};
use std::time::Duration;

fn main() -> Result<(), String> {
    let cores = Cores::first_two()?;
    let round = Duration::from_millis(40);
    // Two rings of 128 lines fit into the first-level cache, two of 1024 do not.
    for capacity in [128, 1024] {
        for poll in [hop::Poll::Plain, hop::Poll::SpinLoop] {
            hops(&hop::Plan { cores, capacity, round, rounds: 15, poll });
        }
        streams(&stream::Plan { cores, capacity, lines: 400_000, batch: 32, rounds: 41 });
    }
    Ok(())
}

fn hops(plan: &hop::Plan) {
    let hop::Plan { capacity, poll, rounds, .. } = plan;
    println!("one hop of 64 bytes, {capacity} lines, polled {poll:?}: median of {rounds} rounds");
    println!(
        "{:<22}{:>26}{:>6}{:>10}{:>6}{:>10}{:>6}",
        "", "p50 ns [least, most]", "× L", "p99", "× L", "p99.9", "× L"
    );
    let hops = hop::compare(plan, &hop::CONTENDERS);
    for hop::Hops { name, p50, p99, p999, .. } in &hops {
        println!(
            "{name:<22}{:>8.1} [{:>6.1}, {:>6.1}]{:>6.2}{:>10.1}{:>6.2}{:>10.1}{:>6.2}",
            p50.ns.median,
            p50.ns.min,
            p50.ns.max,
            p50.ratio.median,
            p99.ns.median,
            p99.ratio.median,
            p999.ns.median,
            p999.ratio.median,
        );
    }
    println!();
}

fn streams(plan: &stream::Plan) {
    let stream::Plan { capacity, batch, rounds, .. } = plan;
    println!("a stream of 64-byte lines, {capacity} lines, by {batch}: median of {rounds} rounds");
    println!("{:<26}{:>26}{:>6}", "", "M lines/s [least, most]", "× S");
    let streams = stream::compare(plan, &stream::CONTENDERS);
    for stream::Throughput { name, mlines_s, ratio, .. } in &streams {
        println!(
            "{name:<26}{:>8.1} [{:>6.1}, {:>6.1}]{:>6.2}",
            mlines_s.median, mlines_s.min, mlines_s.max, ratio.median
        );
    }
    println!();
}
