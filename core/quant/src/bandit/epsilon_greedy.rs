//! ε-greedy: mostly the arm with the highest mean so far, sometimes any. Owns means and counts.

use super::{Outcome, Policy, RegimeView, best, check_arms, check_share, usable};
use crate::parameter::ParameterError;
use crate::rng::Xoshiro256PlusPlus;

/// With probability ε an arm at random, else the best so far; an arm that was never seen comes
/// first.
///
/// Source: R. S. Sutton, A. G. Barto, "Reinforcement Learning: An Introduction" (2nd edition,
/// 2018), section 2.2.
#[derive(Clone, Debug)]
pub struct EpsilonGreedy {
    epsilon: f64,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl EpsilonGreedy {
    /// `epsilon` is the probability of a random play.
    ///
    /// # Errors
    /// No arm, too many, or `epsilon` outside `[0, 1]`.
    pub fn new(arms: usize, epsilon: f64) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_share("epsilon", epsilon)?;
        Ok(Self { epsilon, sums: vec![0.0; arms], counts: vec![0.0; arms] })
    }
}

impl Policy for EpsilonGreedy {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        if rng.uniform() < self.epsilon {
            return rng.below(self.sums.len() as u64) as usize;
        }
        let mean = |(sum, count): (&f64, &f64)| if *count > 0.0 { sum / count } else { f64::MAX };
        best(self.sums.iter().zip(&self.counts).map(mean), rng)
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        for outcome in usable(self.sums.len(), seen) {
            self.sums[outcome.arm] += outcome.reward;
            self.counts[outcome.arm] += 1.0;
        }
    }
}
