//! What a slot's shadow profit is worth to the house at the slot's share, while shares change.
//!
//! Owns the sum over the spans between changes: profit of the span × share in force. Compared with
//! equal shares it is the allocation effect; compared with what the house really made, the rest.

use super::parts::Parts;
use royale_engine::risk::WHOLE_BP;
use royale_model::Notional;

/// House capital ÷ capital of a slot, as a ratio of small integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leverage {
    house: i64,
    slot: i64,
}

impl Leverage {
    /// A ratio too fine for its integers is rounded; without capital of slots it is 0.
    pub(crate) fn of(house: Notional, slot: Notional) -> Self {
        let (mut a, mut b) = (house.raw().max(0), slot.raw().max(0));
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let gcd = a.max(1);
        let (mut house, mut slot) = (house.raw().max(0) / gcd, slot.raw().max(0) / gcd);
        // Room for the basis points or the number of slots beside it.
        while house.max(slot) >= 1 << 46 {
            (house, slot) = (house >> 1, slot >> 1);
        }
        let small = |value: i128| i64::try_from(value).unwrap_or(0);
        Self { house: small(house), slot: small(slot) }
    }
    fn scale(self, amount: Notional, part: i64, whole: i64) -> Option<Notional> {
        if self.slot == 0 || whole == 0 {
            return Some(Notional::ZERO);
        }
        amount.mul_div(self.house.checked_mul(part)?, self.slot.checked_mul(whole)?)
    }
    /// A shadow amount at a share in basis points.
    pub(crate) fn at_share(self, amount: Notional, share_bp: i64) -> Option<Notional> {
        self.scale(amount, share_bp, WHOLE_BP)
    }
    /// A shadow amount at an equal part of the whole house.
    pub(crate) fn at_equal(self, amount: Notional, slots: usize) -> Option<Notional> {
        self.scale(amount, 1, i64::try_from(slots).ok()?)
    }
}

/// A slot's shadow parts, weighted with the share in force.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ShareTrail {
    weighted: Parts,
    since: Parts,
}

impl ShareTrail {
    /// The weighted parts up to now.
    pub(crate) fn weighted(&self, now: &Parts, share_bp: i64, by: Leverage) -> Option<Parts> {
        let span = now.minus(&self.since)?;
        self.weighted.plus(&span.map(|amount| by.at_share(amount, share_bp))?)
    }
    /// The share changes now: the span that ends is booked at the old one.
    pub(crate) fn close_span(&mut self, now: &Parts, share_bp: i64, by: Leverage) -> Option<()> {
        *self = Self { weighted: self.weighted(now, share_bp, by)?, since: *now };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leverage_is_exact_for_round_capitals_and_close_for_odd_ones() {
        let by = Leverage::of(Notional::from_int(50_000), Notional::from_int(100_000));
        assert_eq!((by.house, by.slot), (1, 2));
        assert_eq!(by.at_share(Notional::from_int(-80), 2_500), Some(Notional::from_int(-10)));
        assert_eq!(by.at_equal(Notional::from_int(80), 4), Some(Notional::from_int(10)));
        let odd =
            Leverage::of(Notional::from_raw((1 << 100) - 1), Notional::from_raw((1 << 99) + 7));
        let scaled = odd.at_share(Notional::from_int(1_000), WHOLE_BP).unwrap();
        assert!((scaled.to_f64() - 2_000.0).abs() < 1e-6, "{scaled}");
        let none = Leverage::of(Notional::from_int(1), Notional::ZERO);
        assert_eq!(none.at_share(Notional::from_int(1), 1), Some(Notional::ZERO));
    }
}
