//! The simulated venue: fills orders against the recorded market.
//!
//! `venue` owns time; `exchange` (with `arrive`, `market` and `prints`) owns matching. What they
//! assume, and where it differs from hftbacktest, stands in `docs/simulated-venue.md`.

mod arrivals;
mod arrive;
mod exchange;
mod floor;
mod latency;
mod market;
mod orders;
mod outbox;
mod parameters;
mod prints;
mod queue;
mod taken;
mod venue;

pub(crate) use latency::mix;
pub use latency::{LatencyModel, Purpose};
pub use parameters::{FillModel, QueueModel, SimParameters};
pub use taken::ENTRIES as TAKINGS_MAX;
pub use venue::{SimCounters, SimVenue};
