//! The meta-agent at work: it reads a journal as it is written, and tells the engine what it thinks.
//!
//! Owns the way between the journal, the agent's thoughts (`royale-meta`) and the engine's socket.
//! Must never keep anything that the journal does not hold: whoever starts it again in the middle of
//! a run, or long after it, gets the same agent.

mod audit;
mod following;
mod history;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod kit;
mod live;

pub use audit::{Audit, Finding, audit};
pub use history::history;
pub use live::{Desk, serve};
