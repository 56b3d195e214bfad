//! Baum–Welch: against expectations counted path by path, and at the edges of what a series can
//! tell.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use royale_quant::hmm::{CovarianceType, FitSettings, GaussianHmm, HmmError, OnCollapse, STAY};
use royale_quant::rng::Xoshiro256PlusPlus;
use support::Comparison;
use support::regimes::{Parameters, enumerate, simulate};

const KINDS: [CovarianceType; 2] = [CovarianceType::Diagonal, CovarianceType::Full];

fn steps(steps_max: usize) -> FitSettings {
    FitSettings { steps_max, tolerance: 0.0, ..FitSettings::default() }
}

/// All numbers of a model, for a look at whether any of them is none.
fn numbers(model: &GaussianHmm) -> Vec<f64> {
    let emissions = (0..model.states()).flat_map(|k| [model.mean(k), model.covariance(k)]);
    [model.start(), model.transition()].into_iter().chain(emissions).flatten().copied().collect()
}

fn assert_sound(model: &GaussianHmm) {
    assert!(numbers(model).iter().all(|x| x.is_finite()), "{model:?}");
    for row in model.transition().chunks(model.states()).chain([model.start()]) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
    }
}

/// One step re-estimates from the expectations that come of counting every path.
#[test]
fn a_step_weighs_every_path() {
    let mut rng = Xoshiro256PlusPlus::from_seed(31);
    let mut comparison = Comparison::new("one step", 1e-8, 1e-8);
    let mut compared = 0;
    for case in 0..60 {
        let model = Parameters::random(&mut rng, 2, 2, KINDS[case % 2]).model();
        let observations: Vec<f64> = (0..24).map(|_| 2.0 * rng.normal()).collect();
        let exact = enumerate(&model, &observations);
        let visits = |k: usize| exact.smoothed.iter().skip(k).step_by(2).sum::<f64>();
        let departures = |k: usize| exact.moves[2 * k] + exact.moves[2 * k + 1];
        if (0..2).any(|k| visits(k) < 4.0 || departures(k) < 0.1) {
            // So few that one observation decides: the edges have tests of their own.
            continue;
        }
        compared += 1;
        let (fitted, _) = model.fit(&observations, steps(1)).unwrap();
        for k in 0..2 {
            let weighted = |d: usize, e: usize, mean: [f64; 2]| {
                let rows = observations.chunks(2).zip(exact.smoothed.chunks(2));
                let sum: f64 = rows.map(|(x, p)| p[k] * (x[d] - mean[d]) * (x[e] - mean[e])).sum();
                sum / visits(k)
            };
            let mean = [0, 1].map(|d| {
                let rows = observations.chunks(2).zip(exact.smoothed.chunks(2));
                rows.map(|(x, p)| p[k] * x[d]).sum::<f64>() / visits(k)
            });
            let mut check = |label: &str, ours: f64, exact: f64| {
                comparison.check(label, Some(ours), Some(exact));
            };
            check("start", fitted.start()[k], exact.smoothed[k]);
            for place in [2 * k, 2 * k + 1] {
                check("move", fitted.transition()[place], exact.moves[place] / departures(k));
            }
            check("mean", fitted.mean(k)[0], mean[0]);
            check("mean", fitted.mean(k)[1], mean[1]);
            let ours = fitted.covariance(k);
            match fitted.covariance_type() {
                CovarianceType::Diagonal => {
                    check("variance", ours[0], weighted(0, 0, mean));
                    check("variance", ours[1], weighted(1, 1, mean));
                }
                CovarianceType::Full => {
                    check("variance", ours[0], weighted(0, 0, mean));
                    check("covariance", ours[1], weighted(0, 1, mean));
                    check("covariance", ours[2], weighted(0, 1, mean));
                    check("variance", ours[3], weighted(1, 1, mean));
                }
            }
        }
    }
    assert!(compared > 20, "{compared}");
}

/// Ordinary series, fat tails, many equal values; from random starts, with states held at the
/// floor and without.
#[test]
fn no_step_loses_likelihood() {
    let mut rng = Xoshiro256PlusPlus::from_seed(32);
    let mut held = 0;
    for case in 0..120 {
        let kind = KINDS[case % 2];
        let mut model = Parameters::random(&mut rng, 1 + case % 4, 2, kind).model();
        let tail = rng.uniform() < 0.5;
        let zeros = if rng.below(3) == 0 { 0.4 } else { 0.0 };
        let observations: Vec<f64> = (0..300)
            .map(|_| {
                let size = if tail { rng.lognormal(0.0, 2.0) } else { 1.0 };
                if rng.uniform() < zeros { 0.0 } else { size * rng.normal() }
            })
            .collect();
        let settings = FitSettings { on_collapse: OnCollapse::Hold, ..steps(1) };
        let mut last = model.filter(&observations).unwrap().log_likelihood;
        for step in 0..40 {
            let (next, report) = model.fit(&observations, settings).unwrap();
            assert_sound(&next);
            assert_eq!(report.log_likelihood_before, last);
            assert_eq!(report.log_likelihood, next.filter(&observations).unwrap().log_likelihood);
            let rounding = 1e-12 * last.abs();
            assert!(
                report.log_likelihood >= last - rounding,
                "case {case}, step {step}: {report:?}"
            );
            last = report.log_likelihood;
            held += u32::from(model.fit(&observations, steps(1)).is_err());
            model = next;
        }
    }
    assert!(held > 100, "the floor was tried {held} times");
}

#[test]
fn a_fit_finds_the_regimes_that_made_the_series() {
    let mut rng = Xoshiro256PlusPlus::from_seed(33);
    let truth = Parameters::lasting(0.97, &[-0.25, 0.0, 0.12], &[6.0, 1.2, 0.3]).model();
    let (observations, _) = simulate(&truth, 20_000, &mut rng);
    let start = GaussianHmm::start_for(&observations, 3, 1, CovarianceType::Diagonal).unwrap();
    assert_eq!(start.transition()[..2], [STAY, (1.0 - STAY) / 2.0]);
    let (fitted, report) = start.fit(&observations, FitSettings::default()).unwrap();
    assert!(report.has_converged, "{report:?}");
    assert!(report.log_likelihood > truth.filter(&observations).unwrap().log_likelihood);
    // The start puts the calmest state first.
    for (ours, theirs) in [(0, 2), (1, 1), (2, 0)] {
        assert!((fitted.mean(ours)[0] - truth.mean(theirs)[0]).abs() < 0.1);
        assert!((fitted.covariance(ours)[0] / truth.covariance(theirs)[0] - 1.0).abs() < 0.1);
        assert!((fitted.transition()[4 * ours] - 0.97).abs() < 0.01);
    }
}

/// Odd lengths leave a rest after the last whole block.
#[test]
fn a_start_leaves_no_observation_out() {
    for length in [1, 5, 47, 81, 99] {
        let series: Vec<f64> = (0..=length).map(|t| f64::from(t * t)).collect();
        let start = GaussianHmm::start_for(&series, 1, 1, CovarianceType::Diagonal).unwrap();
        let count = series.len() as f64;
        let mean = series.iter().sum::<f64>() / count;
        let variance = series.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        assert!((start.mean(0)[0] / mean - 1.0).abs() < 1e-12);
        assert!((start.covariance(0)[0] / variance - 1.0).abs() < 1e-12);
        assert_eq!((start.start(), start.transition()), (&[1.0][..], &[1.0][..]));
    }
}

#[test]
fn a_fit_stops_when_it_gains_nothing_more() {
    let mut rng = Xoshiro256PlusPlus::from_seed(34);
    let truth = Parameters::lasting(0.95, &[-2.0, 2.0], &[1.0, 1.0]).model();
    let (observations, _) = simulate(&truth, 500, &mut rng);
    let settings = FitSettings { tolerance: 0.5, ..FitSettings::default() };
    let (_, short) = truth.fit(&observations, settings).unwrap();
    let (_, long) = truth.fit(&observations, FitSettings::default()).unwrap();
    assert!(short.has_converged && long.has_converged);
    assert!(short.steps < long.steps && short.log_likelihood < long.log_likelihood);
    let (_, cut) = truth.fit(&observations, steps(2)).unwrap();
    assert_eq!((cut.steps, cut.has_converged), (2, false));
}

#[test]
fn one_state_is_fitted_by_mean_and_variance() {
    let model = Parameters::lasting(1.0, &[7.0], &[3.0]).model();
    let (fitted, report) = model.fit(&[0.0, 0.0, 0.0, 4.0], FitSettings::default()).unwrap();
    assert_eq!((fitted.mean(0), fitted.covariance(0)), (&[1.0][..], &[3.0][..]));
    assert_eq!((fitted.start(), fitted.transition()), (&[1.0][..], &[1.0][..]));
    assert_eq!(report.steps, 2); // the second finds nothing to gain
}

#[test]
fn a_state_that_nobody_visits_stays_where_it_was() {
    let mut rng = Xoshiro256PlusPlus::from_seed(35);
    let far = Parameters::lasting(0.9, &[0.0, 1e6], &[1.0, 2.0]).model();
    let observations: Vec<f64> = (0..200).map(|_| rng.normal()).collect();
    let (fitted, _) = far.fit(&observations, FitSettings::default()).unwrap();
    assert_sound(&fitted);
    assert_eq!((fitted.mean(1), fitted.covariance(1)), (&[1e6][..], &[2.0][..]));
    // Nobody left it either.
    assert_eq!(fitted.transition()[2..], far.transition()[2..]);
    // And the other one is the plain fit.
    let mean = observations.iter().sum::<f64>() / 200.0;
    assert!((fitted.mean(0)[0] - mean).abs() < 1e-12);
}

#[test]
fn a_state_on_a_single_value_is_an_error_and_not_nan() {
    let mut rng = Xoshiro256PlusPlus::from_seed(36);
    // Long stretches with hardly a trade, and with none at all.
    for still in [1e-4, 0.0] {
        let size = |t: usize| if (t / 20).is_multiple_of(2) { still } else { 1.0 };
        let observations: Vec<f64> = (0..400).map(|t| size(t) * rng.normal()).collect();
        let start = Parameters::lasting(0.9, &[0.0, 0.0], &[0.1, 1.0]).model();
        let fit = |variance_share_min, on_collapse| {
            let settings =
                FitSettings { variance_share_min, on_collapse, ..FitSettings::default() };
            start.fit(&observations, settings).map(|(model, _)| model)
        };
        let refused = fit(1e-6, OnCollapse::Refuse).unwrap_err();
        assert_eq!(refused, HmmError::Collapsed { state: 0, dimension: 0 });
        assert_eq!(refused.to_string(), "state 0 collapsed in coordinate 0");

        let held = fit(1e-6, OnCollapse::Hold).unwrap();
        assert_sound(&held);
        let mean = observations.iter().sum::<f64>() / 400.0;
        let variance = observations.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 400.0;
        assert!((held.covariance(0)[0] / (1e-6 * variance) - 1.0).abs() < 1e-12);
        assert!(held.smooth(&observations).unwrap().of(5)[0] > 0.99);

        // Under a lower floor there is room for what is not quite still.
        let lower = fit(1e-11, OnCollapse::Refuse);
        assert_eq!(lower.is_ok(), still > 0.0);
    }
}

#[test]
fn coordinates_that_move_as_one_have_no_matrix() {
    let mut rng = Xoshiro256PlusPlus::from_seed(37);
    let observations: Vec<f64> = (0..200)
        .flat_map(|_| {
            let x = rng.normal();
            [x, 3.0 * x]
        })
        .collect();
    let start = GaussianHmm::start_for(&observations, 2, 2, CovarianceType::Full).unwrap();
    let refused = start.fit(&observations, FitSettings::default()).unwrap_err();
    assert!(matches!(refused, HmmError::Collapsed { dimension: 1, .. }), "{refused}");
    let settings = FitSettings { on_collapse: OnCollapse::Hold, ..FitSettings::default() };
    let (held, _) = start.fit(&observations, settings).unwrap();
    assert_sound(&held);
}

/// What is held holds no more than it must: a matrix stays, and its mean still goes where it is
/// most likely.
#[test]
fn a_held_matrix_moves_with_its_mean() {
    let start = Parameters {
        kind: CovarianceType::Full,
        covariances: vec![1.0, 0.0, 0.0, 1.0],
        ..Parameters::lasting(1.0, &[0.0], &[])
    };
    let start = Parameters { means: vec![9.0, 9.0], ..start }.model();
    let settings = FitSettings { on_collapse: OnCollapse::Hold, ..FitSettings::default() };
    let (held, _) = start.fit(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], settings).unwrap();
    assert_eq!((held.mean(0), held.covariance(0)), (&[1.0, 1.0][..], start.covariance(0)));
}

/// A start under the floor is not lifted to it: that would cost likelihood.
#[test]
fn a_start_under_the_floor_loses_nothing() {
    let mut rng = Xoshiro256PlusPlus::from_seed(38);
    let size = |t: usize| if (t / 20).is_multiple_of(2) { 1e-4 } else { 1.0 };
    let observations: Vec<f64> = (0..400).map(|t| size(t) * rng.normal()).collect();
    let start = Parameters::lasting(0.95, &[0.0, 0.0], &[1e-4, 1.0]).model();
    let settings =
        FitSettings { variance_share_min: 0.1, on_collapse: OnCollapse::Hold, ..steps(1) };
    let (held, report) = start.fit(&observations, settings).unwrap();
    assert!(report.log_likelihood >= report.log_likelihood_before, "{report:?}");
    assert_eq!(held.covariance(0), [1e-4]);
}

#[test]
fn a_series_without_spread_has_no_model() {
    let model = Parameters::lasting(0.9, &[0.0, 1.0], &[1.0, 1.0]).model();
    let none = Err(HmmError::NoSpread { dimension: 0 });
    // 0.1 has no exact double, so that a sum of many of them is off by rounding; and what differs
    // in the last digit only differs by rounding.
    let last_digit = |t: usize| 1.0 + f64::EPSILON * (t % 2) as f64;
    let series = [0.0, 1.0, 0.1, 1e-40].map(|constant| vec![constant; 321]);
    for series in series.into_iter().chain([(0..321).map(last_digit).collect()]) {
        assert_eq!(model.fit(&series, FitSettings::default()).map(|_| ()), none);
        let start = GaussianHmm::start_for(&series, 2, 1, CovarianceType::Diagonal);
        assert_eq!(start.map(|_| ()), none);
    }
    assert_eq!(
        GaussianHmm::start_for(&[1.0, 2.0], 3, 1, CovarianceType::Diagonal),
        Err(HmmError::Length { numbers: 2 })
    );
}

#[test]
fn unsound_settings_are_refused_by_name() {
    let model = Parameters::lasting(0.9, &[0.0, 1.0], &[1.0, 1.0]).model();
    let refusal =
        |settings: FitSettings| model.fit(&[0.0, 1.0, 2.0], settings).unwrap_err().to_string();
    let good = FitSettings::default();
    assert_eq!(refusal(FitSettings { steps_max: 0, ..good }), "steps_max must be above zero");
    for tolerance in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = refusal(FitSettings { tolerance, ..good });
        assert_eq!(refused, "tolerance must be finite and not negative");
    }
    for variance_share_min in [0.0, 1.0, f64::NAN] {
        let refused = refusal(FitSettings { variance_share_min, ..good });
        assert_eq!(refused, "variance_share_min must be between 1e-12 and 1");
    }
    let shape = GaussianHmm::start_for(&[0.0, 1.0], 17, 1, CovarianceType::Diagonal).unwrap_err();
    assert_eq!(shape.to_string(), "states must be between 1 and 16");
}
