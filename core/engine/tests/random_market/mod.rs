//! A random market for tests: dice, two instruments, and a tape of book changes and prints.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![allow(dead_code, reason = "each test file uses its own part")]

use royale_engine::feed::{Commands, Pace};
use royale_engine::latency::Recorders;
use royale_engine::ledger::Capital;
use royale_engine::link::Wait;
use royale_engine::order::Recorder;
use royale_engine::progress::Progress;
use royale_engine::risk::RiskLimits;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters};
use royale_engine::strategy::Swaps;
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::Record;
use royale_model::*;
use std::collections::VecDeque;
use std::sync::Arc;

/// SplitMix64: enough for tests, the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, bound: i64) -> i64 {
        (self.roll() % bound.unsigned_abs()) as i64
    }
}

pub fn instruments() -> Vec<Instrument> {
    let mut event = Instrument::new(
        InstrumentId(0),
        Text::new("KX-TEST").unwrap(),
        InstrumentKind::BinaryEvent,
        Venue::Kalshi,
    );
    event.quote = Text::new("USD").unwrap();
    event.tick = "0.01".parse().unwrap();
    event.lot = "0.01".parse().unwrap();
    event.expiry = Nanos::from_secs(100);
    event.underlying = InstrumentId(1);
    event.fees = Fees::new(FeeKind::Quadratic, 17_500_000, 70_000_000);
    let mut spot = Instrument::new(
        InstrumentId(1),
        Text::new("BTC-USD").unwrap(),
        InstrumentKind::CryptoSpot,
        Venue::Coinbase,
    );
    spot.base = Text::new("BTC").unwrap();
    spot.quote = Text::new("USD").unwrap();
    spot.tick = "0.01".parse().unwrap();
    spot.lot = "0.00000001".parse().unwrap();
    spot.fees = Fees::new(FeeKind::Proportional, -100_000, 500_000);
    vec![event, spot]
}

/// Random book changes, prints and odds; batches of one moment, quiet stretches, a settlement.
pub fn tape(seed: u64, length: usize) -> VecDeque<Event> {
    let mut dice = Dice(seed);
    let mut time = Nanos::from_secs(1);
    let mut events = VecDeque::new();
    let mut mid = 50_i64;
    while events.len() < length {
        time = time.plus(Nanos::from_raw(match dice.below(20) {
            0 => 0,
            1 => 400_000_000,
            _ => dice.below(9_000_000),
        }));
        let on = |id| Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(id) };
        match dice.below(6) {
            0 => {
                let price = Price::from_raw(80_000_000_000_000 + dice.below(10_000) * 10_000_000);
                let body = Body::Trade(Trade {
                    price,
                    qty: Qty::ZERO,
                    trade_id: events.len() as u64,
                    aggressor: None,
                });
                events.push_back(Event::new(on(1), body, EventFlags::LAST));
            }
            1 => {
                let body = Body::Trade(Trade {
                    price: Price::from_raw(mid * 10_000_000),
                    qty: Qty::from_int(1 + dice.below(50)),
                    trade_id: events.len() as u64,
                    aggressor: Some(if dice.below(2) == 0 { Side::Buy } else { Side::Sell }),
                });
                events.push_back(Event::new(on(0), body, EventFlags::LAST));
            }
            _ => {
                mid = (mid + dice.below(3) - 1).clamp(10, 90);
                let changes = 1 + dice.below(4);
                for n in 0..changes {
                    let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let away = 1 + dice.below(6);
                    let cents = if side == Side::Buy { mid - away } else { mid + away };
                    let body = Body::BookDelta(BookDelta {
                        price: Price::from_raw(cents * 10_000_000),
                        qty: Qty::from_int(dice.below(80)),
                        side,
                        update_id: 0,
                    });
                    let flags =
                        if n + 1 == changes { EventFlags::LAST } else { EventFlags::default() };
                    events.push_back(Event::new(on(0), body, flags));
                }
            }
        }
    }
    let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
    let settlement = Body::Settlement(Settlement { value: Price::ONE });
    events.push_back(Event::new(stamp, settlement, EventFlags::LAST));
    events
}

/// A market that always has two sides, so that most orders pass the gate, and prints that fill them.
pub fn two_sided(seed: u64, length: usize) -> VecDeque<Event> {
    let mut dice = Dice(seed);
    let cents = |cents: i64| Price::from_raw(cents * 10_000_000);
    let mut time = Nanos::from_secs(1);
    let mut bid = 50;
    let event = |_| {
        time = time.plus(Nanos::from_raw(dice.below(20_000_000)));
        bid = (bid + dice.below(3) - 1).clamp(20, 80);
        let body = if dice.below(4) == 0 {
            let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
            let (price, qty) = (cents(bid + dice.below(2)), Qty::from_int(1 + dice.below(50)));
            let trade_id = time.raw().unsigned_abs();
            Body::Trade(Trade { price, qty, trade_id, aggressor: Some(side) })
        } else {
            let (bid_qty, ask_qty) = (Qty::from_int(50), Qty::from_int(50));
            Body::Quote(Quote { bid: cents(bid), bid_qty, ask: cents(bid + 1), ask_qty })
        };
        let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
        Event::new(stamp, body, EventFlags::LAST)
    };
    (0..length).map(event).collect()
}

/// Limits that let most of what is asked pass.
pub fn wide(limits: &RiskLimits) -> RiskLimits {
    RiskLimits {
        order_qty_max: vec![(InstrumentKind::BinaryEvent, Qty::from_int(2_000))],
        order_notional_max: Notional::from_int(2_000),
        price_collar_bps: 9_000,
        price_collar_ticks: 50,
        position_notional_max: Notional::from_int(2_000),
        house_position_notional_max: Notional::from_int(2_000),
        open_orders_max: 100,
        ..limits.clone()
    }
}

/// Every record of a run, in memory.
#[derive(Default)]
pub struct Records(pub Vec<Record>);

impl Recorder for Records {
    fn event(&mut self, event: &Event) {
        self.0.push(Record::Event(*event));
    }
    fn decision(&mut self, decision: &Decision) {
        self.0.push(Record::Decision(*decision));
    }
    fn slot(&mut self, change: &SlotChange) {
        self.0.push(Record::Slot(*change));
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.0.push(Record::Verdict(*verdict));
    }
    fn order(&mut self, order: &Order) {
        self.0.push(Record::Order(*order));
    }
    fn failed(&self) -> bool {
        false
    }
}

/// As much for the house as for each slot.
pub fn capital() -> Capital {
    Capital {
        currency: Text::new("USD").unwrap(),
        per_slot: Notional::from_int(100_000),
        house: Notional::from_int(100_000),
        pegs: vec![],
    }
}

/// Records kept in memory, with somebody who looks on or interferes.
pub struct Watched<W> {
    pub records: Records,
    pub watch: W,
}

/// What a [`Watched`] recorder asks.
pub trait Watch {
    fn seen(&mut self, _: &Event) {}
    fn failed(&self) -> bool {
        false
    }
    fn may_send(&self) -> bool {
        true
    }
}

impl<W> Watched<W> {
    pub fn new(watch: W) -> Self {
        Self { records: Records::default(), watch }
    }
}

impl<W: Watch> Recorder for Watched<W> {
    fn event(&mut self, event: &Event) {
        self.records.event(event);
        self.watch.seen(event);
    }
    fn decision(&mut self, decision: &Decision) {
        self.records.decision(decision);
    }
    fn slot(&mut self, change: &SlotChange) {
        self.records.slot(change);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.records.verdict(verdict);
    }
    fn order(&mut self, order: &Order) {
        self.records.order(order);
    }
    fn failed(&self) -> bool {
        self.watch.failed()
    }
    fn may_send(&self) -> bool {
        self.watch.may_send()
    }
}

/// A run in the random market, with answers that take about five milliseconds each way. A test changes
/// what it is about.
pub fn engine<C, T, R>(competitors: Vec<C>, tape: T, recorder: R) -> Engine<C, T, R> {
    let latency =
        LatencyModel::Lognormal { median_nanos: 5_000_000, sigma: 0.7, max_nanos: 80_000_000 };
    Engine {
        instruments: instruments(),
        swaps: Swaps::default(),
        allocation_bp: vec![1_000; competitors.len()],
        tiers: Vec::new(),
        competitors,
        capital: capital(),
        limits: RiskLimits {
            order_qty_max: vec![
                (InstrumentKind::BinaryEvent, Qty::from_int(35)),
                (InstrumentKind::CryptoSpot, Qty::ONE),
            ],
            order_notional_max: Notional::from_int(1_000),
            price_collar_bps: 500,
            price_collar_ticks: 12,
            position_notional_max: Notional::from_int(400),
            house_position_notional_max: Notional::from_int(300),
            feed_stale_after: Nanos::from_secs(10),
            open_orders_max: 12,
            allocation_bp_max: 10_000,
        },
        book_levels: 64,
        simulation: SimParameters {
            seed: 3,
            feed_latency: LatencyModel::Constant { nanos: 1_000_000 },
            order_latency: latency,
            response_latency: latency,
            queue: QueueModel::RiskAverse,
            fill: FillModel::Partial,
            consume_liquidity: true,
            print_slippage_ticks: 1,
            print_liquidity: Qty::ONE,
            orders_max: 256,
        },
        tape,
        commands: Commands::None,
        schedules: Vec::new(),
        epochs: None,
        pace: Pace::Max,
        recorder,
        progress: Arc::new(Progress::default()),
        latency: Recorders::default(),
    }
}

/// All stages on one thread.
pub fn fused() -> Placement {
    Placement { topology: Topology::Fused, wait: Wait::Yield, cpus: vec![] }
}

/// What one slot's shadow account sent and heard, without the numbers that count everybody.
pub fn life_of(records: &[Record], slot: u16) -> Vec<String> {
    let account = Account::shadow(SlotId(slot));
    let line = |record: &Record| match record {
        Record::Order(order) if order.id.account() == account => {
            Some(format!("{:?} {:?} {:?}", order.time, order.id, order.price))
        }
        Record::Event(event) => match event.body() {
            Body::ExecutionReport(report) if report.order.account() == account => {
                Some(format!("{:?} {report:?}", event.time()))
            }
            _ => None,
        },
        _ => None,
    };
    records.iter().filter_map(line).collect()
}
