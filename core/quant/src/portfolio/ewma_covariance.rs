//! Covariance in which a period's weight decays by the step. Owns the two recursions in use; it
//! allocates when it is built and when a matrix is read, never in `update`.

use super::ASSETS_MAX;
use super::covariance::Covariance;
use super::matrix::Matrix;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, require};

/// About what the products are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EwmaMean {
    /// About zero: `S = λ S + (1-λ) x x'`, begun with `x x'` (RiskMetrics).
    Zero,
    /// About the mean with the same weights: with `δ = x - m`, `m += (1-λ) δ` and
    /// `S = λ (S + (1-λ) δ δ')`, begun with `m = x` and `S = 0` (pandas' `adjust=False`,
    /// `bias=True`).
    Weighted,
}

/// Exponentially weighted covariance of many series.
///
/// Source: J.P. Morgan, RiskMetrics Technical Document (1996); T. Finch, "Incremental calculation
/// of weighted mean and variance" (2009).
#[derive(Clone, Debug)]
pub struct EwmaCovariance {
    lambda: f64,
    mean: EwmaMean,
    periods: u64,
    means: Box<[f64]>,
    /// Only `(i, j)` with `i <= j` is kept up.
    covariances: Matrix,
    deltas: Box<[f64]>,
}

impl EwmaCovariance {
    /// Decay `lambda` a period (0.94 for days) of `series` returns each.
    ///
    /// # Errors
    /// Unless `series` is within `1..=256` and `lambda` strictly between 0 and 1.
    pub fn new(series: usize, lambda: f64, mean: EwmaMean) -> Result<Self, ParameterError> {
        require("series", "between 1 and 256", (1..=ASSETS_MAX).contains(&series))?;
        require("lambda", "between 0 and 1", lambda > 0.0 && lambda < 1.0)?;
        let zeros = || vec![0.0; series].into_boxed_slice();
        let covariances = Matrix::zeros(series);
        Ok(Self { lambda, mean, periods: 0, means: zeros(), covariances, deltas: zeros() })
    }

    /// Takes a period, one return a series; false, and nothing changed, unless there is one for
    /// each and all are usable.
    pub fn update(&mut self, returns: &[f64]) -> bool {
        if returns.len() != self.means.len() || !returns.iter().all(|r| is_usable(*r)) {
            return false;
        }
        let is_first = self.periods == 0;
        self.periods += 1;
        let alpha = 1.0 - self.lambda;
        // Weights of the old matrix and of the new products.
        let (old, new) = match self.mean {
            EwmaMean::Zero if is_first => (0.0, 1.0),
            EwmaMean::Zero => (self.lambda, alpha),
            EwmaMean::Weighted => (self.lambda, self.lambda * alpha),
        };
        for (i, r) in returns.iter().enumerate() {
            if self.mean == EwmaMean::Weighted {
                if is_first {
                    self.means[i] = *r;
                }
                self.deltas[i] = r - self.means[i];
                self.means[i] += alpha * self.deltas[i];
            } else {
                self.deltas[i] = *r;
            }
        }
        for i in 0..returns.len() {
            let x = self.deltas[i];
            for j in i..returns.len() {
                let cell = &mut self.covariances[(i, j)];
                *cell = old * *cell + x * self.deltas[j] * new;
            }
        }
        true
    }

    /// Periods taken.
    #[must_use]
    pub fn periods(&self) -> u64 {
        self.periods
    }

    /// Covariance of two series; `None` before the first period or past the order.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        let (low, high) = (i.min(j), i.max(j));
        (high < self.means.len() && self.periods > 0).then(|| self.covariances[(low, high)])
    }

    /// The matrix; `None` before the first period. Allocates it.
    #[must_use]
    pub fn covariance(&self) -> Option<Covariance> {
        let matrix = || Matrix::symmetric(self.means.len(), |i, j| self.covariances[(i, j)]);
        (self.periods > 0).then(|| Covariance::trusted(matrix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_by_hand() {
        let mut zero = EwmaCovariance::new(2, 0.75, EwmaMean::Zero).unwrap();
        let mut weighted = EwmaCovariance::new(2, 0.75, EwmaMean::Weighted).unwrap();
        assert_eq!((zero.get(0, 0), weighted.covariance()), (None, None));
        for returns in [[2.0, 4.0], [6.0, 0.0]] {
            assert!(zero.update(&returns) && weighted.update(&returns));
        }
        // 3/4 · 2·4 + 1/4 · 6·0, and 3/4 · 1/4 · (6-2)·(0-4).
        assert_eq!((zero.get(0, 1), weighted.get(1, 0)), (Some(6.0), Some(-3.0)));
        assert_eq!(weighted.covariance().unwrap().get(0, 0), Some(3.0));
        assert!(!zero.update(&[f64::NAN, 0.0]) && !zero.update(&[0.0]));
        assert_eq!((zero.get(0, 1), zero.get(0, 2), zero.periods()), (Some(6.0), None, 2));
        assert!(EwmaCovariance::new(2, 1.0, EwmaMean::Zero).is_err());
        assert!(EwmaCovariance::new(0, 0.9, EwmaMean::Zero).is_err());
    }
}
