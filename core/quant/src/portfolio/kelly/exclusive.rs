//! A race: several contracts of which at most one pays. Owns the exact stakes by the reserve
//! rate.

use super::is_probability;
use crate::checked::is_positive;

/// Probabilities may exceed 1 together by this much, the rounding of what was normalised; they are
/// scaled back, so that stakes do not exceed the bankroll.
const EXCESS_MAX: f64 = 1e-9;

/// Fractions to spend on each of several outcomes of which at most one happens, given their
/// probabilities and the all-in costs of a contract on each that pays 1.
///
/// Outcomes are taken by falling `p/c`, as long as that exceeds the reserve rate
/// `R = (1 - Σp)/(1 - Σc)` over those taken so far; each is then worth `p - c R`. It can pay to
/// buy an outcome with `p < c`: it insures the others.
///
/// `None` unless there are as many costs as probabilities, all probabilities, with a sum of at
/// most 1, and all costs above zero.
///
/// Source: P. Smoczynski, D. Tomkins, "An explicit solution to the problem of optimizing the
/// allocations of a bettor's wealth when wagering on horse races" (2010).
#[must_use]
pub fn exclusive(probabilities: &[f64], costs: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = probabilities.iter().sum();
    let is_race = probabilities.len() == costs.len()
        && probabilities.iter().all(|p| is_probability(*p))
        && total <= 1.0 + EXCESS_MAX
        && costs.iter().all(|c| is_positive(*c));
    if !is_race {
        return None;
    }
    let probabilities: Vec<f64> = probabilities.iter().map(|p| p / total.max(1.0)).collect();
    let worth = |i: usize| probabilities[i] / costs[i];
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)));
    let (mut likely, mut spent, mut reserve, mut taken) = (0.0, 0.0, 1.0, 0);
    for i in &order {
        if worth(*i) <= reserve {
            break;
        }
        likely += probabilities[*i];
        spent += costs[*i];
        taken += 1;
        // What is taken costs less than 1, since `p/c > (1-Σp)/(1-Σc)` and `p <= 1-Σp` leave room
        // for `c`; but rounding can take a certain whole at its very price, and 0/0 is no rate.
        reserve = if likely < 1.0 && spent < 1.0 { (1.0 - likely) / (1.0 - spent) } else { 0.0 };
    }
    let mut fractions = vec![0.0; costs.len()];
    for i in &order[..taken] {
        fractions[*i] = (probabilities[*i] - costs[*i] * reserve).max(0.0);
    }
    Some(fractions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outcome_is_one_contract() {
        let fractions = exclusive(&[0.72], &[0.60]).unwrap();
        assert!((fractions[0] - 0.30).abs() < 1e-15);
        assert_eq!(exclusive(&[0.5], &[0.6]).unwrap(), [0.0]);
        assert_eq!(exclusive(&[], &[]).unwrap(), [0.0; 0]);
    }

    #[test]
    fn an_outcome_below_its_cost_can_be_worth_buying_as_insurance() {
        // 0.7 at 0.5 makes a reserve rate of 0.6, and 0.3/0.45 exceeds it.
        let fractions = exclusive(&[0.7, 0.3], &[0.5, 0.45]).unwrap();
        // All outcomes are covered: reserve zero, stakes equal to probabilities.
        assert_eq!(fractions, [0.7, 0.3]);
        let fractions = exclusive(&[0.6, 0.2], &[0.4, 0.29]).unwrap();
        let reserve = (1.0 - 0.8) / (1.0 - 0.69);
        assert!((fractions[1] - (0.2 - 0.29 * reserve)).abs() < 1e-15 && fractions[1] > 0.0);
    }

    #[test]
    fn rounding_neither_divides_by_zero_nor_stakes_more_than_all() {
        // 0.1 exceeds 1 - 0.9 in doubles: the second outcome is taken, and with it everything.
        assert_eq!(exclusive(&[0.9, 0.1], &[0.5, 0.5]).unwrap(), [0.9, 0.1]);
        let fractions = exclusive(&[0.7, 0.3 + 5e-10], &[0.5, 0.45]).unwrap();
        assert!(fractions.iter().sum::<f64>() <= 1.0 + 1e-15, "{fractions:?}");
    }

    #[test]
    fn what_is_no_race_is_none() {
        assert_eq!(exclusive(&[0.7, 0.4], &[0.5, 0.5]), None);
        assert_eq!(exclusive(&[0.5], &[0.5, 0.5]), None);
        assert_eq!(exclusive(&[f64::NAN], &[0.5]), None);
        assert_eq!(exclusive(&[0.5], &[0.0]), None);
    }
}
