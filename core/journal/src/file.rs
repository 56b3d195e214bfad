//! One segment or tape file, read through a window. Must never map the file: a mapped file that
//! someone truncates kills its reader with SIGBUS, a `pread` past the end returns nothing.
//!
//! Called by the reader, by verification and by recovery.

use crate::JournalError;
use crate::format::{self, Entry, Raw};
use crate::header::{self, Header};
use crate::live;
use royale_model::Seq;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, fence};

/// A live tail is read in small bites, a long file in large ones.
const WINDOW_MIN: usize = 4 << 10;
const WINDOW_MAX: usize = 1 << 20;

/// What stands at an offset of a segment.
#[expect(clippy::large_enum_variant, reason = "lives on the reader's stack only")]
pub(crate) enum Found {
    /// A good record and where the next one begins.
    Entry { seq: Seq, entry: Entry, next: u64 },
    /// The tag is zero: nothing is written here (yet).
    Nothing,
    /// The file ends here.
    EndOfFile,
}

/// A read-only file and the part of it that was read last.
pub(crate) struct SegmentFile {
    path: PathBuf,
    file: File,
    window: Vec<u8>,
    /// Offset of the window's first byte, and how many of its bytes are valid.
    start: u64,
    valid: usize,
    /// How much to read next time.
    bite: usize,
}

impl SegmentFile {
    /// Opens the file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<(Self, Header), JournalError> {
        let mut this = Self::open_raw(path)?;
        let len = header::peek_len(path, this.bytes(0, header::FIXED)?)?;
        let header = header::decode(path, this.bytes(0, len)?)?;
        Ok((this, header))
    }
    /// Opens the file, whatever is in it.
    pub(crate) fn open_raw(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(JournalError::io(path, "open"))?;
        // While a segment is written its file lags behind its live copy.
        let file = live::copy_of(path)?.unwrap_or(file);
        let path = path.to_path_buf();
        Ok(Self { path, file, window: Vec::new(), start: 0, valid: 0, bite: WINDOW_MIN })
    }
    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
    /// Its size now.
    pub(crate) fn size(&self) -> Result<u64, JournalError> {
        let meta =
            self.file.metadata().map_err(JournalError::io(&self.path, "read the size of"))?;
        Ok(meta.len())
    }
    /// An error at a place of this file.
    pub(crate) fn corrupt(&self, offset: u64, reason: impl Into<String>) -> JournalError {
        JournalError::corrupt(&self.path, offset, reason)
    }
    /// Up to `len` bytes at `offset`: fewer only where the file ends.
    pub(crate) fn bytes(&mut self, offset: u64, len: usize) -> Result<&[u8], JournalError> {
        let have = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let inside = have.filter(|skip| skip.saturating_add(len) <= self.valid);
        let skip = match inside {
            Some(skip) => skip,
            None => {
                self.fill(offset, len)?;
                0
            }
        };
        let end = skip.saturating_add(len).min(self.valid);
        Ok(self.window.get(skip..end).unwrap_or(&[]))
    }
    /// Forgets what was read, so that the next read sees what a live writer did meanwhile.
    pub(crate) fn refresh(&mut self) {
        self.valid = 0;
        self.bite = WINDOW_MIN;
    }
    fn fill(&mut self, offset: u64, len: usize) -> Result<(), JournalError> {
        let wanted = self.bite.max(len);
        self.bite = (self.bite * 4).min(WINDOW_MAX);
        if self.window.len() < wanted {
            self.window.resize(wanted, 0);
        }
        self.start = offset;
        self.valid = 0;
        while self.valid < wanted {
            let into = &mut self.window[self.valid..wanted];
            match self.file.read_at(into, offset + self.valid as u64) {
                Ok(0) => break,
                Ok(count) => self.valid += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(JournalError::io(&self.path, "read")(error)),
            }
        }
        Ok(())
    }

    /// The record at `offset`, checked.
    ///
    /// A live writer stores the tag last. The window may have been copied while it did so, and
    /// hold the tag but not all of the payload; then the checksum fails, and one more copy, made
    /// after the tag was seen, holds everything. Only a second failure is damage.
    pub(crate) fn entry(&mut self, offset: u64) -> Result<Found, JournalError> {
        match self.try_entry(offset) {
            Err(_) => {
                fence(Ordering::Acquire);
                self.refresh();
                self.try_entry(offset)
            }
            found => found,
        }
    }
    /// [`SegmentFile::entry`] without the second look.
    pub(crate) fn try_entry(&mut self, offset: u64) -> Result<Found, JournalError> {
        let tag_bytes = self.bytes(offset, 4)?;
        if tag_bytes.len() < 4 {
            return Ok(Found::EndOfFile);
        }
        let tag = format::read_tag(tag_bytes);
        if tag == 0 {
            return Ok(Found::Nothing);
        }
        let len = format::tag_len(tag).map_err(|reason| self.corrupt(offset, reason))?;
        let bytes = self.bytes(offset, len)?;
        if bytes.len() < len {
            return Err(self.corrupt(offset, "the file ends inside a record"));
        }
        let (seq, entry) = format::decode(bytes).map_err(|reason| self.corrupt(offset, reason))?;
        Ok(Found::Entry { seq, entry, next: offset + len as u64 })
    }
    /// The record at `offset` if all of it was read already and its checksum holds, as nearly always;
    /// its content is not looked at. `None`: ask [`SegmentFile::entry`].
    #[inline]
    pub(crate) fn raw(&self, offset: u64) -> Option<Raw<'_>> {
        let skip = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        Raw::cut(self.window.get(skip..self.valid)?)
    }
    /// The first byte at or after `offset` that is not zero.
    pub(crate) fn first_nonzero(&mut self, mut offset: u64) -> Result<Option<u64>, JournalError> {
        loop {
            let bytes = self.bytes(offset, WINDOW_MIN)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            if let Some(at) = bytes.iter().position(|&byte| byte != 0) {
                return Ok(Some(offset + at as u64));
            }
            offset += bytes.len() as u64;
        }
    }
}

/// The name of a segment.
pub(crate) fn segment_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.journal"))
}

/// The numbers of the segments that lie in a folder, in order.
pub(crate) fn segment_numbers(folder: &Path) -> Result<Vec<u32>, JournalError> {
    let io = JournalError::io(folder, "list");
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&io)? {
        let name = entry.map_err(&io)?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".journal"));
        let digits = stem.filter(|s| s.len() >= 6 && s.bytes().all(|b| b.is_ascii_digit()));
        numbers.extend(digits.and_then(|digits| digits.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{CHAIN_START, SEAL_LEN, Seal, Then};

    /// What the kernel may hand out while a writer stores a record: the tag, and not yet the rest.
    #[test]
    fn a_copy_made_while_the_record_was_written_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live");
        let whole = Seal { chain: CHAIN_START, records: 7, then: Then::More }.encode(3);
        let mut torn = [0_u8; SEAL_LEN];
        torn[..4].copy_from_slice(&whole[..4]);
        std::fs::write(&path, torn).unwrap();
        let mut file = SegmentFile::open_raw(&path).unwrap();
        file.bytes(0, SEAL_LEN).unwrap();
        std::fs::write(&path, whole).unwrap();
        assert!(matches!(file.entry(0), Ok(Found::Entry { seq: 3, .. })));
        // A record that stays as it is, is damage.
        std::fs::write(&path, torn).unwrap();
        file.refresh();
        assert!(file.entry(0).is_err());
    }
}
