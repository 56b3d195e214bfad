//! The simulated venue: fills orders against the recorded market.

mod latency;
mod parameters;
mod venue;

pub use latency::LatencyModel;
pub use parameters::{FillModel, QueueModel, SimParameters};
pub use venue::SimVenue;
