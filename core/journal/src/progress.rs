//! What the writer and its threads tell each other without waiting: how far the disk is, who waits
//! for it, what failed, and that it is over.

use crate::JournalError;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One for each writer. All counts are of records since the journal began.
#[derive(Default)]
pub(crate) struct Progress {
    synced: AtomicU64,
    wanted: AtomicU64,
    closing: AtomicBool,
    failure: OnceLock<JournalError>,
}

impl Progress {
    /// Records that are on the disk: they survive the death of the machine.
    #[inline]
    pub(crate) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }
    /// The flusher's alone, and only after `fdatasync` returned.
    pub(crate) fn publish_synced(&self, records: u64) {
        debug_assert!(self.synced() <= records);
        self.synced.store(records, Ordering::Release);
    }
    /// Asks for so many records to be synced at once.
    #[inline]
    pub(crate) fn ask_for(&self, records: u64) {
        self.wanted.store(records, Ordering::Relaxed);
    }
    pub(crate) fn someone_waits(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > self.synced()
    }
    /// The flusher's failure.
    #[inline]
    pub(crate) fn failure(&self) -> Option<&JournalError> {
        self.failure.get()
    }
    /// The first failure counts.
    pub(crate) fn fail(&self, error: JournalError) {
        let _ = self.failure.set(error);
    }
    pub(crate) fn take_failure(&mut self) -> Option<JournalError> {
        self.failure.take()
    }
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
    /// No more segments are needed.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}
