//! Hand-computed cases and a simulation of the averaged settlement.

use super::*;
use crate::rng::Xoshiro256PlusPlus;

/// One standard deviation of 1 % over 100 seconds.
const VOLATILITY: f64 = 0.001;

fn probability(digital: Option<Digital>) -> f64 {
    digital.unwrap().probability
}

#[test]
fn one_deviation_above_the_strike_is_84_percent() {
    // V = 1e-4, √V = 0.01; spot chosen so that ln(S/K) - V/2 = √V, hence d = 1.
    let spot = 100.0 * libm::exp(0.01 + 0.5e-4);
    let digital = at_or_above(spot, 100.0, VOLATILITY, 100.0).unwrap();
    assert!((digital.probability - 0.841_344_746_068_542_9).abs() < 1e-13);
    let slope = 0.241_970_724_519_143_37 / (spot * 0.01);
    assert!((digital.delta - slope).abs() < 1e-13);
}

#[test]
fn nothing_left_to_happen_is_a_step_that_counts_equality_as_yes() {
    for (volatility, seconds) in [(VOLATILITY, 0.0), (0.0, 100.0), (VOLATILITY, -5.0)] {
        assert_eq!(probability(at_or_above(100.0, 100.0, volatility, seconds)), 1.0);
        assert_eq!(probability(at_or_above(99.99, 100.0, volatility, seconds)), 0.0);
        assert_eq!(at_or_above(101.0, 100.0, volatility, seconds).unwrap().delta, 0.0);
    }
}

#[test]
fn nonsense_is_refused() {
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(at_or_above(bad, 100.0, VOLATILITY, 1.0), None);
        assert_eq!(at_or_above(100.0, bad, VOLATILITY, 1.0), None);
        assert_eq!(at_or_above(100.0, 100.0, bad, 1.0), None);
    }
    assert_eq!(at_or_above(100.0, 100.0, VOLATILITY, f64::NAN), None);
    assert_eq!(at_or_above(0.0, 100.0, VOLATILITY, 1.0), None);
    let average = AverageSettlement::unobserved(f64::NAN, 0.0);
    assert_eq!(average.at_or_above(100.0, 100.0, VOLATILITY, 1.0), None);
    let mut average = AverageSettlement::unobserved(60.0, 0.0);
    average.observed_average = f64::NAN;
    assert_eq!(average.at_or_above(100.0, 100.0, VOLATILITY, 1.0), None);
    // Before the window opens nothing observed is read, so its NaN does no harm.
    assert!(average.at_or_above(100.0, 100.0, VOLATILITY, 61.0).is_some());
}

#[test]
fn the_delta_is_the_slope_of_the_probability() {
    let average = AverageSettlement {
        averaging_s: 60.0,
        sample_every_s: 0.0,
        observed_average: 100.1,
        observed_fraction: 0.5,
    };
    for seconds in [30.0, 100.0] {
        let up = probability(average.at_or_above(100.0 + 1e-4, 100.0, VOLATILITY, seconds));
        let down = probability(average.at_or_above(100.0 - 1e-4, 100.0, VOLATILITY, seconds));
        let slope = (up - down) / 2e-4;
        let delta = average.at_or_above(100.0, 100.0, VOLATILITY, seconds).unwrap().delta;
        assert!((slope - delta).abs() < 1e-6 * delta, "{slope} {delta}");
    }
}

#[test]
fn an_average_before_its_window_has_two_thirds_of_the_window_less_time() {
    let average = AverageSettlement::unobserved(60.0, 0.0);
    let averaged = average.at_or_above(100.3, 100.0, VOLATILITY, 100.0);
    assert_eq!(averaged, at_or_above(100.3, 100.0, VOLATILITY, 60.0));
    // Where the window opens this instant, both branches say w/3.
    let opening = average.at_or_above(100.3, 100.0, VOLATILITY, 60.0);
    let inside = average.at_or_above(100.3, 100.0, VOLATILITY, 60.0 - 1e-9);
    assert!((probability(opening) - probability(inside)).abs() < 1e-9);
}

#[test]
fn samples_gather_the_variance_of_their_mean() {
    // Three samples at 1, 2, 3 s: mean of min(s,t) = (1·5 + 2·3 + 3·1)/9 = 14/9.
    let average = AverageSettlement::unobserved(3.0, 1.0);
    assert!((average.effective_seconds(3.0) - 14.0 / 9.0).abs() < 1e-15);
    // One sample to come is a plain settlement price, however close.
    assert!((average.effective_seconds(0.4) - 0.4).abs() < 1e-15);
    // Two to come, at 0.5 s and 1.5 s: (0.5·3 + 1.5·1)/4 = 0.75.
    assert!((average.effective_seconds(1.5) - 0.75).abs() < 1e-15);
    // Fine sampling is the continuous case.
    let fine = AverageSettlement::unobserved(60.0, 1e-4);
    assert!((fine.effective_seconds(100.0) - 60.0).abs() < 1e-3);
}

#[test]
fn what_was_observed_moves_the_strike() {
    let mut average = AverageSettlement::unobserved(60.0, 0.0);
    average.observed_fraction = 0.5;
    average.observed_average = 100.5;
    // Half at 100.5: the rest has to average 99.5 for a strike of 100.
    let left = average.at_or_above(100.0, 100.0, VOLATILITY, 30.0);
    assert_eq!(left, at_or_above(100.0, 99.5, VOLATILITY, 10.0));
    // Far above: certain.
    average.observed_average = 200.0;
    assert_eq!(probability(average.at_or_above(100.0, 100.0, VOLATILITY, 30.0)), 1.0);
    // All seen: only the observed average counts, and equality is yes.
    average.observed_fraction = 1.0;
    average.observed_average = 100.0;
    assert_eq!(probability(average.at_or_above(1.0, 100.0, VOLATILITY, 0.0)), 1.0);
    average.observed_average = 99.9;
    assert_eq!(probability(average.at_or_above(500.0, 100.0, VOLATILITY, 0.0)), 0.0);
    // Time is up but a tenth was never seen: it is taken at spot.
    average.observed_fraction = 0.9;
    assert_eq!(probability(average.at_or_above(101.0, 100.0, VOLATILITY, 0.0)), 1.0);
    assert_eq!(probability(average.at_or_above(100.5, 100.0, VOLATILITY, 0.0)), 0.0);
}

/// Forty thousand simulated minutes against the formula, before and inside the window.
#[test]
fn simulated_averages_end_above_the_strike_as_often_as_said() {
    let mut rng = Xoshiro256PlusPlus::from_seed(9);
    for (seconds, observed_average, strike) in [(90, 0.0, 100.2), (20, 100.3, 100.1)] {
        let samples = 60.min(seconds);
        let seen = f64::from(60 - samples) / 60.0;
        let average = AverageSettlement {
            averaging_s: 60.0,
            sample_every_s: 1.0,
            observed_average,
            observed_fraction: seen,
        };
        let said = probability(average.at_or_above(100.0, strike, VOLATILITY, f64::from(seconds)));
        let (paths, mut above) = (40_000, 0);
        for _ in 0..paths {
            let (mut price, mut sum) = (100.0, 0.0);
            for second in 1..=seconds {
                price *= rng.lognormal(-0.5 * VOLATILITY * VOLATILITY, VOLATILITY);
                sum += if second > seconds - samples { price } else { 0.0 };
            }
            let mean = seen * observed_average + sum / 60.0;
            above += i32::from(mean >= strike);
        }
        let counted = f64::from(above) / f64::from(paths);
        let error = (said * (1.0 - said) / f64::from(paths)).sqrt();
        assert!((counted - said).abs() < 4.0 * error, "{counted} {said} ± {error}");
    }
}
