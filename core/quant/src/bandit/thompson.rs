//! Thompson sampling: draw from what is known of each arm, play the highest draw. So an arm is
//! played as often as it is probably the best. Owns three memories: all evidence or discounted
//! evidence of rates, a sliding window of it, and (discounted) evidence of means with known noise.
//!
//! Sources: W. R. Thompson (1933); V. Raj, S. Kalyani, "Taming Non-stationary Bandits: A Bayesian
//! Approach" (2017) for the discount; F. Trovò, S. Paladino, M. Restelli, N. Gatti, "Sliding-Window
//! Thompson Sampling for Non-Stationary Environments" (2020) for the window.

use super::beta::{Beta, Counts};
use super::student::Student;
use super::{Outcome, Policy, RegimeView, check_arms, check_discount, usable};
use crate::parameter::{ParameterError, check_positive, check_window};
use crate::rng::Xoshiro256PlusPlus;

/// Success rates with a uniform prior. In every step all counts fade, then what was seen is added;
/// the prior does not fade.
#[derive(Clone, Debug)]
pub struct ThompsonBeta {
    discount: f64,
    counts: Vec<Counts>,
}

impl ThompsonBeta {
    /// `discount` is what a step leaves of the evidence before it: 1 forgets nothing.
    ///
    /// # Errors
    /// No arm, too many, or `discount` outside `(0, 1]`.
    pub fn new(arms: usize, discount: f64) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_discount(discount)?;
        Ok(Self { discount, counts: vec![Counts::default(); arms] })
    }

    /// What is known of each arm.
    pub fn posteriors(&self) -> impl Iterator<Item = Beta> {
        self.counts.iter().map(|counts| Beta::UNIFORM.given(counts))
    }
}

impl Policy for ThompsonBeta {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        highest(self.posteriors().map(|posterior| posterior.draw(rng)))
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        if self.discount < 1.0 {
            self.counts.iter_mut().for_each(|counts| counts.fade(self.discount));
        }
        for outcome in usable(self.counts.len(), seen) {
            self.counts[outcome.arm].take(outcome.reward);
        }
    }
}

/// Success rates by the last steps alone, whichever arms were seen in them.
#[derive(Clone, Debug)]
pub struct WindowedThompson {
    counts: Vec<Counts>,
    /// One row of rewards for each step of the window, NaN where an arm was not seen.
    rows: Vec<f64>,
    /// The row that the next step takes: the oldest one.
    next: usize,
}

impl WindowedThompson {
    /// Remembers this many steps.
    ///
    /// # Errors
    /// No arm, too many, or a window out of range.
    pub fn new(arms: usize, window: usize) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_window("window", window)?;
        check_window("window × arms", window.saturating_mul(arms))?;
        let (counts, rows) = (vec![Counts::default(); arms], vec![f64::NAN; window * arms]);
        Ok(Self { counts, rows, next: 0 })
    }

    /// What is known of each arm.
    pub fn posteriors(&self) -> impl Iterator<Item = Beta> {
        self.counts.iter().map(|counts| Beta::UNIFORM.given(counts))
    }
}

impl Policy for WindowedThompson {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        highest(self.posteriors().map(|posterior| posterior.draw(rng)))
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        let arms = self.counts.len();
        let row = &mut self.rows[self.next..self.next + arms];
        for (counts, reward) in self.counts.iter_mut().zip(row.iter_mut()) {
            if !reward.is_nan() {
                counts.give_back(*reward);
                *reward = f64::NAN;
            }
        }
        for outcome in usable(arms, seen) {
            self.counts[outcome.arm].take(outcome.reward);
            row[outcome.arm] = outcome.reward;
        }
        self.next = (self.next + arms) % self.rows.len();
    }
}

/// Means of rewards with known noise and a standard normal prior scaled by it: with (discounted)
/// sum `X` and number `N` of an arm's rewards, the posterior is normal around `X/(1+N)` with
/// standard deviation `noise/√(1+N)`.
#[derive(Clone, Debug)]
pub struct ThompsonNormal {
    discount: f64,
    noise: f64,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl ThompsonNormal {
    /// `noise` is the standard deviation of a reward, in its unit.
    ///
    /// # Errors
    /// No arm, too many, `discount` outside `(0, 1]` or `noise` not above zero.
    pub fn new(arms: usize, discount: f64, noise: f64) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_discount(discount)?;
        check_positive("noise", noise)?;
        Ok(Self { discount, noise, sums: vec![0.0; arms], counts: vec![0.0; arms] })
    }

    /// What is known of each arm.
    pub fn posteriors(&self) -> impl Iterator<Item = Student> {
        self.sums.iter().zip(&self.counts).map(|(sum, count)| {
            Student::normal(sum / (1.0 + count), self.noise / (1.0 + count).sqrt())
        })
    }
}

impl Policy for ThompsonNormal {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        highest(self.posteriors().map(|posterior| posterior.draw(rng)))
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        if self.discount < 1.0 {
            for value in self.sums.iter_mut().chain(&mut self.counts) {
                *value *= self.discount;
            }
        }
        for outcome in usable(self.sums.len(), seen) {
            self.sums[outcome.arm] += outcome.reward;
            self.counts[outcome.arm] += 1.0;
        }
    }
}

/// The arm with the highest score, the first of several; 0 without arms. NaN never wins.
pub(super) fn highest(scores: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (arm, score) in scores.enumerate() {
        if score > best.1 {
            best = (arm, score);
        }
    }
    best.0
}
