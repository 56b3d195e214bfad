//! In which order the leaves of a dendrogram stand. Owns the two orders that libraries use; the
//! tree itself is never changed.

use super::linkage::Merge;
use super::matrix::Matrix;

/// Order of the leaves from left to right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeafOrder {
    /// Left to right as the tree stands, the cluster with the smaller number on the left
    /// (PyPortfolioOpt; Riskfolio with `leaf_order=False`). Of two single series that merge the
    /// first stands on the left, so the numbering of the series has a say in the weights.
    #[default]
    Preorder,
    /// What scipy's `optimal_leaf_ordering` gives (Riskfolio's default, skfolio): sides of the
    /// tree turned so that neighbours are near each other. Not the shortest order there is:
    /// scipy decides on each turn as if the node above were the root (scipy issue 11227), and
    /// this follows it, since its numbers are what others compare with. The numbering of the
    /// series has no say, short of equal distances.
    Turned,
}

impl LeafOrder {
    /// The leaves `0..=merges.len()` in this order.
    pub(super) fn arrange(self, merges: &[Merge], distances: &Matrix) -> Vec<usize> {
        let leaves = merges.len() + 1;
        let mut clusters: Vec<Vec<usize>> = (0..leaves).map(|leaf| vec![leaf]).collect();
        let mut paths = Matrix::zeros(leaves);
        // Leaves in each cluster's left part, before any turn.
        let mut split = vec![0; leaves];
        let mut standing = clusters.clone();
        for merge in merges {
            let (left, right) = (&standing[merge.left], &standing[merge.right]);
            let mut turned = [clusters[merge.left].clone(), clusters[merge.right].clone()];
            if self == Self::Turned {
                let cuts = [split[merge.left], split[merge.right]];
                let turns = join(left, right, cuts, distances, &mut paths);
                for (side, _) in turned.iter_mut().zip(turns).filter(|(_, turn)| *turn) {
                    side.reverse();
                }
            }
            split.push(left.len());
            let both = [left.as_slice(), right].concat();
            standing.push(both);
            clusters.push(turned.concat());
        }
        clusters.pop().unwrap_or_default()
    }
}

/// Joins two clusters that stand as `left` and `right`, whose own left parts are the first `cuts`
/// leaves; says which of the two is to be turned.
///
/// `paths(u, w)` is the length of the shortest order of a cluster that begins with `u` and ends
/// with `w`, which lie in different parts. For the union: from `u` through `left` to `m`, over to
/// `k`, through `right` to `w`; first the best `m` for each `(u, k)`, then the best `k`, which
/// makes it `O(n³)` in all.
///
/// Source: Z. Bar-Joseph, D. K. Gifford, T. S. Jaakkola, "Fast optimal leaf ordering for
/// hierarchical clustering" (2001).
fn join(
    left: &[usize],
    right: &[usize],
    cuts: [usize; 2],
    distances: &Matrix,
    paths: &mut Matrix,
) -> [bool; 2] {
    let mut over = Matrix::zeros(distances.order());
    for (i, u) in left.iter().enumerate() {
        for k in right {
            let inner = other_part(left, cuts[0], i);
            let lengths = inner.iter().map(|m| paths[(*u, *m)] + distances[(*m, *k)]);
            over[(*u, *k)] = lengths.fold(f64::INFINITY, f64::min);
        }
    }
    let mut best = (f64::INFINITY, [false; 2]);
    for (i, u) in left.iter().enumerate() {
        for (j, w) in right.iter().enumerate() {
            let inner = other_part(right, cuts[1], j);
            let lengths = inner.iter().map(|k| over[(*u, *k)] + paths[(*k, *w)]);
            let length = lengths.fold(f64::INFINITY, f64::min);
            paths[(*u, *w)] = length;
            paths[(*w, *u)] = length;
            if length < best.0 {
                // The order begins at `u`: a `u` of the right part asks for a turn. It ends at
                // `w`: a `w` of the left part does.
                let turns = [i >= cuts[0] && left.len() > 1, j < cuts[1] && right.len() > 1];
                best = (length, turns);
            }
        }
    }
    best.1
}

/// Where an order that begins at leaf `i` of a cluster can end: in the part that `i` is not in,
/// or at `i` itself where there is but one leaf.
fn other_part(cluster: &[usize], cut: usize, i: usize) -> &[usize] {
    if cluster.len() == 1 {
        cluster
    } else if i < cut {
        &cluster[cut..]
    } else {
        &cluster[..cut]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::Linkage;

    #[test]
    fn neighbours_end_up_side_by_side() {
        // Points on a line, shuffled: the turned order walks along it.
        let at = [5.0_f64, 0.0, 7.0, 1.0];
        let distances = Matrix::symmetric(4, |i, j| (at[i] - at[j]).abs());
        let merges = Linkage::Single.merges(&distances);
        assert_eq!(LeafOrder::Preorder.arrange(&merges, &distances), [1, 3, 0, 2]);
        let at = [5.0_f64, 1.0, 7.0, 0.0];
        let distances = Matrix::symmetric(4, |i, j| (at[i] - at[j]).abs());
        assert_eq!(LeafOrder::Preorder.arrange(&merges, &distances), [1, 3, 0, 2]);
        assert_eq!(LeafOrder::Turned.arrange(&merges, &distances), [3, 1, 0, 2]);
    }

    #[test]
    fn one_and_two_leaves_stand_as_they_are() {
        for order in [LeafOrder::Preorder, LeafOrder::Turned] {
            assert_eq!(order.arrange(&[], &Matrix::zeros(1)), [0]);
            let distances = Matrix::symmetric(2, |i, j| if i == j { 0.0 } else { 1.0 });
            let merges = Linkage::Single.merges(&distances);
            assert_eq!(order.arrange(&merges, &distances), [0, 1]);
        }
    }
}
