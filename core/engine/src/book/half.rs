//! One side of a book: a window of ticks near the touch, and a sorted store for what is not in it.
//!
//! Owns the side's levels as *keys*: prices, turned around for asks so that the greater is the
//! better. Must never allocate after construction, round a price, or hold one key in both places.
//! `ladder` owns two of them.
//!
//! The window is a ring of quantities, one cell for each tick, with a bit for each cell that is not
//! zero. Cell i, counted from `edge` outwards, is the key edge − i · tick. The ring moves in groups
//! of 64 ticks, by one group for an update at most, so that no update waits long for it. What lies
//! outside of it, off the tick grid, or was not moved into it yet, is in the far store.

use super::grid::Grid;
use super::levels::Levels;
use crate::present;
use std::collections::VecDeque;
use std::hint::select_unpredictable;

/// Ticks that one word of bits speaks for, and that the window moves by.
pub(super) const GROUP: usize = 64;
/// Groups that a fresh window leaves for prices better than the touch, if it has four times as many.
const HEADROOM: usize = 8;
/// Narrowest and widest window, in ticks.
const TICKS_MIN: usize = 4 * GROUP;
const TICKS_MAX: usize = 16_384;
/// Most levels that come into the window in one go.
const PULLED_MAX: usize = 64;

/// Ticks in the window of a side that holds `levels` levels.
pub(super) fn window_ticks(levels: usize) -> usize {
    (levels.clamp(1, TICKS_MAX) * 2).next_power_of_two().clamp(TICKS_MIN, TICKS_MAX)
}

/// A level outside the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Far {
    pub(super) key: i64,
    pub(super) qty: i64,
}

/// The levels of one side. An update reads the fields from top to bottom: they lie in two lines.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Half {
    /// Key of the window's best cell. The whole window lies above `i64::MIN`.
    edge: i64,
    /// A bit for each cell of the ring that is above zero.
    bits: Box<[u64]>,
    /// Place of the edge in the ring; a multiple of `GROUP`.
    start: usize,
    /// The quantities of the ring, and one more: that of the far store's best level, or zero.
    cells: Box<[i64]>,
    /// Best key of the far store; `MIN` when it is empty.
    far_best: i64,
    /// Best key of all; `MIN` when there is none.
    best_key: i64,
    /// Cell that has its quantity.
    best_cell: usize,
    /// Levels in both places.
    count: usize,
    capacity: usize,
    /// Sorted, best last.
    far: VecDeque<Far>,
    /// Turns keys into prices.
    mirror: i64,
    dropped: u64,
}

impl Half {
    /// An empty side for up to `levels` levels, and at least one.
    pub(super) fn new(mirror: i64, levels: usize) -> Self {
        let (capacity, ticks) = (levels.max(1), window_ticks(levels));
        Self {
            edge: 0,
            far_best: i64::MIN,
            best_key: i64::MIN,
            best_cell: ticks,
            start: 0,
            count: 0,
            capacity,
            cells: present::zeros(ticks + 1).into(),
            bits: vec![0; ticks / GROUP].into(),
            // A level is dropped after another was put in.
            far: present::queue(capacity + 1, Far { key: 0, qty: 0 }),
            mirror,
            dropped: 0,
        }
    }

    /// Sets the quantity at a key; 0 removes it. Returns what was there before.
    ///
    /// Whether a level comes, goes or changes is anybody's guess, also the processor's: what
    /// depends on it is computed without branches.
    #[inline(always)]
    pub(super) fn set(&mut self, grid: &Grid, key: i64, qty: i64) -> i64 {
        if let Some(at) = self.cell_of(grid, key)
            && let (Some(cell), Some(bits)) =
                (self.cells.get_mut(at), self.bits.get_mut(at / GROUP))
        {
            let before = *cell;
            let (had, has) = (before > 0, qty > 0);
            // A key that is not here may be in the far store, unless it is better than all there.
            let bar = select_unpredictable(had, i64::MIN, self.far_best);
            if key > bar {
                *cell = qty;
                *bits ^= u64::from(had ^ has) << (at % GROUP);
                self.count = self.count + usize::from(has) - usize::from(had);
                let touches = select_unpredictable(has, key > self.best_key, key == self.best_key);
                if touches {
                    if has {
                        (self.best_key, self.best_cell) = (key, at);
                    } else {
                        self.find_best(grid, at);
                    }
                }
                if self.count > self.capacity {
                    self.drop_farthest(grid);
                }
                return before;
            }
        }
        self.set_far(grid, key, qty)
    }

    /// Best key and its quantity, which is zero when there is none.
    #[inline]
    pub(super) fn best(&self) -> (i64, i64) {
        (self.best_key, self.cell(self.best_cell))
    }

    /// Quantity at a key, or zero.
    #[inline]
    pub(super) fn qty_at(&self, grid: &Grid, key: i64) -> i64 {
        let near = self.cell_of(grid, key).map_or(0, |at| self.cell(at));
        if near > 0 || key > self.far_best {
            return near;
        }
        let found = self.far.binary_search_by_key(&key, |level| level.key);
        found.ok().and_then(|at| self.far.get(at)).map_or(0, |level| level.qty)
    }

    /// All levels, best first.
    #[inline]
    pub(super) fn levels(&self, grid: &Grid) -> Levels<'_> {
        Levels::new(self, grid)
    }

    /// Removes all levels.
    pub(super) fn clear(&mut self) {
        for (bits, cells) in self.bits.iter_mut().zip(self.cells.chunks_exact_mut(GROUP)) {
            if *bits != 0 {
                *bits = 0;
                cells.fill(0);
            }
        }
        self.far.clear();
        self.far_changed();
        self.count = 0;
        (self.best_key, self.best_cell) = (i64::MIN, self.ticks());
    }

    /// Levels that did not fit.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What is outside the window, best last.
    #[inline]
    pub(super) fn far(&self) -> &VecDeque<Far> {
        &self.far
    }
    /// Key of the window's best cell.
    #[inline]
    pub(super) fn edge(&self) -> i64 {
        self.edge
    }
    /// Groups in the window.
    #[inline]
    pub(super) fn groups(&self) -> usize {
        self.bits.len()
    }
    /// The place in the ring of the `nth` group from the edge, and its bits.
    #[inline]
    pub(super) fn group(&self, nth: usize) -> (usize, u64) {
        let place = (self.start / GROUP + nth) & (self.bits.len() - 1);
        (place, self.bits[place])
    }
    /// The group before which the window is empty: that of the best level, where it is in there.
    #[inline]
    pub(super) fn first_group(&self) -> usize {
        let ticks = self.ticks();
        if self.best_cell < ticks {
            (self.best_cell.wrapping_sub(self.start) & (ticks - 1)) / GROUP
        } else {
            0
        }
    }
    /// A quantity.
    #[inline]
    pub(super) fn cell(&self, at: usize) -> i64 {
        self.cells.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn ticks(&self) -> usize {
        self.bits.len() * GROUP
    }

    #[inline]
    fn headroom(&self) -> usize {
        HEADROOM.min(self.groups() / 4)
    }

    /// The cell of a key; `None` outside the window and off the grid.
    #[inline]
    fn cell_of(&self, grid: &Grid, key: i64) -> Option<usize> {
        // The window ends above MIN: no difference of two keys can wrap into it.
        let steps = grid.steps(self.edge.wrapping_sub(key));
        let ticks = self.ticks();
        (steps < ticks as u64).then(|| (steps as usize + self.start) & (ticks - 1))
    }

    /// Takes the best level from the window, from the group of a cell outwards, or the far store.
    #[cold]
    #[inline(never)]
    fn find_best(&mut self, grid: &Grid, from: usize) {
        (self.best_key, self.best_cell) = (self.far_best, self.ticks());
        let first = (from.wrapping_sub(self.start) & (self.ticks() - 1)) / GROUP;
        for nth in first..self.groups() {
            let (place, bits) = self.group(nth);
            if bits != 0 {
                let bit = bits.trailing_zeros() as usize;
                let key = self.edge - (nth * GROUP + bit) as i64 * grid.tick();
                if self.far.is_empty() || key > self.far_best {
                    (self.best_key, self.best_cell) = (key, place * GROUP + bit);
                }
                return;
            }
        }
    }

    /// `set` for a key that is not in the window.
    #[cold]
    #[inline(never)]
    fn set_far(&mut self, grid: &Grid, key: i64, qty: i64) -> i64 {
        let mut place = self.far.binary_search_by_key(&key, |level| level.key);
        let mut before = 0;
        if let Ok(at) = place {
            let belongs_near = self.cell_of(grid, key).is_some();
            before = self.far[at].qty;
            if qty > 0 && !belongs_near {
                self.far[at].qty = qty;
                self.far_changed();
                return before;
            }
            self.far.remove(at);
            self.far_changed();
            self.count -= 1;
            if qty == 0 && key == self.best_key {
                self.find_best(grid, self.start);
            }
            place = Err(at);
        }
        if qty == 0 {
            return before;
        }
        if self.follow(grid, key) {
            place = self.far.binary_search_by_key(&key, |level| level.key);
        }
        let at = self.cell_of(grid, key).unwrap_or(self.ticks());
        if at < self.ticks() {
            self.put(at, qty);
        } else {
            let (Ok(place) | Err(place)) = place;
            self.far.insert(place, Far { key, qty });
            self.far_changed();
        }
        self.count += 1;
        if key >= self.best_key {
            (self.best_key, self.best_cell) = (key, at);
        }
        if self.count > self.capacity {
            self.drop_farthest(grid);
        }
        before
    }

    fn put(&mut self, at: usize, qty: i64) {
        self.cells[at] = qty;
        self.bits[at / GROUP] |= 1 << (at % GROUP);
    }

    /// Keeps what is known of the far store's best level in step with it.
    fn far_changed(&mut self) {
        let best = self.far.back().copied().unwrap_or(Far { key: i64::MIN, qty: 0 });
        self.far_best = best.key;
        let last = self.ticks();
        self.cells[last] = best.qty;
    }

    /// Moves the window one group towards a new key outside of it, if the touch is there or has
    /// left room; an empty one goes to the touch at once. Returns whether it moved.
    fn follow(&mut self, grid: &Grid, key: i64) -> bool {
        let step = GROUP as i64 * grid.tick();
        let reach = self.ticks() as i64 * grid.tick();
        if self.count == self.far.len() {
            self.anchor(grid, key.max(self.far_best));
        } else if key > self.edge {
            let Some(edge) = self.edge.checked_add(step) else { return false };
            self.evict_last_group(grid);
            self.start = self.start.wrapping_sub(GROUP) & (self.ticks() - 1);
            self.edge = edge;
        } else if key <= self.edge - reach {
            let touch = self.best_cell.wrapping_sub(self.start) & (self.ticks() - 1);
            let has_room = self.best_cell < self.ticks() && touch >= (self.headroom() + 1) * GROUP;
            // The window must end above MIN: see `cell_of`.
            if !has_room || (self.edge - reach).checked_sub(step).is_none() {
                return false;
            }
            self.start = (self.start + GROUP) & (self.ticks() - 1);
            self.edge -= step;
        } else {
            return false;
        }
        self.pull(grid);
        true
    }

    /// Lays the empty window around a key, with headroom for better ones.
    fn anchor(&mut self, grid: &Grid, key: i64) {
        let (tick, mirror) = (i128::from(grid.tick()), i128::from(self.mirror));
        let reach = self.ticks() as i128 * tick;
        // Prices on the grid are multiples of the tick, and keys are prices exclusive-or the mirror.
        let worst = (i128::from(i64::MIN) + reach - mirror).div_euclid(tick) + 1;
        let best = (i128::from(i64::MAX) - mirror).div_euclid(tick);
        let wanted =
            (i128::from(key) - mirror).div_euclid(tick) + (self.headroom() * GROUP) as i128;
        let edge = wanted.clamp(worst, best) * tick + mirror;
        self.edge = i64::try_from(edge).unwrap_or(i64::MAX);
        self.start = 0;
    }

    /// Moves the levels of the outermost group to the far store. The new key is better than all of
    /// them, so none is the best one for long.
    fn evict_last_group(&mut self, grid: &Grid) {
        let nth = self.groups() - 1;
        let (place, mut bits) = self.group(nth);
        self.bits[place] = 0;
        while bits != 0 {
            let bit = GROUP - 1 - bits.leading_zeros() as usize;
            bits ^= 1 << bit;
            let key = self.edge - (nth * GROUP + bit) as i64 * grid.tick();
            let qty = std::mem::take(&mut self.cells[place * GROUP + bit]);
            let at = self.far.partition_point(|level| level.key < key);
            self.far.insert(at, Far { key, qty });
        }
        self.far_changed();
    }

    /// Moves the best far levels into the window, as far as they belong there.
    fn pull(&mut self, grid: &Grid) {
        for _ in 0..PULLED_MAX {
            let Some(&Far { key, qty }) = self.far.back() else { break };
            let Some(at) = self.cell_of(grid, key) else { break };
            self.far.pop_back();
            self.put(at, qty);
            if key == self.best_key {
                self.best_cell = at;
            }
        }
        self.far_changed();
    }

    /// Drops the level farthest from the touch; there are at least two.
    #[cold]
    #[inline(never)]
    fn drop_farthest(&mut self, grid: &Grid) {
        self.dropped += 1;
        self.count -= 1;
        let outer = self.edge - self.ticks() as i64 * grid.tick();
        if self.far.front().is_some_and(|far| far.key <= outer) {
            self.far.pop_front();
            self.far_changed();
            return;
        }
        let outermost = (0..self.groups()).rev().find(|&nth| self.group(nth).1 != 0);
        let near = outermost.map(|nth| {
            let (place, bits) = self.group(nth);
            let bit = GROUP - 1 - bits.leading_zeros() as usize;
            (place * GROUP + bit, self.edge - (nth * GROUP + bit) as i64 * grid.tick())
        });
        match near {
            Some((at, key)) if self.far.front().is_none_or(|far| key < far.key) => {
                self.cells[at] = 0;
                self.bits[at / GROUP] ^= 1 << (at % GROUP);
            }
            _ => {
                self.far.pop_front();
                self.far_changed();
            }
        }
    }
}
