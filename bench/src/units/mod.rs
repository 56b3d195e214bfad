//! The work of each unit, by itself, on recorded input: what benches time and the gate counts.
//!
//! Owns the list of units and their names. A unit is prepared first (its input read, its state
//! built) and then done once, for as many repetitions as were asked for; only the second part is
//! measured. Must never let a clock or a random number decide what is done: the same count is the
//! same work, to the instruction.

mod codec;
mod corridor;
mod gate;
mod journal;
mod latency;
mod market;
mod replay;
mod sessions;
mod strategy;
mod venue;

pub use sessions::{EVENTS_MAX, Recording, Sessions};

use std::any::Any;

/// Work that is ready to be done, once. What it leaves behind is given back, so that clearing it
/// away is nobody's cost.
pub type Work = Box<dyn FnOnce() -> Box<dyn Any> + Send>;

/// Makes the work of so many repetitions ready.
type Prepare = Box<dyn Fn(&Sessions, usize) -> Result<Work, String>>;

/// One unit of work that is measured by itself.
pub struct Unit {
    /// Its name: the stage, and what it is given.
    pub name: String,
    /// What is done once in each repetition.
    pub repetition: &'static str,
    /// Repetitions that are enough to count: see [`crate::instructions`].
    pub count: usize,
    prepare: Prepare,
}

impl Unit {
    fn new(
        name: impl Into<String>,
        repetition: &'static str,
        count: usize,
        prepare: impl Fn(&Sessions, usize) -> Result<Work, String> + 'static,
    ) -> Self {
        Self { name: name.into(), repetition, count, prepare: Box::new(prepare) }
    }

    /// Makes `count` repetitions ready; at most twice [`Unit::count`].
    ///
    /// # Errors
    /// The recording is too short or cannot be read; a journal cannot be written.
    pub fn prepare(&self, sessions: &Sessions, count: usize) -> Result<Work, String> {
        (self.prepare)(sessions, count).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// Does the work. All that is measured happens in here: the instruction counter knows this function
/// by its name ([`MEASURED`]).
#[inline(never)]
pub fn measured(work: Work) -> Box<dyn Any> {
    std::hint::black_box(work())
}

/// A pattern that matches the name of [`measured`] and of nothing else, mangled or not.
pub const MEASURED: &str = "*royale_bench*units*measured*";

/// All units, in the order in which an event meets them.
pub fn all() -> Vec<Unit> {
    let mut units = codec::units();
    units.extend(market::units());
    units.extend(strategy::units());
    units.extend(gate::units());
    units.extend(journal::units());
    units.extend(venue::units());
    units.extend(latency::units());
    units.extend(corridor::units());
    units.extend(replay::units());
    units
}

/// A piece of work from a closure.
fn work<T: 'static>(work: impl FnOnce() -> T + Send + 'static) -> Work {
    Box::new(move || Box::new(work()))
}
