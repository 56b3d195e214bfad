//! The ring between two stages: fixed-size messages through an SPSC queue.

use super::wait::Waiter;
use crate::market::Market;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{Decision, Event, Verdict};
use std::sync::Arc;

/// What crosses the ring; the flag says that nothing more belongs to the last event.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// An input.
    Event(Event, bool),
    /// What a strategy wants.
    Decision(Decision, bool),
    /// What the gate says.
    Verdict(Verdict, bool),
    /// What may go out.
    Order(ApprovedOrder, bool),
    /// The sequencer's word.
    Promise(Promise),
    /// The end.
    Finish,
}

/// The writing end, as the sink of the stage before it.
#[derive(Debug)]
pub struct RingSink {
    producer: rtrb::Producer<Message>,
    /// The last message waits here until it is known whether it ends its event.
    held: Option<Message>,
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
    (RingSink { producer, held: None, waiter, progress }, consumer)
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
    #[inline]
    fn hold(&mut self, message: Message) {
        if let Some(before) = self.held.replace(message) {
            self.push(before);
        }
    }
    fn flush(&mut self) {
        if let Some(held) = self.held.take() {
            self.push(held);
        }
    }
}

impl Sink for RingSink {
    #[inline]
    fn event(&mut self, event: &Event, _: &Market) {
        self.hold(Message::Event(*event, false));
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, _: &Market) {
        self.hold(Message::Decision(*decision, false));
    }
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        self.hold(Message::Verdict(*verdict, false));
    }
    #[inline]
    fn order(&mut self, order: &ApprovedOrder) {
        self.hold(Message::Order(*order, false));
    }
    #[inline]
    fn end(&mut self) {
        match &mut self.held {
            Some(
                Message::Event(_, last)
                | Message::Decision(_, last)
                | Message::Verdict(_, last)
                | Message::Order(_, last),
            ) => *last = true,
            _ => debug_assert!(false, "an end without an event"),
        }
        self.flush();
    }
    fn promise(&mut self, promise: &Promise) {
        self.flush();
        self.push(Message::Promise(*promise));
    }
    fn finish(&mut self) {
        self.flush();
        self.push(Message::Finish);
    }
}

/// The reading end: hands every message to `next` until the end, or until the run is broken.
/// `market` is this thread's.
pub fn pump(
    mut consumer: rtrb::Consumer<Message>,
    mut market: Market,
    next: &mut impl Sink,
    mut waiter: Waiter,
    progress: &Progress,
) {
    loop {
        let Ok(message) = consumer.pop() else {
            if progress.is_broken() || (consumer.is_abandoned() && consumer.is_empty()) {
                progress.set_broken();
                next.finish();
                return;
            }
            waiter.wait();
            continue;
        };
        waiter.reset();
        let last = match message {
            Message::Event(event, last) => {
                market.apply(&event);
                next.event(&event, &market);
                last
            }
            Message::Decision(decision, last) => {
                next.decision(&decision, &market);
                last
            }
            Message::Verdict(verdict, last) => {
                next.verdict(&verdict);
                last
            }
            Message::Order(order, last) => {
                next.order(&order);
                last
            }
            Message::Promise(promise) => {
                next.promise(&promise);
                false
            }
            Message::Finish => {
                next.finish();
                return;
            }
        };
        if last {
            next.end();
        }
    }
}
