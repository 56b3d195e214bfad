//! What has to hold of every portfolio: weights that add up, a numbering without a say, copies
//! that gain nothing, stakes within the bankroll.
#![allow(clippy::unwrap_used, reason = "a refusal of sound input is a failure")]

use royale_quant::portfolio::kelly::{
    bet, certainty, contract, estimation_certainty, exclusive, growth_optimal, growth_rate,
    long_only, simultaneous, unconstrained,
};
use royale_quant::portfolio::{
    Allocation, Covariance, Distance, Hrp, LeafOrder, Linkage, Riskless, WindowCovariance,
    equal_risk, inverse_variance, minimum_variance,
};
use royale_quant::rng::Xoshiro256PlusPlus;

const LINKAGES: [Linkage; 4] =
    [Linkage::Single, Linkage::Complete, Linkage::Average, Linkage::Ward];

fn all_settings(riskless: Riskless) -> impl Iterator<Item = Hrp> {
    let orders = [LeafOrder::Preorder, LeafOrder::Turned];
    LINKAGES.into_iter().flat_map(move |linkage| {
        [Distance::Direct, Distance::OfDistances].into_iter().flat_map(move |distance| {
            orders.map(|leaf_order| Hrp { linkage, distance, leaf_order, riskless })
        })
    })
}

/// Returns with a market in them, of very different sizes.
fn returns(rng: &mut Xoshiro256PlusPlus, series: usize, periods: usize) -> Vec<Vec<f64>> {
    let exposures: Vec<f64> = (0..series).map(|_| 1.5 * rng.uniform() - 0.3).collect();
    let sizes: Vec<f64> = (0..series).map(|_| rng.lognormal(-4.0, 1.0)).collect();
    let mut period = || {
        let market = rng.normal();
        (0..series).map(|i| sizes[i] * (exposures[i] * market + rng.normal())).collect()
    };
    (0..periods).map(|_| period()).collect()
}

fn assert_weights(weights: &[f64]) {
    assert!(weights.iter().all(|w| *w >= 0.0), "{weights:?}");
    let sum: f64 = weights.iter().sum();
    assert!((sum - 1.0).abs() < 1e-12, "sum {sum} of {weights:?}");
}

#[test]
fn every_matrix_up_to_64_series_gives_weights() {
    let mut rng = Xoshiro256PlusPlus::from_seed(1);
    for series in 1..=64 {
        // Often fewer periods than series: singular matrices. Some stand still, some are twins,
        // some opposites.
        let periods = 2 + rng.below(80) as usize;
        let mut rows = returns(&mut rng, series, periods);
        let (idle, twin, opposite) =
            (rng.below(series as u64), rng.below(series as u64), rng.below(series as u64));
        for row in &mut rows {
            row[idle as usize] = 0.0;
            row[twin as usize] = row[0];
            row[opposite as usize] = -row[0];
        }
        let cov = Covariance::sample(&rows).unwrap();
        for hrp in all_settings(Riskless::TakesAll).chain(all_settings(Riskless::LeftOut)) {
            let Allocation { weights, leaves, merges } = hrp.allocate(&cov).unwrap();
            assert_weights(&weights);
            assert!(merges.is_sorted_by(|a, b| a.height <= b.height + 1e-12));
            let mut sorted = leaves.clone();
            sorted.sort_unstable();
            let moving = cov.moving();
            assert!(sorted.iter().copied().eq((0..series).filter(|i| moving[*i])));
            if hrp.riskless == Riskless::LeftOut && !leaves.is_empty() {
                assert!((0..series).all(|i| moving[i] || weights[i] == 0.0));
            }
        }
        assert_weights(&minimum_variance(&cov).unwrap());
        let repaired = cov.repaired(1e-6).unwrap();
        let is_whole = !cov.moving().contains(&false);
        for weights in [inverse_variance(&repaired), equal_risk(&repaired)] {
            assert_eq!(weights.is_some(), is_whole);
            weights.iter().for_each(|weights| assert_weights(weights));
        }
    }
}

/// Estimates pieced together from series of different lengths need not be positive semidefinite.
#[test]
fn correlations_that_cannot_hold_together_still_give_weights() {
    let mut rng = Xoshiro256PlusPlus::from_seed(4);
    for _ in 0..300 {
        let series = 2 + rng.below(12) as usize;
        let cells: Vec<f64> = (0..series * series).map(|_| 2.0 * rng.uniform() - 1.0).collect();
        let cell = |i: usize, j: usize| {
            if i == j { 1.0 } else { cells[i.min(j) * series + i.max(j)] }
        };
        let rows: Vec<Vec<f64>> =
            (0..series).map(|i| (0..series).map(|j| cell(i, j)).collect()).collect();
        let cov = Covariance::from_rows(&rows).unwrap();
        for hrp in all_settings(Riskless::Refused) {
            assert_weights(&hrp.allocate(&cov).unwrap().weights);
        }
    }
}

/// The race between strategies may not hang on the order of their registration.
#[test]
fn the_numbering_of_series_has_no_say_to_the_bit() {
    let mut rng = Xoshiro256PlusPlus::from_seed(2);
    for _ in 0..60 {
        let series = 1 + rng.below(40) as usize;
        let rows = returns(&mut rng, series, 60);
        let mut shuffled: Vec<usize> = (0..series).collect();
        (1..series).for_each(|i| shuffled.swap(i, rng.below(i as u64 + 1) as usize));
        let weights = |hrp: &Hrp, order: &[usize]| {
            let mut window = WindowCovariance::new(series, 50).unwrap();
            for row in &rows {
                window.update(&order.iter().map(|i| row[*i]).collect::<Vec<_>>());
            }
            hrp.allocate(&window.covariance().unwrap()).unwrap()
        };
        let straight: Vec<usize> = (0..series).collect();
        for linkage in LINKAGES {
            let hrp = Hrp { linkage, leaf_order: LeafOrder::Turned, ..Hrp::default() };
            let (one, other) = (weights(&hrp, &straight), weights(&hrp, &shuffled));
            for (place, i) in shuffled.iter().enumerate() {
                assert_eq!(other.weights[place].to_bits(), one.weights[*i].to_bits());
            }
            let heights = |a: &Allocation| a.merges.iter().map(|m| m.height).collect::<Vec<_>>();
            assert_eq!(heights(&one), heights(&other));
        }
    }
}

#[test]
fn the_unit_of_returns_has_no_say() {
    let mut rng = Xoshiro256PlusPlus::from_seed(3);
    for series in [1, 2, 7, 30] {
        let rows = returns(&mut rng, series, 100);
        for unit in [1e-9, 1e4, 3.7] {
            let scaled: Vec<Vec<f64>> =
                rows.iter().map(|row| row.iter().map(|r| r * unit).collect()).collect();
            let (one, other) =
                (Covariance::sample(&rows).unwrap(), Covariance::sample(&scaled).unwrap());
            let near = |a: &[f64], b: &[f64], tolerance: f64| {
                let worst = a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
                assert!(worst <= tolerance, "{worst:e} apart");
            };
            for hrp in all_settings(Riskless::Refused) {
                let weights = |cov| hrp.allocate(cov).unwrap().weights;
                near(&weights(&one), &weights(&other), 1e-12);
            }
            near(&equal_risk(&one).unwrap(), &equal_risk(&other).unwrap(), 1e-12);
            near(&minimum_variance(&one).unwrap(), &minimum_variance(&other).unwrap(), 1e-7);
        }
    }
}

/// What eight copies of one strategy among 16 have together, over what it had alone: means over
/// 100 books.
fn gain_of_copies(weights: impl Fn(&Covariance) -> Vec<f64>) -> f64 {
    let gain = |seed| {
        let rows = returns(&mut Xoshiro256PlusPlus::from_seed(seed), 16, 250);
        let with_copies: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().copied().chain([row[0]; 7]).collect()).collect();
        let alone = weights(&Covariance::sample(&rows).unwrap())[0];
        let copied = weights(&Covariance::sample(&with_copies).unwrap());
        (copied[0] + copied[16..].iter().sum::<f64>()) / alone
    };
    (100..200).map(gain).sum::<f64>() / 100.0
}

/// Hierarchical risk parity does not stop who registers copies of a strategy; it halves the gain.
#[test]
fn copies_gain_least_by_minimum_variance_and_less_by_hrp_than_by_inverse_variance() {
    let inverse = gain_of_copies(|cov| inverse_variance(cov).unwrap());
    assert!(inverse > 6.0, "eight copies by inverse variance: {inverse}");
    for linkage in LINKAGES {
        let hrp = Hrp { linkage, leaf_order: LeafOrder::Turned, ..Hrp::default() };
        let gain = gain_of_copies(|cov| hrp.allocate(cov).unwrap().weights);
        println!("{linkage:?}: {gain:.2}, inverse variance {inverse:.2}");
        assert!(gain < 0.6 * inverse, "eight copies by {linkage:?}: {gain}");
    }
    // One where a half of the list holds the copies and nothing else.
    let rows = [[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.01]];
    let cov = Covariance::from_rows(&rows).unwrap();
    let weights = Hrp::default().allocate(&cov).unwrap().weights;
    assert!((weights[0] - 0.1).abs() < 1e-15 && (weights[1] - 0.1).abs() < 1e-15);
}

#[test]
fn copies_gain_nothing_by_minimum_variance() {
    for seed in 0..40 {
        let rows = returns(&mut Xoshiro256PlusPlus::from_seed(seed), 10, 250);
        let with_copies: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().copied().chain([row[0]; 3]).collect()).collect();
        let alone = minimum_variance(&Covariance::sample(&rows).unwrap()).unwrap();
        let copied = minimum_variance(&Covariance::sample(&with_copies).unwrap()).unwrap();
        let together = copied[0] + copied[10..].iter().sum::<f64>();
        assert!((together - alone[0]).abs() < 1e-6, "{together} of {}", alone[0]);
    }
}

#[test]
fn equal_risk_is_equal_and_minimum_variance_least() {
    let mut rng = Xoshiro256PlusPlus::from_seed(5);
    for series in [2, 5, 20] {
        let cov = Covariance::sample(&returns(&mut rng, series, 200)).unwrap();
        let times = |w: &[f64]| -> Vec<f64> {
            let cell = |i, j| cov.get(i, j).unwrap();
            (0..series).map(|i| (0..series).map(|j| cell(i, j) * w[j]).sum()).collect()
        };
        let equal = equal_risk(&cov).unwrap();
        let risks: Vec<f64> = equal.iter().zip(times(&equal)).map(|(w, m)| w * m).collect();
        assert!(risks.iter().all(|risk| (risk / risks[0] - 1.0).abs() < 1e-9), "{risks:?}");
        // At the least variance no series has a smaller marginal variance than those held.
        let least = minimum_variance(&cov).unwrap();
        let marginal = times(&least);
        let held: f64 = least.iter().zip(&marginal).map(|(w, m)| w * m).sum();
        assert!(marginal.iter().all(|m| *m > held * (1.0 - 1e-6)));
    }
}

/// Random contracts: beliefs around costs, some without an edge, some certain.
fn contracts(rng: &mut Xoshiro256PlusPlus, count: usize) -> (Vec<f64>, Vec<f64>) {
    let mut one = || {
        let cost = 0.01 + 0.98 * rng.uniform();
        let p = if rng.below(20) == 0 { 1.0 } else { cost + 0.3 * (rng.uniform() - 0.4) };
        (p.clamp(0.0, 1.0), cost)
    };
    (0..count).map(|_| one()).unzip()
}

#[test]
fn no_stake_exceeds_the_bankroll() {
    let mut rng = Xoshiro256PlusPlus::from_seed(6);
    let assert_within = |fractions: &[f64]| {
        let sum: f64 = fractions.iter().sum();
        let is_stake = fractions.iter().all(|f| *f >= 0.0) && sum <= 1.0 + 1e-12;
        assert!(is_stake, "{fractions:?}");
    };
    for _ in 0..400 {
        let count = 1 + rng.below(6) as usize;
        let (p, c) = contracts(&mut rng, count);
        assert_within(&[bet(p[0], rng.lognormal(0.0, 3.0)).unwrap()]);
        assert_within(&[contract(p[0], c[0]).unwrap()]);
        assert_within(&simultaneous(&p, &c).unwrap());
        let total: f64 = p.iter().sum();
        let race: Vec<f64> = p.iter().map(|p| p / total.max(1.0)).collect();
        assert_within(&exclusive(&race, &c).unwrap());
        let rows: Vec<Vec<f64>> = returns(&mut rng, count, 40)
            .iter()
            .map(|row| row.iter().map(|r| (r + 0.01).max(-1.0)).collect())
            .collect();
        let best = growth_optimal(&rows).unwrap();
        assert_within(&best);
        let means: Vec<f64> = (0..count).map(|_| 0.01 * rng.normal()).collect();
        assert_within(&long_only(&means, &Covariance::sample(&rows).unwrap()).unwrap());
    }
}

/// Growth over all outcomes; in a race exactly one outcome or none, else all combinations.
fn growth(likelihoods: &[(f64, Vec<bool>)], c: &[f64], fractions: &[f64]) -> f64 {
    let kept = 1.0 - fractions.iter().sum::<f64>();
    let of = |(likelihood, pays): &(f64, Vec<bool>)| {
        let won: f64 = (0..c.len()).filter(|i| pays[*i]).map(|i| fractions[i] / c[i]).sum();
        if *likelihood > 0.0 { likelihood * (kept + won).ln() } else { 0.0 }
    };
    likelihoods.iter().map(of).sum()
}

#[test]
fn no_neighbouring_stake_grows_faster() {
    let mut rng = Xoshiro256PlusPlus::from_seed(7);
    for _ in 0..200 {
        let count = 1 + rng.below(4) as usize;
        let (p, c) = contracts(&mut rng, count);
        let p: Vec<f64> = p.iter().map(|p| p.min(0.999)).collect();
        let independent: Vec<(f64, Vec<bool>)> = (0..1_usize << count)
            .map(|outcome| {
                let pays: Vec<bool> = (0..count).map(|i| outcome >> i & 1 == 1).collect();
                let chance = |i: usize| if pays[i] { p[i] } else { 1.0 - p[i] };
                ((0..count).map(chance).product(), pays)
            })
            .collect();
        let total: f64 = p.iter().sum::<f64>().max(1.0);
        let race: Vec<f64> = p.iter().map(|p| p / total).collect();
        let mut exclusively: Vec<(f64, Vec<bool>)> =
            (0..count).map(|i| (race[i], (0..count).map(|j| i == j).collect())).collect();
        let nothing = 1.0 - race.iter().sum::<f64>();
        exclusively.push((nothing.max(0.0), vec![false; count]));
        let stakes = [
            (&independent, simultaneous(&p, &c).unwrap()),
            (&exclusively, exclusive(&race, &c).unwrap()),
        ];
        for (likelihoods, best) in stakes {
            let most = growth(likelihoods, &c, &best);
            for _ in 0..50 {
                let size = rng.lognormal(-5.0, 2.0);
                let other: Vec<f64> =
                    best.iter().map(|f| (f + size * rng.normal()).max(0.0)).collect();
                if other.iter().sum::<f64>() < 1.0 {
                    let less = growth(likelihoods, &c, &other);
                    assert!(less <= most + 1e-12, "{other:?} beats {best:?} by {}", less - most);
                }
            }
        }
    }
}

/// Baker and McHale's claim, without simulation: a bettor who has seen a coin a hundred times
/// grows faster with shrunk stakes, in the exact mean over what he may have seen.
#[test]
fn stakes_shrunk_by_their_uncertainty_grow_faster() {
    let (truth, cost, seen) = (0.55, 0.5, 100_u32);
    let (mut raw, mut shrunk, mut likelihood) = (0.0, 0.0, (1.0_f64 - truth).powi(seen as i32));
    for heads in 0..=seen {
        let p = f64::from(heads) / f64::from(seen);
        let full = contract(p, cost).unwrap();
        let deviation = (p * (1.0 - p) / f64::from(seen)).sqrt();
        let share = certainty(p - cost, deviation).unwrap();
        let growth = |f: f64| truth * (1.0 + f).ln() + (1.0 - truth) * (1.0 - f).ln();
        raw += likelihood * growth(full.min(0.99));
        shrunk += likelihood * growth(share * full.min(0.99));
        likelihood *= f64::from(seen - heads) / f64::from(heads + 1) * truth / (1.0 - truth);
    }
    assert!(shrunk > 0.0 && shrunk > 1.2 * raw, "shrunk {shrunk}, raw {raw}");
}

/// Kan and Zhou's claim: means and covariances of five years of months cost more than they
/// bring, unless the stake is shrunk.
#[test]
fn estimated_portfolios_shrunk_by_their_uncertainty_grow_faster() {
    let mut rng = Xoshiro256PlusPlus::from_seed(8);
    let (means, deviation) = ([0.01, 0.0, 0.005, 0.0, 0.0], 0.05);
    let (mut raw, mut shrunk) = (0.0, 0.0);
    for _ in 0..2000 {
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|_| means.iter().map(|mean| mean + deviation * rng.normal()).collect())
            .collect();
        let estimates: Vec<f64> =
            (0..5).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / 60.0).collect();
        let full = unconstrained(&estimates, &Covariance::sample(&rows).unwrap()).unwrap();
        // The divisor n of the paper instead of n - 1.
        let full: Vec<f64> = full.iter().map(|f| f * 60.0 / 59.0).collect();
        let theta: f64 = full.iter().zip(&estimates).map(|(f, mean)| f * mean).sum();
        let share = estimation_certainty(theta, 5, 60).unwrap();
        assert!((0.0..1.0).contains(&share));
        let growth = |share: f64| -> f64 {
            let of = |(f, mean): (&f64, &f64)| {
                let stake = share * f;
                stake * mean - 0.5 * stake * stake * deviation * deviation
            };
            full.iter().zip(&means).map(of).sum()
        };
        raw += growth(1.0);
        shrunk += growth(share);
    }
    assert!(raw < 0.0 && shrunk > 0.0, "raw {raw}, shrunk {shrunk}");
}

#[test]
fn the_best_of_the_past_is_no_worse_than_any_one_series() {
    let mut rng = Xoshiro256PlusPlus::from_seed(9);
    for _ in 0..50 {
        let rows: Vec<Vec<f64>> = returns(&mut rng, 4, 60)
            .iter()
            .map(|row| row.iter().map(|r| r.clamp(-0.9, 3.0)).collect())
            .collect();
        let most = growth_rate(&rows, &growth_optimal(&rows).unwrap()).unwrap();
        for i in 0..4 {
            for share in [0.1, 0.5, 1.0] {
                let alone: Vec<f64> = (0..4).map(|j| if i == j { share } else { 0.0 }).collect();
                assert!(growth_rate(&rows, &alone).unwrap() <= most + 1e-12);
            }
        }
    }
}
