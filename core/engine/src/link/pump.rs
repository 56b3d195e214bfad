//! The reading end of rings: takes what was said out of them and calls the next stage.

use super::message::{self, Message};
use super::wait::Waiter;
use crate::market::Market;
use crate::present;
use crate::progress::Progress;
use crate::sink::Sink;
use royale_ring::{Consumer, Line};

/// Hands every message to `next` until the end, or until the run is broken. `market` is this
/// thread's.
///
/// From several rings the first is the leader: it says everything but what the strategies of the
/// others decided, and what became of their slots. What was said on an event is handed on in the order of the rings, whatever the
/// order in which it came: the result is that of one thread.
pub fn pump(
    from: Vec<Consumer>,
    mut market: Market,
    next: &mut impl Sink,
    waiter: Waiter,
    progress: &Progress,
) {
    let mut inbox = Inbox { rings: from, waiter, progress };
    let mut last = present::no_event();
    loop {
        match inbox.receive(0) {
            Some(Message::Event(event)) => {
                last = event;
                next.coming(&last, &market);
                market.apply(&last);
                next.event(&last, &market);
            }
            Some(Message::Slot(change)) => next.slot(&change),
            Some(Message::Decision(decision)) => next.decision(&decision, &market),
            Some(Message::Verdict(verdict)) => next.verdict(&verdict),
            Some(Message::Order(order)) => next.order(&order),
            Some(Message::End(next_market)) => {
                for follower in 1..inbox.rings.len() {
                    loop {
                        match inbox.receive(follower) {
                            Some(Message::Slot(change)) => next.slot(&change),
                            Some(Message::Decision(decision)) => next.decision(&decision, &market),
                            _ => break,
                        }
                    }
                }
                next.end(&last, &market, next_market);
            }
            Some(Message::Promise(promise)) => next.promise(&promise, &market),
            Some(Message::Finish) | None => {
                next.finish(&market);
                return;
            }
        }
    }
}

/// The rings that a thread reads.
struct Inbox<'a> {
    rings: Vec<Consumer>,
    waiter: Waiter,
    progress: &'a Progress,
}

impl Inbox<'_> {
    /// The next message of one ring; waits for it. `None`: the run is broken.
    #[inline]
    fn receive(&mut self, nth: usize) -> Option<Message> {
        let first = self.line(nth)?;
        let message = message::read(&first, || self.line(nth));
        if message.is_none() {
            self.progress.set_broken();
        }
        message
    }

    #[inline]
    fn line(&mut self, nth: usize) -> Option<Line> {
        let ring = self.rings.get_mut(nth)?;
        loop {
            if let Some(line) = ring.pop() {
                self.waiter.reset();
                return Some(line);
            }
            if self.progress.is_broken() || (ring.is_abandoned() && ring.is_empty()) {
                self.progress.set_broken();
                return None;
            }
            self.waiter.wait();
        }
    }
}
