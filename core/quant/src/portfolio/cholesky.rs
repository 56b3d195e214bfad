//! Solving with a positive definite matrix. Owns Cholesky's factor; it refuses a matrix that is
//! singular to working precision rather than return digits that mean nothing.

use super::matrix::{Matrix, dot};

/// A pivot below this share of its diagonal cell, times the order, is rounding.
const PIVOT_MIN: f64 = 4.0 * f64::EPSILON;

/// The lower factor `L` of `M = L L'`.
#[derive(Clone, Debug)]
pub(super) struct Cholesky {
    lower: Matrix,
}

impl Cholesky {
    /// Factors a symmetric matrix; `None` unless it is positive definite beyond rounding.
    pub(super) fn of(matrix: &Matrix) -> Option<Self> {
        let n = matrix.order();
        let mut lower = Matrix::zeros(n);
        for i in 0..n {
            for j in 0..=i {
                let known = dot(&lower.row(i)[..j], &lower.row(j)[..j]);
                let rest = matrix[(i, j)] - known;
                if i != j {
                    lower[(i, j)] = rest / lower[(j, j)];
                } else if rest > PIVOT_MIN * n as f64 * matrix[(i, i)] {
                    lower[(i, i)] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        Some(Self { lower })
    }

    /// The `x` with `M x = b`.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.lower.order();
        let mut x = vec![0.0; n];
        for i in 0..n {
            let known = dot(&self.lower.row(i)[..i], &x[..i]);
            x[i] = (b[i] - known) / self.lower[(i, i)];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.lower[(k, i)] * x[k]).sum();
            x[i] = (x[i] - known) / self.lower[(i, i)];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_by_hand() {
        let matrix = Matrix::symmetric(2, |i, j| [[4.0, 2.0], [2.0, 5.0]][i][j]);
        assert_eq!(Cholesky::of(&matrix).unwrap().solve(&[8.0, 16.0]), [0.5, 3.0]);
    }

    #[test]
    fn a_singular_or_indefinite_matrix_has_no_factor() {
        let with = |off: f64| Matrix::symmetric(2, |i, j| if i == j { 1.0 } else { off });
        assert!(Cholesky::of(&with(1.0)).is_none());
        assert!(Cholesky::of(&with(1.5)).is_none());
        assert!(Cholesky::of(&Matrix::zeros(1)).is_none());
        assert!(Cholesky::of(&with(f64::NAN)).is_none());
        assert!(Cholesky::of(&with(0.99)).is_some());
    }
}
