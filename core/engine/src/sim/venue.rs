//! The venue itself: orders arrive late, wait in the queue, fill against the recorded book.

use super::parameters::SimParameters;
use crate::risk::ApprovedOrder;
use crate::sink::Promise;
use royale_model::{Event, Instrument, Nanos};

/// A venue that fills against the recorded market. One for all accounts; accounts do not meet.
#[derive(Debug)]
pub struct SimVenue {}

impl SimVenue {
    /// A venue of these instruments.
    pub fn new(_instruments: &[Instrument], _parameters: &SimParameters) -> Self {
        Self {}
    }
    /// Takes an order or a cancel request, sent at `order.time`; it arrives later.
    pub fn submit(&mut self, _order: &ApprovedOrder) {}
    /// Takes a sequenced event in: first what arrives before it, then the event.
    pub fn on_event(&mut self, _event: &Event) {}
    /// Works ahead as far as the promise allows.
    pub fn on_promise(&mut self, _promise: &Promise) {}
    /// Cancels everything that rests or is on its way (the halt's second half).
    pub fn cancel_all(&mut self, _now: Nanos) {}
    /// The next report that is ready, in the order in which they must be sequenced.
    /// Its `time` is when it reaches us.
    pub fn pop_report(&mut self) -> Option<Event> {
        None
    }
    /// Every report that reaches us before this time is already out.
    pub fn horizon(&self) -> Nanos {
        Nanos::MAX
    }
    /// stub
    pub fn arrivals_horizon(&self) -> Nanos {
        Nanos::MAX
    }
}
