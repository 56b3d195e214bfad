//! The plainer ways to weight a portfolio, to hold hierarchical risk parity against. Owns inverse
//! variance, minimum variance and equal risk; all are long only and fully invested.

use super::cholesky::Cholesky;
use super::covariance::Covariance;
use super::simplex::minimise;

/// Newton steps after which equal risk has long converged; a dozen are usual.
const STEPS_MAX: usize = 200;

/// Change of a step, relative to each weight, at which equal risk stops: the error squares with
/// each step, so that what is left is rounding.
const CHANGE_MIN: f64 = 1e-8;

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
/// In units of their deviations, with correlations `C`, they are the least of
/// `½ x'Cx - Σ ln xᵢ`, scaled to sum 1; found by Newton's method, with steps that keep the
/// weights above zero.
///
/// `None` with a riskless series, or if it does not converge: where series hedge each other
/// perfectly there is no risk to equalise ([`Covariance::repaired`] leaves some).
///
/// Source: S. Maillard, T. Roncalli, J. Teïletche, "The Properties of Equally Weighted Risk
/// Contribution Portfolios" (2010); F. Spinu, "An Algorithm for Computing Risk Parity Weights"
/// (2013).
#[must_use]
pub fn equal_risk(cov: &Covariance) -> Option<Vec<f64>> {
    if cov.moving().contains(&false) {
        return None;
    }
    let correlation = cov.correlation();
    let mut x = vec![1.0; cov.order()];
    for _ in 0..STEPS_MAX {
        let mut curvature = correlation.matrix().clone();
        let mut gradient = curvature.times(&x);
        for (i, x) in x.iter().enumerate() {
            gradient[i] -= 1.0 / x;
            curvature[(i, i)] += 1.0 / (x * x);
        }
        let by = Cholesky::of(&curvature)?.solve(&gradient);
        let change = x.iter().zip(&by).map(|(x, by)| (by / x).abs()).fold(0.0, f64::max);
        // Far away a share of the step, so that no weight is cut by more than half; near by all
        // of it, for the last digits.
        let share = if change > 0.25 { 1.0 / (1.0 + change) } else { 1.0 };
        x.iter_mut().zip(&by).for_each(|(x, by)| *x -= share * by);
        if change <= CHANGE_MIN {
            let weights = x.iter().zip(cov.variances()).map(|(x, v)| x / v.sqrt()).collect();
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
        // Variance is flat where the risky weight is zero: the weight is known to its root only.
        let least = minimum_variance(&cov).unwrap();
        assert!(least[0] < 1e-6 && least[1] > 1.0 - 1e-6);
    }

    #[test]
    fn a_perfect_hedge_leaves_no_risk_to_equalise() {
        let cov = Covariance::from_rows(&[[0.04, -0.02], [-0.02, 0.01]]).unwrap();
        assert_eq!(equal_risk(&cov), None);
        assert!(near(equal_risk(&cov.repaired(1e-6).unwrap()), &[1.0 / 3.0, 2.0 / 3.0]));
    }

    #[test]
    fn identical_series_share_and_do_not_multiply_the_least_variance() {
        let rows = [[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.01]];
        let cov = Covariance::from_rows(&rows).unwrap();
        assert!(near(minimum_variance(&cov), &[0.1, 0.1, 0.8]));
    }
}
