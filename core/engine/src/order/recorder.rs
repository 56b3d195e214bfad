//! Where the order stage writes what it saw: a journal, or for replay a journal to compare with.

use royale_journal::Writer;
use royale_model::{Decision, Event, Order, SlotChange, Verdict};

/// Receives every record of a run in its final order.
pub trait Recorder {
    /// An input.
    fn event(&mut self, event: &Event);
    /// What a strategy wanted.
    fn decision(&mut self, decision: &Decision);
    /// What became of a slot.
    fn slot(&mut self, change: &SlotChange);
    /// What the gate said.
    fn verdict(&mut self, verdict: &Verdict);
    /// What goes out, recorded before it goes.
    fn order(&mut self, order: &Order);
    /// True when recording is no longer possible: nothing may go out any more.
    fn failed(&self) -> bool;
    /// True once what was recorded is kept well enough for an order to leave. A recorder may wait
    /// here, without a system call; false: it never will be.
    fn may_send(&self) -> bool {
        !self.failed()
    }
}

impl Recorder for Writer {
    #[inline]
    fn event(&mut self, event: &Event) {
        Self::event(self, event);
    }
    #[inline]
    fn decision(&mut self, decision: &Decision) {
        Self::decision(self, decision);
    }
    fn slot(&mut self, change: &SlotChange) {
        Self::slot(self, change);
    }
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        Self::verdict(self, verdict);
    }
    #[inline]
    fn order(&mut self, order: &Order) {
        Self::order(self, order);
    }
    #[inline]
    fn failed(&self) -> bool {
        self.failure().is_some()
    }
    #[inline]
    fn may_send(&self) -> bool {
        Self::may_send(self)
    }
}

/// Records nothing: for backtests that only want the result.
#[derive(Debug, Default)]
pub struct Discard;

impl Recorder for Discard {
    fn event(&mut self, _: &Event) {}
    fn decision(&mut self, _: &Decision) {}
    fn slot(&mut self, _: &SlotChange) {}
    fn verdict(&mut self, _: &Verdict) {}
    fn order(&mut self, _: &Order) {}
    fn failed(&self) -> bool {
        false
    }
}
