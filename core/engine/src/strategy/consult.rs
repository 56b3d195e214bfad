//! Asking a strategy: what it says counts only if it comes to an end of it.
//!
//! A panic ends here. Must never let half an answer out.

use super::Strategy;
use super::context::{Context, Outbox};
use super::portfolio::Portfolio;
use crate::market::Market;
use royale_model::{Event, Fault, SlotId};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lets a strategy answer an event. What it said before it failed is taken back.
#[inline(always)]
pub(super) fn consult<C: Strategy>(
    competitor: &mut C,
    id: SlotId,
    event: &Event,
    market: &Market,
    portfolio: &mut Portfolio,
    outbox: &mut Outbox,
) -> Option<Fault> {
    let before = outbox.decisions().len();
    let mut context = Context::new(id, event.seq(), event.time(), market, portfolio, outbox);
    let call = AssertUnwindSafe(|| competitor.on_event(event, &mut context));
    let answered = catch_unwind(call).is_ok();
    // Nearly always it says nothing.
    if answered && outbox.is_quiet() {
        return None;
    }
    settle(answered, before, portfolio, outbox)
}

/// What becomes of an answer of which the first `before` decisions are somebody else's.
#[inline(never)]
fn settle(
    answered: bool,
    before: usize,
    portfolio: &mut Portfolio,
    outbox: &mut Outbox,
) -> Option<Fault> {
    let fault = if answered { outbox.fault() } else { Some(Fault::Panic) };
    if fault.is_some() {
        portfolio.take_back(&outbox.decisions()[before..]);
        outbox.truncate(before);
    }
    fault
}
