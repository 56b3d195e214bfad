//! What a strategy is, and what it may see and say.

mod caretaker;
mod common;
mod consult;
mod context;
mod portfolio;
mod slot;
mod stage;
mod version;

pub use context::{Context, Intent, Outbox};
pub use portfolio::{
    DECISIONS_AT_ONCE, DECISIONS_PER_SECOND, OPEN_ORDERS_MAX, OpenOrder, Portfolio,
};
pub use stage::{STATE_BYTES_MAX, StrategyStage};
pub use version::{
    LiveOrders, Plan, Swaps, Version, VersionInbox, VersionOutlet, Versions, version_ring,
};

use royale_model::Event;

/// What is done about a slot whose strategy failed or was put into quarantine. Its live orders are called
/// back in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnFault {
    /// It keeps what it holds.
    #[default]
    Cancel,
    /// It gives up what it holds, at the market.
    Flatten,
}

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

    /// Names the layout of the state that it hands over: only a successor that says the same number
    /// gets it. `None`: it hands nothing over.
    fn state_layout(&self) -> Option<u64> {
        None
    }
    /// Writes its state to the front of `into`, without allocating. Returns the length, or `None` when
    /// it does not fit or there is none.
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        let _ = into;
        None
    }
    /// Takes over a state of its own layout. False: it does not fit, and the strategy is as before.
    fn import_state(&mut self, from: &[u8]) -> bool {
        let _ = from;
        false
    }
}
