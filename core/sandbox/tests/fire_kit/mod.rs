//! A run under fire: who comes and goes, and a second account of what each must have seen.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

pub mod actor;
pub mod audience;
