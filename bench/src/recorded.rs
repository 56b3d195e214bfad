//! A recorded session, played to one strategy with the books and the portfolio that it sees in a run.
//!
//! Owns what is counted: the books, the portfolio and the strategy, at every event. Every order is filled
//! at once, at no price of interest, so that a strategy goes through its motions. Must never need
//! the sandbox itself, like `dip.rs`.

use crate::{cpu_time, session};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::{
    Action, Body, Decision, Event, EventFlags, ExecType, ExecutionReport, Instrument, InstrumentId,
    Liquidity, Price, RejectReason, SlotId, Stamp,
};
use std::hint::black_box;
use std::time::Duration;

#[path = "../../core/sandbox/tests/kit/cross.rs"]
mod native;

use native::{Cross, Watch};

/// Bitcoin, and two event contracts on it, of which the second makes the most book changes.
pub const SESSION: &str = "kalshi-btc15m-20260514T002426Z.tapez";
/// `ema-cross` of the kit for C: looks at trades.
pub const EMA_CROSS: &[u8] = include_bytes!("../../core/sandbox/kits/c/ema-cross-c.wasm");
/// `mid-cross` of the kit for C: is shown the book changes of one instrument, and looks at each.
pub const MID_CROSS: &[u8] = include_bytes!("../../core/sandbox/kits/c/mid-cross-c.wasm");
/// Over how many prices either averages.
pub const WINDOWS: [(&str, u32); 2] = [("fast", 50), ("slow", 500)];
/// The instrument whose book `mid-cross` watches.
pub const BOOK: (&str, u32) = ("instrument", 2);

/// `ema-cross` natively.
pub fn ema_cross() -> Box<dyn Strategy> {
    Box::new(cross(Watch::Trades, 0))
}

/// `mid-cross` natively.
pub fn mid_cross() -> Box<dyn Strategy> {
    Box::new(cross(Watch::Book, BOOK.1))
}

fn cross(watch: Watch, instrument: u32) -> Cross {
    let [(_, fast), (_, slow)] = WINDOWS;
    Cross::new(watch, InstrumentId(instrument), fast.into(), slow.into())
}

/// The session's table and events, in their order.
pub struct Recorded {
    /// The instruments.
    pub table: Vec<Instrument>,
    /// The events, numbered.
    pub events: Vec<Event>,
}

impl Recorded {
    /// Reads it.
    ///
    /// # Errors
    /// It is missing or damaged; the message names it.
    pub fn read() -> Result<Self, String> {
        let (preamble, events) = session(SESSION)?;
        let events = (1..).zip(events).map(|(seq, event)| event.sequenced(seq, event.time()));
        Ok(Self { table: preamble.instruments, events: events.collect() })
    }

    /// Plays the first so many of its events: the cpu time of that, and how many orders were made. A
    /// guest takes longer than a time slice, and would wait for others more often than its twin.
    pub fn play(&self, strategy: &mut dyn Strategy, events: usize) -> (Duration, usize) {
        let (mut market, mut portfolio) =
            (Market::new(&self.table, 256), Portfolio::new(self.table.len()));
        let mut outbox = Outbox::default();
        let mut orders = 0;
        let begun = cpu_time::of_thread();
        for event in self.events.iter().take(events) {
            market.apply(event);
            show(strategy, event, &market, &mut portfolio, &mut outbox);
            let decided = outbox.decisions().first().copied();
            if let Some(decision) = decided.filter(|it| it.action == Action::Submit) {
                orders += 1;
                show(strategy, &filled(event, &decision), &market, &mut portfolio, &mut outbox);
            }
        }
        (cpu_time::of_thread().saturating_sub(begun), orders)
    }
}

#[inline]
fn show(
    strategy: &mut dyn Strategy,
    event: &Event,
    market: &Market,
    portfolio: &mut Portfolio,
    outbox: &mut Outbox,
) {
    portfolio.apply(event);
    outbox.clear();
    let mut context = Context::new(SlotId(0), event.seq(), event.time(), market, portfolio, outbox);
    black_box(&mut *strategy).on_event(event, &mut context);
}

fn filled(event: &Event, decision: &Decision) -> Event {
    let report = ExecutionReport {
        order: decision.order,
        exec: ExecType::Trade,
        side: decision.side,
        is_final: true,
        liquidity: Liquidity::Taker,
        last_price: Price::ONE,
        last_qty: decision.qty,
        fee: 0,
        reject: RejectReason::None,
    };
    let (seq, time) = (event.seq(), event.time());
    let stamp = Stamp { seq, time, venue_time: time, instrument: decision.instrument };
    Event::new(stamp, Body::ExecutionReport(report), EventFlags::default())
}
