//! The house's own ring.

use super::{BatchInlet, BatchOutlet, Inlet, Link, Outlet, numbered};
use royale_ring::{Consumer, Line, Producer};

/// `royale-ring`, as a link.
pub struct Ring;

impl Link for Ring {
    type Out = Producer;
    type In = Consumer;
    fn open(capacity: usize) -> (Producer, Consumer) {
        royale_ring::ring(capacity)
    }
}

impl Outlet for Producer {
    #[inline(always)]
    fn send(&mut self, line: &Line) -> bool {
        self.push(line.head, &line.body).is_ok()
    }
}

impl Inlet for Consumer {
    #[inline(always)]
    fn poll(&mut self) -> Option<Line> {
        self.pop()
    }
}

impl BatchOutlet for Producer {
    #[inline(always)]
    fn send_run(&mut self, first: u64, most: usize) -> usize {
        self.push_all((first..first + most as u64).map(numbered))
    }
}

impl BatchInlet for Consumer {
    #[inline(always)]
    fn poll_run(&mut self, most: usize, next: impl FnMut(&Line)) -> usize {
        self.pop_many(most, next)
    }
}
