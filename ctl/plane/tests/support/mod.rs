//! A small journal whose every number can be worked out by hand. Shared by the tests of all three
//! packages of this wing.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "tests; each uses a part of it")]

use royale_journal::{Options, Preamble, Purpose, Writer};
use royale_model::{
    Account, Action, Body, Command, CommandCode, Decision, Event, EventFlags, ExecType,
    ExecutionReport, Fault, Feature, FeeKind, Fees, Instrument, InstrumentId, InstrumentKind,
    Liquidity, Nanos, Notional, OrdType, Order, OrderId, Price, Qty, Quote, Reasons, RefusalCode,
    Regime, RejectReason, Settlement, Side, SlotChange, SlotEvent, SlotId, Stamp, Text,
    TimeInForce, Timer, Venue, Verdict,
};
use royale_plane::{Capital, Caps, Shares, Stakes};
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
        shares: Shares::new([2_500, 0], 5_000),
        vacant: Vec::new(),
        caps: Caps::default(),
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

/// Slots of the long battle.
pub const SIX: [&str; 6] =
    ["fair-value", "event-momentum", "market-maker", "trend", "mean-reversion", "imbalance"];

/// Nine quarters of an hour, six strategies that toss coins: for the size of things and the eye.
pub fn write_long(folder: &Path, config: &str, seed: u64) {
    let mut s = Script::create_with(folder, &long_preamble(config));
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut dice = move |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    };
    let (mut coin, mut next) = (81_000_i64, [1_u64; 6]);
    for session in 0..9_u32 {
        let contract = InstrumentId(1 + session);
        let mut odds = 50_i64;
        let mut held = [0_i64; 6];
        for second in 1..=900 {
            if second % 30 == 0 {
                s.epoch();
            }
            coin += dice(41) as i64 - 20;
            odds = (odds + dice(5) as i64 - 2).clamp(3, 97);
            s.wait(1_000).quote(BTC, &coin.to_string(), &(coin + 1).to_string());
            let (bid, ask) = (format!("0.{odds:02}"), format!("0.{:02}", odds + 1));
            s.quote(contract, &bid, &ask);
            let slot = dice(6) as usize;
            if dice(4) > 0 {
                continue;
            }
            let on_coin = slot >= 3;
            let instrument = if on_coin { BTC } else { contract };
            let (side, limit) = match (held[slot] > 0, on_coin) {
                (true, true) => (Side::Sell, coin.to_string()),
                (true, false) => (Side::Sell, bid),
                (false, true) => (Side::Buy, (coin + 1).to_string()),
                (false, false) => (Side::Buy, ask),
            };
            let size = if on_coin { "0.5" } else { "200" };
            let index = next[slot];
            next[slot] += 1;
            let id = s.decide(slot as u16, index, instrument, side, size, &limit);
            if dice(7) == 0 {
                let numbers = (120_000_000_000_000, 100_000_000_000_000);
                s.verdict(id, instrument, RefusalCode::OrderNotional, numbers);
                continue;
            }
            s.send(id, instrument, side, size, &limit);
            let fill = (size, limit.as_str(), "0.35");
            // The gate judges the house right after the shadow, on the same decision.
            let house = id.on(Account::house(SlotId(slot as u16)));
            let follows = dice(2) == 0;
            if follows {
                s.send(house, instrument, side, size, &limit);
            }
            s.wait(35).report(id, instrument, side, ExecType::Trade, fill);
            held[slot] = if side == Side::Buy { 1 } else { 0 };
            if follows {
                s.wait(5).report(house, instrument, side, ExecType::Trade, fill);
            }
        }
        let value = if odds >= 50 { Price::ONE } else { Price::ZERO };
        s.wait(50).event(contract, Body::Settlement(Settlement { value }));
        s.wait(1_800_000);
    }
    s.finish();
}

fn long_preamble(config: &str) -> Preamble {
    let mut all = preamble(config);
    all.slots = SIX.map(str::to_owned).to_vec();
    let contract = all.instruments[1];
    all.instruments.truncate(1);
    for session in 0..9_u32 {
        let name = format!("KXBTC15M-26MAY14{:04}", session * 15);
        let symbol = Text::new(&name).unwrap();
        let mut next = contract;
        (next.symbol, next.id) = (symbol, InstrumentId(1 + session));
        all.instruments.push(next);
    }
    all
}

/// Writes events with rising sequence numbers, and what they cause.
pub struct Script {
    writer: Writer,
    seq: u64,
    now: Nanos,
}

impl Script {
    pub fn create(folder: &Path, config: &str) -> Self {
        Self::create_with(folder, &preamble(config))
    }
    pub fn create_with(folder: &Path, preamble: &Preamble) -> Self {
        let options = Options { segment_bytes: 16 << 20, ..Options::default() };
        let writer = Writer::create(folder, preamble, options).unwrap();
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
    /// A signal that the slot's own gates stopped: a price above its cap, first or second.
    pub fn abstain(&mut self, slot: u16, instrument: InstrumentId, edge_fails: bool) {
        let share = if edge_fails { -1.0 } else { 0.05 };
        let reasons = Reasons::new()
            .because(Feature::GATE_EDGE, 0.05, share)
            .because(Feature::GATE_PRICE_CAP, 0.31, -1.0)
            .because(Feature::GATE_LIMIT, 0.3, 0.0);
        let slot = SlotId(slot);
        let mut decision =
            Decision::new(self.seq, self.now, slot, instrument, Action::Abstain, &reasons);
        (decision.side, decision.qty, decision.price) = (Side::Buy, qty("100"), price("0.31"));
        self.writer.decision(&decision);
    }
    /// Another version answers in the slot from the next input on.
    pub fn install(&mut self, slot: u16, version: u32) {
        let (event, fault) = (SlotEvent::Installed, Fault::None);
        let change = SlotChange::new(self.seq, self.now, SlotId(slot), event, fault);
        self.writer.slot(&change.of(version, [0xab; 32]));
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
    /// A fill that leaves the order alive.
    pub fn fill(
        &mut self,
        order: OrderId,
        instrument: InstrumentId,
        side: Side,
        liquidity: Liquidity,
        fill: (&str, &str, &str),
    ) -> &mut Self {
        let (last_qty, last_price, fee) = fill;
        let report = ExecutionReport {
            order,
            exec: ExecType::Trade,
            side,
            is_final: false,
            liquidity,
            last_price: price(last_price),
            last_qty: qty(last_qty),
            fee: qty(fee).raw(),
            reject: RejectReason::None,
        };
        self.event(instrument, Body::ExecutionReport(report))
    }
    /// The end of an epoch.
    pub fn epoch(&mut self) -> &mut Self {
        let due = self.now;
        self.event(InstrumentId::NONE, Body::Timer(Timer { id: Timer::EPOCH, due }))
    }
    /// What became of a version in a slot.
    pub fn slot(&mut self, slot: u16, event: SlotEvent, fault: Fault) -> &mut Self {
        self.writer.slot(&SlotChange::new(self.seq, self.now, SlotId(slot), event, fault));
        self
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
