//! The simulation that proves an allocator: bandits, contestants, and regret with its error over
//! many seeds.
//!
//! Owns worlds, the short form of policies, the runner and the demands on our allocator. The same
//! seed gives the same bits on every machine and with any number of threads.

mod cases;
mod contestant;
mod study;
mod verdict;
mod world;

pub use cases::{Case, cases, evenly};
pub use contestant::{
    Contestant, HOUSE, HOUSE_DISCOUNTS, HOUSE_PRIOR_WEIGHT, HOUSE_SWITCHING, NAMES, NoContestant,
};
pub use study::{Curve, Point, SEEDS_MAX, Study, play};
pub use verdict::{LABEL_FACTOR_MAX, STILL_FACTOR_MAX, Verdict, verdicts};
pub use world::{HORIZON_MAX, Motion, Noise, Tape, World};
