//! A covariance matrix that has been checked. Owns the rule for what counts as a variance of
//! zero, and the way from covariances to correlations; nothing behind it has to ask again whether
//! a number is finite.

use super::ASSETS_MAX;
use super::correlation::Correlation;
use super::eigen::Eigen;
use super::matrix::Matrix;
use super::sample::{centred, check_table, products};
use crate::checked::{is_positive, is_usable};
use crate::parameter::{ParameterError, require};

/// Cells `(i, j)` and `(j, i)` may differ by this much of `σᵢ σⱼ`, and count as their mean.
const ASYMMETRY_MAX: f64 = 1e-9;

/// A variance up to this share of the largest one counts as zero: a millionth in deviations.
const RISKLESS_SHARE: f64 = 1e-12;

/// Square, symmetric, finite, no variance below zero. Need not be positive definite:
/// [`Covariance::repaired`] makes it so.
///
/// A series is *riskless* where its variance is below `1e-12` of the largest one. A relative
/// bound, so that the unit of the returns does not matter; not zero itself, because the rounding
/// left over from a series that has stopped to move is not risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariance {
    matrix: Matrix,
}

impl Covariance {
    /// A matrix given by its rows.
    ///
    /// # Errors
    /// If it is empty or above [`ASSETS_MAX`], not square, not symmetric, if a cell is not finite
    /// or above [`crate::MAGNITUDE_MAX`], or if a variance is below zero.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, ParameterError> {
        let order = rows.len();
        require("cov", "of order 1 to 256", (1..=ASSETS_MAX).contains(&order))?;
        require("cov", "square", rows.iter().all(|row| row.as_ref().len() == order))?;
        let cell = |i: usize, j: usize| rows[i].as_ref()[j];
        let pairs = || (0..order).flat_map(|i| (i..order).map(move |j| (i, j)));
        let is_number = |(i, j)| is_usable(cell(i, j)) && is_usable(cell(j, i));
        require("cov", "finite", pairs().all(is_number))?;
        require("cov", "without negative variances", (0..order).all(|i| cell(i, i) >= 0.0))?;
        let is_symmetric = |(i, j)| {
            let scale = cell(i, i).sqrt() * cell(j, j).sqrt();
            (cell(i, j) - cell(j, i)).abs() <= ASYMMETRY_MAX * scale
        };
        require("cov", "symmetric", pairs().all(is_symmetric))?;
        Ok(Self::trusted(Matrix::symmetric(order, |i, j| 0.5 * (cell(i, j) + cell(j, i)))))
    }

    /// Sample covariance with divisor `n - 1` of a table of returns, one row a period.
    ///
    /// # Errors
    /// With fewer than two periods, or unless the table is full of usable numbers.
    pub fn sample<R: AsRef<[f64]>>(returns: &[R]) -> Result<Self, ParameterError> {
        let series = check_table(returns, 2)?;
        let divisor = (returns.len() - 1) as f64;
        let products = products(&centred(returns, series), series);
        Ok(Self::trusted(Matrix::symmetric(series, |i, j| products[(i, j)] / divisor)))
    }

    /// A matrix that holds by construction what [`Self::from_rows`] checks.
    pub(super) fn trusted(matrix: Matrix) -> Self {
        Self { matrix }
    }

    /// Number of series.
    #[must_use]
    pub fn order(&self) -> usize {
        self.matrix.order()
    }

    /// Covariance of two series, the variance where they are the same; `None` past the order.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        (i < self.order() && j < self.order()).then(|| self.matrix[(i, j)])
    }

    /// Variances of the series.
    pub fn variances(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.order()).map(|i| self.matrix[(i, i)])
    }

    /// For each series, whether it moves at all: not riskless, as the type's rule has it.
    #[must_use]
    pub fn moving(&self) -> Vec<bool> {
        let bound = RISKLESS_SHARE * self.variances().fold(0.0, f64::max);
        self.variances().map(|variance| is_positive(variance) && variance > bound).collect()
    }

    /// Correlations `cov(i, j) / (σᵢ σⱼ)`, kept within `[-1, 1]` against rounding. A riskless
    /// series is uncorrelated with every other.
    #[must_use]
    pub fn correlation(&self) -> Correlation {
        let moving = self.moving();
        let deviations: Vec<f64> = self.variances().map(f64::sqrt).collect();
        let matrix = Matrix::symmetric(self.order(), |i, j| {
            if i == j {
                1.0
            } else if moving[i] && moving[j] {
                (self.matrix[(i, j)] / (deviations[i] * deviations[j])).clamp(-1.0, 1.0)
            } else {
                0.0
            }
        });
        Correlation::trusted(matrix, moving)
    }

    /// Eigenvalues, largest first: the variances of the principal components.
    #[must_use]
    pub fn eigenvalues(&self) -> Vec<f64> {
        Eigen::of(&self.matrix).values
    }

    /// A positive definite matrix near this one: eigenvalues of the correlation matrix below
    /// `eigenvalue_min` are lifted to it, the diagonal is scaled back to 1, and the variances are
    /// kept. The smallest eigenvalue of the result is `eigenvalue_min` or a little below, since
    /// the scaling comes after the lift. Riskless series keep their rows: without variance there
    /// is nothing to invert, and who inverts has to leave them out.
    ///
    /// A correlation matrix has eigenvalues of mean 1; `1e-6` makes a matrix invertible and
    /// changes a sound one not at all.
    ///
    /// Source: R. Rebonato, P. Jäckel, "The most general methodology to create a valid
    /// correlation matrix for risk management and option pricing purposes" (1999), section 4.
    ///
    /// # Errors
    /// Unless `eigenvalue_min` lies between 0 and 1.
    pub fn repaired(&self, eigenvalue_min: f64) -> Result<Self, ParameterError> {
        let is_share = eigenvalue_min > 0.0 && eigenvalue_min < 1.0;
        require("eigenvalue_min", "between 0 and 1", is_share)?;
        let correlation = self.correlation();
        let Eigen { values, vectors } = Eigen::of(correlation.matrix());
        if values.iter().all(|value| *value >= eigenvalue_min) {
            return Ok(self.clone());
        }
        let mut rebuilt = Matrix::zeros(self.order());
        for (value, vector) in values.iter().zip(&vectors) {
            let root = value.max(eigenvalue_min).sqrt();
            rebuilt.add_outer(&vector.iter().map(|x| root * x).collect::<Vec<_>>());
        }
        let deviations: Vec<f64> = self.variances().map(f64::sqrt).collect();
        let moving = self.moving();
        Ok(Self::trusted(Matrix::symmetric(self.order(), |i, j| {
            if i == j || !(moving[i] && moving[j]) {
                return self.matrix[(i, j)];
            }
            let scale = (rebuilt[(i, i)] * rebuilt[(j, j)]).sqrt();
            rebuilt[(i, j)] / scale * (deviations[i] * deviations[j])
        })))
    }

    /// The cells.
    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_periods_by_hand() {
        let cov = Covariance::sample(&[[1.0, 5.0], [2.0, 1.0], [3.0, 3.0]]).unwrap();
        assert_eq!(cov.variances().collect::<Vec<_>>(), [1.0, 4.0]);
        assert_eq!((cov.get(0, 1), cov.get(1, 0), cov.get(0, 2)), (Some(-1.0), Some(-1.0), None));
        assert_eq!(cov.correlation().get(0, 1), Some(-0.5));
        assert!((cov.eigenvalues().iter().sum::<f64>() - 5.0).abs() < 1e-14);
    }

    #[test]
    fn what_is_no_covariance_matrix_is_refused_by_name() {
        let refusal = |rows: &[&[f64]]| Covariance::from_rows(rows).unwrap_err().to_string();
        assert_eq!(refusal(&[]), "cov must be of order 1 to 256");
        assert_eq!(refusal(&[&[1.0, 0.0]]), "cov must be square");
        assert_eq!(refusal(&[&[1.0, 0.0], &[f64::NAN, 1.0]]), "cov must be finite");
        assert_eq!(refusal(&[&[1.0, 0.5], &[0.4, 1.0]]), "cov must be symmetric");
        assert_eq!(refusal(&[&[-1.0]]), "cov must be without negative variances");
        assert!(Covariance::sample(&[[1.0]]).is_err());
        assert!(Covariance::sample(&[vec![1.0, 2.0], vec![1.0]]).is_err());
        assert!(Covariance::sample(&[[1.0], [f64::INFINITY]]).is_err());
    }

    #[test]
    fn a_series_that_stands_still_has_no_correlation() {
        let cov = Covariance::sample(&[[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]]).unwrap();
        assert_eq!(cov.get(0, 0), Some(0.0));
        assert_eq!(cov.moving(), [false, true]);
        assert_eq!(cov.correlation().get(0, 1), Some(0.0));
        assert_eq!(cov.correlation().average(), None);
    }

    #[test]
    fn a_singular_matrix_is_repaired_and_a_sound_one_left_alone() {
        let sound = Covariance::from_rows(&[[4.0, 1.0], [1.0, 9.0]]).unwrap();
        assert_eq!(sound.repaired(1e-6).unwrap(), sound);
        // Correlations that cannot hold together: eigenvalue -0.4.
        let rho = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]];
        let torn = Covariance::from_rows(&rho).unwrap();
        assert!(torn.eigenvalues()[2] < -0.7);
        let repaired = torn.repaired(1e-3).unwrap();
        assert!(repaired.eigenvalues()[2] > 5e-4);
        assert!(repaired.variances().all(|v| (v - 1.0).abs() < 1e-15));
        let worse = Covariance::from_rows(&[[1.0, 3.0], [3.0, 4.0]]).unwrap();
        assert_eq!(worse.correlation().get(0, 1), Some(1.0));
        assert!(torn.repaired(0.0).is_err() && torn.repaired(f64::NAN).is_err());
    }
}
