//! The book as one would write it in five minutes: the specification that the fast one is held to.

use super::Level;
use royale_model::{Price, Qty, Side};
use std::collections::BTreeMap;

/// Levels in ordered maps; unbounded.
#[derive(Clone, Debug, Default)]
pub struct NaiveBook {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
}

impl NaiveBook {
    /// Sets the quantity at a level; 0 removes it.
    pub fn set(&mut self, side: Side, price: Price, qty: Qty) {
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if qty.is_positive() {
            levels.insert(price, qty);
        } else {
            levels.remove(&price);
        }
    }
    /// Removes all levels.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
    /// Levels of a side from the best outwards.
    pub fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(&price, &qty): (&Price, &Qty)| Level { price, qty };
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }
}
