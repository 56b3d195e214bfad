//! The flusher thread: hashes what was appended and copies it from memory into the files on the disk, forces it
//! there in groups, and seals the segments that the writer has left.
//!
//! The only one that writes a segment's file. It finds the records as a reader does, by their tags,
//! so that the writer does not have to say where it is; and it polls, so that the writer never has
//! to wake it. Waiting for the disk is its work: nothing here holds up the writer until
//! `HELD_MAX` segments are full.

use crate::JournalError;
use crate::bulk::{BLOCK, BULK, Bulk};
use crate::format::{CHAIN_START, Seal, Then};
use crate::options::Flush;
use crate::progress::Progress;
use crate::segment::{Segment, Used};
use crate::tape::sync_folder_of;
use rtrb::Consumer;
use sha2::{Digest, Sha256};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Bytes that are hashed at once.
const CHUNK: usize = 256 << 10;

/// A segment that the writer has left.
pub(crate) struct Left {
    pub segment: Arc<Segment>,
    pub used: Used,
    pub then: Then,
}

/// Forces a segment's file to the disk.
pub(crate) trait Commit: Send + 'static {
    /// Returns once all that was written to the file before is on the disk.
    fn commit(&mut self, segment: &Segment) -> std::io::Result<()>;
}

/// `fdatasync`.
pub(crate) struct Fdatasync;

impl Commit for Fdatasync {
    fn commit(&mut self, segment: &Segment) -> std::io::Result<()> {
        segment.disk.sync_data()
    }
}

/// The thread's state.
pub(crate) struct Flusher<C> {
    commit: C,
    flush: Flush,
    nap: Duration,
    coming: Receiver<Arc<Segment>>,
    left: Consumer<Left>,
    progress: Arc<Progress>,
    /// Records that are hashed, and in the files whenever `copy` has returned.
    copied: u64,
    /// The last seal's value.
    chain: [u8; 32],
}

/// The segment that is being copied.
struct Current {
    segment: Arc<Segment>,
    /// Up to where it is hashed.
    at: usize,
    records: u64,
    hash: Sha256,
    /// Up to where it is in the file.
    filed: usize,
    bulk: Bulk,
}

impl Current {
    /// Writes what is hashed and not in the file yet: whole blocks past the page cache.
    fn write_blocks(&mut self) -> Result<(), JournalError> {
        let (from, to) = (self.filed.next_multiple_of(BLOCK), self.at / BLOCK * BLOCK);
        self.write_up_to(from)?;
        let io = JournalError::io(&self.segment.path, "write");
        if self.bulk.write(self.segment.bytes(from, to), from).map_err(io)? {
            self.filed = to;
        }
        self.write_up_to(to)
    }
    /// The same by way of the page cache.
    fn write_up_to(&mut self, to: usize) -> Result<(), JournalError> {
        let segment = &self.segment;
        let io = JournalError::io(&segment.path, "write");
        let bytes = segment.bytes(self.filed, to);
        segment.disk.write_all_at(bytes, self.filed as u64).map_err(io)?;
        self.filed = to;
        Ok(())
    }
}

impl<C: Commit> Flusher<C> {
    pub(crate) fn new(
        commit: C,
        flush: Flush,
        nap: Duration,
        coming: Receiver<Arc<Segment>>,
        left: Consumer<Left>,
        progress: Arc<Progress>,
    ) -> Self {
        Self { commit, flush, nap, coming, left, progress, copied: 0, chain: CHAIN_START }
    }
    /// Works until the writer is gone; returns the last seal's chain value. `header` is the length
    /// of every segment's header.
    pub(crate) fn run(mut self, first: Arc<Segment>, header: usize) -> Option<[u8; 32]> {
        match self.work(first, header) {
            Ok(()) => Some(self.chain),
            Err(error) => {
                self.progress.fail(error);
                None
            }
        }
    }
    fn work(&mut self, first: Arc<Segment>, header: usize) -> Result<(), JournalError> {
        self.found(&first)?;
        let mut current = self.begin(first, header);
        let mut committed = Instant::now();
        loop {
            // Asked in this order, and before the copy: what was appended before the writer left
            // the segment, or went away, is then seen below.
            let gone = self.left.is_abandoned();
            let left = self.left.pop().ok();
            let progressed = self.copy(&mut current)?;
            if let Some(left) = left {
                let Then::More = left.then else { return self.end(&mut current, &left) };
                // It was announced before the writer could enter it.
                let Ok(next) = self.coming.recv() else { return Ok(()) };
                self.found(&next)?;
                self.end(&mut current, &left)?;
                current = self.begin(next, header);
                continue;
            }
            if gone {
                self.force(&current.segment)?;
                return current.segment.release();
            }
            if let Flush::Group { every } = self.flush
                && (committed.elapsed() >= every || self.progress.someone_waits())
                && self.copied > self.progress.synced()
            {
                self.force(&current.segment)?;
                committed = Instant::now();
            }
            if !progressed {
                std::thread::sleep(self.nap);
            }
        }
    }
    /// Makes sure that a machine that dies finds the segment, header and name: before anything in
    /// it counts as synced, and before the seal of the one before says that it follows.
    fn found(&mut self, segment: &Segment) -> Result<(), JournalError> {
        if self.flush == Flush::Lazy {
            return Ok(());
        }
        let io = JournalError::io(&segment.path, "force to the disk");
        self.commit.commit(segment).map_err(io)?;
        sync_folder_of(&segment.path)
    }
    fn begin(&self, segment: Arc<Segment>, header: usize) -> Current {
        let mut hash = Sha256::new();
        hash.update(self.chain);
        // The file has its header already.
        hash.update(segment.bytes(0, header));
        let bulk = Bulk::of(&segment.path);
        Current { segment, at: header, records: 0, hash, filed: header, bulk }
    }
    /// Copies what was appended meanwhile. False: nothing was.
    fn copy(&mut self, current: &mut Current) -> Result<bool, JournalError> {
        let before = current.at;
        loop {
            let (end, records) = current.segment.published(current.at, CHUNK)?;
            if end == current.at {
                current.write_up_to(end)?;
                return Ok(end > before);
            }
            current.hash.update(current.segment.bytes(current.at, end));
            current.at = end;
            current.records += records;
            self.copied += records;
            if current.at - current.filed >= BULK {
                current.write_blocks()?;
            }
        }
    }
    /// Seals what the writer has left, and lets go of its memory.
    fn end(&mut self, current: &mut Current, left: &Left) -> Result<(), JournalError> {
        let segment = &left.segment;
        if segment.number != current.segment.number
            || (current.at, current.records) != (left.used.end, left.used.records)
        {
            let reason = "the memory of the segment does not hold what was appended to it";
            return Err(JournalError::corrupt(&segment.path, current.at as u64, reason));
        }
        let chain = std::mem::take(&mut current.hash).finalize().into();
        let seal = Seal { chain, records: left.used.records, then: left.then };
        segment.seal(left.used, seal)?;
        if left.then == Then::End {
            segment.truncate(left.used)?;
        }
        self.force(segment)?;
        self.chain = chain;
        segment.release()
    }
    /// Group commit: one call to the disk for all that was copied since the last.
    fn force(&mut self, segment: &Segment) -> Result<(), JournalError> {
        if self.flush != Flush::Lazy {
            let io = JournalError::io(&segment.path, "force to the disk");
            self.commit.commit(segment).map_err(io)?;
            self.progress.publish_synced(self.copied);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "flusher_tests.rs"]
mod tests;
