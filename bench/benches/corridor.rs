//! A whole recorded session through all four stages on one thread, with and without a journal.
//!
//! `cargo bench -p royale-bench` prints events per second.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use royale_bench::{engine, session};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::Discard;
use royale_engine::topology::{Placement, Topology};
use royale_journal::{Flush, Options, Writer};

fn corridor(criterion: &mut Criterion) {
    let (preamble, events) =
        session("kalshi-btc15m-20260514T002426Z.tapez").expect("a bundled recording");
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: Vec::new() };
    let mut group = criterion.benchmark_group("corridor, six strategies");
    group.throughput(Throughput::Elements(events.len() as u64)).sample_size(20);
    for (name, level) in [
        ("latency off", LatencyLevel::Off),
        ("latency of the ends", LatencyLevel::Ends),
        ("latency of every stage", LatencyLevel::Stages),
    ] {
        group.bench_function(format!("without a journal, {name}"), |bencher| {
            bencher.iter_batched(
                || engine(&preamble, &events, Discard, level).expect("an engine"),
                |engine| engine.run(&placement).expect("a run"),
                BatchSize::PerIteration,
            );
        });
    }
    group.bench_function("with a journal, latency of the ends", |bencher| {
        bencher.iter_batched(
            || {
                let folder = tempfile::tempdir().expect("a folder");
                let mut header = preamble.clone();
                header.purpose = royale_journal::Purpose::Run;
                let options = Options { flush: Flush::Lazy, ..Options::default() };
                let writer = Writer::create(&folder.path().join("journal"), &header, options);
                let (writer, level) = (writer.expect("a journal"), LatencyLevel::Ends);
                (folder, engine(&preamble, &events, writer, level).expect("an engine"))
            },
            // The folder is removed with the result, outside the measured time.
            |(folder, engine)| (engine.run(&placement).expect("a run"), folder),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, corridor);
criterion_main!(benches);
