//! What it costs to record a latency: our histogram beside the crate's, on the same values.
//!
//! `cargo bench -p royale-bench --bench histogram`. Each figure is for one thousand values.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use royale_engine::latency::{Precision, Stamps, histogram};
use std::hint::black_box;

/// Latencies as a run has them: most near one another, some a hundred times longer.
fn values() -> Vec<u64> {
    let mut state = 7_u64;
    let next = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = state >> 33;
        300 + draw % 400 + if draw.is_multiple_of(97) { draw % 60_000 } else { 0 }
    };
    (0..1_000).map(next).collect()
}

fn record(criterion: &mut Criterion) {
    let values = values();
    let mut group = criterion.benchmark_group("record a latency");
    group.throughput(Throughput::Elements(values.len() as u64));
    for (name, precision) in [("3 digits", Precision::Fine), ("2 digits", Precision::Coarse)] {
        let (mut writer, _reader) = histogram(precision);
        group.bench_function(format!("ours, {name}"), |bencher| {
            bencher.iter(|| values.iter().for_each(|&value| writer.record(black_box(value))));
        });
        let mut theirs = precision.empty().expect("a histogram");
        group.bench_function(format!("hdrhistogram, {name}"), |bencher| {
            bencher.iter(|| {
                values.iter().for_each(|&value| theirs.saturating_record(black_box(value)));
            });
        });
    }
    let (mut writer, reader) = histogram(Precision::Fine);
    values.iter().for_each(|&value| writer.record(value));
    let empty = Precision::Fine.empty().expect("a histogram");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read all of it, 3 digits", |bencher| {
        bencher.iter(|| {
            let mut target = empty.clone();
            reader.add_to(&mut target);
            target
        });
    });
    let stamps = Stamps::default();
    group.bench_function("read the time stamp counter", |bencher| bencher.iter(|| stamps.now()));
    group.finish();
}

criterion_group!(benches, record);
criterion_main!(benches);
