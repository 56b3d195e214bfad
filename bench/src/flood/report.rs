//! What the rounds say, for people and for programs.

use super::order::Kind;
use super::rounds::Round;
use super::spread::Middle;
use super::window::Window;
use serde_json::{Value, json};

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
}

impl Report {
    /// Of these rounds.
    ///
    /// # Errors
    /// There are none.
    pub fn of(rounds: Vec<Round>) -> Result<Self, String> {
        let pool = |kind: Kind| {
            Window::pooled(rounds.iter().map(|round| round.of(kind)))?
                .ok_or_else(|| "the run was over before the first round was".to_owned())
        };
        let [idle, stand_in, flood] = Kind::ALL.map(pool);
        Ok(Self { pools: [idle?, stand_in?, flood?], rounds })
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
        let mut text = format!("{:<32}", "all windows as one");
        Kind::ALL.iter().for_each(|kind| text += &format!("{:>12}", kind.name()));
        for (what, values) in self.figures() {
            text += &format!("\n{what:<32}");
            values.iter().for_each(|value| text += &format!("{value:>12.*}", digits(*value)));
        }
        text += &format!(
            "\n\n{:<32}{:>10}{:>20}{:>20}\n",
            format!("ratios in {} rounds", self.rounds.len()),
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
                let of_share = |(name, share): &(&str, f64)| {
                    let ns = Kind::ALL.map(|kind| round.of(kind).quantile_ns(*share));
                    ((*name).to_owned(), named(ns))
                };
                Value::Object(SHARES.iter().map(of_share).collect())
            })
            .collect();
        json!({ "figures": figures, "ratios": ratios, "rounds": rounds })
    }
}

/// Digits after the point: small figures need some.
fn digits(value: f64) -> usize {
    if value.abs() < 100.0 && value != 0.0 { 2 } else { 0 }
}
