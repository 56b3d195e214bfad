//! Statistics of periodic returns. Owns everything about performance that does not depend on the
//! order of the returns.

use super::deflated::{
    SharpeEvidence, expected_max_sharpe, min_track_record_length, probabilistic_sharpe,
};
use super::tally::Tally;
use super::{is_spread, sortino};
use crate::checked::is_usable;
use crate::moments::Moments;
use crate::parameter::{ParameterError, check_positive};

/// Streaming statistics of simple returns per period.
#[derive(Clone, Copy, Debug)]
pub struct ReturnStats {
    periods_per_year: f64,
    moments: Moments,
    tally: Tally,
    /// Sum of squared losses.
    downside: f64,
    refused: u64,
}

impl ReturnStats {
    /// No returns yet; `periods_per_year` makes figures annual.
    ///
    /// # Errors
    /// If `periods_per_year` is not finite and above zero.
    pub fn new(periods_per_year: f64) -> Result<Self, ParameterError> {
        check_positive("periods_per_year", periods_per_year)?;
        Ok(Self {
            periods_per_year,
            moments: Moments::new(),
            tally: Tally::default(),
            downside: 0.0,
            refused: 0,
        })
    }

    /// Takes a return (0.01 is one percent); the mean so far. An unusable return gives `None` and
    /// changes nothing but [`Self::refused`].
    pub fn update(&mut self, r: f64) -> Option<f64> {
        if !is_usable(r) {
            self.refused += 1;
            return None;
        }
        self.moments.update(r);
        self.tally.add(r);
        let loss = r.min(0.0);
        self.downside += loss * loss;
        self.mean()
    }

    /// Returns taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.moments.count()
    }

    /// Returns refused as unusable.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Periods in a year, as given.
    #[must_use]
    pub fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }

    /// Winning and losing periods.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Moments of the returns.
    #[must_use]
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Mean return per period: the expectancy.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.tally.expectancy()
    }

    /// Annual volatility: the standard deviation (`n - 1`) times `√periods_per_year`.
    #[must_use]
    pub fn volatility(&self) -> Option<f64> {
        Some(self.moments.deviation()? * self.periods_per_year.sqrt())
    }

    /// Sharpe ratio per period, `mean / deviation` (`n - 1`); `None` without spread.
    #[must_use]
    pub fn sharpe_per_period(&self) -> Option<f64> {
        Some(self.mean()? / self.moments.deviation().filter(is_spread)?)
    }

    /// Annual Sharpe ratio at a rate of zero.
    #[must_use]
    pub fn sharpe(&self) -> Option<f64> {
        Some(self.sharpe_per_period()? * self.periods_per_year.sqrt())
    }

    /// Annual downside risk `√(mean(min(r, 0)²)) · √periods_per_year`, the mean over all periods.
    #[must_use]
    pub fn downside_risk(&self) -> Option<f64> {
        Some(self.downside_deviation()? * self.periods_per_year.sqrt())
    }

    /// Annual Sortino ratio: mean return over downside deviation. `+inf` without a loss, `None`
    /// with neither gain nor loss.
    #[must_use]
    pub fn sortino(&self) -> Option<f64> {
        sortino(self.mean()?, self.downside_deviation()?, self.periods_per_year)
    }

    /// Biased skewness; `None` without spread.
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        self.moments.deviation().filter(is_spread)?;
        self.moments.skewness()
    }

    /// Biased raw kurtosis; `None` without spread.
    #[must_use]
    pub fn kurtosis(&self) -> Option<f64> {
        self.moments.deviation().filter(is_spread)?;
        self.moments.kurtosis()
    }

    /// The Sharpe ratio per period with what is needed to judge it; `None` without spread.
    #[must_use]
    pub fn evidence(&self) -> Option<SharpeEvidence> {
        Some(SharpeEvidence {
            sharpe: self.sharpe_per_period()?,
            periods: self.count(),
            skewness: self.skewness()?,
            kurtosis: self.kurtosis()?,
        })
    }

    /// Probability that the true Sharpe ratio exceeds an annual benchmark.
    #[must_use]
    pub fn probabilistic_sharpe(&self, benchmark_annual: f64) -> Option<f64> {
        let benchmark = benchmark_annual / self.periods_per_year.sqrt();
        probabilistic_sharpe(&self.evidence()?, benchmark)
    }

    /// Deflated Sharpe ratio: the probability that the true ratio exceeds the best of `trials`
    /// worthless strategies, whose annual Sharpe ratios had this variance.
    #[must_use]
    pub fn deflated_sharpe(&self, variance_of_trials_annual: f64, trials: u64) -> Option<f64> {
        let variance = variance_of_trials_annual / self.periods_per_year;
        probabilistic_sharpe(&self.evidence()?, expected_max_sharpe(variance, trials)?)
    }

    /// Periods needed to tell the Sharpe ratio from zero at this confidence.
    #[must_use]
    pub fn min_track_record_length(&self, confidence: f64) -> Option<f64> {
        min_track_record_length(&self.evidence()?, 0.0, confidence)
    }

    /// Root mean square of the losses over all periods.
    fn downside_deviation(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| (self.downside / count as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_returns_by_hand() {
        // Mean 0.01, every deviation ±0.02: squares sum to 0.0016; losses' squares to 0.0002.
        let mut stats = ReturnStats::new(4.0).unwrap();
        for r in [0.03, -0.01, 0.03, -0.01] {
            stats.update(r);
        }
        let deviation = (0.0016_f64 / 3.0).sqrt();
        let near = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-14;
        assert!(near(stats.mean(), 0.01));
        assert!(near(stats.volatility(), 2.0 * deviation));
        assert!(near(stats.sharpe(), 2.0 * 0.01 / deviation));
        assert!(near(stats.downside_risk(), 2.0 * 0.00005_f64.sqrt()));
        assert!(near(stats.sortino(), 2.0 * 0.01 / 0.00005_f64.sqrt()));
        assert!(near(stats.skewness(), 0.0) && near(stats.kurtosis(), 1.0));
        assert_eq!(stats.tally().win_rate(), Some(0.5));
        assert_eq!(stats.update(f64::NAN), None);
        assert_eq!((stats.count(), stats.refused()), (4, 1));
    }

    #[test]
    fn constant_returns_have_no_sharpe() {
        let mut stats = ReturnStats::new(252.0).unwrap();
        assert_eq!((stats.mean(), stats.sharpe(), stats.sortino()), (None, None, None));
        let mut equity = 100.0;
        for _ in 0..50 {
            let next = equity * 1.001;
            stats.update(next / equity - 1.0); // equal but for rounding
            equity = next;
        }
        assert_eq!((stats.sharpe(), stats.kurtosis(), stats.evidence()), (None, None, None));
        assert_eq!(stats.sortino(), Some(f64::INFINITY));
        assert!(ReturnStats::new(0.0).is_err());
    }
}
