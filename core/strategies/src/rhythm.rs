//! What a strategy is called for: every event, or timers.
//!
//! On timers a strategy sees no market event: at each timer it looks at the market as it is, and that is
//! one sample. What needs more than that says so when it is built.

use crate::sampler::SILENCE_MAX;
use royale_engine::Context;
use royale_model::{Event, EventKind, InstrumentId, Nanos};

/// When a strategy is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rhythm {
    /// On every event.
    Events,
    /// On timers of its own.
    Timers {
        /// Longest time between two of them, but for clock changes.
        wait: Nanos,
    },
}

impl Rhythm {
    /// Longest time without a sample that counts as an unmoved price: on timers a clock change may
    /// double the wait.
    pub(crate) fn silence_max(self) -> Nanos {
        match self {
            Self::Events => SILENCE_MAX,
            Self::Timers { wait } => Nanos::from_raw(wait.raw().saturating_mul(2)),
        }
    }
    /// Longest time between two timers in seconds; 0 on events.
    pub(crate) fn wait_s(self) -> f64 {
        match self {
            Self::Events => 0.0,
            // Whole seconds stay whole: it is held against what was written.
            Self::Timers { wait } => wait.raw() as f64 / 1e9,
        }
    }
}

/// True for one of the strategy's own timers.
#[inline]
pub(crate) fn is_timer(event: &Event) -> bool {
    event.kind() == EventKind::Timer
}

/// True when the source of an instrument's price spoke within `age_max`: what a timer finds of an older
/// one is no sample.
#[inline]
pub(crate) fn is_recent(context: &Context<'_>, id: InstrumentId, age_max: Nanos) -> bool {
    context.market(id).is_some_and(|view| context.now().since(view.updated) <= age_max)
}
