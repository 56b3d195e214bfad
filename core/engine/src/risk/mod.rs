//! The risk gate: the only place where an [`ApprovedOrder`] can be made.

mod approved;
mod gate;
mod limits;
mod live;
mod shares;
mod sizing;
mod stage;

pub use approved::ApprovedOrder;
pub use limits::RiskLimits;
pub use shares::{Shares, WHOLE_BP};
pub use sizing::{HouseSize, house_scale};
pub use stage::{ASKED_IN_ORDER, RiskStage};

#[cfg(test)]
mod tests;
