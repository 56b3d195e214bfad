//! What a strategy is, and what it may see and say.

mod context;
mod portfolio;
mod stage;

pub use context::{Context, Intent, Outbox};
pub use portfolio::{
    DECISIONS_AT_ONCE, DECISIONS_PER_SECOND, OPEN_ORDERS_MAX, OpenOrder, Portfolio,
};
pub use stage::StrategyStage;

use royale_model::Event;

/// A competitor. A pure function of the events that it is given: no clock, no file, no randomness,
/// no allocation after construction.
///
/// On events it is called for every market event of every instrument; on a schedule for its own timers
/// instead, and the market is what `context` shows at that moment. Either way it is called for settlements
/// and for execution reports of its own shadow account; always after `context` has taken the event in.
/// During a batch of book changes (`!event.is_last()`) the book may contradict itself: decide on last
/// events only. A timer is a last event.
pub trait Strategy: Send {
    /// Answers one event, by calling `submit` and `cancel` on the context; usually by nothing.
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>);
}
