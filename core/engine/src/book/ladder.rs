//! The fast book: two sides of fixed capacity that find a level by its distance in ticks.
//!
//! Owns the levels of one instrument. Must never allocate after construction, nor hold a level
//! that no event set. Each thread's market owns one for an instrument, and the simulated venue looks at it;
//! `naive` is its specification, and docs/book.md tells why it is built this way.

use super::Level;
use super::grid::Grid;
use super::half::{Half, window_ticks};
use royale_model::{Price, Qty, Side};

/// Levels of one instrument. When a side has more than its capacity, its level farthest from the
/// touch is dropped and counted, be it the one that was just set.
#[derive(Clone, Debug)]
pub struct Book {
    grid: Grid,
    /// Bids, asks.
    halves: [Half; 2],
}

impl Book {
    /// An empty book that holds up to `levels` levels on each side, and at least one.
    ///
    /// The tick makes updates fast and decides nothing else: prices off its grid are held as
    /// exactly. A book takes about 64 bytes × `levels`, rounded up to a power of two, and 5 KiB at least.
    pub fn with_capacity(tick: Price, levels: usize) -> Self {
        Self {
            grid: Grid::new(tick.raw(), window_ticks(levels)),
            halves: [Half::new(0, levels), Half::new(MIRROR, levels)],
        }
    }
    /// Sets the quantity at a level; 0 or less removes it. Returns what rested there before.
    #[inline(always)]
    pub fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        let (nth, mirror) = place_of(side);
        let half = &mut self.halves[nth];
        Qty::from_raw(half.set(&self.grid, price.raw() ^ mirror, qty.raw().max(0)))
    }
    /// Removes all levels.
    pub fn clear(&mut self) {
        self.halves.iter_mut().for_each(Half::clear);
    }
    /// Best bid.
    #[inline]
    pub fn best_bid(&self) -> Option<Level> {
        self.best(Side::Buy)
    }
    /// Best ask.
    #[inline]
    pub fn best_ask(&self) -> Option<Level> {
        self.best(Side::Sell)
    }
    /// Best level of a side.
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        let (half, mirror) = self.half(side);
        let (key, qty) = half.best();
        (qty > 0).then(|| Level { price: Price::from_raw(key ^ mirror), qty: Qty::from_raw(qty) })
    }
    /// Levels of a side from the best outwards.
    #[inline]
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let (half, mirror) = self.half(side);
        half.levels(&self.grid).map(move |(key, qty)| Level {
            price: Price::from_raw(key ^ mirror),
            qty: Qty::from_raw(qty),
        })
    }
    /// Quantity at a price; zero where there is none.
    #[inline]
    pub fn qty_at(&self, side: Side, price: Price) -> Qty {
        let (half, mirror) = self.half(side);
        Qty::from_raw(half.qty_at(&self.grid, price.raw() ^ mirror))
    }
    /// Sum of the quantity of the best `count` levels.
    pub fn depth(&self, side: Side, count: usize) -> Qty {
        self.levels(side).take(count).fold(Qty::ZERO, |sum, level| sum.saturating_add(level.qty))
    }
    /// True when the best bid is at or above the best ask.
    #[inline]
    pub fn is_crossed(&self) -> bool {
        matches!((self.best_bid(), self.best_ask()), (Some(bid), Some(ask)) if bid.price >= ask.price)
    }
    /// Levels that did not fit.
    pub fn dropped(&self) -> u64 {
        self.halves.iter().map(Half::dropped).sum()
    }

    #[inline]
    fn half(&self, side: Side) -> (&Half, i64) {
        let (nth, mirror) = place_of(side);
        (&self.halves[nth], mirror)
    }
}

/// Exclusive-or with this turns the order of prices around (and loses none, unlike negation).
const MIRROR: i64 = -1;

/// Which half a side is, and what its prices are mirrored with: sums, for sides come at random.
#[inline]
fn place_of(side: Side) -> (usize, i64) {
    let is_ask = side == Side::Sell;
    (usize::from(is_ask), if is_ask { MIRROR } else { 0 })
}
