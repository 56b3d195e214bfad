//! Policies that hardly learn, to measure the others against. Own no belief about the future.

use super::{Outcome, Policy, RegimeView, best, check_arms, usable};
use crate::parameter::ParameterError;
use crate::rng::Xoshiro256PlusPlus;

/// Every arm as often as any other: equal weight.
#[derive(Clone, Debug)]
pub struct Equal {
    arms: usize,
}

impl Equal {
    /// For this many arms.
    ///
    /// # Errors
    /// No arm, or more than [`super::ARMS_MAX`].
    pub fn new(arms: usize) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        Ok(Self { arms })
    }
}

impl Policy for Equal {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        rng.below(self.arms as u64) as usize
    }
    fn observe(&mut self, _: RegimeView<'_>, _: &[Outcome]) {}
}

/// The same arm for ever.
#[derive(Clone, Debug)]
pub struct Static {
    /// Which one.
    pub arm: usize,
}

impl Policy for Static {
    fn choose(&mut self, _: RegimeView<'_>, _: &mut Xoshiro256PlusPlus) -> usize {
        self.arm
    }
    fn observe(&mut self, _: RegimeView<'_>, _: &[Outcome]) {}
}

/// Plays every arm in turn for some rounds, then the one with the highest mean for ever.
#[derive(Clone, Debug)]
pub struct ExploreThenCommit {
    rounds: u64,
    plays: u64,
    sums: Vec<f64>,
    counts: Vec<f64>,
    committed: Option<usize>,
}

impl ExploreThenCommit {
    /// This many rounds over this many arms.
    ///
    /// # Errors
    /// No arm, or more than [`super::ARMS_MAX`].
    pub fn new(arms: usize, rounds: u32) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        let (sums, counts) = (vec![0.0; arms], vec![0.0; arms]);
        Ok(Self { rounds: u64::from(rounds), plays: 0, sums, counts, committed: None })
    }
}

impl Policy for ExploreThenCommit {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        let arms = self.sums.len() as u64;
        if let Some(arm) = self.committed {
            return arm;
        }
        if self.plays < self.rounds.saturating_mul(arms) {
            return (self.plays % arms) as usize;
        }
        let means = self.sums.iter().zip(&self.counts).map(|(sum, count)| sum / count.max(1.0));
        let arm = best(means, rng);
        self.committed = Some(arm);
        arm
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        self.plays += 1;
        for outcome in usable(self.sums.len(), seen) {
            self.sums[outcome.arm] += outcome.reward;
            self.counts[outcome.arm] += 1.0;
        }
    }
}
