//! Hierarchical risk parity: weights from a covariance matrix without inverting it. Owns the
//! method from end to end; it must never return a weight that is negative or not a number.

use super::correlation::distances_of_distances;
use super::covariance::Covariance;
use super::leaves::LeafOrder;
use super::linkage::{Linkage, Merge};
use super::matrix::Matrix;
use crate::parameter::{ParameterError, require};

/// What is clustered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distance {
    /// `d = √((1-ρ)/2)` as it is (PyPortfolioOpt, Riskfolio, skfolio).
    #[default]
    Direct,
    /// Euclidean distances between the rows of `d`: two series are near if they are alike in
    /// their distances to all others (López de Prado's own code of 2016).
    OfDistances,
}

/// What becomes of series without variance ([`Covariance::moving`] has the rule). Where no series
/// has variance there is nothing to tell them apart by, and `TakesAll` and `LeftOut` both give
/// equal weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Riskless {
    /// They share the whole weight equally: the limit of inverse variance.
    #[default]
    TakesAll,
    /// They get nothing: right for slots that have not traded, whose calm says nothing.
    LeftOut,
    /// The matrix is refused.
    Refused,
}

/// How to allocate by hierarchical risk parity; the default is PyPortfolioOpt's.
///
/// 1. Distances from correlations, and a dendrogram from distances.
/// 2. The order of its leaves, in which what is alike stands together.
/// 3. The list of leaves is halved (`len/2` first), and each half again. Two halves share their
///    weight as `V₂ : V₁`, `V` being the variance of a half under inverse-variance weights.
///
/// The tree serves for the order only: halves are cut by count, not where the tree branches.
/// Hence two orders of one tree can give other weights, and a series can be parted from its twin.
///
/// Source: M. López de Prado, "Building Diversified Portfolios that Outperform Out of Sample"
/// (2016).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hrp {
    /// How clusters are compared.
    pub linkage: Linkage,
    /// What is clustered.
    pub distance: Distance,
    /// Order of the leaves.
    pub leaf_order: LeafOrder,
    /// What becomes of series without variance.
    pub riskless: Riskless,
}

/// Weights, and how they came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Weight of each series: none below zero, sum 1.
    pub weights: Vec<f64>,
    /// The series with variance in the order of the leaves.
    pub leaves: Vec<usize>,
    /// The dendrogram. Its leaves are the series with variance, numbered from 0 in the order of
    /// the matrix.
    pub merges: Vec<Merge>,
}

impl Hrp {
    /// Weights of the series of a covariance matrix. Time `O(n³)`; allocates.
    ///
    /// # Errors
    /// If a series has no variance and [`Riskless::Refused`] is set.
    pub fn allocate(&self, cov: &Covariance) -> Result<Allocation, ParameterError> {
        let moving = cov.moving();
        let places = |wanted: bool| -> Vec<usize> {
            let of = moving.iter().enumerate().filter(|(_, moves)| **moves == wanted);
            of.map(|(i, _)| i).collect()
        };
        let (risky, riskless) = (places(true), places(false));
        let refuses = self.riskless == Riskless::Refused;
        require("cov", "without riskless series", riskless.is_empty() || !refuses)?;

        let part = Covariance::trusted(cov.matrix().part(&risky));
        let direct = part.correlation().distances();
        let clustered = match self.distance {
            Distance::Direct => direct,
            Distance::OfDistances => distances_of_distances(&direct),
        };
        let merges = self.linkage.merges(&clustered);
        let order = if risky.is_empty() {
            Vec::new()
        } else {
            self.leaf_order.arrange(&merges, &clustered)
        };

        let mut weights = vec![0.0; cov.order()];
        let takes_all = self.riskless == Riskless::TakesAll || risky.is_empty();
        if takes_all && !riskless.is_empty() {
            riskless.iter().for_each(|i| weights[*i] = 1.0 / riskless.len() as f64);
        } else {
            for (i, weight) in risky.iter().zip(bisect(part.matrix(), &order)) {
                weights[*i] = weight;
            }
        }
        Ok(Allocation { weights, leaves: order.iter().map(|i| risky[*i]).collect(), merges })
    }
}

/// Weights by hierarchical risk parity as PyPortfolioOpt has it, from the rows of a covariance
/// matrix of up to 256 series. Series without variance share the whole weight; use [`Hrp`] with
/// [`Riskless::LeftOut`] where they are merely idle.
///
/// ```
/// use royale_quant::portfolio::hrp_weights;
///
/// let weights = hrp_weights(&[[0.04, 0.0], [0.0, 0.01]])?;
/// assert!((weights[0] - 0.2).abs() < 1e-15 && (weights[1] - 0.8).abs() < 1e-15);
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
///
/// # Errors
/// If the rows are no covariance matrix ([`Covariance::from_rows`]).
pub fn hrp_weights<R: AsRef<[f64]>>(cov: &[R]) -> Result<Vec<f64>, ParameterError> {
    let allocation = Hrp::default().allocate(&Covariance::from_rows(cov)?)?;
    Ok(allocation.weights)
}

/// Recursive bisection of an order of series that all have variance.
fn bisect(cov: &Matrix, order: &[usize]) -> Vec<f64> {
    let mut weights = vec![1.0; cov.order()];
    let mut rest = vec![order];
    while let Some(list) = rest.pop() {
        if list.len() < 2 {
            continue;
        }
        let (left, right) = list.split_at(list.len() / 2);
        let (first, second) = (cluster_variance(cov, left), cluster_variance(cov, right));
        let both = first + second;
        // Two perfect hedges, each without variance: no reason to prefer one. And not `1 - share`
        // for the other half, whose bits would depend on which half is called the first.
        let share = |other: f64| if both > 0.0 { other / both } else { 0.5 };
        left.iter().for_each(|i| weights[*i] *= share(second));
        right.iter().for_each(|i| weights[*i] *= share(first));
        rest.extend([left, right]);
    }
    weights
}

/// Variance of a cluster whose members are weighted by inverse variance; not below zero, which it
/// could be where a matrix is not positive semidefinite.
fn cluster_variance(cov: &Matrix, members: &[usize]) -> f64 {
    let inverse: Vec<f64> = members.iter().map(|i| 1.0 / cov[(*i, *i)]).collect();
    let sum: f64 = inverse.iter().sum();
    let mut variance = 0.0;
    for (i, x) in members.iter().zip(&inverse) {
        for (j, y) in members.iter().zip(&inverse) {
            variance += (x / sum) * (y / sum) * cov[(*i, *j)];
        }
    }
    variance.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_degenerate_have_their_stated_weights() {
        assert_eq!(hrp_weights(&[[0.04]]).unwrap(), [1.0]);
        assert_eq!(hrp_weights(&[[0.0]]).unwrap(), [1.0]);
        assert_eq!(hrp_weights(&[[0.04, 0.04], [0.04, 0.04]]).unwrap(), [0.5, 0.5]);
        assert_eq!(hrp_weights(&[[0.04, -0.04], [-0.04, 0.04]]).unwrap(), [0.5, 0.5]);
        assert_eq!(hrp_weights(&[[0.0, 0.0], [0.0, 0.0]]).unwrap(), [0.5, 0.5]);
        // Both halves hedge themselves perfectly: zero over zero.
        let hedged = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| if i == j { 1.0 } else { -1.0 }));
        assert_eq!(hrp_weights(&hedged).unwrap(), [0.25; 4]);
        assert!(hrp_weights(&[[0.04, f64::NAN], [f64::NAN, 0.01]]).is_err());
        assert!(hrp_weights::<[f64; 0]>(&[]).is_err());
    }

    #[test]
    fn an_idle_series_takes_all_or_nothing_as_told() {
        let rows = [[0.04, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.01]];
        let cov = Covariance::from_rows(&rows).unwrap();
        let with = |riskless| Hrp { riskless, ..Hrp::default() }.allocate(&cov);
        assert_eq!(with(Riskless::TakesAll).unwrap().weights, [0.0, 1.0, 0.0]);
        let left_out = with(Riskless::LeftOut).unwrap();
        assert_eq!(left_out.leaves, [0, 2]);
        assert_eq!(left_out.weights[1], 0.0);
        assert!((left_out.weights[2] - 0.8).abs() < 1e-15);
        assert!(with(Riskless::Refused).is_err());
        let nothing = Covariance::from_rows(&[[0.0, 0.0], [0.0, 0.0]]).unwrap();
        let idle = Hrp { riskless: Riskless::LeftOut, ..Hrp::default() };
        assert_eq!(idle.allocate(&nothing).unwrap().weights, [0.5, 0.5]);
    }

    #[test]
    fn rounding_dust_of_a_stopped_series_is_not_risk() {
        let rows = [[1e-4, 0.0], [0.0, 1e-22]];
        let cov = Covariance::from_rows(&rows).unwrap();
        let idle = Hrp { riskless: Riskless::LeftOut, ..Hrp::default() };
        assert_eq!(idle.allocate(&cov).unwrap().weights, [1.0, 0.0]);
    }
}
