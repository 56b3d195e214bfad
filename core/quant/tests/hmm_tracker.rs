//! The live tracker of regimes: what it must never know, when it must say nothing, and whether
//! what it says is worth anything.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use royale_quant::hmm::{
    CovarianceType, FitSettings, GaussianHmm, HmmError, OnCollapse, Regime, RegimeSettings,
    RegimeTracker, StateOrder,
};
use royale_quant::rng::Xoshiro256PlusPlus;
use support::Table;
use support::regimes::{Parameters, simulate};

/// Small and quick.
fn settings() -> RegimeSettings {
    RegimeSettings {
        window: 400,
        observations_min: 120,
        refit_every: 40,
        steps_per_update: 2,
        ..RegimeSettings::default()
    }
}

/// Bear, sideways and bull with returns of a few basis points.
fn market(length: usize, seed: u64) -> (Vec<f64>, Vec<usize>) {
    let means = [-4e-4, 0.0, 3e-4];
    let truth = Parameters::lasting(0.97, &means, &[4e-6, 2.5e-7, 2.5e-7]).model();
    simulate(&truth, length, &mut Xoshiro256PlusPlus::from_seed(seed))
}

/// Everything that a tracker says, bit by bit.
fn said(tracker: &RegimeTracker) -> Vec<u64> {
    let rows = [tracker.probabilities(), tracker.forecast(), tracker.shares()];
    let skill = tracker.skill();
    let scores = [skill.gain(), skill.log_loss(), skill.baseline_log_loss(), Some(skill.trust())];
    let model = tracker.model().into_iter().flat_map(|model| {
        let emissions = (0..model.states()).flat_map(|k| [model.mean(k), model.covariance(k)]);
        model.transition().iter().chain(emissions.flatten()).copied()
    });
    let numbers = rows.into_iter().flatten().flatten().copied().chain(model);
    let numbers = numbers.chain(scores.into_iter().flatten()).map(f64::to_bits);
    numbers.chain([tracker.fits(), tracker.failures()]).collect()
}

#[test]
fn no_output_knows_what_comes_later() {
    let (series, _) = market(900, 41);
    for steps_per_update in [2, 60] {
        let settings = RegimeSettings { steps_per_update, ..settings() };
        let mut whole = RegimeTracker::new(settings).unwrap();
        let outputs: Vec<_> = series.iter().map(|x| (whole.update(*x), said(&whole))).collect();
        assert!(whole.fits() > 15);
        for length in [119, 120, 121, 300, 555, 899] {
            // Up to there the same, and then another world.
            let mut other = RegimeTracker::new(settings).unwrap();
            for (x, expected) in series[..length].iter().zip(&outputs) {
                assert_eq!((other.update(*x), said(&other)), *expected);
            }
            if other.fits() > 0 {
                other.update(1e3 * series[length]);
                assert_ne!(said(&other), outputs[length].1);
            }
        }
    }
}

#[test]
fn nothing_is_said_before_there_is_enough() {
    let (series, _) = market(400, 42);
    let settings = RegimeSettings { steps_per_update: 60, ..settings() };
    let mut tracker = RegimeTracker::new(settings).unwrap();
    for x in &series[..119] {
        assert_eq!(tracker.update(*x), None);
        assert_eq!((tracker.probabilities(), tracker.forecast()), (None, None));
        assert!(tracker.model().is_none() && tracker.shares().is_none());
    }
    assert!(tracker.update(series[119]).is_some());
    assert_eq!((tracker.fits(), tracker.skill().gain()), (1, None));
    tracker.update(series[120]);
    assert!(tracker.skill().gain().is_some());
    for x in &series[121..] {
        assert!(tracker.update(*x).is_some());
        for row in [tracker.probabilities(), tracker.forecast(), tracker.shares()] {
            assert!((row.unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
    // At 120, and every forty after it.
    assert_eq!(tracker.fits(), 1 + (400 - 120) / 40);
}

#[test]
fn a_fit_in_small_steps_is_the_same_fit_later() {
    let (series, _) = market(200, 43);
    let tracker = |steps_per_update| {
        let mut settings = settings();
        settings.refit_every = 1000;
        settings.steps_per_update = steps_per_update;
        RegimeTracker::new(settings).unwrap()
    };
    let (mut at_once, mut slowly) = (tracker(60), tracker(1));
    let mut took_over = [0, 0];
    for (t, x) in series.iter().enumerate() {
        for (tracker, when) in [&mut at_once, &mut slowly].into_iter().zip(&mut took_over) {
            let fits = tracker.fits();
            tracker.update(*x);
            if tracker.fits() > fits {
                *when = t;
            }
        }
    }
    assert_eq!(took_over[0], 119);
    // The same fit by hand says how many steps there are: one with each update, and one more to
    // see that it is over, of which the first is at the update that begins it.
    let start = GaussianHmm::start_for(&series[..120], 3, 1, CovarianceType::Diagonal).unwrap();
    let (_, report) = start.fit(&series[..120], settings().fit).unwrap();
    assert_eq!(took_over[1], 119 + report.steps);
    assert_eq!(at_once.model(), slowly.model());
    // Their filters have seen different pasts of the same window by now, and agree all the same.
    for (one, other) in at_once.probabilities().unwrap().iter().zip(slowly.probabilities().unwrap())
    {
        assert!((one - other).abs() < 1e-9);
    }
}

#[test]
fn bad_returns_change_nothing() {
    let (series, _) = market(300, 44);
    let (mut clean, mut dirty) =
        (RegimeTracker::new(settings()).unwrap(), RegimeTracker::new(settings()).unwrap());
    for x in &series {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e30] {
            assert_eq!(dirty.update(bad), None);
        }
        assert_eq!(dirty.update(*x), clean.update(*x));
        assert_eq!(dirty.regime(), clean.regime());
        assert_eq!(said(&dirty), said(&clean));
    }
}

#[test]
fn regimes_that_are_there_are_found_live() {
    let (series, states) = market(4000, 45);
    let settings =
        RegimeSettings { window: 1440, order: StateOrder::Mean, ..RegimeSettings::default() };
    let mut tracker = RegimeTracker::new(settings).unwrap();
    let regimes = [Regime::Bear, Regime::Sideways, Regime::Bull];
    let (mut right, mut bears, mut bears_found) = (0, 0, 0);
    for (t, (x, state)) in series.iter().zip(&states).enumerate() {
        let regime = tracker.update(*x);
        if t >= 1440 {
            right += u32::from(regime == Some(regimes[*state]));
            bears += u32::from(*state == 0);
            bears_found += u32::from(*state == 0 && regime == Some(Regime::Bear));
        }
    }
    // By chance a third.
    assert!(right > 2560 * 6 / 10, "{right}");
    assert!(bears_found > bears * 8 / 10, "{bears_found} of {bears}");
    let skill = tracker.skill();
    assert!(skill.gain().unwrap() > 0.05 && skill.trust() > 0.999, "{skill:?}");
    assert!(skill.log_loss().unwrap() < skill.baseline_log_loss().unwrap());
}

/// Daily returns of an index through 2008, each forecast from the past alone.
#[test]
fn regimes_of_an_index_are_worth_knowing() {
    let series = Table::parse(include_str!("data/garch_returns.csv")).numbers("log_return_pct");
    let settings = RegimeSettings {
        window: 500,
        observations_min: 250,
        refit_every: 20,
        steps_per_update: 60,
        score_half_life: 250.0,
        ..RegimeSettings::default()
    };
    let mut tracker = RegimeTracker::new(settings).unwrap();
    let mut gains = Vec::new();
    for x in &series {
        tracker.update(*x);
        gains.extend(tracker.skill().gain());
    }
    let skill = tracker.skill();
    let ahead = gains.iter().filter(|gain| **gain > 0.0).count();
    println!("gain {:?}, ahead on {ahead} of {} days", skill.gain(), gains.len());
    assert!(skill.trust() > 0.99);
}

/// The consumer's protection: where there is no regime, the tracker's own score says so.
#[test]
fn noise_earns_no_trust() {
    let mut rng = Xoshiro256PlusPlus::from_seed(46);
    let mut tracker = RegimeTracker::new(settings()).unwrap();
    let (mut gain, mut trust, mut count) = (0.0, 0.0, 0.0);
    for t in 0..6000 {
        tracker.update(1e-3 * rng.normal());
        if t >= 1000 {
            gain += tracker.skill().gain().unwrap();
            trust += tracker.skill().trust();
            count += 1.0;
        }
    }
    // The entropy of the noise, in nats: what no forecast can beat for long.
    let entropy = 0.5 * libm::log(2.0 * std::f64::consts::PI * std::f64::consts::E * 1e-6);
    assert!((tracker.skill().baseline_log_loss().unwrap() - entropy).abs() < 0.1);
    let (gain, trust) = (gain / count, trust / count);
    println!("gain {gain}, trust {trust}");
    assert!(gain < 0.0 && trust < 0.5, "{gain} {trust}");
}

/// Three volatilities and hardly a drift: the case of most minutes.
#[test]
fn labels_by_mean_and_variance_do_not_switch() {
    let truth = Parameters::lasting(0.98, &[0.0; 3], &[6.25, 1.0, 0.25]).model();
    let (series, _) = simulate(&truth, 5000, &mut Xoshiro256PlusPlus::from_seed(47));
    let switches = |order| {
        let settings = RegimeSettings { order, ..RegimeSettings::default() };
        let mut tracker = RegimeTracker::new(settings).unwrap();
        let (mut fits, mut switches) = (0, 0);
        for x in &series {
            tracker.update(*x);
            if tracker.fits() > fits {
                fits = tracker.fits();
                let model = tracker.model().unwrap();
                let variance = |rank: usize| model.covariance(rank)[0];
                let is_sorted = variance(0) > variance(1) && variance(1) > variance(2);
                switches += u32::from(!is_sorted);
            }
        }
        println!("{order:?}: {switches} of {fits} models out of order");
        assert!(fits > 60);
        switches
    };
    assert!(switches(StateOrder::MeanAndVariance) <= 2);
    assert!(switches(StateOrder::Mean) > 20, "which is why there are two orders");
}

#[test]
fn a_move_never_seen_is_not_ruled_out() {
    // Calm for as long as it can remember, after a single storm.
    let mut rng = Xoshiro256PlusPlus::from_seed(48);
    let mut tracker = RegimeTracker::new(settings()).unwrap();
    for t in 0..500 {
        let size = if (110..150).contains(&t) { 20.0 } else { 1.0 };
        tracker.update(size * rng.normal());
    }
    let model = tracker.model().unwrap();
    // A share of 1/400 of a third.
    let least = 1.0 / 400.0 / 3.0 * 0.999;
    assert!(model.transition().iter().chain(tracker.shares().unwrap()).all(|p| *p >= least));
    assert!(model.transition().iter().any(|p| *p < 1.1 * least), "or nothing was mended");
}

#[test]
fn a_dead_market_is_a_counted_failure_and_no_end() {
    let mut tracker = RegimeTracker::new(settings()).unwrap();
    for _ in 0..200 {
        assert_eq!(tracker.update(0.0), None);
    }
    assert_eq!((tracker.fits(), tracker.failures()), (0, 3));
    assert_eq!(tracker.last_failure(), Some(HmmError::NoSpread { dimension: 0 }));
    // Life comes back, with many minutes of no change among it.
    let mut rng = Xoshiro256PlusPlus::from_seed(49);
    for t in 0..1000 {
        tracker.update(if t / 10 % 2 == 0 { 0.0 } else { 1e-3 * rng.normal() });
    }
    assert!(tracker.fits() > 10);
    assert_eq!(tracker.failures(), 3);
    let model = tracker.model().unwrap();
    assert!((0..3).all(|k| model.covariance(k)[0] > 0.0));
}

#[test]
fn a_collapse_leaves_the_old_model_in_place() {
    let mut settings = settings();
    settings.fit.on_collapse = OnCollapse::Refuse;
    let (series, _) = market(200, 50);
    let mut tracker = RegimeTracker::new(settings).unwrap();
    for x in &series {
        tracker.update(*x);
    }
    let fits = tracker.fits();
    assert!(fits > 0);
    for _ in 0..300 {
        tracker.update(0.0);
    }
    assert!(matches!(tracker.last_failure(), Some(HmmError::Collapsed { .. })));
    // Once for each fit that was begun, and no more.
    assert!((1..=7).contains(&tracker.failures()), "{}", tracker.failures());
    assert!(tracker.regime().is_some());
}

#[test]
fn unsound_settings_are_refused_by_name() {
    let refusal = |bend: &dyn Fn(&mut RegimeSettings)| {
        let mut settings = settings();
        bend(&mut settings);
        RegimeTracker::new(settings).unwrap_err().to_string()
    };
    let enough = "observations_min must be from ten a state up to the window";
    assert_eq!(refusal(&|s| s.observations_min = 29), enough);
    assert_eq!(refusal(&|s| s.observations_min = 401), enough);
    assert_eq!(refusal(&|s| s.states = 0), "states must be between 1 and 16");
    assert_eq!(refusal(&|s| s.states = 17), "states must be between 1 and 16");
    assert_eq!(refusal(&|s| s.refit_every = 0), "refit_every must be above zero");
    let over = "steps_per_update must be enough to end a fit before the next";
    assert_eq!(refusal(&|s| s.steps_per_update = 1), over);
    assert_eq!(refusal(&|s| s.fit.steps_max = 80), over);
    assert_eq!(refusal(&|s| s.window = 0), "window must be between 1 and 1048576");
    assert_eq!(refusal(&|s| s.score_half_life = 0.0), "half_life must be finite and above zero");
    let fit = FitSettings { steps_max: 0, ..FitSettings::default() };
    assert_eq!(refusal(&|s| s.fit = fit), "steps_max must be above zero");
    assert!(RegimeTracker::new(RegimeSettings::default()).is_ok());
}
