//! What each state emits: a normal distribution with a diagonal or a full covariance. Owns the
//! density and the factor of the covariance; it must never hold a covariance that it could not
//! factorise.

use super::DIMENSIONS_MAX;
use crate::checked::is_positive;

/// `ln 2π`.
const LN_TWO_PI: f64 = 1.837_877_066_409_345_3;

/// A variance that is less than this share of itself once the coordinates before it are known is
/// singular to the precision of doubles.
const SINGULAR: f64 = 1e-12;

/// Which entries of a covariance there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CovarianceType {
    /// Coordinates are independent given the state: one variance for each.
    Diagonal,
    /// A whole symmetric matrix for each state.
    Full,
}

impl CovarianceType {
    /// Numbers in one state's covariance.
    pub(super) fn entries(self, dimensions: usize) -> usize {
        match self {
            Self::Diagonal => dimensions,
            Self::Full => dimensions * dimensions,
        }
    }

    /// Where a coordinate's own entry stands in a covariance or its factor.
    pub(super) fn diagonal(self, d: usize, dimensions: usize) -> usize {
        match self {
            Self::Diagonal => d,
            Self::Full => d * dimensions + d,
        }
    }
}

/// The normal distributions of all states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Emission {
    dimensions: usize,
    kind: CovarianceType,
    means: Box<[f64]>,
    covariances: Box<[f64]>,
    /// Standard deviations, or lower Cholesky factors row by row.
    factors: Box<[f64]>,
    /// Logarithm of the density at the mean, for each state.
    peaks: Box<[f64]>,
}

impl Emission {
    /// Distributions at zero with no spread, to be [`set`](Self::set) one by one.
    pub(super) fn blank(states: usize, dimensions: usize, kind: CovarianceType) -> Self {
        let zeros = |count| vec![0.0; count].into_boxed_slice();
        let entries = states * kind.entries(dimensions);
        Self {
            dimensions,
            kind,
            means: zeros(states * dimensions),
            covariances: zeros(entries),
            factors: zeros(entries),
            peaks: zeros(states),
        }
    }

    /// Gives a state its distribution. If the covariance is not positive definite, or a pivot of
    /// its factorisation is under that coordinate's floor, that coordinate comes back and nothing
    /// has changed.
    pub(super) fn set(
        &mut self,
        state: usize,
        mean: &[f64],
        covariance: &[f64],
        floors: &[f64],
    ) -> Result<(), usize> {
        let mut factor = [0.0; DIMENSIONS_MAX * DIMENSIONS_MAX];
        let factor = &mut factor[..covariance.len()];
        factorise(self.kind, covariance, floors, factor)?;
        let mut peak = 0.0;
        for d in 0..self.dimensions {
            peak -= 0.5 * LN_TWO_PI + libm::log(factor[self.kind.diagonal(d, self.dimensions)]);
        }
        self.peaks[state] = peak;
        self.set_mean(state, mean);
        let entries = self.entries_of(state);
        self.factors[entries.clone()].copy_from_slice(factor);
        self.covariances[entries].copy_from_slice(covariance);
        Ok(())
    }

    /// Moves a state and leaves its covariance.
    pub(super) fn set_mean(&mut self, state: usize, mean: &[f64]) {
        let from = state * self.dimensions;
        self.means[from..from + self.dimensions].copy_from_slice(mean);
    }

    /// Takes over a state of another emission of the same shape.
    pub(super) fn copy_state(&mut self, to: usize, other: &Self, from: usize) {
        self.set_mean(to, other.mean(from));
        let (to_entries, from_entries) = (self.entries_of(to), self.entries_of(from));
        self.covariances[to_entries.clone()]
            .copy_from_slice(&other.covariances[from_entries.clone()]);
        self.factors[to_entries].copy_from_slice(&other.factors[from_entries]);
        self.peaks[to] = other.peaks[from];
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn kind(&self) -> CovarianceType {
        self.kind
    }

    pub(super) fn mean(&self, state: usize) -> &[f64] {
        &self.means[state * self.dimensions..][..self.dimensions]
    }

    pub(super) fn covariance(&self, state: usize) -> &[f64] {
        &self.covariances[self.entries_of(state)]
    }

    /// Logarithms of the density of an observation in each state.
    #[inline]
    pub(super) fn log_densities(&self, x: &[f64], out: &mut [f64]) {
        for (state, out) in out.iter_mut().enumerate() {
            let factor = &self.factors[self.entries_of(state)];
            let distance = match self.kind {
                CovarianceType::Diagonal => squared_scaled(x, self.mean(state), factor),
                CovarianceType::Full => squared_solved(x, self.mean(state), factor),
            };
            *out = self.peaks[state] - 0.5 * distance;
        }
    }

    fn entries_of(&self, state: usize) -> std::ops::Range<usize> {
        let entries = self.kind.entries(self.dimensions);
        state * entries..(state + 1) * entries
    }
}

/// Squared Mahalanobis distance with standard deviations.
#[inline]
fn squared_scaled(x: &[f64], mean: &[f64], deviations: &[f64]) -> f64 {
    let mut sum = 0.0;
    for ((x, mean), deviation) in x.iter().zip(mean).zip(deviations) {
        let z = (x - mean) / deviation;
        sum += z * z;
    }
    sum
}

/// Squared Mahalanobis distance: `|z|²` with `L z = x - mean`, solved forwards.
#[inline]
fn squared_solved(x: &[f64], mean: &[f64], lower: &[f64]) -> f64 {
    let mut z = [0.0; DIMENSIONS_MAX];
    let mut sum = 0.0;
    for (d, row) in lower.chunks_exact(x.len()).enumerate() {
        let mut rest = x[d] - mean[d];
        for e in 0..d {
            rest -= row[e] * z[e];
        }
        z[d] = rest / row[d];
        sum += z[d] * z[d];
    }
    sum
}

/// Standard deviations, or the lower Cholesky factor; the first coordinate whose pivot (its
/// variance given the coordinates before it) is too small is the error.
fn factorise(
    kind: CovarianceType,
    covariance: &[f64],
    floors: &[f64],
    factor: &mut [f64],
) -> Result<(), usize> {
    let dimensions = floors.len();
    let is_sound = |pivot: f64, d: usize, whole: f64| {
        is_positive(pivot) && pivot >= floors[d] && pivot >= SINGULAR * whole
    };
    for d in 0..dimensions {
        if kind == CovarianceType::Diagonal {
            if !is_sound(covariance[d], d, covariance[d]) {
                return Err(d);
            }
            factor[d] = covariance[d].sqrt();
            continue;
        }
        for e in 0..=d {
            let mut rest = covariance[d * dimensions + e];
            for f in 0..e {
                rest -= factor[d * dimensions + f] * factor[e * dimensions + f];
            }
            if e < d {
                factor[d * dimensions + e] = rest / factor[e * dimensions + e];
                continue;
            }
            if !is_sound(rest, d, covariance[d * dimensions + d]) {
                return Err(d);
            }
            factor[d * dimensions + d] = rest.sqrt();
        }
    }
    Ok(())
}
