//! Strategies come and go while the run goes on: nobody misses an event or sees one twice, no order is
//! left alone, nobody else notices, and a replay does the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod aftermath;
mod random_market;
mod swap_kit;

use random_market::{Dice, life_of, tape, two_sided};
use royale_engine::strategy::{LiveOrders, OnFault, Plan};
use royale_engine::topology::Topology;
use royale_journal::Record;
use royale_model::*;
use std::num::NonZeroUsize;
use swap_kit::{Deed, Temper, command, fate, install, play, quotes, shown_to};

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
    let mut deeds: Vec<Deed> = (0..10_000)
        .map(|_| {
            at += 1 + dice.below(6).unsigned_abs();
            let slot = dice.below(i64::from(SLOTS)) as u16;
            let temper = match dice.below(8) {
                0 => Temper::Panics(1 + dice.below(40) as u32),
                1 => Temper::GivesUp(1 + dice.below(40) as u32, Fault::Fuel),
                2 => Temper::Greedy(1 + dice.below(40) as u32),
                3 => Temper::Secretive,
                4 => Temper::Stubborn,
                _ => Temper::Calm,
            };
            // Most at once: a slot between two versions takes no third.
            let some = |dice: &mut Dice| Nanos::from_millis((dice.below(12) - 9).max(0) * 20);
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
    // A script ends its run itself: resting orders are cancelled, and what is under way comes home.
    deeds.push(command(at + 2_000, CommandCode::Stop, 0));
    let length = 6_000;
    let fused = play(SLOTS, two_sided(11, length), &deeds, Topology::Fused, OnFault::Flatten);
    aftermath::happened(&fused.records, &aftermath::ANYWHERE, (deeds.len(), 5_000));

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
                let missed = || between.iter().find(|seq| !seen.contains(seq));
                assert!(between == *seen, "slot {slot} version {version} missed {:?}", missed());
            }
            checked += 1;
        }
    }
    assert!(checked > 5_000, "{checked} versions saw something");

    // No order is left alone: each ends, and what lived when a version failed was called back.
    let orders = aftermath::every_order_ends_once(&fused.records);
    let until = deeds[deeds.len() - 2].at;
    let called_back =
        aftermath::what_a_failed_version_had_resting_is_called_back(&fused.records, until);
    assert!(orders > 10_000 && called_back > 500, "{orders} orders, {called_back} called back");

    // The same in every topology.
    let shards = NonZeroUsize::new(3).unwrap();
    for topology in [Topology::Split2, Topology::Pinned4, Topology::Sharded { shards }] {
        let other = play(SLOTS, two_sided(11, length), &deeds, topology, OnFault::Flatten);
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
    assert!((1..4).all(|slot| life_of(&calm.records, slot).len() > 100));
    let crash = |at| Temper::Panics(at);
    let trap = |at| Temper::GivesUp(at, Fault::Trap);
    for wild in [mute_then(&crash), mute_then(&trap)] {
        assert!(fate(&wild, 0).iter().filter(|fate| fate.1 != Fault::None).count() > 10);
        for slot in 1..4 {
            assert_eq!(life_of(&calm.records, slot), life_of(&wild.records, slot), "slot {slot}");
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

#[test]
fn a_newcomer_does_not_end_a_quarantine() {
    let listens = Plan { shadow: SECOND, ..NOW };
    let deeds = [install(500, 0, Temper::Calm, listens), command(501, CommandCode::Quarantine, 0)];
    let play = play(2, tape(11, 3_000), &deeds, Topology::Fused, OnFault::Cancel);
    let expected = [
        (SlotEvent::Shadowing, Fault::None, 1),
        (SlotEvent::Disarmed, Fault::Quarantine, 0),
        (SlotEvent::Dismissed, Fault::Quarantine, 1),
    ];
    assert_eq!(fate(&play, 0), expected);
    assert_eq!(play.progress.slots.view(SlotId(0)).fault, Fault::Quarantine);
}
