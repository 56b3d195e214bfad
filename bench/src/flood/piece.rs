//! One piece of the tape, as it went in a window of each kind.
//!
//! What lies on the tape decides most of a percentile: a burst of events waits in line whatever else
//! there is. So windows are compared that had the same piece, each in another run.

use super::order::Kind;
use super::window::Window;

/// A window of each kind, each at the index of its number.
#[derive(Clone, Debug)]
pub struct Piece(pub [Window; 3]);

impl Piece {
    /// Its window of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Window {
        &self.0[kind as usize]
    }
}

/// The pieces of three runs, of which each has the kinds in another order. What one of them did not
/// come to is left out.
#[must_use]
pub fn of_runs(runs: [Vec<(Kind, Window)>; 3]) -> Vec<Piece> {
    let [first, second, third] = runs;
    let piece = |windows: [(Kind, Window); 3]| {
        let mut by_kind = [None, None, None];
        windows.into_iter().for_each(|(kind, window)| by_kind[kind as usize] = Some(window));
        let [Some(idle), Some(stand_in), Some(flood)] = by_kind else { return None };
        Some(Piece([idle, stand_in, flood]))
    };
    let same = first.into_iter().zip(second).zip(third);
    same.filter_map(|((a, b), c)| piece([a, b, c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flood::order::of_round;
    use hdrhistogram::Histogram;
    use std::time::Duration;

    #[test]
    fn each_piece_has_its_window_of_each_kind_from_another_run() {
        // So many requests as say which window it was: the run, and the place in it.
        let window = |run: u64, place: u64| Window {
            histogram: Histogram::new_with_bounds(1, 1_000, 3).unwrap(),
            commands: 0,
            answered: run * 100 + place,
            length: Duration::from_secs(1),
            answering: Duration::ZERO,
            waited: Duration::ZERO,
        };
        let runs = [0, 1, 2].map(|run| {
            // The second run is over earlier.
            let rounds = if run == 1 { 4 } else { 5 };
            let kinds = (0..rounds).flat_map(|round| of_round(9, run as usize, round));
            kinds.zip(0..).map(|(kind, place)| (kind, window(run, place))).collect::<Vec<_>>()
        });
        let pieces = of_runs(runs.clone());
        assert_eq!(pieces.len(), 12);
        for (place, piece) in pieces.iter().enumerate() {
            for kind in Kind::ALL {
                let (run, at) = (piece.of(kind).answered / 100, piece.of(kind).answered % 100);
                assert_eq!(at, place as u64, "all of one piece");
                assert_eq!(
                    runs[run as usize][place].0, kind,
                    "and in a run where it was that kind"
                );
            }
        }
    }
}
