//! A feed that stands still at given events until it is told to go on.

use royale_engine::feed::Source;
use royale_model::Event;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A place where the feed stands still; for the thread that looks on.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicU8>);

const AHEAD: u8 = 0;
const REACHED: u8 = 1;
const BEHIND: u8 = 2;

impl Stop {
    pub(super) fn is_reached(&self) -> bool {
        self.0.load(Ordering::Acquire) == REACHED
    }
    pub(super) fn let_go(&self) {
        self.0.store(BEHIND, Ordering::Release);
    }
    /// The feed's thread: spins here. The two marks are for a tracer, which sees nothing else of it.
    fn stand(&self) {
        mark();
        self.0.store(REACHED, Ordering::Release);
        while self.0.load(Ordering::Acquire) == REACHED {
            std::hint::spin_loop();
        }
        mark();
    }
    fn is_ahead(&self) -> bool {
        self.0.load(Ordering::Relaxed) == AHEAD
    }
}

/// A system call that nothing else in a run makes.
fn mark() {
    // SAFETY: a plain system call without arguments or effects.
    unsafe { libc::getppid() };
}

/// The feed.
#[derive(Debug)]
pub(super) struct Stopping<T> {
    tape: T,
    taken: usize,
    stops: [(usize, Stop); 2],
}

/// `tape`, standing still once so many of its events are taken; and the two stops.
pub(super) fn stopping<T: Source>(tape: T, at: [usize; 2]) -> (Stopping<T>, [Stop; 2]) {
    let stops = [Stop::default(), Stop::default()];
    let [first, second] = stops.clone();
    (Stopping { tape, taken: 0, stops: [(at[0], first), (at[1], second)] }, stops)
}

impl<T: Source> Source for Stopping<T> {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        for (at, stop) in &self.stops {
            if self.taken == *at && stop.is_ahead() {
                stop.stand();
            }
        }
        self.tape.peek()
    }
    fn take(&mut self) {
        self.taken += 1;
        self.tape.take();
    }
}
