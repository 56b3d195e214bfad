//! `event-momentum` at its thresholds, to the last digit.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_model::{Decision, Instrument, OrdType, Price, Side, TimeInForce};

/// Contracts whose odds can be quoted to seven digits.
fn fine_table() -> Vec<Instrument> {
    let mut table = event_table();
    for contract in &mut table[1..] {
        contract.tick = price("0.0000001");
    }
    table
}

fn stage(pairs: &[(&str, f64)]) -> Stage {
    let mut stage = Stage::new("event-momentum", pairs, &fine_table());
    stage.at(0.0).trade(SPOT, "80000");
    stage
}

/// A book around the odds: 0.001 to either side.
fn odds(stage: &mut Stage, mid: &str) -> Vec<Decision> {
    let (mid, side) = (price(mid), price("0.001"));
    let bid = Price::from_raw(mid.raw() - side.raw()).to_string();
    let ask = Price::from_raw(mid.raw() + side.raw()).to_string();
    stage.book(FIRST, (&bid, "10"), (&ask, "10"))
}

/// Odds that stand for a minute, so that the window is full, then shift.
fn shifted(pairs: &[(&str, f64)], from: &str, to: &str) -> Vec<Decision> {
    let mut stage = stage(pairs);
    for second in [0.0, 20.0, 40.0] {
        assert!(odds(stage.at(second), from).is_empty());
    }
    odds(stage.at(60.25), to)
}

#[test]
fn at_seventy_percent_nothing_and_just_above_it_a_purchase() {
    assert!(odds(&mut stage(&[]), "0.70").is_empty());
    let decision = only(&odds(&mut stage(&[]), "0.7000001"));
    assert_eq!((decision.instrument, decision.side), (SPOT, Side::Buy));
    assert_eq!(decision.ord_type, OrdType::Market);
    assert_eq!(decision.time_in_force, TimeInForce::ImmediateOrCancel);
    // 5,000 USD at 80,000.
    assert_eq!(decision.qty, qty("0.0625"));
    near(score(&decision), 1e-7, 1e-9);
}

#[test]
fn at_thirty_percent_nothing_and_just_below_it_a_sale() {
    assert!(odds(&mut stage(&[]), "0.30").is_empty());
    let decision = only(&odds(&mut stage(&[]), "0.2999999"));
    assert_eq!((decision.instrument, decision.side), (SPOT, Side::Sell));
    near(score(&decision), 1e-7, 1e-9);
}

#[test]
fn a_shift_of_fifteen_points_trades_and_a_millionth_less_does_not() {
    let decision = only(&shifted(&[], "0.50", "0.65"));
    assert_eq!(decision.side, Side::Buy);
    near(score(&decision), 0.15, 1e-9);
    assert_eq!(decision.confidence_bp, 5750);
    assert!(shifted(&[], "0.50", "0.6499999").is_empty());
    let decision = only(&shifted(&[], "0.50", "0.35"));
    assert_eq!(decision.side, Side::Sell);
    near(score(&decision), 0.15, 1e-9);
    assert!(shifted(&[], "0.50", "0.3500001").is_empty());
}

#[test]
fn both_thresholds_are_parameters() {
    assert_eq!(shifted(&[("shift_min", 0.1)], "0.50", "0.60").len(), 1);
    assert!(shifted(&[("shift_min", 0.1)], "0.50", "0.5999999").is_empty());
    assert!(odds(&mut stage(&[("level_min", 0.8)]), "0.80").is_empty());
    assert_eq!(odds(&mut stage(&[("level_min", 0.8)]), "0.8000001").len(), 1);
    assert!(odds(&mut stage(&[("level_min", 0.8)]), "0.20").is_empty());
    assert_eq!(odds(&mut stage(&[("level_min", 0.8)]), "0.1999999").len(), 1);
}

#[test]
fn a_shift_needs_a_full_window() {
    let mut stage = stage(&[]);
    for second in [0.0, 20.0, 40.0] {
        odds(stage.at(second), "0.50");
    }
    // At 60.249 the window begins before the first instant at which odds were known (0.25).
    assert!(odds(stage.at(60.249), "0.65").is_empty());
    assert_eq!(odds(stage.at(60.25), "0.65").len(), 1);
}

#[test]
fn a_shift_is_measured_over_the_window_and_not_longer() {
    let mut stage = stage(&[]);
    odds(stage.at(0.0), "0.50");
    odds(stage.at(20.0), "0.58");
    for second in [40.0, 60.0, 80.0] {
        assert!(odds(stage.at(second), "0.58").is_empty());
    }
    // 0.66 is 16 points above the start, but only 8 above a minute ago.
    assert!(odds(stage.at(81.0), "0.66").is_empty());
}

#[test]
fn it_leaves_after_its_time() {
    let mut stage = stage(&[("hold_s", 100.0)]);
    odds(stage.at(1.0), "0.71");
    assert_eq!(stage.position(SPOT), qty("0.0625"));
    assert!(stage.at(100.999_999_999).trade(SPOT, "80000").is_empty());
    let decision = only(&stage.at(101.0).trade(SPOT, "80000"));
    assert_eq!((decision.side, decision.qty), (Side::Sell, qty("0.0625")));
    assert!(stage.position(SPOT).is_zero());
}

#[test]
fn it_leaves_when_the_odds_come_back() {
    let mut long = stage(&[]);
    odds(long.at(1.0), "0.75");
    assert!(odds(long.at(3.0), "0.7000001").is_empty());
    assert_eq!(only(&odds(long.at(4.0), "0.70")).side, Side::Sell);
    let mut short = stage(&[]);
    odds(short.at(1.0), "0.25");
    assert!(odds(short.at(3.0), "0.2999999").is_empty());
    assert_eq!(only(&odds(short.at(4.0), "0.30")).side, Side::Buy);
}

#[test]
fn it_leaves_at_its_stop_on_the_side_that_loses() {
    let after = |first: &str, spot: &str| {
        let mut stage = stage(&[]);
        odds(stage.at(1.0), first);
        stage.at(3.0).trade(SPOT, spot).len()
    };
    // 20 bp of 80,000 are 160.
    assert_eq!((after("0.75", "79841"), after("0.75", "79839")), (0, 1));
    assert_eq!((after("0.25", "80159"), after("0.25", "80161")), (0, 1));
    assert_eq!((after("0.75", "80500"), after("0.25", "79500")), (0, 0), "gains are not stopped");
}

#[test]
fn one_crossing_is_one_trade() {
    let mut stage = stage(&[("hold_s", 10.0), ("cooldown_s", 0.0)]);
    odds(stage.at(1.0), "0.75");
    assert_eq!(stage.at(11.0).trade(SPOT, "80000").len(), 1, "it leaves");
    assert!(odds(stage.at(12.0), "0.75").is_empty(), "the odds have not been back");
    assert!(odds(stage.at(13.0), "0.70").is_empty(), "now they have");
    assert_eq!(only(&odds(stage.at(14.0), "0.72")).side, Side::Buy);
}

#[test]
fn it_leaves_with_the_contract_that_it_came_for() {
    let mut stage = stage(&[("hold_s", 3000.0)]);
    stage.at(898.0).trade(SPOT, "80000");
    odds(&mut stage, "0.75");
    assert!(stage.at(899.9).trade(SPOT, "80000").is_empty());
    assert_eq!(only(&stage.at(900.0).trade(SPOT, "80000")).side, Side::Sell);
}

#[test]
fn odds_of_a_wide_one_sided_or_gapped_book_are_none() {
    let mut stage = stage(&[]);
    assert!(stage.book(FIRST, ("0.70", "10"), ("0.8000001", "10")).is_empty(), "wider than 0.10");
    assert!(stage.book(FIRST, ("0.75", "10"), ("0.76", "0")).is_empty(), "nothing is asked");
    stage.gap(FIRST);
    assert!(stage.trade(SPOT, "80000").is_empty());
    assert_eq!(stage.book(FIRST, ("0.70", "10"), ("0.80", "10")).len(), 1);
}

#[test]
fn a_source_of_odds_without_a_book_will_do() {
    let mut stage = stage(&[]);
    assert!(stage.odds(FIRST, "0.69", "0.71").is_empty());
    assert_eq!(stage.odds(FIRST, "0.70", "0.71").len(), 1);
}
