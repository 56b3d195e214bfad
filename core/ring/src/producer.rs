//! The writing end.

use crate::line::{BODY_WORDS, Full, HEAD_MAX, Line};
use crate::pillar::{Pillar, acquire, release};
use crate::shared::{Shared, slot_of};
use crate::sync::Arc;

/// Pushes lines. There is one for each ring; it may move to another thread.
// Aligned, so that two handles side by side, of two threads, share no pair of cache lines.
#[repr(align(128))]
pub struct Producer {
    shared: Arc<Shared>,
    /// How many lines were pushed.
    position: u64,
    /// The position at which the ring would be full, as far as we know.
    room_until: u64,
}

impl Producer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let room_until = shared.slots.len() as u64;
        Self { shared, position: 0, room_until }
    }

    /// How many lines the ring holds.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.slots.len()
    }

    /// Hands one line over.
    ///
    /// # Errors
    /// The ring is full. It stays so until the consumer has popped an eighth of it, or found it
    /// empty.
    ///
    /// # Panics
    /// `head` is above [`HEAD_MAX`], a mistake of the program.
    #[inline]
    pub fn push(&mut self, head: u64, body: &[u64; BODY_WORDS]) -> Result<(), Full> {
        assert!(head <= HEAD_MAX, "a head has 63 bits");
        if self.position == self.room_until {
            self.look_for_room()?;
        }
        let (slot, parity) = slot_of(&self.shared.slots, self.position);
        slot.write(parity, head, body);
        self.position += 1;
        Ok(())
    }

    /// Hands over lines, each as soon as it is written, until there are no more or the ring is
    /// full, and says how many. It takes no line that it has no room for.
    ///
    /// # Panics
    /// As [`Producer::push`]; the lines before the faulty one are handed over.
    #[inline]
    pub fn push_all(&mut self, lines: impl IntoIterator<Item = Line>) -> usize {
        let mut lines = lines.into_iter();
        let before = self.position;
        while self.position != self.room_until || self.look_for_room().is_ok() {
            let free = self.room_until - self.position;
            if self.fill(&mut lines, free) < free {
                break;
            }
        }
        (self.position - before) as usize
    }

    /// Hands over at most `free` lines, for which there is room, and says how many there were.
    #[inline(always)]
    fn fill(&mut self, lines: &mut impl Iterator<Item = Line>, free: u64) -> u64 {
        // What the loop needs is held apart from `self`: behind a store with Release the compiler
        // would otherwise load and store all of it again for every line.
        let slots = &*self.shared.slots;
        let mut run = Run { position: self.position, write_back: &mut self.position };
        let end = run.position + free;
        while run.position != end
            && let Some(line) = lines.next()
        {
            assert!(line.head <= HEAD_MAX, "a head has 63 bits");
            let (slot, parity) = slot_of(slots, run.position);
            slot.write(parity, line.head, &line.body);
            run.position += 1;
        }
        free - (end - run.position)
    }

    /// Whether the consumer was dropped: nobody will read what is pushed now.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.shared.consumer_gone.load(acquire(Pillar::GoneAcquires))
    }

    /// Asks for the consumer's place, which costs a cache line's journey.
    #[cold]
    fn look_for_room(&mut self) -> Result<(), Full> {
        let place = self.shared.place.0.load(acquire(Pillar::PlaceAcquires));
        self.room_until = place + self.shared.slots.len() as u64;
        if self.position == self.room_until { Err(Full) } else { Ok(()) }
    }
}

/// A position in a register, written back even if the iterator panics: what was handed over must
/// never be written again.
struct Run<'a> {
    position: u64,
    write_back: &'a mut u64,
}

impl Drop for Run<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.write_back = self.position;
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.shared.producer_gone.store(true, release(Pillar::GoneReleases));
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("position", &self.position).finish_non_exhaustive()
    }
}
