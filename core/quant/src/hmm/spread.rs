//! Mean and variance of a series, coordinate by coordinate. Owns the judgement whether a series
//! varies enough for anything to be estimated from it.

use super::DIMENSIONS_MAX;
use super::error::HmmError;
use crate::checked::is_positive;

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
        let (mut means, mut variances) = ([0.0; DIMENSIONS_MAX], [0.0; DIMENSIONS_MAX]);
        let count = indices().count() as f64;
        for d in 0..dimensions {
            let values = || indices().map(|t| observations[t * dimensions + d]);
            let mean = values().fold(0.0, |sum, x| sum + x) / count;
            variances[d] = values().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / count;
            means[d] = mean;
        }
        Self { mean: means, variance: variances }
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
