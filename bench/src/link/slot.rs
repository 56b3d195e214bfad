//! The yardstick: one slot with its stamp inside, and nothing else.
//!
//! Owns the least that can carry a line from one thread to another: write the body, store the stamp;
//! see the stamp, copy the body. It has no room check, so it carries a ping-pong only, in which the
//! next line is never sent before the last one was answered.

use super::{Inlet, Link, Outlet};
use royale_ring::Line;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[repr(C, align(64))]
struct Slot {
    stamp: AtomicU64,
    body: UnsafeCell<[u64; 7]>,
}

/// Cache lines are fetched in pairs: nothing else may live in the pair.
#[repr(align(128))]
struct Apart(Slot);

// SAFETY: whoever sees the stamp may read the body until it answers, and the body is written only
// after an answer: the ping-pong's turns are the lock.
unsafe impl Sync for Slot {}

/// The yardstick, as a link.
pub struct BareSlot;

/// Writes the slot.
pub struct Out {
    slot: Arc<Apart>,
    count: u64,
}

/// Reads the slot.
pub struct In {
    slot: Arc<Apart>,
    count: u64,
}

impl Link for BareSlot {
    type Out = Out;
    type In = In;
    fn open(_: usize) -> (Out, In) {
        let slot = Slot { stamp: AtomicU64::new(0), body: UnsafeCell::new([0; 7]) };
        let slot = Arc::new(Apart(slot));
        (Out { slot: Arc::clone(&slot), count: 0 }, In { slot, count: 0 })
    }
}

impl Outlet for Out {
    #[inline(always)]
    fn send(&mut self, line: &Line) -> bool {
        self.count += 1;
        // SAFETY: the reader has answered the last line, so it has copied it.
        unsafe { self.slot.0.body.get().write(line.body) };
        self.slot.0.stamp.store(self.count, Ordering::Release);
        true
    }
}

impl Inlet for In {
    #[inline(always)]
    fn poll(&mut self) -> Option<Line> {
        if self.slot.0.stamp.load(Ordering::Acquire) == self.count {
            return None;
        }
        self.count += 1;
        // SAFETY: a new stamp was seen, and the writer waits for our answer.
        let body = unsafe { self.slot.0.body.get().read() };
        Some(Line { head: self.count, body })
    }
}
