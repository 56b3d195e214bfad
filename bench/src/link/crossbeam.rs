//! `crossbeam`'s `ArrayQueue`: for many producers and consumers, so each operation is a
//! compare-and-swap; the stamp lies beside the message, as in our ring.

use super::{Aligned, Inlet, Link, Outlet};
use crossbeam_queue::ArrayQueue;
use royale_ring::Line;
use std::sync::Arc;

/// `ArrayQueue`, as a link.
pub struct Crossbeam;

/// Either end.
pub struct End(Arc<ArrayQueue<Aligned>>);

impl Link for Crossbeam {
    type Out = End;
    type In = End;
    fn open(capacity: usize) -> (End, End) {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (End(Arc::clone(&queue)), End(queue))
    }
}

impl Outlet for End {
    #[inline(always)]
    fn send(&mut self, line: &Line) -> bool {
        self.0.push(Aligned(*line)).is_ok()
    }
}

impl Inlet for End {
    #[inline(always)]
    fn poll(&mut self) -> Option<Line> {
        self.0.pop().map(|aligned| aligned.0)
    }
}
