//! The run's one instrument table, joined from the tables of its tapes.

use crate::exit::Failure;
use royale_config::FeeOverrides;
use royale_journal::{Preamble, Purpose, Reader};
use royale_model::{Event, Instrument, InstrumentId};
use std::path::{Path, PathBuf};

/// One tape, opened.
pub struct OpenTape {
    /// Where it came from.
    pub path: PathBuf,
    /// Its events.
    pub events: TapeEvents,
    /// From the tape's instrument ids to the run's.
    pub ids: Vec<InstrumentId>,
}

/// Where a tape's events are.
pub enum TapeEvents {
    /// A packed tape, unpacked.
    Memory(Vec<Event>),
    /// A plain tape, read as it is played.
    Reader(Box<Reader>),
}

impl OpenTape {
    /// Events in it, where that is known beforehand.
    pub fn len_hint(&self) -> u64 {
        match &self.events {
            TapeEvents::Memory(events) => events.len() as u64,
            TapeEvents::Reader(reader) => reader.progress().1 / RECORD_BYTES,
        }
    }
}

/// An event's record in a tape: header and payload.
const RECORD_BYTES: u64 = 80;

/// Opens all tapes and joins their tables; an instrument that is in several tapes is one.
pub fn open(
    paths: &[PathBuf],
    fees: &FeeOverrides,
) -> Result<(Vec<Instrument>, Vec<OpenTape>), Failure> {
    let mut table: Vec<Instrument> = Vec::new();
    let mut tapes = Vec::new();
    for path in paths {
        let (preamble, events) = open_one(path)?;
        if preamble.purpose != Purpose::Tape {
            return Err(Failure::Configuration(format!(
                "{}: this is the journal of a run, not a tape; to replay it: royale replay \
                 --journal {}",
                path.display(),
                path.display()
            )));
        }
        let ids = join(&mut table, &preamble.instruments, path)?;
        tapes.push(OpenTape { path: path.clone(), events, ids });
    }
    for instrument in &mut table {
        fees.apply(instrument);
    }
    Ok((table, tapes))
}

fn open_one(path: &Path) -> Result<(Preamble, TapeEvents), Failure> {
    if path.extension().is_some_and(|extension| extension == "tapez") {
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::Configuration(format!("{}: cannot be read: {error}", path.display()))
        })?;
        let (preamble, events) = royale_codec::unpack(&bytes)
            .map_err(|error| Failure::Error(format!("{}: {error}", path.display())))?;
        return Ok((preamble, TapeEvents::Memory(events)));
    }
    let reader = Reader::open(path)?;
    Ok((reader.preamble().clone(), TapeEvents::Reader(Box::new(reader))))
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
        entry.underlying =
            ids.get(original.underlying.index()).copied().unwrap_or(InstrumentId::NONE);
    }
    Ok(ids)
}
