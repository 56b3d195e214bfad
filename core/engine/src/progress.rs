//! How far the order stage has come: what the sequencer must know to release simulated time.
//!
//! One cache line of atomics with one writer, the order stage. Each value only ever promises more
//! than before, so a stale read is safe: it makes the sequencer wait, never err.

use crate::slot_board::SlotBoard;
use royale_model::{Nanos, Seq};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// The order stage's word to the sequencer.
#[derive(Debug)]
#[repr(align(64))]
pub struct Progress {
    /// Every report that reaches us before this time is in the report ring, whatever strategies
    /// may still answer to the events that are under way.
    horizon: AtomicI64,
    /// Last promise that was worked off.
    acknowledged: AtomicU64,
    /// Last event of which everything was worked off. Written last.
    done: AtomicU64,
    /// Its time.
    time: AtomicI64,
    /// What each slot runs.
    pub slots: SlotBoard,
    /// True between a halt and a resume.
    halted: AtomicBool,
    /// Some stage cannot go on; everybody stops.
    broken: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            horizon: AtomicI64::new(i64::MIN),
            acknowledged: AtomicU64::new(0),
            done: AtomicU64::new(0),
            time: AtomicI64::new(0),
            slots: SlotBoard::default(),
            halted: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// The order stage: all of event `done` is worked off, all ready reports are in the ring.
    #[inline]
    pub(crate) fn publish(&self, done: Seq, time: Nanos, horizon: Nanos) {
        self.horizon.store(horizon.raw(), Ordering::Release);
        self.time.store(time.raw(), Ordering::Relaxed);
        self.done.store(done, Ordering::Release);
    }
    /// The order stage: a promise is worked off, all ready reports are in the ring.
    pub(crate) fn acknowledge(&self, promise: u64, horizon: Nanos) {
        self.horizon.store(horizon.raw(), Ordering::Release);
        self.acknowledged.store(promise, Ordering::Release);
    }
    /// The sequencer: has everything up to `released` been worked off?
    #[inline]
    pub(crate) fn is_done(&self, released: Seq) -> bool {
        self.done.load(Ordering::Acquire) >= released
    }
    #[inline]
    pub(crate) fn is_acknowledged(&self, promise: u64) -> bool {
        self.acknowledged.load(Ordering::Acquire) >= promise
    }
    #[inline]
    pub(crate) fn horizon(&self) -> Nanos {
        Nanos::from_raw(self.horizon.load(Ordering::Acquire))
    }
    /// Last event of which everything was worked off.
    pub fn done(&self) -> Seq {
        self.done.load(Ordering::Acquire)
    }
    /// Its time.
    pub fn time(&self) -> Nanos {
        Nanos::from_raw(self.time.load(Ordering::Relaxed))
    }
    /// The order stage: a halt or a resume passed.
    pub(crate) fn set_halted(&self, halted: bool) {
        self.halted.store(halted, Ordering::Relaxed);
    }
    /// True between a halt and a resume.
    pub fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }
    /// Tells every stage to stop.
    pub fn set_broken(&self) {
        self.broken.store(true, Ordering::Release);
    }
    /// True when some stage cannot go on.
    #[inline]
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }
}
