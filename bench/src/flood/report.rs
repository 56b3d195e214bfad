//! What the rounds say, for people and for programs.

use super::order::Kind;
use super::rounds::Round;
use super::spread::Middle;
use super::window::Window;
use serde_json::{Map, Value, json};

/// Percentiles that are told.
const SHARES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
/// What is held against what; the first is what the engine's hearing costs.
const PAIRS: [(Kind, Kind); 3] =
    [(Kind::Flood, Kind::StandIn), (Kind::Flood, Kind::Idle), (Kind::StandIn, Kind::Idle)];

/// All windows of each kind as one, and the ratios within the rounds.
#[derive(Debug)]
pub struct Report {
    pools: [Window; 3],
    rounds: Vec<Round>,
    left_out: usize,
}

impl Report {
    /// Of these rounds, without those in which somebody else had the hot thread's cpu for more than
    /// such a share of a window: what they say, they say of him.
    ///
    /// # Errors
    /// None is left.
    pub fn of(mut rounds: Vec<Round>, others_max: f64) -> Result<Self, String> {
        let all = rounds.len();
        rounds.retain(|round| {
            Kind::ALL.iter().all(|kind| {
                let window = round.of(*kind);
                window.share(window.waited) <= others_max
            })
        });
        let left_out = all - rounds.len();
        let pool = |kind: Kind| {
            Window::pooled(rounds.iter().map(|round| round.of(kind)))?
                .ok_or_else(|| format!("no round is left of {all}: play longer, or leave out less"))
        };
        let [idle, stand_in, flood] = Kind::ALL.map(pool);
        Ok(Self { pools: [idle?, stand_in?, flood?], rounds, left_out })
    }

    /// The ratios of a percentile, one in each round.
    fn ratio(&self, share: f64, (of, to): (Kind, Kind)) -> Middle {
        let at = |round: &Round, kind| round.of(kind).quantile_ns(share);
        Middle::of(self.rounds.iter().map(|round| at(round, of) / at(round, to)))
    }

    /// Figures of all windows of each kind together.
    fn figures(&self) -> Vec<(String, [f64; 3])> {
        let of = |figure: &dyn Fn(&Window) -> f64| [0, 1, 2].map(|kind| figure(&self.pools[kind]));
        let windows = self.rounds.len() as f64;
        let mut rows: Vec<_> = SHARES
            .iter()
            .map(|(name, share)| (format!("{name}, ns"), of(&|pool| pool.quantile_ns(*share))))
            .collect();
        rows.push(("events per window".into(), of(&|pool| pool.events() as f64 / windows)));
        rows.push((
            "commands and notes per window".into(),
            of(&|pool| pool.commands as f64 / windows),
        ));
        rows.push(("requests answered a second".into(), of(&Window::answered_a_second)));
        rows.push(("answering, % of a cpu".into(), of(&|pool| pool.share(pool.answering) * 100.0)));
        rows.push((
            "hot thread without its cpu, %".into(),
            of(&|pool| pool.share(pool.waited) * 100.0),
        ));
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
            "\n\n{:<32}{:>10}{:>20}{:>20}\n",
            format!(
                "ratios in {} rounds of {}",
                self.rounds.len(),
                self.rounds.len() + self.left_out
            ),
            "median",
            "quartiles",
            "95 % interval"
        );
        for pair in PAIRS {
            for (name, share) in SHARES {
                let what = format!("{name}, {} / {}", pair.0.name(), pair.1.name());
                let middle = self.ratio(share, pair);
                let quartiles = format!("{:.3} to {:.3}", middle.lower, middle.upper);
                let interval = middle
                    .interval
                    .map_or_else(|| "–".to_owned(), |(from, to)| format!("{from:.3} to {to:.3}"));
                text +=
                    &format!("{what:<32}{:>10.3}{quartiles:>20}{interval:>20}\n", middle.median);
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
                    "what": name, "of": pair.0.name(), "to": pair.1.name(),
                    "median": middle.median, "quartiles": [middle.lower, middle.upper],
                    "interval_95": middle.interval.map(|(from, to)| [from, to]),
                })
            })
            .collect();
        let rounds: Vec<Value> = self
            .rounds
            .iter()
            .map(|round| {
                let of = |figure: &dyn Fn(&Window) -> f64| {
                    named(Kind::ALL.map(|kind| figure(round.of(kind))))
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
        json!({
            "figures": figures, "ratios": ratios, "rounds": rounds, "left_out": self.left_out,
        })
    }
}

/// Digits after the point: small figures need some.
fn digits(value: f64) -> usize {
    if value.abs() < 100.0 && value != 0.0 { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use std::time::Duration;

    /// A round whose windows have events of so many nanoseconds, and waited for so many milliseconds of
    /// a second.
    fn round(ns: [u64; 3], waited_ms: [u64; 3]) -> Round {
        Round([0, 1, 2].map(|at| {
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
    fn ratios_are_taken_within_rounds_and_not_between_them() {
        // The host is a hundred times slower in the second: the flood costs a tenth in both.
        let rounds =
            vec![round([900, 1_000, 1_100], [0; 3]), round([90_000, 100_000, 110_000], [0; 3])];
        let report = Report::of(rounds, 1.0).unwrap();
        let middle = report.ratio(0.999, (Kind::Flood, Kind::StandIn));
        assert!((middle.median - 1.1).abs() < 0.002, "{middle:?}");
        let told = report.json();
        assert_eq!(told["ratios"][2]["what"], "p99.9");
        assert_eq!(
            (&told["ratios"][2]["of"], &told["ratios"][2]["to"]),
            (&json!("flood"), &json!("stand-in"))
        );
        assert!((told["ratios"][2]["median"].as_f64().unwrap() - 1.1).abs() < 0.002);
    }

    #[test]
    fn a_round_in_which_others_had_the_cpu_says_nothing() {
        let rounds =
            || vec![round([1_000; 3], [0, 1, 0]), round([1_000, 1_000, 9_000], [0, 0, 50])];
        let report = Report::of(rounds(), 0.01).unwrap();
        assert_eq!((report.rounds.len(), report.left_out), (1, 1));
        assert_eq!(report.ratio(0.999, (Kind::Flood, Kind::Idle)).upper, 1.0);
        assert_eq!(Report::of(rounds(), 1.0).unwrap().left_out, 0);
        assert!(Report::of(rounds(), 0.0).unwrap_err().contains("of 2"));
    }
}
