//! A gain, shared out among the reasons of the decision that made it.
//!
//! A reason that spoke for the trade takes its part of the gain, one that spoke against it takes
//! its part with the opposite sign, both measured by the sum of all contributions without sign. So
//! no share is ever larger than the gain, also where contributions nearly cancel; what they
//! cancelled is explained by none of them, and says so. Must never lose a unit.

use royale_model::{Attribution, Feature, MAX_ATTRIBUTIONS, Notional};
use std::collections::BTreeMap;

/// Gains by reason: of closed lots, of open ones. `None` is what no reason explains.
pub(super) type Table = BTreeMap<Option<Feature>, (Notional, Notional)>;

/// The contributions of a decision, turned so that what spoke for the trade is above zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weights {
    list: [(u16, i64); MAX_ATTRIBUTIONS],
    len: usize,
}

impl Weights {
    pub(super) fn of(reasons: &[Attribution]) -> Self {
        let score: i128 = reasons.iter().map(|reason| i128::from(reason.contribution)).sum();
        let mut weights = Self::default();
        // Eight weights must have a sum; only a stranger's contributions are ever so large.
        let is_large = reasons.iter().any(|r| r.contribution.unsigned_abs() >= 1 << 60);
        let divisor = if is_large { 16 } else { 1 };
        for reason in reasons.iter().filter(|_| score != 0) {
            let weight = i128::from(reason.contribution) * score.signum() / divisor;
            let entry = weights.list.get_mut(weights.len).filter(|_| weight != 0);
            if let (Some(entry), Ok(weight)) = (entry, i64::try_from(weight)) {
                *entry = (reason.feature.0, weight);
                weights.len += 1;
            }
        }
        weights
    }

    /// The shares of a gain: they add up to it exactly.
    ///
    /// Each is rounded towards zero; the units that are left go to the largest remainders, the
    /// earlier reason first (Hamilton's method).
    pub(super) fn share_out(&self, gain: Notional) -> Vec<(Option<Feature>, Notional)> {
        let weights = self.list.get(..self.len).unwrap_or_default();
        let gross: i64 = weights.iter().map(|(_, weight)| weight.abs()).sum();
        let net: i64 = weights.iter().map(|(_, weight)| weight).sum();
        if gross == 0 {
            return vec![(None, gain)];
        }
        let (explained, _) = part(gain, net, gross);
        let parts: Vec<(i128, i128)> = weights.iter().map(|&(_, w)| part(gain, w, gross)).collect();
        let mut shares: Vec<i128> = parts.iter().map(|(share, _)| *share).collect();
        let mut left = explained - shares.iter().sum::<i128>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        // What was cut off in the direction of what is left, most first.
        order.sort_by_key(|&at| std::cmp::Reverse(parts[at].1 * left.signum()));
        for at in order {
            shares[at] += left.signum();
            left -= left.signum();
        }
        let mut out: Vec<(Option<Feature>, Notional)> = weights
            .iter()
            .zip(shares)
            .map(|(&(feature, _), share)| (Some(Feature(feature)), Notional::from_raw(share)))
            .collect();
        out.push((None, Notional::from_raw(gain.raw() - explained - left)));
        out
    }
}

/// gain × weight ÷ gross towards zero, and its remainder; |weight| ≤ gross, so nothing overflows.
fn part(gain: Notional, weight: i64, gross: i64) -> (i128, i128) {
    let (weight, gross) = (i128::from(weight), i128::from(gross));
    let (whole, rest) = (gain.raw() / gross, gain.raw() % gross);
    let product = rest * weight;
    (whole * weight + product / gross, product % gross)
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{Action, Decision, InstrumentId, Nanos, Reasons, SlotId};

    fn weights(contributions: &[f64]) -> Weights {
        let reasons = contributions
            .iter()
            .zip(1..)
            .fold(Reasons::new(), |all, (&c, number)| all.because(Feature(number), 0.0, c));
        let (slot, id) = (SlotId(0), InstrumentId(0));
        let decision = Decision::new(1, Nanos::ZERO, slot, id, Action::Submit, &reasons);
        Weights::of(decision.attributions())
    }

    fn shares(contributions: &[f64], gain: i128) -> Vec<i128> {
        let shares = weights(contributions).share_out(Notional::from_raw(gain));
        shares.iter().map(|(_, share)| share.raw()).collect()
    }

    #[test]
    fn reasons_for_and_against_take_their_part_and_the_rest_is_unexplained() {
        assert_eq!(shares(&[0.03, 0.01], 1_000), [750, 250, 0]);
        assert_eq!(shares(&[0.04, -0.01], 1_000), [800, -200, 400]);
        // A sale by a negative score is supported by what is below zero.
        assert_eq!(shares(&[-0.04, 0.01], -1_000), [-800, 200, -400]);
        // Nearly cancelled: bounded by the gain, not blown up by 1 ÷ score.
        assert_eq!(shares(&[0.50, -0.49], 990), [500, -490, 980]);
        assert_eq!(shares(&[0.5, -0.5], 7), [7], "a score of 0 explains nothing");
        assert_eq!(shares(&[], 7), [7]);
        assert_eq!(shares(&[0.1, 0.1, 0.1], 11), [4, 4, 3, 0], "largest remainder, first first");
    }

    #[test]
    fn no_unit_is_lost_whatever_the_weights() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut dice = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as i64
        };
        for round in 0..20_000 {
            let mut weights = Weights { len: (round % 9) as usize, ..Weights::default() };
            let scale = 1 << (dice().unsigned_abs() % 60);
            for entry in &mut weights.list[..(round % 9) as usize] {
                *entry = (1, dice() % scale);
            }
            let gain = i128::from(dice()) * i128::from(dice() % 1_000_000);
            let shares = weights.share_out(Notional::from_raw(gain));
            assert_eq!(shares.iter().map(|(_, share)| share.raw()).sum::<i128>(), gain);
            let reasons = &shares[..shares.len() - 1];
            assert!(reasons.iter().all(|(_, share)| share.raw().abs() <= gain.abs() + 1));
        }
    }

    #[test]
    fn contributions_at_the_end_of_their_range_are_shared_out_too() {
        let all = [1e9; 8];
        let shares = shares(&all, 8_000);
        assert_eq!(shares, [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 0]);
    }
}
