//! The run's one instrument table, joined from the tables of its tapes.

use crate::exit::Failure;
use royale_config::FeeOverrides;
use royale_journal::{JournalError, Preamble, Purpose, Reader, Record};
use royale_model::{Event, Instrument, InstrumentId, Nanos};
use std::path::{Path, PathBuf};

/// One tape, opened.
pub struct OpenTape {
    /// Where it came from.
    pub path: PathBuf,
    /// Its events.
    pub events: TapeEvents,
    /// From the tape's instrument ids to the run's.
    pub ids: Vec<InstrumentId>,
    /// How many events.
    pub count: u64,
}

/// Where a tape's events are.
pub enum TapeEvents {
    /// A packed tape, unpacked.
    Memory(Vec<Event>),
    /// A plain tape, read as it is played.
    Reader(Box<Reader>),
}

impl OpenTape {
    /// Its name and events, as the control socket tells them.
    pub fn session(&self) -> (String, u64) {
        (self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(), self.count)
    }
}

/// Opens all tapes, reads each to its end, and joins their tables; an instrument that is in several
/// tapes is one. What this accepts can be played without an error.
pub fn open(
    paths: &[PathBuf],
    fees: &FeeOverrides,
) -> Result<(Vec<Instrument>, Vec<OpenTape>), Failure> {
    let mut table: Vec<Instrument> = Vec::new();
    let mut tapes: Vec<OpenTape> = Vec::new();
    let mut ends = Nanos::MIN;
    for path in paths {
        let (preamble, events) = open_one(path)?;
        let ids = join(&mut table, &preamble.instruments, path)?;
        let mut survey = Survey { path, instruments: ids.len(), count: 0, first: None, last: None };
        survey.read(&events)?;
        if let Some(first) = survey.first.filter(|&first| first < ends) {
            let before = tapes.last().map_or(path, |tape| &tape.path);
            return Err(Failure::Configuration(format!(
                "{}: begins {} s before {} ends; list tapes in the order of their recording, and \
                 none twice",
                path.display(),
                ends.since(first).as_secs_f64(),
                before.display()
            )));
        }
        ends = survey.last.unwrap_or(ends);
        tapes.push(OpenTape { path: path.clone(), events, ids, count: survey.count });
    }
    for instrument in &mut table {
        fees.apply(instrument);
    }
    Ok((table, tapes))
}

fn open_one(path: &Path) -> Result<(Preamble, TapeEvents), Failure> {
    let (preamble, events) = if path.extension().is_some_and(|extension| extension == "tapez") {
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::Configuration(format!("{}: cannot be read: {error}", path.display()))
        })?;
        let (preamble, events) = royale_codec::unpack(&bytes)
            .map_err(|error| Failure::Error(format!("{}: {error}", path.display())))?;
        (preamble, TapeEvents::Memory(events))
    } else {
        let reader = Reader::open(path).map_err(spoilt)?;
        (reader.preamble().clone(), TapeEvents::Reader(Box::new(reader)))
    };
    if preamble.purpose != Purpose::Tape {
        return Err(Failure::Configuration(format!(
            "{path}: this is the journal of a run, not a tape; to replay it: royale replay \
             --journal {folder}",
            path = path.display(),
            folder = path.parent().unwrap_or(path).display()
        )));
    }
    Ok((preamble, events))
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn spoilt(error: JournalError) -> Failure {
    Failure::Error(format!("{error}; import the recording again"))
}

/// One reading of a tape before it is played.
struct Survey<'a> {
    path: &'a Path,
    instruments: usize,
    count: u64,
    first: Option<Nanos>,
    last: Option<Nanos>,
}

impl Survey<'_> {
    fn read(&mut self, events: &TapeEvents) -> Result<(), Failure> {
        match events {
            TapeEvents::Memory(events) => events.iter().try_for_each(|event| self.take(event)),
            TapeEvents::Reader(_) => {
                // Every checksum and the seal over all of them.
                royale_journal::verify(self.path).map_err(spoilt)?;
                let mut reader = Reader::open(self.path).map_err(spoilt)?;
                while let Some(record) = reader.next_record().map_err(spoilt)? {
                    match record {
                        Record::Event(event) => self.take(&event)?,
                        _ => return Err(self.refuse("is no input: a tape holds nothing else")),
                    }
                }
                Ok(())
            }
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), Failure> {
        self.count += 1;
        let kind = event.kind();
        if !kind.is_market() {
            let what = "is a report, a command or a timer: a tape holds only market data";
            return Err(self.refuse(what));
        }
        if event.instrument().index() >= self.instruments {
            return Err(self.refuse("is about an instrument that is not in the tape's table"));
        }
        if self.last.is_some_and(|last| event.time() < last) {
            return Err(self.refuse("goes back in time"));
        }
        self.first.get_or_insert(event.time());
        self.last = Some(event.time());
        Ok(())
    }

    fn refuse(&self, what: &str) -> Failure {
        let (path, count) = (self.path.display(), self.count);
        Failure::Error(format!("{path}: event {count} {what}; import the recording again"))
    }
}

/// Adds a tape's instruments to the table; returns the run's id of each.
fn join(
    table: &mut Vec<Instrument>,
    more: &[Instrument],
    path: &Path,
) -> Result<Vec<InstrumentId>, Failure> {
    let mut ids = Vec::with_capacity(more.len());
    for instrument in more {
        instrument.check().map_err(|reason| {
            Failure::Error(format!(
                "{}: instrument {}: {reason}; import the recording again",
                path.display(),
                instrument.symbol
            ))
        })?;
        let same = |known: &Instrument| {
            known.venue == instrument.venue && known.symbol == instrument.symbol
        };
        let at = match table.iter().position(same) {
            Some(at) if !agree(&table[at], instrument) => {
                return Err(Failure::Configuration(format!(
                    "{}: instrument {} has another tick, lot, multiplier, expiry or strike than in \
                     an earlier tape; play these tapes in runs of their own",
                    path.display(),
                    instrument.symbol
                )));
            }
            Some(at) => at,
            None => {
                table.push(*instrument);
                table.len() - 1
            }
        };
        let id = u32::try_from(at).map_err(|_| Failure::Error("too many instruments".into()))?;
        ids.push(InstrumentId(id));
    }
    // Ids inside the records: their own place, and the place of what they are about.
    for (&id, original) in ids.iter().zip(more) {
        let entry = &mut table[id.index()];
        entry.id = id;
        // A tape that does not know the underlying does not make it unknown.
        if let Some(&underlying) = ids.get(original.underlying.index()) {
            entry.underlying = underlying;
        } else if entry.underlying == original.underlying {
            entry.underlying = InstrumentId::NONE;
        }
    }
    Ok(ids)
}

/// True when two tapes mean the same thing by one symbol.
fn agree(known: &Instrument, other: &Instrument) -> bool {
    let terms = |of: &Instrument| {
        (of.kind, of.tick, of.lot, of.multiplier, of.expiry, of.strike, of.base, of.quote)
    };
    terms(known) == terms(other)
}
