//! The board of stamps: when each event that may be under way left the feed stage.
//!
//! Written by the feed stage alone, read by every later stage.

use royale_model::Seq;
use std::sync::atomic::{AtomicU64, Ordering};

/// Readings of the time stamp counter, one for each event that may be under way.
#[derive(Debug)]
pub struct Stamps {
    clock: quanta::Clock,
    board: Box<[AtomicU64]>,
}

impl Default for Stamps {
    fn default() -> Self {
        let board: Box<[AtomicU64]> = (0..Self::CAPACITY).map(|_| AtomicU64::new(0)).collect();
        touch(&board);
        Self { clock: quanta::Clock::new(), board }
    }
}

impl Stamps {
    /// Events that may be under way at once; a power of two.
    pub const CAPACITY: usize = 1 << 14;

    #[inline]
    fn place(&self, seq: Seq) -> &AtomicU64 {
        // The length is a power of two.
        &self.board[seq as usize & (Self::CAPACITY - 1)]
    }
    /// The counter now: what [`stamp`](Self::stamp) and [`between`](Self::between) take.
    #[inline]
    pub fn now(&self) -> u64 {
        self.clock.raw()
    }
    /// The feed stage: event `seq` left, or was due to leave, at this reading of the counter.
    #[inline]
    pub fn stamp(&self, seq: Seq, at: u64) {
        // The ring that carries the event orders this store before the reader's load.
        self.place(seq).store(at, Ordering::Relaxed);
    }
    /// Nanoseconds from the stamp of event `seq` to a reading of the counter.
    #[inline]
    pub fn since(&self, seq: Seq, now: u64) -> u64 {
        self.between(self.place(seq).load(Ordering::Relaxed), now)
    }
    /// Nanoseconds between two readings; 0 should the second be the earlier one.
    #[inline]
    pub fn between(&self, from: u64, to: u64) -> u64 {
        self.clock.delta_as_nanos(from, to)
    }
}

/// Writes to every page: memory that is only reserved would fault under the first event instead.
pub(super) fn touch(cells: &[AtomicU64]) {
    cells.iter().for_each(|cell| cell.store(0, Ordering::Relaxed));
}
