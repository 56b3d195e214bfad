//! The fast book: two sorted arrays of fixed capacity, best level last, no allocation after start.
//!
//! Owns the levels of one instrument. Must never allocate after construction, nor hold a level
//! that no event set. Strategy stage, risk stage and simulated venue each own theirs; `naive` is
//! its specification.

use super::Level;
use royale_model::{Price, Qty, Side};

/// Levels near the touch that are looked at one by one, before the search gallops.
const NEAR: usize = 8;

/// Levels of one instrument. When a side is full, its level farthest from the touch is dropped
/// and counted.
#[derive(Clone, Debug)]
pub struct Book {
    bids: Vec<Level>,
    asks: Vec<Level>,
    capacity: usize,
    dropped: u64,
}

impl Book {
    /// An empty book that holds up to `levels` levels on each side.
    pub fn with_capacity(levels: usize) -> Self {
        let capacity = levels.max(1);
        Self {
            bids: Vec::with_capacity(capacity),
            asks: Vec::with_capacity(capacity),
            capacity,
            dropped: 0,
        }
    }
    /// Sets the quantity at a level; 0 removes it. Returns what rested there before.
    #[inline]
    pub fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        let capacity = self.capacity;
        let (levels, mirror) = self.side_mut(side);
        let (at, found) = locate(levels, mirror, price);
        if found {
            let before = levels[at].qty;
            if qty.is_positive() {
                levels[at].qty = qty;
            } else {
                levels.remove(at);
            }
            return before;
        }
        if qty.is_positive() {
            if levels.len() < capacity {
                levels.insert(at, Level { price, qty });
            } else {
                // Full: the worst level goes; one move makes room where the new one belongs.
                if at > 0 {
                    levels.copy_within(1..at, 0);
                    levels[at - 1] = Level { price, qty };
                }
                self.dropped += 1;
            }
        }
        Qty::ZERO
    }
    /// Removes all levels.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
    /// Best bid.
    #[inline]
    pub fn best_bid(&self) -> Option<Level> {
        self.bids.last().copied()
    }
    /// Best ask.
    #[inline]
    pub fn best_ask(&self) -> Option<Level> {
        self.asks.last().copied()
    }
    /// Best level of a side.
    #[inline]
    pub fn best(&self, side: Side) -> Option<Level> {
        match side {
            Side::Buy => self.best_bid(),
            Side::Sell => self.best_ask(),
        }
    }
    /// Levels of a side from the best outwards.
    #[inline]
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        match side {
            Side::Buy => self.bids.iter().rev().copied(),
            Side::Sell => self.asks.iter().rev().copied(),
        }
    }
    /// Quantity at a price; zero where there is none.
    #[inline]
    pub fn qty_at(&self, side: Side, price: Price) -> Qty {
        let (levels, mirror) = match side {
            Side::Buy => (&self.bids, 0),
            Side::Sell => (&self.asks, MIRROR),
        };
        match locate(levels, mirror, price) {
            (at, true) => levels[at].qty,
            (_, false) => Qty::ZERO,
        }
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
        self.dropped
    }

    #[inline]
    fn side_mut(&mut self, side: Side) -> (&mut Vec<Level>, i64) {
        match side {
            Side::Buy => (&mut self.bids, 0),
            Side::Sell => (&mut self.asks, MIRROR),
        }
    }
}

/// Exclusive-or with this turns the order of prices around (and loses none, unlike negation).
const MIRROR: i64 = -1;

/// Where a price is (`true`) or would be inserted (`false`), in levels sorted from worst to best.
///
/// Looks at the touch first, gallops outwards in growing steps, and ends with a binary search:
/// about 2·log₂(d) looks for a level d levels away from the touch.
#[inline]
fn locate(levels: &[Level], mirror: i64, price: Price) -> (usize, bool) {
    let key = |level: &Level| level.price.raw() ^ mirror;
    let wanted = price.raw() ^ mirror;
    let mut high = levels.len();
    let near = high.saturating_sub(NEAR);
    while high > near {
        let here = key(&levels[high - 1]);
        if here <= wanted {
            return if here == wanted { (high - 1, true) } else { (high, false) };
        }
        high -= 1;
    }
    let mut step = NEAR;
    let mut low = high.saturating_sub(step);
    while low > 0 && key(&levels[low]) > wanted {
        high = low;
        step *= 2;
        low = high.saturating_sub(step);
    }
    let at = low + levels[low..high].partition_point(|level| key(level) < wanted);
    (at, levels.get(at).is_some_and(|level| level.price == price))
}
