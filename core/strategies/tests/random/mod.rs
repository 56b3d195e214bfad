//! Tapes: one that looks like a market day, and ones that look like nothing on earth.

#![allow(dead_code, reason = "each test file uses its part")]

use crate::harness::{CLOSE_S, FIRST, SECOND, SPOT};
use proptest::prelude::*;
use royale_model::{
    Account, Bar, Body, BookDelta, Event, EventFlags, ExecType, ExecutionReport, Gap, GapReason,
    InstrumentId, Liquidity, Nanos, Odds, OrderId, Price, Qty, Quote, RejectReason, Settlement,
    Side, SlotId, Stamp, Timer, Trade,
};
use royale_quant::normal;
use royale_quant::rng::Xoshiro256PlusPlus;

/// Half an hour: a spot price that wanders and drifts by turns, and two contracts on it whose
/// books follow its worth late and loosely, with a gap in the second.
pub fn lively_day(seed: u64) -> Vec<Event> {
    let mut rng = Xoshiro256PlusPlus::from_seed(seed);
    let mut tape = Vec::new();
    let (mut spot, mut late) = (80_000.0_f64, 80_000.0_f64);
    for step in 0..(10 * CLOSE_S - 20) {
        let time = Nanos::from_millis(step * 200);
        let seconds = step as f64 * 0.2;
        let drift = if (step / 600) % 3 == 1 { 1.5 } else { 0.0 };
        let sign = if (step / 1800) % 2 == 0 { 1.0 } else { -1.0 };
        spot += 4.0 * rng.normal() + drift * sign;
        late += 0.05 * (spot - late);
        push(&mut tape, time, SPOT, trade(cents(spot)), EventFlags::LAST);
        let left = CLOSE_S as f64 - seconds % CLOSE_S as f64;
        let live = if step < 5 * CLOSE_S { FIRST } else { SECOND };
        if step == 5 * CLOSE_S {
            let value = if spot >= 80_000.0 { Price::ONE } else { Price::ZERO };
            let settlement = Body::Settlement(Settlement { value });
            push(&mut tape, time, FIRST, settlement, EventFlags::default());
        }
        if step == 7 * CLOSE_S {
            let gap = Body::Gap(Gap { expected: 1, received: 2, reason: GapReason::Reconnect });
            push(&mut tape, time, live, gap, EventFlags::LAST);
        }
        let worth = normal::cdf((late - 80_000.0) / (9.0 * left.sqrt() + 1.0));
        let mid = (worth * 1000.0).round().clamp(20.0, 980.0) as i64;
        let lean = ((spot - late) * 5.0).clamp(-80.0, 80.0) as i64;
        let sizes = [100 + lean, 100 - lean];
        let book = [
            (Side::Buy, mid - 5),
            (Side::Buy, mid - 15),
            (Side::Sell, mid + 5),
            (Side::Sell, mid + 15),
        ];
        for (at, (side, mills)) in book.into_iter().enumerate() {
            let size = sizes[usize::from(side == Side::Sell)] + (rng.uniform() * 20.0) as i64;
            let flags = match at {
                0 => EventFlags::CLEAR.with(EventFlags::SNAPSHOT),
                3 => EventFlags::SNAPSHOT.with(EventFlags::LAST),
                _ => EventFlags::SNAPSHOT,
            };
            let price = Price::from_raw(mills * 1_000_000);
            let delta = BookDelta { price, qty: Qty::from_int(size), side, update_id: 0 };
            push(&mut tape, time, live, Body::BookDelta(delta), flags);
        }
    }
    tape
}

fn cents(value: f64) -> Price {
    Price::from_f64_on_grid(value, Price::from_raw(10_000_000)).unwrap()
}

fn trade(price: Price) -> Body {
    Body::Trade(Trade { price, qty: Qty::ZERO, trade_id: 0, aggressor: None })
}

fn push(tape: &mut Vec<Event>, time: Nanos, id: InstrumentId, body: Body, flags: EventFlags) {
    let seq = tape.len() as u64 + 1;
    let stamp = Stamp { seq, time, venue_time: Nanos::ZERO, instrument: id };
    tape.push(Event::new(stamp, body, flags));
}

/// Any events in any order, most of them such as markets send.
pub fn any_tape(len: usize) -> impl Strategy<Value = Vec<Event>> {
    let step = prop_oneof![
        400 => 0..1_000_000_000_i64,
        2 => 20_000_000_000..200_000_000_000_i64,
        1 => -5_000_000_000..0_i64,
    ];
    let id = prop_oneof![8 => 0..3_u32, 1 => Just(3_u32), 1 => Just(u32::MAX)];
    let flags = prop_oneof![6 => Just(1_u8), 2 => Just(5_u8), 1 => 0..32_u8];
    prop::collection::vec((step, id, any_body(), flags), 0..len).prop_map(|steps| {
        let mut tape = Vec::new();
        let mut now = 0_i64;
        for (step, id, body, flags) in steps {
            now += step;
            push(&mut tape, Nanos::from_raw(now), InstrumentId(id), body, EventFlags(flags));
        }
        tape
    })
}

fn any_price() -> impl Strategy<Value = Price> {
    prop_oneof![
        8 => (1..1000_i64).prop_map(|mills| Price::from_raw(mills * 1_000_000)),
        4 => (7_990_000..8_010_000_i64).prop_map(|cents| Price::from_raw(cents * 10_000_000)),
        1 => any::<i64>().prop_map(Price::from_raw),
        1 => prop::sample::select(vec![Price::ZERO, Price::ONE, Price::MAX, Price::from_raw(-1)]),
    ]
}

fn any_qty() -> impl Strategy<Value = Qty> {
    prop_oneof![
        8 => (0..500_i64).prop_map(Qty::from_int),
        1 => any::<i64>().prop_map(Qty::from_raw),
    ]
}

fn any_side() -> impl Strategy<Value = Side> {
    prop::sample::select(vec![Side::Buy, Side::Sell])
}

fn any_body() -> impl Strategy<Value = Body> {
    let delta = (any_price(), any_qty(), any_side()).prop_map(|(price, qty, side)| {
        Body::BookDelta(BookDelta { price, qty, side, update_id: 0 })
    });
    let print = any_price().prop_map(trade);
    let quote = (any_price(), any_qty(), any_price(), any_qty())
        .prop_map(|(bid, bid_qty, ask, ask_qty)| Body::Quote(Quote { bid, bid_qty, ask, ask_qty }));
    let odds = (any_price(), any_price())
        .prop_map(|(bid, ask)| Body::Odds(Odds { bid, ask, last: bid, volume: Qty::ZERO }));
    let gap = Just(Body::Gap(Gap { expected: 0, received: 0, reason: GapReason::Corrupt }));
    let settlement = any_price().prop_map(|value| Body::Settlement(Settlement { value }));
    let report = (
        0..20_u64,
        prop::sample::select(ExecType::ALL.to_vec()),
        any_price(),
        any_qty(),
        any::<bool>(),
    )
        .prop_map(|(index, exec, last_price, last_qty, is_final)| {
            Body::ExecutionReport(ExecutionReport {
                order: OrderId::new(Account::shadow(SlotId(3)), index),
                exec,
                side: Side::Buy,
                is_final,
                liquidity: Liquidity::Maker,
                last_price,
                last_qty,
                fee: 0,
                reject: RejectReason::None,
            })
        });
    let bar = any_price().prop_map(|open| {
        let (high_ticks, low_ticks, close_ticks) = (1, 1, 0);
        Body::Bar(Bar { open, high_ticks, low_ticks, close_ticks, seconds: 60, volume: Qty::ONE })
    });
    let timer = Just(Body::Timer(Timer { id: 1, due: Nanos::ZERO }));
    prop_oneof![
        30 => delta,
        20 => print,
        5 => quote,
        2 => odds,
        1 => gap,
        1 => settlement,
        4 => report,
        1 => bar,
        1 => timer,
    ]
}
