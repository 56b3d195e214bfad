//! What the two handles share, and the constructor.

use crate::consumer::Consumer;
use crate::producer::Producer;
use crate::slot::Slot;
use crate::sync::{Arc, AtomicBool, AtomicU64};

/// The largest ring: a gibibyte of lines.
pub const CAPACITY_MAX: usize = 1 << 24;

/// Two cache lines, because the hardware fetches them in pairs.
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

pub(crate) struct Shared {
    /// A power of two of them.
    pub(crate) slots: Box<[Slot]>,
    /// Set once, each by the handle that it names.
    pub(crate) producer_gone: AtomicBool,
    pub(crate) consumer_gone: AtomicBool,
    /// How many lines the consumer has given back. Written by the consumer only.
    pub(crate) place: Padded<AtomicU64>,
}

/// The slot of the `position`-th line, and the parity of its lap. A loop borrows the slots once: the
/// compiler cannot know that a store with Release leaves the pointer to them alone.
#[inline(always)]
pub(crate) fn slot_of(slots: &[Slot], position: u64) -> (&Slot, u64) {
    let capacity = slots.len();
    // The mask keeps the index within the slots, and the compiler sees it.
    let slot = &slots[position as usize & (capacity - 1)];
    (slot, u64::from(position & capacity as u64 != 0))
}

/// A ring of at least `capacity` lines, rounded up to a power of two (none means one): its writing end and its
/// reading end. All memory is allocated and touched here.
///
/// # Panics
/// `capacity` is above [`CAPACITY_MAX`].
#[must_use]
pub fn ring(capacity: usize) -> (Producer, Consumer) {
    assert!(capacity <= CAPACITY_MAX, "a ring of {capacity} lines, at most {CAPACITY_MAX}");
    let capacity = capacity.next_power_of_two();
    let shared = Arc::new(Shared {
        slots: (0..capacity).map(|_| Slot::unused()).collect(),
        producer_gone: AtomicBool::new(false),
        consumer_gone: AtomicBool::new(false),
        place: Padded(AtomicU64::new(0)),
    });
    (Producer::new(Arc::clone(&shared)), Consumer::new(shared))
}
