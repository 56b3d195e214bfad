//! What it costs to run a strategy in the sandbox: the same strategy natively and as a guest.
//!
//! `cargo bench -p royale-bench --bench sandbox`. `passed-over`: an event that `dip` does not look
//! at, so what is left is the way in and out. `looked-at`: a trade, with one question to the host.
//! `decided`: a trade that makes an order with two reasons. Both are called through a pointer.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::{
    Body, Event, EventFlags, Instrument, InstrumentId, InstrumentKind, Nanos, Price, Qty, Quote,
    SlotId, Stamp, Text, Trade, Venue,
};
use royale_sandbox::{Host, Limits, Module};
use std::hint::black_box;

#[path = "../../core/sandbox/tests/kit/dip.rs"]
mod dip;

const EVENTS: usize = 1_000;

fn table() -> [Instrument; 1] {
    let symbol = Text::new("BTC-USD").expect("a symbol");
    [Instrument::new(InstrumentId(0), symbol, InstrumentKind::CryptoSpot, Venue::Coinbase)]
}

fn event(seq: u64, body: Body) -> Event {
    let time = Nanos::from_secs(seq.cast_signed());
    let stamp = Stamp { seq, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
    Event::new(stamp, body, EventFlags::LAST)
}

fn quote(seq: u64) -> Event {
    let (bid, ask) = (Price::from_int(99), Price::from_int(100));
    event(seq, Body::Quote(Quote { bid, bid_qty: Qty::ONE, ask, ask_qty: Qty::ONE }))
}

fn trade(seq: u64, price: i64) -> Event {
    let price = Price::from_int(price);
    let trade = Trade { price, qty: Qty::ONE, trade_id: seq, aggressor: None };
    event(seq, Body::Trade(trade))
}

/// Plays the events; orders are answered by nothing, so a portfolio is fresh where one is made.
fn play(
    strategy: &mut dyn Strategy,
    events: &[Event],
    market: &Market,
    portfolio: &mut Portfolio,
    outbox: &mut Outbox,
) {
    for event in events {
        let mut context =
            Context::new(SlotId(0), event.seq(), event.time(), market, portfolio, outbox);
        strategy.on_event(event, &mut context);
        if !outbox.decisions().is_empty() {
            black_box(outbox.decisions());
            outbox.clear();
        }
    }
}

fn guest(module: &Module) -> Box<dyn Strategy> {
    let settings = [("drop".to_owned(), 50.0)].into();
    Box::new(module.instantiate(&settings, &table()).expect("a guest"))
}

fn native() -> Box<dyn Strategy> {
    Box::new(dip::Dip { drop: Price::from_int(50), high: Price::ZERO })
}

fn sandbox(criterion: &mut Criterion) {
    let text = include_str!("../../core/sandbox/guests/dip.wat");
    let wasm = wat::parse_str(text).expect("a module");
    let host = Host::new(&Limits::default()).expect("a host");
    let module = host.module(&wasm).expect("a module");
    let market = Market::new(&table(), 16);
    let passed_over: Vec<Event> = (0..EVENTS as u64).map(quote).collect();
    let looked_at: Vec<Event> = (0..EVENTS as u64)
        .map(|seq| trade(seq, 1_000 - i64::from(seq % 7 != 0) * (seq % 40).cast_signed()))
        .collect();
    for (name, events) in [("passed-over", &passed_over), ("looked-at", &looked_at)] {
        let mut group = criterion.benchmark_group(format!("strategy/{name}"));
        group.throughput(Throughput::Elements(EVENTS as u64));
        for (kind, mut strategy) in [("dip", native()), ("dip-wasm", guest(&module))] {
            let (mut portfolio, mut outbox) = (Portfolio::new(1), Outbox::default());
            group.bench_function(kind, |bencher| {
                bencher.iter(|| {
                    play(black_box(&mut *strategy), events, &market, &mut portfolio, &mut outbox);
                });
            });
        }
        group.finish();
    }
    // The first trade makes the high, the second an order; the third event would find it open.
    let decided = [trade(1, 1_000), trade(2, 900)];
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
