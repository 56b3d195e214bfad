//! Orders and cancel requests on their way to the venue, in order of arrival.
//!
//! Owns a message from `submit` until it arrives. Must never let one overtake another that
//! arrives earlier, nor a cancel overtake its own order. The venue fills it and takes from it.

use crate::present;
use royale_model::{Nanos, Order, OrderId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Message {
    /// A NewOrderSingle.
    New,
    /// An OrderCancelRequest.
    Cancel,
    /// A halt's cancel: nobody waits for an answer when the order is dead already.
    Sweep,
}

/// A message under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Arrival {
    /// When it arrives.
    pub(super) time: Nanos,
    /// Messages that arrive at one time are taken in the order of their submission.
    pub(super) number: u64,
    pub(super) message: Message,
    pub(super) order: Order,
}

impl Ord for Arrival {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.number).cmp(&(other.time, other.number))
    }
}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// All messages under way.
#[derive(Debug)]
pub(super) struct Arrivals {
    heap: BinaryHeap<Reverse<Arrival>>,
    capacity: usize,
    number: u64,
    overgrown: u64,
}

impl Arrivals {
    pub(super) fn new(capacity: usize) -> Self {
        let blank = Arrival {
            time: Nanos::ZERO,
            number: 0,
            message: Message::New,
            order: present::NO_ORDER,
        };
        let heap = present::heap(capacity, Reverse(blank));
        Self { heap, capacity, number: 0, overgrown: 0 }
    }

    /// Takes a message that arrives at `time`; a cancel not before its own order.
    pub(super) fn push(&mut self, time: Nanos, message: Message, order: Order) {
        let time = match message {
            Message::New => time,
            Message::Cancel | Message::Sweep => {
                self.arrival_of(order.id).map_or(time, |own| own.max(time))
            }
        };
        self.overgrown += u64::from(self.heap.len() >= self.capacity);
        self.number += 1;
        self.heap.push(Reverse(Arrival { time, number: self.number, message, order }));
    }

    /// When the next message arrives.
    #[inline]
    pub(super) fn next_time(&self) -> Option<Nanos> {
        self.heap.peek().map(|next| next.0.time)
    }

    /// The next message.
    pub(super) fn pop(&mut self) -> Option<Arrival> {
        self.heap.pop().map(|next| next.0)
    }

    /// Adds a cancel request for every order that is under way.
    pub(super) fn list_new(&self, now: Nanos, cancels: &mut Vec<Order>) {
        for Reverse(arrival) in &self.heap {
            if arrival.message == Message::New {
                let order = &arrival.order;
                cancels.push(Order::cancel(0, now, order.id, order.instrument, order.side));
            }
        }
    }

    /// Messages for which memory had to grow.
    pub(super) fn overgrown(&self) -> u64 {
        self.overgrown
    }

    fn arrival_of(&self, id: OrderId) -> Option<Nanos> {
        let mut all = self.heap.iter().map(|next| &next.0);
        all.find(|one| one.message == Message::New && one.order.id == id).map(|one| one.time)
    }
}
