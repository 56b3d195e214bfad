//! Growth of a bankroll over listed scenarios: past periods, or all outcomes of several bets.
//! Owns the exact log growth, without the approximation by means and covariances.

use super::is_probability;
use crate::checked::is_positive;
use crate::portfolio::matrix::dot;
use crate::portfolio::sample::check_table;
use crate::portfolio::simplex::minimise;

/// Most simultaneous bets with an edge: their outcomes are `2^12`.
pub const BETS_MAX: usize = 12;

/// The fractions with the greatest mean of `ln(1 + f·r)` over equally likely periods of returns,
/// one row a period: none below zero, sum at most 1, the rest cash. All zero where no series has
/// a mean above zero.
///
/// What grew best in the past is not what will: this is the method with the most faith in its
/// sample.
///
/// `None` unless the table is full of usable returns of at least -1, or if the method does not
/// converge.
///
/// Source: T. M. Cover, "An Algorithm for Maximizing Expected Log Investment Return" (1984), for
/// the problem; the method is the house's.
#[must_use]
pub fn growth_optimal<R: AsRef<[f64]>>(returns: &[R]) -> Option<Vec<f64>> {
    let series = check_table(returns, 1).ok()?;
    if returns.iter().any(|row| row.as_ref().iter().any(|r| *r < -1.0)) {
        return None;
    }
    let likelihood = 1.0 / returns.len() as f64;
    let scenarios = returns
        .iter()
        .map(|row| Scenario { likelihood, returns: row.as_ref().to_vec() })
        .collect::<Vec<_>>();
    best_of(&scenarios, series)
}

/// Mean of `ln(1 + f·r)` over equally likely periods of returns. Minus infinity where a period
/// ruins; `None` unless the table is full and there is a usable fraction for each series.
#[must_use]
pub fn growth_rate<R: AsRef<[f64]>>(returns: &[R], fractions: &[f64]) -> Option<f64> {
    let series = check_table(returns, 1).ok()?;
    if fractions.len() != series || !fractions.iter().all(|f| crate::checked::is_usable(*f)) {
        return None;
    }
    let growth = |row: &R| {
        let change = dot(row.as_ref(), fractions);
        if change > -1.0 { libm::log1p(change) } else { f64::NEG_INFINITY }
    };
    Some(returns.iter().map(growth).sum::<f64>() / returns.len() as f64)
}

/// Fractions to spend on independent contracts that are decided together, given the probability
/// and the all-in cost of each; each pays 1. Together they are smaller than one by one, since the
/// same bankroll stands behind all.
///
/// `None` unless there are as many costs as probabilities, all of them probabilities, all costs
/// above zero, at most [`BETS_MAX`] contracts with an edge, or if the method does not converge.
#[must_use]
pub fn simultaneous(probabilities: &[f64], costs: &[f64]) -> Option<Vec<f64>> {
    let is_sound = probabilities.len() == costs.len()
        && probabilities.iter().all(|p| is_probability(*p))
        && costs.iter().all(|c| is_positive(*c));
    // A contract without an edge is not worth buying whatever the others, being independent.
    let with_edge: Vec<usize> =
        (0..costs.len()).filter(|i| probabilities[*i] > costs[*i]).collect();
    if !is_sound || with_edge.len() > BETS_MAX {
        return None;
    }
    let mut scenarios = Vec::with_capacity(1 << with_edge.len());
    for outcome in 0..1_usize << with_edge.len() {
        let mut scenario = Scenario { likelihood: 1.0, returns: Vec::new() };
        for (bit, i) in with_edge.iter().enumerate() {
            let pays = outcome >> bit & 1 == 1;
            let (p, c) = (probabilities[*i], costs[*i]);
            scenario.likelihood *= if pays { p } else { 1.0 - p };
            scenario.returns.push(if pays { (1.0 - c) / c } else { -1.0 });
        }
        // What cannot happen has no say, not even by a wealth of zero.
        if scenario.likelihood > 0.0 {
            scenarios.push(scenario);
        }
    }
    let best = best_of(&scenarios, with_edge.len())?;
    let mut fractions = vec![0.0; costs.len()];
    for (i, fraction) in with_edge.iter().zip(best) {
        fractions[*i] = fraction;
    }
    Some(fractions)
}

/// What can happen, and how likely.
struct Scenario {
    likelihood: f64,
    returns: Vec<f64>,
}

/// The fractions of greatest expected log growth.
fn best_of(scenarios: &[Scenario], series: usize) -> Option<Vec<f64>> {
    let mean = |i: usize| scenarios.iter().map(|s| s.likelihood * s.returns[i]).sum::<f64>();
    if (0..series).all(|i| mean(i) <= 0.0) {
        return Some(vec![0.0; series]);
    }
    // Cash is the last of the weights. The cost is a function of the others alone, so that small
    // returns are not lost beside the 1 of the bankroll.
    let mut fractions = minimise(series + 1, |weights, gradient, curvature| {
        gradient.fill(0.0);
        curvature.clear();
        for Scenario { likelihood, returns } in scenarios {
            let wealth = 1.0 + dot(returns, weights);
            for (i, r) in returns.iter().enumerate() {
                let slope = r / wealth;
                gradient[i] -= likelihood * slope;
                for (j, other) in returns.iter().enumerate() {
                    curvature[(i, j)] += likelihood * slope * (other / wealth);
                }
            }
        }
    })?;
    fractions.truncate(series);
    Some(fractions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::kelly::contract;

    #[test]
    fn one_contract_is_the_closed_form() {
        for (p, c) in [(0.72, 0.60), (0.05, 0.01), (0.999, 0.5), (0.5001, 0.5)] {
            let fraction = simultaneous(&[p], &[c]).unwrap()[0];
            assert!((fraction - contract(p, c).unwrap()).abs() < 1e-8, "{p} at {c}: {fraction}");
        }
        assert_eq!(simultaneous(&[0.5, 0.2], &[0.5, 0.3]).unwrap(), [0.0, 0.0]);
        assert_eq!(simultaneous(&[], &[]).unwrap(), [0.0; 0]);
    }

    #[test]
    fn certainties_take_the_whole_bankroll() {
        let fractions = simultaneous(&[1.0, 0.6], &[0.5, 0.5]).unwrap();
        assert!(fractions.iter().sum::<f64>() <= 1.0 + 1e-12);
        // One of two periods doubles, the other halves: stake one half.
        let fractions = growth_optimal(&[[1.0], [-0.5]]).unwrap();
        assert!((fractions[0] - 0.5).abs() < 1e-9);
        assert!(
            (growth_rate(&[[1.0], [-0.5]], &fractions).unwrap()
                - 0.5 * (1.5_f64.ln() + 0.75_f64.ln()))
            .abs()
                < 1e-12
        );
        assert_eq!(growth_optimal(&[[-0.1], [0.05]]).unwrap(), [0.0]);
        assert_eq!(growth_optimal(&[[0.0, 0.0]]).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        assert_eq!(simultaneous(&[0.6], &[]), None);
        assert_eq!(simultaneous(&[0.6; 13], &[0.5; 13]), None);
        assert_eq!(simultaneous(&[f64::NAN], &[0.5]), None);
        assert_eq!(growth_optimal(&[[-1.5], [2.0]]), None);
        assert_eq!(growth_optimal::<[f64; 1]>(&[]), None);
        assert_eq!(growth_rate(&[[-0.5]], &[2.0]), Some(f64::NEG_INFINITY));
        assert_eq!(growth_rate(&[[-0.5]], &[]), None);
    }
}
