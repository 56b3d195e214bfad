//! Statistics of closed trades. Owns what is particular to trades on top of the tally: streaks,
//! and results as multiples of the risk taken.

use super::tally::Tally;
use crate::checked::{is_positive, is_usable};
use crate::moments::Moments;

/// Streaming trade statistics; money in any one unit, losses negative, fees already taken off.
#[derive(Clone, Copy, Debug, Default)]
pub struct TradeStats {
    tally: Tally,
    results: Moments,
    risk_multiples: Moments,
    winning_streak: u64,
    losing_streak: u64,
    winning_streak_max: u64,
    losing_streak_max: u64,
    refused: u64,
}

impl TradeStats {
    /// No trades yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the result of a closed trade; the expectancy so far. An unusable result gives `None`
    /// and changes nothing but [`Self::refused`].
    pub fn update(&mut self, pnl: f64) -> Option<f64> {
        if !is_usable(pnl) {
            self.refused += 1;
            return None;
        }
        self.tally.add(pnl);
        self.results.update(pnl);
        self.winning_streak = if pnl > 0.0 { self.winning_streak + 1 } else { 0 };
        self.losing_streak = if pnl < 0.0 { self.losing_streak + 1 } else { 0 };
        self.winning_streak_max = self.winning_streak_max.max(self.winning_streak);
        self.losing_streak_max = self.losing_streak_max.max(self.losing_streak);
        self.expectancy()
    }

    /// The same for a trade whose risk (money lost at the stop, above zero) was known at entry.
    pub fn update_with_risk(&mut self, pnl: f64, initial_risk: f64) -> Option<f64> {
        if !is_usable(pnl) || !is_positive(initial_risk) || !is_usable(pnl / initial_risk) {
            self.refused += 1;
            return None;
        }
        self.risk_multiples.update(pnl / initial_risk);
        self.update(pnl)
    }

    /// Counts and sums of wins and losses.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Trades taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tally.count()
    }

    /// Wins over all trades; breakeven is not a win.
    #[must_use]
    pub fn win_rate(&self) -> Option<f64> {
        self.tally.win_rate()
    }

    /// Gross profit over gross loss; `+inf` without a loss.
    #[must_use]
    pub fn profit_factor(&self) -> Option<f64> {
        self.tally.profit_factor()
    }

    /// Mean result of a trade.
    #[must_use]
    pub fn expectancy(&self) -> Option<f64> {
        self.tally.expectancy()
    }

    /// Mean result as a multiple of the risk taken, over the trades whose risk was given.
    #[must_use]
    pub fn expectancy_r(&self) -> Option<f64> {
        self.risk_multiples.mean()
    }

    /// System quality number `√n · mean(R) / deviation(R)` over the trades whose risk was given.
    ///
    /// Source: V. Tharp, "Definitive Guide to Position Sizing" (2008), without its cap on `n`.
    #[must_use]
    pub fn sqn(&self) -> Option<f64> {
        t_statistic(&self.risk_multiples, self.risk_multiples.mean()?)
    }

    /// `√n · mean / deviation` of the results: how many standard errors expectancy is from zero.
    #[must_use]
    pub fn t_statistic(&self) -> Option<f64> {
        t_statistic(&self.results, self.expectancy()?)
    }

    /// Longest run of wins; a breakeven trade ends a run of either kind.
    #[must_use]
    pub fn winning_streak_max(&self) -> u64 {
        self.winning_streak_max
    }

    /// Longest run of losses.
    #[must_use]
    pub fn losing_streak_max(&self) -> u64 {
        self.losing_streak_max
    }

    /// Results refused as unusable.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

/// Mean in standard errors; `None` without spread.
fn t_statistic(moments: &Moments, mean: f64) -> Option<f64> {
    let deviation = moments.deviation().filter(|d| *d > 0.0)?;
    Some((moments.count() as f64).sqrt() * mean / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_trades_by_hand() {
        let mut stats = TradeStats::new();
        assert_eq!((stats.win_rate(), stats.profit_factor()), (None, None));
        for pnl in [3.0, 1.0, 0.0, -2.0, -6.0] {
            stats.update(pnl);
        }
        assert_eq!(stats.update(f64::NAN), None);
        assert_eq!((stats.count(), stats.refused()), (5, 1));
        let tally = stats.tally();
        assert_eq!((tally.wins(), tally.losses(), tally.breakevens()), (2, 2, 1));
        assert_eq!((stats.win_rate(), tally.win_rate_decided()), (Some(0.4), Some(0.5)));
        assert_eq!((tally.gross_profit(), tally.gross_loss()), (4.0, -8.0));
        assert_eq!((stats.profit_factor(), stats.expectancy()), (Some(0.5), Some(-0.8)));
        assert_eq!((tally.average_win(), tally.average_loss()), (Some(2.0), Some(-4.0)));
        assert_eq!(tally.payoff_ratio(), Some(0.5));
        assert_eq!((tally.largest_win(), tally.largest_loss()), (Some(3.0), Some(-6.0)));
        assert_eq!((stats.winning_streak_max(), stats.losing_streak_max()), (2, 2));
    }

    #[test]
    fn without_losses_the_factor_is_infinite_and_ratios_are_undefined() {
        let mut stats = TradeStats::new();
        stats.update(1.0);
        assert_eq!(stats.profit_factor(), Some(f64::INFINITY));
        assert_eq!(stats.tally().payoff_ratio(), None);
        assert_eq!(stats.t_statistic(), None);
        let mut idle = TradeStats::new();
        idle.update(0.0);
        assert_eq!((idle.profit_factor(), idle.win_rate()), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn a_breakeven_trade_ends_a_streak() {
        let mut stats = TradeStats::new();
        for pnl in [1.0, 0.0, 1.0, -1.0, 0.0, -1.0] {
            stats.update(pnl);
        }
        assert_eq!((stats.winning_streak_max(), stats.losing_streak_max()), (1, 1));
    }

    #[test]
    fn risk_multiples_by_hand() {
        let mut stats = TradeStats::new();
        stats.update_with_risk(4.0, 2.0); // R = 2
        stats.update_with_risk(-5.0, 5.0); // R = -1
        assert_eq!(stats.update_with_risk(1.0, 0.0), None);
        assert_eq!(stats.expectancy_r(), Some(0.5));
        // Deviation of {2, -1} is 3/√2; √2 · 0.5 / (3/√2) = 1/3.
        assert!((stats.sqn().unwrap() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!((stats.count(), stats.refused()), (2, 1));
    }
}
