//! One segment on its way: memory that the writer appends to, and the file that it becomes.
//!
//! Owns the file calls of the writing side. The memory is a file of a memory file system, so the
//! kernel never writes it back, and never takes its pages away from the writer to do so; the file on
//! the disk is written by `flusher.rs` alone. Must never run on the thread that appends.

use crate::JournalError;
use crate::file::segment_path;
use crate::format::{self, RECORD_HEADER, SEAL_LEN, Seal};
use crate::reserve::reserve;
use memmap2::{Advice, MmapOptions, MmapRaw};
use royale_model::Seq;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const PAGE: u64 = 4096;

/// A mapped memory file whose pages are all present and writable, and its place on the disk.
pub(crate) struct Segment {
    pub number: u32,
    /// The memory.
    pub map: MmapRaw,
    /// The file on the disk: reserved, with its header.
    pub disk: File,
    pub path: PathBuf,
    /// The memory as a file: what a live reader opens, and what a successor finds after a kill.
    live: File,
    live_path: PathBuf,
}

/// What the writer leaves behind in a segment.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Offset after the last record.
    pub end: usize,
    pub records: u64,
    pub last_seq: Seq,
}

impl Segment {
    /// Creates segment `number`: on the disk under a passing name, then in memory, and only then
    /// under its own name. Whoever sees `NNNNNN.journal` sees a whole header, and its live copy
    /// exists, or has existed and everything in it is in the file.
    pub(crate) fn prepare(
        folder: &Path,
        live_folder: &Path,
        number: u32,
        header: &[u8],
        bytes: u64,
    ) -> Result<Self, JournalError> {
        let path = segment_path(folder, number);
        let live_path = segment_path(live_folder, number);
        let passing = path.with_extension("prepare");
        let make = || {
            let disk = create(&passing, header, bytes)?;
            let live = create(&live_path, header, bytes)?;
            let map = populate(&live, &live_path)?;
            std::fs::rename(&passing, &path)
                .map_err(JournalError::io(&path, "name the segment"))?;
            Ok((disk, live, map))
        };
        match make() {
            Ok((disk, live, map)) => {
                let made = Self { number, map, disk, path, live, live_path: live_path.clone() };
                Ok(made)
            }
            Err(error) => {
                // The error that we return matters more than files that we cannot remove.
                let _ = std::fs::remove_file(&passing);
                let _ = std::fs::remove_file(&live_path);
                Err(error)
            }
        }
    }
    /// The end of the records that are published from `from` on, after `most` bytes or a little
    /// more, or at the last one; and how many they are.
    pub(crate) fn published(&self, from: usize, most: usize) -> Result<(usize, u64), JournalError> {
        let room = self.map.len() - SEAL_LEN;
        let (mut end, mut records) = (from, 0);
        while end + RECORD_HEADER <= room && end - from < most {
            // SAFETY: the tag lies inside the map, aligned as every record is; whoever writes it
            // does so atomically.
            let tag = unsafe { AtomicU32::from_ptr(self.map.as_mut_ptr().add(end).cast()) }
                .load(Ordering::Acquire);
            if tag == 0 {
                break;
            }
            let len =
                format::tag_len(tag).ok().filter(|len| end + len <= room).ok_or_else(|| {
                    let reason = "something else has written into the segment's memory";
                    JournalError::corrupt(&self.path, end as u64, reason)
                })?;
            end += len;
            records += 1;
        }
        Ok((end, records))
    }
    /// The memory between two places, all of it published (or the header).
    pub(crate) fn bytes(&self, from: usize, to: usize) -> &[u8] {
        assert!(from <= to && to <= self.map.len());
        // SAFETY: the range lies inside the map, and nobody writes to it any more: a record that
        // is published is never touched again.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(from), to - from) }
    }
    /// Ends the segment in memory, where live readers look for it, and on the disk.
    pub(crate) fn seal(&self, used: Used, seal: Seal) -> Result<(), JournalError> {
        write_seal(&self.live, &self.live_path, used, seal)?;
        write_seal(&self.disk, &self.path, used, seal)
    }
    /// Gives the unused rest of the journal's last segment back.
    pub(crate) fn truncate(&self, used: Used) -> Result<(), JournalError> {
        let io = JournalError::io(&self.path, "truncate");
        self.disk.set_len((used.end + SEAL_LEN) as u64).map_err(io)
    }
    /// Removes the memory's name: from now on the file says everything.
    pub(crate) fn release(&self) -> Result<(), JournalError> {
        remove(&self.live_path)
    }
    /// Removes a segment that was prepared and never used.
    pub(crate) fn discard(&self) -> Result<(), JournalError> {
        remove(&self.path).and(remove(&self.live_path))
    }
}

fn remove(path: &Path) -> Result<(), JournalError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(JournalError::io(path, "remove")(error))
        }
        _ => Ok(()),
    }
}

/// A reserved file that holds a header.
fn create(path: &Path, header: &[u8], bytes: u64) -> Result<File, JournalError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(JournalError::io(path, "create"))?;
    reserve(&file, path, bytes)?;
    file.write_all_at(header, 0).map_err(JournalError::io(path, "write the header of"))?;
    Ok(file)
}

/// Maps a file and makes every page of it present and writable.
fn populate(file: &File, path: &Path) -> Result<MmapRaw, JournalError> {
    let map =
        MmapOptions::new().map_raw(file).map_err(JournalError::io(path, "map into memory"))?;
    if map.advise(Advice::PopulateWrite).is_err() {
        touch(&map);
    }
    // Against swap. Where the limit forbids it the pages are present all the same.
    let _ = map.lock();
    Ok(map)
}

/// Writes a seal as a writer publishes a record: everything, and then the tag.
pub(crate) fn write_seal(
    file: &File,
    path: &Path,
    used: Used,
    seal: Seal,
) -> Result<(), JournalError> {
    let bytes = seal.encode(used.last_seq);
    let (tag, rest) = bytes.split_at(4);
    debug_assert!(rest.len() + tag.len() == SEAL_LEN && SEAL_LEN > RECORD_HEADER);
    let at = used.end as u64;
    let io = JournalError::io(path, "write the seal of");
    file.write_all_at(rest, at + 4).map_err(&io)?;
    file.write_all_at(tag, at).map_err(&io)
}

/// Write-touches every page, for kernels older than 5.14.
fn touch(map: &MmapRaw) {
    for at in (0..map.len()).step_by(PAGE as usize) {
        // SAFETY: `at` lies inside the map, and nobody else knows of this file yet.
        unsafe {
            let byte = map.as_mut_ptr().add(at);
            byte.write_volatile(byte.read_volatile());
        }
    }
}
