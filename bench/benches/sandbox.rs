//! What it costs to run a strategy in the sandbox: the same strategy natively and as a guest.
//!
//! `cargo bench -p royale-bench --bench sandbox`. `passed-over`: an event that `dip` does not look
//! at, so what is left is the way in and out. `looked-at`: a trade, with one question to the host.
//! `decided`: a trade that makes an order with two reasons. Both are called through a pointer.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use royale_bench::dip::{DROP, GUEST, decided, looked_at, native, passed_over, play, table};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Market, Strategy};
use royale_sandbox::{Host, Limits, Module};
use std::hint::black_box;

const EVENTS: u64 = 1_000;

fn guest(module: &Module) -> Box<dyn Strategy> {
    let settings = [(DROP.0.to_owned(), DROP.1 as f64)].into();
    Box::new(module.instantiate(&settings, &table()).expect("a guest"))
}

fn sandbox(criterion: &mut Criterion) {
    let wasm = wat::parse_str(GUEST).expect("a module");
    let host = Host::new(&Limits::default()).expect("a host");
    let module = host.module(&wasm).expect("a module");
    let market = Market::new(&table(), 16);
    for (name, events) in [("passed-over", passed_over(EVENTS)), ("looked-at", looked_at(EVENTS))] {
        let mut group = criterion.benchmark_group(format!("strategy/{name}"));
        group.throughput(Throughput::Elements(EVENTS));
        for (kind, mut strategy) in [("dip", native()), ("dip-wasm", guest(&module))] {
            let (mut portfolio, mut outbox) = (Portfolio::new(1), Outbox::default());
            group.bench_function(kind, |bencher| {
                bencher.iter(|| {
                    play(black_box(&mut *strategy), &events, &market, &mut portfolio, &mut outbox);
                });
            });
        }
        group.finish();
    }
    let decided = decided();
    let mut group = criterion.benchmark_group("strategy/decided");
    for (kind, mut strategy) in [("dip", native()), ("dip-wasm", guest(&module))] {
        let mut outbox = Outbox::default();
        group.bench_function(kind, |bencher| {
            bencher.iter_batched_ref(
                || Portfolio::new(1),
                |portfolio| {
                    play(black_box(&mut *strategy), &decided, &market, portfolio, &mut outbox);
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("guest");
    group.bench_function("inspect", |bencher| {
        bencher.iter(|| host.inspect(black_box(&wasm)));
    });
    group.bench_function("compile", |bencher| {
        bencher.iter(|| host.module(black_box(&wasm)));
    });
    group.bench_function("start-and-drop", |bencher| {
        bencher.iter(|| drop(guest(&module)));
    });
    group.finish();
}

criterion_group!(benches, sandbox);
criterion_main!(benches);
