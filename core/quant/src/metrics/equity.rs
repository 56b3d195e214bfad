//! Statistics of an equity curve. Owns what depends on the order of returns: growth and
//! drawdown.

use super::cagr;
use super::returns::ReturnStats;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, check_positive};

/// Streaming performance of an equity curve sampled once a period. The curve starts at the
/// initial equity, before the first sample.
///
/// Once equity reaches zero or less the strategy is ruined: that period still counts, with its
/// return of -100 % or worse, and no later one has a return. Growth and drawdown go on.
///
/// ```
/// use royale_quant::metrics::EquityStats;
///
/// let mut stats = EquityStats::new(100.0, 252.0)?;
/// for equity in [110.0, 99.0, 121.0] {
///     stats.update(equity);
/// }
/// assert!((stats.total_return().unwrap_or(0.0) - 0.21).abs() < 1e-12);
/// assert!((stats.max_drawdown().unwrap_or(0.0) + 0.10).abs() < 1e-12);
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EquityStats {
    returns: ReturnStats,
    initial: f64,
    last: f64,
    peak: f64,
    periods: u64,
    max_drawdown: f64,
    underwater: u64,
    underwater_max: u64,
    is_ruined: bool,
    refused: u64,
}

impl EquityStats {
    /// A curve that starts at `initial_equity` (money, above zero), sampled `periods_per_year`
    /// times a year (31 557 600 for every second).
    ///
    /// # Errors
    /// If either is not finite and above zero.
    pub fn new(initial_equity: f64, periods_per_year: f64) -> Result<Self, ParameterError> {
        check_positive("initial_equity", initial_equity)?;
        Ok(Self {
            returns: ReturnStats::new(periods_per_year)?,
            initial: initial_equity,
            last: initial_equity,
            peak: initial_equity,
            periods: 0,
            max_drawdown: 0.0,
            underwater: 0,
            underwater_max: 0,
            is_ruined: false,
            refused: 0,
        })
    }

    /// Takes the equity at the end of a period; the period's return. `None` if the equity is
    /// unusable, which changes nothing but [`Self::refused`], or after ruin.
    pub fn update(&mut self, equity: f64) -> Option<f64> {
        // Relative to the start too, so that no ratio of two equities can overflow.
        if !is_usable(equity) || !is_usable(equity / self.initial) {
            self.refused += 1;
            return None;
        }
        let before = std::mem::replace(&mut self.last, equity);
        self.periods += 1;
        self.track_drawdown(equity);
        if self.is_ruined {
            return None;
        }
        self.is_ruined = equity <= 0.0;
        let r = equity / before - 1.0;
        self.returns.update(r)?;
        Some(r)
    }

    /// Periods taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.periods
    }

    /// Samples refused as unusable.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// True once equity has been zero or less.
    #[must_use]
    pub fn is_ruined(&self) -> bool {
        self.is_ruined
    }

    /// Statistics of the returns, of which the most used are repeated below.
    #[must_use]
    pub fn returns(&self) -> &ReturnStats {
        &self.returns
    }

    /// `equity / initial - 1`; `None` before the first sample.
    #[must_use]
    pub fn total_return(&self) -> Option<f64> {
        (self.periods > 0).then(|| self.last / self.initial - 1.0)
    }

    /// Compound annual growth rate `(equity / initial)^(periods_per_year / n) - 1`; -1 where all
    /// is lost, `None` before the first sample or where a short, steep curve would overflow.
    #[must_use]
    pub fn cagr(&self) -> Option<f64> {
        if self.periods == 0 {
            return None;
        }
        let growth = self.last / self.initial;
        cagr(growth, self.periods as f64, self.returns.periods_per_year())
    }

    /// Deepest fall from a peak as a negative fraction, the peak being at least the initial
    /// equity; `None` before the first sample.
    #[must_use]
    pub fn max_drawdown(&self) -> Option<f64> {
        (self.periods > 0).then_some(self.max_drawdown)
    }

    /// Present fall from the peak as a negative fraction; `None` before the first sample.
    #[must_use]
    pub fn drawdown(&self) -> Option<f64> {
        (self.periods > 0).then(|| self.last / self.peak - 1.0)
    }

    /// Longest run of periods below the peak.
    #[must_use]
    pub fn underwater_max(&self) -> u64 {
        self.underwater_max
    }

    /// Growth over the deepest drawdown; `None` without drawdown.
    #[must_use]
    pub fn calmar(&self) -> Option<f64> {
        let drawdown = self.max_drawdown().filter(|d| *d < 0.0)?;
        Some(self.cagr()? / -drawdown)
    }

    /// Annual volatility.
    #[must_use]
    pub fn volatility(&self) -> Option<f64> {
        self.returns.volatility()
    }

    /// Annual Sharpe ratio; `None` without spread.
    #[must_use]
    pub fn sharpe(&self) -> Option<f64> {
        self.returns.sharpe()
    }

    /// Annual Sortino ratio; `+inf` without a losing period.
    #[must_use]
    pub fn sortino(&self) -> Option<f64> {
        self.returns.sortino()
    }

    /// Share of periods with a gain.
    #[must_use]
    pub fn win_rate(&self) -> Option<f64> {
        self.returns.tally().win_rate()
    }

    /// Sum of gains over sum of losses, of returns.
    #[must_use]
    pub fn profit_factor(&self) -> Option<f64> {
        self.returns.tally().profit_factor()
    }

    /// Mean return of a period.
    #[must_use]
    pub fn expectancy(&self) -> Option<f64> {
        self.returns.mean()
    }

    /// Probability that the true Sharpe ratio exceeds an annual benchmark.
    #[must_use]
    pub fn probabilistic_sharpe(&self, benchmark_annual: f64) -> Option<f64> {
        self.returns.probabilistic_sharpe(benchmark_annual)
    }

    /// Probability that the true Sharpe ratio exceeds the best of `trials` worthless strategies,
    /// whose annual Sharpe ratios had this variance.
    #[must_use]
    pub fn deflated_sharpe(&self, variance_of_trials_annual: f64, trials: u64) -> Option<f64> {
        self.returns.deflated_sharpe(variance_of_trials_annual, trials)
    }

    /// Moves the peak and measures the fall from it.
    fn track_drawdown(&mut self, equity: f64) {
        if equity >= self.peak {
            self.peak = equity;
            self.underwater = 0;
            return;
        }
        self.underwater += 1;
        self.underwater_max = self.underwater_max.max(self.underwater);
        self.max_drawdown = self.max_drawdown.min(equity / self.peak - 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_by_hand() {
        let mut stats = EquityStats::new(100.0, 2.0).unwrap();
        assert_eq!((stats.total_return(), stats.max_drawdown(), stats.cagr()), (None, None, None));
        // The first fall is from the initial equity, which is a peak.
        assert_eq!(stats.update(75.0), Some(-0.25));
        assert_eq!(stats.drawdown(), Some(-0.25));
        assert_eq!(stats.update(150.0), Some(1.0));
        assert_eq!(stats.update(75.0), Some(-0.5));
        assert_eq!(stats.update(400.0), Some(400.0 / 75.0 - 1.0));
        assert_eq!(stats.total_return(), Some(3.0));
        assert_eq!(stats.max_drawdown(), Some(-0.5));
        assert!((stats.cagr().unwrap() - 1.0).abs() < 1e-14); // 4 periods are 2 years
        assert!((stats.calmar().unwrap() - 2.0).abs() < 1e-14);
        assert_eq!((stats.underwater_max(), stats.win_rate()), (1, Some(0.5)));
        assert_eq!(stats.update(f64::NAN), None);
        assert_eq!((stats.count(), stats.refused()), (4, 1));
    }

    #[test]
    fn ruin_ends_the_returns_but_not_the_drawdown() {
        let mut stats = EquityStats::new(100.0, 252.0).unwrap();
        stats.update(50.0);
        assert_eq!(stats.update(-25.0), Some(-1.5));
        assert!(stats.is_ruined());
        let sharpe = stats.sharpe();
        assert_eq!(stats.update(-50.0), None);
        assert_eq!((stats.count(), stats.returns().count(), stats.refused()), (3, 2, 0));
        assert_eq!((stats.sharpe(), stats.total_return()), (sharpe, Some(-1.5)));
        assert_eq!((stats.max_drawdown(), stats.cagr()), (Some(-1.5), Some(-1.0)));
    }

    #[test]
    fn one_second_growth_that_would_overflow_a_year_is_none() {
        let mut stats = EquityStats::new(100.0, 31_557_600.0).unwrap();
        stats.update(200.0);
        assert_eq!((stats.cagr(), stats.calmar()), (None, None));
        assert!(EquityStats::new(0.0, 252.0).is_err());
        assert!(EquityStats::new(1.0, f64::NAN).is_err());
    }
}
