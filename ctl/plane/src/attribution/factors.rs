//! A gain, shared out among the reasons of the decision that made it.
//!
//! Each reason takes gain × contribution ÷ score, with its sign: what spoke against a trade that
//! won, lost by it. Where contributions nearly cancel the score is too small to divide by: then a
//! [`LEVERAGE`]th of the sum of all contributions without sign stands in its place, no share is above
//! [`LEVERAGE`] times the gain, and what is left over is explained by no reason, and says so. Must never
//! lose a unit.

use royale_model::{Attribution, Feature, MAX_ATTRIBUTIONS, Notional};
use std::collections::BTreeMap;

/// Gains by reason: of closed lots, of open ones. `None` is what no reason explains.
pub(super) type Table = BTreeMap<Option<Feature>, (Notional, Notional)>;

/// The most that one reason can be given of a gain.
const LEVERAGE: i64 = 4;

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
        // Eight weights must have a sum, LEVERAGE times over: very large ones lose their last digits.
        let is_large = reasons.iter().any(|r| r.contribution.unsigned_abs() > 1 << 57);
        let divisor = if is_large { 1 << 7 } else { 1 };
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
        let base = gross.max(net.saturating_mul(LEVERAGE));
        let (explained, _) = part(gain, net, base);
        let parts: Vec<(i128, i128)> = weights.iter().map(|&(_, w)| part(gain, w, base)).collect();
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

/// gain × LEVERAGE × weight ÷ base towards zero, and its remainder. |weight| ≤ base and both are below
/// 2⁶², so nothing overflows.
fn part(gain: Notional, weight: i64, base: i64) -> (i128, i128) {
    let (weight, base) = (i128::from(weight) * i128::from(LEVERAGE), i128::from(base));
    let (whole, rest) = (gain.raw() / base, gain.raw() % base);
    let product = rest * weight;
    (whole * weight + product / base, product % base)
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
    fn reasons_for_and_against_take_their_part_of_the_gain() {
        assert_eq!(shares(&[0.03, 0.01], 1_000), [750, 250, 0]);
        assert_eq!(shares(&[0.04, -0.01], 300), [400, -100, 0]);
        // A sale by a negative score is supported by what is below zero.
        assert_eq!(shares(&[-0.04, 0.01], -300), [-400, 100, 0]);
        assert_eq!(shares(&[0.1, 0.1, 0.1], 11), [4, 4, 3, 0], "largest remainder, first first");
    }

    #[test]
    fn contributions_that_nearly_cancel_do_not_blow_a_gain_up() {
        // 0.01 of 0.99: ÷ score would give 50 times the gain; 4 ÷ 99 of it is explained.
        assert_eq!(shares(&[0.50, -0.49], 990), [2_000, -1_960, 950]);
        assert_eq!(shares(&[0.5, -0.5], 7), [7], "a score of 0 explains nothing");
        assert_eq!(shares(&[], 7), [7]);
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
            let scale = 1 << (dice().unsigned_abs() % 57);
            for entry in &mut weights.list[..(round % 9) as usize] {
                *entry = (1, dice() % scale);
            }
            let gain = i128::from(dice()) * i128::from(dice() % 1_000_000);
            let shares = weights.share_out(Notional::from_raw(gain));
            assert_eq!(shares.iter().map(|(_, share)| share.raw()).sum::<i128>(), gain);
            let reasons = &shares[..shares.len() - 1];
            assert!(reasons.iter().all(|(_, share)| share.raw().abs() <= 4 * gain.abs() + 1));
        }
    }

    #[test]
    fn contributions_at_the_end_of_their_range_are_shared_out_too() {
        let all = [1e9; 8];
        let shares = shares(&all, 8_000);
        assert_eq!(shares, [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 0]);
    }
}
