//! Sampling, decay, gaps and noise, by hand and against simulated prices.

use super::*;
use crate::rng::Xoshiro256PlusPlus;

const SECOND: u64 = 1_000_000_000;

fn settings() -> RealisedSettings {
    RealisedSettings { grid_ns: SECOND, half_life_s: 1.0, returns_min: 2, gap_ns_max: 100 * SECOND }
}

#[test]
fn the_last_price_before_each_instant_counts() {
    let e = libm::exp(1.0);
    let mut volatility = RealisedVolatility::new(settings()).unwrap();
    assert_eq!(volatility.update(SECOND / 10, 5.0), None);
    assert_eq!(volatility.update(SECOND / 5, 1.0), None); // sampled at 1 s: log 0
    assert_eq!(volatility.update(SECOND, e), None); // sampled at 2 s: log 1
    assert_eq!(volatility.update(2 * SECOND, 7.0), None); // one return: 1
    assert_eq!(volatility.update(5 * SECOND / 2, e), None); // sampled at 3 s: log 1
    // Returns 1 and 0 with weights 1/2 and 1.
    let value = volatility.update(3 * SECOND, 9.0).unwrap();
    assert!((value - (0.5_f64 / 1.5).sqrt()).abs() < 1e-15);
    assert!(volatility.is_ready());
}

#[test]
fn silence_is_zero_returns_however_it_is_computed() {
    let mut settings = settings();
    settings.half_life_s = 7.0;
    let mut at_once = RealisedVolatility::new(settings).unwrap();
    let mut step_by_step = at_once.clone();
    for (second, price) in [(0, 100.0), (1, 101.0), (2, 101.5), (3, 101.7)] {
        at_once.update(second * SECOND, price);
        step_by_step.update(second * SECOND, price);
    }
    at_once.update(40 * SECOND, 101.9);
    for second in 4..40 {
        step_by_step.update(second * SECOND, 101.7);
    }
    step_by_step.update(40 * SECOND, 101.9);
    let (a, b) = (at_once.value().unwrap(), step_by_step.value().unwrap());
    assert!((a - b).abs() < 1e-13 * b, "{a} {b}");
    let (a, b) = (at_once.noise_corrected().unwrap(), step_by_step.noise_corrected().unwrap());
    assert!((a - b).abs() < 1e-12 * b, "{a} {b}");
    assert_eq!(at_once.returns, step_by_step.returns);
}

#[test]
fn a_dropped_connection_is_not_calm_and_not_a_jump() {
    let mut volatility = RealisedVolatility::new(settings()).unwrap();
    for (second, price) in [(0, 100.0), (1, 101.0), (2, 100.5), (3, 100.7)] {
        volatility.update(second * SECOND, price);
    }
    let before = volatility.value();
    assert!(before.is_some());
    assert_eq!(volatility.update(1000 * SECOND, 500.0), before);
    assert_eq!(volatility.update(1001 * SECOND, 500.0), before);
}

#[test]
fn bad_prices_and_old_times_change_nothing() {
    let mut volatility = RealisedVolatility::new(settings()).unwrap();
    for (second, price) in [(0, 100.0), (1, 101.0), (2, 100.5), (3, 100.7)] {
        volatility.update(second * SECOND, price);
    }
    let before = volatility.value();
    for bad in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        assert_eq!(volatility.update(9 * SECOND, bad), None);
    }
    assert_eq!(volatility.update(SECOND, 100.0), None);
    assert_eq!(volatility.value(), before);
    let mut bad = settings();
    bad.gap_ns_max = 1;
    assert!(RealisedVolatility::new(bad).is_err());
    bad.grid_ns = 0;
    assert!(RealisedVolatility::new(bad).is_err());
}

/// Simulated trades some 0.1 s apart: a known volatility, with and without a bid-ask bounce.
#[test]
fn a_known_volatility_comes_back_and_the_bounce_is_taken_out() {
    const TRUTH: f64 = 1e-4;
    let mut settings = settings();
    settings.half_life_s = 10_000.0;
    let mut clean = RealisedVolatility::new(settings).unwrap();
    let mut noisy = clean.clone();
    let mut rng = Xoshiro256PlusPlus::from_seed(1);
    let (mut time_ns, mut log_price) = (0, 11.0);
    for _ in 0..400_000 {
        let step_s = 0.2 * rng.uniform();
        time_ns += (step_s * SECOND_NS) as u64;
        log_price += TRUTH * step_s.sqrt() * rng.normal();
        let bounce = if rng.uniform() < 0.5 { 1e-4 } else { -1e-4 };
        clean.update(time_ns, libm::exp(log_price));
        noisy.update(time_ns, libm::exp(log_price + bounce));
    }
    let ratio = |value: Option<f64>| value.unwrap() / TRUTH;
    assert!((ratio(clean.value()) - 1.0).abs() < 0.03);
    // The bounce adds twice its variance: a factor √3 at this size.
    assert!((ratio(noisy.value()) - 3.0_f64.sqrt()).abs() < 0.05);
    assert!((ratio(noisy.noise_corrected()) - 1.0).abs() < 0.08);
    assert!((ratio(clean.noise_corrected()) - 1.0).abs() < 0.06);
}
