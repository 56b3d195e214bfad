//! The pillars on which the ring stands: every ordering, of memory or of statements, that it needs.
//!
//! Owns their names and reasons. In a normal build all of them hold, as constants. Under loom a test
//! takes one away at a time and must see the model fall: that is how we know that the model would
//! notice if a change lost one.

use crate::sync::Ordering;

/// One ordering that the protocol needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pillar {
    /// The body is written before the stamp.
    BodyThenStamp,
    /// The stamp is stored with Release: whoever sees it sees the body.
    StampReleases,
    /// The stamp is loaded with Acquire: the body is read after it.
    StampAcquires,
    /// The consumer copies a body before it gives the slot back.
    CopyThenPlace,
    /// The consumer's place is stored with Release: its copies are done for whoever sees it.
    PlaceReleases,
    /// The producer loads that place with Acquire: it overwrites no body that is being copied.
    PlaceAcquires,
    /// "Gone" is stored with Release: all that was pushed or given back before it is seen with it.
    GoneReleases,
    /// "Gone" is loaded with Acquire, for the same.
    GoneAcquires,
}

#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn holds(_: Pillar) -> bool {
    true
}

/// A store that releases, as long as its pillar holds.
#[inline(always)]
pub(crate) fn release(pillar: Pillar) -> Ordering {
    if holds(pillar) { Ordering::Release } else { Ordering::Relaxed }
}

/// A load that acquires, as long as its pillar holds.
#[inline(always)]
pub(crate) fn acquire(pillar: Pillar) -> Ordering {
    if holds(pillar) { Ordering::Acquire } else { Ordering::Relaxed }
}

#[cfg(loom)]
std::thread_local! {
    // The standard library's: loom runs all threads of a model on one thread of the system.
    static MISSING: std::cell::Cell<Option<Pillar>> = const { std::cell::Cell::new(None) };
}

#[cfg(loom)]
pub(crate) fn holds(pillar: Pillar) -> bool {
    MISSING.get() != Some(pillar)
}

/// From now on this thread's models run without this pillar.
#[cfg(loom)]
pub fn without(pillar: Pillar) {
    MISSING.set(Some(pillar));
}
