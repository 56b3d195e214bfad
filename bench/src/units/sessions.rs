//! The recorded input of the units: the beginnings of two bundled sessions, cut once.
//!
//! Unpacking a bundled tape costs more than any unit does with it, so it happens once; what measures
//! a unit reads as many events of the cut as the unit needs.

use royale_journal::{Preamble, Reader, Record, write_tape};
use royale_model::{Event, Nanos};
use std::path::{Path, PathBuf};

/// Events that each cut holds.
pub const EVENTS_MAX: usize = 40_000;

const KALSHI: (&str, &str) = ("kalshi-btc15m-20260514T002426Z.tapez", "kalshi.tape");
const BINANCE: (&str, &str) = ("binance-6x-20240808.tapez", "binance.tape");

/// A folder with the cut sessions.
#[derive(Clone, Debug)]
pub struct Sessions(PathBuf);

/// A session's table and its first events.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the tape says of itself.
    pub preamble: Preamble,
    /// In order of their time, not yet sequenced.
    pub events: Vec<Event>,
}

impl Sessions {
    /// Cuts the bundled sessions into a folder that holds none yet.
    ///
    /// # Errors
    /// A tape is missing or damaged, or the folder cannot be written.
    pub fn cut(folder: &Path) -> Result<Self, String> {
        for (bundled, cut) in [KALSHI, BINANCE] {
            let (preamble, mut events) = crate::session(bundled)?;
            events.truncate(EVENTS_MAX);
            let path = folder.join(cut);
            write_tape(&path, &preamble, &events).map_err(|error| error.to_string())?;
        }
        Ok(Self::in_folder(folder))
    }
    /// Sessions that were cut into this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }
    /// Event contracts on BTC and spot BTC: the first `count` events.
    pub(super) fn kalshi(&self, count: usize) -> Result<Recording, String> {
        self.read(KALSHI.1, count)
    }
    /// Spot, futures and inverse futures on BTC and ETH: the first `count` events.
    pub(super) fn binance(&self, count: usize) -> Result<Recording, String> {
        self.read(BINANCE.1, count)
    }

    fn read(&self, name: &str, count: usize) -> Result<Recording, String> {
        let mut reader = Reader::open(&self.0.join(name)).map_err(|error| error.to_string())?;
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            match reader.next_record().map_err(|error| error.to_string())? {
                Some(Record::Event(event)) => events.push(event),
                Some(_) => {}
                None => return Err(format!("{name} has {} events, not {count}", events.len())),
            }
        }
        Ok(Recording { preamble: reader.preamble().clone(), events })
    }
}

impl Recording {
    /// The events as the sequencer would release them if nobody traded: one millisecond late.
    pub(super) fn sequenced(&self) -> Vec<Event> {
        let late = |(event, seq): (&Event, u64)| {
            let happened = event.time();
            event.happened_at(happened).sequenced(seq, happened.plus(Nanos::from_millis(1)))
        };
        self.events.iter().zip(1..).map(late).collect()
    }
}
