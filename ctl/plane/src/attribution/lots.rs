//! Lots: what each opening fill bought at the mark of its decision, closed first in, first out.
//!
//! Owns the way from a gain back to the decision that opened it. Must lose no unit: what a division
//! leaves stays with the last piece.

use super::factors::{Table, Weights};
use royale_model::{Feature, Notional};
use std::collections::{BTreeMap, VecDeque};

#[derive(Clone, Copy, Debug)]
struct Lot {
    /// Without sign, above zero.
    qty: i64,
    /// Signed value at the mark of the decision.
    cost: Notional,
    weights: Weights,
}

/// The open lots of one account on one instrument, all on one side, and what closed ones gained.
#[derive(Clone, Debug, Default)]
pub(super) struct Lots {
    open: VecDeque<Lot>,
    gained: BTreeMap<Option<Feature>, Notional>,
}

impl Lots {
    /// Opens a lot.
    pub(super) fn open(&mut self, qty: i64, cost: Notional, weights: &Weights) {
        self.open.push_back(Lot { qty, cost, weights: *weights });
    }

    /// Closes `qty` (without sign, not more than is open) against `value`, the signed value of the
    /// closing side; the gains go to the reasons of the lots.
    pub(super) fn close(&mut self, qty: i64, value: Notional) -> Option<()> {
        let (mut left, mut value_left) = (qty, value);
        while left > 0 {
            let lot = self.open.front_mut()?;
            let piece = left.min(lot.qty);
            let paid = value_left.mul_div(piece, left)?;
            let released = lot.cost.mul_div(piece, lot.qty)?;
            let gain = (-paid).checked_sub(released)?;
            let weights = lot.weights;
            lot.qty -= piece;
            lot.cost = lot.cost.checked_sub(released)?;
            if lot.qty == 0 {
                self.open.pop_front();
            }
            left -= piece;
            value_left = value_left.checked_sub(paid)?;
            for (feature, share) in weights.share_out(gain) {
                let sum = self.gained.entry(feature).or_default();
                *sum = sum.checked_add(share)?;
            }
        }
        Some(())
    }

    /// Gains of closed lots, and of open ones when all of them together are worth `value`.
    pub(super) fn factors(&self, value: Notional) -> Option<Table> {
        let mut table: Table =
            self.gained.iter().map(|(&feature, &sum)| (feature, (sum, Notional::ZERO))).collect();
        let mut left: i64 = self.open.iter().map(|lot| lot.qty).sum();
        let mut value_left = value;
        for lot in &self.open {
            let worth = value_left.mul_div(lot.qty, left)?;
            left -= lot.qty;
            value_left = value_left.checked_sub(worth)?;
            for (feature, share) in lot.weights.share_out(worth.checked_sub(lot.cost)?) {
                let entry = table.entry(feature).or_default();
                entry.1 = entry.1.checked_add(share)?;
            }
        }
        Some(table)
    }

    /// Gains of closed lots less the cost of open ones: what factors explain, before any mark.
    pub(super) fn balance(&self) -> Option<Notional> {
        let gained =
            self.gained.values().try_fold(Notional::ZERO, |sum, &gain| sum.checked_add(gain));
        self.open.iter().try_fold(gained?, |sum, lot| sum.checked_sub(lot.cost))
    }
}
