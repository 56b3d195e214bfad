//! Strategies of every temper, and a run in which they come and go.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use super::random_market::{self, Dice, Records};
use royale_engine::feed::{Commands, Scripted};
use royale_engine::link::Wait;
use royale_engine::progress::Progress;
use royale_engine::sim::SimParameters;
use royale_engine::strategy::{OnFault, Plan, Swaps, Version, Versions};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// What each version was shown: (slot, version) → sequence numbers.
pub type Seen = Arc<Mutex<BTreeMap<(u16, u32), Vec<Seq>>>>;
/// What each version's state was in the end.
pub type Sums = Arc<Mutex<BTreeMap<(u16, u32), u64>>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Temper {
    /// Trades now and then.
    Calm,
    /// Watches.
    Mute,
    /// Panics at its n-th event.
    Panics(u32),
    /// Says at its n-th event that it cannot go on.
    GivesUp(u32, Fault),
    /// Asks at its n-th event for more than the gate lets through.
    Greedy(u32),
    /// Panics when it is asked for its state.
    Secretive,
    /// Takes no state.
    Stubborn,
}

pub struct Actor {
    slot: u16,
    version: u32,
    temper: Temper,
    dice: Dice,
    events: u32,
    /// What is handed over: the sum of all sequence numbers that this version and those before saw.
    sum: u64,
    seen: Seen,
    sums: Sums,
}

impl Actor {
    fn order(context: &mut Context<'_>, side: Side, qty: Qty) {
        let Some(mid) = context.market(InstrumentId(0)).and_then(|view| view.mid()) else { return };
        let away = Price::from_raw(10_000_000 * side.sign());
        context.submit(&Intent {
            instrument: InstrumentId(0),
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillCancel,
            price: mid.saturating_sub(away).floor_to("0.01".parse().unwrap()),
            qty,
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
        });
    }
}

impl Strategy for Actor {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        self.events += 1;
        self.sum += event.seq();
        let key = (self.slot, self.version);
        self.seen.lock().unwrap().entry(key).or_default().push(event.seq());
        self.sums.lock().unwrap().insert(key, self.sum);
        match self.temper {
            Temper::Panics(at) if at == self.events => {
                Self::order(context, Side::Buy, Qty::ONE);
                panic!("planned");
            }
            Temper::GivesUp(at, fault) if at == self.events => {
                Self::order(context, Side::Buy, Qty::ONE);
                context.give_up(fault);
            }
            Temper::Greedy(at) if at == self.events => {
                Self::order(context, Side::Buy, Qty::from_int(1_000_000));
            }
            _ => {}
        }
        if self.temper != Temper::Mute && event.is_last() && self.dice.below(12) == 0 {
            let side = if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell };
            Self::order(context, side, Qty::from_int(1 + self.dice.below(5)));
        }
        if self.dice.below(30) == 0
            && let Some(oldest) = context.open_orders().first().copied()
        {
            context.cancel(oldest.id, &Reasons::new());
        }
    }
    fn state_layout(&self) -> Option<u64> {
        Some(1)
    }
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        assert!(self.temper != Temper::Secretive, "planned");
        into.get_mut(..8)?.copy_from_slice(&self.sum.to_le_bytes());
        Some(8)
    }
    fn import_state(&mut self, from: &[u8]) -> bool {
        let Ok(bytes) = from.try_into() else { return false };
        self.sum = u64::from_le_bytes(bytes);
        self.temper != Temper::Stubborn
    }
}

/// One thing that somebody does while the run goes on.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub at: Seq,
    pub code: CommandCode,
    pub slot: u16,
    pub temper: Temper,
    pub plan: Plan,
}

pub struct Play {
    pub records: Vec<Record>,
    pub seen: BTreeMap<(u16, u32), Vec<Seq>>,
    pub sums: BTreeMap<(u16, u32), u64>,
    pub progress: Arc<Progress>,
}

pub fn play(
    slots: u16,
    tape: VecDeque<Event>,
    deeds: &[Deed],
    topology: Topology,
    on_fault: OnFault,
) -> Play {
    let (seen, sums) = (Seen::default(), Sums::default());
    let actor = |slot: u16, version: u32, temper| Actor {
        slot,
        version,
        temper,
        dice: Dice(u64::from(slot) << 32 | u64::from(version)),
        events: 0,
        sum: 0,
        seen: Arc::clone(&seen),
        sums: Arc::clone(&sums),
    };
    let numbered = (1..).zip(deeds);
    let threads = topology.strategy_threads();
    let first_of = |thread: usize| usize::from(slots) * thread / threads;
    let versions = (0..threads).map(|thread| {
        let own = first_of(thread)..first_of(thread + 1);
        let of_thread = numbered.clone().filter(|(_, deed)| {
            deed.code == CommandCode::Install && own.contains(&usize::from(deed.slot))
        });
        let made = of_thread.map(|(number, deed)| {
            let competitor = actor(deed.slot, number, deed.temper);
            let (slot, digest, plan) = (SlotId(deed.slot), [number as u8; 32], deed.plan);
            Box::new(Version { slot, number, digest, plan, competitor })
        });
        Versions::Scripted(made.collect::<VecDeque<_>>())
    });
    let commands = numbered.clone().map(|(number, deed)| {
        let Deed { at, code, slot, .. } = *deed;
        (at, Command { code, uid: 1, pid: 2, slot, value: i64::from(number) })
    });
    let progress = Arc::new(Progress::default());
    let competitors = (0..slots).map(|slot| actor(slot, 0, Temper::Calm)).collect();
    let plain = random_market::engine(competitors, tape, Records::default());
    let engine = Engine {
        swaps: Swaps { versions: versions.collect(), on_fault, ..Swaps::default() },
        allocation_bp: vec![100; usize::from(slots)],
        limits: random_market::wide(&plain.limits),
        simulation: SimParameters {
            consume_liquidity: false,
            orders_max: 200 * usize::from(slots),
            ..plain.simulation
        },
        commands: Commands::Scripted(Scripted::new(commands)),
        progress: Arc::clone(&progress),
        ..plain
    };
    let placement = Placement { topology, wait: Wait::Yield, cpus: vec![] };
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        let words = info.payload_as_str().unwrap_or_default();
        if !words.contains("planned") {
            eprintln!("{info}");
        }
    }));
    let outcome = engine.run(&placement).unwrap();
    std::panic::set_hook(quiet);
    assert_eq!(outcome.feed.error, None);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let sums = std::mem::take(&mut *sums.lock().unwrap());
    Play { records: outcome.order.recorder.0, seen, sums, progress }
}

/// A market that always has two sides.
pub fn quotes(length: usize) -> VecDeque<Event> {
    let mut dice = Dice(5);
    let quote = |nth: i64| {
        let time = Nanos::from_millis(1_000 + 10 * nth);
        let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
        let bid = 40 + dice.below(20);
        let cents = |cents: i64| Price::from_raw(cents * 10_000_000);
        let (bid_qty, ask_qty) = (Qty::from_int(50), Qty::from_int(50));
        let body = Body::Quote(Quote { bid: cents(bid), bid_qty, ask: cents(bid + 1), ask_qty });
        Event::new(stamp, body, EventFlags::LAST)
    };
    (0..length as i64).map(quote).collect()
}

pub fn install(at: Seq, slot: u16, temper: Temper, plan: Plan) -> Deed {
    Deed { at, code: CommandCode::Install, slot, temper, plan }
}

pub fn command(at: Seq, code: CommandCode, slot: u16) -> Deed {
    Deed { at, code, slot, temper: Temper::Calm, plan: Plan::default() }
}

/// What became of a slot: (event, fault, version), in order.
pub fn fate(play: &Play, slot: u16) -> Vec<(SlotEvent, Fault, u32)> {
    let of_slot = play.records.iter().filter_map(|record| match record {
        Record::Slot(change) if change.slot.0 == slot => Some(change),
        _ => None,
    });
    of_slot.map(|change| (change.event, change.fault, change.version)).collect()
}

/// The events that a slot is shown: the market's and its own account's reports.
pub fn shown_to(play: &Play, slot: u16) -> Vec<Seq> {
    let own = Account::shadow(SlotId(slot));
    let events = play.records.iter().filter_map(|record| match record {
        Record::Event(event) => match event.body() {
            Body::Command(_) | Body::Note(_) => None,
            Body::ExecutionReport(report) if report.order.account() != own => None,
            _ => Some(event.seq()),
        },
        _ => None,
    });
    events.collect()
}
