//! A small stage for one strategy: plays events to it and its own market, feeds fills back.
//!
//! Owns the order of things as the engine has it: market and portfolio take an event in, then the
//! strategy answers. Orders reach a venue that fills at once, never, or when the test says so.

#![allow(dead_code, reason = "each test file uses its part of the stage")]

use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::{
    Account, Action, Body, BookDelta, Decision, Event, EventFlags, EventKind, ExecType,
    ExecutionReport, FeeKind, Fees, Gap, GapReason, Instrument, InstrumentId, InstrumentKind,
    Liquidity, Nanos, Odds, OrdType, OrderId, Price, Qty, Quote, RejectReason, Settlement, Side,
    SlotId, Stamp, Text, TimeInForce, Timer, Trade, Venue,
};
use royale_strategies::{Native, ParamValue, Rhythm, build_on};
use std::collections::BTreeMap;

pub const SPOT: InstrumentId = InstrumentId(0);
pub const FIRST: InstrumentId = InstrumentId(1);
pub const SECOND: InstrumentId = InstrumentId(2);
/// When the first contract closes; the second closes 900 s later.
pub const CLOSE_S: i64 = 900;
pub const SLOT: SlotId = SlotId(3);

pub fn price(text: &str) -> Price {
    text.parse().unwrap()
}
pub fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}
pub fn at(seconds: f64) -> Nanos {
    Nanos::from_raw((seconds * 1e9).round() as i64)
}

/// Spot BTC-USD (0) and two contracts on it with strike 80,000 (1, 2), with Kalshi's fees.
pub fn event_table() -> Vec<Instrument> {
    let spot = {
        let mut spot = instrument(0, "BTC-USD", InstrumentKind::CryptoSpot, Venue::Coinbase);
        (spot.tick, spot.lot) = (price("0.01"), qty("0.00000001"));
        spot
    };
    let contract = |id: u32, symbol: &str, expiry_s: i64| {
        let mut it = instrument(id, symbol, InstrumentKind::BinaryEvent, Venue::Kalshi);
        (it.tick, it.lot) = (price("0.001"), qty("1"));
        it.underlying = SPOT;
        it.strike = price("80000");
        it.expiry = Nanos::from_secs(expiry_s);
        it.fees = Fees::new(FeeKind::Quadratic, 0, 70_000_000);
        it
    };
    vec![spot, contract(1, "KX-A", CLOSE_S), contract(2, "KX-B", 2 * CLOSE_S)]
}

/// One perpetual with a book and no fees.
pub fn book_table() -> Vec<Instrument> {
    let mut perp = instrument(0, "BTCUSDT", InstrumentKind::PerpLinear, Venue::BinanceUsdm);
    (perp.tick, perp.lot) = (price("0.1"), qty("0.001"));
    vec![perp]
}

fn instrument(id: u32, symbol: &str, kind: InstrumentKind, venue: Venue) -> Instrument {
    let mut it = Instrument::new(InstrumentId(id), Text::new(symbol).unwrap(), kind, venue);
    it.base = Text::new("BTC").unwrap();
    it.quote = Text::new("USD").unwrap();
    it
}

pub fn params(pairs: &[(&str, f64)]) -> BTreeMap<String, ParamValue> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), ParamValue::Number(*value))).collect()
}

/// What the venue does with new orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fills {
    /// Takers fill whole and at once, at their limit or at the last price; makers rest.
    AtOnce,
    /// Takers are cancelled unfilled; makers rest.
    Never,
    /// The venue is silent: orders stay under way.
    Silent,
}

/// One strategy on its stage.
pub struct Stage {
    pub strategy: Native,
    pub market: Market,
    pub portfolio: Portfolio,
    pub fills: Fills,
    /// All decisions, in order.
    pub decisions: Vec<Decision>,
    outbox: Outbox,
    now: Nanos,
    seq: u64,
    rhythm: Rhythm,
}

impl Stage {
    pub fn new(name: &str, pairs: &[(&str, f64)], table: &[Instrument]) -> Self {
        Self::with(name, &params(pairs), table)
    }
    pub fn with(name: &str, params: &BTreeMap<String, ParamValue>, table: &[Instrument]) -> Self {
        Self::called(Rhythm::Events, name, params, table)
    }
    /// One that runs on timers, at most so many seconds apart: it sees no market event.
    pub fn on_timers(wait_s: i64, name: &str, pairs: &[(&str, f64)], table: &[Instrument]) -> Self {
        Self::called(Rhythm::Timers { wait: Nanos::from_secs(wait_s) }, name, &params(pairs), table)
    }
    fn called(
        rhythm: Rhythm,
        name: &str,
        params: &BTreeMap<String, ParamValue>,
        table: &[Instrument],
    ) -> Self {
        for instrument in table {
            instrument.check().unwrap();
        }
        Self {
            strategy: build_on(name, params, table, rhythm).unwrap(),
            market: Market::new(table, 32),
            portfolio: Portfolio::new(table.len()),
            fills: Fills::AtOnce,
            decisions: Vec::new(),
            outbox: Outbox::default(),
            now: Nanos::ZERO,
            seq: 0,
            rhythm,
        }
    }

    /// The clock of the events to come.
    pub fn at(&mut self, seconds: f64) -> &mut Self {
        self.now = at(seconds);
        self
    }
    pub fn position(&self, id: InstrumentId) -> Qty {
        self.portfolio.position(id)
    }

    /// Plays one event; what was decided on it (also appended to `decisions`).
    pub fn play(&mut self, id: InstrumentId, body: Body, flags: EventFlags) -> Vec<Decision> {
        self.seq += 1;
        let stamp =
            Stamp { seq: self.seq, time: self.now, venue_time: Nanos::ZERO, instrument: id };
        self.answer(&Event::new(stamp, body, flags))
    }

    /// Plays an event as it is.
    pub fn answer(&mut self, event: &Event) -> Vec<Decision> {
        self.now = event.time();
        self.seq = event.seq();
        self.market.apply(event);
        self.portfolio.apply(event);
        let is_market = !matches!(
            event.kind(),
            EventKind::Timer | EventKind::ExecutionReport | EventKind::Settlement
        );
        if self.rhythm != Rhythm::Events && is_market {
            return Vec::new();
        }
        let (portfolio, outbox) = (&mut self.portfolio, &mut self.outbox);
        let mut context =
            Context::new(SLOT, event.seq(), event.time(), &self.market, portfolio, outbox);
        self.strategy.on_event(event, &mut context);
        assert_eq!(outbox.overflow(), 0);
        let decided = outbox.decisions().to_vec();
        outbox.clear();
        for decision in &decided {
            self.check(decision);
        }
        self.decisions.extend_from_slice(&decided);
        for decision in &decided {
            self.venue(decision);
        }
        decided
    }

    /// Plays an event of a tape: its place in the order is given anew, as reports lie between.
    pub fn answer_in_tape(&mut self, event: &Event) -> Vec<Decision> {
        let seq = self.seq + 1;
        self.answer(&event.sequenced(seq, event.time()))
    }

    /// What holds for every decision of every strategy.
    fn check(&self, decision: &Decision) {
        decision.check().unwrap();
        let instrument = self.market.instrument(decision.instrument).unwrap();
        let reasons = decision.attributions();
        assert!((2..=8).contains(&reasons.len()), "{decision:?}");
        assert!(reasons.iter().all(|reason| reason.feature.is_known()), "{decision:?}");
        if decision.action == Action::Cancel {
            return;
        }
        // Every size says what bound it.
        assert!(reasons.last().is_some_and(|last| last.feature.is_size()), "{decision:?}");
        if decision.action == Action::Abstain {
            assert_eq!(decision.order, OrderId::NONE, "{decision:?}");
            assert!(decision.score <= 0, "a veto outweighs every edge: {decision:?}");
        }
        assert!(decision.qty.is_positive() && decision.qty.is_on(instrument.lot), "{decision:?}");
        if decision.ord_type == OrdType::Limit {
            assert!(decision.price.is_on(instrument.tick), "{decision:?}");
            assert!(instrument.allows(decision.price), "{decision:?}");
        }
    }

    fn venue(&mut self, decision: &Decision) {
        if self.fills == Fills::Silent || decision.action == Action::Abstain {
            return;
        }
        let (id, order) = (decision.instrument, decision.order);
        if decision.action == Action::Cancel {
            self.report(id, order, ExecType::Canceled, true, Price::ZERO, Qty::ZERO);
            return;
        }
        self.report(id, order, ExecType::New, false, Price::ZERO, decision.qty);
        if decision.time_in_force == TimeInForce::PostOnly {
            return;
        }
        let price = match decision.ord_type {
            OrdType::Limit => decision.price,
            OrdType::Market => self.market.view(id).and_then(|view| view.mid()).unwrap(),
        };
        if self.fills == Fills::AtOnce {
            self.report(id, order, ExecType::Trade, true, price, decision.qty);
        } else {
            self.report(id, order, ExecType::Canceled, true, Price::ZERO, decision.qty);
        }
    }

    /// A venue's word on an order.
    pub fn report(
        &mut self,
        id: InstrumentId,
        order: OrderId,
        exec: ExecType,
        is_final: bool,
        last_price: Price,
        last_qty: Qty,
    ) -> Vec<Decision> {
        assert_eq!(order.account(), Account::shadow(SLOT));
        let side = self.portfolio.find(order).map_or(Side::Buy, |order| order.side);
        let body = Body::ExecutionReport(ExecutionReport {
            order,
            exec,
            side,
            is_final,
            liquidity: Liquidity::Taker,
            last_price,
            last_qty,
            fee: 0,
            reject: RejectReason::None,
        });
        self.play(id, body, EventFlags::default())
    }

    /// A spot print.
    pub fn trade(&mut self, id: InstrumentId, at: &str) -> Vec<Decision> {
        self.trade_at(id, price(at))
    }
    pub fn trade_at(&mut self, id: InstrumentId, price: Price) -> Vec<Decision> {
        let trade = Trade { price, qty: Qty::ZERO, trade_id: 0, aggressor: None };
        self.play(id, Body::Trade(trade), EventFlags::LAST)
    }
    /// A book of one level a side, as a snapshot.
    pub fn book(
        &mut self,
        id: InstrumentId,
        (bid, bid_qty): (&str, &str),
        (ask, ask_qty): (&str, &str),
    ) -> Vec<Decision> {
        self.level(id, Side::Buy, bid, bid_qty, EventFlags::SNAPSHOT.with(EventFlags::CLEAR));
        self.level(id, Side::Sell, ask, ask_qty, EventFlags::SNAPSHOT.with(EventFlags::LAST))
    }
    /// One level of a book.
    pub fn level(
        &mut self,
        id: InstrumentId,
        side: Side,
        at: &str,
        size: &str,
        flags: EventFlags,
    ) -> Vec<Decision> {
        let delta = BookDelta { price: price(at), qty: qty(size), side, update_id: 0 };
        self.play(id, Body::BookDelta(delta), flags)
    }
    pub fn gap(&mut self, id: InstrumentId) -> Vec<Decision> {
        let gap = Gap { expected: 1, received: 2, reason: GapReason::Sequence };
        self.play(id, Body::Gap(gap), EventFlags::LAST)
    }
    pub fn settle(&mut self, id: InstrumentId, value: Price) -> Vec<Decision> {
        self.play(id, Body::Settlement(Settlement { value }), EventFlags::default())
    }
    pub fn quote(&mut self, id: InstrumentId, bid: &str, ask: &str) -> Vec<Decision> {
        let quote =
            Quote { bid: price(bid), bid_qty: Qty::ONE, ask: price(ask), ask_qty: Qty::ONE };
        self.play(id, Body::Quote(quote), EventFlags::LAST)
    }
    /// One of its own timers.
    pub fn timer(&mut self) -> Vec<Decision> {
        let timer = Timer { id: u64::from(SLOT.0), due: self.now };
        self.play(InstrumentId::NONE, Body::Timer(timer), EventFlags::LAST)
    }
    pub fn odds(&mut self, id: InstrumentId, bid: &str, ask: &str) -> Vec<Decision> {
        let odds = Odds { bid: price(bid), ask: price(ask), last: price(bid), volume: Qty::ZERO };
        self.play(id, Body::Odds(odds), EventFlags::LAST)
    }
}

/// The only decision of several; fails when there is none or more.
pub fn only(decisions: &[Decision]) -> Decision {
    assert_eq!(decisions.len(), 1, "{decisions:?}");
    decisions[0]
}

pub fn near(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} is not {b} ± {within}");
}

/// A decision's score as a float.
pub fn score(decision: &Decision) -> f64 {
    decision.score as f64 * 1e-9
}
