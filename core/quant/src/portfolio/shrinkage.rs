//! A covariance estimate for few periods and many series. Owns Ledoit and Wolf's shrinkage
//! towards a multiple of the identity.

use super::covariance::Covariance;
use super::matrix::Matrix;
use super::sample::{centred, check_table, products};
use crate::parameter::ParameterError;

/// A shrunk covariance matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct LedoitWolf {
    /// `(1 - δ) S + δ m I`.
    pub covariance: Covariance,
    /// The intensity `δ`: 0 keeps the sample covariance, 1 keeps nothing of it but its mean
    /// variance.
    pub intensity: f64,
}

impl LedoitWolf {
    /// The estimate from a table of returns, one row a period. With `S` the sample covariance
    /// with divisor `n` (not `n - 1`), `p` series and `m = tr(S)/p`:
    ///
    /// ```text
    /// d² = (‖S‖² - p m²) / p                     how far S is from m I
    /// b² = min(d², Σᵢⱼ (Σₜ x²ᵢ x²ⱼ / n - S²ᵢⱼ) / (n p))    how much of it is noise
    /// δ  = b² / d²
    /// ```
    ///
    /// Source: O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance
    /// matrices" (2004); the divisors are those of scikit-learn.
    ///
    /// # Errors
    /// As [`Covariance::sample`].
    pub fn estimate<R: AsRef<[f64]>>(returns: &[R]) -> Result<Self, ParameterError> {
        let series = check_table(returns, 2)?;
        let (n, p) = (returns.len() as f64, series as f64);
        let rows = centred(returns, series);
        let products = products(&rows, series);
        let sample = Matrix::symmetric(series, |i, j| products[(i, j)] / n);
        let mean = (0..series).map(|i| sample[(i, i)]).sum::<f64>() / p;
        let squares: f64 = (0..series).flat_map(|i| sample.row(i)).map(|x| x * x).sum();
        let distance = (squares - p * mean * mean) / p;
        // Σᵢⱼ x²ᵢ x²ⱼ of a period is the square of the sum of its squares.
        let fourth: f64 = rows
            .iter()
            .map(|row| row.iter().map(|x| x * x).sum::<f64>())
            .map(|square| square * square)
            .sum();
        let noise = ((fourth / n - squares) / (n * p)).min(distance);
        // A single series, or series that stand still, leave nothing to shrink.
        let intensity = if noise > 0.0 { noise / distance } else { 0.0 };
        let matrix = Matrix::symmetric(series, |i, j| {
            let target = if i == j { intensity * mean } else { 0.0 };
            (1.0 - intensity) * sample[(i, j)] + target
        });
        Ok(Self { covariance: Covariance::trusted(matrix), intensity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_series_and_still_series_are_not_shrunk() {
        let one = LedoitWolf::estimate(&[[1.0], [3.0]]).unwrap();
        assert_eq!((one.intensity, one.covariance.get(0, 0)), (0.0, Some(1.0)));
        let still = LedoitWolf::estimate(&[[1.0, 2.0], [1.0, 2.0]]).unwrap();
        assert_eq!((still.intensity, still.covariance.get(1, 1)), (0.0, Some(0.0)));
        assert!(LedoitWolf::estimate(&[[1.0, f64::NAN], [1.0, 2.0]]).is_err());
    }
}
