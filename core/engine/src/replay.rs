//! Replay: a journal's inputs as a feed again, and every record that they cause held against it.
//!
//! Owns what a run needs to be repeated from its journal alone: the market's part as a tape, the
//! commands and timers at their places, and the comparison. Must never take a record for equal that differs in
//! a bit. `royale replay` runs an engine with these, and so does the bench.

use crate::feed::{BrokenOff, Source};
use crate::order::Recorder;
use royale_journal::{JournalError, Reader, Record};
use royale_model::{Body, CommandCode, Decision, Event, Nanos, Order, SlotChange, Verdict};
use std::path::Path;

/// What a replay must know of a journal before it begins.
#[derive(Debug)]
pub struct Past {
    /// What neither the market nor the venue made: the commands and the timers.
    pub own: Vec<Event>,
    /// Versions of strategies that commands brought in: what was said of each first.
    pub versions: Vec<SlotChange>,
    /// Where the journal ends, when the run did not: it was cut short by a crash.
    pub broken_off: Option<BrokenOff>,
}

impl Past {
    /// Reads a journal to its end; `sealed` says whether the run came to its own.
    ///
    /// # Errors
    /// The journal is damaged or cannot be read.
    pub fn read(dir: &Path, sealed: bool) -> Result<Self, JournalError> {
        let mut reader = Reader::open(dir)?;
        let (mut own, mut versions) = (Vec::new(), Vec::new());
        let mut install = None;
        let (mut last_seen, mut last_made) = (Nanos::ZERO, Nanos::ZERO);
        while let Some(record) = reader.next_record()? {
            let event = match record {
                Record::Event(event) => event,
                // The strategies' stage answers each `Install` at once, whatever it does with it.
                Record::Slot(change) if install == Some(change.seq) => {
                    versions.push(change);
                    install = None;
                    continue;
                }
                _ => continue,
            };
            last_seen = event.time();
            match event.body() {
                Body::Command(command) => {
                    if command.code == CommandCode::Install {
                        install = Some(event.seq());
                    }
                    own.push(event);
                }
                Body::Note(_) | Body::Timer(_) => own.push(event),
                Body::ExecutionReport(_) => last_made = last_made.max(event.venue_time()),
                _ => {}
            }
        }
        // Every report was made before the first market event that the journal lacks.
        let happens_not_before = last_made.plus(Nanos::from_raw(1));
        let end = BrokenOff { seen_not_before: last_seen, happens_not_before };
        Ok(Self { own, versions, broken_off: (!sealed).then_some(end) })
    }
}

/// The market's part of a journal, as the tape that it once was.
pub struct Inputs {
    reader: Reader,
    head: Option<Event>,
    broken_off: Option<BrokenOff>,
}

impl Inputs {
    /// The tape that this reader, at a journal's start, holds.
    pub fn new(reader: Reader, broken_off: Option<BrokenOff>) -> Self {
        Self { reader, head: None, broken_off }
    }
}

impl Source for Inputs {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        while self.head.is_none() {
            let record = self.reader.next_record().map_err(|error| error.to_string())?;
            let Some(record) = record else { return Ok(None) };
            if let Record::Event(event) = record
                && event.kind().is_market()
            {
                // The simulation wrote down when things happened at the venue: the tape's time.
                let happened = event.venue_time();
                self.head = Some(event.sequenced(0, happened).happened_at(Nanos::ZERO));
            }
        }
        Ok(self.head.as_ref())
    }
    fn take(&mut self) {
        self.head = None;
    }
    fn broken_off(&self) -> Option<BrokenOff> {
        self.broken_off.filter(|_| self.head.is_none())
    }
}

/// Holds every record that the engine makes against the journal.
pub struct Comparator {
    expected: Reader,
    /// False for a journal that a crash cut short: the engine may then know more than the journal.
    complete: bool,
    ended: bool,
    compared: u64,
    difference: Option<String>,
}

impl Comparator {
    /// Holds records against this reader's. `complete`: the journal has all that the run made.
    pub fn new(expected: Reader, complete: bool) -> Self {
        Self { expected, complete, ended: false, compared: 0, difference: None }
    }
    /// Records that were equal.
    pub fn compared(&self) -> u64 {
        self.compared
    }
    /// The first difference, in words.
    pub fn difference(&self) -> Option<&str> {
        self.difference.as_deref()
    }
    /// True once the end of a journal that was cut short is reached.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    fn compare(&mut self, actual: &Record) {
        if self.difference.is_some() || self.ended {
            return;
        }
        match self.expected.next_record() {
            Ok(Some(expected)) if expected == *actual => self.compared += 1,
            Ok(Some(expected)) => {
                self.difference = Some(format!(
                    "record {} differs:\n  journal: {expected:?}\n  rebuilt: {actual:?}",
                    self.compared + 1
                ));
            }
            Ok(None) if self.complete => {
                self.difference = Some(format!(
                    "the journal ends after record {}, the engine goes on with {actual:?}",
                    self.compared
                ));
            }
            Ok(None) => self.ended = true,
            Err(error) => self.difference = Some(error.to_string()),
        }
    }

    /// The run is over: the journal must be, too.
    pub fn expect_end(&mut self) {
        if self.difference.is_none() && !self.ended {
            match self.expected.next_record() {
                Ok(None) => {}
                Ok(Some(record)) => {
                    self.difference = Some(format!(
                        "the engine ends after record {}, the journal goes on with {record:?}",
                        self.compared
                    ));
                }
                Err(error) => self.difference = Some(error.to_string()),
            }
        }
    }
}

impl Recorder for Comparator {
    fn event(&mut self, event: &Event) {
        self.compare(&Record::Event(*event));
    }
    fn decision(&mut self, decision: &Decision) {
        self.compare(&Record::Decision(*decision));
    }
    fn slot(&mut self, change: &SlotChange) {
        self.compare(&Record::Slot(*change));
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.compare(&Record::Verdict(*verdict));
    }
    fn order(&mut self, order: &Order) {
        self.compare(&Record::Order(*order));
    }
    fn failed(&self) -> bool {
        // Nothing more can be learnt either way.
        self.difference.is_some() || self.ended
    }
}
