//! What rests on the best levels of both sides of a book, weighted: kept as the book changes, since a
//! walk along both sides at every event would cost more than all else that is thought at it.
//!
//! Owns a copy of the levels that count. Must never answer for a book of which a change was missed:
//! changes are counted, and after one that was not seen the book is walked anew. What is kept is no
//! memory: it is read off the book again.

use royale_engine::{Book, MarketView};
use royale_model::{Event, EventFlags, Price, Qty, Side};
use royale_quant::flow;

/// Most levels that can count.
const LEVELS_MAX: usize = 10;
/// Levels below those that count which are kept, too, so that one can move up when another goes.
const SPARE: usize = 6;
const KEPT_MAX: usize = LEVELS_MAX + SPARE;

/// Depth of both sides of one book.
#[derive(Debug)]
pub(crate) struct Depth {
    /// Weight of each level; as many as count.
    weights: Box<[f64]>,
    bids: Shelf,
    asks: Shelf,
    /// The changes of the book that the shelves have taken in; `None`: they say nothing.
    changes: Option<u64>,
}

/// The best levels of one side.
#[derive(Clone, Copy, Debug)]
struct Shelf {
    /// Prices, best first, turned around for asks so that the greater is the better.
    keys: [i64; KEPT_MAX],
    quantities: [f64; KEPT_MAX],
    /// How many of them are known: the side's best, without a gap.
    known: usize,
    /// What those that count weigh; `None`: the book must be walked.
    weighted: Option<f64>,
}

impl Depth {
    /// The depth of up to `levels` levels, each of which weighs `decay` times the one above.
    pub(crate) fn new(levels: usize, decay: f64) -> Self {
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * decay));
        let weights = weights.take(levels.clamp(1, LEVELS_MAX)).collect();
        let (keys, quantities) = ([0; KEPT_MAX], [0.0; KEPT_MAX]);
        let blank = Shelf { keys, quantities, known: 0, weighted: None };
        Self { weights, bids: blank, asks: blank, changes: None }
    }

    /// Forgets the book: another one comes.
    pub(crate) fn forget(&mut self) {
        self.changes = None;
    }

    /// Takes an event about the book's instrument in; `view` has taken it in already.
    #[inline]
    pub(crate) fn see(&mut self, event: &Event, view: &MarketView) {
        let Some(delta) = event.book_delta() else { return };
        let was_seen = self.changes.is_some_and(|seen| seen + 1 == view.book_changes);
        if !was_seen || event.flags().has(EventFlags::CLEAR) {
            self.changes = None;
            return;
        }
        self.changes = Some(view.book_changes);
        let shelf = match delta.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        shelf.set(&self.weights, key(delta.side, delta.price), delta.qty);
    }

    /// Imbalance of the weighted depths: what [`flow::depth_imbalance`] says of the same levels.
    #[inline]
    pub(crate) fn imbalance(&mut self, view: &MarketView) -> Option<f64> {
        if self.changes != Some(view.book_changes) {
            (self.bids.weighted, self.asks.weighted) = (None, None);
            self.changes = Some(view.book_changes);
        }
        let bids = self.bids.weighted(&self.weights, &view.book, Side::Buy);
        let asks = self.asks.weighted(&self.weights, &view.book, Side::Sell);
        flow::imbalance(bids, asks)
    }
}

impl Shelf {
    /// A level of the side has changed.
    #[inline]
    fn set(&mut self, weights: &[f64], key: i64, qty: Qty) {
        if self.weighted.is_none() {
            return;
        }
        let known = self.known;
        if known < weights.len() {
            // A side of few levels: how it goes on, and how many it has room for, is not known here.
            self.weighted = None;
            return;
        }
        if key < self.keys[known - 1] {
            return;
        }
        let at = self.keys[..known].iter().position(|kept| *kept <= key).unwrap_or(known - 1);
        let is_here = self.keys[at] == key;
        match (is_here, qty.is_positive()) {
            (true, true) => self.quantities[at] = qty.to_f64(),
            (true, false) => {
                self.keys.copy_within(at + 1..known, at);
                self.quantities.copy_within(at + 1..known, at);
                self.known = known - 1;
            }
            // The last known one moves out: whether the book still has it is not known here.
            (false, true) => {
                self.keys.copy_within(at..known - 1, at + 1);
                self.quantities.copy_within(at..known - 1, at + 1);
                (self.keys[at], self.quantities[at]) = (key, qty.to_f64());
            }
            (false, false) => return,
        }
        if self.known < weights.len() {
            self.weighted = None;
        } else if at < weights.len() {
            self.weigh(weights);
        }
    }

    /// What the levels that count weigh, walked along the side if it must be.
    #[inline]
    fn weighted(&mut self, weights: &[f64], book: &Book, side: Side) -> f64 {
        match self.weighted {
            Some(weighted) => weighted,
            None => self.walk(weights, book, side),
        }
    }

    #[inline(never)]
    fn walk(&mut self, weights: &[f64], book: &Book, side: Side) -> f64 {
        self.known = 0;
        for level in book.levels(side).take(weights.len() + SPARE) {
            self.keys[self.known] = key(side, level.price);
            self.quantities[self.known] = level.qty.to_f64();
            self.known += 1;
        }
        self.weigh(weights)
    }

    /// Adds up the levels that count, from the best outwards.
    #[inline]
    fn weigh(&mut self, weights: &[f64]) -> f64 {
        let parts = weights.iter().zip(&self.quantities[..self.known]);
        let weighted = parts.fold(0.0, |sum, (weight, quantity)| sum + weight * quantity);
        self.weighted = Some(weighted);
        weighted
    }
}

/// A price as what is the greater the better it is: asks are turned around.
fn key(side: Side, price: Price) -> i64 {
    match side {
        Side::Buy => price.raw(),
        Side::Sell => !price.raw(),
    }
}

#[cfg(test)]
mod tests;
