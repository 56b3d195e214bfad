//! The queues that the benches compare, behind one pair of traits, so that all of them are driven by
//! the same loops.
//!
//! Owns what "sending a line" means for each. Must add nothing to any of them: every message is 64
//! bytes, starts on a cache line of its own, and is copied in and out once.

mod crossbeam;
mod disruptor;
mod ring;
mod rtrb;
mod slot;

pub use crossbeam::Crossbeam;
pub use disruptor::Disruptor;
pub use ring::Ring;
use royale_ring::Line;
pub use rtrb::Rtrb;
pub use slot::BareSlot;

/// A queue between two threads.
pub trait Link {
    /// Its writing end.
    type Out: Outlet;
    /// Its reading end.
    type In: Inlet;
    /// A queue of `capacity` lines.
    fn open(capacity: usize) -> (Self::Out, Self::In);
}

/// The writing end of a queue.
pub trait Outlet: Send {
    /// Sends the line, or says that there was no room.
    fn send(&mut self, line: &Line) -> bool;
}

/// The reading end of a queue.
pub trait Inlet: Send {
    /// Looks once.
    fn poll(&mut self) -> Option<Line>;
}

/// A writing end that can send several lines at once.
pub trait BatchOutlet: Outlet {
    /// Sends the numbered lines from `first` on, at most `most`, and says how many.
    fn send_run(&mut self, first: u64, most: usize) -> usize;
}

/// A reading end that can take several lines at once.
pub trait BatchInlet: Inlet {
    /// Takes what is there, at most `most`, and says how many there were.
    fn poll_run(&mut self, most: usize, next: impl FnMut(&Line)) -> usize;
}

/// A line whose every word depends on its number.
#[inline]
#[must_use]
pub fn numbered(number: u64) -> Line {
    Line { head: number, body: [number; 7] }
}

/// A line that starts on a cache line, for queues that store what they are given.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Aligned(Line);
