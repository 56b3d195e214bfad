//! EXP3 and EXP3.S: exponential weights on estimated rewards, for worlds that may be malicious.
//! Owns the weights. Meant for bandit feedback: the estimate divides by the probability of a play.

use super::{Outcome, Policy, RegimeView, check_arms, check_share, draw_from, usable};
use crate::parameter::{ParameterError, require};
use crate::rng::Xoshiro256PlusPlus;
use std::f64::consts::E;

/// Parameters of EXP3 and EXP3.S.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exp3Settings {
    /// Share of plays that goes to all arms evenly, in `(0, 1]`.
    pub gamma: f64,
    /// What every weight gains of all weights in a step, as a share; 0 gives EXP3.
    pub alpha: f64,
}

/// Plays arm `i` with probability `(1-γ)·w_i/Σw + γ/K`; the played arm's weight grows by
/// `exp(γ/K · reward/probability)`, and every weight by `eα/K · Σw`.
///
/// Source: P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire, "The Nonstochastic Multiarmed
/// Bandit Problem", SIAM Journal on Computing 32 (2002), sections 3 and 8. Rewards in `[0, 1]`.
#[derive(Clone, Debug)]
pub struct Exp3 {
    settings: Exp3Settings,
    weights: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Exp3 {
    /// Even weights.
    ///
    /// # Errors
    /// No arm, too many, `gamma` outside `(0, 1]` or `alpha` outside `[0, 1]`.
    pub fn new(arms: usize, settings: Exp3Settings) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        require("gamma", "above 0 and at most 1", settings.gamma > 0.0 && settings.gamma <= 1.0)?;
        check_share("alpha", settings.alpha)?;
        let even = 1.0 / arms as f64;
        Ok(Self { settings, weights: vec![even; arms], probabilities: vec![even; arms] })
    }

    /// With which probability each arm is played next.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }
}

impl Policy for Exp3 {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        draw_from(&self.probabilities, rng)
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        let arms = self.weights.len();
        let Exp3Settings { gamma, alpha } = self.settings;
        let even = 1.0 / arms as f64;
        // Weights add up to one, so that the total of before the step is one too.
        let shared = E * alpha * even;
        for outcome in usable(arms, seen) {
            let estimate = outcome.reward / self.probabilities[outcome.arm];
            self.weights[outcome.arm] *= libm::exp(gamma * even * estimate).min(f64::MAX);
        }
        self.weights.iter_mut().for_each(|weight| *weight += shared);
        normalise(&mut self.weights);
        for (probability, weight) in self.probabilities.iter_mut().zip(&self.weights) {
            *probability = (1.0 - gamma) * weight + gamma * even;
        }
    }
}

/// Divides by the sum; even weights if there is none.
pub(super) fn normalise(weights: &mut [f64]) {
    // First by the largest: the sum of giants would be infinite.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    weights.iter_mut().for_each(|weight| *weight /= largest);
    let sum: f64 = weights.iter().sum();
    let even = 1.0 / weights.len() as f64;
    let is_sound = sum.is_finite() && sum > 0.0;
    weights.iter_mut().for_each(|weight| *weight = if is_sound { *weight / sum } else { even });
}
