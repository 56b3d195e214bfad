//! The plainer ways to weight a portfolio, to hold hierarchical risk parity against. Owns inverse
//! variance, minimum variance and equal risk; all are long only and fully invested.

use super::covariance::Covariance;
use super::matrix::dot;
use super::simplex::minimise;

/// Rounds after which equal risk has long converged; a few dozen are usual.
const ROUNDS_MAX: usize = 10_000;

/// Change of a round, relative to each weight, at which equal risk stops.
const CHANGE_MIN: f64 = 1e-13;

/// Weights in proportion to `1/variance`; `None` with a riskless series.
#[must_use]
pub fn inverse_variance(cov: &Covariance) -> Option<Vec<f64>> {
    if cov.moving().contains(&false) {
        return None;
    }
    let weights = cov.variances().map(|variance| 1.0 / variance).collect();
    Some(with_sum_one(weights))
}

/// The weights of least variance, none below zero. Those of identical series are equal.
///
/// `None` if the method does not converge, as where the matrix is far from positive
/// semidefinite.
///
/// Source: H. Markowitz, "Portfolio Selection" (1952).
#[must_use]
pub fn minimum_variance(cov: &Covariance) -> Option<Vec<f64>> {
    let matrix = cov.matrix();
    minimise(cov.order(), |weights, gradient, curvature| {
        gradient.copy_from_slice(&matrix.times(weights));
        curvature.clone_from(matrix);
    })
}

/// The weights with which every series contributes the same to the variance:
/// `wᵢ (Σw)ᵢ` equal for all `i`.
///
/// They are the least of `½ x'Σx - Σ ln xᵢ / n`, scaled to sum 1, found one coordinate after the
/// other: each step solves `Σᵢᵢ x² + c x = 1/n`, `c` being the covariance with the rest.
///
/// `None` with a riskless series, or if it does not converge, as where the matrix is far from
/// positive semidefinite.
///
/// Source: S. Maillard, T. Roncalli, J. Teïletche, "The Properties of Equally Weighted Risk
/// Contribution Portfolios" (2010); T. Griveau-Billion, J.-C. Richard, T. Roncalli, "A Fast
/// Algorithm for Computing High-dimensional Risk Parity Portfolios" (2013).
#[must_use]
pub fn equal_risk(cov: &Covariance) -> Option<Vec<f64>> {
    if cov.moving().contains(&false) {
        return None;
    }
    let matrix = cov.matrix();
    let budget = 1.0 / cov.order() as f64;
    let mut weights: Vec<f64> =
        cov.variances().map(|variance| (budget / variance).sqrt()).collect();
    for _ in 0..ROUNDS_MAX {
        let mut change = 0.0_f64;
        for i in 0..weights.len() {
            let (before, variance) = (weights[i], matrix[(i, i)]);
            let rest = dot(matrix.row(i), &weights) - variance * before;
            let root = (rest * rest + 4.0 * variance * budget).sqrt();
            // The same root either way, without the cancellation of `root - rest`.
            weights[i] = if rest > 0.0 {
                2.0 * budget / (root + rest)
            } else {
                (root - rest) / (2.0 * variance)
            };
            change = change.max((weights[i] / before - 1.0).abs());
        }
        if change <= CHANGE_MIN {
            return Some(with_sum_one(weights));
        }
    }
    None
}

fn with_sum_one(mut weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: Option<Vec<f64>>, by_hand: &[f64]) -> bool {
        ours.unwrap().iter().zip(by_hand).all(|(x, y)| (x - y).abs() < 1e-9)
    }

    #[test]
    fn two_uncorrelated_series_by_hand() {
        let cov = Covariance::from_rows(&[[0.04, 0.0], [0.0, 0.01]]).unwrap();
        assert!(near(inverse_variance(&cov), &[0.2, 0.8]));
        assert!(near(minimum_variance(&cov), &[0.2, 0.8]));
        assert!(near(equal_risk(&cov), &[1.0 / 3.0, 2.0 / 3.0]));
    }

    #[test]
    fn a_riskless_series_takes_the_least_variance_and_has_no_other_weight() {
        let cov = Covariance::from_rows(&[[0.04, 0.0], [0.0, 0.0]]).unwrap();
        assert_eq!((inverse_variance(&cov), equal_risk(&cov)), (None, None));
        assert!(near(minimum_variance(&cov), &[0.0, 1.0]));
    }

    #[test]
    fn identical_series_share_and_do_not_multiply_the_least_variance() {
        let rows = [[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.01]];
        let cov = Covariance::from_rows(&rows).unwrap();
        assert!(near(minimum_variance(&cov), &[0.1, 0.1, 0.8]));
    }
}
