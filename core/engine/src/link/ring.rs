//! The writing end of the link between two threads, as the sink of the stage before it.

use super::message;
use super::wait::Waiter;
use crate::market::Market;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{Decision, Event, Nanos, SlotChange, Verdict};
use royale_ring::{Consumer, Line, Producer};
use std::sync::Arc;

/// The writing end.
#[derive(Debug)]
pub struct RingSink {
    producer: Producer,
    waiter: Waiter,
    progress: Arc<Progress>,
}

/// A ring of `capacity` lines: its writing end and its reading end.
pub fn ring(capacity: usize, waiter: Waiter, progress: Arc<Progress>) -> (RingSink, Consumer) {
    let (producer, consumer) = royale_ring::ring(capacity);
    (RingSink { producer, waiter, progress }, consumer)
}

impl RingSink {
    /// A full ring makes the writer wait: inside the corridor nothing is ever dropped.
    #[inline]
    fn push(&mut self, line: &Line) {
        if self.producer.push(line.head, &line.body).is_err() {
            self.push_when_there_is_room(line);
        }
    }
    #[cold]
    fn push_when_there_is_room(&mut self, line: &Line) {
        while self.producer.push(line.head, &line.body).is_err() {
            if self.producer.is_abandoned() || self.progress.is_broken() {
                self.progress.set_broken();
                return;
            }
            self.waiter.wait();
        }
        self.waiter.reset();
    }
}

impl Sink for RingSink {
    #[inline(always)]
    fn coming(&mut self, _: &Event, _: &Market) {
        // The thread behind the ring has a market of its own, and sees for itself.
    }
    #[inline]
    fn event(&mut self, event: &Event, _: &Market) {
        self.push(&message::event(event));
    }
    fn slot(&mut self, change: &SlotChange) {
        self.push(&message::slot(change));
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, _: &Market) {
        for line in &message::decision(decision) {
            self.push(line);
        }
    }
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        self.push(&message::verdict(verdict));
    }
    #[inline]
    fn order(&mut self, order: &ApprovedOrder) {
        self.push(&message::order(order));
    }
    #[inline]
    fn end(&mut self, _: &Event, _: &Market, next_market: Nanos) {
        self.push(&message::end(next_market));
    }
    fn promise(&mut self, promise: &Promise, _: &Market) {
        self.push(&message::promise(promise));
    }
    fn finish(&mut self, _: &Market) {
        self.push(&message::finish());
    }
}
