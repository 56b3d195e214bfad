//! Correlations and the distances made of them. Owns what is read off a correlation matrix: its
//! average, its distances, ranks.

use super::covariance::Covariance;
use super::matrix::{Matrix, dot};
use super::sample::check_table;
use crate::parameter::ParameterError;

/// Correlations in `[-1, 1]` with 1 on the diagonal; 0 beside a series that does not move.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    matrix: Matrix,
    moving: Vec<bool>,
}

impl Correlation {
    /// Spearman's rank correlation of a table of returns, one row a period: the correlation of
    /// ranks, equal values sharing their mean rank.
    ///
    /// # Errors
    /// As [`Covariance::sample`].
    pub fn spearman<R: AsRef<[f64]>>(returns: &[R]) -> Result<Self, ParameterError> {
        let series = check_table(returns, 2)?;
        let mut ranked = vec![vec![0.0; series]; returns.len()];
        for i in 0..series {
            let column: Vec<f64> = returns.iter().map(|row| row.as_ref()[i]).collect();
            for (row, rank) in ranked.iter_mut().zip(ranks(&column)) {
                row[i] = rank;
            }
        }
        Ok(Covariance::sample(&ranked)?.correlation())
    }

    pub(super) fn trusted(matrix: Matrix, moving: Vec<bool>) -> Self {
        Self { matrix, moving }
    }

    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Correlation of two series; `None` past the order.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        let order = self.matrix.order();
        (i < order && j < order).then(|| self.matrix[(i, j)])
    }

    /// Mean over the pairs of series that both move; `None` without such a pair.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        let (sum, count) = self.pairs().fold((0.0, 0_u32), |(sum, n), rho| (sum + rho, n + 1));
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Largest over the pairs of series that both move.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.pairs().reduce(f64::max)
    }

    fn pairs(&self) -> impl Iterator<Item = f64> + '_ {
        let order = self.matrix.order();
        let pairs = (0..order).flat_map(move |i| (i + 1..order).map(move |j| (i, j)));
        pairs.filter(|(i, j)| self.moving[*i] && self.moving[*j]).map(|pair| self.matrix[pair])
    }

    /// `√((1 - ρ)/2)`: 0 for what moves as one, 1 for opposites; a metric.
    pub(super) fn distances(&self) -> Matrix {
        Matrix::symmetric(self.matrix.order(), |i, j| {
            if i == j { 0.0 } else { ((1.0 - self.matrix[(i, j)]) / 2.0).max(0.0).sqrt() }
        })
    }
}

/// Euclidean distances between the rows of a matrix of distances.
pub(super) fn distances_of_distances(distances: &Matrix) -> Matrix {
    Matrix::symmetric(distances.order(), |i, j| {
        let (a, b) = (distances.row(i), distances.row(j));
        let apart: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
        dot(&apart, &apart).sqrt()
    })
}

/// Ranks from 1, equal values sharing their mean rank.
fn ranks(column: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
    let mut ranks = vec![0.0; column.len()];
    let mut below = 0;
    for equals in order.chunk_by(|a, b| column[*a] == column[*b]) {
        let rank = below as f64 + (equals.len() + 1) as f64 / 2.0;
        equals.iter().for_each(|i| ranks[*i] = rank);
        below += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[5.0, -1.0, 5.0, 0.0, -0.0]), [4.5, 1.0, 4.5, 2.5, 2.5]);
    }

    #[test]
    fn average_and_distance_by_hand() {
        let rows = [[4.0, 1.0, 0.0], [1.0, 1.0, -1.0], [0.0, -1.0, 1.0]];
        let correlation = Covariance::from_rows(&rows).unwrap().correlation();
        assert_eq!((correlation.get(0, 1), correlation.get(1, 2)), (Some(0.5), Some(-1.0)));
        assert_eq!((correlation.average(), correlation.max()), (Some(-0.5 / 3.0), Some(0.5)));
        let distances = correlation.distances();
        assert_eq!((distances[(0, 1)], distances[(1, 2)], distances[(1, 1)]), (0.5, 1.0, 0.0));
        let twice = distances_of_distances(&distances);
        let root = |x: f64| x.sqrt();
        let half = root(0.5);
        let by_hand = root(0.25 + 0.25 + (half - 1.0) * (half - 1.0));
        assert!((twice[(0, 1)] - by_hand).abs() < 1e-15);
    }
}
