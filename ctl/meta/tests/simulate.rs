//! The simulation itself: no policy sees the future, the same seed gives the same bits, and the
//! house's allocator shows what it has to, in small.
#![allow(clippy::unwrap_used, reason = "tests")]

use royale_meta::simulate::{
    Case, Contestant, Curve, HOUSE, Motion, Noise, Study, World, cases, play, verdicts,
};
use royale_quant::rng::Xoshiro256PlusPlus;

/// Every policy there is, under every feedback.
const ALL: [&str; 17] = [
    "house",
    "house+pooled",
    "thompson",
    "thompson:0.98",
    "thompson:0.98+all",
    "thompson+label",
    "window:50",
    "window:50+all",
    "epsilon",
    "ucb1",
    "ducb",
    "exp3",
    "exp3s",
    "hedge+all",
    "commit:5",
    "equal",
    "static",
];

fn contestants(names: &[&str]) -> Vec<Contestant> {
    names.iter().map(|name| Contestant::parse(name).unwrap()).collect()
}

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap()
}

/// Two tapes that are the same up to a step and different after it: whatever is played up to and in
/// the step after is the same.
#[test]
fn no_choice_depends_on_what_comes_after_it() {
    const SAME: usize = 120;
    for case in cases() {
        let world = World { horizon: 300, ..case.world };
        let tape = world.tape(&mut Xoshiro256PlusPlus::from_seed(1));
        let other = world.tape(&mut Xoshiro256PlusPlus::from_seed(2));
        let mut changed = tape.clone();
        let (arms, regimes) = (tape.arms, tape.regimes);
        changed.rewards[SAME * arms..].copy_from_slice(&other.rewards[SAME * arms..]);
        changed.means[SAME * arms..].copy_from_slice(&other.means[SAME * arms..]);
        // What is said of the regime before a step may count in that step.
        changed.labels[SAME + 1..].copy_from_slice(&other.labels[SAME + 1..]);
        let after = (SAME + 1) * regimes;
        changed.probabilities[after..].copy_from_slice(&other.probabilities[after..]);
        for contestant in contestants(&ALL) {
            let choices = |tape| {
                let mut policy = contestant.policy(&world, tape_first(tape, arms)).unwrap();
                let mut rng = Xoshiro256PlusPlus::from_seed(3);
                let mut choices = Vec::new();
                play(tape, policy.as_mut(), contestant.sees_all(), &mut rng, |_, arm| {
                    choices.push(arm);
                });
                choices
            };
            let (one, two) = (choices(&tape), choices(&changed));
            assert_eq!(one[..=SAME], two[..=SAME], "{} in {}", contestant.name(), case.name);
        }
    }
}

fn tape_first(tape: &royale_meta::simulate::Tape, arms: usize) -> &[f64] {
    &tape.means[..arms]
}

fn study(world: &World, names: &[&str], seeds: u32, seed: u64, threads: usize) -> Vec<Curve> {
    let contestants = contestants(names);
    let checkpoints = vec![world.horizon / 2, world.horizon];
    let study = Study { world, contestants: &contestants, seeds, seed, checkpoints, threads };
    study.run(&|| ()).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bits_with_any_number_of_threads() {
    for name in ["walk", "correlated", "two-regimes"] {
        let world = World { horizon: 100, ..case(name).world };
        let one = study(&world, &ALL, 7, 5, 1);
        assert_eq!(one, study(&world, &ALL, 7, 5, 3), "{name}");
        assert_ne!(one, study(&world, &ALL, 7, 6, 1), "{name}");
        // Whoever else takes part changes nothing.
        assert_eq!(study(&world, &["ucb1", "exp3"], 7, 5, 2)[1], one[11]);
    }
}

/// The digest of a small study, with all transcendental functions on the way: if it changes on
/// purpose, say so in the commit.
#[test]
fn the_same_bits_on_every_machine() {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for case in cases() {
        let world = World { horizon: 60, ..case.world };
        for point in study(&world, &ALL, 4, 1, 2).iter().flat_map(|curve| &curve.points) {
            for value in [point.regret, point.regret_error, point.best_share, point.reward] {
                for byte in value.to_bits().to_le_bytes() {
                    digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
    }
    assert_eq!(digest, 0x210b_5528_4a15_79c7, "{digest:#018x}");
}

#[test]
fn the_allocator_shows_what_it_has_to() {
    for case in cases() {
        let names = ["house", "house+pooled", "thompson", "ucb1", "thompson:0.99+all"];
        let curves = study(&case.world, &names, 40, 11, 2);
        let verdicts = verdicts(&case.world, &curves);
        assert_eq!(verdicts.len(), 1 + usize::from(case.world.regimes() > 1), "{}", case.name);
        for verdict in verdicts {
            assert!(verdict.holds, "{}: {verdict:?}", case.name);
        }
        // At least as good as a fixed discount under full information, but for its error.
        let (house, fixed) = (curves[0].end().unwrap(), curves[4].end().unwrap());
        let error = house.regret_error.hypot(fixed.regret_error);
        assert!(house.regret <= fixed.regret + 2.0 * error, "{}: {house:?} {fixed:?}", case.name);
    }
}

/// Worlds that the parameters were not chosen on.
#[test]
fn the_allocator_shows_it_in_other_worlds_too() {
    let rotating =
        |means: &[f64], period, step| Motion::Rotating { means: means.to_vec(), period, step };
    let few = [0.3, 0.45, 0.35];
    let many: Vec<f64> = (0..40).map(|arm| 0.7 - 0.01 * f64::from(arm)).collect();
    for (motion, noise) in [
        (rotating(&few, 130, 1), Noise::Bernoulli),
        (rotating(&many, 400, 11), Noise::Bernoulli),
        (rotating(&[0.01, 0.0, -0.01, -0.02], 200, 1), Noise::Gaussian { deviation: 0.04 }),
        (Motion::Stationary { means: vec![0.2, 0.35, 0.3] }, Noise::Bernoulli),
        (Motion::RandomWalk { arms: 12, deviation: 0.02 }, Noise::Bernoulli),
    ] {
        let world = World { motion, noise, correlation: 0.3, horizon: 1800 };
        let curves = study(&world, &[HOUSE, "thompson", "ucb1"], 30, 12, 2);
        let verdicts = verdicts(&world, &curves);
        assert!(!verdicts.is_empty() && verdicts.iter().all(|v| v.holds), "{world:?} {verdicts:?}");
    }
}

#[test]
fn regret_and_its_error_of_a_world_without_dice() {
    let motion = Motion::Rotating { means: vec![1.0, 0.25], period: 10, step: 1 };
    let world = World { motion, noise: Noise::Bernoulli, correlation: 0.0, horizon: 40 };
    let curves = study(&world, &["static:0", "equal"], 50, 1, 1);
    // Arm 0 is best in every other ten steps.
    assert_eq!((curves[0].points[0].regret, curves[0].points[0].regret_error), (7.5, 0.0));
    assert_eq!((curves[0].points[1].regret, curves[0].points[1].best_share), (15.0, 0.5));
    let equal = &curves[1].points[1];
    // Forty coins of 0 or 0.75: the error of fifty means of that.
    let expected = 0.75 * (40.0_f64 / 4.0 / 50.0).sqrt();
    assert!((equal.regret - 15.0).abs() < 4.0 * expected, "{equal:?}");
    assert!((equal.regret_error / expected - 1.0).abs() < 0.4, "{equal:?} {expected}");
}

#[test]
fn worlds_and_words_without_sense_are_refused() {
    let sound = case("rotating").world;
    let refused = |world: &World| world.check().unwrap_err().to_string();
    let still = |means: &[f64]| Motion::Stationary { means: means.to_vec() };
    assert!(refused(&World { motion: still(&[0.5]), ..sound.clone() }).contains("arms"));
    assert!(refused(&World { motion: still(&[0.5, 1.5]), ..sound.clone() }).contains("means"));
    assert!(refused(&World { correlation: 1.0, ..sound.clone() }).contains("correlation"));
    assert!(refused(&World { horizon: 0, ..sound.clone() }).contains("horizon"));
    let uneven =
        Motion::Regimes { means: vec![vec![0.1, 0.2], vec![0.1]], stay: 0.9, label_accuracy: None };
    assert!(refused(&World { motion: uneven, ..sound }).contains("regimes"));
    for text in ["", "tompson", "thompson:x", "ucb1:2", "thompson:0.9,3", "house+some"] {
        assert!(Contestant::parse(text).is_err(), "{text}");
    }
    let bad = Contestant::parse("thompson:1.5").unwrap();
    assert!(bad.policy(&case("walk").world, &[0.5; 6]).is_err());
}
