//! How far to believe a Sharpe ratio. Owns the probabilistic and the deflated Sharpe ratio; all
//! Sharpe ratios here are per period, never annual.

use crate::checked::finite;
use crate::normal;

/// Euler and Mascheroni's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// What is known about a measured Sharpe ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharpeEvidence {
    /// Measured Sharpe ratio per period.
    pub sharpe: f64,
    /// Periods it was measured over.
    pub periods: u64,
    /// Biased skewness of the returns.
    pub skewness: f64,
    /// Biased raw kurtosis of the returns (3 for normal ones).
    pub kurtosis: f64,
}

impl SharpeEvidence {
    /// Variance of the estimate times `n - 1`: `1 - g₃ SR + (g₄ - 1)/4 SR²`. `None` unless
    /// positive (heavily skewed returns can push it below zero, where the normal theory ends).
    fn variance(&self) -> Option<f64> {
        let sr = self.sharpe;
        let variance = 1.0 - self.skewness * sr + (self.kurtosis - 1.0) / 4.0 * (sr * sr);
        finite(variance).filter(|v| *v > 0.0)
    }
}

/// Probability that the true Sharpe ratio exceeds `benchmark`, given what was measured:
///
/// ```text
/// PSR = Φ( (SR - SR*) √(n-1) / √(1 - g₃ SR + (g₄-1)/4 SR²) )
/// ```
///
/// The deflated Sharpe ratio is this with [`expected_max_sharpe`] as benchmark. `None` below two
/// periods or where the variance is not positive.
///
/// Source: D. H. Bailey, M. López de Prado, "The Sharpe Ratio Efficient Frontier" (2012).
#[must_use]
pub fn probabilistic_sharpe(evidence: &SharpeEvidence, benchmark: f64) -> Option<f64> {
    if evidence.periods < 2 || !benchmark.is_finite() {
        return None;
    }
    let scale = ((evidence.periods - 1) as f64 / evidence.variance()?).sqrt();
    Some(normal::cdf((evidence.sharpe - benchmark) * scale))
}

/// The best Sharpe ratio to expect from `trials` worthless strategies whose measured ratios have
/// this variance (per period):
///
/// ```text
/// SR* = √Var · ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e)))
/// ```
///
/// Zero for one trial; `None` for none, or for a variance that is negative or not finite.
///
/// Source: D. H. Bailey, M. López de Prado, "The Deflated Sharpe Ratio" (2014).
#[must_use]
pub fn expected_max_sharpe(variance_of_trials: f64, trials: u64) -> Option<f64> {
    if trials == 0 || !variance_of_trials.is_finite() || variance_of_trials < 0.0 {
        return None;
    }
    if trials == 1 {
        return Some(0.0);
    }
    let n = trials as f64;
    // Φ⁻¹(1 - p) = -Φ⁻¹(p), which keeps the digits of a small p.
    let first = -normal::quantile(1.0 / n);
    let second = -normal::quantile(1.0 / (n * std::f64::consts::E));
    let expected = (1.0 - EULER_GAMMA) * first + EULER_GAMMA * second;
    Some(variance_of_trials.sqrt() * expected)
}

/// Periods needed before the probabilistic Sharpe ratio against `benchmark` reaches `confidence`,
/// if skill and shape stay as measured:
///
/// ```text
/// MinTRL = 1 + (1 - g₃ SR + (g₄-1)/4 SR²) (Φ⁻¹(confidence) / (SR - SR*))²
/// ```
///
/// `None` unless the measured ratio is above the benchmark and the confidence above one half.
///
/// Source: as for [`probabilistic_sharpe`].
#[must_use]
pub fn min_track_record_length(
    evidence: &SharpeEvidence,
    benchmark: f64,
    confidence: f64,
) -> Option<f64> {
    let excess = evidence.sharpe - benchmark;
    if excess.is_nan() || excess <= 0.0 || !(confidence > 0.5 && confidence < 1.0) {
        return None;
    }
    let score = normal::quantile(confidence) / excess;
    finite(1.0 + evidence.variance()? * (score * score))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: SharpeEvidence =
        SharpeEvidence { sharpe: 0.0, periods: 101, skewness: 0.0, kurtosis: 3.0 };

    #[test]
    fn normal_returns_without_skill_are_a_coin_toss() {
        assert_eq!(probabilistic_sharpe(&NORMAL, 0.0), Some(0.5));
        // A benchmark of 0.1 lies √100 · 0.1 = one standard error above.
        let beaten = probabilistic_sharpe(&NORMAL, 0.1).unwrap();
        assert!((beaten - 0.158_655_253_931_457_05).abs() < 1e-15);
    }

    #[test]
    fn the_undefined_is_none() {
        assert_eq!(probabilistic_sharpe(&SharpeEvidence { periods: 1, ..NORMAL }, 0.0), None);
        let skewed = SharpeEvidence { sharpe: 1.0, skewness: 3.0, ..NORMAL };
        assert_eq!(probabilistic_sharpe(&skewed, 0.0), None);
        assert_eq!(probabilistic_sharpe(&NORMAL, f64::NAN), None);
        let unknown = SharpeEvidence { kurtosis: f64::NAN, ..NORMAL };
        assert_eq!(probabilistic_sharpe(&unknown, 0.0), None);
        assert_eq!(expected_max_sharpe(1.0, 0), None);
        assert_eq!(expected_max_sharpe(-1.0, 5), None);
        assert_eq!(expected_max_sharpe(1.0, 1), Some(0.0));
        assert_eq!(min_track_record_length(&NORMAL, 0.0, 0.95), None);
    }

    #[test]
    fn the_track_record_length_is_where_the_confidence_is_reached() {
        let good = SharpeEvidence { sharpe: 0.2, skewness: -0.5, kurtosis: 6.0, ..NORMAL };
        let periods = min_track_record_length(&good, 0.05, 0.95).unwrap();
        let scale = ((periods - 1.0) / good.variance().unwrap()).sqrt();
        assert!((normal::cdf(0.15 * scale) - 0.95).abs() < 1e-12);
    }
}
