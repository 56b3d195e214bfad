//! Strategies that run on timers: each takes the market that it finds for its sample, and what cannot
//! work so is refused when it is built.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
mod random;

use harness::*;
use proptest::prelude::*;
use random::{any_tape, lively_day};
use royale_model::{Action, Decision, Nanos, Price, Side};
use royale_strategies::{Rhythm, build_on};

const QUARTER_S: i64 = 900;

/// A print just before each timer, and one far off at the timer's own moment: the timer comes first.
fn run(stage: &mut Stage, wait_s: i64, prices: &[f64]) -> Vec<(usize, Decision)> {
    let mut all = Vec::new();
    for (nth, value) in prices.iter().enumerate() {
        let time = (nth as i64 * wait_s) as f64;
        let print = |dollars: f64| Price::from_f64_on_grid(dollars, price("0.01")).unwrap();
        stage.at(time - 0.1).trade_at(SPOT, print(*value));
        all.extend(stage.at(time).timer().iter().map(|decision| (nth, *decision)));
        stage.trade_at(SPOT, print(3.0 * value));
    }
    all
}

/// The trend by its definition at the last of these samples, half-lives in samples.
fn trend(samples: &[f64], fast: f64, slow: f64, wait_s: f64) -> f64 {
    let weighted = |half_life: f64, values: &[f64]| {
        let weight = |back: usize| f64::exp2(-(back as f64) / half_life);
        let last = values.len() - 1;
        let sum: f64 = values.iter().enumerate().map(|(i, v)| weight(last - i) * v).sum();
        sum / (0..values.len()).map(weight).sum::<f64>()
    };
    let squares: Vec<f64> =
        samples.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).powi(2) / wait_s).collect();
    let sigma = weighted(slow, &squares).sqrt();
    let (fast_s, slow_s) = (fast * wait_s, slow * wait_s);
    let (tau_fast, tau_slow) = (fast_s / std::f64::consts::LN_2, slow_s / std::f64::consts::LN_2);
    let scale = (tau_slow - tau_fast) / (2.0 * (tau_slow + tau_fast)).sqrt();
    let (fast, slow) = (weighted(fast, samples), weighted(slow, samples));
    (fast - slow) / slow / (sigma * scale)
}

/// A saw-tooth on a slope.
fn rising(count: usize) -> Vec<f64> {
    (0..count).map(|i| 80_000.0 + 2.0 * i as f64 + if i % 2 == 0 { 4.0 } else { -4.0 }).collect()
}

#[test]
fn trend_follows_the_prices_that_its_timers_find() {
    let prices = rising(40);
    for wait_s in [10, QUARTER_S, 86_400] {
        let pairs =
            [("fast_s", (2 * wait_s) as f64), ("slow_s", (8 * wait_s) as f64), ("entry", 0.5)];
        let mut stage = Stage::on_timers(wait_s, "trend", &pairs, &event_table());
        let (nth, decision) = run(&mut stage, wait_s, &prices)[0];
        // Thirty returns need 31 prices.
        assert_eq!((nth, decision.side), (30, Side::Buy), "every {wait_s} s");
        near(score(&decision), trend(&prices[..31], 2.0, 8.0, wait_s as f64), 1e-6);
    }
}

#[test]
fn mean_reversion_closes_a_bar_with_each_timer() {
    let pairs = [
        ("window", 4.0),
        ("rsi_window", 3.0),
        ("z_entry", 1.7),
        ("trend_fast_s", QUARTER_S as f64),
        ("trend_slow_s", 2.0 * QUARTER_S as f64),
        ("trend_max", 100.0),
        ("hold_s", 2.0 * QUARTER_S as f64),
    ];
    let mut stage = Stage::on_timers(QUARTER_S, "mean-reversion", &pairs, &event_table());
    // Bars of 100 and one of 96: mean 99, deviation √3. Volatility and trend have to be known.
    let mut prices = vec![100.0, 101.0];
    prices.extend([100.0; 40]);
    prices.extend([96.0; 3]);
    let all = run(&mut stage, QUARTER_S, &prices);
    let (nth, bought) = all[0];
    assert_eq!((nth, bought.side), (42, Side::Buy), "with the bar that fell, not after it");
    near(score(&bought), 3_f64.sqrt(), 1e-6);
    let (left, sold) = all[1];
    assert_eq!((left, sold.side, sold.qty), (44, Side::Sell, bought.qty), "after `hold_s`");
}

#[test]
fn fair_value_takes_the_book_that_its_timer_finds() {
    let (table, tape) = (event_table(), lively_day(7));
    let pairs = [("position_max", 1e5)];
    let mut stage = Stage::on_timers(10, "fair-value", &pairs, &table);
    let mut next = 10;
    for event in &tape {
        while event.time() >= Nanos::from_secs(next) {
            stage.at(next as f64).timer();
            next += 10;
        }
        stage.answer_in_tape(event);
    }
    let submitted: Vec<_> = stage.decisions.iter().filter(|d| d.action == Action::Submit).collect();
    let of = |side| submitted.iter().filter(|d| d.side == side).count();
    assert!(of(Side::Buy) >= 3 && of(Side::Sell) >= 3, "{submitted:?}");
    let at_a_timer = |d: &&Decision| d.time.raw() % Nanos::from_secs(10).raw() == 0;
    assert!(stage.decisions.iter().all(|d| at_a_timer(&d)));
}

/// Σ of ten quiet seconds is √10 times that of one: what is no spike on events is none on timers.
#[test]
fn a_spike_is_measured_over_the_time_between_two_timers() {
    let entries = |last: &str| {
        let pairs = [
            ("averaging_s", 0.0),
            ("basis_bp", 0.0),
            ("volatility_floor", 1e-4),
            ("vwap_sd_max", 1e6),
            ("drift_sd_max", 1e6),
        ];
        let mut stage = Stage::on_timers(10, "fair-value", &pairs, &event_table());
        for second in (600..=790).step_by(10) {
            stage.at(second as f64 - 0.1).trade(SPOT, "80000");
            assert!(stage.at(second as f64).timer().is_empty());
        }
        stage.at(799.0).trade(SPOT, last);
        stage.book(FIRST, ("0.78", "300"), ("0.79", "300"));
        only(&stage.at(800.0).timer()).action
    };
    // Six deviations of 1e-4 over √10 s are 151.8 USD; of a second they would be 48.
    assert_eq!(entries("80151"), Action::Submit);
    assert_eq!(entries("80153"), Action::Abstain);
}

#[test]
fn a_frozen_price_is_no_sample() {
    let wait = QUARTER_S as f64;
    let pairs = [("fast_s", 2.0 * wait), ("slow_s", 8.0 * wait), ("entry", 0.1)];
    // The thirtieth return would say it; the source speaks so long before the timer that finds it.
    let said = |age_s: f64| {
        let mut stage = Stage::on_timers(QUARTER_S, "trend", &pairs, &event_table());
        assert!(run(&mut stage, QUARTER_S, &rising(30)).is_empty());
        stage.at(30.0 * wait - age_s).trade(SPOT, "80064");
        stage.at(30.0 * wait).timer().len()
    };
    assert_eq!((said(30.0), said(30.1)), (1, 0));
}

/// Two runs at one moment (missed ones, made up) see one market: it counts once.
#[test]
fn runs_that_are_made_up_together_are_one_sample() {
    let pairs = [("fast_s", 20.0), ("slow_s", 80.0), ("entry", 0.5)];
    let prices = rising(40);
    let decided = |repeats: usize| {
        let mut stage = Stage::on_timers(10, "trend", &pairs, &event_table());
        stage.fills = Fills::Never;
        for (nth, value) in prices.iter().enumerate() {
            let time = (10 * nth) as f64;
            stage.at(time - 0.1);
            stage.trade_at(SPOT, Price::from_f64_on_grid(*value, price("0.01")).unwrap());
            for _ in 0..repeats {
                stage.at(time).timer();
            }
        }
        stage.decisions.iter().map(|d| (d.time, d.score)).collect::<Vec<_>>()
    };
    let once = decided(1);
    assert!(!once.is_empty());
    assert_eq!(decided(3), once);
}

#[test]
fn what_cannot_work_on_timers_is_refused_with_what_would() {
    let refused = |name: &str, wait_s: i64, pairs: &[(&str, f64)]| {
        let rhythm = Rhythm::Timers { wait: Nanos::from_secs(wait_s) };
        build_on(name, &params(pairs), &event_table(), rhythm).unwrap_err().to_string()
    };
    for name in ["market-maker", "imbalance", "event-momentum"] {
        let error = refused(name, 10, &[]);
        assert!(error.starts_with(&format!("`{name}` cannot run on this schedule: ")), "{error}");
        assert!(error.ends_with("; write `schedule = \"events\"`"), "{error}");
    }
    let error = refused("fair-value", 31, &[]);
    assert!(error.ends_with("write \"every 10s\" to \"every 30s\""), "{error}");
    let error = refused("trend", 61, &[]);
    let wanted =
        "`trend`: parameter `fast_s` must be at least the time between two timers of the schedule";
    assert_eq!(error, wanted);
    assert!(refused("mean-reversion", 61, &[]).contains("`trend_fast_s` must be at least"));
    let error = refused("mean-reversion", 10, &[("bar_s", 5.0)]);
    assert!(error.contains("`bar_s` must be left out on timers"), "{error}");
    // At the limit itself they can be built.
    for (name, wait_s) in [("fair-value", 30), ("trend", 60), ("mean-reversion", 60)] {
        let rhythm = Rhythm::Timers { wait: Nanos::from_secs(wait_s) };
        build_on(name, &params(&[]), &event_table(), rhythm).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// What a timer finds may be anything: gaps, crossed books, prices of nothing, time that runs back.
    #[test]
    fn no_market_that_a_timer_finds_breaks_them(
        tape in any_tape(400),
        fills in prop::sample::select(vec![Fills::AtOnce, Fills::Never, Fills::Silent]),
        wait_s in prop::sample::select(vec![10, 30]),
    ) {
        for name in ["fair-value", "trend", "mean-reversion"] {
            let mut stage = Stage::on_timers(wait_s, name, &[], &event_table());
            stage.fills = fills;
            for event in &tape {
                stage.answer(event);
                stage.timer();
            }
            let open = stage.portfolio.open_orders().len();
            prop_assert!(open <= 8, "{name} has {open} live orders");
        }
    }
}
