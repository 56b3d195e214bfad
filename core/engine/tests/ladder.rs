//! No slot on the shadow tier ever moves the house's money: whatever the market does, whoever trades,
//! and whatever is commanded.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod random_market;

use proptest::prelude::*;
use random_market::{Dice, Records, fused};
use royale_engine::feed::{Commands, Scripted};
use royale_engine::ledger::Ledger;
use royale_engine::link::Wait;
use royale_engine::risk::RiskLimits;
use royale_engine::topology::{Engine, Placement, Topology};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const SLOTS: u16 = 4;

/// Trades both sides, at the market and resting, small and large, and calls orders back.
struct Restless(Dice);

impl Strategy for Restless {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if !event.is_last() || self.0.below(6) > 0 {
            return;
        }
        if self.0.below(4) == 0
            && let Some(oldest) = context.open_orders().first().copied()
        {
            context.cancel(oldest.id, &Reasons::new());
        }
        let Some(mid) = context.market(InstrumentId(0)).and_then(|view| view.mid()) else { return };
        let side = if self.0.below(2) == 0 { Side::Buy } else { Side::Sell };
        let rests = self.0.below(2) == 0;
        let away = Price::from_raw(10_000_000 * side.sign() * if rests { 2 } else { -4 });
        context.submit(&Intent {
            instrument: InstrumentId(0),
            side,
            ord_type: OrdType::Limit,
            time_in_force: if rests {
                TimeInForce::GoodTillCancel
            } else {
                TimeInForce::ImmediateOrCancel
            },
            price: mid.saturating_sub(away).floor_to("0.01".parse().unwrap()),
            qty: Qty::from_int(1 + self.0.below(30)),
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
        });
    }
}

/// A market that wanders, always has two sides, and settles in the end.
fn tape(seed: u64) -> VecDeque<Event> {
    let mut dice = Dice(seed);
    let (mut bid, mut time) = (50, Nanos::from_secs(1));
    let cents = |cents: i64| Price::from_raw(cents * 10_000_000);
    let mut events: VecDeque<Event> = (0..1_200)
        .map(|_| {
            bid = (bid + dice.below(5) - 2).clamp(10, 85);
            time = time.plus(Nanos::from_raw(dice.below(20_000_000)));
            let (bid_qty, ask_qty) =
                (Qty::from_int(1 + dice.below(40)), Qty::from_int(1 + dice.below(40)));
            let ask = cents(bid + 1 + dice.below(4));
            let body = Body::Quote(Quote { bid: cents(bid), bid_qty, ask, ask_qty });
            event(time, body)
        })
        .collect();
    events.push_back(event(time, Body::Settlement(Settlement { value: Price::ONE })));
    events
}

fn event(time: Nanos, body: Body) -> Event {
    let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
    Event::new(stamp, body, EventFlags::LAST)
}

fn play(seed: u64, tiers: &[Tier], commands: &[(Seq, Command)], topology: Topology) -> Vec<Record> {
    let competitors = (0..SLOTS).map(|slot| Restless(Dice(seed ^ u64::from(slot) << 40))).collect();
    let tape = tape(seed);
    let plain = random_market::engine(competitors, tape, Records::default());
    let engine = Engine {
        allocation_bp: vec![2_500; usize::from(SLOTS)],
        tiers: tiers.to_vec(),
        commands: Commands::Scripted(Scripted::new(commands.iter().copied())),
        limits: RiskLimits {
            order_notional_max: Notional::from_int(10_000),
            position_notional_max: Notional::from_int(10_000),
            house_position_notional_max: Notional::from_int(10_000),
            price_collar_bps: 9_000,
            price_collar_ticks: 50,
            ..plain.limits
        },
        ..plain
    };
    let placement = match topology {
        Topology::Fused => fused(),
        topology => Placement { topology, wait: Wait::Yield, cpus: vec![] },
    };
    let outcome = engine.run(&placement).unwrap();
    assert_eq!(outcome.feed.error, None);
    outcome.order.recorder.0
}

/// True for a position that is no larger than before, and on the same side.
fn is_smaller(after: i64, before: i64) -> bool {
    after.abs() <= before.abs() && after.signum() * before.signum() >= 0
}

/// Holds a run against the rule, record by record, with books of its own.
fn check(records: &[Record], tiers: &[Tier]) -> Result<u32, TestCaseError> {
    let plain = random_market::engine(Vec::<Restless>::new(), Vec::<Event>::new(), ());
    let capital = plain.capital;
    let mut books = Ledger::new(&plain.instruments, usize::from(SLOTS), &capital);
    let mut tiers = tiers.to_vec();
    // What the gate has let out for the house: side, and what could still fill.
    let mut out: BTreeMap<OrderId, (Side, Qty)> = BTreeMap::new();
    // What was called back may fill until its cancel arrives.
    let mut called_back: BTreeSet<OrderId> = BTreeSet::new();
    let (mut closings, mut is_settled) = (0, false);
    for record in records {
        match record {
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && report.order.account().is_house()
                {
                    let slot = report.order.account().slot();
                    let held = books.position(report.order.account(), event.instrument()).qty;
                    if report.exec == ExecType::Trade && !tiers[slot.index()].may_hold() {
                        let after = held.raw() + report.last_qty.raw() * report.side.sign();
                        let smaller = is_smaller(after, held.raw());
                        // Nothing but what was under way when the slot was relegated, or when that
                        // filled on its way back.
                        let is_racing = called_back.iter().any(|id| {
                            id.account() == report.order.account() && out.contains_key(id)
                        });
                        // A fill of before the settlement may be heard of after it.
                        prop_assert!(smaller || is_racing || is_settled, "{event:?}");
                        closings += u32::from(smaller);
                    }
                    if report.exec == ExecType::Trade
                        && let Some((_, left)) = out.get_mut(&report.order)
                    {
                        *left = left.saturating_sub(report.last_qty);
                    }
                    if report.is_final {
                        out.remove(&report.order);
                    }
                }
                books.apply(event).unwrap();
                if let Body::Command(command) = event.body()
                    && command.code == CommandCode::Tier
                {
                    tiers[usize::from(command.slot)] = Tier::from_number(command.value).unwrap();
                }
            }
            Record::Order(order) if order.id.account().is_house() => {
                let account = order.id.account();
                let held = books.position(account, order.instrument).qty;
                if order.is_cancel() {
                    called_back.insert(order.id);
                    continue;
                }
                if !tiers[account.slot().index()].may_hold() {
                    let same = out
                        .iter()
                        .filter(|(id, (side, _))| id.account() == account && *side == order.side);
                    let pending: i64 = same.map(|(_, (_, left))| left.raw()).sum();
                    let worst = held.raw() + (pending + order.qty.raw()) * order.side.sign();
                    prop_assert!(is_smaller(worst, held.raw()));
                }
                out.insert(order.id, (order.side, order.qty));
            }
            _ => {}
        }
        // After its settlement nothing can fill.
        is_settled |=
            matches!(record, Record::Event(event) if event.kind() == EventKind::Settlement);
        // What is out for a shadow slot only makes its position smaller, or is on its way back.
        if !is_settled && matches!(record, Record::Decision(_) | Record::Verdict(_)) {
            for (id, (side, left)) in &out {
                let account = id.account();
                if tiers[account.slot().index()].may_hold() || called_back.contains(id) {
                    continue;
                }
                let held = books.position(account, InstrumentId(0)).qty.raw();
                let could = side.sign() * held < 0 && left.raw() > 0;
                prop_assert!(
                    could || left.is_zero(),
                    "{id:?} rests for a shadow slot, which holds {held}: {record:?}"
                );
            }
        }
    }
    Ok(closings)
}

fn commands(rolls: &[(u64, u16, u8)]) -> Vec<(Seq, Command)> {
    let mut at = 10;
    let of_roll = |&(wait, slot, what): &(u64, u16, u8)| {
        at += 1 + wait;
        let (code, value) = match what {
            0..5 => (CommandCode::Tier, i64::from(what % 3)),
            5 => (CommandCode::Allocate, 5_000),
            6 => (CommandCode::Allocate, 0),
            _ => (CommandCode::Allocate, i64::MAX),
        };
        (at, Command { code, uid: 1, pid: 2, slot: slot % SLOTS, value })
    };
    rolls.iter().map(of_roll).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn whatever_is_commanded_the_house_never_opens_anything_for_a_shadow_slot(
        seed: u64,
        tiers in prop::array::uniform4(0_i64..3),
        rolls in prop::collection::vec((0_u64..200, 0..SLOTS, 0_u8..8), 0..40),
    ) {
        let tiers = tiers.map(|number| Tier::from_number(number).unwrap());
        let records = play(seed, &tiers, &commands(&rolls), Topology::Fused);
        check(&records, &tiers)?;
    }

    /// A slot that is on the shadow tier from beginning to end leaves no trace on the house.
    #[test]
    fn a_shadow_slot_might_as_well_not_be_there(seed: u64, share in 0_i64..10_000) {
        let tiers = [Tier::Shadow, Tier::Paper, Tier::Paper, Tier::Paper];
        let give = Command { code: CommandCode::Allocate, uid: 1, pid: 2, slot: 0, value: share };
        let records = play(seed, &tiers, &[(50, give)], Topology::Fused);
        let house = Account::house(SlotId(0));
        let mut own = 0;
        for record in &records {
            match record {
                Record::Order(order) => {
                    prop_assert!(order.id.account() != house);
                    own += u32::from(order.id.account() == Account::shadow(SlotId(0)));
                }
                Record::Event(event) => {
                    if let Body::ExecutionReport(report) = event.body() {
                        prop_assert!(report.order.account() != house);
                    }
                }
                Record::Verdict(verdict) if verdict.order.account() == house => {
                    prop_assert_eq!(verdict.code, RefusalCode::NoAllocation);
                }
                _ => {}
            }
        }
        prop_assert!(own > 10, "its own account trades on");
    }
}

/// The property above would hold of a run in which a relegated slot never closes anything.
#[test]
fn a_relegated_slot_is_followed_home_on_every_layout_of_threads() {
    let tiers = [Tier::Paper; SLOTS as usize];
    let relegate = |slot| Command { code: CommandCode::Tier, uid: 1, pid: 2, slot, value: 0 };
    let commands: Vec<(Seq, Command)> =
        (0..SLOTS).map(|slot| (400 + 150 * u64::from(slot), relegate(slot))).collect();
    let fused = play(9, &tiers, &commands, Topology::Fused);
    assert!(check(&fused, &tiers).unwrap() > 3);
    let back = fused.iter().filter(|record| match record {
        Record::Order(order) => order.is_cancel() && commands.iter().any(|one| one.0 == order.seq),
        _ => false,
    });
    assert!(back.count() > 3, "orders that would open something come back at once");
    for topology in [Topology::Split2, Topology::Pinned4] {
        assert!(play(9, &tiers, &commands, topology) == fused, "{topology:?}");
    }
}
