//! `trend` against the definition written out, and its exits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_model::{Decision, OrdType, Price, Regime, Side};

const PAIRS: [(&str, f64); 3] = [("fast_s", 5.0), ("slow_s", 20.0), ("entry", 0.5)];

/// Prints once a second, in the middle of it.
fn run(stage: &mut Stage, from: usize, prices: &[f64]) -> Vec<(usize, Decision)> {
    let mut all = Vec::new();
    for (step, value) in prices.iter().enumerate() {
        let second = from + step;
        let price = Price::from_f64_on_grid(*value, price("0.01")).unwrap();
        let decided = stage.at(second as f64 + 0.5).trade_at(SPOT, price);
        all.extend(decided.iter().map(|decision| (second, *decision)));
    }
    all
}

/// The trend of the prices sampled so far, by its definition.
fn trend(prices: &[f64]) -> f64 {
    let mean = |half_life: f64| {
        let weight = |age: usize| f64::exp2(-(age as f64) / half_life);
        let last = prices.len() - 1;
        let sum: f64 = prices.iter().enumerate().map(|(i, p)| weight(last - i) * p).sum();
        sum / (0..prices.len()).map(weight).sum::<f64>()
    };
    let returns: Vec<f64> = prices.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let weight = |age: usize| f64::exp2(-(age as f64) / 20.0);
    let last = returns.len() - 1;
    let squares: f64 = returns.iter().enumerate().map(|(i, r)| weight(last - i) * r * r).sum();
    let sigma = (squares / (0..returns.len()).map(weight).sum::<f64>()).sqrt();
    let (fast, slow) = (5.0 / std::f64::consts::LN_2, 20.0 / std::f64::consts::LN_2);
    let scale = (slow - fast) / (2.0 * (slow + fast)).sqrt();
    (mean(5.0) - mean(20.0)) / mean(20.0) / (sigma * scale)
}

fn rising(count: usize, step: f64) -> Vec<f64> {
    // A saw-tooth on a slope: volatility and drift.
    (0..count).map(|i| 80_000.0 + step * i as f64 + if i % 2 == 0 { 4.0 } else { -4.0 }).collect()
}

#[test]
fn a_rise_is_bought_with_the_trend_of_the_definition() {
    let prices = rising(40, 2.0);
    let mut stage = Stage::new("trend", &PAIRS, &event_table());
    let (second, decision) = run(&mut stage, 0, &prices)[0];
    // Thirty returns need 31 instants, and instant n is seen by the print after it.
    assert_eq!(second, 31);
    assert_eq!((decision.instrument, decision.side), (SPOT, Side::Buy));
    assert_eq!((decision.ord_type, decision.regime), (OrdType::Market, Regime::Bull));
    near(score(&decision), trend(&prices[..31]), 1e-6);
    assert!(decision.qty > qty("0.062") && decision.qty < qty("0.0625"), "5,000 USD");
}

#[test]
fn a_fall_is_sold_with_a_score_in_its_favour() {
    let prices = rising(40, -2.0);
    let mut stage = Stage::new("trend", &PAIRS, &event_table());
    let (_, decision) = run(&mut stage, 0, &prices)[0];
    assert_eq!((decision.side, decision.regime), (Side::Sell, Regime::Bear));
    near(score(&decision), -trend(&prices[..31]), 1e-6);
    assert!(decision.score > 0);
}

#[test]
fn noise_without_drift_is_left_alone() {
    let mut stage = Stage::new("trend", &PAIRS, &event_table());
    assert!(run(&mut stage, 0, &rising(200, 0.0)).is_empty());
}

#[test]
fn a_reversal_closes_and_the_other_side_may_open() {
    let up = rising(60, 2.0);
    let mut prices = up.clone();
    prices.extend(rising(60, -2.0).iter().map(|p| p + 120.0));
    let mut stage =
        Stage::new("trend", &[PAIRS[0], PAIRS[1], PAIRS[2], ("trail", 50.0)], &event_table());
    let all = run(&mut stage, 0, &prices);
    assert_eq!(all.len(), 3, "{all:?}");
    let sides: Vec<_> = all.iter().map(|(_, decision)| decision.side).collect();
    assert_eq!(sides, [Side::Buy, Side::Sell, Side::Sell]);
    assert_eq!(all[1].1.qty, all[0].1.qty, "all of it");
    let (closed, _) = all[1];
    assert!(trend(&prices[..closed]) < 0.0 && trend(&prices[..closed - 1]) >= 0.0, "{closed}");
}

#[test]
fn the_trailing_stop_is_measured_from_the_best_price() {
    // Up to 120 above the start (or down as far), then back by so much from there.
    let closed = |sign: f64, back: f64| {
        let mut prices = rising(60, 2.0 * sign);
        prices.extend([80_000.0 + sign * (120.0 - back); 2]);
        let pairs = [PAIRS[0], PAIRS[1], PAIRS[2], ("exit", -10.0), ("trail", 1.0)];
        let mut stage = Stage::new("trend", &pairs, &event_table());
        let all = run(&mut stage, 0, &prices);
        assert_eq!(all[0].1.side, if sign > 0.0 { Side::Buy } else { Side::Sell });
        all.len() > 1
    };
    // Steps of +10 and −6: σ = 8.2 USD. With a step of 90 among some 29 effective ones 18.6 USD,
    // and over √20 s a stop 83 USD away; with a step of 20 it is 41 away.
    for sign in [1.0, -1.0] {
        assert!(!closed(sign, 20.0), "{sign}");
        assert!(closed(sign, 90.0), "{sign}");
    }
}

#[test]
fn silence_forgets_the_averages() {
    let prices = rising(31, 2.0);
    let mut stage = Stage::new("trend", &PAIRS, &event_table());
    assert!(run(&mut stage, 0, &prices).is_empty());
    assert!(run(&mut stage, 70, &rising(30, 2.0)).is_empty(), "warms up again");
    let mut gapped = Stage::new("trend", &PAIRS, &event_table());
    run(&mut gapped, 0, &prices);
    gapped.gap(SPOT);
    // Without the gap it would trade at second 31; so it learns anew from the first print on.
    let after = run(&mut gapped, 31, &rising(40, 2.0));
    assert_eq!(after[0].0, 31 + 31);
}

#[test]
fn a_position_whose_trend_was_lost_is_closed() {
    let mut stage = Stage::new("trend", &PAIRS, &event_table());
    run(&mut stage, 0, &rising(40, 2.0));
    let held = stage.position(SPOT);
    assert!(held.is_positive());
    // The next print comes half an hour later: the drift of then is no reason now.
    let decision = only(&stage.at(1840.0).trade(SPOT, "80100"));
    assert_eq!((decision.side, decision.qty, decision.score), (Side::Sell, held, 0));
    assert_eq!(decision.regime, Regime::Unknown);
    assert!(stage.position(SPOT).is_zero());
    assert!(stage.at(1841.5).trade(SPOT, "80100").is_empty());
}

#[test]
fn the_symbol_decides_what_is_traded() {
    let mut stage = Stage::new("trend", &PAIRS, &book_table());
    for (second, value) in rising(40, 2.0).iter().enumerate() {
        let (bid, ask) = (format!("{:.1}", value - 0.1), format!("{:.1}", value + 0.1));
        stage.at(second as f64 + 0.5).book(SPOT, (&bid, "1"), (&ask, "1"));
    }
    let decision = stage.decisions[0];
    assert_eq!((decision.instrument, decision.side), (SPOT, Side::Buy));
    assert!(decision.qty.is_on(qty("0.001")));
    let mut params = params(&PAIRS);
    params.insert("symbol".into(), royale_strategies::ParamValue::Text("ETHUSDT".into()));
    let error = royale_strategies::build("trend", &params, &book_table()).unwrap_err().to_string();
    assert_eq!(
        error,
        "`trend` finds no `ETHUSDT` among the instruments; set `symbol` to one of the battle's \
         instruments, or leave it empty"
    );
}

#[test]
fn contradictions_are_refused() {
    let error = royale_strategies::build("trend", &params(&[("fast_s", 240.0)]), &event_table());
    assert_eq!(
        error.unwrap_err().to_string(),
        "`trend`: parameter `fast_s` must be below `slow_s`"
    );
}
