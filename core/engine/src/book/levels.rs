//! Walking one side from its best level outwards.
//!
//! Owns a place in the window and one in the far store, and merges them. Must never allocate.

use super::grid::Grid;
use super::half::{GROUP, Half};

/// The levels of a side as (key, quantity), best first.
pub(super) struct Levels<'a> {
    half: &'a Half,
    tick: i64,
    /// The group of the window that is being walked, counted from its edge.
    group: usize,
    /// Its first cell, and that one's key.
    cell: usize,
    key: i64,
    /// What is left of it.
    bits: u64,
    /// Far levels that are left, and the best one's key: `MIN` when there is none, which is below
    /// every key of the window.
    far: usize,
    far_key: i64,
}

impl<'a> Levels<'a> {
    #[inline]
    pub(super) fn new(half: &'a Half, grid: &Grid) -> Self {
        let far_key = half.far().back().map_or(i64::MIN, |far| far.key);
        let (tick, far) = (grid.tick(), half.far().len());
        let mut levels = Self { half, tick, group: 0, cell: 0, key: 0, bits: 0, far, far_key };
        levels.enter(half.first_group());
        levels
    }

    #[inline]
    fn enter(&mut self, group: usize) {
        let (place, bits) = self.half.group(group);
        (self.group, self.cell, self.bits) = (group, place * GROUP, bits);
        // Of an empty window this is no key; then it is not looked at.
        let steps = (group * GROUP) as i64;
        self.key = self.half.edge().wrapping_sub(steps.wrapping_mul(self.tick));
    }

    /// Goes on to a group with levels in it; false at the end of the window.
    #[inline(never)]
    fn enter_next(&mut self) -> bool {
        while self.bits == 0 && self.group + 1 < self.half.groups() {
            self.enter(self.group + 1);
        }
        self.bits != 0
    }

    #[inline(never)]
    fn next_far(&mut self) -> Option<(i64, i64)> {
        let far = *self.half.far().get(self.far.checked_sub(1)?)?;
        self.far -= 1;
        let left = self.far.checked_sub(1).and_then(|last| self.half.far().get(last));
        self.far_key = left.map_or(i64::MIN, |far| far.key);
        Some((far.key, far.qty))
    }
}

impl Iterator for Levels<'_> {
    type Item = (i64, i64);

    #[inline]
    fn next(&mut self) -> Option<(i64, i64)> {
        if self.bits != 0 || self.enter_next() {
            let bit = self.bits.trailing_zeros() as usize;
            let key = self.key.wrapping_sub((bit as i64).wrapping_mul(self.tick));
            if key > self.far_key {
                self.bits &= self.bits - 1;
                return Some((key, self.half.cell(self.cell + bit)));
            }
        }
        self.next_far()
    }
}
