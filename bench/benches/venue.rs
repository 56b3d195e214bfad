//! What the simulated venue and the book that it looks at cost for each event, when nobody trades and when
//! accounts quote: `cargo bench -p royale-bench --bench venue`.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use royale_bench::session;
use royale_engine::Market;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters, SimVenue};
use royale_engine::sink::Promise;
use royale_model::{
    Account, Body, BookDelta, Event, EventFlags, InstrumentId, Nanos, OrdType, Order, OrderId, Qty,
    Side, SlotId, Stamp, TimeInForce,
};
use std::ops::Range;

const TRADED: InstrumentId = InstrumentId(0);
/// Events of one busy Binance book that are measured, after as many that warm it.
const EVENTS: usize = 200_000;

fn venue(criterion: &mut Criterion) {
    let (preamble, events) = session("binance-6x-20240808.tapez").expect("a bundled recording");
    let busiest = InstrumentId(3);
    let deltas: Vec<BookDelta> = events
        .iter()
        .filter(|event| event.instrument() == busiest)
        .filter_map(
            |event| if let Body::BookDelta(delta) = event.body() { Some(delta) } else { None },
        )
        .take(2 * EVENTS)
        .collect();
    let mut instrument = preamble.instruments[busiest.index()];
    instrument.id = TRADED;
    let latency = |nanos| LatencyModel::Constant { nanos };
    let parameters = SimParameters {
        seed: 1,
        feed_latency: latency(1),
        order_latency: latency(10),
        response_latency: latency(10),
        queue: QueueModel::RiskAverse,
        fill: FillModel::Partial,
        consume_liquidity: true,
        print_slippage_ticks: 1,
        print_liquidity: Qty::ONE,
        orders_max: 1_024,
    };
    let mut group = criterion.benchmark_group("venue, an event with its promise");
    group.throughput(Throughput::Elements(EVENTS as u64)).sample_size(10);
    for accounts in [0_u16, 1, 16] {
        group.bench_function(format!("{accounts} accounts quote"), |bencher| {
            bencher.iter_batched_ref(
                || {
                    let mut venue = SimVenue::new(&[instrument], &parameters);
                    let mut market = Market::new(&[instrument], 8_192);
                    play(&mut venue, &mut market, &deltas, 0..EVENTS, accounts);
                    (venue, market)
                },
                |(venue, market)| play(venue, market, &deltas, EVENTS..2 * EVENTS, accounts),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Plays the book; each hundredth event every account sends an order and cancels it 2 µs later.
fn play(
    venue: &mut SimVenue,
    market: &mut Market,
    deltas: &[BookDelta],
    part: Range<usize>,
    accounts: u16,
) -> u64 {
    let mut reports = 0;
    for (nth, delta) in deltas.iter().enumerate().take(part.end).skip(part.start) {
        let time = Nanos::from_raw(1_000 + nth as i64 * 50);
        let promise = Promise { id: 0, market_not_before: time, input_not_before: time };
        venue.on_promise(&promise, market);
        while let Some(report) = venue.pop_report() {
            venue.coming(&report, market);
            venue.on_event(&report, market);
            reports += 1;
        }
        let stamp = Stamp { seq: 0, time, venue_time: time, instrument: TRADED };
        let event = Event::new(stamp, Body::BookDelta(*delta), EventFlags::LAST);
        venue.coming(&event, market);
        market.apply(&event);
        venue.on_event(&event, market);
        if nth % 100 == 0 {
            for slot in 0..accounts {
                let id = OrderId::new(Account::shadow(SlotId(slot)), nth as u64 + 1);
                let life = TimeInForce::GoodTillCancel;
                let (limit, qty) = (OrdType::Limit, Qty::from_raw(1_000_000));
                let (side, price) = (delta.side, delta.price);
                venue.submit_scripted(&Order::new_single(
                    0, time, id, TRADED, side, limit, life, price, qty,
                ));
                let later = time.plus(Nanos::from_raw(2_000));
                venue.submit_scripted(&Order::cancel(0, later, id, TRADED, Side::Buy));
            }
        }
    }
    reports
}

criterion_group!(benches, venue);
criterion_main!(benches);
