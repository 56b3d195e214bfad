//! What a thread does while there is nothing to do.

use std::time::Duration;

/// Wait strategies, cheapest in latency first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Poll without pause: needs a core of its own.
    Spin,
    /// Poll a while, then give the core away between polls.
    Yield,
    /// Poll a while, then sleep between polls.
    Park,
}

/// One thread's patience: counts fruitless polls.
#[derive(Debug)]
pub struct Waiter {
    strategy: Wait,
    idle: u32,
}

impl Waiter {
    const SPINS: u32 = 256;
    const YIELDS: u32 = 1024;
    const NAP: Duration = Duration::from_micros(50);

    /// A waiter with this strategy.
    pub fn new(strategy: Wait) -> Self {
        Self { strategy, idle: 0 }
    }
    /// There was something to do.
    #[inline]
    pub fn reset(&mut self) {
        self.idle = 0;
    }
    /// There was nothing to do.
    #[inline]
    pub fn wait(&mut self) {
        self.idle = self.idle.saturating_add(1);
        match self.strategy {
            // Without a pause: the next look finds the line sooner (docs/ring.md).
            Wait::Spin => {}
            _ if self.idle < Self::SPINS => std::hint::spin_loop(),
            Wait::Park if self.idle > Self::YIELDS => std::thread::sleep(Self::NAP),
            _ => std::thread::yield_now(),
        }
    }
}
