//! What a stage hands to the next: the things that flow down the corridor.

use crate::market::Market;
use crate::risk::ApprovedOrder;
use royale_model::{Decision, Event, Nanos, SlotChange, Verdict};

/// The receiving end of a stage: the next stage itself, or a ring that leads to it.
///
/// For each input in sequence the caller says that it is coming, and sends the event; then what becomes of slots, and for each decision
/// that it causes the decision, and for each account a verdict and, when approved, the order; then `end`.
///
/// The market comes along with what must be held against it: one for each thread, kept by whoever drives the
/// thread. With an event that is `coming` it is as the event before it left it, with everything else already changed by the event.
pub trait Sink {
    /// An input, sequenced, is about to change this market: what happened at the venue before it happens now.
    fn coming(&mut self, event: &Event, market: &Market);
    /// An input, sequenced.
    fn event(&mut self, event: &Event, market: &Market);
    /// What becomes of a strategy slot at this input.
    fn slot(&mut self, change: &SlotChange);
    /// What a strategy wants.
    fn decision(&mut self, decision: &Decision, market: &Market);
    /// What the risk gate says to it.
    fn verdict(&mut self, verdict: &Verdict);
    /// What may go to the venue.
    fn order(&mut self, order: &ApprovedOrder);
    /// All that this event, the last one, caused has been sent. The next market event happens at the venue at
    /// `next_market` or later: what lets a simulated venue answer without being asked.
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos);
    /// The sequencer's word to a simulated venue. Not an input: not journaled.
    fn promise(&mut self, promise: &Promise, market: &Market);
    /// Nothing will come any more.
    fn finish(&mut self, market: &Market);
}

/// The sequencer's word to a simulated venue, so that it may work ahead (see `feed`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Number of this promise, for its acknowledgement.
    pub id: u64,
    /// The next market event happens at the venue at this time or later.
    pub market_not_before: Nanos,
    /// No event will be sequenced before this time.
    pub input_not_before: Nanos,
}
