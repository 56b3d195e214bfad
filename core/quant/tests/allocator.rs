//! The house's allocator: its shares are the draws' frequencies, follow the evidence, know regimes
//! apart, and survive numbers that nobody should send.
#![allow(clippy::unwrap_used, reason = "tests")]

use royale_quant::bandit::{Allocator, AllocatorSettings, Measure, NormalGamma, Outcome};
use royale_quant::rng::Xoshiro256PlusPlus;

fn settings(arms: usize, regimes: usize) -> AllocatorSettings {
    AllocatorSettings {
        arms,
        regimes,
        prior: NormalGamma::expecting(0.0, 1.0, 2.0).unwrap(),
        discounts: vec![0.99, 0.97],
        switching: 0.02,
        measure: Measure::AgainstField,
    }
}

/// One step in which every arm earns its mean and noise.
fn step(means: &[f64], noise: f64, rng: &mut Xoshiro256PlusPlus) -> Vec<Outcome> {
    let outcome = |(arm, mean)| Outcome { arm, reward: mean + noise * rng.normal() };
    means.iter().copied().enumerate().map(outcome).collect()
}

fn shares(allocator: &mut Allocator, regimes: &[f64], arms: usize) -> Vec<f64> {
    let mut shares = vec![0.0; arms];
    allocator.shares(regimes, &mut shares);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    shares
}

#[test]
fn draws_come_as_often_as_the_shares_say() {
    let mut rng = Xoshiro256PlusPlus::from_seed(1);
    let mut allocator = Allocator::new(settings(4, 2)).unwrap();
    for _ in 0..60 {
        let seen = step(&[0.2, 0.0, -0.1, 0.1], 1.0, &mut rng);
        allocator.learn(&[0.7, 0.3], &seen);
    }
    let expected = shares(&mut allocator, &[0.4, 0.6], 4);
    let mut drawn = [0.0; 4];
    for _ in 0..40_000 {
        drawn[allocator.draw(&[0.4, 0.6], &mut rng)] += 1.0 / 40_000.0;
    }
    for (share, drawn) in expected.iter().zip(drawn) {
        let error = (share * (1.0 - share) / 40_000.0).sqrt();
        assert!((share - drawn).abs() < 4.0 * error, "{share} was drawn {drawn}");
    }
}

#[test]
fn capital_follows_the_best_arm_when_it_changes() {
    let mut rng = Xoshiro256PlusPlus::from_seed(2);
    let mut allocator = Allocator::new(settings(3, 1)).unwrap();
    assert!(shares(&mut allocator, &[1.0], 3).iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    for best in [0, 2, 1] {
        let mut means = [0.0; 3];
        means[best] = 0.8;
        for _ in 0..150 {
            allocator.learn(&[1.0], &step(&means, 1.0, &mut rng));
        }
        let shares = shares(&mut allocator, &[1.0], 3);
        assert!(shares[best] > 0.9, "arm {best} is best: {shares:?}");
    }
}

#[test]
fn the_memory_that_foretells_better_is_believed() {
    let mut rng = Xoshiro256PlusPlus::from_seed(7);
    let mut allocator = Allocator::new(settings(3, 1)).unwrap();
    for _ in 0..400 {
        allocator.learn(&[1.0], &step(&[0.5, 0.0, 0.0], 1.0, &mut rng));
    }
    assert!(allocator.memory_weights()[0] > 0.6, "the long one: {:?}", allocator.memory_weights());
    for round in 0..20 {
        let mut means = [0.0; 3];
        means[round % 3] = 3.0;
        for _ in 0..20 {
            allocator.learn(&[1.0], &step(&means, 1.0, &mut rng));
        }
    }
    assert!(allocator.memory_weights()[1] > 0.6, "the short one: {:?}", allocator.memory_weights());
}

#[test]
fn what_moves_all_arms_alike_does_not_count() {
    let mut rng = Xoshiro256PlusPlus::from_seed(3);
    let mut against = Allocator::new(settings(3, 1)).unwrap();
    let own = AllocatorSettings { measure: Measure::Own, ..settings(3, 1) };
    let mut own = Allocator::new(own).unwrap();
    for _ in 0..100 {
        let market = 5.0 * rng.normal();
        let seen = step(&[market, market + 0.3, market], 0.5, &mut rng);
        against.learn(&[1.0], &seen);
        own.learn(&[1.0], &seen);
    }
    let (against, own) = (shares(&mut against, &[1.0], 3), shares(&mut own, &[1.0], 3));
    assert!(against[1] > 0.95 && own[1] < 0.7, "{against:?} {own:?}");
}

#[test]
fn a_regime_is_remembered_while_another_rules() {
    let mut rng = Xoshiro256PlusPlus::from_seed(4);
    let mut allocator = Allocator::new(settings(2, 2)).unwrap();
    for _ in 0..100 {
        allocator.learn(&[1.0, 0.0], &step(&[0.8, 0.0], 1.0, &mut rng));
    }
    let known: Vec<_> = allocator.means(0, 0).collect();
    for _ in 0..2000 {
        allocator.learn(&[0.0, 1.0], &step(&[0.0, 0.5], 1.0, &mut rng));
    }
    assert_eq!(known, allocator.means(0, 0).collect::<Vec<_>>(), "nothing fades while it is away");
    let calm = shares(&mut allocator, &[1.0, 0.0], 2);
    let wild = shares(&mut allocator, &[0.0, 1.0], 2);
    let torn = shares(&mut allocator, &[0.5, 0.5], 2);
    assert!(calm[0] > 0.9 && wild[1] > 0.9, "{calm:?} {wild:?}");
    assert!((torn[0] - 0.5 * (calm[0] + wild[0])).abs() < 1e-9);
}

#[test]
fn an_arm_that_is_not_seen_fades_into_the_unknown() {
    let mut rng = Xoshiro256PlusPlus::from_seed(5);
    let mut allocator = Allocator::new(settings(2, 1)).unwrap();
    for _ in 0..200 {
        allocator.learn(&[1.0], &step(&[1.0, 0.0], 1.0, &mut rng));
    }
    let deviation = |allocator: &Allocator| allocator.means(0, 0).next().unwrap().scale;
    let seen = deviation(&allocator);
    for _ in 0..400 {
        allocator.learn(&[1.0], &[]);
    }
    assert!(deviation(&allocator) > 5.0 * seen);
}

#[test]
fn wicked_rewards_and_regimes_leave_shares_that_add_up() {
    const WORST: [f64; 9] =
        [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e60, -1e60, 1e61, 5e-324, 0.0, f64::MAX];
    let mut rng = Xoshiro256PlusPlus::from_seed(6);
    let mut allocator = Allocator::new(settings(3, 2)).unwrap();
    for round in 0..3000 {
        let mut wicked = |arm| Outcome { arm, reward: WORST[rng.below(9) as usize] };
        let seen = [wicked(0), wicked(1), wicked(7)];
        let regimes = [WORST[rng.below(9) as usize], rng.uniform()];
        allocator.learn(&regimes, &seen[..round % 4]);
        let mut shares = [0.0; 3];
        allocator.shares(&[0.5, 0.5], &mut shares);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?} after {seen:?}");
        assert!(allocator.draw(&regimes, &mut rng) < 3);
    }
}

#[test]
fn settings_without_sense_are_refused() {
    let sound = settings(3, 1);
    for bad in [
        AllocatorSettings { arms: 0, ..sound.clone() },
        AllocatorSettings { regimes: 17, ..sound.clone() },
        AllocatorSettings { discounts: vec![], ..sound.clone() },
        AllocatorSettings { discounts: vec![1.01], ..sound.clone() },
        AllocatorSettings { switching: -0.1, ..sound.clone() },
    ] {
        assert!(Allocator::new(bad).is_err());
    }
}
