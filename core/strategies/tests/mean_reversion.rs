//! `mean-reversion`: bands and RSI by hand on four bars, and every way out.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_model::{Decision, OrdType, Regime, Side};

const PAIRS: [(&str, f64); 9] = [
    ("bar_s", 5.0),
    ("window", 4.0),
    ("rsi_window", 3.0),
    ("z_entry", 1.7),
    ("trend_fast_s", 1.0),
    ("trend_slow_s", 2.0),
    ("trend_max", 100.0),
    ("hold_s", 60.0),
    ("cooldown_s", 0.0),
];

fn stage(pairs: &[(&str, f64)]) -> Stage {
    let mut all = PAIRS.to_vec();
    all.retain(|(name, _)| !pairs.iter().any(|(other, _)| other == name));
    all.extend_from_slice(pairs);
    Stage::new("mean-reversion", &all, &event_table())
}

/// Prints at every second from one to before another.
fn prints(stage: &mut Stage, from: i64, to: i64, at: &str) -> Vec<Decision> {
    (from..to).flat_map(|second| stage.at(second as f64).trade(SPOT, at)).collect()
}

/// Closes of 100, 100, 100 and then one of `last`: mean 100 ∓ 1, deviation √3, z = ∓√3.
fn fallen(stage: &mut Stage, last: &str) -> Vec<Decision> {
    assert!(prints(stage, 0, 45, "100").is_empty());
    assert!(prints(stage, 45, 50, last).is_empty(), "the bar is not closed");
    stage.at(50.0).trade(SPOT, last)
}

#[test]
fn what_fell_is_bought() {
    let decision = only(&fallen(&mut stage(&[]), "96"));
    assert_eq!((decision.instrument, decision.side), (SPOT, Side::Buy));
    assert_eq!((decision.ord_type, decision.regime), (OrdType::Market, Regime::Sideways));
    near(score(&decision), 3_f64.sqrt(), 1e-6);
    assert_eq!(decision.attributions()[1].value, 0.0, "RSI of a fall alone");
    // 5,000 / 96 = 52.08333333.
    assert_eq!(decision.qty, qty("52.08333333"));
}

#[test]
fn what_rose_is_sold() {
    let decision = only(&fallen(&mut stage(&[]), "104"));
    assert_eq!(decision.side, Side::Sell);
    near(score(&decision), 3_f64.sqrt(), 1e-6);
    assert_eq!(decision.attributions()[1].value, 100.0);
}

#[test]
fn both_have_to_agree() {
    // √3 = 1.7320508.
    assert!(fallen(&mut stage(&[("z_entry", 1.7321)]), "96").is_empty());
    assert_eq!(fallen(&mut stage(&[("z_entry", 1.732)]), "96").len(), 1);
    // Closes 96, 100, 100, 96: z = −1. Wilder over three changes: gains 4/3, then 8/9, 16/27 after
    // the fall; losses 4/3 after it: RSI = 100 · 0.59259 / 1.92593 = 30.77.
    let bought = |rsi_low: f64| {
        let mut stage = stage(&[("z_entry", 0.9), ("rsi_low", rsi_low)]);
        // The rise before is sold, but nothing fills: it stays flat.
        stage.fills = Fills::Never;
        prints(&mut stage, 0, 35, "96");
        prints(&mut stage, 35, 45, "100");
        prints(&mut stage, 45, 51, "96").iter().filter(|d| d.side == Side::Buy).count()
    };
    assert_eq!((bought(30.7), bought(30.8)), (0, 1));
    // The mirror image: an RSI of 69.23.
    let sold = |rsi_low: f64| {
        let mut stage = stage(&[("z_entry", 0.9), ("rsi_low", rsi_low)]);
        stage.fills = Fills::Never;
        prints(&mut stage, 0, 35, "104");
        prints(&mut stage, 35, 45, "100");
        prints(&mut stage, 45, 51, "104").iter().filter(|d| d.side == Side::Sell).count()
    };
    assert_eq!((sold(30.7), sold(30.8)), (0, 1));
}

#[test]
fn a_trending_regime_is_stood_aside() {
    // Ten seconds of calm after the fall leave a trend of some deviations.
    assert!(fallen(&mut stage(&[("trend_max", 0.1)]), "96").is_empty());
}

#[test]
fn an_unknown_regime_is_stood_aside() {
    // The gauge is warm after its slow half-life of 600 s only.
    assert!(fallen(&mut stage(&[("trend_slow_s", 600.0)]), "96").is_empty());
}

#[test]
fn it_leaves_at_the_mean_when_a_bar_closes_there() {
    let mut stage = stage(&[]);
    fallen(&mut stage, "96");
    // Closes 100, 100, 96, 100 → the last is above the mean 99.
    assert!(prints(&mut stage, 51, 55, "100").is_empty());
    let decision = only(&prints(&mut stage, 55, 56, "100"));
    assert_eq!((decision.side, decision.qty), (Side::Sell, qty("52.08333333")));
    assert!(stage.position(SPOT).is_zero());
}

#[test]
fn near_the_mean_may_be_enough() {
    // Closes 100, 100, 96, 98: mean 98.5, deviation 1.658, z = −0.3015.
    let left = |z_exit: f64| {
        let mut stage = stage(&[("z_exit", z_exit)]);
        fallen(&mut stage, "96");
        prints(&mut stage, 51, 56, "98").len()
    };
    assert_eq!((left(0.30), left(0.31)), (0, 1));
}

#[test]
fn it_leaves_at_a_loss_of_two_deviations() {
    // Bought at 96, deviation √3: the stop is 3.4641 below.
    let after = |at: &str| {
        let mut stage = stage(&[]);
        fallen(&mut stage, "96");
        stage.at(52.0).trade(SPOT, at).len()
    };
    assert_eq!((after("92.54"), after("92.53")), (0, 1));
    // Sold at 104: the stop is above.
    let after = |at: &str| {
        let mut stage = stage(&[]);
        fallen(&mut stage, "104");
        stage.at(52.0).trade(SPOT, at).len()
    };
    assert_eq!((after("107.46"), after("107.47")), (0, 1));
}

#[test]
fn it_leaves_after_its_time() {
    let mut stage = stage(&[("hold_s", 3.0), ("z_exit", -10.0)]);
    fallen(&mut stage, "96");
    assert!(stage.at(52.999_999_999).trade(SPOT, "96").is_empty());
    assert_eq!(only(&stage.at(53.0).trade(SPOT, "96")).side, Side::Sell);
}

#[test]
fn silence_forgets_the_bars() {
    let mut stage = stage(&[]);
    prints(&mut stage, 0, 45, "100");
    stage.at(80.0).trade(SPOT, "96");
    assert!(prints(&mut stage, 80, 100, "96").is_empty());
}
