//! A policy of its own for each regime. Owns the choice by label; it must never look at how sure
//! the label is, which the house's allocator does.

use super::{Outcome, Policy, RegimeView};
use crate::rng::Xoshiro256PlusPlus;

/// One policy for each label; a label beyond the last counts as the last.
#[derive(Clone, Debug)]
pub struct PerRegime<P> {
    /// By label; without any, arm 0 is played.
    pub policies: Vec<P>,
}

impl<P> PerRegime<P> {
    fn of(&mut self, label: usize) -> Option<&mut P> {
        let last = self.policies.len().checked_sub(1)?;
        self.policies.get_mut(label.min(last))
    }
}

impl<P: Policy> Policy for PerRegime<P> {
    fn choose(&mut self, regime: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        self.of(regime.label).map_or(0, |policy| policy.choose(regime, rng))
    }
    fn observe(&mut self, regime: RegimeView<'_>, seen: &[Outcome]) {
        if let Some(policy) = self.of(regime.label) {
            policy.observe(regime, seen);
        }
    }
}
