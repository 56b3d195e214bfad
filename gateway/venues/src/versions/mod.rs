//! Versions of strategies: what they are made of, where that is kept, and how they are made.
//!
//! Everything here is slow and runs on the control thread, or before a run begins.

mod began;
mod competitor;
mod manifest;
mod store;
mod workshop;

pub use began::keep;
pub use competitor::Competitor;
pub use manifest::Manifest;
pub use store::{Store, hex};
pub use workshop::{Workshop, thread_of};
