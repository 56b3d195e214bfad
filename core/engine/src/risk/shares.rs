//! Who gets how much of the house: the slots' shares of its capital.
//!
//! Owns what no command can change: shares are never negative, none is above the cap that was
//! configured, and together they are never above the whole. The gate keeps one, and whoever reads a
//! journal keeps another, so that both know the same shares after the same commands.

use royale_model::SlotId;

/// The whole, in basis points.
pub const WHOLE_BP: i64 = 10_000;

/// Each slot's share of the house capital, in basis points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shares {
    shares: Vec<i64>,
    cap: i64,
}

impl Shares {
    /// The shares that a run begins with, in the order of the slots, and the cap of each. What is
    /// too much is cut off, as [`set`](Self::set) does.
    pub fn new(initial: impl IntoIterator<Item = i64>, cap: i64) -> Self {
        let initial: Vec<i64> = initial.into_iter().collect();
        let mut all = Self { shares: vec![0; initial.len()], cap: cap.clamp(0, WHOLE_BP) };
        for (at, share) in initial.into_iter().enumerate() {
            all.set(SlotId(at as u16), share);
        }
        all
    }
    /// Gives a slot as much of `wanted` as the cap and the other slots leave. Who raises some and
    /// lowers others says the lower ones first.
    pub fn set(&mut self, slot: SlotId, wanted: i64) {
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
    /// All of them, in the order of the slots.
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
    fn what_a_run_begins_with_is_no_exception() {
        assert_eq!(Shares::new([9_000, 9_000], 6_000).all(), [6_000, 4_000]);
        assert_eq!(Shares::new([1, 1], i64::MAX).cap(), WHOLE_BP);
    }
}
