//! `royale replay`: runs a journal's inputs through the same engine, and compares every record.
//!
//! Owns what a replay is given: market events from the journal as the tape, its commands at their
//! old places. A journal that a crash cut short is replayed as it is, up to its last record; a torn
//! last record is damage, which `recover` cuts. Must never write, and never need a file but the
//! journal.

use crate::args::ReplayArgs;
use crate::assemble;
use crate::exit::{Failure, say};
use royale_config::Settings;
use royale_engine::feed::{BrokenOff, Commands, Pace, Scripted, Source};
use royale_engine::latency::Recorders;
use royale_engine::link::Wait;
use royale_engine::order::Recorder;
use royale_engine::progress::Progress;
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::{JournalError, Preamble, Purpose, Reader, Record};
use royale_model::{Body, Decision, Event, EventKind, Nanos, Order, Verdict};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Replays a journal; an error of kind mismatch names the first record that differs.
pub fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    let dir = journal_dir(&args.journal);
    let verified = royale_journal::verify(&dir).map_err(damaged)?;
    let reader = Reader::open(&dir).map_err(damaged)?;
    let preamble = reader.preamble().clone();
    if preamble.purpose != Purpose::Run {
        return Err(Failure::Error(format!(
            "{}: this is a tape: it holds inputs only, there is nothing to rebuild",
            dir.display()
        )));
    }
    let settings = Settings::from_canonical(&preamble.config)?;
    let Past { commands, broken_off } = Past::read(&dir, verified.sealed).map_err(damaged)?;
    let competitors = assemble::competitors(&settings, &preamble.instruments)?;
    let Preamble { instruments, .. } = preamble;
    let engine = Engine {
        instruments,
        competitors,
        allocation_bp: assemble::allocation_bp(&settings),
        capital: assemble::capital(&settings),
        limits: assemble::limits(&settings),
        simulation: assemble::simulation(&settings),
        tape: Inputs { reader: Reader::open(&dir).map_err(damaged)?, head: None, broken_off },
        commands: Commands::Scripted(Scripted::recorded(&commands)),
        pace: Pace::Max,
        recorder: Comparator::new(reader, verified.sealed),
        progress: Arc::new(Progress::default()),
        latency: Recorders::default(),
    };
    let placement = Placement { topology: Topology::Fused, wait: Wait::Yield, cpus: Vec::new() };
    let outcome =
        engine.run(&placement).map_err(|error| Failure::Error(format!("the replay: {error}")))?;
    let mut comparator = outcome.order.recorder;
    comparator.expect_end();
    if let Some(difference) = comparator.difference {
        return Err(Failure::Mismatch(format!("{}: {difference}", dir.display())));
    }
    if let Some(error) = outcome.feed.error.filter(|_| !comparator.ended) {
        return Err(Failure::Error(error));
    }
    let seal: String = verified.seal.iter().map(|byte| format!("{byte:02x}")).collect();
    if args.json {
        let report = serde_json::json!({
            "identical": true,
            "records": comparator.compared,
            "last_seq": verified.last_seq,
            "sealed": verified.sealed,
            "seal": seal,
        });
        return say(&format!("{report:#}"));
    }
    let end = if verified.sealed {
        format!("seal {}", &seal[..16])
    } else {
        "not sealed: the run was cut short, and is identical up to there".to_owned()
    };
    say(&format!(
        "{}: identical: {} records rebuilt from the inputs of {} events, {end}",
        dir.display(),
        comparator.compared,
        verified.last_seq,
    ))
}

/// Damage is a verification failure; a folder that is not there or cannot be read is a mere error.
fn damaged(error: JournalError) -> Failure {
    match error {
        JournalError::Corrupt { .. } => Failure::Mismatch(error.to_string()),
        JournalError::Io { .. } | JournalError::Refused { .. } => error.into(),
    }
}

/// A run's folder holds its journal in `journal/`.
fn journal_dir(path: &Path) -> PathBuf {
    let inner = path.join("journal");
    if inner.is_dir() { inner } else { path.to_path_buf() }
}

/// What a replay must know of a journal before it begins.
struct Past {
    /// The commands, as events.
    commands: Vec<Event>,
    /// Where the journal ends, when the run did not: it was cut short by a crash.
    broken_off: Option<BrokenOff>,
}

impl Past {
    fn read(dir: &Path, sealed: bool) -> Result<Self, JournalError> {
        let mut reader = Reader::open(dir)?;
        let mut commands = Vec::new();
        let (mut last_seen, mut last_made) = (Nanos::ZERO, Nanos::ZERO);
        while let Some(record) = reader.next_record()? {
            let Record::Event(event) = record else { continue };
            last_seen = event.time();
            match event.body() {
                Body::Command(_) => commands.push(event),
                Body::ExecutionReport(_) => last_made = last_made.max(event.venue_time()),
                _ => {}
            }
        }
        // Every report was made before the first market event that the journal lacks.
        let happens_not_before = last_made.plus(Nanos::from_raw(1));
        let end = BrokenOff { seen_not_before: last_seen, happens_not_before };
        Ok(Self { commands, broken_off: (!sealed).then_some(end) })
    }
}

/// The market's part of a journal, as the tape that it once was.
struct Inputs {
    reader: Reader,
    head: Option<Event>,
    broken_off: Option<BrokenOff>,
}

impl Source for Inputs {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        while self.head.is_none() {
            let record = self.reader.next_record().map_err(|error| error.to_string())?;
            let Some(record) = record else { return Ok(None) };
            if let Record::Event(event) = record
                && !matches!(event.kind(), EventKind::ExecutionReport | EventKind::Command)
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
struct Comparator {
    expected: Reader,
    /// False for a journal that a crash cut short: the engine may then know more than the journal.
    complete: bool,
    ended: bool,
    compared: u64,
    difference: Option<String>,
}

impl Comparator {
    fn new(expected: Reader, complete: bool) -> Self {
        Self { expected, complete, ended: false, compared: 0, difference: None }
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

    fn expect_end(&mut self) {
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
