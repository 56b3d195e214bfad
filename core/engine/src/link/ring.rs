//! The ring between two stages: fixed-size messages through an SPSC queue.

use super::wait::Waiter;
use crate::market::Market;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{Decision, Event, Nanos, Verdict};
use std::sync::Arc;

/// What crosses the ring: one call of the [`Sink`] behind it.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// An input.
    Event(Event),
    /// What a strategy wants.
    Decision(Decision),
    /// What the gate says.
    Verdict(Verdict),
    /// What may go out.
    Order(ApprovedOrder),
    /// All of an input, and when the next market event happens at the earliest.
    End(Nanos),
    /// The sequencer's word.
    Promise(Promise),
    /// The end.
    Finish,
}

/// The writing end, as the sink of the stage before it.
#[derive(Debug)]
pub struct RingSink {
    producer: rtrb::Producer<Message>,
    waiter: Waiter,
    progress: Arc<Progress>,
}

/// A ring of `capacity` messages: its writing end and its reading end.
pub fn ring(
    capacity: usize,
    waiter: Waiter,
    progress: Arc<Progress>,
) -> (RingSink, rtrb::Consumer<Message>) {
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    (RingSink { producer, waiter, progress }, consumer)
}

impl RingSink {
    /// A full ring makes the writer wait: inside the corridor nothing is ever dropped.
    fn push(&mut self, message: Message) {
        let mut message = message;
        loop {
            match self.producer.push(message) {
                Ok(()) => break,
                Err(rtrb::PushError::Full(back)) => message = back,
            }
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
    #[inline]
    fn event(&mut self, event: &Event, _: &Market) {
        self.push(Message::Event(*event));
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, _: &Market) {
        self.push(Message::Decision(*decision));
    }
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        self.push(Message::Verdict(*verdict));
    }
    #[inline]
    fn order(&mut self, order: &ApprovedOrder) {
        self.push(Message::Order(*order));
    }
    #[inline]
    fn end(&mut self, next_market: Nanos) {
        self.push(Message::End(next_market));
    }
    fn promise(&mut self, promise: &Promise) {
        self.push(Message::Promise(*promise));
    }
    fn finish(&mut self) {
        self.push(Message::Finish);
    }
}
