//! The validation gate: what a season must show before a strategy may hold capital.
//!
//! Owns the four bounds and the words when one is missed. Must never compute a figure: they are those of
//! the leaderboard and of `royale-quant`. A figure that is not defined meets no bound.

use crate::metrics::MetricsRow;
use crate::text::share;
use royale_quant::metrics::{SharpeEvidence, expected_max_sharpe, probabilistic_sharpe};
use serde::Serialize;

/// Round trips, at least.
pub const TRADES_MIN: u64 = 100;
/// Share of them that are won, at least.
pub const WIN_RATE_MIN: f64 = 0.45;
/// Sharpe ratio, scaled as on the leaderboard, at least.
pub const SHARPE_MIN: f64 = 1.0;

/// A Sharpe ratio less what luck gives the best of several tries.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct DeflatedSharpe {
    /// Tries that it is held to be the best of.
    pub trials: u64,
    /// The best Sharpe ratio to expect from so many tries without skill, over as many seconds.
    pub by_luck: f64,
    /// The measured ratio less that; both scaled as on the leaderboard.
    pub excess: f64,
    /// Probability that the true ratio is above `by_luck`: Bailey and López de Prado's figure of the
    /// same name. More than a half exactly where the excess is more than 0.
    pub probability: Option<f64>,
}

impl DeflatedSharpe {
    /// From what is known of the ratio per period, scaled by the root of `periods`; `None` for less
    /// than two periods or no trial.
    pub(crate) fn new(evidence: &SharpeEvidence, trials: u64, periods: f64) -> Option<Self> {
        // Without skill the estimate's own spread is all that sets the tries apart.
        let spread = 1.0 / evidence.periods.checked_sub(1).filter(|&rest| rest > 0)? as f64;
        let by_luck = expected_max_sharpe(spread, trials)?;
        let scale = periods.sqrt();
        Some(Self {
            trials,
            by_luck: by_luck * scale,
            excess: (evidence.sharpe - by_luck) * scale,
            probability: probabilistic_sharpe(evidence, by_luck),
        })
    }
}

/// One bound of the gate.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GateRow {
    /// Which figure.
    pub figure: &'static str,
    /// Its value as text; `n/a` where it is not defined.
    pub value: String,
    /// The bound as text.
    pub bound: String,
    /// True when it is met.
    pub is_met: bool,
    /// Why not; empty when it is.
    pub why: String,
}

/// Holds a season against the bounds, in this order: trades, win rate, Sharpe, deflated Sharpe.
pub fn gate(metrics: &MetricsRow, deflated: Option<&DeflatedSharpe>) -> [GateRow; 4] {
    let ratio = |value: f64| format!("{value:.2}");
    let sharpe_missing = "n/a: less than five minutes of equity, or fewer than twenty seconds in which \
                          it moved";
    let excess = deflated.map(|deflated| deflated.excess);
    let trades = metrics.trades;
    [
        row("trades", Some(trades), trades >= TRADES_MIN, ("at least", TRADES_MIN), |trades| {
            trades.to_string()
        })
        .because("too few round trips to tell skill from luck"),
        row(
            "win rate",
            metrics.win_rate,
            metrics.win_rate.is_some_and(|rate| rate >= WIN_RATE_MIN),
            ("at least", WIN_RATE_MIN),
            share,
        )
        .because(if trades == 0 {
            "n/a: no round trip"
        } else {
            "too few of its round trips are won"
        }),
        row(
            "Sharpe",
            metrics.sharpe,
            metrics.sharpe.is_some_and(|sharpe| sharpe >= SHARPE_MIN),
            ("at least", SHARPE_MIN),
            ratio,
        )
        .because(metrics.sharpe.map_or(sharpe_missing, |_| "too little return for its spread")),
        row(
            "deflated Sharpe",
            excess,
            excess.is_some_and(|excess| excess > 0.0),
            ("more than", 0.0),
            ratio,
        )
        .because(match deflated {
            None => sharpe_missing.to_owned(),
            Some(DeflatedSharpe { trials, by_luck, .. }) => {
                format!("the best of {trials} tries without skill would show {by_luck:.2} by luck")
            }
        }),
    ]
}

fn row<T>(
    figure: &'static str,
    value: Option<T>,
    is_met: bool,
    (words, bound): (&str, T),
    text: impl Fn(T) -> String,
) -> GateRow {
    let bound = format!("{words} {}", text(bound));
    let value = value.map_or_else(|| "n/a".to_owned(), text);
    GateRow { figure, value, bound, is_met, why: String::new() }
}

impl GateRow {
    fn because(mut self, why: impl Into<String>) -> Self {
        if !self.is_met {
            self.why = why.into();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A season that meets every bound exactly.
    fn just() -> MetricsRow {
        MetricsRow {
            samples: 10_000,
            trades: 100,
            wins: 45,
            win_rate: Some(0.45),
            sharpe: Some(1.0),
            ..MetricsRow::default()
        }
    }
    fn excess(excess: f64) -> Option<DeflatedSharpe> {
        Some(DeflatedSharpe { trials: 10, by_luck: 0.9, excess, probability: Some(0.5) })
    }
    fn met(metrics: &MetricsRow, deflated: Option<DeflatedSharpe>) -> [bool; 4] {
        gate(metrics, deflated.as_ref()).map(|row| row.is_met)
    }

    #[test]
    fn each_bound_refuses_by_itself_and_only_what_is_beyond_it() {
        let good = excess(1e-9);
        assert_eq!(met(&just(), good), [true; 4]);
        let fewer = MetricsRow { trades: 99, ..just() };
        assert_eq!(met(&fewer, good), [false, true, true, true]);
        let loses = MetricsRow { win_rate: Some(44.0 / 98.0), ..just() };
        assert_eq!(met(&loses, good), [true, false, true, true]);
        let flat = MetricsRow { sharpe: Some(0.999_999), ..just() };
        assert_eq!(met(&flat, good), [true, true, false, true]);
        assert_eq!(met(&just(), excess(0.0)), [true, true, true, false], "more than 0, not 0");
    }

    #[test]
    fn what_is_not_defined_is_refused_with_its_reason() {
        assert_eq!(met(&MetricsRow::default(), None), [false; 4]);
        let rows = gate(&MetricsRow::default(), None);
        assert!(rows.iter().all(|row| !row.why.is_empty()), "{rows:?}");
        assert_eq!((rows[1].value.as_str(), rows[1].bound.as_str()), ("n/a", "at least 45.0 %"));
        let [_, _, _, luck] = gate(&just(), excess(-0.5).as_ref());
        assert!(luck.why.contains("best of 10") && luck.why.contains("0.90"), "{luck:?}");
    }

    #[test]
    fn luck_grows_with_the_tries_and_shrinks_with_the_time() {
        let evidence =
            |sharpe, periods| SharpeEvidence { sharpe, periods, skewness: 0.0, kurtosis: 3.0 };
        let deflated = |sharpe, periods, trials| {
            DeflatedSharpe::new(&evidence(sharpe, periods), trials, 86_400.0).unwrap()
        };
        // One try is not the best of several: nothing is taken off.
        let single = deflated(0.01, 8_101, 1);
        assert_eq!((single.by_luck, single.excess), (0.0, 0.01 * 86_400_f64.sqrt()));
        // The best of ten standard normal draws is 1.54 on average; their formula gives 1.57.
        let ten = deflated(0.01, 8_101, 10);
        assert!((ten.by_luck / (86_400.0_f64 / 8_100.0).sqrt() - 1.5746).abs() < 1e-3, "{ten:?}");
        assert!(deflated(0.01, 8_101, 100).by_luck > ten.by_luck);
        assert!(deflated(0.01, 86_401, 10).by_luck < ten.by_luck);
        // The two ways to put the question have one answer.
        for sharpe in [-0.01, 0.005, 0.017, 0.018, 0.05] {
            let found = deflated(sharpe, 8_101, 10);
            assert_eq!(found.excess > 0.0, found.probability.unwrap() > 0.5, "{found:?}");
        }
        assert_eq!(DeflatedSharpe::new(&evidence(1.0, 1), 10, 86_400.0), None);
        assert_eq!(DeflatedSharpe::new(&evidence(1.0, 100), 0, 86_400.0), None);
    }
}
