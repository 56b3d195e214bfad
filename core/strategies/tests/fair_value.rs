//! `fair-value` against prices computed by hand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
use harness::*;
use royale_engine::Market;
use royale_model::{Action, Decision, Feature, OrdType, Price, Side, TimeInForce};
use royale_strategies::ParamValue;

/// One standard deviation above the strike 80,000 with σ = 1e-4 and 100 s left:
/// 80,000 · exp(0.001 + 0.0000005) = 80,080.12…; at 80,080.08 d = 0.9999993.
const ABOVE: &str = "80080.08";
/// One standard deviation below: 80,000 · exp(−0.001 + 0.0000005) = 79,920.08.
const BELOW: &str = "79920.08";
/// Φ(1).
const PHI: f64 = 0.841_344_75;

/// One settlement price, no basis: the closed form with one logarithm.
const PLAIN: [(&str, f64); 3] =
    [("averaging_s", 0.0), ("basis_bp", 0.0), ("volatility_floor", 1e-4)];

fn stage(pairs: &[(&str, f64)], spot: &str) -> Stage {
    let mut all = PLAIN.to_vec();
    all.retain(|(name, _)| !pairs.iter().any(|(other, _)| other == name));
    all.extend_from_slice(pairs);
    let mut stage = Stage::new("fair-value", &all, &event_table());
    quiet_spot(&mut stage, spot, 735, 800);
    stage
}

/// Prints of one price each second: no volatility but the floor.
fn quiet_spot(stage: &mut Stage, spot: &str, from: i64, to: i64) {
    for second in from..=to {
        assert!(stage.at(second as f64).trade(SPOT, spot).is_empty());
    }
}

fn cheap(stage: &mut Stage) -> Vec<Decision> {
    stage.book(FIRST, ("0.78", "300"), ("0.79", "300"))
}

#[test]
fn buys_yes_below_its_worth_with_the_edge_computed_by_hand() {
    let mut stage = stage(&[], ABOVE);
    let decision = only(&cheap(&mut stage));
    assert_eq!((decision.instrument, decision.side), (FIRST, Side::Buy));
    assert_eq!((decision.price, decision.qty), (price("0.79"), qty("300")));
    assert_eq!(decision.ord_type, OrdType::Limit);
    assert_eq!(decision.time_in_force, TimeInForce::ImmediateOrCancel);
    // Fee: ⌈0.07 · 300 · 0.79 · 0.21⌉ = ⌈3.4839⌉ = 3.49 USD on 300.
    near(score(&decision), PHI - 0.79 - 3.49 / 300.0, 2e-6);
    assert_eq!(decision.confidence_bp, 8413);
}

#[test]
fn sells_yes_above_its_worth_as_the_mirrored_purchase_of_no() {
    let mut stage = stage(&[], BELOW);
    let decision = only(&stage.book(FIRST, ("0.21", "300"), ("0.22", "300")));
    assert_eq!((decision.instrument, decision.side), (FIRST, Side::Sell));
    assert_eq!((decision.price, decision.qty), (price("0.21"), qty("300")));
    near(score(&decision), 0.21 - (1.0 - PHI) - 3.49 / 300.0, 2e-6);
    assert_eq!(decision.confidence_bp, 8413);
}

#[test]
fn the_margin_is_after_the_fee() {
    // The edge is 0.0397; before the fee it would be 0.0513.
    let action = |margin| only(&cheap(&mut stage(&[("margin", margin)], ABOVE))).action;
    assert_eq!(action(0.0398), Action::Abstain);
    assert_eq!(action(0.0396), Action::Submit);
}

#[test]
fn a_quarter_of_kelly_is_put_down() {
    // Cost 0.79 + 3.49/300 = 0.80163; Kelly (0.841345 − 0.801633) / (1 − 0.801633) = 0.20019;
    // a quarter of 1,000 USD of it buys 62.43 contracts.
    let decision = only(&cheap(&mut stage(&[("bankroll", 1000.0)], ABOVE)));
    assert_eq!(decision.qty, qty("62"));
    let [.., kelly, stake] = decision.attributions() else { panic!("{decision:?}") };
    assert_eq!((kelly.feature, stake.feature), (Feature::SIZE_KELLY, Feature::SIZE_STAKE));
    assert!((kelly.value - 0.20019).abs() < 1e-5 && (stake.value - 62.43).abs() < 0.01);
    // A sale risks 1 − price: the same stake, the same number.
    let mut stage = stage(&[("bankroll", 1000.0)], BELOW);
    let decision = only(&stage.book(FIRST, ("0.21", "300"), ("0.22", "300")));
    assert_eq!(decision.qty, qty("62"));
}

#[test]
fn caps_hold_one_by_one() {
    let taken = |pairs: &[(&str, f64)]| {
        let decision = only(&cheap(&mut stage(pairs, ABOVE)));
        let bound = decision.attributions().last().unwrap();
        (decision.qty, bound.feature, bound.value.floor())
    };
    assert_eq!(taken(&[("order_max", 250.0)]), (qty("250"), Feature::SIZE_ORDER, 250.0));
    assert_eq!(taken(&[("position_max", 120.0)]), (qty("120"), Feature::SIZE_POSITION, 120.0));
    // 100 USD / 0.80163 = 124.7.
    assert_eq!(taken(&[("budget", 100.0)]), (qty("124"), Feature::SIZE_BUDGET, 124.0));
}

#[test]
fn a_position_is_not_added_to_past_its_limit() {
    let mut stage = stage(&[("position_max", 100.0)], ABOVE);
    assert_eq!(only(&cheap(&mut stage)).qty, qty("100"));
    quiet_spot(&mut stage, ABOVE, 801, 806);
    assert!(cheap(&mut stage).is_empty());
    assert_eq!(stage.position(FIRST), qty("100"));
}

#[test]
fn orders_keep_their_distance_to_the_nanosecond() {
    let mut stage = stage(&[("order_max", 50.0)], ABOVE);
    assert_eq!(cheap(&mut stage).len(), 1);
    quiet_spot(&mut stage, ABOVE, 801, 804);
    assert!(cheap(stage.at(804.999_999_999)).is_empty());
    assert_eq!(cheap(stage.at(805.0)).len(), 1);
    assert_eq!(stage.position(FIRST), qty("100"));
}

#[test]
fn an_old_spot_price_is_no_price() {
    assert!(cheap(stage(&[], ABOVE).at(805.000_000_001)).is_empty());
    assert_eq!(cheap(stage(&[], ABOVE).at(805.0)).len(), 1);
}

#[test]
fn the_last_seconds_are_noise() {
    let pairs = [("close_min_s", 100.0)];
    assert_eq!(cheap(&mut stage(&pairs, ABOVE)).len(), 1);
    assert!(cheap(stage(&pairs, ABOVE).at(800.000_000_001)).is_empty());
}

#[test]
fn prices_outside_the_range_are_left_alone() {
    assert_eq!(cheap(&mut stage(&[("price_max", 0.79)], ABOVE)).len(), 1);
    assert!(cheap(&mut stage(&[("price_max", 0.789)], ABOVE)).is_empty());
    assert!(cheap(&mut stage(&[("price_min", 0.791)], ABOVE)).is_empty());
}

#[test]
fn gaps_batches_and_crossed_books_are_sat_out() {
    let mut gapped = stage(&[], ABOVE);
    gapped.gap(SPOT);
    assert!(cheap(&mut gapped).is_empty(), "the spot's messages are missing");
    // A print after the gap: volatility has to be learnt anew.
    gapped.trade(SPOT, ABOVE);
    assert!(cheap(&mut gapped).is_empty());

    let mut batch = stage(&[], ABOVE);
    let first = royale_model::EventFlags::CLEAR;
    assert!(batch.level(FIRST, Side::Sell, "0.79", "300", first).is_empty());
    assert!(batch.trade(SPOT, ABOVE).is_empty(), "the book is in the middle of a message");

    let mut crossed = stage(&[], ABOVE);
    assert!(crossed.book(FIRST, ("0.80", "300"), ("0.79", "300")).is_empty());
}

#[test]
fn leaves_when_the_market_pays_more_than_it_is_worth() {
    let dear = |stage: &mut Stage| {
        stage.at(801.0).trade(SPOT, ABOVE);
        stage.book(FIRST, ("0.90", "200"), ("0.91", "300"))
    };
    let mut leaving = stage(&[], ABOVE);
    cheap(&mut leaving);
    let decision = only(&dear(&mut leaving));
    // No more than what is held, no more than what is bid.
    assert_eq!((decision.side, decision.price), (Side::Sell, price("0.9")));
    assert_eq!(decision.qty, qty("200"));
    assert_eq!(leaving.position(FIRST), qty("100"));

    let mut all: Vec<_> = PLAIN.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
    let mut params: std::collections::BTreeMap<_, _> =
        all.drain(..).map(|(n, v)| (n, ParamValue::Number(v))).collect();
    params.insert("exits".into(), ParamValue::Bool(false));
    let mut holding = Stage::with("fair-value", &params, &event_table());
    quiet_spot(&mut holding, ABOVE, 735, 800);
    assert_eq!(cheap(&mut holding).len(), 1);
    assert!(dear(&mut holding).is_empty());
}

#[test]
fn an_average_has_less_variance_than_a_price() {
    // 100 s left, 60 s average: V = σ² (100 − 40); d = 1.29125, Φ = 0.90169.
    let mut stage = stage(&[("averaging_s", 60.0)], ABOVE);
    let decision = only(&cheap(&mut stage));
    let fair = f64::from(decision.attributions()[0].value);
    near(fair, 0.901_69, 2e-5);
}

#[test]
fn the_difference_to_the_index_widens_the_distribution() {
    let fair = |averaging_s: f64| {
        let pairs = [("basis_bp", 10.0), ("averaging_s", averaging_s), ("margin", 0.0)];
        let decision = only(&stage(&pairs, ABOVE).book(FIRST, ("0.69", "9"), ("0.70", "9")));
        f64::from(decision.attributions()[0].value)
    };
    // V = 1e-6 + (1e-3)²: d = 0.70675. With an average V = 0.6e-6 + 1e-6: d = 0.79033.
    near(fair(0.0), 0.760_14, 2e-5);
    near(fair(60.0), 0.785_34, 2e-5);
}

#[test]
fn what_the_average_has_seen_counts() {
    // Half of the closing minute passed at 80,100: with the rest at 79,950 the average is above
    // the strike, though the spot is below it.
    let run = |averaging_s: f64| {
        // The fall is a spike, and far from the average of what came before it.
        let loose = [("vwap_sd_max", 1e6), ("drift_sd_max", 1e6), ("spike_sd", 1e6)];
        let pairs = [("averaging_s", averaging_s), ("basis_bp", 0.0), ("close_min_s", 10.0)];
        let pairs = [&pairs[..], &loose].concat();
        let mut stage = Stage::new("fair-value", &pairs, &event_table());
        quiet_spot(&mut stage, "80100", 790, 870);
        stage.at(870.0).trade(SPOT, "79950");
        stage.at(871.0).trade(SPOT, "79950");
        let decision = only(&stage.book(FIRST, ("0.49", "300"), ("0.51", "300")));
        assert_eq!(decision.action, Action::Submit);
        decision.side
    };
    assert_eq!(run(60.0), Side::Buy);
    assert_eq!(run(0.0), Side::Sell);
}

#[test]
fn the_next_contract_is_found_when_one_closes_or_settles() {
    let mut closed = stage(&[("margin", 0.0)], ABOVE);
    quiet_spot(&mut closed, ABOVE, 801, 899);
    assert!(closed.book(SECOND, ("0.10", "300"), ("0.11", "300")).is_empty());
    closed.at(900.0).trade(SPOT, ABOVE);
    let decision = only(&closed.decisions);
    assert_eq!(decision.instrument, SECOND);

    let mut settled = stage(&[("margin", 0.0)], ABOVE);
    settled.settle(FIRST, Price::ONE);
    assert!(cheap(&mut settled).is_empty());
    assert_eq!(only(&settled.book(SECOND, ("0.10", "9"), ("0.11", "9"))).instrument, SECOND);
    assert_eq!(Market::new(&event_table(), 1).instruments().len(), 3);
}

#[test]
fn an_order_under_way_is_waited_for() {
    let mut stage = stage(&[("cooldown_s", 0.0)], ABOVE);
    stage.fills = Fills::Silent;
    assert_eq!(cheap(&mut stage).len(), 1);
    assert!(cheap(&mut stage).is_empty());
}

#[test]
fn a_signal_that_a_gate_stops_is_told_once_with_what_it_would_have_bought() {
    // The edge is 0.0397 at 0.79: the signal of the first test, but 0.79 is too dear.
    let mut stage = stage(&[("price_cap", 0.78), ("margin", 0.039)], ABOVE);
    let decision = only(&cheap(&mut stage));
    assert_eq!((decision.action, decision.side), (Action::Abstain, Side::Buy));
    assert_eq!((decision.price, decision.qty), (price("0.79"), qty("300")));
    assert_eq!(decision.confidence_bp, 8413);
    let reasons: Vec<_> = decision.attributions().iter().map(|a| (a.feature, a.value)).collect();
    assert_eq!(reasons[1], (Feature::GATE_PRICE_CAP, 0.79));
    assert_eq!(reasons[5], (Feature::GATE_LIMIT, 0.78));
    near(score(&decision), PHI - 0.79 - 3.49 / 300.0 - 1.0, 2e-6);
    assert!(stage.portfolio.open_orders().is_empty(), "nothing was asked for");

    assert!(cheap(&mut stage).is_empty(), "said once");
    assert!(stage.trade(SPOT, ABOVE).is_empty());
    // At 0.80 the edge is 0.0300: another set, told again, at once, for nothing was sent.
    let dearer = only(&stage.book(FIRST, ("0.79", "300"), ("0.80", "300")));
    assert_eq!(dearer.attributions()[0].contribution, -1_000_000_000);
    assert_eq!(dearer.attributions()[5].value, 0.039_f32);
    // No signal changes nothing: the set after it is the one from before it.
    assert!(stage.book(FIRST, ("0.83", "300"), ("0.84", "300")).is_empty());
    assert!(stage.book(FIRST, ("0.79", "300"), ("0.80", "300")).is_empty());
    assert_eq!(cheap(&mut stage).len(), 1);
    // What passes is bought as if nothing had been said.
    let bought = only(&stage.book(FIRST, ("0.77", "300"), ("0.78", "300")));
    assert_eq!((bought.action, bought.order.index()), (Action::Submit, 1));
}

#[test]
fn a_cap_on_the_price_holds_for_no_as_for_yes() {
    let action = |cap: f64| {
        let mut stage = stage(&[("price_cap", cap)], BELOW);
        only(&stage.book(FIRST, ("0.21", "300"), ("0.22", "300"))).action
    };
    // A sale of yes at 0.21 buys no at 0.79.
    assert_eq!((action(0.79), action(0.789)), (Action::Submit, Action::Abstain));
}

#[test]
fn a_jump_of_the_spot_is_not_traded_on_for_a_while() {
    let mut stage = stage(&[("vwap_sd_max", 1e6)], "80000");
    assert!(stage.book(FIRST, ("0.49", "300"), ("0.51", "300")).is_empty());
    let decision = only(&stage.at(801.0).trade(SPOT, ABOVE));
    assert_eq!((decision.action, decision.side), (Action::Abstain, Side::Buy));
    assert_eq!(decision.attributions()[4].feature, Feature::GATE_SPIKE);
    assert_eq!(decision.attributions()[4].value, 5.0);
    assert!(stage.at(805.999).trade(SPOT, ABOVE).is_empty());
    assert_eq!(only(&stage.at(806.0).trade(SPOT, ABOVE)).action, Action::Submit);
}

#[test]
fn no_gate_keeps_a_position_from_being_left() {
    let pairs = [("spike_sd", 1.0), ("spike_pause_s", 600.0), ("vwap_sd_max", 0.0)];
    let play = |held: bool| {
        let mut stage = stage(&pairs, ABOVE);
        if held {
            assert_eq!(only(&cheap(&mut stage)).action, Action::Submit);
        }
        // Two and a half deviations in a second; the bid has not seen it.
        assert!(stage.at(801.0).trade(SPOT, "80060").is_empty());
        only(&stage.book(FIRST, ("0.90", "300"), ("0.91", "300")))
    };
    let (left, entered) = (play(true), play(false));
    assert_eq!((left.action, left.side), (Action::Submit, Side::Sell));
    assert_eq!((entered.action, entered.side), (Action::Abstain, Side::Sell));
}

#[test]
fn abstentions_of_another_contract_are_its_own() {
    let mut stage = stage(&[("price_cap", 0.10)], ABOVE);
    assert_eq!(only(&cheap(&mut stage)).instrument, FIRST);
    stage.settle(FIRST, Price::ONE);
    let of = |decisions: Vec<Decision>| only(&decisions).instrument;
    assert_eq!(of(stage.book(SECOND, ("0.30", "300"), ("0.31", "300"))), SECOND);
}
