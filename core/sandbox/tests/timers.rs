//! A guest in a slot on a schedule: it is called for its own timers, for what became of its orders and for
//! settlements, and for nothing else; the replay of the journal is the same journal, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;
#[path = "../../engine/tests/on_timers/mod.rs"]
mod on_timers;

use kit::random_market::{self, Dice, instruments};
use kit::{Seat, around, files, host};
use on_timers::every;
use royale_engine::feed::{Commands, Missed, Scripted, Source};
use royale_engine::link::Wait;
use royale_engine::replay::{Inputs, Past};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::{Flush, Options, Preamble, Purpose, Reader, Record, Writer};
use royale_model::*;
use royale_sandbox::Module;
use std::collections::BTreeMap;
use std::path::Path;

/// Says of every event what kind it is (as a price) and its word 1 (as a quantity): of a timer, when it
/// was due. At a timer it buys, too.
const WITNESS: &str = r#"
  (import "royale" "abstain" (func $abstain (param i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (func (export "on_event")
    ;; Instrument 0, buy, limit, good till cancel.
    (i32.store (i32.const 516) (i32.const 0x00010201))
    (i64.store (i32.const 520) (i64.load8_u (i32.const 92)))
    (i64.store (i32.const 528) (i64.load (i32.const 104)))
    (drop (call $abstain (i32.const 512)))
    (if (i32.eq (i32.load8_u (i32.const 92)) (i32.const 10)) (then
      ;; Instrument 1, buy, at the market, immediate or cancel, 0.0005.
      (i32.store (i32.const 768) (i32.const 1))
      (i32.store (i32.const 772) (i32.const 0x00030101))
      (i64.store (i32.const 784) (i64.const 500000))
      (drop (call $submit (i32.const 768))))))"#;

/// The guest twice on timers, once on every event, and a native neighbour.
const SLOTS: usize = 4;
const ON_EVENTS: u16 = 2;
const TIMER: i64 = 10;

fn play<T: Source + Send>(
    tape: T,
    commands: Commands,
    topology: Topology,
    module: &Module,
    into: &Path,
) {
    let table = instruments();
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: table.clone(),
        slots: (0..SLOTS).map(|slot| slot.to_string()).collect(),
    };
    let options = Options { flush: Flush::Lazy, segment_bytes: 16 << 20, ..Options::default() };
    let writer = Writer::create(into, &preamble, options).unwrap();
    let guest = || Seat::Stranger(Box::new(module.instantiate(&BTreeMap::new(), &table).unwrap()));
    let seats = vec![guest(), guest(), guest(), Seat::Native(Dice(5))];
    let plain = random_market::engine(seats, tape, writer);
    let engine = Engine {
        schedules: vec![every(70, Missed::Skip), every(110, Missed::Skip), None, None],
        commands,
        limits: random_market::wide(&plain.limits),
        ..plain
    };
    let placement = Placement { topology, wait: Wait::Yield, cpus: vec![] };
    let outcome = engine.run(&placement).unwrap();
    assert_eq!(outcome.feed.error, None);
    outcome.order.recorder.finish().unwrap();
}

#[test]
fn a_guest_on_a_schedule_is_called_for_its_timers_and_decides_only_then() {
    let host = host();
    let module = host.module(&around(WITNESS)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (live, again) = (folder.path().join("live"), folder.path().join("again"));
    let tape = random_market::tape(5, 3_000);
    play(tape, Commands::None, Topology::Split2, &module, &live);

    let mut reader = Reader::open(&live).unwrap();
    let records: Vec<Record> = std::iter::from_fn(|| reader.next_record().unwrap()).collect();
    let inputs: BTreeMap<Seq, Event> = records
        .iter()
        .filter_map(|record| match record {
            Record::Event(event) => Some((event.seq(), *event)),
            _ => None,
        })
        .collect();
    for slot in [0, 1] {
        let own = Account::shadow(SlotId(slot));
        // What is for the slot, by the journal.
        let is_for_it = |event: &&Event| match event.body() {
            Body::Timer(timer) => timer.id == u64::from(slot),
            Body::ExecutionReport(report) => report.order.account() == own,
            Body::Settlement(_) => true,
            _ => false,
        };
        let must: Vec<&Event> = inputs.values().filter(is_for_it).collect();
        let decided = |action| {
            let of_it = records.iter().filter_map(move |record| match record {
                Record::Decision(d) if d.slot.0 == slot && d.action == action => Some(d),
                _ => None,
            });
            of_it.collect::<Vec<_>>()
        };
        // It was called for each of them and for nothing else, and saw what it is.
        let said = decided(Action::Abstain);
        assert_eq!(said.len(), must.len(), "slot {slot}");
        let mut timers = Vec::new();
        for (said, event) in said.iter().zip(must) {
            let due = Nanos::from_raw(said.qty.raw());
            assert_eq!((said.seq, said.price.raw()), (event.seq(), event.kind() as i64));
            if let Body::Timer(timer) = event.body() {
                assert_eq!((said.price.raw(), due, event.time()), (TIMER, timer.due, due));
                timers.push(event.seq());
            }
        }
        assert!(timers.len() > 100, "slot {slot}: {} timers", timers.len());
        let bought: Vec<Seq> =
            decided(Action::Submit).iter().map(|decision| decision.seq).collect();
        assert_eq!(bought, timers, "slot {slot} decides at its timers, and at no other event");
        assert!(said.len() > 2 * timers.len(), "slot {slot} heard of its orders");
    }
    // Beside it, one on every event: it has no timers, and decides nothing.
    let of_events =
        |record: &&Record| matches!(record, Record::Decision(d) if d.slot.0 == ON_EVENTS);
    let of_events: Vec<&Record> = records.iter().filter(of_events).collect();
    assert!(of_events.len() > 100);
    let is_timer =
        |record: &&&Record| matches!(record, Record::Decision(d) if d.price.raw() == TIMER);
    assert_eq!(of_events.iter().filter(is_timer).count(), 0, "timers of others");
    let disarmed = records.iter().filter(|record| matches!(record, Record::Slot(_))).count();
    assert_eq!(disarmed, 0);
    drop(reader);

    // The timers are inputs: the replay makes none of its own.
    let past = Past::read(&live).unwrap();
    let inputs = Inputs::new(Reader::open(&live).unwrap(), past.broken_off);
    let recorded = Commands::Scripted(Scripted::recorded(&past.own));
    play(inputs, recorded, Topology::Fused, &module, &again);
    assert!(files(&live) == files(&again), "the replay is another journal");
}
