//! The order stage: the journal first, then the venue; and the venue's reports on their way back.

mod recorder;
mod stage;
mod states;

pub use recorder::{Discard, Recorder};
pub use stage::{OrderStage, OrderStageOutcome};
pub use states::OrderStates;
