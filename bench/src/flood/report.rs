//! What the windows say, for people and for programs.

use super::order::Kind;
use super::piece::Piece;
use super::spread::Middle;
use super::window::Window;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Percentiles that are told.
const SHARES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
/// What is held against what; the first is what the engine's hearing costs.
const PAIRS: [(Kind, Kind); 3] =
    [(Kind::Flood, Kind::StandIn), (Kind::Flood, Kind::Idle), (Kind::StandIn, Kind::Idle)];

/// All windows of each kind as one, and the ratios at the same pieces of the tape.
#[derive(Debug)]
pub struct Report {
    pieces: Vec<Piece>,
    others_max: f64,
    pools: [Window; 3],
    counts: [usize; 3],
}

impl Report {
    /// Of these pieces, without windows in which somebody else had the hot thread's cpu for more than
    /// such a share of them: what they say, they say of him.
    ///
    /// # Errors
    /// No window of a kind is left.
    pub fn of(pieces: Vec<Piece>, others_max: f64) -> Result<Self, String> {
        let of = |kind: Kind| pieces.iter().map(move |piece| piece.of(kind));
        let alone = |kind| of(kind).filter(|window| is_alone(window, others_max));
        let pool = |kind: Kind| {
            Window::pooled(alone(kind))?.ok_or_else(|| {
                let (kind, all) = (kind.name(), pieces.len());
                format!("no {kind} window is left of {all}: play longer, or leave out less")
            })
        };
        let [idle, stand_in, flood] = Kind::ALL.map(pool);
        let (pools, counts) =
            ([idle?, stand_in?, flood?], Kind::ALL.map(|kind| alone(kind).count()));
        Ok(Self { pieces, others_max, pools, counts })
    }

    /// The ratios of a percentile, one for each piece.
    fn ratio(&self, share: f64, (of, to): (Kind, Kind)) -> Middle {
        let alone = |window| is_alone(window, self.others_max);
        let pairs = self.pieces.iter().map(|piece| (piece.of(of), piece.of(to)));
        let pairs = pairs.filter(|(of, to)| alone(of) && alone(to));
        Middle::of(pairs.map(|(of, to)| of.quantile_ns(share) / to.quantile_ns(share)))
    }

    /// Figures of all windows of each kind together.
    fn figures(&self) -> Vec<(String, [f64; 3])> {
        let of = |figure: &dyn Fn(&Window) -> f64| {
            Kind::ALL.map(|kind| figure(&self.pools[kind as usize]))
        };
        let each = |figure: &dyn Fn(&Window) -> u64| {
            Kind::ALL.map(|kind| {
                figure(&self.pools[kind as usize]) as f64 / self.counts[kind as usize] as f64
            })
        };
        let percent =
            |figure: &dyn Fn(&Window) -> Duration| of(&|pool| pool.share(figure(pool)) * 100.0);
        let mut rows: Vec<_> = SHARES
            .iter()
            .map(|(name, share)| (format!("{name}, ns"), of(&|pool| pool.quantile_ns(*share))))
            .collect();
        rows.extend([
            ("windows".to_owned(), self.counts.map(|count| count as f64)),
            ("events per window".to_owned(), each(&Window::events)),
            ("commands and notes per window".to_owned(), each(&|pool| pool.commands)),
            ("requests answered a second".to_owned(), of(&Window::answered_a_second)),
            ("answering, % of a cpu".to_owned(), percent(&|pool| pool.answering)),
            ("hot thread without its cpu, %".to_owned(), percent(&|pool| pool.waited)),
        ]);
        rows
    }

    /// A table for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{:<32}", "windows as one");
        Kind::ALL.iter().for_each(|kind| text += &format!("{:>12}", kind.name()));
        for (what, values) in self.figures() {
            text += &format!("\n{what:<32}");
            values.iter().for_each(|value| text += &format!("{value:>12.*}", digits(*value)));
        }
        text += &format!(
            "\n\n{:<32}{:>8}{:>10}{:>20}{:>20}\n",
            "ratios at the same piece", "pieces", "median", "quartiles", "95 % interval"
        );
        for pair in PAIRS {
            for (name, share) in SHARES {
                let what = format!("{name}, {} / {}", pair.0.name(), pair.1.name());
                let middle = self.ratio(share, pair);
                let quartiles = format!("{:.3} to {:.3}", middle.lower, middle.upper);
                let interval = middle
                    .interval
                    .map_or_else(|| "–".to_owned(), |(from, to)| format!("{from:.3} to {to:.3}"));
                text += &format!(
                    "{what:<32}{:>8}{:>10.3}{quartiles:>20}{interval:>20}\n",
                    middle.count, middle.median
                );
            }
        }
        text
    }

    /// The same for programs, with the percentiles of every window.
    #[must_use]
    pub fn json(&self) -> Value {
        let named = |values: [f64; 3]| json!({ "idle": values[0], "stand_in": values[1], "flood": values[2] });
        let figures: Vec<Value> = self
            .figures()
            .into_iter()
            .map(|(what, values)| json!({ "what": what, "pooled": named(values) }))
            .collect();
        let ratios: Vec<Value> = PAIRS
            .iter()
            .flat_map(|pair| SHARES.iter().map(move |share| (*pair, *share)))
            .map(|(pair, (name, share))| {
                let middle = self.ratio(share, pair);
                json!({
                    "what": name, "of": pair.0.name(), "to": pair.1.name(), "pieces": middle.count,
                    "median": middle.median, "quartiles": [middle.lower, middle.upper],
                    "interval_95": middle.interval.map(|(from, to)| [from, to]),
                })
            })
            .collect();
        let pieces: Vec<Value> = self
            .pieces
            .iter()
            .map(|piece| {
                let of = |figure: &dyn Fn(&Window) -> f64| {
                    named(Kind::ALL.map(|kind| figure(piece.of(kind))))
                };
                let mut row: Map<String, Value> = SHARES
                    .iter()
                    .map(|(name, share)| {
                        ((*name).to_owned(), of(&|window| window.quantile_ns(*share)))
                    })
                    .collect();
                row.insert("without_cpu".into(), of(&|window| window.share(window.waited)));
                Value::Object(row)
            })
            .collect();
        json!({ "figures": figures, "ratios": ratios, "pieces": pieces })
    }
}

fn is_alone(window: &Window, others_max: f64) -> bool {
    window.share(window.waited) <= others_max
}

/// Digits after the point: small figures need some.
fn digits(value: f64) -> usize {
    if value.abs() < 100.0 && value != 0.0 { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;

    /// A piece whose windows have events of so many nanoseconds, and waited for so many milliseconds of
    /// a second.
    fn piece(ns: [u64; 3], waited_ms: [u64; 3]) -> Piece {
        Piece([0, 1, 2].map(|at| {
            let mut histogram = Histogram::new_with_bounds(1, (1 << 38) - 1, 3).unwrap();
            histogram.record_n(ns[at], 1_000).unwrap();
            Window {
                histogram,
                commands: 0,
                answered: 0,
                length: Duration::from_secs(1),
                answering: Duration::ZERO,
                waited: Duration::from_millis(waited_ms[at]),
            }
        }))
    }

    #[test]
    fn ratios_are_taken_at_one_piece_and_not_between_pieces() {
        // The second is a hundred times slower: the flood costs a tenth in both.
        let pieces =
            vec![piece([900, 1_000, 1_100], [0; 3]), piece([90_000, 100_000, 110_000], [0; 3])];
        let report = Report::of(pieces, 1.0).unwrap();
        let middle = report.ratio(0.999, (Kind::Flood, Kind::StandIn));
        assert!((middle.median - 1.1).abs() < 0.002, "{middle:?}");
        let told = &report.json()["ratios"][2];
        assert_eq!(told["what"], "p99.9");
        assert_eq!((&told["of"], &told["to"]), (&json!("flood"), &json!("stand-in")));
        assert!((told["median"].as_f64().unwrap() - 1.1).abs() < 0.002);
    }

    #[test]
    fn a_window_in_which_others_had_the_cpu_says_nothing() {
        let pieces =
            || vec![piece([1_000; 3], [0, 1, 0]), piece([1_000, 1_000, 9_000], [0, 0, 50])];
        let report = Report::of(pieces(), 0.01).unwrap();
        assert_eq!(report.counts, [2, 2, 1]);
        assert_eq!(report.figures()[2].1, [1_000.0; 3], "p99.9 without the slow window");
        let flood = report.ratio(0.999, (Kind::Flood, Kind::Idle));
        assert_eq!((flood.count, flood.upper), (1, 1.0));
        assert_eq!(report.ratio(0.999, (Kind::StandIn, Kind::Idle)).count, 2);
        assert_eq!(Report::of(pieces(), 1.0).unwrap().counts, [2; 3]);
        let mut bad = pieces();
        bad.remove(0);
        assert!(Report::of(bad, 0.01).unwrap_err().contains("no flood window"));
    }
}
