//! Several seasons of one battle, added up: the final standings.
//!
//! Every season starts with fresh capital, so profits add up and equities do not. Rank is by total
//! profit, then by seasons won, then by name.

use crate::Board;
use royale_model::{Notional, SlotId};
use serde::Serialize;
use std::collections::BTreeMap;

/// One competitor over all seasons.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FinalStanding {
    /// 1 for the winner.
    pub rank: u64,
    /// The slot's name.
    pub slot: String,
    /// Seasons that it took part in.
    pub seasons: u64,
    /// Seasons in which it ranked first.
    pub won: u64,
    /// Profit over all seasons.
    pub profit: String,
    /// Mean return of a season.
    pub return_mean: f64,
    /// Worst return of a season.
    pub return_worst: f64,
    /// Best return of a season.
    pub return_best: f64,
    /// Deepest drawdown of any season.
    pub max_drawdown: Option<f64>,
    /// Mean Sharpe of the seasons that have one.
    pub sharpe: Option<f64>,
    /// Mean of the same less what luck gives the best of as many slots as there are.
    pub deflated_sharpe: Option<f64>,
    /// Round trips.
    pub trades: u64,
    /// Round trips won.
    pub wins: u64,
    /// Wins ÷ round trips.
    pub win_rate: Option<f64>,
    /// Fees paid.
    pub fees: String,
    /// Decisions that the gate refused.
    pub refused: u64,
}

#[derive(Default)]
struct Sum {
    profit: Notional,
    fees: Notional,
    returns: Vec<f64>,
    sharpes: Vec<f64>,
    deflated: Vec<f64>,
    drawdown: Option<f64>,
    won: u64,
    trades: u64,
    wins: u64,
    refused: u64,
}

/// Adds up the seasons.
pub fn final_standings<'a>(seasons: impl IntoIterator<Item = &'a Board>) -> Vec<FinalStanding> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for board in seasons {
        for row in board.standings() {
            let slot = SlotId(row.slot_id);
            let equity = board.slot_equity(slot);
            let sum = sums.entry(row.slot).or_default();
            let profit = equity.checked_sub(board.stakes().capital.per_slot);
            sum.profit = profit.and_then(|p| sum.profit.checked_add(p)).unwrap_or(sum.profit);
            sum.fees = board.slot_fees(slot).checked_add(sum.fees).unwrap_or(sum.fees);
            sum.returns.push(row.return_ratio);
            sum.sharpes.extend(row.metrics.sharpe);
            sum.deflated.extend(row.deflated_sharpe.map(|deflated| deflated.excess));
            let drawdown = row.metrics.max_drawdown;
            sum.drawdown = match (sum.drawdown, drawdown) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            sum.won += u64::from(row.rank == 1);
            sum.trades += row.metrics.trades;
            sum.wins += row.metrics.wins;
            sum.refused += row.refused;
        }
    }
    let mut order: Vec<(String, Sum)> = sums.into_iter().collect();
    order.sort_by(|(name_a, a), (name_b, b)| {
        b.profit.cmp(&a.profit).then(b.won.cmp(&a.won)).then(name_a.cmp(name_b))
    });
    (1..).zip(order).map(|(rank, (slot, sum))| row(rank, slot, &sum)).collect()
}

fn row(rank: u64, slot: String, sum: &Sum) -> FinalStanding {
    FinalStanding {
        rank,
        slot,
        seasons: sum.returns.len() as u64,
        won: sum.won,
        profit: sum.profit.to_string(),
        return_mean: mean(&sum.returns).unwrap_or(0.0),
        return_worst: sum.returns.iter().copied().reduce(f64::min).unwrap_or(0.0),
        return_best: sum.returns.iter().copied().reduce(f64::max).unwrap_or(0.0),
        max_drawdown: sum.drawdown,
        sharpe: mean(&sum.sharpes),
        deflated_sharpe: mean(&sum.deflated),
        trades: sum.trades,
        wins: sum.wins,
        win_rate: (sum.trades > 0).then(|| sum.wins as f64 / sum.trades as f64),
        fees: sum.fees.to_string(),
        refused: sum.refused,
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
