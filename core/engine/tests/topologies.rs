//! The promise that everything else stands on: which thread does what never shows in the journal.
//!
//! A restless strategy trades random markets under every latency model, feed slower and faster than
//! the venue's answers, on events and on timers, over holes in which time is lost; the records of a run must be equal in all topologies, and with a money check
//! after every one of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod counts;
mod on_timers;
mod random_market;
mod sim_kit;

use on_timers::{Holed, daily, every};
use random_market::{Dice, Records, capital, instruments, tape};
use royale_engine::feed::{CommandOutlet, Commands, Epochs, Missed, Pace, Schedule, Scripted};
use royale_engine::feed::{Source, command_ring};
use royale_engine::latency::{self, LatencyLevel};
use royale_engine::ledger::Ledger;
use royale_engine::link::Wait;
use royale_engine::risk::RiskLimits;
use royale_engine::sim::{FillModel, LatencyModel, SimParameters};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Trades on almost everything that it sees, its own reports included.
struct Restless(Dice);

impl Strategy for Restless {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let id = if self.0.below(4) == 0 { InstrumentId(1) } else { InstrumentId(0) };
        let (Some(instrument), Some(view)) = (context.instrument(id), context.market(id)) else {
            return;
        };
        let Some(mid) = view.mid().filter(|_| event.is_last()) else { return };
        let reasons = Reasons::new().because(Feature::RULE, 1.0, 1.0);
        if self.0.below(3) == 0
            && let Some(oldest) = context.open_orders().first().copied()
        {
            context.cancel(oldest.id, &reasons);
        }
        if self.0.below(3) != 0 {
            return;
        }
        let side = if self.0.below(2) == 0 { Side::Buy } else { Side::Sell };
        let offset = Price::from_raw(instrument.tick.raw() * (self.0.below(5) - 2));
        let market = self.0.below(4) == 0;
        let time_in_force = match self.0.below(4) {
            _ if market => TimeInForce::ImmediateOrCancel,
            0 => TimeInForce::ImmediateOrCancel,
            1 => TimeInForce::FillOrKill,
            2 => TimeInForce::PostOnly,
            _ => TimeInForce::GoodTillCancel,
        };
        let qty = if id.0 == 0 {
            Qty::from_int(1 + self.0.below(40))
        } else {
            Qty::from_raw(1_000_000 + self.0.below(100) * 10)
        };
        let abstains = self.0.below(5) == 0;
        let intent = Intent {
            instrument: id,
            side,
            ord_type: if market { OrdType::Market } else { OrdType::Limit },
            time_in_force,
            price: mid.saturating_add(offset).floor_to(instrument.tick),
            qty,
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons,
        };
        if abstains {
            assert!(context.abstain(&intent));
        }
        context.submit(&intent);
    }
}

const SLOTS: usize = 5;

/// By turns on events and on timers, each with another policy for missed runs.
fn schedules() -> Vec<Option<Schedule>> {
    let each_fifth_second = (0..500).map(|nth| nth * 200);
    vec![
        None,
        every(70, Missed::Skip),
        None,
        every(60, Missed::CatchUp),
        daily(each_fifth_second, Missed::Once),
    ]
}

/// A random market with two holes in it.
fn holed(seed: u64) -> Holed {
    Holed::new(tape(seed, 3_000), &[800, 2_000])
}

/// When the house is told the market's state, and what.
const TOLD: Seq = 1_500;
const REGIME: RegimeOdds = RegimeOdds::new(Regime::Sideways, 6_200);

/// Every decision says what the house had been told before it.
fn check_regimes(records: &[Record]) {
    let mut of_order = [0, 0];
    for record in records {
        if let Record::Decision(decision) = record {
            let is_told = decision.seq >= TOLD;
            of_order[usize::from(is_told)] += 1;
            let told = if is_told { REGIME } else { RegimeOdds::UNKNOWN };
            assert_eq!(decision.house_regime, told, "{decision:?}");
        }
    }
    assert!(of_order.iter().all(|decisions| *decisions > 50), "{of_order:?}");
}

fn play(
    seed: u64,
    latencies: [LatencyModel; 3],
    fill: FillModel,
    topology: Topology,
) -> Vec<Record> {
    let say = |code, value| Command { code, uid: 1, pid: 2, slot: 0, value };
    let commands = Commands::Scripted(Scripted::new([
        (700, say(CommandCode::Halt, 0)),
        (900, say(CommandCode::Resume, 0)),
        (TOLD, say(CommandCode::Regime, REGIME.number())),
        // No number of a regime: what was told before stands.
        (TOLD + 500, say(CommandCode::Regime, -1)),
    ]));
    run(seed, latencies, fill, topology, holed(seed), commands, Pace::Max)
}

fn run<T: Source + Send>(
    seed: u64,
    latencies: [LatencyModel; 3],
    fill: FillModel,
    topology: Topology,
    tape: T,
    commands: Commands,
    pace: Pace,
) -> Vec<Record> {
    let (recorders, board) =
        latency::board(LatencyLevel::Stages, SLOTS, topology.strategy_threads()).unwrap();
    let restless = (0..SLOTS as u64).map(|slot| Restless(Dice(seed ^ slot << 32))).collect();
    let plain = random_market::engine(restless, tape, Records::default());
    let engine = Engine {
        allocation_bp: vec![3_000, 2_000, 0, 2_000, 1_000],
        limits: RiskLimits {
            price_collar_ticks: 10,
            feed_stale_after: Nanos::from_millis(300),
            ..plain.limits
        },
        simulation: simulation(seed, latencies, fill, &plain.simulation),
        commands,
        schedules: schedules(),
        epochs: Some(Epochs { every: Nanos::from_secs(7), patience: Duration::ZERO }),
        pace,
        latency: recorders,
        ..plain
    };
    let placement = Placement { topology, wait: Wait::Yield, cpus: vec![] };
    let outcome = engine.run(&placement).unwrap();
    assert_eq!(outcome.feed.error, None);
    assert_eq!(outcome.order.illegal_reports, 0, "{latencies:?}");
    assert_eq!(outcome.order.lost_reports, 0);
    let records = outcome.order.recorder.0;
    let scheduled: Vec<bool> = schedules().iter().map(Option::is_some).collect();
    counts::check(&records, &board, topology.strategy_threads(), &scheduled);
    records
}

fn simulation(
    seed: u64,
    [feed_latency, order_latency, response_latency]: [LatencyModel; 3],
    fill: FillModel,
    plain: &SimParameters,
) -> SimParameters {
    SimParameters { seed, feed_latency, order_latency, response_latency, fill, ..*plain }
}

fn constant(nanos: i64) -> LatencyModel {
    LatencyModel::Constant { nanos }
}

/// Feed, order and response latencies; the last rows are the awkward ones.
fn latencies() -> Vec<[LatencyModel; 3]> {
    let drawn =
        LatencyModel::Lognormal { median_nanos: 5_000_000, sigma: 0.7, max_nanos: 80_000_000 };
    let wide = LatencyModel::Uniform { min_nanos: 1, max_nanos: 30_000_000 };
    vec![
        [constant(1_000_000), constant(5_000_000), constant(5_000_000)],
        [constant(1_000_000), drawn, drawn],
        [wide, wide, wide],
        // Answers faster than the feed.
        [constant(40_000_000), constant(1_000_000), constant(1)],
        [drawn, constant(1), constant(1)],
        [constant(0), constant(0), constant(0)],
    ]
}

/// One strategy thread more than there are slots, too: an empty one must not be in the way.
fn topologies() -> Vec<Topology> {
    let sharded = [2, 3, SLOTS + 1].into_iter().filter_map(NonZeroUsize::new);
    let mut topologies = vec![Topology::Fused, Topology::Split2, Topology::Pinned4];
    topologies.extend(sharded.map(|shards| Topology::Sharded { shards }));
    topologies
}

#[test]
fn the_journal_does_not_know_the_topology() {
    for (round, latency) in latencies().into_iter().enumerate() {
        for fill in [FillModel::Partial, FillModel::NoPartial] {
            let seed = 1_000 + round as u64;
            let fused = play(seed, latency, fill, Topology::Fused);
            check_regimes(&fused);
            let timers = fused.iter().filter(|record| is_timer(record)).count();
            assert!(timers > 500, "too few timers: {timers} in round {round}");
            let fills = fused.iter().filter(|record| is_fill(record)).count();
            assert!(fills > 80, "too few fills to mean anything: {fills} in round {round}");
            let abstentions = fused.iter().filter(|record| is_abstention(record)).count();
            assert!(abstentions > 50, "too few abstentions: {abstentions} in round {round}");
            for topology in topologies() {
                let other = play(seed, latency, fill, topology);
                let first = fused.iter().zip(&other).position(|(a, b)| a != b);
                if let Some(at) = first {
                    panic!(
                        "{topology:?}, {latency:?}, {fill:?}: record {at} differs\n{:#?}\n{:#?}",
                        fused[at], other[at]
                    );
                }
                assert_eq!(fused.len(), other.len(), "{topology:?}, {latency:?}, {fill:?}");
            }
        }
    }
}

/// An order that met the market too early or too late would do so in every topology alike: only somebody
/// else who knows the tape and the orders can tell.
#[test]
fn what_the_venue_says_is_what_the_reference_says() {
    let plain = random_market::engine(Vec::<Restless>::new(), holed(0), Records::default());
    for (round, latency) in latencies().into_iter().enumerate() {
        for fill in [FillModel::Partial, FillModel::NoPartial] {
            let seed = 300 + round as u64;
            let (tape, pace) = (holed(seed), Pace::Max);
            let records = run(seed, latency, fill, Topology::Fused, tape, Commands::None, pace);
            let (mut market, mut orders, mut told) = (Vec::new(), Vec::new(), Vec::new());
            for record in &records {
                match record {
                    Record::Order(order) => orders.push(*order),
                    // The stop at the end cancels what rests; the reference knows no stop.
                    Record::Event(event) if event.kind() == EventKind::Command => break,
                    Record::Event(event) => match event.body() {
                        Body::ExecutionReport(report) if !report.reject.is_our_own() => {
                            told.push((event.time().raw(), event.instrument(), report));
                        }
                        _ if event.kind().is_market() => market.push(*event),
                        _ => {}
                    },
                    _ => {}
                }
            }
            let parameters = simulation(seed, latency, fill, &plain.simulation);
            let table = instruments();
            let mut expected = sim_kit::reference::simulate(&table, &parameters, &market, &orders);
            // Which of two orders is told first of one moment is the sequencer's business.
            let by_order = |&(time, _, report): &sim_kit::reference::Told| (time, report.order);
            told.sort_by_key(by_order);
            expected.sort_by_key(by_order);
            assert!(told.len() > 500, "too few to mean anything: {}", told.len());
            if let Some(at) = (0..told.len()).find(|&at| expected.get(at) != Some(&told[at])) {
                let (told, expected) = (told[at], expected.get(at));
                panic!("{latency:?}, {fill:?}: report {at}\n{told:?}\n{expected:?}");
            }
        }
    }
}

fn is_fill(record: &Record) -> bool {
    matches!(record, Record::Event(event)
        if matches!(event.body(), Body::ExecutionReport(r) if r.exec == ExecType::Trade))
}

fn is_timer(record: &Record) -> bool {
    matches!(record, Record::Event(event) if event.kind() == EventKind::Timer)
}

fn is_abstention(record: &Record) -> bool {
    matches!(record, Record::Decision(decision) if decision.action == Action::Abstain)
}

/// What an abstention could break: a verdict that answers it, an order id that it takes away.
#[test]
fn an_abstention_leaves_nothing_but_its_record() {
    let records = play(21, latencies()[0], FillModel::Partial, Topology::Fused);
    let mut last_index = [0; SLOTS];
    let mut after_abstention = false;
    for record in &records {
        match record {
            Record::Decision(decision) => {
                after_abstention = decision.action == Action::Abstain;
                if after_abstention {
                    assert_eq!(decision.order, OrderId::NONE);
                    assert!(decision.qty.is_positive() && decision.check().is_ok());
                } else if decision.action == Action::Submit {
                    let last = &mut last_index[decision.slot.index()];
                    assert_eq!(decision.order.index(), *last + 1, "ids have no holes");
                    *last += 1;
                }
            }
            Record::Verdict(_) | Record::Order(_) | Record::Slot(_) => {
                assert!(!after_abstention, "{record:?} answers an abstention");
            }
            Record::Event(_) => after_abstention = false,
        }
    }
}

#[test]
fn time_never_runs_backwards_and_numbers_have_no_holes() {
    for (round, latency) in latencies().into_iter().enumerate() {
        let records = play(7 + round as u64, latency, FillModel::Partial, Topology::Fused);
        let (mut seq, mut time) = (0, Nanos::MIN);
        for record in &records {
            if let Record::Event(event) = record {
                assert_eq!(event.seq(), seq + 1);
                assert!(event.time() >= time);
                (seq, time) = (event.seq(), event.time());
            } else {
                assert_eq!(record.seq(), seq, "what an event causes carries its number");
            }
        }
    }
}

#[test]
fn money_is_conserved_to_the_last_unit_after_every_event() {
    for (round, latency) in latencies().into_iter().enumerate() {
        let records = play(99 + round as u64, latency, FillModel::Partial, Topology::Fused);
        let table = instruments();
        let mut ledger = Ledger::new(&table, SLOTS, &capital());
        // The other book-keeper: plain sums over fills, no positions, no averages.
        let mut cash = [Notional::from_int(100_000).raw(); SLOTS];
        let mut held = [[0_i128; 2]; SLOTS];
        for record in &records {
            let Record::Event(event) = record else { continue };
            ledger.apply(event).unwrap();
            let id = event.instrument().index();
            match event.body() {
                Body::ExecutionReport(r)
                    if r.exec == ExecType::Trade && !r.order.account().is_house() =>
                {
                    let slot = r.order.account().slot().index();
                    let qty = i128::from(r.last_qty.raw()) * i128::from(r.side.sign());
                    cash[slot] -= qty * i128::from(r.last_price.raw());
                    cash[slot] -= i128::from(r.fee) * 1_000_000_000;
                    held[slot][id] += qty;
                }
                Body::Settlement(settlement) => {
                    for slot in 0..SLOTS {
                        cash[slot] += held[slot][id] * i128::from(settlement.value.raw());
                        held[slot][id] = 0;
                    }
                }
                _ => {}
            }
            ledger.check().unwrap();
        }
        for slot in 0..SLOTS {
            let account = Account::shadow(SlotId(slot as u16));
            let books = ledger.account(account).unwrap();
            assert_eq!(books.balances()[0].cash.raw(), cash[slot]);
            for (id, position) in books.positions().iter().enumerate() {
                assert_eq!(i128::from(position.qty.raw()), held[slot][id]);
            }
        }
    }
}

#[test]
fn a_halt_stops_entries_and_empties_the_venue() {
    let latency = latencies()[0];
    let records = play(5, latency, FillModel::Partial, Topology::Fused);
    let mut live = std::collections::BTreeSet::new();
    let mut emptied = false;
    for record in &records {
        match record {
            Record::Order(order) if !order.is_cancel() => {
                assert!(!(700..900).contains(&order.seq), "sent while halted: {order:?}");
                live.insert(order.id);
            }
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && report.is_final
                {
                    live.remove(&report.order);
                }
                emptied |= (700..900).contains(&event.seq()) && live.is_empty();
            }
            _ => {}
        }
    }
    assert!(emptied, "orders survived the halt");
}

/// A tape that is played while somebody sends halts: each comes at the worst moment, when the
/// sequencer has just looked ahead.
struct Interrupted {
    tape: Holed,
    outlet: CommandOutlet,
    dice: Dice,
    next: CommandCode,
}

impl Source for Interrupted {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        while self.outlet.accepted().is_some() {}
        if self.dice.below(20) == 0 {
            let code = self.next;
            let command = Command { code, uid: 1, pid: 2, slot: 0, value: 0 };
            let notes: Vec<Note> =
                Note::split(NotePurpose::Reason, "at the worst moment").collect();
            let _ = self.outlet.send(&notes, &[command]);
            self.next =
                if code == CommandCode::Halt { CommandCode::Resume } else { CommandCode::Halt };
        }
        self.tape.peek()
    }
    fn take(&mut self) {
        self.tape.take();
    }
    fn resumes(&self) -> bool {
        self.tape.resumes()
    }
}

/// Was: a command kept the time of the last input, though the venue had been promised that nothing
/// would come before the next; the halt's cancels then arrived in the venue's past, and a replay
/// took them in another order.
#[test]
fn commands_that_come_at_any_moment_come_again_in_the_replay() {
    for (round, latency) in latencies().into_iter().enumerate().skip(1).take(2) {
        for repeat in 0..3 {
            let seed = 40 + 10 * round as u64 + repeat;
            let (outlet, inbox) = command_ring(8);
            let dice = Dice(seed);
            let tape = Interrupted { tape: holed(seed), outlet, dice, next: CommandCode::Halt };
            // At a pace, so that a command can come while an event waits for its moment.
            let pace = Pace::Times { factor: 100.0, idle_max: Nanos::from_secs(1) };
            let (fill, inbox) = (FillModel::Partial, Commands::Ring(inbox));
            let live = run(seed, latency, fill, Topology::Fused, tape, inbox, pace);
            let of_kinds = |kinds: &[EventKind]| -> Vec<Event> {
                live.iter()
                    .filter_map(|record| match record {
                        Record::Event(event) if kinds.contains(&event.kind()) => Some(*event),
                        _ => None,
                    })
                    .collect()
            };
            let commands = of_kinds(&[EventKind::Command]).len();
            assert!(commands > 20, "{commands}");
            let own = of_kinds(&[EventKind::Command, EventKind::Note, EventKind::Timer]);
            for topology in topologies() {
                let script = Commands::Scripted(Scripted::recorded(&own));
                // The timers come from the record: it does not matter that nobody knows the holes.
                let tape = holed(seed).into_events();
                let replayed = run(seed, latency, fill, topology, tape, script, Pace::Max);
                let first = live.iter().zip(&replayed).position(|(a, b)| a != b);
                if let Some(at) = first {
                    panic!(
                        "{topology:?}, {latency:?}, seed {seed}: record {at} differs\n{:#?}\n{:#?}",
                        live[at], replayed[at]
                    );
                }
                assert_eq!(live.len(), replayed.len(), "{topology:?}, {latency:?}, seed {seed}");
            }
        }
    }
}
