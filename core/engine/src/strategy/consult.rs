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
    let fault = match catch_unwind(call) {
        Err(_) => Some(Fault::Panic),
        Ok(()) if outbox.is_quiet() => None,
        Ok(()) => outbox.fault(),
    };
    if fault.is_some() {
        portfolio.take_back(&outbox.decisions()[before..]);
        outbox.truncate(before);
    }
    fault
}
