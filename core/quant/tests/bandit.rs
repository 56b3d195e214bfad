//! Posteriors, indices and the probability of being the best, against reference values, against
//! closed forms and against draws.

mod support;

use royale_quant::bandit::{
    Beta, Counts, Evidence, Exp3, Exp3Settings, NormalGamma, Outcome, PBest, Policy, RegimeView,
    Student, ThompsonBeta, Ucb, WindowedThompson,
};
use royale_quant::rng::Xoshiro256PlusPlus;
use serde_json::Value;
use support::Comparison;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/bandits.json")).expect("valid JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("array").iter().map(|x| x.as_f64().expect("number")).collect()
}

fn pairs(value: &Value) -> Vec<(f64, f64)> {
    value.as_array().expect("array").iter().map(numbers).map(|pair| (pair[0], pair[1])).collect()
}

const ONLY: RegimeView<'static> = RegimeView { label: 0, probabilities: &[1.0] };

/// What was played, in order.
fn log(file: &Value) -> Vec<Outcome> {
    let event = |event: &Value| Outcome {
        arm: event["arm"].as_u64().expect("arm") as usize,
        reward: event["reward"].as_f64().expect("reward"),
    };
    file["event_log"].as_array().expect("log").iter().map(event).collect()
}

fn tell(policy: &mut dyn Policy, log: &[Outcome]) {
    for outcome in log {
        policy.observe(ONLY, std::slice::from_ref(outcome));
    }
}

fn compare(name: &str, ours: &[Beta], reference: &Value) {
    let mut against = Comparison::new(name, 1e-12, 0.0);
    let alphas = ours.iter().map(|beta| beta.alpha).zip(numbers(&reference["alpha"]));
    let betas = ours.iter().map(|beta| beta.beta).zip(numbers(&reference["beta"]));
    for (arm, (a, b)) in alphas.chain(betas).enumerate() {
        against.check(&arm.to_string(), Some(a), Some(b));
    }
}

#[test]
fn counts_fade_and_the_prior_does_not() {
    let file = reference();
    let arms = numbers(&file["ucb1_indices"]).len();
    for case in file["discounted_update"].as_array().unwrap() {
        let mut policy = ThompsonBeta::new(arms, case["gamma"].as_f64().unwrap()).unwrap();
        tell(&mut policy, &log(&file));
        compare("discount", &policy.posteriors().collect::<Vec<_>>(), case);
    }
}

#[test]
fn the_window_counts_plays_of_any_arm() {
    let file = reference();
    let arms = numbers(&file["ucb1_indices"]).len();
    for case in file["sliding_window_update"].as_array().unwrap() {
        let window = case["window"].as_u64().unwrap() as usize;
        let mut policy = WindowedThompson::new(arms, window).unwrap();
        tell(&mut policy, &log(&file));
        compare("window", &policy.posteriors().collect::<Vec<_>>(), case);
    }
}

#[test]
fn indices_of_ucb1() {
    let file = reference();
    let expected = numbers(&file["ucb1_indices"]);
    let mut policy = Ucb::new(expected.len(), 1.0, Ucb::UCB1_XI).unwrap();
    tell(&mut policy, &log(&file));
    let mut against = Comparison::new("ucb1", 1e-12, 0.0);
    for (ours, reference) in policy.indices().zip(expected) {
        against.check("index", Some(ours), Some(reference));
    }
}

#[test]
fn probabilities_of_exp3_before_each_play() {
    let file = reference();
    let before = file["exp3_probabilities_before_each_event"].as_array().unwrap();
    let arms = numbers(&before[0]).len();
    let mut policy = Exp3::new(arms, Exp3Settings { gamma: 0.1, alpha: 0.0 }).unwrap();
    let mut against = Comparison::new("exp3", 1e-12, 0.0);
    for (outcome, expected) in log(&file).iter().zip(before) {
        for (ours, reference) in policy.probabilities().iter().zip(numbers(expected)) {
            against.check("probability", Some(*ours), Some(reference));
        }
        tell(&mut policy, std::slice::from_ref(outcome));
    }
}

#[test]
fn a_mean_with_unknown_noise() {
    let file = reference();
    let case = &file["normal_inverse_gamma"];
    let number = |part: &str, name: &str| case[part][name].as_f64().unwrap();
    let prior = NormalGamma::new(
        number("prior", "mu"),
        number("prior", "kappa"),
        number("prior", "alpha"),
        number("prior", "beta"),
    );
    let mut evidence = Evidence::default();
    numbers(&case["data"]).iter().for_each(|value| evidence.take(*value, 1.0));
    let posterior = prior.unwrap().given(&evidence);
    let mut against = Comparison::new("normal-gamma", 1e-12, 0.0);
    let mut check = |name: &str, ours: f64, reference: f64| {
        against.check(name, Some(ours), Some(reference));
    };
    check("mu", posterior.mu, number("posterior", "mu"));
    check("kappa", posterior.kappa, number("posterior", "kappa"));
    check("alpha", posterior.alpha, number("posterior", "alpha"));
    check("beta", posterior.beta, number("posterior", "beta"));
    let positive = 1.0 - posterior.mean().cdf(0.0);
    check("positive", positive, case["prob_mean_positive"].as_f64().unwrap());
}

#[test]
fn probability_of_being_the_best() {
    for case in reference()["p_best"].as_array().unwrap() {
        let expected = numbers(&case["p_best"]);
        let params = pairs(&case["params"]);
        let mut shares = vec![0.0; expected.len()];
        let mut integral = PBest::new(expected.len()).unwrap();
        if case["kind"] == "beta" {
            let arms = params.iter().map(|&(alpha, beta)| Beta { alpha, beta });
            integral.rates(&arms.collect::<Vec<_>>(), &mut shares);
        } else {
            let arms = params.iter().map(|&(mean, deviation)| Student::normal(mean, deviation));
            integral.means(&arms.collect::<Vec<_>>(), &mut shares);
        }
        // The contract is 1e-7; the integral is far better, and should stay so.
        let mut against = Comparison::new("p_best", 0.0, 1e-10);
        for (ours, reference) in shares.iter().zip(&expected) {
            against.check("share", Some(*ours), Some(*reference));
        }
    }
}

/// Two Cauchy variables differ by a Cauchy variable with the sum of their scales; two uniform
/// rates are a coin; a rate known to be about one half beats a uniform one every other time.
#[test]
fn closed_forms_of_two_arms() {
    let mut integral = PBest::new(2).unwrap();
    let mut shares = [0.0; 2];
    for (apart, one, other) in
        [(0.0, 1.0, 1.0), (1.0, 1.0, 3.0), (-7.0, 0.01, 2.0), (0.3, 1e-3, 1e3)]
    {
        let arm = |location, scale| Student { location, scale, degrees: 1.0 };
        integral.means(&[arm(apart, one), arm(0.0, other)], &mut shares);
        let exact = 0.5 + (apart / (one + other)).atan() / std::f64::consts::PI;
        assert!((shares[0] - exact).abs() < 1e-8, "{apart}: {} not {exact}", shares[0]);
    }
    for other in [Beta::UNIFORM, Beta { alpha: 5e5, beta: 5e5 }, Beta { alpha: 0.05, beta: 0.05 }] {
        integral.rates(&[Beta::UNIFORM, other], &mut shares);
        assert!((shares[0] - 0.5).abs() < 1e-8, "{other:?}: {shares:?}");
    }
}

#[test]
fn draws_agree_with_the_integral() {
    let mut rng = Xoshiro256PlusPlus::from_seed(5);
    let arms: Vec<Student> = (0..19)
        .map(|arm| Student {
            location: rng.normal() * 0.3,
            scale: rng.lognormal(-1.0, 0.5),
            degrees: 2.0 + f64::from(arm),
        })
        .collect();
    let mut shares = [0.0; 19];
    PBest::new(19).unwrap().means(&arms, &mut shares);
    let mut wins = [0.0; 19];
    const DRAWS: usize = 40_000;
    for _ in 0..DRAWS {
        let draws: Vec<f64> = arms.iter().map(|arm| arm.draw(&mut rng)).collect();
        let best = (0..19).max_by(|a, b| draws[*a].total_cmp(&draws[*b])).unwrap();
        wins[best] += 1.0 / DRAWS as f64;
    }
    for (share, won) in shares.iter().zip(wins) {
        let error = (share * (1.0 - share) / DRAWS as f64).sqrt();
        assert!((share - won).abs() < 4.0 * error + 1e-4, "{share} was drawn {won}");
    }
}

/// Sixty-four arms whose widths differ a thousandfold, and inputs that make no sense.
#[test]
fn shares_always_add_up_to_one() {
    let arms: Vec<Student> = (0..64)
        .map(|arm| {
            let k = f64::from(arm);
            Student {
                location: (k * 0.7).sin(),
                scale: 10_f64.powf(-3.0 * (k / 64.0)),
                degrees: 1.0 + k,
            }
        })
        .collect();
    let mut shares = [0.0; 64];
    let mut integral = PBest::new(64).unwrap();
    integral.means(&arms, &mut shares);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let wicked = [f64::NAN, f64::INFINITY, -1e300, 1e300, 0.0, 5e-324];
    for location in wicked {
        for scale in wicked {
            let odd = Student { location, scale, degrees: 3.0 };
            let two = &mut shares[..2];
            integral.means(&[odd, Student::normal(0.0, 1.0)], two);
            assert!((two.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{odd:?}: {two:?}");
        }
    }
}

#[test]
fn what_no_prior_can_be_is_refused() {
    assert!(NormalGamma::new(0.0, 1.0, 0.4, 1.0).is_err());
    assert!(NormalGamma::expecting(f64::NAN, 1.0, 1.0).is_err());
    assert!(Beta::new(0.0, 1.0).is_err());
    assert!(PBest::new(0).is_err() && PBest::new(1025).is_err());
    assert!(ThompsonBeta::new(3, 0.0).is_err() && ThompsonBeta::new(0, 1.0).is_err());
}

#[test]
fn fading_evidence_is_worth_more_values_than_its_weight() {
    let mut evidence = Evidence::default();
    for step in 0..10_000 {
        evidence.fade(0.99);
        evidence.take(f64::from(step % 2), 1.0);
    }
    assert!((evidence.weight - 100.0).abs() < 1e-9);
    let effective = evidence.effective();
    assert!((effective.weight - 1.99 / 0.01).abs() < 1e-9, "{effective:?}");
    // Mean and spread are the same.
    let spread = |e: &Evidence| e.squares / e.weight;
    assert!((spread(&evidence) - spread(&effective)).abs() < 1e-15);
    let mut counts = Counts::default();
    counts.take(7.0);
    assert_eq!(counts, Counts { successes: 1.0, failures: 0.0 }, "a reward is at most one success");
}
