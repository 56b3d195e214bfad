//! Eigenvalues and eigenvectors of a symmetric matrix. Owns Jacobi's rotations, chosen for being
//! short, accurate to the last digits and the same on every machine; orders are small here.

use super::matrix::Matrix;

/// Sweeps after which the method has long converged: it does so quadratically.
const SWEEPS_MAX: usize = 64;

/// Eigenvalues, largest first, and beside each its eigenvector as a row.
#[derive(Clone, Debug)]
pub(super) struct Eigen {
    pub(super) values: Vec<f64>,
    pub(super) vectors: Vec<Vec<f64>>,
}

impl Eigen {
    /// The decomposition of a symmetric matrix.
    ///
    /// Source: C. G. J. Jacobi (1846), in the form of G. H. Golub, C. F. Van Loan, "Matrix
    /// Computations", section 8.5: cyclic by rows, the smaller angle.
    pub(super) fn of(matrix: &Matrix) -> Self {
        let n = matrix.order();
        let mut a = matrix.clone();
        let mut v = Matrix::symmetric(n, |i, j| f64::from(u8::from(i == j)));
        for _ in 0..SWEEPS_MAX {
            let mut turned = false;
            for p in 0..n {
                for q in p + 1..n {
                    turned |= rotate(&mut a, &mut v, p, q);
                }
            }
            if !turned {
                break;
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|i, j| a[(*j, *j)].total_cmp(&a[(*i, *i)]));
        let values = order.iter().map(|i| a[(*i, *i)]).collect();
        let vectors = order.iter().map(|i| v.row(*i).to_vec()).collect();
        Self { values, vectors }
    }
}

/// Turns the plane `(p, q)` until its off-diagonal cell is zero; false where that cell is already
/// below the rounding of its diagonal.
fn rotate(a: &mut Matrix, v: &mut Matrix, p: usize, q: usize) -> bool {
    let off = a[(p, q)];
    let negligible = f64::EPSILON * 0.5 * (a[(p, p)].abs() * a[(q, q)].abs()).sqrt();
    if off.abs() <= negligible {
        return false;
    }
    let theta = (a[(q, q)] - a[(p, p)]) / (2.0 * off);
    // The smaller root of t² + 2θt - 1 = 0; a θ too large to square gives zero, which is right.
    let t = 1.0_f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let (on_p, on_q) = (a[(p, p)] - t * off, a[(q, q)] + t * off);
    turn(a.rows(p, q), c, s);
    turn(v.rows(p, q), c, s);
    for k in 0..a.order() {
        a[(k, p)] = a[(p, k)];
        a[(k, q)] = a[(q, k)];
    }
    a[(p, p)] = on_p;
    a[(q, q)] = on_q;
    a[(p, q)] = 0.0;
    a[(q, p)] = 0.0;
    true
}

/// Turns two rows into each other.
fn turn((first, second): (&mut [f64], &mut [f64]), c: f64, s: f64) {
    for (x, y) in first.iter_mut().zip(second) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Xoshiro256PlusPlus;

    #[test]
    fn two_by_two_by_hand() {
        let eigen = Eigen::of(&Matrix::symmetric(2, |i, j| if i == j { 2.0 } else { 1.0 }));
        assert!((eigen.values[0] - 3.0).abs() < 1e-15 && (eigen.values[1] - 1.0).abs() < 1e-15);
        assert!((eigen.vectors[0][0] - eigen.vectors[0][1]).abs() < 1e-15);
    }

    #[test]
    fn the_parts_make_the_whole_again() {
        let mut rng = Xoshiro256PlusPlus::from_seed(5);
        for n in [1, 2, 7, 40] {
            let cells: Vec<f64> = (0..n * n).map(|_| rng.normal()).collect();
            let matrix = Matrix::symmetric(n, |i, j| cells[i * n + j]);
            let Eigen { values, vectors } = Eigen::of(&matrix);
            assert!(values.is_sorted_by(|a, b| a >= b));
            for i in 0..n {
                for j in 0..n {
                    let parts = vectors.iter().zip(&values).map(|(v, value)| v[i] * v[j] * value);
                    let rebuilt: f64 = parts.sum();
                    assert!((rebuilt - matrix[(i, j)]).abs() < 1e-12 * n as f64);
                }
            }
        }
    }
}
