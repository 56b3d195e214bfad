//! The meta-agent: how capital follows evidence.
//!
//! Pure: it opens no file and no socket and reads no clock. Numbers go in, shares and reasons come
//! out; `ctl` reads journals for it and talks to the engine.
#![forbid(unsafe_code)]

mod agent;
mod belief;
mod honesty;
mod joint;
pub mod shape;
pub mod simulate;
mod summary;
mod weather;

pub use agent::{Agent, Look, Mode, Step, Terms};
pub use honesty::{Band, EPOCHS_MIN, Honesty, Regret};
pub use joint::Standing;
pub use summary::{Modes, Summary};
pub use weather::Weather;
