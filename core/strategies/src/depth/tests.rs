//! What is kept against what a walk along the book finds, to the last bit.

use super::*;
use proptest::prelude::*;
use royale_engine::Market;
use royale_model::{
    Body, BookDelta, Gap, GapReason, Instrument, InstrumentId, InstrumentKind, Nanos, Stamp, Text,
    Trade, Venue,
};

const GAP: Gap = Gap { expected: 2, received: 4, reason: GapReason::Sequence };

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A level is set, perhaps the first of a fresh book, perhaps within a batch.
    Set { ask: bool, at: i64, qty: i64, clears: bool, is_last: bool },
    /// Messages are missing.
    Gap,
    /// Something else happens.
    Print,
    /// What the strategy does not see, since its slot stands still.
    Missed { ask: bool, at: i64, qty: i64 },
    /// A successor takes over.
    HandOver,
}

fn step() -> impl Strategy<Value = Step> {
    // Few enough prices that levels come and go, the sides cross, and some are removed that are not there; and
    // seldom a fresh book, so that sides grow beyond what counts and what is kept.
    let (at, qty) = (-24..24_i64, prop_oneof![Just(-1), Just(0), 1..5_i64, 1..5_i64]);
    let set = (any::<bool>(), at.clone(), qty.clone(), 0..400_u16, any::<bool>());
    let set = set.prop_map(|(ask, at, qty, clears, is_last)| Step::Set {
        ask,
        at,
        qty,
        clears: clears == 0,
        is_last,
    });
    let missed = (any::<bool>(), at, qty);
    prop_oneof![
        200 => set,
        1 => Just(Step::Gap),
        2 => Just(Step::Print),
        1 => missed.prop_map(|(ask, at, qty)| Step::Missed { ask, at, qty }),
        1 => Just(Step::HandOver),
    ]
}

fn contract() -> Instrument {
    let symbol = Text::new("EVENT").unwrap();
    let kind = InstrumentKind::BinaryEvent;
    let mut contract = Instrument::new(InstrumentId(0), symbol, kind, Venue::Kalshi);
    contract.tick = Price::from_raw(10_000_000);
    contract
}

fn event(body: Body, flags: EventFlags) -> Event {
    let (seq, time, instrument) = (1, Nanos::from_secs(1), InstrumentId(0));
    Event::new(Stamp { seq, time, venue_time: time, instrument }, body, flags)
}

fn change(ask: bool, at: i64, qty: i64) -> Body {
    let side = if ask { Side::Sell } else { Side::Buy };
    let price = Price::from_raw(500_000_000 + at * 10_000_000);
    Body::BookDelta(BookDelta { price, qty: Qty::from_raw(qty * 300_000_007), side, update_id: 0 })
}

/// The specification: walk along both sides.
fn walked(book: &Book, levels: usize, decay: f64) -> Option<f64> {
    let quantities = |side| -> Vec<f64> {
        book.levels(side).take(levels).map(|level| level.qty.to_f64()).collect()
    };
    flow::depth_imbalance(&quantities(Side::Buy), &quantities(Side::Sell), decay)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_kept_is_what_a_walk_finds(
        levels in 1..=LEVELS_MAX,
        decay in prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..1.0],
        // A book may have room for fewer levels than count.
        room in prop_oneof![1..8_usize, 8..20_usize, Just(64)],
        asked_each in prop_oneof![Just(1), 2..5_usize],
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut market = Market::new(&[contract()], room);
        let mut depth = Depth::new(levels, decay);
        for (nth, step) in steps.into_iter().enumerate() {
            let last = |is_last| if is_last { EventFlags::LAST } else { EventFlags::default() };
            let (happened, is_seen) = match step {
                Step::Set { ask, at, qty, clears, is_last } => {
                    let clear = if clears { EventFlags::CLEAR } else { EventFlags::default() };
                    (event(change(ask, at, qty), last(is_last).with(clear)), true)
                }
                Step::Gap => (event(Body::Gap(GAP), EventFlags::LAST), true),
                Step::Print => {
                    let trade = Trade { price: Price::ONE, qty: Qty::ONE, aggressor: None, trade_id: 0 };
                    (event(Body::Trade(trade), EventFlags::LAST), true)
                }
                Step::Missed { ask, at, qty } => (event(change(ask, at, qty), last(true)), false),
                Step::HandOver => {
                    depth = Depth::new(levels, decay);
                    continue;
                }
            };
            market.apply(&happened);
            let view = market.view(InstrumentId(0)).unwrap();
            if is_seen {
                depth.see(&happened, view);
            }
            if nth % asked_each == 0 {
                let expected = walked(&view.book, levels, decay);
                let found = depth.imbalance(view);
                prop_assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits));
            }
        }
    }
}

/// Of two books with as many changes, one must not be taken for the other.
#[test]
fn another_book_is_walked_anew() {
    let (mut one, mut other) = (Market::new(&[contract()], 64), Market::new(&[contract()], 64));
    for (market, asked) in [(&mut one, 3), (&mut other, 1)] {
        for (ask, qty) in [(false, 1), (true, asked)] {
            market.apply(&event(change(ask, i64::from(ask), qty), EventFlags::LAST));
        }
    }
    let of = |market: &Market| walked(&market.view(InstrumentId(0)).unwrap().book, 5, 0.5);
    let mut depth = Depth::new(5, 0.5);
    assert_ne!(of(&one), of(&other));
    assert_eq!(depth.imbalance(one.view(InstrumentId(0)).unwrap()), of(&one));
    depth.forget();
    assert_eq!(depth.imbalance(other.view(InstrumentId(0)).unwrap()), of(&other));
}
