//! Epochs: whoever shares out the house has the same word at the same place, however slow it is.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod random_market;

use random_market::{Dice, Records, Watch, Watched, life_of, tape};
use royale_engine::feed::{CommandOutlet, Commands, Epochs, Scripted, command_ring};
use royale_engine::link::Wait;
use royale_engine::topology::{Engine, Placement, Topology};
use royale_engine::{Context, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

struct Mute;
impl Strategy for Mute {
    fn on_event(&mut self, _: &Event, _: &mut Context<'_>) {}
}

/// Tells an agent of each epoch that has ended.
struct Telling(Sender<Nanos>);

fn is_epoch(event: &Event) -> bool {
    matches!(event.body(), Body::Timer(timer) if timer.id == Timer::EPOCH)
}

impl Watch for Telling {
    fn seen(&mut self, event: &Event) {
        if is_epoch(event) {
            // An agent that is gone hears nothing.
            let _ = self.0.send(event.time());
        }
    }
}

const SLOTS: usize = 3;

/// Two commands and their reason, whose numbers say which epoch they answer.
fn speak(outlet: &mut CommandOutlet, nth: i64) {
    let allocate =
        |slot, value| Command { code: CommandCode::Allocate, uid: 1, pid: 2, slot, value };
    let notes: Vec<Note> = Note::split(NotePurpose::Reason, "it earned it").collect();
    while outlet.accepted().is_some() {}
    outlet.send(&notes, &[allocate(0, nth), allocate(1, 2 * nth)]).unwrap();
}

fn play(
    topology: Topology,
    patience: Duration,
    agent: impl FnOnce(Receiver<Nanos>, CommandOutlet) + Send,
) -> Vec<Record> {
    let (epochs, ended) = channel();
    let (outlet, inbox) = command_ring(64);
    let recorder = Watched::new(Telling(epochs));
    let plain =
        random_market::engine((0..SLOTS).map(|_| Mute).collect(), tape(17, 2_000), recorder);
    let engine = Engine {
        commands: Commands::Ring(inbox),
        epochs: Some(Epochs { every: Nanos::from_secs(1), patience }),
        ..plain
    };
    std::thread::scope(|scope| {
        scope.spawn(move || agent(ended, outlet));
        let placement = Placement { topology, wait: Wait::Park, cpus: vec![] };
        let outcome = engine.run(&placement).unwrap();
        assert_eq!(outcome.feed.error, None);
        outcome.order.recorder.records.0
    })
}

/// Epochs, notes and allocations, in their order: (what, time).
fn said(records: &[Record]) -> Vec<(String, Nanos)> {
    let event = |record: &Record| match record {
        Record::Event(event) => match event.body() {
            Body::Timer(_) if is_epoch(event) => Some(("epoch".to_owned(), event.time())),
            Body::Note(_) => Some(("note".to_owned(), event.time())),
            Body::Command(command) if command.code == CommandCode::Allocate => {
                Some((format!("{}={}", command.slot, command.value), event.time()))
            }
            _ => None,
        },
        _ => None,
    };
    records.iter().filter_map(event).collect()
}

#[test]
fn time_stands_still_until_the_agent_has_spoken() {
    let slow = |seed| {
        move |ended: Receiver<Nanos>, mut outlet: CommandOutlet| {
            let mut dice = Dice(seed);
            for (nth, _) in ended.into_iter().enumerate() {
                std::thread::sleep(Duration::from_micros(dice.below(3_000) as u64));
                speak(&mut outlet, nth as i64 + 1);
            }
        }
    };
    let topologies = [
        Topology::Fused,
        Topology::Split2,
        Topology::Pinned4,
        Topology::Sharded { shards: NonZeroUsize::new(2).unwrap() },
    ];
    let patience = Duration::from_secs(60);
    let first = play(Topology::Fused, patience, slow(1));
    let words = said(&first);
    assert!(words.len() > 50, "{}", words.len());
    for (nth, epoch) in words.chunks(4).enumerate() {
        let (what, times): (Vec<&str>, Vec<Nanos>) =
            epoch.iter().map(|(what, time)| (what.as_str(), *time)).unzip();
        let (one, two) = (format!("0={}", nth + 1), format!("1={}", 2 * (nth + 1)));
        assert_eq!(what, ["epoch", "note", one.as_str(), two.as_str()]);
        assert!(times.iter().all(|time| *time == times[0]), "time went on: {epoch:?}");
    }
    for (seed, topology) in (2..).zip(topologies) {
        assert!(first == play(topology, patience, slow(seed)), "{topology:?}");
    }
    // Its replay asks nobody.
    let own: Vec<Event> = first
        .iter()
        .filter_map(|record| match record {
            Record::Event(event) if event.kind().is_own() => Some(*event),
            _ => None,
        })
        .collect();
    let plain = random_market::engine(
        (0..SLOTS).map(|_| Mute).collect(),
        tape(17, 2_000),
        Records::default(),
    );
    let commands = Commands::Scripted(Scripted::recorded(&own));
    let replay = Engine { commands, ..plain }.run(&random_market::fused()).unwrap();
    assert!(replay.order.recorder.0 == first);
}

#[test]
fn an_agent_that_falls_silent_is_waited_for_once_and_heard_when_it_is_back() {
    let patience = Duration::from_millis(200);
    let dies = |ended: Receiver<Nanos>, mut outlet: CommandOutlet| {
        for (nth, _) in (1..).zip(ended) {
            match nth {
                1..=3 => speak(&mut outlet, nth),
                // Long enough for the rest of the tape, if nobody waits for it any more.
                4 => std::thread::sleep(Duration::from_millis(1_000)),
                _ => {}
            }
        }
    };
    let records = play(Topology::Fused, patience, dies);
    let words = said(&records);
    let epochs = words.iter().filter(|(what, _)| what == "epoch").count();
    assert!(epochs > 12, "{epochs}");
    let last = words.iter().rfind(|(what, _)| what.starts_with("1=")).unwrap();
    assert_eq!(last.0, "1=6", "the last allocation stays");
    // The market and the accounts are those of a run in which nobody ever spoke.
    let calm = play(Topology::Fused, Duration::ZERO, |ended, _outlet| drop(ended));
    for slot in 0..SLOTS as u16 {
        assert_eq!(life_of(&records, slot), life_of(&calm, slot));
    }
    assert_eq!(said(&calm).len(), epochs);
}
