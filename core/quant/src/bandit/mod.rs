//! Which of several arms is the best, when each reward is noise around a mean that may move: what
//! is known (posteriors), how sure (probability of being the best), and what to play.
//!
//! Owns the posteriors, the exact probability of being the best, the published policies, and the
//! house's own [`Allocator`]. It knows no slot, no capital and no clock: a step is one call, and a
//! reward is a number in a unit of the caller's choice.
//!
//! A policy learns from [`Outcome`]s only, and only from those it is given: the outcome of the
//! played arm alone is *bandit feedback*, the outcomes of all arms are *full information*. The same
//! policy runs under both.

mod allocator;
mod baseline;
mod beta;
mod draws;
mod epsilon_greedy;
mod exp3;
mod hedge;
mod normal_gamma;
mod p_best;
mod panel;
mod per_regime;
mod student;
mod thompson;
mod ucb;

pub use allocator::{Allocator, AllocatorSettings, Measure, REGIMES_MAX};
pub use baseline::{Equal, ExploreThenCommit, Static};
pub use beta::{Beta, Counts};
pub use epsilon_greedy::EpsilonGreedy;
pub use exp3::{Exp3, Exp3Settings};
pub use hedge::{Hedge, HedgeSettings};
pub use normal_gamma::{Evidence, NormalGamma};
pub use p_best::{ARMS_MAX, PBest};
pub use per_regime::PerRegime;
pub use student::Student;
pub use thompson::{ThompsonBeta, ThompsonNormal, WindowedThompson};
pub use ucb::Ucb;

use crate::checked::is_usable;
use crate::parameter::{ParameterError, require};
use crate::rng::Xoshiro256PlusPlus;

/// One reward of one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Which arm, from 0.
    pub arm: usize,
    /// What it gave.
    pub reward: f64,
}

/// What is known of the regime before a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimeView<'a> {
    /// What somebody says that it is; may be wrong.
    pub label: usize,
    /// How probable each regime is, given all labels so far; adds up to one.
    pub probabilities: &'a [f64],
}

/// Chooses an arm in every step, and learns from outcomes.
pub trait Policy {
    /// The arm to play now. All randomness comes from `rng`.
    fn choose(&mut self, regime: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize;

    /// Ends the step: what was seen in it, each arm at most once. Outcomes of unknown arms and
    /// unusable rewards (see [`crate::MAGNITUDE_MAX`]) are ignored.
    fn observe(&mut self, regime: RegimeView<'_>, seen: &[Outcome]);
}

impl<P: Policy + ?Sized> Policy for Box<P> {
    fn choose(&mut self, regime: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        (**self).choose(regime, rng)
    }
    fn observe(&mut self, regime: RegimeView<'_>, seen: &[Outcome]) {
        (**self).observe(regime, seen);
    }
}

/// Checks a number of arms.
fn check_arms(arms: usize) -> Result<(), ParameterError> {
    require("arms", "between 1 and 1024", (1..=ARMS_MAX).contains(&arms))
}

/// Checks a probability or share.
fn check_share(parameter: &'static str, value: f64) -> Result<(), ParameterError> {
    require(parameter, "between 0 and 1", (0.0..=1.0).contains(&value))
}

/// Checks a discount: what a step leaves of the evidence before it.
fn check_discount(value: f64) -> Result<(), ParameterError> {
    require("discount", "above zero and at most one", value > 0.0 && value <= 1.0)
}

/// The outcomes that can be learned from, for this many arms.
fn usable(arms: usize, seen: &[Outcome]) -> impl Iterator<Item = Outcome> {
    seen.iter().copied().filter(move |outcome| outcome.arm < arms && is_usable(outcome.reward))
}

/// The arm with the highest score; of several any, by the dice, so that no arm has an advantage by
/// its number. NaN never wins; 0 without arms.
fn best(scores: impl Iterator<Item = f64>, rng: &mut Xoshiro256PlusPlus) -> usize {
    let (mut best, mut highest, mut equal) = (0, f64::NEG_INFINITY, 1);
    for (arm, score) in scores.enumerate() {
        if score > highest {
            (best, highest, equal) = (arm, score, 1);
        } else if score == highest {
            equal += 1;
            if rng.below(equal) == 0 {
                best = arm;
            }
        }
    }
    best
}

/// An arm drawn with these probabilities, which add up to about one.
fn draw_from(shares: &[f64], rng: &mut Xoshiro256PlusPlus) -> usize {
    let mut left = rng.uniform() * shares.iter().sum::<f64>();
    for (arm, share) in shares.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return arm;
        }
    }
    shares.len().saturating_sub(1)
}
