//! `imbalance`: trades only when what was learnt pays for spread and fees.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_model::{Decision, FeeKind, Fees, OrdType, Side, TimeInForce};

const PAIRS: [(&str, f64); 3] = [("horizon_s", 1.0), ("prior_weight", 0.0), ("cooldown_s", 0.0)];

fn book(stage: &mut Stage, bid: f64, (bid_qty, ask_qty): (&str, &str)) -> Vec<Decision> {
    let (bid, ask) = (format!("{bid:.1}"), format!("{:.1}", bid + 0.1));
    stage.book(SPOT, (&bid, bid_qty), (&ask, ask_qty))
}

/// A bid of 90 against an ask of 10, moving by `step` each second.
fn march(stage: &mut Stage, step: f64, sizes: (&str, &str), seconds: i64) -> Vec<(i64, Decision)> {
    let mut all = Vec::new();
    for second in 0..seconds {
        let decided = book(stage.at(second as f64 + 0.5), 100.0 + step * second as f64, sizes);
        all.extend(decided.iter().map(|decision| (second, *decision)));
    }
    all
}

#[test]
fn a_signal_that_has_paid_is_bought() {
    let mut stage = Stage::new("imbalance", &PAIRS, &book_table());
    let (second, decision) = march(&mut stage, 1.0, ("90", "10"), 6)[0];
    // Signals from second 1 on; sampled at instants 2 and 3: the first pair is known at second 3.
    assert_eq!(second, 3);
    assert_eq!((decision.side, decision.ord_type), (Side::Buy, OrdType::Limit));
    assert_eq!(decision.time_in_force, TimeInForce::ImmediateOrCancel);
    // The ask at second 3, all ten of it: 5,000 USD would buy 48.
    assert_eq!((decision.price, decision.qty), (price("103.1"), qty("10")));
    // Book (90 − 10)/100 = 0.8. Flow 100 an event (90 more bid, 10 no longer asked), fading by
    // 2^(−1/5) = 0.87055 a second, over half the depth of 100: 2, then 3.7411, then 5.2568; that
    // is x/(1 + x) = 0.66667, 0.78908, 0.84017. Signals 0.73333, 0.79454, 0.82009.
    // The first was followed by a move of 1: worth 1.36364; × 0.82009 − the spread of 0.1.
    near(score(&decision), 1.018_30, 1e-5);
    assert_eq!(decision.confidence_bp, 9100);
    let parts: Vec<f64> =
        decision.attributions().iter().map(|a| a.contribution as f64 * 1e-9).collect();
    near(parts[0], 0.545_45, 1e-5);
    near(parts[1], 0.572_84, 1e-5);
    near(parts[2], -0.1, 1e-6);
}

#[test]
fn the_mirror_image_is_sold() {
    let mut stage = Stage::new("imbalance", &PAIRS, &book_table());
    let (second, decision) = march(&mut stage, -1.0, ("10", "90"), 6)[0];
    assert_eq!((second, decision.side, decision.price), (3, Side::Sell, price("97")));
    near(score(&decision), 1.018_30, 1e-5);
}

#[test]
fn a_signal_that_has_lost_is_not_followed() {
    // Much is bid and the price falls: the worth is negative, and it does not bet against itself.
    let mut stage = Stage::new("imbalance", &PAIRS, &book_table());
    assert!(march(&mut stage, -0.2, ("90", "10"), 60).is_empty());
}

#[test]
fn fees_both_ways_are_paid_first() {
    let with_fee = |rate: i64| {
        let mut table = book_table();
        table[0].fees = Fees::new(FeeKind::Proportional, 0, rate);
        march(&mut Stage::new("imbalance", &PAIRS, &table), 1.0, ("90", "10"), 4).len()
    };
    // The gain is 1.0183; two fees on 103.1 eat it from 0.49384 % on.
    assert_eq!((with_fee(4_938_000), with_fee(4_939_000)), (1, 0));
}

#[test]
fn the_prior_alone_never_pays_the_spread() {
    let pairs = [("prior_weight", 1e6), ("cooldown_s", 0.0)];
    let mut stage = Stage::new("imbalance", &pairs, &book_table());
    assert!(march(&mut stage, 0.0, ("1000", "1"), 60).is_empty());
}

#[test]
fn it_leaves_after_its_time_at_the_bid() {
    let mut stage = Stage::new("imbalance", &PAIRS, &book_table());
    march(&mut stage, 1.0, ("90", "10"), 4);
    assert_eq!(stage.position(SPOT), qty("10"));
    assert!(book(stage.at(13.499_999_999), 103.0, ("90", "10")).is_empty());
    let decision = only(&book(stage.at(13.5), 103.0, ("90", "10")));
    assert_eq!((decision.side, decision.price), (Side::Sell, price("103")));
    assert_eq!(decision.qty, qty("10"));
}

#[test]
fn it_leaves_when_the_signal_turns() {
    let mut stage = Stage::new("imbalance", &PAIRS, &book_table());
    march(&mut stage, 1.0, ("90", "10"), 4);
    // Ten bid against ninety asked: −0.4 by the book, but what arrived fades slowly: 262.8 · 0.8123
    // − 160 = 53.5 over 50 is 1.07, 0.26 by the flow. A signal of −0.14 is no turn.
    assert!(book(stage.at(5.0), 103.0, ("10", "90")).is_empty());
    // A lower bid against much asked: both parts turn.
    let decision = only(&book(stage.at(5.5), 100.0, ("10", "900")));
    assert_eq!(decision.side, Side::Sell);
}

#[test]
fn on_event_contracts_it_finds_the_live_one_and_learns_each_anew() {
    let pairs = [("horizon_s", 1.0), ("prior_weight", 0.0), ("close_min_s", 0.0)];
    let mut stage = Stage::new("imbalance", &pairs, &event_table());
    let at = |stage: &mut Stage, second: i64, id, bid: i64| {
        let (bid, ask) = (format!("0.{bid:03}"), format!("0.{:03}", bid + 1));
        stage.at(second as f64 + 0.5).book(id, (&bid, "900"), (&ask, "100"))
    };
    // Three cents a second: 0.06 and more of worth against 0.0351 of fees both ways.
    for (second, bid) in (0..3).zip([300, 350, 400]) {
        assert!(at(&mut stage, second, FIRST, bid).is_empty());
        assert!(at(&mut stage, second, SECOND, 300).is_empty());
    }
    let decision = only(&at(&mut stage, 3, FIRST, 450));
    assert_eq!((decision.instrument, decision.side), (FIRST, Side::Buy));
    assert_eq!(decision.qty, qty("100"), "what is offered, below the 400 of an order");
    for (second, bid) in (900..903).zip([300, 350, 400]) {
        assert!(at(&mut stage, second, SECOND, bid).is_empty(), "nothing is known of it yet");
    }
    assert_eq!(only(&at(&mut stage, 903, SECOND, 450)).instrument, SECOND);
}

#[test]
fn it_is_flat_before_the_close() {
    let pairs =
        [("horizon_s", 1.0), ("prior_weight", 0.0), ("close_min_s", 60.0), ("hold_s", 10.0)];
    let at = |stage: &mut Stage, millis: i64, bid: i64| {
        let (bid, ask) = (format!("0.{bid:03}"), format!("0.{:03}", bid + 1));
        stage.at(millis as f64 * 1e-3).book(FIRST, (&bid, "900"), (&ask, "100"))
    };
    // Seventy seconds before the close there is time to hold and to leave; then no more.
    for (last, decisions) in [(830_000, 1), (830_001, 0)] {
        let mut stage = Stage::new("imbalance", &pairs, &event_table());
        for (back, bid) in [(3000, 300), (2000, 350), (1000, 400)] {
            at(&mut stage, last - back, bid);
        }
        assert_eq!(at(&mut stage, last, 450).len(), decisions);
    }
}
