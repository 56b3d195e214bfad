//! The reading end.

use crate::line::Line;
use crate::pillar::{Pillar, acquire, holds, release};
use crate::shared::{Shared, slot_of};
use crate::sync::Arc;

/// Pops lines, in the order in which they were pushed. There is one for each ring; it may move to
/// another thread.
// Aligned, so that two handles side by side, of two threads, share no pair of cache lines.
#[repr(align(128))]
pub struct Consumer {
    shared: Arc<Shared>,
    /// How many lines were popped.
    position: u64,
    /// How many of them were given back to the producer.
    given_back: u64,
    /// How many to give back at once.
    batch: u64,
}

impl Consumer {
    /// Lines that `pop_many` takes at a stroke when it sees that the last of them is there.
    const RUN: usize = if cfg!(loom) { 2 } else { 16 };
    /// The part of the ring that is given back at once, as a divisor. (A model's ring is tiny.)
    const SHARE: u64 = if cfg!(loom) { 2 } else { 8 };

    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let batch = (shared.slots.len() as u64 / Self::SHARE).max(1);
        Self { shared, position: 0, given_back: 0, batch }
    }

    /// How many lines the ring holds.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.slots.len()
    }

    /// The next line, if there is one.
    #[inline]
    pub fn pop(&mut self) -> Option<Line> {
        let (slot, parity) = slot_of(&self.shared.slots, self.position);
        if !holds(Pillar::CopyThenPlace) && slot.poll(parity).is_some() {
            self.shared.place.0.store(self.position + 1, release(Pillar::PlaceReleases));
        }
        let Some(line) = slot.read(parity) else {
            self.give_back();
            return None;
        };
        self.position += 1;
        if self.position - self.given_back >= self.batch {
            self.give_back();
        }
        Some(line)
    }

    /// Calls `next` with each line that is there, at most `most`, and says how many there were.
    #[inline]
    pub fn pop_many(&mut self, most: usize, mut next: impl FnMut(&Line)) -> usize {
        let mut count = 0;
        // Look a run ahead first, so as not to follow close on the producer: a line that is fetched
        // while it is still being written has to travel twice.
        let has_runs = self.capacity() >= Self::RUN;
        while has_runs && most - count >= Self::RUN && self.is_there(Self::RUN as u64 - 1) {
            self.pop_run(&mut next);
            count += Self::RUN;
        }
        while count < most
            && let Some(line) = self.pop()
        {
            count += 1;
            next(&line);
        }
        count
    }

    /// As `pop_many`, for one run whose last line is there, and giving its slots back together.
    #[inline(always)]
    fn pop_run(&mut self, next: &mut impl FnMut(&Line)) {
        // Held apart from `self`, which the compiler would otherwise load again for every line.
        let slots = &*self.shared.slots;
        for _ in 0..Self::RUN {
            let (slot, _) = slot_of(slots, self.position);
            let line = slot.read_behind();
            self.position += 1;
            next(&line);
        }
        self.give_back();
    }

    /// Whether there is nothing to pop right now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_there(0)
    }

    /// Whether the producer was dropped. What it pushed before is there to be popped: the end is
    /// where the ring is abandoned *and then* found empty.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.shared.producer_gone.load(acquire(Pillar::GoneAcquires))
    }

    /// Whether the line so many after the next one is there. Beyond the capacity the answer means
    /// nothing.
    #[inline(always)]
    fn is_there(&self, ahead: u64) -> bool {
        let (slot, parity) = slot_of(&self.shared.slots, self.position + ahead);
        slot.poll(parity).is_some()
    }

    /// Tells the producer that all lines popped so far are copied.
    #[inline]
    fn give_back(&mut self) {
        if self.given_back != self.position {
            self.given_back = self.position;
            self.shared.place.0.store(self.position, release(Pillar::PlaceReleases));
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.shared.consumer_gone.store(true, release(Pillar::GoneReleases));
    }
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("position", &self.position).finish_non_exhaustive()
    }
}
