//! Replay: a journal's inputs as a feed again, and every record that they cause held against it.
//!
//! Owns what a run needs to be repeated from its journal alone: the market's part as a tape, the
//! commands and timers at their places, and the comparison. Must never take a record for equal that differs in
//! a bit. `royale replay` runs an engine with these, and so does the bench.

mod difference;

pub use difference::{Difference, Field};

use crate::feed::{BrokenOff, Source};
use crate::order::Recorder;
use royale_journal::{JournalError, Reader, Record, RecordKind};
use royale_model::{Body, CommandCode, Decision, Event, Nanos, Order, Seq, SlotChange, Verdict};
use std::path::Path;
use zerocopy::IntoBytes;

/// What a replay must know of a journal before it begins.
#[derive(Debug)]
pub struct Past {
    /// What neither the market nor the venue made: the commands and the timers.
    pub own: Vec<Event>,
    /// Versions of strategies that commands brought in: what was said of each first.
    pub versions: Vec<SlotChange>,
    /// Where the journal ends, when the run did not: it was cut short by a crash, or goes on.
    pub broken_off: Option<BrokenOff>,
    /// The last input.
    pub last_seq: Seq,
}

impl Past {
    /// Reads a journal to its present end.
    ///
    /// # Errors
    /// The journal is damaged or cannot be read.
    pub fn read(dir: &Path) -> Result<Self, JournalError> {
        let mut reader = Reader::open(dir)?;
        let (mut own, mut versions) = (Vec::new(), Vec::new());
        let (mut install, mut last_seq) = (None, 0);
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
            (last_seen, last_seq) = (event.time(), event.seq());
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
        let broken_off = (!reader.is_finished()).then_some(end);
        Ok(Self { own, versions, broken_off, last_seq })
    }
    /// True when the writer closed the journal in good order.
    pub fn is_sealed(&self) -> bool {
        self.broken_off.is_none()
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
            let event = self.reader.next_event().map_err(|error| error.to_string())?;
            let Some(event) = event else { return Ok(None) };
            if event.kind().is_market() {
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
    /// The last input that is compared.
    until: Seq,
    ended: bool,
    compared: u64,
    inputs: u64,
    difference: Option<Difference>,
}

impl Comparator {
    /// Holds records against this reader's. `complete`: the journal has all that the run made.
    pub fn new(expected: Reader, complete: bool) -> Self {
        let (until, ended, difference) = (Seq::MAX, false, None);
        Self { expected, complete, until, ended, compared: 0, inputs: 0, difference }
    }
    /// Looks no further than the last record of this input.
    #[must_use]
    pub fn until(mut self, seq: Seq) -> Self {
        self.until = seq;
        self
    }
    /// Records that were equal.
    pub fn compared(&self) -> u64 {
        self.compared
    }
    /// Inputs among them.
    pub fn inputs(&self) -> u64 {
        self.inputs
    }
    /// The first difference.
    pub fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }
    /// True once the last record that is compared, or the end of a journal that was cut short, is
    /// reached.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Nearly always the journal's next record is the same, byte for byte; else it is looked at.
    #[inline]
    fn compare(
        &mut self,
        kind: RecordKind,
        seq: Seq,
        rebuilt: &[u8],
        whole: impl FnOnce() -> Record,
    ) {
        if !self.failed() && seq <= self.until && self.expected.take_if_same(kind, rebuilt) {
            self.compared += 1;
            self.inputs += u64::from(kind == RecordKind::Event);
        } else {
            self.look_at(&whole());
        }
    }

    #[inline(never)]
    fn look_at(&mut self, rebuilt: &Record) {
        if self.difference.is_some() || self.ended {
            return;
        }
        if rebuilt.seq() > self.until {
            self.expect_end();
            self.ended = true;
            return;
        }
        let after = self.compared;
        match self.expected.next_record() {
            Ok(Some(journal)) if difference::is_same(&journal, rebuilt) => {
                self.compared += 1;
                self.inputs += u64::from(matches!(journal, Record::Event(_)));
            }
            Ok(Some(journal)) => {
                let (number, rebuilt) = (after + 1, Box::new(*rebuilt));
                let journal = Box::new(journal);
                self.difference = Some(Difference::Record { number, journal, rebuilt });
            }
            Ok(None) if self.complete => {
                let rebuilt = Box::new(*rebuilt);
                self.difference = Some(Difference::JournalEnds { after, rebuilt });
            }
            Ok(None) => self.ended = true,
            Err(error) => self.difference = Some(Difference::Damaged(error.to_string())),
        }
    }

    /// The engine has no more to compare: the journal must have no more, either.
    pub fn expect_end(&mut self) {
        if self.difference.is_some() || self.ended {
            return;
        }
        match self.expected.next_record() {
            Ok(Some(journal)) if journal.seq() <= self.until => {
                let (after, journal) = (self.compared, Box::new(journal));
                self.difference = Some(Difference::EngineEnds { after, journal });
            }
            Ok(_) => {}
            Err(error) => self.difference = Some(Difference::Damaged(error.to_string())),
        }
    }
}

impl Recorder for Comparator {
    #[inline]
    fn event(&mut self, event: &Event) {
        let whole = || Record::Event(*event);
        self.compare(RecordKind::Event, event.seq(), event.as_bytes(), whole);
    }
    fn decision(&mut self, decision: &Decision) {
        let whole = || Record::Decision(*decision);
        self.compare(RecordKind::Decision, decision.seq, decision.as_bytes(), whole);
    }
    fn slot(&mut self, change: &SlotChange) {
        let whole = || Record::Slot(*change);
        self.compare(RecordKind::Slot, change.seq, change.as_bytes(), whole);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        let whole = || Record::Verdict(*verdict);
        self.compare(RecordKind::Verdict, verdict.seq, verdict.as_bytes(), whole);
    }
    fn order(&mut self, order: &Order) {
        let whole = || Record::Order(*order);
        self.compare(RecordKind::Order, order.seq, order.as_bytes(), whole);
    }
    fn failed(&self) -> bool {
        // Nothing more can be learnt either way.
        self.difference.is_some() || self.ended
    }
}
