//! What holds for all six: no look into the future, the same answer twice, no panic on any input.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
mod random;

use harness::*;
use proptest::prelude::*;
use random::{any_tape, lively_day};
use royale_engine::Strategy;
use royale_model::{Action, Decision, Event, Instrument, OrdType, Side};
use royale_strategies::{NAMES, build};
use std::collections::BTreeMap;

fn play(name: &str, pairs: &[(&str, f64)], table: &[Instrument], tape: &[Event]) -> Vec<Decision> {
    let mut stage = Stage::new(name, pairs, table);
    for event in tape {
        stage.answer_in_tape(event);
    }
    stage.decisions
}

/// Settings with which each strategy has much to say on the lively day.
fn lively(name: &str) -> Vec<(&'static str, f64)> {
    match name {
        "fair-value" => vec![("cooldown_s", 1.0), ("position_max", 1e5)],
        "event-momentum" => vec![("shift_min", 0.05), ("hold_s", 20.0)],
        "market-maker" => vec![("requote_ticks", 2.0)],
        "trend" => vec![("fast_s", 5.0), ("slow_s", 20.0), ("entry", 0.5), ("cooldown_s", 5.0)],
        "mean-reversion" => {
            vec![("bar_s", 1.0), ("trend_slow_s", 61.0), ("z_entry", 1.5), ("rsi_low", 45.0)]
        }
        _ => vec![("prior_weight", 0.0), ("signal_min", 0.05), ("learn_half_life_s", 30.0)],
    }
}

#[test]
fn everyone_trades_on_a_lively_day() {
    let (table, tape) = (event_table(), lively_day(7));
    for name in NAMES {
        let decisions = play(name, &lively(name), &table, &tape);
        let of = |side| {
            let is = |d: &&Decision| d.action == Action::Submit && d.side == side;
            decisions.iter().filter(is).count()
        };
        let (buys, sells) = (of(Side::Buy), of(Side::Sell));
        assert!(buys >= 3 && sells >= 3, "{name}: {buys} buys and {sells} sells");
        for decision in &decisions {
            let is_event = decision.instrument != SPOT;
            let traded_on_events = matches!(name, "fair-value" | "market-maker" | "imbalance");
            assert_eq!(is_event, traded_on_events, "{name}");
            // The house's limits on one order.
            assert!(!is_event || decision.qty <= qty("500"), "{name}");
        }
    }
}

#[test]
fn with_their_defaults_they_are_quieter_and_still_there() {
    let (table, tape) = (event_table(), lively_day(7));
    for name in ["fair-value", "event-momentum", "market-maker"] {
        assert!(!play(name, &[], &table, &tape).is_empty(), "{name}");
    }
}

#[test]
fn the_same_tape_gives_the_same_decisions() {
    let (table, tape) = (event_table(), lively_day(11));
    for name in NAMES {
        let pairs = lively(name);
        assert_eq!(play(name, &pairs, &table, &tape), play(name, &pairs, &table, &tape), "{name}");
    }
}

#[test]
fn a_prefix_of_the_tape_gives_a_prefix_of_the_decisions() {
    let (table, tape) = (event_table(), lively_day(13));
    for name in NAMES {
        let pairs = lively(name);
        let whole = play(name, &pairs, &table, &tape);
        for share in [3, 10, 17, 31, 50, 77, 99] {
            let cut = tape.len() * share / 100;
            let part = play(name, &pairs, &table, &tape[..cut]);
            assert_eq!(part, whole[..part.len()], "{name} at {share} %");
            let end = tape[cut - 1].time();
            let expected = whole.iter().filter(|decision| decision.time <= end).count();
            // Two events of one instant may be cut apart; no more than that instant may be missing.
            let later = whole[part.len()..].iter().filter(|d| d.time < end).count();
            assert!(part.len() <= expected && later == 0, "{name} at {share} %");
        }
    }
}

#[test]
fn another_future_does_not_change_the_past() {
    let (table, tape) = (event_table(), lively_day(17));
    let mut other = tape.clone();
    let half = tape.len() / 2;
    let end = tape[half].time();
    other.truncate(half);
    other.extend(lively_day(18).into_iter().filter(|event| event.time() > end));
    for name in NAMES {
        let pairs = lively(name);
        let past = |tape: &[Event]| {
            let mut all = play(name, &pairs, &table, tape);
            all.retain(|decision| decision.time < end);
            all
        };
        assert_eq!(past(&tape), past(&other), "{name}");
    }
}

#[test]
fn three_of_them_trade_books_without_event_contracts() {
    let table = book_table();
    for name in NAMES {
        let built = build(name, &BTreeMap::new(), &table);
        let needs_events = matches!(name, "fair-value" | "event-momentum" | "market-maker");
        assert_eq!(built.is_err(), needs_events, "{name}");
        if let Err(error) = built {
            assert!(error.to_string().contains("prediction market"), "{error}");
        }
    }
    assert!(build("trend", &BTreeMap::new(), &[]).is_err());
}

#[test]
fn a_stage_without_prices_is_survived() {
    let table = event_table();
    for name in NAMES {
        let mut stage = Stage::new(name, &[], &table);
        for id in [SPOT, FIRST, SECOND] {
            assert!(stage.at(1.0).gap(id).is_empty());
            assert!(stage.at(2.0).settle(id, price("1")).is_empty());
            assert!(stage.at(3.0).trade(id, "0").is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Gaps, crossed books, zero and negative prices, time that stands or runs back, settlements
    /// and reports of every kind: no panic, and every decision is well formed (the stage checks).
    #[test]
    fn no_input_breaks_them(
        tape in any_tape(400),
        fills in prop::sample::select(vec![Fills::AtOnce, Fills::Never, Fills::Silent]),
        eager in any::<bool>(),
        books_only in any::<bool>(),
    ) {
        let table = if books_only { book_table() } else { event_table() };
        for name in NAMES {
            let pairs = if eager { lively(name) } else { Vec::new() };
            if books_only && build(name, &params(&pairs), &table).is_err() {
                continue;
            }
            let mut stage = Stage::new(name, &pairs, &table);
            stage.fills = fills;
            for event in &tape {
                stage.answer(event);
            }
            let open = stage.portfolio.open_orders().len();
            prop_assert!(open <= 8, "{name} has {open} live orders");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A day on which they all trade, with nonsense thrown in where they do.
    #[test]
    fn nonsense_among_the_ordinary_breaks_nothing(
        seed in 0..1000_u64,
        start in 0..20_000_usize,
        nonsense in any_tape(60),
        places in prop::collection::vec(0..8000_usize, 60),
        fills in prop::sample::select(vec![Fills::AtOnce, Fills::AtOnce, Fills::Never, Fills::Silent]),
    ) {
        let mut tape = lively_day(seed);
        tape.drain(..start);
        tape.truncate(8000);
        for (event, place) in nonsense.iter().zip(places) {
            let time = tape[place].time();
            tape.insert(place, event.sequenced(0, time));
        }
        let table = event_table();
        for name in NAMES {
            let mut stage = Stage::new(name, &lively(name), &table);
            stage.fills = fills;
            for event in &tape {
                stage.answer_in_tape(event);
            }
            let open = stage.portfolio.open_orders().len();
            prop_assert!(open <= 8, "{name} has {open} live orders");
        }
    }
}

#[test]
fn market_orders_carry_no_price_and_a_strategy_is_send() {
    fn is_send<T: Strategy + Send>(_: &T) {}
    let (table, tape) = (event_table(), lively_day(7));
    for name in NAMES {
        is_send(&build(name, &BTreeMap::new(), &table).unwrap());
        for decision in play(name, &lively(name), &table, &tape) {
            if decision.ord_type == OrdType::Market {
                assert!(decision.price.is_zero());
            }
        }
    }
}
