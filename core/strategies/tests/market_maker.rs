//! `market-maker`: quotes by hand, their replacement, and what pulls them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_model::{
    Action, Decision, ExecType, FeeKind, Fees, Instrument, Side, SlotId, TimeInForce,
};

/// Without model and risk aversion: the microprice plus and minus 1/k = 0.01.
const PLAIN: [(&str, f64); 2] = [("model_weight", 0.0), ("gamma", 0.0)];

fn stage_of(pairs: &[(&str, f64)], table: &[Instrument]) -> Stage {
    let mut all = PLAIN.to_vec();
    all.retain(|(name, _)| !pairs.iter().any(|(other, _)| other == name));
    all.extend_from_slice(pairs);
    let mut stage = Stage::new("market-maker", &all, table);
    stage.at(300.0);
    stage
}

fn stage(pairs: &[(&str, f64)]) -> Stage {
    stage_of(pairs, &event_table())
}

fn even(stage: &mut Stage) -> Vec<Decision> {
    stage.book(FIRST, ("0.50", "100"), ("0.52", "100"))
}

/// Bid and ask of two new quotes.
fn prices(decisions: &[Decision]) -> (String, String) {
    assert_eq!(decisions.len(), 2, "{decisions:?}");
    assert!(decisions.iter().all(|d| d.action == Action::Submit));
    assert_eq!((decisions[0].side, decisions[1].side), (Side::Buy, Side::Sell));
    (decisions[0].price.to_string(), decisions[1].price.to_string())
}

fn pair(bid: &str, ask: &str) -> (String, String) {
    (bid.to_owned(), ask.to_owned())
}

/// Fills whatever rests on a side.
fn fill(stage: &mut Stage, side: Side) {
    let order = *stage.portfolio.open_orders().iter().find(|order| order.side == side).unwrap();
    stage.report(FIRST, order.id, ExecType::Trade, true, order.price, order.remaining);
}

#[test]
fn quotes_stand_a_fill_edge_from_the_microprice() {
    let mut stage = stage(&[]);
    let quotes = even(&mut stage);
    assert_eq!(prices(&quotes), pair("0.5", "0.52"));
    for quote in &quotes {
        assert_eq!((quote.instrument, quote.qty), (FIRST, qty("100")));
        assert_eq!(quote.time_in_force, TimeInForce::PostOnly);
        assert_eq!(quote.slot, SlotId(3));
        near(score(quote), 0.01, 1e-9);
    }
}

#[test]
fn the_microprice_leans_to_the_thin_side() {
    // 0.50 + 0.02 · 300/400 = 0.515.
    let quotes = stage(&[]).book(FIRST, ("0.50", "300"), ("0.52", "100"));
    assert_eq!(prices(&quotes), pair("0.505", "0.525"));
}

#[test]
fn a_long_position_lowers_both_quotes() {
    let mut stage = stage(&[("gamma", 0.002), ("margin", 0.0)]);
    // No inventory: V = 0.51 · 0.49 · 60/600 = 0.02499; half spread 0.002 · V/2 + ln(1 + 2e-5)/0.002
    // = 0.0000250 + 0.0099999 = 0.0100249.
    assert_eq!(prices(&even(&mut stage)), pair("0.499", "0.521"));
    fill(&mut stage, Side::Buy);
    even(stage.at(301.0));
    fill(&mut stage, Side::Buy);
    assert_eq!(stage.position(FIRST), qty("200"));
    // 200 · 0.002 · 0.51 · 0.49 · 60/598 = 0.01003: r = 0.49997, bid 0.48995, ask 0.50999; but a
    // maker without margin and fee still sells at the anchor or above.
    let quotes = even(stage.at(302.0));
    assert_eq!(prices(&quotes), pair("0.489", "0.51"));
    // The lean lets the bid earn more and the ask less.
    near(quotes[0].attributions()[1].contribution as f64 * 1e-9, 0.010_03, 1e-6);
    near(quotes[1].attributions()[1].contribution as f64 * 1e-9, -0.010_03, 1e-6);
}

#[test]
fn a_short_position_raises_both_quotes() {
    let mut stage = stage(&[("gamma", 0.002), ("margin", 0.0)]);
    even(&mut stage);
    fill(&mut stage, Side::Sell);
    even(stage.at(301.0));
    fill(&mut stage, Side::Sell);
    assert_eq!(stage.position(FIRST), qty("-200"));
    // r = 0.52003: ask 0.53005; the bid 0.51001 is held at the anchor.
    assert_eq!(prices(&even(stage.at(302.0))), pair("0.51", "0.531"));
}

#[test]
fn no_quote_is_inside_the_fee() {
    let mut table = event_table();
    table[1].fees = Fees::new(FeeKind::Quadratic, 17_500_000, 70_000_000);
    // k = 10,000 would quote 0.0001 from the mid; the fee of 100 at 0.51 is ⌈0.4373⌉ = 0.44 USD:
    // 0.0044 + margin 0.002 → 0.5036 and 0.5164, on the grid away from the mid.
    let quotes = even(&mut stage_of(&[("k", 10_000.0)], &table));
    assert_eq!(prices(&quotes), pair("0.503", "0.517"));
    near(score(&quotes[0]), 0.51 - 0.503 - 0.0044, 1e-9);
    near(score(&quotes[1]), 0.517 - 0.51 - 0.0044, 1e-9);
}

#[test]
fn a_quote_is_replaced_when_it_is_off_by_the_given_ticks_and_not_before() {
    let mut stage = stage(&[("requote_ticks", 5.0)]);
    even(&mut stage);
    stage.at(310.0);
    assert!(stage.book(FIRST, ("0.504", "100"), ("0.524", "100")).is_empty(), "four ticks");
    let cancels = stage.book(FIRST, ("0.505", "100"), ("0.525", "100"));
    assert_eq!(cancels.len(), 2);
    assert!(cancels.iter().all(|d| d.action == Action::Cancel));
    // The cancel is confirmed before the new quote goes.
    let quotes = stage.book(FIRST, ("0.505", "100"), ("0.525", "100"));
    assert_eq!(prices(&quotes), pair("0.505", "0.525"));
}

#[test]
fn a_side_has_one_order_however_slow_the_venue() {
    let mut stage = stage(&[]);
    stage.fills = Fills::Silent;
    for step in 0..200_i32 {
        let bid = format!("0.{}", 500 + 5 * (step % 20));
        let ask = format!("0.{}", 520 + 5 * (step % 20));
        stage.at(300.0 + f64::from(step)).book(FIRST, (&bid, "100"), (&ask, "100"));
        assert!(stage.portfolio.open_orders().len() <= 2);
    }
    assert_eq!(stage.decisions.len(), 2);
}

#[test]
fn a_new_quote_waits_its_second() {
    let mut stage = stage(&[("requote_s", 1.0)]);
    even(&mut stage);
    fill(&mut stage, Side::Buy);
    assert!(even(stage.at(300.999_999_999)).is_empty());
    let quote = only(&even(stage.at(301.0)));
    assert_eq!(quote.side, Side::Buy);
}

#[test]
fn a_full_position_is_not_added_to() {
    let mut stage = stage(&[("inventory_max", 150.0)]);
    even(&mut stage);
    fill(&mut stage, Side::Buy);
    assert_eq!(only(&even(stage.at(302.0))).qty, qty("50"));
    fill(&mut stage, Side::Buy);
    assert_eq!(stage.position(FIRST), qty("150"));
    assert!(even(stage.at(304.0)).is_empty(), "the ask rests, the bid has no room");
    let open = stage.portfolio.open_orders();
    assert!(open.len() == 1 && open[0].side == Side::Sell);
}

#[test]
fn quotes_are_pulled_before_the_close_and_stay_away() {
    let mut stage = stage(&[("close_min_s", 90.0)]);
    even(&mut stage);
    assert!(even(stage.at(810.0)).is_empty());
    let pulled = even(stage.at(810.000_000_001));
    assert_eq!(pulled.len(), 2);
    assert!(pulled.iter().all(|d| d.action == Action::Cancel));
    assert!(even(stage.at(815.0)).is_empty());
}

#[test]
fn a_gap_pulls_quotes_at_once() {
    for id in [FIRST, SPOT] {
        let mut stage = stage(&[]);
        even(&mut stage);
        let pulled = stage.at(305.0).gap(id);
        assert_eq!(pulled.len(), 2, "{id:?}");
        assert!(pulled.iter().all(|d| d.action == Action::Cancel));
    }
}

#[test]
fn a_wide_empty_or_extreme_book_is_not_quoted() {
    assert!(stage(&[]).book(FIRST, ("0.50", "100"), ("0.601", "100")).is_empty());
    assert!(stage(&[]).book(FIRST, ("0.50", "100"), ("0.52", "0")).is_empty());
    assert!(stage(&[]).book(FIRST, ("0.96", "100"), ("0.97", "100")).is_empty());
}

#[test]
fn without_the_spot_a_maker_with_a_model_does_not_quote() {
    assert!(even(&mut stage(&[("model_weight", 0.5)])).is_empty());
}

/// 100 s before the close, the spot one deviation above the strike.
fn stage_with_model() -> Stage {
    let mut stage = stage(&[
        ("model_weight", 0.5),
        ("averaging_s", 0.0),
        ("basis_bp", 0.0),
        ("volatility_floor", 1e-4),
        ("close_min_s", 0.0),
    ]);
    for second in 735..=800 {
        stage.at(f64::from(second)).trade(SPOT, "80080.08");
    }
    stage
}

#[test]
fn the_anchor_is_drawn_to_the_model_and_no_quote_crosses() {
    // The spot one deviation above the strike: 0.841345 (see the tests of fair-value); half way
    // from the microprice 0.81 is 0.825672, and 1/k to either side.
    let mut stage = stage_with_model();
    let quotes = stage.book(FIRST, ("0.80", "100"), ("0.82", "100"));
    assert_eq!(prices(&quotes), pair("0.815", "0.836"));
    // A book far below the model: the bid stops one tick below what is asked.
    let mut stage = stage_with_model();
    let quotes = stage.book(FIRST, ("0.50", "100"), ("0.52", "100"));
    assert_eq!(quotes[0].price, price("0.519"));
    // And far above it: the ask stops one tick above what is bid.
    let mut stage = stage_with_model();
    let quotes = stage.book(FIRST, ("0.90", "100"), ("0.92", "100"));
    assert_eq!(quotes[1].price, price("0.901"));
}

#[test]
fn k_is_estimated_from_the_reach_of_prints() {
    let run = |prints: u32| {
        let mut params = params(&PLAIN);
        params.insert("k_estimate".into(), royale_strategies::ParamValue::Bool(true));
        let mut stage = Stage::with("market-maker", &params, &event_table());
        stage.fills = Fills::Never;
        even(stage.at(300.0));
        // Prints 0.02 from the mid: k = 50, the edge 1/k = 0.02.
        for print in 0..prints {
            let side = if print % 2 == 0 { "0.49" } else { "0.53" };
            stage.at(301.0).trade(FIRST, side);
        }
        even(stage.at(301.0));
        even(stage.at(303.0));
        stage.portfolio.open_orders().iter().map(|o| o.price.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(run(10), ["0.5", "0.52"]);
    assert_eq!(run(40), ["0.49", "0.53"]);
}
