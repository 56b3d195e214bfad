//! The book as one would write it in five minutes: the specification that the fast one is held to.

use super::Level;
use royale_model::{Price, Qty, Side};
use std::collections::BTreeMap;

/// Levels in ordered maps. When a side has more than `levels`, its level farthest from the touch
/// is dropped and counted, be it the one that was just set.
#[derive(Clone, Debug)]
pub struct NaiveBook {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
    levels: usize,
    dropped: u64,
}

impl NaiveBook {
    /// An empty book that holds up to `levels` levels on each side, and at least one.
    pub fn with_capacity(levels: usize) -> Self {
        let (bids, asks) = (BTreeMap::new(), BTreeMap::new());
        Self { bids, asks, levels: levels.max(1), dropped: 0 }
    }
    /// Sets the quantity at a level; 0 or less removes it. Returns what rested there before.
    pub fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        let before =
            if qty.is_positive() { levels.insert(price, qty) } else { levels.remove(&price) };
        if levels.len() > self.levels {
            match side {
                Side::Buy => levels.pop_first(),
                Side::Sell => levels.pop_last(),
            };
            self.dropped += 1;
        }
        before.unwrap_or(Qty::ZERO)
    }
    /// Removes all levels.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
    /// Best level of a side.
    pub fn best(&self, side: Side) -> Option<Level> {
        let best = match side {
            Side::Buy => self.bids.last_key_value(),
            Side::Sell => self.asks.first_key_value(),
        };
        best.map(|(&price, &qty)| Level { price, qty })
    }
    /// Levels of a side from the best outwards.
    pub fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(&price, &qty): (&Price, &Qty)| Level { price, qty };
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }
    /// Levels that did not fit.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
