//! A small journal whose every number can be worked out by hand. Shared by the tests of all three
//! packages of this wing.
#![allow(dead_code, reason = "each test uses a part of it")]

use royale_engine::ledger::Capital;
use royale_journal::{Options, Preamble, Purpose, Writer};
use royale_model::{
    Account, Action, Body, Command, CommandCode, Decision, Event, EventFlags, ExecType,
    ExecutionReport, Feature, FeeKind, Fees, Instrument, InstrumentId, InstrumentKind, Liquidity,
    Nanos, Notional, OrdType, Order, OrderId, Price, Qty, Quote, Reasons, RefusalCode, Regime,
    RejectReason, Settlement, Side, SlotId, Stamp, Text, TimeInForce, Venue, Verdict,
};
use royale_plane::Stakes;
use std::path::Path;

/// A name that must never reach a page unescaped.
pub const HOSTILE: &str = "<script>alert('x')</script>";
/// The coin.
pub const BTC: InstrumentId = InstrumentId(0);
/// The event contract.
pub const EVENT: InstrumentId = InstrumentId(1);
/// 2026-05-14 00:24:26 UTC.
pub const START: i64 = 1_778_718_266;

pub fn price(text: &str) -> Price {
    text.parse().unwrap()
}
pub fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub fn stakes() -> Stakes {
    Stakes {
        capital: Capital {
            currency: Text::new("USD").unwrap(),
            per_slot: Notional::from_int(100_000),
            house: Notional::from_int(50_000),
            pegs: Vec::new(),
        },
        allocation_bp: vec![2_500, 0],
    }
}

pub fn preamble(config: &str) -> Preamble {
    let mut coin = Instrument::new(
        BTC,
        Text::new("BTC-USD").unwrap(),
        InstrumentKind::CryptoSpot,
        Venue::Coinbase,
    );
    coin.base = Text::new("BTC").unwrap();
    coin.quote = Text::new("USD").unwrap();
    let mut event = Instrument::new(
        EVENT,
        Text::new("KXBTC15M-<b>30").unwrap(),
        InstrumentKind::BinaryEvent,
        Venue::Kalshi,
    );
    event.quote = Text::new("USD").unwrap();
    event.tick = price("0.01");
    event.fees = Fees::new(FeeKind::Quadratic, 0, 70_000_000);
    Preamble {
        purpose: Purpose::Run,
        config: config.to_owned(),
        instruments: vec![coin, event],
        slots: vec!["alpha".to_owned(), HOSTILE.to_owned()],
    }
}

/// Writes events with rising sequence numbers, and what they cause.
pub struct Script {
    writer: Writer,
    seq: u64,
    now: Nanos,
}

impl Script {
    pub fn create(folder: &Path, config: &str) -> Self {
        let options = Options { segment_bytes: 1 << 20 };
        let writer = Writer::create(folder, &preamble(config), options).unwrap();
        Self { writer, seq: 0, now: Nanos::from_secs(START) }
    }
    pub fn wait(&mut self, millis: i64) -> &mut Self {
        self.now = self.now.plus(Nanos::from_millis(millis));
        self
    }
    pub fn event(&mut self, instrument: InstrumentId, body: Body) -> &mut Self {
        self.seq += 1;
        let stamp = Stamp { seq: self.seq, time: self.now, venue_time: self.now, instrument };
        let flags = match body {
            Body::ExecutionReport(_) | Body::Command(_) => EventFlags::default(),
            _ => EventFlags::LAST,
        };
        self.writer.event(&Event::new(stamp, body, flags));
        self
    }
    pub fn quote(&mut self, instrument: InstrumentId, bid: &str, ask: &str) -> &mut Self {
        let quote =
            Quote { bid: price(bid), bid_qty: Qty::ONE, ask: price(ask), ask_qty: Qty::ONE };
        self.event(instrument, Body::Quote(quote))
    }
    /// A decision to submit, with two reasons.
    pub fn decide(
        &mut self,
        slot: u16,
        index: u64,
        instrument: InstrumentId,
        side: Side,
        how_much: &str,
        limit: &str,
    ) -> OrderId {
        let reasons =
            Reasons::new().because(Feature::EDGE, 0.04, 0.04).because(Feature::COST, 0.01, -0.01);
        let slot = SlotId(slot);
        let mut decision =
            Decision::new(self.seq, self.now, slot, instrument, Action::Submit, &reasons);
        decision.order = OrderId::new(Account::shadow(slot), index);
        (decision.side, decision.qty, decision.price) = (side, qty(how_much), price(limit));
        (decision.ord_type, decision.time_in_force) = (OrdType::Limit, TimeInForce::PostOnly);
        (decision.confidence_bp, decision.regime) = (6_250, Regime::Bull);
        self.writer.decision(&decision);
        decision.order
    }
    pub fn verdict(
        &mut self,
        order: OrderId,
        instrument: InstrumentId,
        code: RefusalCode,
        numbers: (i64, i64),
    ) {
        let (actual, limit) = numbers;
        let verdict = Verdict::new(self.seq, self.now, order, instrument, code, actual, limit);
        self.writer.verdict(&verdict);
    }
    pub fn send(&mut self, id: OrderId, instrument: InstrumentId, side: Side, q: &str, p: &str) {
        self.verdict(id, instrument, RefusalCode::Approved, (0, 0));
        let (limit, post) = (OrdType::Limit, TimeInForce::PostOnly);
        let (seq, now) = (self.seq, self.now);
        self.writer.order(&Order::new_single(
            seq,
            now,
            id,
            instrument,
            side,
            limit,
            post,
            price(p),
            qty(q),
        ));
    }
    pub fn report(
        &mut self,
        order: OrderId,
        instrument: InstrumentId,
        side: Side,
        exec: ExecType,
        fill: (&str, &str, &str),
    ) -> &mut Self {
        let (last_qty, last_price, fee) = fill;
        let report = ExecutionReport {
            order,
            exec,
            side,
            is_final: exec != ExecType::New,
            liquidity: Liquidity::Taker,
            last_price: price(last_price),
            last_qty: qty(last_qty),
            fee: qty(fee).raw(),
            reject: RejectReason::None,
        };
        self.event(instrument, Body::ExecutionReport(report))
    }
    pub fn finish(self) {
        self.writer.finish().unwrap();
    }
}

/// alpha buys 2 BTC at 102 and sells them at 110, 1 of fee each time: +14. The hostile one is
/// refused once, then buys 5 contracts at 0.44 for 0.1 and is paid 1 each: +2.7. House: nothing.
pub fn write_sample(folder: &Path, config: &str) {
    let mut s = Script::create(folder, config);
    s.quote(BTC, "100", "102");
    s.wait(100).quote(EVENT, "0.40", "0.44");
    let buy = s.decide(0, 1, BTC, Side::Buy, "2", "102");
    s.send(buy, BTC, Side::Buy, "2", "102");
    let house = buy.on(Account::house(SlotId(0)));
    s.verdict(house, BTC, RefusalCode::NoAllocation, (0, 0));
    s.wait(20).report(buy, BTC, Side::Buy, ExecType::New, ("2", "0", "0"));
    s.wait(20).report(buy, BTC, Side::Buy, ExecType::Trade, ("2", "102", "1"));
    s.wait(10_000).quote(BTC, "110", "112");
    let sell = s.decide(0, 2, BTC, Side::Sell, "2", "110");
    s.send(sell, BTC, Side::Sell, "2", "110");
    s.wait(20).report(sell, BTC, Side::Sell, ExecType::Trade, ("2", "110", "1"));
    s.wait(1_000).quote(EVENT, "0.42", "0.44");
    let refused = s.decide(1, 1, EVENT, Side::Buy, "500", "0.44");
    s.verdict(refused, EVENT, RefusalCode::Position, (120_000_000_000, 100_000_000_000));
    s.wait(1_000).quote(EVENT, "0.43", "0.44");
    let bet = s.decide(1, 2, EVENT, Side::Buy, "5", "0.44");
    s.send(bet, EVENT, Side::Buy, "5", "0.44");
    s.wait(20).report(bet, EVENT, Side::Buy, ExecType::Trade, ("5", "0.44", "0.1"));
    // Another session begins after two minutes of silence.
    s.wait(120_000).quote(EVENT, "0.97", "0.99");
    s.wait(1_000).event(EVENT, Body::Settlement(Settlement { value: Price::ONE }));
    let code = CommandCode::Halt;
    let halt = Command { code, uid: 1_000, pid: 1, slot: 0, value: 0 };
    s.wait(10).event(InstrumentId::NONE, Body::Command(halt));
    s.finish();
}
