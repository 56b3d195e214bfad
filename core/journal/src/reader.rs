//! The reader: maps segments read-only and follows a live journal to its end.

use crate::{JournalError, Preamble, Record};
use std::path::Path;

/// Reads a journal folder, or a single segment or tape file, from its beginning.
pub struct Reader {}

impl Reader {
    /// Opens a folder of segments or one file.
    ///
    /// # Errors
    /// Missing, foreign or damaged header.
    pub fn open(_path: &Path) -> Result<Self, JournalError> {
        unimplemented!()
    }
    /// What the header says.
    pub fn preamble(&self) -> &Preamble {
        unimplemented!()
    }
    /// The next record; `None` at the end of what is written so far (call again on a live journal).
    ///
    /// # Errors
    /// A record whose checksum, length or content is wrong.
    pub fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        unimplemented!()
    }
    /// True when the writer closed the journal in good order and all records were read.
    pub fn is_finished(&self) -> bool {
        unimplemented!()
    }
    /// Records read so far.
    pub fn records_read(&self) -> u64 {
        unimplemented!()
    }
    /// Bytes of records in the journal so far, and bytes read: for progress bars.
    pub fn progress(&self) -> (u64, u64) {
        unimplemented!()
    }
}
