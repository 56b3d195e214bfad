//! What each unit takes, by itself, on recorded input: the units that the instruction gate counts.
//!
//! `cargo bench -p royale-bench --bench units` prints the time of each and its repetitions a second;
//! `-- strategy` only those whose name holds the word. docs/benchmarks.md says what each one is.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use royale_bench::units::{self, Sessions, measured};

fn units(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let sessions = Sessions::cut(folder.path()).expect("the bundled sessions");
    for unit in units::all() {
        // A name with a stroke would become a group and a function anyway; this one keeps it whole.
        let mut group = criterion.benchmark_group("units");
        group.throughput(Throughput::Elements(unit.count as u64)).sample_size(20);
        group.bench_function(unit.name.as_str(), |bencher| {
            bencher.iter_batched(
                || unit.prepare(&sessions, unit.count).expect("a unit"),
                measured,
                BatchSize::PerIteration,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, units);
criterion_main!(benches);
