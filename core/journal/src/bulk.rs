//! Much at once, past the page cache.
//!
//! Copying into the page cache costs the processor a clear page and a copy for each page, and the disk gets it later
//! anyway; a long run of whole blocks goes to the disk straight from the segment's memory. Where a file system does
//! not do that, nothing is lost: the caller writes the same bytes the usual way. Must never be used for little:
//! each write waits for the disk.

use std::fs::{File, OpenOptions};
use std::io::Result;
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

    /// Writes whole blocks at a block's beginning. False: the file cannot be written so, now or ever again; they may
    /// be there in part.
    ///
    /// # Errors
    /// The disk refuses them: that is not tried again in another way.
    pub(crate) fn write(&mut self, blocks: &[u8], at: usize) -> Result<bool> {
        let Some(file) = &self.0 else { return Ok(false) };
        match file.write_all_at(blocks, at as u64) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EOPNOTSUPP)) => {
                self.0 = None;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be done this way is done in another; what is refused is refused.
    #[test]
    fn a_refusal_is_told_and_not_taken_for_a_file_system_that_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let blocks = [7; BLOCK];
        assert!(!Bulk::of(&path).write(&blocks, 0).unwrap(), "there is no file");
        std::fs::write(&path, [0; BLOCK]).unwrap();
        let unwritable = File::open(&path).unwrap();
        assert!(Bulk(Some(unwritable)).write(&blocks, 0).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), [0; BLOCK]);
    }
}
