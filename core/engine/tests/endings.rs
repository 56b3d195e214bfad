//! Strategies that misbehave at the worst moment: the run still ends, and the others do not notice.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod random_market;

use random_market::{Dice, Records, Watch, Watched, engine, fused, life_of, tape};
use royale_engine::order::OrderStageOutcome;
use royale_engine::progress::Progress;
use royale_engine::topology::Engine;
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

enum Character {
    /// Quotes now and then.
    Calm(Dice),
    /// Answers everything that it sees, its own refusals included, with as many orders as it may.
    Echo,
    /// Rests some orders, then panics.
    Panics(u32),
    /// Rests the same orders, and lives.
    Rests(u32),
}

fn rest(context: &mut Context<'_>, side: Side, price: &str) {
    context.submit(&Intent {
        instrument: InstrumentId(0),
        side,
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::GoodTillCancel,
        price: price.parse().unwrap(),
        qty: Qty::ONE,
        confidence: 0.5,
        regime: Regime::Unknown,
        reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
    });
}

impl Strategy for Character {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match self {
            Self::Calm(dice) => {
                let mid = context.market(InstrumentId(0)).and_then(|view| view.mid());
                if let Some(mid) = mid.filter(|_| event.is_last() && dice.below(10) == 0) {
                    let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let tick: Price = "0.01".parse().unwrap();
                    rest(context, side, &mid.floor_to(tick).to_string());
                }
            }
            Self::Echo => {
                for _ in 0..20 {
                    rest(context, Side::Buy, "0.99");
                }
            }
            Self::Panics(seen) | Self::Rests(seen) => {
                *seen += 1;
                let seen = *seen;
                let view = context.market(InstrumentId(0));
                let mid = view.and_then(|view| view.two_sided_mid()).filter(|_| event.is_last());
                if let Some(mid) = mid.filter(|_| (1..1_700).contains(&seen)) {
                    // Away from the touch, where nothing fills it soon.
                    let price = mid.floor_to("0.01".parse().unwrap());
                    let away: Price = "0.08".parse().unwrap();
                    rest(context, Side::Buy, &price.saturating_sub(away).to_string());
                }
                let resting = context.open_orders().iter().filter(|order| order.acknowledged);
                let resting: Vec<OrderId> = resting.map(|order| order.id).collect();
                if matches!(self, Self::Panics(_)) && seen > 200 && resting.len() > 1 {
                    // In mid-sentence: one cancel and one order are said, and must not count as sent.
                    context.cancel(resting[0], &Reasons::new());
                    rest(context, Side::Buy, "0.40");
                    panic!("planned");
                }
            }
        }
    }
}

fn run(characters: Vec<Character>) -> (Vec<Record>, OrderStageOutcome<()>, Arc<Progress>) {
    let progress = Arc::new(Progress::default());
    let plain = engine(characters, tape(11, 2_000), Records::default());
    let engine = Engine { progress: Arc::clone(&progress), ..plain };
    let outcome = engine.run(&fused()).unwrap();
    assert_eq!(outcome.feed.error, None);
    let OrderStageOutcome {
        recorder,
        illegal_reports,
        live_orders,
        untracked_orders,
        venue,
        lost_reports,
        levels_dropped,
        last_seq,
        last_time,
    } = outcome.order;
    let rest = OrderStageOutcome {
        recorder: (),
        illegal_reports,
        live_orders,
        untracked_orders,
        venue,
        lost_reports,
        levels_dropped,
        last_seq,
        last_time,
    };
    (recorder.0, rest, progress)
}

#[test]
fn a_strategy_that_answers_every_answer_cannot_keep_a_run_alive() {
    let (records, order, _) = run(vec![Character::Echo, Character::Calm(Dice(5))]);
    assert_eq!((order.live_orders, order.lost_reports), (0, 0));
    assert!(records.len() < 100_000);
    let stop = records.iter().rev().find_map(|record| match record {
        Record::Event(event) => match event.body() {
            Body::Command(command) => Some((command.code, command.pid)),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(stop, Some((CommandCode::Stop, 0)), "the sequencer ends the run itself");
}

#[test]
fn a_flood_beside_it_does_not_change_what_a_slot_sends_and_hears() {
    let alone = run(vec![Character::Calm(Dice(5)), Character::Rests(0)]).0;
    let beside = run(vec![Character::Calm(Dice(5)), Character::Echo]).0;
    assert!(life_of(&alone, 0).len() > 100);
    assert_eq!(life_of(&alone, 0), life_of(&beside, 0));
}

#[test]
fn a_panicking_strategy_leaves_no_order_behind_and_harms_nobody() {
    let calm = || Character::Calm(Dice(5));
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (records, order, progress) = run(vec![calm(), Character::Panics(0)]);
    std::panic::set_hook(quiet);
    let is_armed = |slot| progress.slots.view(SlotId(slot)).is_armed();
    assert!(!is_armed(1) && is_armed(0));
    let changes: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Slot(change) => Some((change.slot, change.event, change.fault)),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [(SlotId(1), SlotEvent::Disarmed, Fault::Panic)], "once, with its reason");
    let account = Account::shadow(SlotId(1));
    let orders: Vec<&Order> = records
        .iter()
        .filter_map(|record| match record {
            Record::Order(order) if order.id.account() == account => Some(order),
            _ => None,
        })
        .collect();
    let called_back: BTreeSet<OrderId> =
        orders.iter().filter(|order| order.is_cancel()).map(|order| order.id).collect();
    let mut live = BTreeSet::new();
    for record in &records {
        match record {
            // The first cancel says when it panicked: what lived then must be called back, all of it.
            Record::Order(order) if order.is_cancel() && called_back.contains(&order.id) => break,
            Record::Order(order) if order.id.account() == account => {
                live.insert(order.id);
            }
            Record::Event(event) => match event.body() {
                Body::ExecutionReport(report) if report.is_final => {
                    live.remove(&report.order);
                }
                _ => {}
            },
            _ => {}
        }
    }
    assert!(live.len() > 1, "nothing was left to be called back");
    assert_eq!(live, called_back);
    // Nothing is called back that was never said aloud: the order of the last sentence.
    let decisions = records.iter().filter_map(|record| match record {
        Record::Decision(decision) if decision.slot == SlotId(1) => Some(decision),
        _ => None,
    });
    let mut said = BTreeSet::new();
    for decision in decisions {
        match decision.action {
            Action::Submit => assert!(said.insert(decision.order)),
            _ => assert!(said.contains(&decision.order), "{:?} was never said", decision.order),
        }
    }
    assert_eq!(order.live_orders, 0);
    let other = run(vec![calm(), Character::Rests(0)]).0;
    assert_eq!(life_of(&records, 0), life_of(&other, 0));
}

/// A journal whose disk fails at the third order that waits for it.
#[derive(Default)]
struct DiskFails {
    asked: Cell<u32>,
}

impl Watch for DiskFails {
    fn failed(&self) -> bool {
        self.asked.get() > 2
    }
    fn may_send(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        !self.failed()
    }
}

#[test]
fn an_order_whose_record_is_not_kept_never_leaves_and_the_run_ends() {
    let progress = Arc::new(Progress::default());
    let recorder = Watched::new(DiskFails::default());
    let plain = engine(vec![Character::Rests(0)], tape(11, 2_000), recorder);
    let engine = Engine { progress: Arc::clone(&progress), ..plain };
    let outcome = engine.run(&fused()).unwrap();
    assert!(outcome.feed.error.is_some() && progress.is_broken());
    let recorder = outcome.order.recorder;
    let orders = recorder.records.0.iter().filter(|record| matches!(record, Record::Order(_)));
    // Each of them asked, and the third is on record and was not sent.
    assert_eq!(orders.count() as u32, recorder.watch.asked.get());
    assert!(recorder.watch.asked.get() > 2);
    assert_eq!(outcome.order.live_orders, 2);
}
