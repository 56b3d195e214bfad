//! Much at once, past the page cache.
//!
//! Copying into the page cache costs the processor a clear page and a copy for each page, and the disk gets it later
//! anyway; a long run of whole blocks goes to the disk straight from the segment's memory. Where a file system does
//! not do that, nothing is lost: the caller writes the same bytes the usual way. Must never be used for little:
//! each write waits for the disk.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// Worth waiting for the disk.
pub(crate) const BULK: usize = 1 << 20;
/// Places in memory and in the file, and lengths, are multiples of this: a page, and no less than any block.
pub(crate) const BLOCK: usize = 4096;

/// A file that may be written past the page cache.
pub(crate) struct Bulk(Option<File>);

impl Bulk {
    /// The file at `path`, which exists.
    pub(crate) fn of(path: &Path) -> Self {
        Self(OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(path).ok())
    }

    /// Writes whole blocks at a block's beginning. False: it could not be done, now or ever again; they may be there in
    /// part.
    pub(crate) fn write(&mut self, blocks: &[u8], at: usize) -> bool {
        let is_written =
            self.0.as_ref().is_some_and(|file| file.write_all_at(blocks, at as u64).is_ok());
        if !is_written {
            self.0 = None;
        }
        is_written
    }
}
