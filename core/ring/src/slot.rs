//! One slot: a cache line whose last word says whether the rest is new.
//!
//! Owns the only unsafe code of the ring. It trusts its callers, the two handles, with one thing: a
//! slot is written only after its last content was given back, and by one thread.

use crate::line::{BODY_WORDS, Line};
use crate::pillar::{Pillar, acquire, holds, release};
use crate::sync::{AtomicU64, Ordering, UnsafeCell};

/// The stamp is `head << 1 | parity of the lap`. It is the last word because a line is then written
/// from its start to its end, in aligned pieces, which streams faster (docs/ring.md).
#[repr(C, align(64))]
pub(crate) struct Slot {
    body: UnsafeCell<[u64; BODY_WORDS]>,
    stamp: AtomicU64,
}

#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(size_of::<Slot>() == 64);

// SAFETY: the body is shared between two threads, and the stamp hands it over: the producer writes
// it while the consumer waits for the stamp, the consumer reads it while the producer waits for the
// consumer's place to pass it (`Producer::push`, `Consumer::pop`).
unsafe impl Sync for Slot {}

impl Slot {
    /// A slot as the lap before the first would have left it. The stamp is not zero, so the page is
    /// written, not merely promised by the kernel.
    pub(crate) fn unused() -> Self {
        Self { body: UnsafeCell::new([0; BODY_WORDS]), stamp: AtomicU64::new(1) }
    }

    /// Writes a line and hands it over. The caller is the producer, and the consumer gave this slot
    /// back.
    #[inline(always)]
    pub(crate) fn write(&self, parity: u64, head: u64, body: &[u64; BODY_WORDS]) {
        let stamp = head << 1 | parity;
        if !holds(Pillar::BodyThenStamp) {
            self.stamp.store(stamp, release(Pillar::StampReleases));
        }
        self.body.with_mut(|to| {
            // SAFETY: the consumer reads a body only between seeing its stamp, which this lap's is
            // not yet, and giving the slot back, which it did for the last lap's.
            unsafe { to.write(*body) };
        });
        self.stamp.store(stamp, release(Pillar::StampReleases));
    }

    /// The head, if this lap's line is there.
    #[inline(always)]
    pub(crate) fn poll(&self, parity: u64) -> Option<u64> {
        let stamp = self.stamp.load(acquire(Pillar::StampAcquires));
        (stamp & 1 == parity).then_some(stamp >> 1)
    }

    /// Copies the line out, if this lap's is there. The caller is the consumer.
    #[inline(always)]
    pub(crate) fn read(&self, parity: u64) -> Option<Line> {
        let head = self.poll(parity)?;
        Some(Line { head, body: self.body() })
    }

    /// Copies the line out. The caller is the consumer, and has seen ([`Slot::poll`]) a line that was handed over
    /// after this one, and did not give this one back.
    #[inline(always)]
    pub(crate) fn read_behind(&self) -> Line {
        // One thread hands all lines over, one after the other: who has seen a later one sees this stamp.
        Line { head: self.stamp.load(Ordering::Relaxed) >> 1, body: self.body() }
    }

    #[inline(always)]
    fn body(&self) -> [u64; BODY_WORDS] {
        self.body.with(|from| {
            // SAFETY: this lap's stamp or a later one was seen, so the body is written, and the producer does
            // not come back to it before the consumer has given the slot back.
            unsafe { from.read() }
        })
    }
}
