//! Slots on timers from the configuration to the journal, and back in a replay.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, KALSHI, NEXT, cut, slot};
use royale_journal::{Reader, Record, Writer};
use royale_model::{Body, Event, EventFlags, EventKind, InstrumentId, Nanos, Stamp, Timer};

/// Two sessions with half an hour between them; slots on events and on timers, of each policy.
fn desk() -> Desk {
    let (preamble, events) = cut(KALSHI, 60_000);
    let desk = Desk::playing(&preamble, &events);
    let (preamble, events) = cut(NEXT, 15_000);
    royale_journal::write_tape(&desk.path("next.tape"), &preamble, &events).unwrap();
    desk.write("battle.toml", &config(""));
    desk
}

/// `more` comes behind the slot that catches up.
fn config(more: &str) -> String {
    let timers = |schedule: &str, zone: &str, missed: &str| {
        format!("schedule = \"{schedule}\"\ntimezone = \"{zone}\"\nmissed = \"{missed}\"\n")
    };
    let mut text = "schema_version = 1\n[run]\nname = \"test\"\nspeed = \"max\"\n\
                    topology = \"fused\"\ntapes = [\"short.tape\", \"next.tape\"]\n\
                    [journal]\nsegment_mib = 1\n"
        .to_owned();
    text += &slot("maker", "market-maker", 2_000, "");
    text += &slot("fair", "fair-value", 2_000, "margin = 0.0");
    text += &timers("every 20s", "America/New_York", "skip");
    text += &slot("drift", "trend", 2_000, "entry = 0.2, slow_s = 61");
    text += &timers("every 10s", "Australia/Lord_Howe", "once");
    text += &slot("bands", "mean-reversion", 2_000, "z_entry = 0.5, rsi_low = 50.0");
    text += &timers("every 20s", "UTC", "catch-up");
    text + more
}

fn timers(records: &[Record]) -> Vec<(u64, Nanos, Nanos)> {
    let timer = |record: &Record| match record {
        Record::Event(event) => match event.body() {
            Body::Timer(timer) => Some((timer.id, timer.due, event.time())),
            _ => None,
        },
        _ => None,
    };
    records.iter().filter_map(timer).collect()
}

#[test]
fn timers_are_the_same_in_every_topology_and_in_the_replay() {
    let desk = desk();
    desk.run("fused", &[]).with(0, &[]);
    let records = desk.records("fused");
    let of = |slot| timers(&records).into_iter().filter(move |(id, ..)| *id == slot);
    let late = |slot| of(slot).filter(|(_, due, time)| due != time).count();
    assert_eq!(of(0).count(), 0, "a slot on events has no timers");
    assert!((1..=3).all(|slot| of(slot).count() > 8), "{:?}", timers(&records));
    // Half an hour and more was lost between the sessions.
    assert_eq!((late(1), late(2)), (0, 1));
    assert!(late(3) > 20, "{}", late(3));
    for slot in 1..=3 {
        let decided = |record: &&Record| matches!(record, Record::Decision(d) if d.slot.0 == slot);
        assert!(records.iter().filter(decided).count() > 0, "slot {slot} stood idle");
    }
    let fused = desk.journal("fused");
    for (out, topology) in [("split2", "split2"), ("pinned4", "pinned4"), ("sharded", "sharded")] {
        desk.run(out, &[&format!("run.topology={topology}")]).with(0, &[]);
        assert!(desk.journal(out) == fused, "{topology}");
    }
    desk.run("paced", &["run.speed=20000x", "run.max_idle_gap_ms=100"]).with(0, &[]);
    assert!(desk.journal("paced") == fused, "at a pace");
    desk.replay("fused").with(0, &[]);
}

#[test]
fn a_journal_with_timers_that_is_cut_short_between_commands_is_rebuilt() {
    let desk = desk();
    for round in 0..4 {
        let out = format!("out{round}");
        let topology = if round % 2 == 0 { "run.topology=fused" } else { "run.topology=pinned4" };
        let run = desk.start(&out, &["run.speed=300x", "run.max_idle_gap_ms=300", topology]);
        let mut client = run.client();
        for _ in 0..4 {
            client.command(desk::halt());
            client.command(desk::resume());
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        run.reach(3_000 + 1_000 * round);
        run.signal("KILL");
        assert_eq!(run.end().signal, Some(9));
        assert!(timers(&desk.records(&out)).len() > 3);
        desk.replay(&out).with(0, &[]);
    }
}

/// Replay takes the places of timers from the journal: what it cannot find by comparing it has to ask.
#[test]
fn a_timer_that_no_schedule_has_is_found_by_the_replay() {
    let desk = desk();
    desk.run("out", &[]).with(0, &[]);
    let records = desk.records("out");
    let reader = Reader::open(&desk.path("out/journal")).unwrap();
    let forge = |out: &str, slot: u64, later: i64| {
        let mut forged = 0;
        let options = royale_journal::Options::default();
        let mut writer = Writer::create(&desk.path(out), reader.preamble(), options).unwrap();
        for &record in &records {
            match record {
                Record::Event(event) => match event.body() {
                    Body::Timer(timer) if timer.id == 3 && forged == 0 => {
                        forged += 1;
                        writer.event(&moved(&event, slot, later));
                    }
                    _ => writer.event(&event),
                },
                Record::Decision(decision) => writer.decision(&decision),
                Record::Verdict(verdict) => writer.verdict(&verdict),
                Record::Order(order) => writer.order(&order),
                Record::Slot(change) => writer.slot(&change),
            }
        }
        writer.finish().unwrap();
        desk.replay(out)
    };
    forge("same", 3, 0).with(0, &[]);
    forge("between", 3, -1).with(8, &["no schedule has a timer 3 that is due at"]);
    forge("ahead", 3, 60_000_000_000).with(8, &["no schedule has a timer 3"]);
    forge("nobody", 0, 0).with(8, &["no schedule has a timer 0"]);
    forge("beyond", u64::MAX, 0).with(8, &["no schedule has a timer"]);
}

/// The timer for another slot, or due so much later.
fn moved(event: &Event, slot: u64, later: i64) -> Event {
    let Body::Timer(timer) = event.body() else { panic!("no timer") };
    let (seq, time, instrument) = (event.seq(), event.time(), InstrumentId::NONE);
    let stamp = Stamp { seq, time, venue_time: Nanos::ZERO, instrument };
    let due = Nanos::from_raw(timer.due.raw() + later);
    Event::new(stamp, Body::Timer(Timer { id: slot, due }), EventFlags::LAST)
}

#[test]
fn a_strategy_that_cannot_run_on_timers_is_refused_before_anything_is_written() {
    let desk = desk();
    let quarter = "schedule = \"every 15m\"\n";
    let slots =
        slot("one", "imbalance", 10, "") + quarter + &slot("two", "trend", 10, "") + quarter;
    desk.write("battle.toml", &config(&slots));
    let named =
        ["slot `one`: `imbalance` cannot run on this schedule", "slot `two`: `trend`", "fast_s"];
    let before = desk.listing();
    desk.run("out", &[]).with(5, &named);
    assert_eq!(desk.listing(), before);
}

#[test]
fn a_tape_that_holds_a_timer_is_refused() {
    let (preamble, mut events) = cut(KALSHI, 100);
    let stamp = Stamp {
        seq: 0,
        time: events[99].time(),
        venue_time: Nanos::ZERO,
        instrument: InstrumentId(0),
    };
    let timer = Body::Timer(Timer { id: 0, due: Nanos::ZERO });
    events.push(Event::new(stamp, timer, EventFlags::LAST));
    assert_eq!(events[100].kind(), EventKind::Timer);
    let desk = Desk::playing(&preamble, &events);
    desk.run("out", &[]).with(1, &["event 101 is a report, a command or a timer"]);
}

#[test]
fn the_status_says_when_each_slot_runs() {
    let desk = desk();
    let run = desk.start("out", &["run.speed=1x"]);
    let slots = run.client().status().slots;
    let schedules: Vec<&str> = slots.iter().map(|slot| slot.schedule.as_str()).collect();
    let wanted =
        ["", "every 20s America/New_York", "every 10s Australia/Lord_Howe", "every 20s UTC"];
    assert_eq!(schedules, wanted);
    run.client().command(desk::stop());
    run.end().with(0, &[]);
}
