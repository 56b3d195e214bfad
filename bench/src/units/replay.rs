//! Replay: a journal's inputs through the engine again, every record compared with the journal's.
//!
//! The shortest form of what `royale replay` does, for a journal that is whole and without commands
//! but the last; the differences that are its business are not ours.

use super::journal::{Folder, apart, writer};
use super::{Recording, Unit, Work, corridor, work};
use crate::{engine_of, natives};
use royale_engine::feed::{Commands, Scripted, Source};
use royale_engine::latency::LatencyLevel;
use royale_engine::order::Recorder;
use royale_journal::{Reader, Record};
use royale_model::{Decision, Event, EventKind, Nanos, Order, Verdict};
use std::collections::VecDeque;
use std::path::PathBuf;

pub(super) fn units() -> Vec<Unit> {
    let what = "an event of a journal, with all it caused, rebuilt and compared";
    vec![Unit::new("replay/six", what, 10_000, |sessions, count| prepare(&sessions.kalshi(count)?))]
}

fn prepare(recording: &Recording) -> Result<Work, String> {
    let preamble = &recording.preamble;
    let (folder, path) = apart(|| run(recording))??;
    let open = || Reader::open(&path).map_err(|error| error.to_string());
    let tape = Inputs { reader: open()?, head: None };
    let recorder = Comparator { expected: open()?, differs: false };
    let competitors = natives(preamble)?;
    let mut engine = engine_of(preamble, competitors, tape, recorder, LatencyLevel::Off)?;
    let mut commands = Vec::new();
    let mut reader = open()?;
    while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
        match record {
            Record::Event(event) if event.kind() == EventKind::Command => commands.push(event),
            _ => {}
        }
    }
    engine.commands = Commands::Scripted(Scripted::recorded(&commands));
    Ok(work(move || {
        let outcome = corridor::run(engine);
        let same = outcome.as_ref().is_ok_and(|outcome| !outcome.order.recorder.differs);
        assert!(same, "a replay of a journal of ours differs from it");
        (outcome, folder)
    }))
}

/// A run of the six strategies, and where its journal lies.
fn run(recording: &Recording) -> Result<(Folder, PathBuf), String> {
    let Recording { preamble, events } = recording;
    let (folder, writer) = writer(preamble)?;
    let tape = VecDeque::from(events.clone());
    let engine = engine_of(preamble, natives(preamble)?, tape, writer, LatencyLevel::Off)?;
    let outcome = corridor::run(engine)?;
    outcome.order.recorder.finish().map_err(|error| error.to_string())?;
    let path = folder.path().join("journal");
    Ok((folder, path))
}

/// The market's part of a journal, as the tape that it once was.
struct Inputs {
    reader: Reader,
    head: Option<Event>,
}

impl Source for Inputs {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        while self.head.is_none() {
            match self.reader.next_record().map_err(|error| error.to_string())? {
                Some(Record::Event(event)) if is_market(&event) => {
                    let happened = event.venue_time();
                    self.head = Some(event.sequenced(0, happened).happened_at(Nanos::ZERO));
                }
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Ok(self.head.as_ref())
    }
    fn take(&mut self) {
        self.head = None;
    }
}

fn is_market(event: &Event) -> bool {
    !matches!(event.kind(), EventKind::ExecutionReport | EventKind::Command)
}

/// Holds every record against the journal's.
struct Comparator {
    expected: Reader,
    differs: bool,
}

impl Comparator {
    fn compare(&mut self, actual: &Record) {
        self.differs |=
            !matches!(self.expected.next_record(), Ok(Some(expected)) if expected == *actual);
    }
}

impl Recorder for Comparator {
    fn event(&mut self, event: &Event) {
        self.compare(&Record::Event(*event));
    }
    fn decision(&mut self, decision: &Decision) {
        self.compare(&Record::Decision(*decision));
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.compare(&Record::Verdict(*verdict));
    }
    fn order(&mut self, order: &Order) {
        self.compare(&Record::Order(*order));
    }
    fn failed(&self) -> bool {
        self.differs
    }
}
