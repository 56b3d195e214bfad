//! What a flood of commands does to the engine that hears them, told apart from what a busy
//! neighbour core does to any thread.
//!
//! A run of the engine is cut into many short windows of three kinds ([`Kind`]), in random order, so
//! that a host that drifts drifts for all three, and the engine's own histogram is read at the edges of
//! each. Three runs give every piece of the tape to every kind. The stand-in makes the other core as
//! busy as a flood does, so that only what the engine hears is different. Must never run on the
//! engine's own cpu.

pub mod client;
pub mod cpu;
pub mod engine;
pub mod order;
pub mod piece;
pub mod report;
pub mod run;
pub mod spread;
pub mod stand_in;
pub mod window;

pub use order::Kind;
