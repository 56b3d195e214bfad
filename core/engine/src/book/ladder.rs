//! The fast book: two sorted arrays of fixed capacity, best level last, no allocation after start.

use super::Level;
use royale_model::{Price, Qty, Side};

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
    /// Sets the quantity at a level; 0 removes it.
    #[inline]
    pub fn set(&mut self, side: Side, price: Price, qty: Qty) {
        let (levels, better): (&mut Vec<Level>, fn(Price, Price) -> bool) = match side {
            Side::Buy => (&mut self.bids, |a, b| a > b),
            Side::Sell => (&mut self.asks, |a, b| a < b),
        };
        // Most changes are near the touch, which is the end of the array: look from there.
        let mut at = levels.len();
        while at > 0 && better(levels[at - 1].price, price) {
            at -= 1;
        }
        let found = at > 0 && levels[at - 1].price == price;
        match (found, qty.is_positive()) {
            (true, true) => levels[at - 1].qty = qty,
            (true, false) => {
                levels.remove(at - 1);
            }
            (false, true) => {
                if levels.len() == self.capacity {
                    self.dropped += 1;
                    if at == 0 {
                        return;
                    }
                    levels.remove(0);
                    at -= 1;
                }
                levels.insert(at, Level { price, qty });
            }
            (false, false) => {}
        }
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
        self.levels(side).find(|level| level.price == price).map_or(Qty::ZERO, |level| level.qty)
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
}
