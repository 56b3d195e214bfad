//! Hedge with fixed share: exponential weights on seen rewards. Owns the weights. Meant for full
//! information: an arm that is not seen keeps its weight.

use super::exp3::normalise;
use super::{Outcome, Policy, RegimeView, check_arms, check_share, draw_from, usable};
use crate::parameter::{ParameterError, check_positive};
use crate::rng::Xoshiro256PlusPlus;

/// Parameters of Hedge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HedgeSettings {
    /// Learning rate, per unit of reward, above zero.
    pub rate: f64,
    /// Share of all weight that is spread evenly after each step, in `[0, 1]`: how fast a former
    /// loser can come back.
    pub share: f64,
}

/// Weights grow by `exp(rate · reward)` and are then mixed with even ones.
///
/// Sources: Y. Freund, R. E. Schapire, "A Decision-Theoretic Generalization of On-Line Learning"
/// (1997); M. Herbster, M. K. Warmuth, "Tracking the Best Expert" (1998).
#[derive(Clone, Debug)]
pub struct Hedge {
    settings: HedgeSettings,
    weights: Vec<f64>,
}

impl Hedge {
    /// Even weights.
    ///
    /// # Errors
    /// No arm, too many, `rate` not above zero or `share` outside `[0, 1]`.
    pub fn new(arms: usize, settings: HedgeSettings) -> Result<Self, ParameterError> {
        check_arms(arms)?;
        check_positive("rate", settings.rate)?;
        check_share("share", settings.share)?;
        Ok(Self { settings, weights: vec![1.0 / arms as f64; arms] })
    }
}

impl Policy for Hedge {
    fn choose(&mut self, _: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        draw_from(&self.weights, rng)
    }
    fn observe(&mut self, _: RegimeView<'_>, seen: &[Outcome]) {
        let HedgeSettings { rate, share } = self.settings;
        for outcome in usable(self.weights.len(), seen) {
            self.weights[outcome.arm] *= libm::exp(rate * outcome.reward).min(f64::MAX);
        }
        normalise(&mut self.weights);
        let even = share / self.weights.len() as f64;
        self.weights.iter_mut().for_each(|weight| *weight = (1.0 - share) * *weight + even);
    }
}
