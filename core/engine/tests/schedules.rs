//! What a slot on a schedule sees and when, and what it does not change for the others.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod on_timers;
mod random_market;

use on_timers::{HOLE, Holed, daily, every};
use random_market::{Dice, Records, fused, tape};
use royale_engine::feed::{Commands, Missed, Pace, SETTLE, Schedule, Source, command_ring};
use royale_engine::sim::{LatencyModel, SimParameters};
use royale_engine::topology::Engine;
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Buys or sells on what it sees, and says what it saw.
struct Witness {
    dice: Dice,
    saw: Sender<(SlotId, Event, Option<Price>)>,
    slot: SlotId,
}

impl Strategy for Witness {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let last = context.market(InstrumentId(1)).and_then(|view| view.mid());
        let _ = self.saw.send((self.slot, *event, last));
        if last.is_some() && event.is_last() && self.dice.below(4) == 0 {
            context.submit(&Intent {
                instrument: InstrumentId(1),
                side: if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell },
                ord_type: OrdType::Market,
                time_in_force: TimeInForce::ImmediateOrCancel,
                price: Price::ZERO,
                qty: "0.0005".parse().unwrap(),
                confidence: 0.5,
                regime: Regime::Unknown,
                reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
            });
        }
    }
}

type Sightings = Vec<(SlotId, Event, Option<Price>)>;

/// Runs slots with these schedules; what was recorded, and what each slot saw.
fn run<T: Source + Send>(schedules: Vec<Option<Schedule>>, tape: T) -> (Vec<Record>, Sightings) {
    let (saw, sightings) = channel();
    let records = run_at(Pace::Max, Commands::None, schedules, tape, &saw);
    drop(saw);
    (records, sightings.into_iter().collect())
}

fn run_at<T: Source + Send>(
    pace: Pace,
    commands: Commands,
    schedules: Vec<Option<Schedule>>,
    tape: T,
    saw: &Sender<(SlotId, Event, Option<Price>)>,
) -> Vec<Record> {
    let witness =
        |slot: u16| Witness { dice: Dice(u64::from(slot)), saw: saw.clone(), slot: SlotId(slot) };
    let slots = u16::try_from(schedules.len()).unwrap();
    let competitors = (0..slots).map(witness).collect();
    let plain = random_market::engine(competitors, tape, Records::default());
    let answer = LatencyModel::Constant { nanos: 5_000_000 };
    let engine = Engine {
        allocation_bp: vec![0; schedules.len()],
        simulation: SimParameters {
            feed_latency: LatencyModel::Constant { nanos: 0 },
            order_latency: answer,
            response_latency: answer,
            ..plain.simulation
        },
        commands,
        schedules,
        epochs: None,
        pace,
        ..plain
    };
    let outcome = engine.run(&fused()).unwrap();
    assert_eq!(outcome.feed.error, None);
    outcome.order.recorder.0
}

/// Time of the input and due time of each timer of a slot, in milliseconds.
fn timers(records: &[Record], slot: u64) -> Vec<(i64, i64)> {
    let millis = |time: Nanos| time.raw() / 1_000_000;
    let timer = |record: &Record| match record {
        Record::Event(event) => match event.body() {
            Body::Timer(timer) if timer.id == slot => {
                Some((millis(event.time()), millis(timer.due)))
            }
            _ => None,
        },
        _ => None,
    };
    records.iter().filter_map(timer).collect()
}

/// A print of the spot, seen at each of these milliseconds: the shortest latency is a nanosecond.
fn prints(millis: &[i64]) -> std::collections::VecDeque<Event> {
    let print = |&millis: &i64| {
        let time = Nanos::from_raw(millis * 1_000_000 - 1);
        let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument: InstrumentId(1) };
        let (price, qty) = (Price::from_int(millis), Qty::ZERO);
        let trade = Trade { price, qty, trade_id: 0, aggressor: None };
        Event::new(stamp, Body::Trade(trade), EventFlags::LAST)
    };
    millis.iter().map(print).collect()
}

#[test]
fn a_slot_on_a_schedule_sees_its_own_timers_and_reports_and_no_market() {
    let schedules = vec![None, every(70, Missed::Skip), every(110, Missed::Skip), None];
    let (records, sightings) = run(schedules, tape(5, 3_000));
    for (slot, event, _) in &sightings {
        let own_report = event.account() == Some(Account::shadow(*slot));
        let own_timer = matches!(event.body(), Body::Timer(t) if t.id == u64::from(slot.0));
        let scheduled = [1, 2].contains(&slot.0);
        match event.kind() {
            EventKind::ExecutionReport => assert!(own_report, "{slot:?} {event:?}"),
            EventKind::Timer => assert!(scheduled && own_timer, "{slot:?} {event:?}"),
            EventKind::Settlement => {}
            _ => assert!(!scheduled, "{slot:?} {event:?}"),
        }
    }
    for slot in [1, 2] {
        let saw =
            |kind| sightings.iter().filter(move |s| s.0 == SlotId(slot) && s.1.kind() == kind);
        assert_eq!(saw(EventKind::Timer).count(), timers(&records, u64::from(slot)).len());
        assert!(
            saw(EventKind::ExecutionReport).count() > 20 && saw(EventKind::Timer).count() > 100
        );
        assert_eq!(saw(EventKind::Settlement).count(), 1);
        assert!(saw(EventKind::Timer).all(|(_, timer, _)| timer.is_last()));
    }
}

/// The market of a timer is that of just before its moment, never from within a message.
#[test]
fn a_timer_goes_before_market_events_of_its_moment_and_after_those_before() {
    let tape = || prints(&[100, 299, 300, 301, 500]);
    let (records, sightings) = run(vec![every(100, Missed::Skip), every(50, Missed::Skip)], tape());
    let order: Vec<String> = records
        .iter()
        .filter_map(|record| match record {
            Record::Event(event) => Some(match event.body() {
                Body::Trade(trade) => trade.price.to_string(),
                Body::Timer(timer) => format!("{}@{}", timer.id, timer.due.raw() / 1_000_000),
                Body::Command(_) => "stop".to_owned(),
                _ => return None,
            }),
            _ => None,
        })
        .collect();
    // What is due with the first event is nobody's, and what is due with the last one still is.
    let wanted = "100 1@150 0@200 1@200 1@250 299 0@300 1@300 300 301 1@350 0@400 1@400 1@450 \
                  0@500 1@500 500 stop";
    assert_eq!(order.join(" "), wanted);
    let due = |millis| Body::Timer(Timer { id: 0, due: Nanos::from_millis(millis) });
    let at_300 = sightings.iter().find(|(_, event, _)| event.body() == due(300)).unwrap();
    assert_eq!(at_300.2, Some(Price::from_int(299)), "the market of just before");
}

#[test]
fn missed_runs_are_left_out_made_once_or_made_all() {
    // A hole from 400 ms to 6 s; then prints go on for six seconds.
    let tape = || Holed::new(prints(&[100, 400, 1_000, 1_500, 2_500, 7_000]), &[2]);
    let lost = HOLE.raw() / 1_000_000;
    let (back, settled) = (1_000 + lost, 1_000 + lost + SETTLE.raw() / 1_000_000);
    let of = |schedule| timers(&run(vec![schedule], tape()).0, 0);
    let punctual = |due: i64| (due, due);

    let skip = of(every(1_500, Missed::Skip));
    let on_time = [6_000, 7_500, 9_000, 10_500, 12_000].map(punctual);
    assert_eq!(skip, on_time, "due at its end is not missed");
    // Due at 1.5, 3.0 and 4.5 s; from 6.0 s on somebody is there, but the older ones go first.
    assert_eq!((back, settled), (6_000, 11_000));
    assert_eq!(of(every(1_500, Missed::Once)), [(settled, 10_500), punctual(12_000)]);
    let all = (1..=7).map(|nth| (settled, nth * 1_500)).chain([punctual(12_000)]);
    assert_eq!(of(every(1_500, Missed::CatchUp)), all.collect::<Vec<_>>());

    // By the day: half past is missed, the next one is not waited for.
    for missed in [Missed::Skip, Missed::Once, Missed::CatchUp] {
        let made = of(daily([300, 3_500, 11_500], missed));
        let late = (missed != Missed::Skip).then_some((settled, 3_500));
        let wanted: Vec<_> =
            [punctual(300)].into_iter().chain(late).chain([punctual(11_500)]).collect();
        assert_eq!(made, wanted, "{missed:?}");
    }
    // Nothing was due in the hole: nothing is missed, and nothing waits.
    assert_eq!(of(daily([6_500], Missed::CatchUp)), [punctual(6_500)]);
    // A quiet stretch is no hole: somebody was there.
    let quiet = run(vec![every(1_000, Missed::Skip)], prints(&[500, 5_500])).0;
    assert_eq!(timers(&quiet, 0), [1_000, 2_000, 3_000, 4_000, 5_000].map(punctual));
}

#[test]
fn missed_runs_of_several_slots_are_made_in_the_order_in_which_they_were_due() {
    let tape = Holed::new(prints(&[100, 1_000, 7_000]), &[1]);
    let slots = vec![every(2_000, Missed::CatchUp), every(3_000, Missed::CatchUp)];
    let (records, _) = run(slots, tape);
    let due = |record: &Record| match record {
        Record::Event(event) => match event.body() {
            Body::Timer(timer) => Some((timer.id, timer.due.raw() / 1_000_000_000)),
            _ => None,
        },
        _ => None,
    };
    let made: Vec<_> = records.iter().filter_map(due).collect();
    let wanted =
        [[(0, 2), (1, 3), (0, 4), (0, 6), (1, 6)], [(0, 8), (1, 9), (0, 10), (0, 12), (1, 12)]];
    assert_eq!(made, wanted.concat());
}

/// Two holes, the second before the first one's runs were made: they are still made, once.
#[test]
fn a_hole_behind_a_hole_loses_no_run() {
    let tape = || Holed::new(prints(&[100, 1_000, 1_200, 1_300, 8_000]), &[1, 3]);
    let of = |missed| timers(&run(vec![every(4_000, missed)], tape()).0, 0);
    // Back at 6.0 s, away from 6.2 s and again back at 11.3 s.
    assert_eq!(of(Missed::Once), [(16_300, 16_000)]);
    assert_eq!(of(Missed::CatchUp), [4_000, 8_000, 12_000, 16_000].map(|due| (16_300, due)));
}

#[test]
fn a_scheduled_slot_changes_nothing_for_the_others() {
    let of_others = |schedules| {
        let (records, _) = run(schedules, tape(9, 3_000));
        let report = |record: &Record| match record {
            Record::Event(event) if event.account().is_some_and(|a| a.slot().0 < 2) => {
                // Sequence numbers count the timers too; nothing else may differ.
                Some(event.sequenced(0, event.time()))
            }
            _ => None,
        };
        records.iter().filter_map(report).collect::<Vec<_>>()
    };
    let alone = of_others(vec![None, None]);
    let fills = |events: &[Event]| {
        let is_fill = |event: &&Event| matches!(event.body(), Body::ExecutionReport(r) if r.exec == ExecType::Trade);
        events.iter().filter(is_fill).count()
    };
    assert!(fills(&alone) > 50, "{}", fills(&alone));
    assert!(of_others(vec![None, None, every(70, Missed::Skip)]) == alone);
}

/// Was feared: a timer that falls into a quiet stretch goes with the next print, hours later.
#[test]
fn at_a_pace_a_timer_does_not_wait_for_the_market() {
    // The next print is due in three hours of real time.
    let tape = prints(&[100, 11_000_000_000]);
    let pace = Pace::Times { factor: 1_000.0, idle_max: Nanos::MAX };
    let (saw, sightings) = channel();
    let (mut outlet, inbox) = command_ring(1);
    let patience = std::thread::spawn(move || {
        let is_timer = |event: &Event| event.kind() == EventKind::Timer;
        let timeout = Duration::from_secs(20);
        let mut seen = std::iter::from_fn(|| sightings.recv_timeout(timeout).ok());
        let seen = seen.find(|(_, event, _)| is_timer(event));
        let stop = Command { code: CommandCode::Stop, uid: 1, pid: 2, slot: 0, value: 0 };
        outlet.send(&[], &[stop]).unwrap();
        seen.is_some()
    });
    let schedules = vec![every(1_000, Missed::Skip)];
    let records = run_at(pace, Commands::Ring(inbox), schedules, tape, &saw);
    assert!(patience.join().unwrap(), "no timer came");
    assert_eq!(timers(&records, 0)[0], (1_000, 1_000));
}
