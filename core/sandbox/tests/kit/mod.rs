//! What the tests share: modules from text, a small stage for one strategy, and an engine in which
//! a native neighbour sits beside a stranger.
#![allow(dead_code, reason = "each test file uses its part of the kit")]
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

#[path = "../../../engine/tests/random_market/mod.rs"]
pub mod random_market;

use random_market::{Dice, Records, fused, instruments, tape};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Intent, Market, Strategy};
use royale_journal::Record;
use royale_model::*;
use royale_sandbox::{Guest, Host, Limits};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub fn host() -> Host {
    Host::new(&Limits { guests_max: 4, ..Limits::default() }).unwrap()
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The bytes of a module that lies in this package as text.
pub fn module(path: &str) -> Vec<u8> {
    wat::parse_file(folder(path)).unwrap()
}

/// A bundled recording: its table and its events.
pub fn recording(name: &str) -> (Vec<Instrument>, Vec<Event>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes").join(name);
    let (preamble, events) = royale_codec::unpack(&std::fs::read(path).unwrap()).unwrap();
    (preamble.instruments.clone(), events)
}

/// A module around these lines, with one page of memory and its event at 64.
pub fn around(lines: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {lines}
          (memory (export "memory") 1 1)
          (func (export "royale_abi_1"))
          (func (export "init") (param i32) (result i32) (i32.const 64)))"#
    );
    wat::parse_str(text).unwrap()
}

pub fn settings(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// A guest on the random market's table.
pub fn guest(host: &Host, wasm: &[u8], parameters: &[(&str, f64)]) -> Guest {
    host.module(wasm).unwrap().instantiate(&settings(parameters), &instruments()).unwrap()
}

/// One strategy with its market and portfolio; orders go nowhere.
pub struct Stage<S> {
    pub strategy: S,
    pub market: Market,
    pub portfolio: Portfolio,
    pub outbox: Outbox,
    seq: u64,
}

impl<S: Strategy> Stage<S> {
    pub fn new(strategy: S) -> Self {
        let table = instruments();
        let (market, portfolio) = (Market::new(&table, 64), Portfolio::new(table.len()));
        Self { strategy, market, portfolio, outbox: Outbox::default(), seq: 0 }
    }
    /// Plays an event; what was decided, or the fault.
    pub fn play(&mut self, event: &Event) -> Result<Vec<Decision>, Fault> {
        self.answer(event);
        match self.outbox.fault() {
            Some(fault) => Err(fault),
            None => Ok(self.outbox.decisions().to_vec()),
        }
    }
    /// Plays an event, and what is in the outbox then stays there; how much that is.
    pub fn answer(&mut self, event: &Event) -> usize {
        self.seq += 1;
        let event = event.sequenced(self.seq, event.time());
        self.market.apply(&event);
        self.portfolio.apply(&event);
        self.outbox.clear();
        let (market, portfolio, outbox) = (&self.market, &mut self.portfolio, &mut self.outbox);
        let mut context =
            Context::new(SlotId(1), event.seq(), event.time(), market, portfolio, outbox);
        self.strategy.on_event(&event, &mut context);
        self.outbox.decisions().len()
    }
}

/// Who sits in a slot.
pub enum Seat {
    /// Quotes now and then, and cancels what is old: the neighbour.
    Native(Dice),
    /// Does nothing.
    Empty,
    Stranger(Box<Guest>),
}

impl Strategy for Seat {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match self {
            Self::Native(dice) => quote(dice, event, context),
            Self::Empty => {}
            Self::Stranger(guest) => guest.on_event(event, context),
        }
    }
}

fn quote(dice: &mut Dice, event: &Event, context: &mut Context<'_>) {
    let mid = context.market(InstrumentId(0)).and_then(|view| view.mid());
    let Some(mid) = mid.filter(|_| event.is_last() && dice.below(3) == 0) else { return };
    let reasons = Reasons::new().because(Feature::MARKET_PRICE, mid.to_f64(), 0.5);
    if let Some(oldest) = context.open_orders().first().filter(|_| dice.below(3) == 0) {
        context.cancel(oldest.id, &reasons);
    }
    context.submit(&Intent {
        instrument: InstrumentId(0),
        side: if dice.below(2) == 0 { Side::Buy } else { Side::Sell },
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::GoodTillCancel,
        price: mid.floor_to("0.01".parse().unwrap()),
        qty: Qty::ONE,
        confidence: 0.5,
        regime: Regime::Unknown,
        reasons,
    });
}

/// A whole run: feed, both slots, risk, simulated venue, journal.
pub fn run(seats: Vec<Seat>) -> Vec<Record> {
    let engine = random_market::engine(seats, tape(11, 1_500), Records::default());
    let outcome = engine.run(&fused()).unwrap();
    assert_eq!(outcome.feed.error, None);
    outcome.order.recorder.0
}

/// Everything that one slot decided, sent and heard, and what became of it. Places in the order
/// of events are left out: others' reports stand between.
pub fn life_of(records: &[Record], slot: u16) -> Vec<String> {
    let slot = SlotId(slot);
    let line = |record: &Record| match record {
        Record::Decision(decision) if decision.slot == slot => {
            let mut decision = *decision;
            decision.seq = 0;
            Some(format!("{decision:?}"))
        }
        Record::Order(order) if order.id.account() == Account::shadow(slot) => {
            Some(format!("{:?} {:?} {:?} {:?}", order.time, order.id, order.price, order.qty))
        }
        Record::Event(event) => match event.body() {
            Body::ExecutionReport(report) if report.order.account() == Account::shadow(slot) => {
                Some(format!("{:?} {report:?}", event.time()))
            }
            _ => None,
        },
        Record::Slot(change) if change.slot == slot => {
            Some(format!("{:?} {:?}", change.event, change.fault))
        }
        _ => None,
    };
    records.iter().filter_map(line).collect()
}

/// Why a slot was disarmed, if it was.
pub fn end_of(records: &[Record], slot: u16) -> Option<Fault> {
    let mut faults = records.iter().filter_map(|record| match record {
        Record::Slot(change) if change.slot == SlotId(slot) => Some(change.fault),
        _ => None,
    });
    let first = faults.next();
    assert_eq!(faults.next(), None, "a slot is disarmed once");
    first
}

/// The files of a journal, by name: two that are equal are the same, byte for byte.
pub fn files(journal: &Path) -> BTreeMap<String, Vec<u8>> {
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        path.is_file().then(|| (name, std::fs::read(&path).unwrap()))
    };
    std::fs::read_dir(journal).unwrap().filter_map(entry).collect()
}
