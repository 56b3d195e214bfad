//! The writer: appends records into preallocated, pre-touched mapped segments.

use crate::{JournalError, Preamble};
use royale_model::{Decision, Event, Order, Verdict};
use std::path::Path;

/// How the writer works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Size of a segment in bytes; rounded up to pages.
    pub segment_bytes: u64,
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriterSummary {
    /// Records.
    pub records: u64,
    /// Bytes of records.
    pub bytes: u64,
    /// Segments.
    pub segments: u32,
    /// The seal of the last segment: the chain's end.
    pub seal: [u8; 32],
}

/// The one writer of a journal. Appending neither allocates nor calls the kernel.
pub struct Writer {}

impl Writer {
    /// Creates the folder and its first segment. Refuses a folder that already holds a journal.
    ///
    /// # Errors
    /// No permission, no space, folder in use.
    pub fn create(_: &Path, _: &Preamble, _: Options) -> Result<Self, JournalError> {
        unimplemented!()
    }
    /// Appends an input.
    pub fn event(&mut self, _: &Event) {
        unimplemented!()
    }
    /// Appends a decision.
    pub fn decision(&mut self, _: &Decision) {
        unimplemented!()
    }
    /// Appends a verdict.
    pub fn verdict(&mut self, _: &Verdict) {
        unimplemented!()
    }
    /// Appends an order.
    pub fn order(&mut self, _: &Order) {
        unimplemented!()
    }
    /// The first failure of the writer (disk full while preparing a segment); appends after it are
    /// dropped, and the caller must stop trading.
    pub fn failure(&self) -> Option<&JournalError> {
        unimplemented!()
    }
    /// Seals the last segment and closes.
    ///
    /// # Errors
    /// What went wrong while writing or closing.
    pub fn finish(self) -> Result<WriterSummary, JournalError> {
        unimplemented!()
    }
}

/// Writes a tape: one sealed segment file with the events in the given order.
/// The file appears under its name only when complete.
///
/// # Errors
/// No permission, no space, file exists.
pub fn write_tape(_: &Path, _: &Preamble, _: &[Event]) -> Result<WriterSummary, JournalError> {
    unimplemented!()
}
