//! The risk gate: the only place where an [`ApprovedOrder`] can be made.

mod approved;

pub use approved::ApprovedOrder;
