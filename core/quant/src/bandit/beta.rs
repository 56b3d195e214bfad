//! What is known of a success rate: a Beta distribution and the counts that made it. Owns the
//! conjugate update; it must never decide which arm to play.

use crate::parameter::{ParameterError, check_positive};
use crate::rng::Xoshiro256PlusPlus;
use crate::special::incomplete_beta;

/// A Beta distribution over a success rate.
///
/// Source: D. J. Russo, B. Van Roy, A. Kazerouni, I. Osband, Z. Wen, "A Tutorial on Thompson
/// Sampling", Foundations and Trends in Machine Learning 11 (2018), section 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    /// One more than the successes, from a uniform prior.
    pub alpha: f64,
    /// One more than the failures.
    pub beta: f64,
}

impl Beta {
    /// Every rate as likely as any other.
    pub const UNIFORM: Self = Self { alpha: 1.0, beta: 1.0 };

    /// A distribution with these parameters.
    ///
    /// # Errors
    /// A parameter is not a number above zero.
    pub fn new(alpha: f64, beta: f64) -> Result<Self, ParameterError> {
        check_positive("alpha", alpha)?;
        check_positive("beta", beta)?;
        Ok(Self { alpha, beta })
    }

    /// The posterior of this prior.
    #[must_use]
    pub fn given(&self, counts: &Counts) -> Self {
        Self { alpha: self.alpha + counts.successes, beta: self.beta + counts.failures }
    }

    /// Mean rate.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// Probability of a rate of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        incomplete_beta(self.alpha, self.beta, x)
    }

    /// A draw.
    pub fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> f64 {
        rng.beta(self.alpha, self.beta)
    }
}

/// Successes and failures, whole or discounted. The prior is no part of it: what is forgotten is
/// evidence, and an arm without any is back at the prior.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Rewards.
    pub successes: f64,
    /// One less the reward of each play.
    pub failures: f64,
}

impl Counts {
    /// Takes one reward, 0 or 1 or a share between; what lies outside counts as the nearer end.
    pub fn take(&mut self, reward: f64) {
        let success = reward.clamp(0.0, 1.0);
        self.successes += success;
        self.failures += 1.0 - success;
    }

    /// Takes one reward back, as it was given.
    pub fn give_back(&mut self, reward: f64) {
        let success = reward.clamp(0.0, 1.0);
        self.successes -= success;
        self.failures -= 1.0 - success;
    }

    /// Weighs everything so far with `keep`.
    pub fn fade(&mut self, keep: f64) {
        self.successes *= keep;
        self.failures *= keep;
    }
}
