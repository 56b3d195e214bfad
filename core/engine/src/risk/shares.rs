//! Who gets how much of the house: the slots' shares of its capital.
//!
//! Owns what no command can change: shares are never negative, none is above the cap that was
//! configured, together they are never above the whole, and a slot on the shadow tier has none. The
//! gate keeps one, and whoever reads a journal keeps another, so that both know the same shares and
//! tiers after the same commands.

use royale_model::{SlotId, Tier};

/// The whole, in basis points.
pub const WHOLE_BP: i64 = 10_000;

/// Each slot's share of the house capital, in basis points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shares {
    shares: Vec<i64>,
    tiers: Vec<Tier>,
    cap: i64,
}

impl Shares {
    /// The shares that a run begins with, in the order of the slots, and the cap of each. What is
    /// too much is cut off, as [`set`](Self::set) does.
    pub fn new(initial: impl IntoIterator<Item = i64>, cap: i64) -> Self {
        let initial: Vec<i64> = initial.into_iter().collect();
        let slots = initial.len();
        let (shares, tiers) = (vec![0; slots], vec![Tier::default(); slots]);
        let mut all = Self { shares, tiers, cap: cap.clamp(0, WHOLE_BP) };
        for (at, share) in initial.into_iter().enumerate() {
            all.set(SlotId(at as u16), share);
        }
        all
    }
    /// The same with the slots on these tiers, in their order.
    #[must_use]
    pub fn with_tiers(mut self, tiers: impl IntoIterator<Item = Tier>) -> Self {
        (0..).zip(tiers).for_each(|(slot, tier)| self.set_tier(SlotId(slot), tier));
        self
    }
    /// Puts a slot on a tier. On the shadow tier it loses its share; what it has lost does not come
    /// back by itself.
    pub fn set_tier(&mut self, slot: SlotId, tier: Tier) {
        if let Some(known) = self.tiers.get_mut(slot.index()) {
            *known = tier;
            self.set(slot, self.of(slot));
        }
    }
    /// Gives a slot as much of `wanted` as its tier, the cap and the other slots leave. Who raises
    /// some and lowers others says the lower ones first.
    pub fn set(&mut self, slot: SlotId, wanted: i64) {
        let wanted = if self.tier(slot).may_hold() { wanted } else { 0 };
        let total: i64 = self.shares.iter().sum();
        if let Some(share) = self.shares.get_mut(slot.index()) {
            let free = WHOLE_BP - (total - *share);
            *share = wanted.clamp(0, self.cap.min(free));
        }
    }
    /// A slot's share; 0 for one that there is not.
    #[inline]
    pub fn of(&self, slot: SlotId) -> i64 {
        self.shares.get(slot.index()).copied().unwrap_or(0)
    }
    /// A slot's tier.
    pub fn tier(&self, slot: SlotId) -> Tier {
        self.tiers.get(slot.index()).copied().unwrap_or_default()
    }
    /// All shares, in the order of the slots.
    pub fn all(&self) -> &[i64] {
        &self.shares
    }
    /// The most that one slot may have.
    pub fn cap(&self) -> i64 {
        self.cap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_lifts_a_share_above_the_cap_or_all_of_them_above_the_whole() {
        let mut shares = Shares::new([5_000, 4_000, 0], 5_000);
        shares.set(SlotId(2), 9_000);
        assert_eq!(shares.all(), [5_000, 4_000, 1_000]);
        shares.set(SlotId(1), 9_000);
        assert_eq!(shares.all(), [5_000, 4_000, 1_000]);
        shares.set(SlotId(0), -3);
        shares.set(SlotId(2), i64::MAX);
        assert_eq!(shares.all(), [0, 4_000, 5_000]);
        shares.set(SlotId(3), 1);
        assert_eq!((shares.all(), shares.of(SlotId(3))), (&[0, 4_000, 5_000][..], 0));
    }

    #[test]
    fn a_shadow_slot_has_no_share_until_it_is_promoted_and_given_one() {
        let tiers = [Tier::Shadow, Tier::Live];
        let mut shares = Shares::new([2_000, 3_000, 1_000], 5_000).with_tiers(tiers);
        assert_eq!(shares.all(), [0, 3_000, 1_000]);
        shares.set(SlotId(0), 2_000);
        shares.set_tier(SlotId(2), Tier::Shadow);
        assert_eq!(shares.all(), [0, 3_000, 0]);
        shares.set_tier(SlotId(0), Tier::Paper);
        assert_eq!(shares.all(), [0, 3_000, 0], "a share does not come back by itself");
        shares.set(SlotId(0), 2_000);
        shares.set_tier(SlotId(1), Tier::Paper);
        shares.set_tier(SlotId(9), Tier::Paper);
        assert_eq!(shares.all(), [2_000, 3_000, 0]);
    }

    #[test]
    fn what_a_run_begins_with_is_no_exception() {
        assert_eq!(Shares::new([9_000, 9_000], 6_000).all(), [6_000, 4_000]);
        assert_eq!(Shares::new([1, 1], i64::MAX).cap(), WHOLE_BP);
    }
}
