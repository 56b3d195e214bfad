//! Walking one side from its best level outwards.
//!
//! Owns a place in the window and one in the far store, and merges them. Must never allocate.

use super::grid::Grid;
use super::half::{Far, GROUP, Half};

/// The levels of a side as (key, quantity), best first.
pub(super) struct Levels<'a> {
    half: &'a Half,
    tick: i64,
    /// The group of the window that is being walked, counted from its edge, and what is left of it.
    group: usize,
    bits: u64,
    /// Far levels that are left.
    far: usize,
}

impl<'a> Levels<'a> {
    #[inline]
    pub(super) fn new(half: &'a Half, grid: &Grid) -> Self {
        let (far, group) = (half.far().len(), half.first_group());
        Self { half, tick: grid.tick(), group, bits: half.group(group).1, far }
    }
}

impl Iterator for Levels<'_> {
    type Item = (i64, i64);

    #[inline]
    fn next(&mut self) -> Option<(i64, i64)> {
        while self.bits == 0 && self.group + 1 < self.half.groups() {
            self.group += 1;
            self.bits = self.half.group(self.group).1;
        }
        let far = self.far.checked_sub(1).and_then(|last| self.half.far().get(last));
        let bit = self.bits.trailing_zeros() as usize;
        let steps = (self.group * GROUP + bit) as i64;
        // Of an empty window this is no key; then it is not looked at.
        let key = self.half.edge().wrapping_sub(steps.wrapping_mul(self.tick));
        match far {
            Some(&Far { key: far, qty }) if self.bits == 0 || far > key => {
                self.far -= 1;
                Some((far, qty))
            }
            _ if self.bits == 0 => None,
            _ => {
                self.bits &= self.bits - 1;
                Some((key, self.half.cell(self.half.group(self.group).0 * GROUP + bit)))
            }
        }
    }
}
