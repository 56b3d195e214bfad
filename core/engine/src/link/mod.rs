//! The link between two stages: a direct call, or a ring between two threads.
//!
//! A stage's sink is the next stage itself (a direct call: nothing to build) or a [`RingSink`];
//! at the other end of the ring, [`pump`] calls the next stage. The stages do not know which.

mod fan;
mod message;
mod pump;
mod ring;
mod wait;

pub use fan::{Fan, Shard};
pub use pump::pump;
pub use ring::{RingSink, ring};
pub use wait::{Wait, Waiter};
