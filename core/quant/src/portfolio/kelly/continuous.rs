//! Returns described by means and covariances. Owns the quadratic view of growth, `μ'f - f'Σf/2`,
//! which holds for small returns: days, not jumps.

use crate::checked::is_usable;
use crate::portfolio::Covariance;
use crate::portfolio::cholesky::Cholesky;
use crate::portfolio::simplex::minimise;

/// `Σ⁻¹ μ`, the fractions of greatest growth without any constraint: of simple excess returns
/// over the same period. They can be short, and their sum can be far above 1: this one borrows.
///
/// `None` unless there is a usable mean for each series and the matrix is positive definite
/// ([`Covariance::repaired`] makes it so, [`crate::portfolio::LedoitWolf`] mostly is).
///
/// Source: E. O. Thorp, "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market"
/// (2006), section 8; R. C. Merton (1969).
#[must_use]
pub fn unconstrained(means: &[f64], cov: &Covariance) -> Option<Vec<f64>> {
    if !is_of(means, cov) {
        return None;
    }
    Some(Cholesky::of(cov.matrix())?.solve(means))
}

/// The fractions of greatest `μ'f - f'Σf/2` that are neither short nor borrowed: none below zero,
/// sum at most 1, the rest cash. All zero where no mean is above zero.
///
/// `None` unless there is a usable mean for each series, or if the method does not converge.
#[must_use]
pub fn long_only(means: &[f64], cov: &Covariance) -> Option<Vec<f64>> {
    if !is_of(means, cov) {
        return None;
    }
    let n = cov.order();
    if means.iter().all(|mean| *mean <= 0.0) {
        return Some(vec![0.0; n]);
    }
    let matrix = cov.matrix();
    // Cash is the last of the weights; it neither earns nor moves.
    let mut fractions = minimise(n + 1, |weights, gradient, curvature| {
        for i in 0..n {
            let row = matrix.row(i).iter().zip(weights);
            gradient[i] = row.map(|(cell, weight)| cell * weight).sum::<f64>() - means[i];
            for j in 0..n {
                curvature[(i, j)] = matrix[(i, j)];
            }
        }
        gradient[n] = 0.0;
        curvature[(n, n)] = 0.0;
    })?;
    fractions.truncate(n);
    Some(fractions)
}

fn is_of(means: &[f64], cov: &Covariance) -> bool {
    means.len() == cov.order() && means.iter().all(|mean| is_usable(*mean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_uncorrelated_series_by_hand() {
        let cov = Covariance::from_rows(&[[0.04, 0.0], [0.0, 0.01]]).unwrap();
        let free = unconstrained(&[0.02, -0.03], &cov).unwrap();
        assert!((free[0] - 0.5).abs() < 1e-15 && (free[1] + 3.0).abs() < 1e-15);
        let long = long_only(&[0.02, -0.03], &cov).unwrap();
        assert!((long[0] - 0.5).abs() < 1e-9 && long[1] == 0.0);
        // Without borrowing: the growth of the marginal unit is equal, 0.04 - 0.04 f = 0.02 - 0.01 g.
        let long = long_only(&[0.04, 0.02], &cov).unwrap();
        assert!((long[0] - 0.6).abs() < 1e-9 && (long[1] - 0.4).abs() < 1e-9);
        assert_eq!(long_only(&[0.0, -0.1], &cov).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn a_singular_matrix_or_a_missing_mean_is_none() {
        let cov = Covariance::from_rows(&[[0.04, 0.04], [0.04, 0.04]]).unwrap();
        assert_eq!(unconstrained(&[0.01, 0.01], &cov), None);
        assert_eq!(unconstrained(&[0.01], &cov), None);
        assert_eq!(long_only(&[0.01, f64::NAN], &cov), None);
        // Twins share what one would get: 0.01/0.04.
        let long = long_only(&[0.01, 0.01], &cov).unwrap();
        assert!((long[0] - 0.125).abs() < 1e-9 && (long[1] - 0.125).abs() < 1e-9);
    }
}
