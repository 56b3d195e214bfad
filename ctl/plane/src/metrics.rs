//! Performance figures of one account, by the definitions of `royale-quant`.
//!
//! Equity is sampled once a second of event time; Sharpe and Sortino are scaled to one day of such
//! seconds, and say `None` while the sample is too short or too still to mean anything. Floats
//! end here: none of these figures decides anything.

use crate::gate::DeflatedSharpe;
use crate::track::TrackRecord;
use royale_model::Notional;
use royale_quant::metrics::{EquityStats, TradeStats};
use serde::Serialize;

/// Sharpe and Sortino are mean ÷ deviation of one-second returns × the root of this.
pub const SHARPE_SCALE_SECONDS: f64 = 86_400.0;
/// Samples below which a ratio would be noise: five minutes.
pub(crate) const SAMPLES_MIN: u64 = 300;
/// Seconds in which equity moved, below which a ratio would be noise.
pub(crate) const MOVES_MIN: u64 = 20;

/// Figures of one account. A figure that is not defined is `None` (`null`, shown as `n/a`).
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize)]
pub struct MetricsRow {
    /// Seconds of equity that were sampled.
    pub samples: u64,
    /// Mean ÷ deviation of one-second returns, scaled to a day.
    pub sharpe: Option<f64>,
    /// Mean ÷ downside deviation of one-second returns, scaled to a day.
    pub sortino: Option<f64>,
    /// Deepest fall from a peak, as a negative fraction.
    pub max_drawdown: Option<f64>,
    /// Round trips won ÷ round trips; breakeven is not a win.
    pub win_rate: Option<f64>,
    /// Gross profit ÷ gross loss; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Mean profit of a round trip.
    pub expectancy: Option<f64>,
    /// Round trips.
    pub trades: u64,
    /// Won.
    pub wins: u64,
    /// Lost.
    pub losses: u64,
}

/// Streams equity samples and trade results.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    equity: Option<EquityStats>,
    trades: TradeStats,
    last: Option<f64>,
    moves: u64,
}

impl Metrics {
    pub(crate) fn new(initial: Notional) -> Self {
        // Without capital there is no return; the figures stay undefined.
        let equity = EquityStats::new(initial.to_f64(), SHARPE_SCALE_SECONDS).ok();
        Self { equity, trades: TradeStats::new(), last: None, moves: 0 }
    }
    pub(crate) fn sample(&mut self, equity: Notional) {
        let equity = equity.to_f64();
        if let Some(stats) = &mut self.equity {
            stats.update(equity);
        }
        self.moves += u64::from(self.last.is_some_and(|last| last != equity));
        self.last = Some(equity);
    }
    pub(crate) fn trade(&mut self, pnl: Notional) {
        self.trades.update(pnl.to_f64());
    }
    /// False while the sample is too short or too still for a ratio.
    fn is_enough(&self) -> bool {
        let samples = self.equity.as_ref().map_or(0, EquityStats::count);
        samples >= SAMPLES_MIN && self.moves >= MOVES_MIN
    }
    /// The Sharpe ratio, as the best of so many tries; `None` where the ratio itself is.
    pub(crate) fn deflated_sharpe(&self, trials: u64) -> Option<DeflatedSharpe> {
        let equity = self.equity.as_ref().filter(|_| self.is_enough())?;
        DeflatedSharpe::new(&equity.returns().evidence()?, trials, SHARPE_SCALE_SECONDS)
    }
    /// The same in a form that can be pooled with other seasons.
    pub(crate) fn track_record(&self) -> TrackRecord {
        let equity = self.equity.as_ref();
        TrackRecord {
            samples: equity.map_or(0, EquityStats::count),
            moves: self.moves,
            returns: equity.map(|equity| *equity.returns().moments()).unwrap_or_default(),
            trades: self.trades.count(),
            wins: self.trades.tally().wins(),
        }
    }
    pub(crate) fn row(&self) -> MetricsRow {
        let equity = self.equity.as_ref();
        let samples = equity.map_or(0, EquityStats::count);
        let enough = self.is_enough();
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let tally = self.trades.tally();
        MetricsRow {
            samples,
            sharpe: finite(equity.filter(|_| enough).and_then(EquityStats::sharpe)),
            sortino: finite(equity.filter(|_| enough).and_then(EquityStats::sortino)),
            max_drawdown: finite(equity.and_then(EquityStats::max_drawdown)),
            win_rate: finite(self.trades.win_rate()),
            profit_factor: finite(self.trades.profit_factor()).filter(|_| tally.losses() > 0),
            expectancy: finite(self.trades.expectancy()),
            trades: self.trades.count(),
            wins: tally.wins(),
            losses: tally.losses(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_still_sample_has_no_ratio() {
        let mut metrics = Metrics::new(Notional::from_int(100));
        for n in 0..299 {
            metrics.sample(Notional::from_int(100 + n % 7));
        }
        assert_eq!(metrics.row().sharpe, None, "five minutes are not over");
        metrics.sample(Notional::from_int(101));
        assert!(metrics.row().sharpe.is_some());
        let mut still = Metrics::new(Notional::from_int(100));
        for n in 0..10_000 {
            still.sample(Notional::from_int(100 + i64::from(n == 5_000)));
        }
        assert_eq!(still.row().sharpe, None, "one move is an anecdote");
        let drawdown = metrics.row().max_drawdown.unwrap();
        assert!((drawdown - (100.0 / 106.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn ratios_without_a_loss_are_not_infinite_but_absent() {
        let mut metrics = Metrics::new(Notional::from_int(100));
        metrics.trade(Notional::from_int(3));
        assert_eq!((metrics.row().profit_factor, metrics.row().win_rate), (None, Some(1.0)));
        metrics.trade(Notional::from_int(-1));
        assert_eq!(metrics.row().profit_factor, Some(3.0));
        assert_eq!(metrics.row().expectancy, Some(1.0));
    }
}
