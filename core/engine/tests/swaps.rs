//! Strategies come and go while the run goes on: nobody misses an event or sees one twice, no order is
//! left alone, nobody else notices, and a replay does the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod random_market;

use random_market::{Dice, Records, instruments, tape};
use royale_engine::feed::{Commands, Pace, Scripted};
use royale_engine::latency::Recorders;
use royale_engine::ledger::Capital;
use royale_engine::link::Wait;
use royale_engine::progress::Progress;
use royale_engine::risk::RiskLimits;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters};
use royale_engine::strategy::{LiveOrders, OnFault, Plan, Swaps, Version, Versions};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

/// What each version was shown: (slot, version) → sequence numbers.
type Seen = Arc<Mutex<BTreeMap<(u16, u32), Vec<Seq>>>>;
/// What each version's state was in the end.
type Sums = Arc<Mutex<BTreeMap<(u16, u32), u64>>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Temper {
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

struct Actor {
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
struct Deed {
    at: Seq,
    code: CommandCode,
    slot: u16,
    temper: Temper,
    plan: Plan,
}

struct Play {
    records: Vec<Record>,
    seen: BTreeMap<(u16, u32), Vec<Seq>>,
    sums: BTreeMap<(u16, u32), u64>,
    progress: Arc<Progress>,
}

fn play(
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
    let latency =
        LatencyModel::Lognormal { median_nanos: 5_000_000, sigma: 0.7, max_nanos: 80_000_000 };
    let progress = Arc::new(Progress::default());
    let engine = Engine {
        instruments: instruments(),
        competitors: (0..slots).map(|slot| actor(slot, 0, Temper::Calm)).collect(),
        swaps: Swaps { versions: versions.collect(), on_fault },
        allocation_bp: vec![100; usize::from(slots)],
        capital: Capital {
            currency: Text::new("USD").unwrap(),
            per_slot: Notional::from_int(100_000),
            house: Notional::from_int(100_000),
            pegs: vec![],
        },
        limits: RiskLimits {
            order_qty_max: vec![(InstrumentKind::BinaryEvent, Qty::from_int(2_000))],
            order_notional_max: Notional::from_int(2_000),
            price_collar_bps: 9_000,
            price_collar_ticks: 50,
            position_notional_max: Notional::from_int(2_000),
            house_position_notional_max: Notional::from_int(2_000),
            feed_stale_after: Nanos::from_secs(10),
            open_orders_max: 100,
        },
        simulation: SimParameters {
            seed: 3,
            feed_latency: LatencyModel::Constant { nanos: 1_000_000 },
            order_latency: latency,
            response_latency: latency,
            queue: QueueModel::RiskAverse,
            fill: FillModel::Partial,
            consume_liquidity: false,
            print_slippage_ticks: 1,
            print_liquidity: Qty::ONE,
            book_levels: 64,
            orders_max: 200 * usize::from(slots),
        },
        tape,
        commands: Commands::Scripted(Scripted::new(commands)),
        pace: Pace::Max,
        recorder: Records::default(),
        progress: Arc::clone(&progress),
        latency: Recorders::default(),
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
fn quotes(length: usize) -> VecDeque<Event> {
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

fn install(at: Seq, slot: u16, temper: Temper, plan: Plan) -> Deed {
    Deed { at, code: CommandCode::Install, slot, temper, plan }
}

fn command(at: Seq, code: CommandCode, slot: u16) -> Deed {
    Deed { at, code, slot, temper: Temper::Calm, plan: Plan::default() }
}

/// What became of a slot: (event, fault, version), in order.
fn fate(play: &Play, slot: u16) -> Vec<(SlotEvent, Fault, u32)> {
    let of_slot = play.records.iter().filter_map(|record| match record {
        Record::Slot(change) if change.slot.0 == slot => Some(change),
        _ => None,
    });
    of_slot.map(|change| (change.event, change.fault, change.version)).collect()
}

/// The events that a slot is shown: the market's and its own account's reports.
fn shown_to(play: &Play, slot: u16) -> Vec<Seq> {
    let own = Account::shadow(SlotId(slot));
    let events = play.records.iter().filter_map(|record| match record {
        Record::Event(event) => match event.body() {
            Body::Command(_) => None,
            Body::ExecutionReport(report) if report.order.account() != own => None,
            _ => Some(event.seq()),
        },
        _ => None,
    });
    events.collect()
}

/// What one slot's shadow account sent and heard, without the numbers that count everybody.
fn life_of(play: &Play, slot: u16) -> Vec<String> {
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
    play.records.iter().filter_map(line).collect()
}

const NOW: Plan = Plan {
    carry: false,
    shadow: Nanos::ZERO,
    probation: Nanos::ZERO,
    live_orders: LiveOrders::HandOver,
};
const SECOND: Nanos = Nanos::from_secs(1);

#[test]
fn ten_thousand_deeds_under_fire_lose_nothing() {
    const SLOTS: u16 = 64;
    let mut dice = Dice(77);
    let mut at = 20;
    let deeds: Vec<Deed> = (0..10_000)
        .map(|_| {
            at += 1 + dice.below(3).unsigned_abs();
            let slot = dice.below(i64::from(SLOTS)) as u16;
            let temper = match dice.below(8) {
                0 => Temper::Panics(1 + dice.below(40) as u32),
                1 => Temper::GivesUp(1 + dice.below(40) as u32, Fault::Fuel),
                2 => Temper::Greedy(1 + dice.below(40) as u32),
                3 => Temper::Secretive,
                4 => Temper::Stubborn,
                _ => Temper::Calm,
            };
            let some = |dice: &mut Dice| Nanos::from_millis(dice.below(3) * 400);
            let live_orders =
                if dice.below(2) == 0 { LiveOrders::Cancel } else { LiveOrders::HandOver };
            let (shadow, probation) = (some(&mut dice), some(&mut dice));
            let plan = Plan { carry: dice.below(3) == 0, shadow, probation, live_orders };
            match dice.below(10) {
                0 => command(at, CommandCode::Quarantine, slot),
                1 => command(at, CommandCode::Release, slot),
                2 => command(at, CommandCode::Rollback, slot),
                _ => install(at, slot, temper, plan),
            }
        })
        .collect();
    let length = 6_000;
    let fused = play(SLOTS, tape(11, length), &deeds, Topology::Fused, OnFault::Flatten);
    let is_command = |record: &&Record| matches!(record, Record::Event(event) if event.kind() == EventKind::Command);
    assert_eq!(fused.records.iter().filter(is_command).count(), deeds.len());
    let happened: BTreeSet<_> = fused
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Slot(change) => Some((change.event.name(), change.fault.name())),
            _ => None,
        })
        .collect();
    for expected in [
        ("installed", "none"),
        ("shadowing", "none"),
        ("confirmed", "none"),
        ("rolled-back", "none"),
        ("released", "none"),
        ("disarmed", "panic"),
        ("disarmed", "fuel"),
        ("disarmed", "risk"),
        ("disarmed", "quarantine"),
        ("dismissed", "state"),
        ("dismissed", "panic"),
        ("dismissed", "none"),
        ("refused", "busy"),
        ("refused", "nothing"),
    ] {
        assert!(happened.contains(&expected), "{expected:?} never happened: {happened:?}");
    }

    // Nobody missed an event while it was there, and nobody saw one twice.
    let mut checked = 0;
    for slot in 0..SLOTS {
        let shown = shown_to(&fused, slot);
        for ((_, version), seen) in fused.seen.range((slot, 0)..=(slot, u32::MAX)) {
            assert!(seen.is_sorted_by(|a, b| a < b), "slot {slot} version {version} saw one twice");
            let quarantined =
                fate(&fused, slot).contains(&(SlotEvent::Released, Fault::None, *version));
            if !quarantined {
                let (first, last) = (seen[0], seen[seen.len() - 1]);
                let between = shown.iter().filter(|&&seq| first <= seq && seq <= last);
                let between: Vec<_> = between.copied().collect();
                let missed = between.iter().find(|seq| !seen.contains(seq));
                assert!(between == *seen, "slot {slot} version {version} missed {missed:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 2_500, "{checked} versions saw something");

    // No order is left alone: what lived when a version failed was called back, or ended by itself.
    let mut live: BTreeMap<OrderId, bool> = BTreeMap::new();
    let mut to_end: BTreeSet<OrderId> = BTreeSet::new();
    for record in &fused.records {
        match record {
            Record::Order(order) if !order.is_cancel() && !order.id.account().is_house() => {
                live.insert(order.id, true);
            }
            Record::Order(order) if order.is_cancel() => {
                to_end.remove(&order.id);
            }
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && report.is_final
                {
                    live.remove(&report.order);
                    to_end.remove(&report.order);
                }
            }
            Record::Slot(change) if change.event == SlotEvent::Disarmed => {
                let own = Account::shadow(change.slot);
                to_end.extend(live.keys().filter(|id| id.account() == own));
            }
            _ => {}
        }
    }
    assert_eq!(to_end, BTreeSet::new(), "orders that nobody answers for");

    // The same in every topology.
    let shards = NonZeroUsize::new(3).unwrap();
    for topology in [Topology::Split2, Topology::Pinned4, Topology::Sharded { shards }] {
        let other = play(SLOTS, tape(11, length), &deeds, topology, OnFault::Flatten);
        assert!(other.records == fused.records, "{topology:?} differs");
    }
}

#[test]
fn what_happens_in_one_slot_does_not_reach_the_others() {
    let at = |nth: Seq| 300 + 150 * nth;
    let mute_then = |temper: &dyn Fn(u32) -> Temper| {
        let deeds: Vec<Deed> = (0..20)
            .flat_map(|nth: Seq| {
                let plan = Plan { shadow: Nanos::from_secs(nth as i64 % 2), ..NOW };
                let mute = install(at(nth), 0, Temper::Mute, NOW);
                [mute, install(at(nth) + 40, 0, temper(1 + 5 * nth as u32), plan)]
            })
            .collect();
        play(4, tape(11, 3_000), &deeds, Topology::Fused, OnFault::Cancel)
    };
    let calm = mute_then(&|_| Temper::Mute);
    assert!((1..4).all(|slot| life_of(&calm, slot).len() > 100));
    let crash = |at| Temper::Panics(at);
    let trap = |at| Temper::GivesUp(at, Fault::Trap);
    for wild in [mute_then(&crash), mute_then(&trap)] {
        assert!(fate(&wild, 0).iter().filter(|fate| fate.1 != Fault::None).count() > 10);
        for slot in 1..4 {
            assert_eq!(life_of(&calm, slot), life_of(&wild, slot), "slot {slot}");
        }
    }
}

#[test]
fn a_newcomer_listens_then_answers_and_the_one_before_takes_back() {
    let plan = Plan { shadow: SECOND, probation: Nanos::from_secs(2), ..NOW };
    let deeds = [
        // A good one stays.
        install(100, 0, Temper::Calm, plan),
        // One that fails while it listens never answers.
        install(100, 1, Temper::Panics(50), plan),
        // One that fails on probation makes room for the one before.
        install(100, 2, Temper::GivesUp(300, Fault::Fuel), plan),
        // So does one whose order the gate refuses.
        install(100, 3, Temper::Greedy(300), plan),
    ];
    let deeds = deeds.into_iter().zip(0..).map(|(deed, nth)| Deed { at: deed.at + nth, ..deed });
    let deeds: Vec<Deed> = deeds.collect();
    let play = play(4, tape(11, 3_000), &deeds, Topology::Fused, OnFault::Cancel);
    let none = Fault::None;
    let [shadowing, installed] = [SlotEvent::Shadowing, SlotEvent::Installed];
    let (confirmed, dismissed) = (SlotEvent::Confirmed, SlotEvent::Dismissed);
    let (disarmed, back) = (SlotEvent::Disarmed, SlotEvent::RolledBack);
    assert_eq!(fate(&play, 0), [(shadowing, none, 1), (installed, none, 1), (confirmed, none, 1)]);
    assert_eq!(fate(&play, 1), [(shadowing, none, 2), (dismissed, Fault::Panic, 2)]);
    let rolled_back = |fault, version| {
        [
            (shadowing, none, version),
            (installed, none, version),
            (disarmed, fault, version),
            (back, none, 0),
        ]
    };
    assert_eq!(fate(&play, 2), rolled_back(Fault::Fuel, 3));
    assert_eq!(fate(&play, 3), rolled_back(Fault::Risk, 4));
    for (slot, version) in [(0, 1), (1, 0), (2, 0), (3, 0)] {
        let view = play.progress.slots.view(SlotId(slot));
        assert_eq!((view.version, view.fault), (version, none), "slot {slot}");
    }
    // It listened for a second before it answered, and said how often it would have done otherwise.
    let times: Vec<_> = play
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Slot(change) if change.slot.0 == 0 => Some((change.time, change.differences)),
            _ => None,
        })
        .collect();
    let waited = times[1].0.since(times[0].0);
    assert!(waited >= SECOND && waited < Nanos::from_secs(2), "{waited:?}");
    assert!((5..200).contains(&times[1].1), "{} differences", times[1].1);
}

#[test]
fn a_state_goes_to_whom_it_fits_and_to_nobody_else() {
    let carry = Plan { carry: true, ..NOW };
    let deeds = [
        install(500, 0, Temper::Calm, carry),
        install(501, 1, Temper::Stubborn, carry),
        install(502, 2, Temper::Calm, NOW),
        install(503, 3, Temper::Secretive, NOW),
        install(700, 3, Temper::Calm, carry),
    ];
    let play = play(4, tape(11, 1_000), &deeds, Topology::Fused, OnFault::Cancel);
    assert_eq!(fate(&play, 0), [(SlotEvent::Installed, Fault::None, 1)]);
    assert_eq!(fate(&play, 1), [(SlotEvent::Dismissed, Fault::State, 2)]);
    assert_eq!(fate(&play, 2), [(SlotEvent::Installed, Fault::None, 3)]);
    let refused = [(SlotEvent::Installed, Fault::None, 4), (SlotEvent::Dismissed, Fault::State, 5)];
    assert_eq!(fate(&play, 3), refused);
    // The first one's sum goes on where its predecessor's ended.
    let sums = &play.sums;
    let seen = |slot, version| play.seen[&(slot, version)].iter().sum::<u64>();
    assert_eq!(sums[&(0, 1)], seen(0, 0) + seen(0, 1));
    assert_eq!(sums[&(2, 3)], seen(2, 3), "a fresh one begins at nothing");
}

#[test]
fn a_quarantined_slot_calls_back_flattens_when_told_to_and_goes_on_when_released() {
    let deeds = [
        command(1_500, CommandCode::Release, 0),
        command(1_601, CommandCode::Quarantine, 0),
        command(3_000, CommandCode::Release, 0),
    ];
    for on_fault in [OnFault::Cancel, OnFault::Flatten] {
        let play = play(2, quotes(3_000), &deeds, Topology::Fused, on_fault);
        let expected = [
            (SlotEvent::Refused, Fault::Nothing, 0),
            (SlotEvent::Disarmed, Fault::Quarantine, 0),
            (SlotEvent::Released, Fault::None, 0),
        ];
        assert_eq!(fate(&play, 0), expected);
        let silent = play.seen[&(0, 0)].iter().filter(|&&seq| 1_601 < seq && seq < 3_000).count();
        assert_eq!(silent, 0, "asked while in quarantine");
        let held = |at: Seq| {
            let own = Account::shadow(SlotId(0));
            let fills = play.records.iter().filter_map(|record| match record {
                Record::Event(event) if event.seq() < at => match event.body() {
                    Body::ExecutionReport(report)
                        if report.order.account() == own && report.exec == ExecType::Trade =>
                    {
                        Some(report.last_qty.raw() * report.side.sign())
                    }
                    _ => None,
                },
                _ => None,
            });
            fills.sum::<i64>()
        };
        assert_ne!(held(1_601), 0, "nothing to give up");
        assert_eq!(held(3_000) == 0, on_fault == OnFault::Flatten, "{on_fault:?}");
    }
}
