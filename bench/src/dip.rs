//! What the sandbox's measurements play: `dip` natively, and events that ask more or less of it.
//!
//! Must never need the sandbox itself: whoever links that brings the guest (`bin/sandbox_cost.rs`,
//! `benches/sandbox.rs`), so that no other program waits for a compiler of guests to be built in.

use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::{
    Body, Event, EventFlags, Instrument, InstrumentId, InstrumentKind, Nanos, Price, Qty, Quote,
    SlotId, Stamp, Text, Trade, Venue,
};
use std::hint::black_box;

#[path = "../../core/sandbox/tests/kit/dip.rs"]
mod native;

/// The guest's text: the same strategy by hand.
pub const GUEST: &str = include_str!("../../core/sandbox/guests/dip.wat");

/// The same guest, but it says that it wants trades alone.
pub fn filtered() -> String {
    let mark = r#"(func (export "royale_abi_1"))"#;
    let wants = r#"(func (export "wants") (result i64) (i64.const 4))"#;
    GUEST.replacen(mark, &format!("{mark} {wants}"), 1)
}

/// Its one parameter.
pub const DROP: (&str, i64) = ("drop", 50);

/// The one instrument.
pub fn table() -> [Instrument; 1] {
    let symbol = Text::new("BTC-USD").unwrap_or_default();
    [Instrument::new(InstrumentId(0), symbol, InstrumentKind::CryptoSpot, Venue::Coinbase)]
}

/// The strategy natively, called through a pointer like a guest.
pub fn native() -> Box<dyn Strategy> {
    Box::new(native::Dip { drop: Price::from_int(DROP.1), high: Price::ZERO })
}

/// Quotes, which it does not look at: what is left is the way in and out.
pub fn passed_over(count: u64) -> Vec<Event> {
    (0..count).map(quote).collect()
}

/// Trades between the high and the drop: a guest asks its host one question about each, which is
/// whether orders are open, and does nothing.
pub fn looked_at(count: u64) -> Vec<Event> {
    (0..count)
        .map(|seq| trade(seq, 1_000 - i64::from(seq % 7 != 0) * (seq % 40).cast_signed()))
        .collect()
}

/// Two trades: the first makes the high, the second an order with two reasons. A third would find
/// it open, so each pair needs a portfolio of its own.
pub fn decided() -> Vec<Event> {
    vec![trade(1, 1_000), trade(2, 900)]
}

/// Shows the events to a strategy. Orders are answered by nothing.
pub fn play(
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
