//! Inference of the hidden Markov model: against every path counted one by one, and what must hold
//! of any model.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use royale_quant::hmm::{
    CovarianceType, FitSettings, GaussianHmm, HmmError, OBSERVATION_MAX, OnlineFilter, Regime,
    StateLabels, StateOrder,
};
use royale_quant::rng::Xoshiro256PlusPlus;
use support::Comparison;
use support::regimes::{Parameters, enumerate, simulate};

const KINDS: [CovarianceType; 2] = [CovarianceType::Diagonal, CovarianceType::Full];

/// Random small models with short series, some observations ever so far away.
fn small_cases(seed: u64, mut check: impl FnMut(&GaussianHmm, &[f64])) {
    let mut rng = Xoshiro256PlusPlus::from_seed(seed);
    for case in 0..400 {
        let (states, dimensions) = (1 + rng.below(3) as usize, 1 + rng.below(3) as usize);
        let kind = KINDS[case % 2];
        let model = Parameters::random(&mut rng, states, dimensions, kind).model();
        let length = 1 + rng.below(6) as usize;
        let scale = [1.0, 3.0, 60.0, 1e4][rng.below(4) as usize];
        let observations: Vec<f64> =
            (0..length * dimensions).map(|_| scale * rng.normal()).collect();
        check(&model, &observations);
    }
}

#[test]
fn no_path_is_forgotten_or_counted_twice() {
    let mut probabilities = Comparison::new("probabilities", 0.0, 1e-8);
    let mut sums = Comparison::new("log-likelihoods", 1e-13, 1e-9);
    small_cases(21, |model, observations| {
        let (states, dimensions) = (model.states(), model.dimensions());
        let smoothed = model.smooth(observations).unwrap();
        let filtered = model.filter(observations).unwrap();
        let exact = enumerate(model, observations);
        sums.check("smooth", Some(smoothed.log_likelihood), Some(exact.log_likelihood));
        sums.check("filter", Some(filtered.log_likelihood), Some(exact.log_likelihood));
        for (ours, exact) in smoothed.rows().flatten().zip(&exact.smoothed) {
            probabilities.check("smoothed", Some(*ours), Some(*exact));
        }
        for (t, row) in filtered.rows().enumerate() {
            // What is known at t is what all know at the end of a series that ends there.
            let until = enumerate(model, &observations[..(t + 1) * dimensions]);
            for (ours, exact) in row.iter().zip(&until.smoothed[t * states..]) {
                probabilities.check("filtered", Some(*ours), Some(*exact));
            }
        }
        let path = model.viterbi(observations).unwrap();
        sums.check("viterbi", Some(path.log_probability), Some(exact.best_log));
    });
}

/// The path itself has the probability that is claimed for it.
#[test]
fn the_viterbi_path_is_worth_what_it_says() {
    let mut sums = Comparison::new("viterbi", 1e-13, 1e-9);
    small_cases(22, |model, observations| {
        let path = model.viterbi(observations).unwrap();
        let mut log = libm::log(model.start()[usize::from(path.states[0])]);
        for (t, x) in observations.chunks(model.dimensions()).enumerate() {
            let mut densities = vec![0.0; model.states()];
            model.log_densities(x, &mut densities).unwrap();
            let now = usize::from(path.states[t]);
            log += densities[now];
            if t > 0 {
                let before = usize::from(path.states[t - 1]);
                log += libm::log(model.transition()[before * model.states() + now]);
            }
        }
        sums.check("path", Some(path.log_probability), Some(log));
    });
}

#[test]
fn the_live_filter_is_the_batch_filter_to_the_bit() {
    let mut rng = Xoshiro256PlusPlus::from_seed(23);
    for kind in KINDS {
        let model = Parameters::random(&mut rng, 4, 2, kind).model();
        let observations: Vec<f64> = (0..4000).map(|_| 3.0 * rng.normal()).collect();
        let batch = model.filter(&observations).unwrap();
        let mut live = OnlineFilter::new(model.clone());
        assert_eq!(live.filtered(), model.start());
        let mut sum = 0.0;
        for (t, x) in observations.chunks(2).enumerate() {
            for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1.001 * OBSERVATION_MAX] {
                assert_eq!(live.update(&[x[0], bad]), None);
            }
            assert_eq!(live.update(&x[..1]), None);
            sum += live.update(x).unwrap();
            let bits = |row: &[f64]| row.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(live.filtered()), bits(batch.of(t)), "observation {t}");
        }
        assert_eq!(live.log_likelihood().to_bits(), batch.log_likelihood.to_bits());
        assert_eq!(sum.to_bits(), batch.log_likelihood.to_bits());
        assert_eq!(live.count(), 2000);
        assert_eq!(live.log_loss(), Some(-sum / 2000.0));
    }
}

/// What the filter expects of the next state is what it would be told by one that knows nothing
/// of the next observation.
#[test]
fn predictions_follow_the_transitions() {
    small_cases(24, |model, observations| {
        let states = model.states();
        let mut live = OnlineFilter::new(model.clone());
        assert_eq!((live.predicted(), live.log_loss()), (model.start(), None));
        for x in observations.chunks(model.dimensions()) {
            live.update(x).unwrap();
            for j in 0..states {
                let expected: f64 = (0..states)
                    .map(|i| live.filtered()[i] * model.transition()[i * states + j])
                    .sum();
                assert!((live.predicted()[j] - expected).abs() < 1e-15);
            }
        }
    });
}

fn assert_distribution(row: &[f64]) {
    assert!(row.iter().all(|p| (0.0..=1.0).contains(p)), "{row:?}");
    assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{row:?}");
}

#[test]
fn probabilities_sum_to_one_however_far_the_observations() {
    let mut rng = Xoshiro256PlusPlus::from_seed(25);
    for case in 0..200 {
        let parameters = Parameters::random(&mut rng, 3, 2, KINDS[case % 2]);
        let model = parameters.model();
        let observations: Vec<f64> = (0..40)
            .map(|_| match rng.below(4) {
                0 => OBSERVATION_MAX * (2.0 * rng.uniform() - 1.0),
                1 => rng.lognormal(0.0, 40.0).min(OBSERVATION_MAX),
                _ => rng.normal(),
            })
            .collect();
        let filtered = model.filter(&observations).unwrap();
        let smoothed = model.smooth(&observations).unwrap();
        assert!(filtered.log_likelihood.is_finite());
        filtered.rows().chain(smoothed.rows()).for_each(assert_distribution);
        let mut live = OnlineFilter::new(model);
        for x in observations.chunks(2) {
            assert!(live.update(x).unwrap().is_finite());
            assert_distribution(live.predicted());
        }
    }
}

#[test]
fn a_million_observations_do_not_underflow() {
    let mut rng = Xoshiro256PlusPlus::from_seed(26);
    let truth = Parameters::lasting(0.98, &[-1.0, 0.0, 1.0], &[4.0, 1.0, 0.25]).model();
    let (observations, states) = simulate(&truth, 1_000_000, &mut rng);
    let smoothed = truth.smooth(&observations).unwrap();
    smoothed.rows().for_each(assert_distribution);
    assert!(smoothed.log_likelihood.is_finite());
    // And the digits are still there: calibrated as on the first thousand.
    let right = smoothed.rows().zip(&states).map(|(row, state)| row[*state]).sum::<f64>();
    let expected = smoothed.rows().flatten().map(|p| p * p).sum::<f64>();
    assert!((right - expected).abs() < 2000.0, "{right} {expected}");
}

#[test]
fn numbering_the_states_otherwise_changes_only_their_numbers() {
    let mut rng = Xoshiro256PlusPlus::from_seed(27);
    let order = [2, 0, 1];
    for kind in KINDS {
        let one = Parameters::random(&mut rng, 3, 2, kind);
        let entries = one.covariances.len() / 3;
        let pick = |numbers: &[f64], width: usize| -> Vec<f64> {
            order.iter().flat_map(|k| numbers[k * width..][..width].to_vec()).collect()
        };
        let rows = pick(&one.transition, 3);
        let other = Parameters {
            start: pick(&one.start, 1),
            transition: rows.chunks(3).flat_map(|row| pick(row, 1)).collect(),
            means: pick(&one.means, 2),
            kind,
            covariances: pick(&one.covariances, entries),
        };
        let (one, other) = (one.model(), other.model());
        let observations: Vec<f64> = (0..600).map(|_| 2.0 * rng.normal()).collect();
        let pairs = [
            (one.filter(&observations), other.filter(&observations)),
            (one.smooth(&observations), other.smooth(&observations)),
        ];
        for (one, other) in pairs.map(|(a, b)| (a.unwrap(), b.unwrap())) {
            assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-9);
            for (one, other) in one.rows().zip(other.rows()) {
                for (place, k) in order.iter().enumerate() {
                    assert!((other[place] - one[*k]).abs() < 1e-10);
                }
            }
        }
        let paths = (one.viterbi(&observations).unwrap(), other.viterbi(&observations).unwrap());
        let renumbered = paths.1.states.iter().map(|place| order[usize::from(*place)]);
        assert!(renumbered.eq(paths.0.states.iter().map(|k| usize::from(*k))));
        for rule in [StateOrder::Mean, StateOrder::MeanAndVariance] {
            let labels = (StateLabels::new(&one, rule), StateLabels::new(&other, rule));
            for (place, k) in order.iter().enumerate() {
                assert_eq!(labels.1.regime(place), labels.0.regime(*k));
                assert_eq!(labels.1.rank(place), labels.0.rank(*k));
            }
        }
    }
}

#[test]
fn one_state_is_a_plain_normal_distribution() {
    let model = Parameters::lasting(1.0, &[0.5], &[4.0]).model();
    let filtered = model.filter(&[0.5, 2.5, -1.5]).unwrap();
    // The density at the mean, and twice at one deviation from it.
    let peak = -0.5 * libm::log(2.0 * std::f64::consts::PI * 4.0);
    assert!((filtered.log_likelihood - (3.0 * peak - 1.0)).abs() < 1e-14);
    assert!(filtered.rows().all(|row| row == [1.0]));
    assert_eq!(model.viterbi(&[0.5, 9.0]).unwrap().states, [0, 0]);
}

#[test]
fn unsound_parameters_are_refused_by_name() {
    let good = Parameters::lasting(0.9, &[0.0, 1.0], &[1.0, 2.0]);
    assert!(good.try_model().is_ok());
    let refusal = |bend: &dyn Fn(&mut Parameters)| {
        let mut parameters = good.clone();
        bend(&mut parameters);
        parameters.try_model().unwrap_err().to_string()
    };
    let distribution = "start must be probabilities that sum to one";
    assert_eq!(refusal(&|p| p.start = vec![]), "start must be of 1 to 16 states");
    assert_eq!(refusal(&|p| p.start = vec![1.0 / 17.0; 17]), "start must be of 1 to 16 states");
    assert_eq!(refusal(&|p| p.start[0] = 0.5 + 2e-9), distribution);
    assert_eq!(refusal(&|p| p.start = vec![1.5, -0.5]), distribution);
    assert_eq!(refusal(&|p| p.start[1] = f64::NAN), distribution);
    assert_eq!(refusal(&|p| p.means.truncate(1)), "means must be 1 to 8 numbers for each state");
    assert_eq!(refusal(&|p| p.means.push(0.0)), "means must be 1 to 8 numbers for each state");
    for bad in [f64::NAN, f64::INFINITY, 2.0 * OBSERVATION_MAX] {
        assert_eq!(refusal(&|p| p.means[1] = bad), "means must be finite and at most 1e29");
    }
    let square = "transition must be a square with a row for each state";
    assert_eq!(refusal(&|p| p.transition.truncate(3)), square);
    let rows = "transition must be rows of probabilities that sum to one";
    assert_eq!(refusal(&|p| p.transition[2] = 0.2), rows);
    // Columns that sum to one are no rows that do.
    assert_eq!(refusal(&|p| p.transition = vec![0.9, 0.2, 0.1, 0.8]), rows);
    let definite = "covariances must be finite and positive definite";
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-61] {
        assert_eq!(refusal(&|p| p.covariances[1] = bad), definite);
    }
    let count = "covariances must be one variance for each mean, or one matrix for each state";
    assert_eq!(refusal(&|p| p.covariances.push(1.0)), count);

    let matrix = |entries: [f64; 4]| {
        Parameters {
            start: vec![1.0],
            transition: vec![1.0],
            means: vec![0.0, 0.0],
            kind: CovarianceType::Full,
            covariances: entries.to_vec(),
        }
        .try_model()
        .map_err(|error| error.to_string())
    };
    assert!(matrix([4.0, 1.9, 1.9, 1.0]).is_ok());
    assert_eq!(matrix([4.0, 2.0, 2.0, 1.0]).unwrap_err(), definite);
    assert_eq!(matrix([4.0, 3.0, 3.0, 1.0]).unwrap_err(), definite);
    let almost = 1.0 - 1e-14;
    assert_eq!(matrix([1.0, almost, almost, 1.0]).unwrap_err(), definite);
    assert_eq!(matrix([4.0, 1.0, 0.5, 1.0]).unwrap_err(), "covariances must be symmetric");
    assert!(matrix([4.0, f64::NAN, f64::NAN, 1.0]).is_err());
}

/// Whatever the state is now, the next one is certain: a sum of rounded probabilities.
#[test]
fn certainty_is_not_above_one() {
    let mut rng = Xoshiro256PlusPlus::from_seed(29);
    let mut parameters = Parameters::lasting(0.9, &[0.0, 0.3, 0.6, 0.9], &[1.0; 4]);
    parameters.transition = [1.0, 0.0, 0.0, 0.0].repeat(4);
    parameters.start = vec![0.25; 4];
    for _ in 0..1000 {
        let mut live = OnlineFilter::new(parameters.model());
        live.update(&[rng.normal()]).unwrap();
        assert!((1.0 - 1e-15..=1.0).contains(&live.predicted()[0]), "{:?}", live.predicted());
    }
}

/// The states differ in the second coordinate only, and the far observation is right between
/// them: it tells nothing, and must not blur what its neighbours tell.
#[test]
fn a_far_observation_takes_no_digits_from_its_neighbours() {
    let parameters = Parameters {
        means: vec![0.0, -1.0, 0.0, 1.0],
        covariances: vec![1.0; 4],
        ..Parameters::lasting(0.8, &[0.0, 0.0], &[1.0, 1.0])
    };
    let model = parameters.model();
    let series = |far: f64| [0.0, 0.3, far, 0.0, 0.0, -0.7, far, 0.0, 0.0, 0.4];
    let (near, far) = (series(0.0), series(1e7));
    let rows = |inference: royale_quant::hmm::Inference| {
        inference.rows().flatten().copied().collect::<Vec<f64>>()
    };
    for (near, far) in [
        (model.filter(&near).unwrap(), model.filter(&far).unwrap()),
        (model.smooth(&near).unwrap(), model.smooth(&far).unwrap()),
    ] {
        for (near, far) in rows(near).iter().zip(rows(far)) {
            assert!((near - far).abs() < 1e-14, "{near} {far}");
        }
    }
}

/// A move of 1e-300 against an observation at 37 deviations: two explanations of the same size,
/// one of them beyond what plain products can hold.
#[test]
fn the_nearly_impossible_is_weighed_to_the_digit() {
    let parameters = Parameters {
        transition: vec![1.0, 1e-300, 0.5, 0.5],
        ..Parameters::lasting(0.5, &[0.0, 37.15], &[1.0, 1.0])
    };
    let (model, series) = (parameters.model(), [0.0, 37.15, 37.15, 37.15]);
    let smoothed = model.smooth(&series).unwrap();
    let exact = enumerate(&model, &series);
    assert!((0.05..0.95).contains(&exact.smoothed[0]), "{}", exact.smoothed[0]);
    for (ours, exact) in smoothed.rows().flatten().zip(&exact.smoothed) {
        assert!((ours - exact).abs() < 1e-10, "{ours} {exact}");
    }
}

#[test]
fn of_equal_paths_the_lower_state_is_taken() {
    let model = Parameters::lasting(0.5, &[1.0, 1.0], &[2.0, 2.0]).model();
    assert_eq!(model.viterbi(&[0.0, 3.0, -1.0]).unwrap().states, [0, 0, 0]);
}

#[test]
fn a_series_that_is_none_is_refused() {
    let model =
        Parameters::random(&mut Xoshiro256PlusPlus::from_seed(28), 2, 2, CovarianceType::Full)
            .model();
    for numbers in [0, 1, 3] {
        let observations = vec![0.0; numbers];
        let refusal = Some(HmmError::Length { numbers });
        assert_eq!(model.filter(&observations).err(), refusal);
        assert_eq!(model.smooth(&observations).err(), refusal);
        assert_eq!(model.viterbi(&observations).err(), refusal);
        assert_eq!(model.fit(&observations, FitSettings::default()).err(), refusal);
    }
    for bad in [f64::NAN, f64::NEG_INFINITY, 1e30] {
        let fitted = model.fit(&[0.0, bad, 1.0, 1.0], FitSettings::default());
        assert_eq!(fitted.err(), Some(HmmError::Observation { index: 0 }));
        let refusal = model.viterbi(&[0.0, 0.0, 0.0, bad]).unwrap_err();
        assert_eq!(refusal, HmmError::Observation { index: 1 });
        assert_eq!(refusal.to_string(), "observation 1 is not finite or too large");
    }
}

#[test]
fn regimes_are_named_by_rank() {
    use Regime::{Bear, Bull, Sideways};
    let names = |means: &[f64], variances: &[f64], order| {
        let model = Parameters::lasting(0.9, means, variances).model();
        let labels = StateLabels::new(&model, order);
        (0..means.len()).map(|state| labels.regime(state)).collect::<Vec<_>>()
    };
    let (mean, both) = (StateOrder::Mean, StateOrder::MeanAndVariance);
    assert_eq!(names(&[0.3, -0.2, 0.1], &[1.0; 3], mean), [Bull, Bear, Sideways]);
    assert_eq!(names(&[0.3, -0.2, 0.1], &[1.0; 3], both), [Bull, Bear, Sideways]);
    // Means that differ by nothing to speak of: the volatile state is the bear.
    assert_eq!(names(&[0.02, 0.01, 0.0], &[4.0, 1.0, 0.25], mean), [Bull, Sideways, Bear]);
    assert_eq!(names(&[0.02, 0.01, 0.0], &[4.0, 1.0, 0.25], both), [Bear, Sideways, Bull]);
    // Equal means: the more volatile one first.
    assert_eq!(names(&[0.0, 0.0], &[1.0, 2.0], mean), [Bull, Bear]);
    assert_eq!(names(&[0.0], &[1.0], mean), [Sideways]);
    let four = [Bear, Sideways, Sideways, Bull];
    assert_eq!(names(&[-2.0, -1.0, 1.0, 2.0], &[1.0; 4], mean), four);
}
