//! Upper confidence bounds: the arm that could be the best, as far as is known. Owns discounted
//! sums and counts and the index made of them.

use super::thompson::highest;
use super::{Outcome, Policy, RegimeView, check_arms, check_discount, usable};
use crate::parameter::{ParameterError, check_positive};
use crate::rng::Xoshiro256PlusPlus;

/// UCB1 and its discounted form: the highest `X/N + √(ξ ln n / N)`, where `X`, `N` are the
/// (discounted) sum and number of the arm's rewards and `n` is the number of all. An arm that was
/// never seen comes first, in the order of the arms.
///
/// Without discount and with `ξ = 2` this is UCB1's `X/N + √(2 ln n / N)`.
///
/// Sources: P. Auer, N. Cesa-Bianchi, P. Fischer, "Finite-time Analysis of the Multiarmed Bandit
/// Problem", Machine Learning 47 (2002); A. Garivier, E. Moulines, "On Upper-Confidence Bound
/// Policies for Switching Bandit Problems" (2011). They write the bonus as `2B√(ξ ln n / N)` for
/// rewards up to `B`; the reference curves are met by `√(ξ ln n / N)`, so `xi` here is `4B²ξ` of theirs.
#[derive(Clone, Debug)]
pub struct Ucb {
    discount: f64,
    xi: f64,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl Ucb {
    /// The width of UCB1.
    pub const UCB1_XI: f64 = 2.0;

    /// `discount` is what a step leaves of the evidence before it, `xi` the width of the bonus.
    ///
    /// # Errors
    /// No arm, too many, `discount` outside `(0, 1]`, or `xi` not above zero.
    pub fn new(arms: usize, discount: f64, xi: f64) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_discount(discount)?;
        check_positive("xi", xi)?;
        Ok(Self { discount, xi, sums: vec![0.0; arms], counts: vec![0.0; arms] })
    }

    /// Every arm's index; infinite for an arm never seen.
    pub fn indices(&self) -> impl Iterator<Item = f64> {
        let total: f64 = self.counts.iter().sum();
        // A discounted total below one play would have a negative logarithm.
        let reach = self.xi * libm::log(total.max(1.0));
        self.sums.iter().zip(&self.counts).map(move |(sum, count)| {
            if *count > 0.0 { sum / count + (reach / count).sqrt() } else { f64::INFINITY }
        })
    }
}

impl Policy for Ucb {
    fn choose(&mut self, _: RegimeView<'_>, _: &mut Xoshiro256PlusPlus) -> usize {
        highest(self.indices())
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
