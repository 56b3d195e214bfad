//! The venue's reports on their way to becoming inputs: from the ring to their moment.
//!
//! Owns each report from the ring until the sequencer takes it. Must never let two of one order and
//! one moment change places. The sequencer receives and takes.

use crate::present;
use royale_model::{Body, Event, Nanos, OrderId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The reading end of the ring, and what was read and waits.
#[derive(Debug)]
pub(super) struct Reports {
    ring: rtrb::Consumer<Event>,
    pending: BinaryHeap<Reverse<Pending>>,
    arrived: u64,
}

/// A report that waits for its moment.
#[derive(Clone, Debug)]
struct Pending {
    time: Nanos,
    order: OrderId,
    /// Reports of one order at one moment stay in the order in which the venue made them.
    arrival: u64,
    event: Event,
}

impl Pending {
    fn key(&self) -> (Nanos, OrderId, u64) {
        (self.time, self.order, self.arrival)
    }
}
impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Pending {}
impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Reports {
    /// What comes out of this ring; room for as many as it holds.
    pub(super) fn new(ring: rtrb::Consumer<Event>) -> Self {
        let event = present::no_event();
        let blank = Pending { time: event.time(), order: OrderId::NONE, arrival: 0, event };
        let pending = present::heap(ring.buffer().capacity(), Reverse(blank));
        Self { ring, pending, arrived: 0 }
    }

    /// Takes all out of the ring.
    #[inline]
    pub(super) fn receive(&mut self) {
        while let Ok(event) = self.ring.pop() {
            self.keep(event);
        }
    }

    #[inline(never)]
    fn keep(&mut self, event: Event) {
        let Body::ExecutionReport(report) = event.body() else { return };
        self.arrived += 1;
        self.pending.push(Reverse(Pending {
            time: event.time(),
            order: report.order,
            arrival: self.arrived,
            event,
        }));
    }

    /// When the first of those that wait is seen.
    #[inline]
    pub(super) fn first_time(&self) -> Option<Nanos> {
        self.pending.peek().map(|first| first.0.time)
    }

    /// Takes the first of those that wait.
    pub(super) fn take(&mut self) -> Option<Event> {
        self.pending.pop().map(|first| first.0.event)
    }
}
