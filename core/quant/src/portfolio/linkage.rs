//! Agglomerative clustering: which series belong together, and how closely. Owns the dendrogram;
//! it knows distances and nothing of what they are distances of.

use super::matrix::Matrix;

/// How far apart two clusters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linkage {
    /// As their nearest members: prone to chains.
    #[default]
    Single,
    /// As their farthest members.
    Complete,
    /// As their members are on average (UPGMA).
    Average,
    /// As the spread that their merger adds.
    Ward,
}

/// Two clusters becoming one. The series are the clusters `0..n`; merger `k` makes cluster
/// `n + k`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The cluster with the smaller number.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Their distance by the linkage.
    pub height: f64,
    /// Series in the cluster made.
    pub size: usize,
}

impl Linkage {
    /// All mergers, nearest clusters first: `n - 1` of them. Of equal distances the first in
    /// the order of the matrix goes first, a cluster standing where its earliest series stood.
    ///
    /// After each merger the distances to the new cluster follow from those to its parts (the
    /// recurrence of Lance and Williams). The search is the plain one, `O(n³)`: 64 series take a
    /// fraction of a millisecond.
    ///
    /// Source: G. N. Lance, W. T. Williams, "A general theory of classificatory sorting
    /// strategies" (1967); heights as in D. Müllner, "Modern hierarchical, agglomerative
    /// clustering algorithms" (2011), hence as in scipy.
    pub(super) fn merges(self, distances: &Matrix) -> Vec<Merge> {
        let n = distances.order();
        let mut distances = distances.clone();
        // Where each cluster stands in the matrix, its number and its size.
        let mut clusters: Vec<Cluster> =
            (0..n).map(|place| Cluster { place, number: place, size: 1 }).collect();
        let mut merges = Vec::with_capacity(n.saturating_sub(1));
        while let Some((first, second)) = nearest(&clusters, &distances) {
            let gone = clusters.remove(second);
            let kept = clusters[first];
            let height = distances[(kept.place, gone.place)];
            for other in clusters.iter().filter(|other| other.place != kept.place) {
                let sides = Sides {
                    from_first: distances[(kept.place, other.place)],
                    from_second: distances[(gone.place, other.place)],
                    between: height,
                };
                let distance = self.distance(&sides, kept.size, gone.size, other.size);
                distances[(kept.place, other.place)] = distance;
                distances[(other.place, kept.place)] = distance;
            }
            let size = kept.size + gone.size;
            clusters[first] = Cluster { place: kept.place, number: n + merges.len(), size };
            merges.push(Merge {
                left: kept.number.min(gone.number),
                right: kept.number.max(gone.number),
                height,
                size,
            });
        }
        merges
    }

    /// Distance of a cluster to the merger of two.
    fn distance(self, sides: &Sides, first: usize, second: usize, other: usize) -> f64 {
        let Sides { from_first, from_second, between } = *sides;
        let (a, b, c) = (first as f64, second as f64, other as f64);
        match self {
            Self::Single => from_first.min(from_second),
            Self::Complete => from_first.max(from_second),
            Self::Average => (a * from_first + b * from_second) / (a + b),
            Self::Ward => {
                let squares = (a + c) * from_first * from_first
                    + (b + c) * from_second * from_second
                    - c * between * between;
                (squares / (a + b + c)).max(0.0).sqrt()
            }
        }
    }
}

/// A cluster that has not been merged yet.
#[derive(Clone, Copy)]
struct Cluster {
    place: usize,
    number: usize,
    size: usize,
}

/// The triangle of two clusters that merge and a third.
struct Sides {
    from_first: f64,
    from_second: f64,
    between: f64,
}

/// The nearest two, as indices in ascending order; `None` of fewer than two.
fn nearest(clusters: &[Cluster], distances: &Matrix) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize, f64)> = None;
    for (i, a) in clusters.iter().enumerate() {
        for (j, b) in clusters.iter().enumerate().skip(i + 1) {
            let distance = distances[(a.place, b.place)];
            if best.is_none_or(|(_, _, least)| distance < least) {
                best = Some((i, j, distance));
            }
        }
    }
    best.map(|(i, j, _)| (i, j))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points at 0, 1, 3 and 7 on a line.
    fn line() -> Matrix {
        let at = [0.0_f64, 1.0, 3.0, 7.0];
        Matrix::symmetric(4, |i, j| (at[i] - at[j]).abs())
    }

    #[test]
    fn four_points_on_a_line_by_hand() {
        let heights = |linkage: Linkage| {
            let merges = linkage.merges(&line());
            let parts: Vec<_> = merges.iter().map(|m| (m.left, m.right, m.size)).collect();
            assert_eq!(parts, [(0, 1, 2), (2, 4, 3), (3, 5, 4)]);
            merges.iter().map(|m| m.height).collect::<Vec<_>>()
        };
        assert_eq!(heights(Linkage::Single), [1.0, 2.0, 4.0]);
        assert_eq!(heights(Linkage::Complete), [1.0, 3.0, 7.0]);
        assert_eq!(heights(Linkage::Average), [1.0, 2.5, 17.0 / 3.0]);
        // √(2·2·1/3) times the distance of the centres 2.5; √(2·3·1/4) times 17/3.
        let ward = heights(Linkage::Ward);
        assert!((ward[1] - (4.0_f64 / 3.0).sqrt() * 2.5).abs() < 1e-14);
        assert!((ward[2] - 1.5_f64.sqrt() * (17.0 / 3.0)).abs() < 1e-14);
    }

    #[test]
    fn one_series_has_nothing_to_merge() {
        assert_eq!(Linkage::Ward.merges(&Matrix::zeros(1)), []);
        let merges = Linkage::Average.merges(&Matrix::zeros(3));
        assert_eq!((merges[0].left, merges[0].right), (0, 1));
        assert_eq!((merges[1].left, merges[1].right, merges[1].height), (2, 3, 0.0));
    }
}
