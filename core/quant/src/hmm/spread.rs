//! Mean and variance of a series, coordinate by coordinate. Owns the judgement whether a series
//! varies enough for anything to be estimated from it.

use super::DIMENSIONS_MAX;
use super::error::HmmError;
use crate::checked::is_positive;
use crate::moments::Moments;

/// Means and variances (divisor `n`) of some observations.
pub(super) struct Spread {
    pub(super) mean: [f64; DIMENSIONS_MAX],
    pub(super) variance: [f64; DIMENSIONS_MAX],
}

impl Spread {
    /// Of the observations with these indices.
    pub(super) fn of<I: Iterator<Item = usize>>(
        observations: &[f64],
        dimensions: usize,
        indices: impl Fn() -> I,
    ) -> Self {
        let mut spread = Self { mean: [0.0; DIMENSIONS_MAX], variance: [0.0; DIMENSIONS_MAX] };
        for d in 0..dimensions {
            // Incremental, so that a constant has its own value for a mean and no variance at all.
            let mut moments = Moments::new();
            for t in indices() {
                moments.update(observations[t * dimensions + d]);
            }
            spread.mean[d] = moments.mean().unwrap_or(0.0);
            spread.variance[d] = moments.population_variance().unwrap_or(0.0);
        }
        spread
    }

    /// Of a whole series; an error if a coordinate varies by no more than rounding, or so little
    /// that the given share of its variance is no usable number.
    pub(super) fn of_series(
        observations: &[f64],
        dimensions: usize,
        share: f64,
    ) -> Result<Self, HmmError> {
        let rows = observations.len() / dimensions;
        let spread = Self::of(observations, dimensions, || 0..rows);
        let is_flat = |d: &usize| {
            let rounding = 4.0 * f64::EPSILON * spread.mean[*d];
            let variance = spread.variance[*d];
            !is_positive(share * variance) || variance <= rounding * rounding
        };
        match (0..dimensions).find(is_flat) {
            Some(dimension) => Err(HmmError::NoSpread { dimension }),
            None => Ok(spread),
        }
    }

    /// Squared distance of an observation from the mean, in variances.
    pub(super) fn agitation(&self, x: &[f64]) -> f64 {
        let pairs = x.iter().zip(self.mean.iter().zip(&self.variance));
        pairs.fold(0.0, |sum, (x, (mean, variance))| sum + (x - mean) * (x - mean) / variance)
    }
}
