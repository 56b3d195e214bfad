//! The least of a convex function over weights: none negative, sum 1. Owns the one numerical
//! method behind minimum variance and constrained Kelly; it must never return an answer that it
//! has not checked.

use super::cholesky::Cholesky;
use super::matrix::{Matrix, dot};

/// Gap to the optimum, in terms of the spread of the first gradient, at which the method stops.
const GAP_WANTED: f64 = 1e-13;

/// Gap above which there is no answer.
const GAP_MAX: f64 = 1e-9;

/// Far more steps than it takes: twenty or thirty.
const STEPS_MAX: usize = 200;

/// Share of the way to the nearest bound that a step may go.
const STEP_SHARE: f64 = 0.99;

/// How much nearer to the bounds each step aims.
const CENTRING: f64 = 0.1;

/// Weights below this are dust of the method and become zero.
const DUST: f64 = 1e-9;

/// Weights of least cost; `None` if the method does not get there. `cost` fills in the gradient
/// and the matrix of second derivatives at given weights. Where several weights are as good, they
/// are spread as evenly as their cost allows.
///
/// A primal-dual interior point method: from equal weights, Newton steps on the conditions of the
/// optimum with `wᵢ zᵢ = μ` instead of 0, `z` being the price of each bound, while `μ` falls. The
/// answer is judged by what convexity proves: no weights cost less by more than
/// `gradient·w - min(gradient)`.
///
/// Source: S. Boyd, L. Vandenberghe, "Convex Optimization" (2004), section 11.7; the bound is
/// that of M. Frank, P. Wolfe (1956).
pub(super) fn minimise(
    order: usize,
    mut cost: impl FnMut(&[f64], &mut [f64], &mut Matrix),
) -> Option<Vec<f64>> {
    let mut weights = vec![1.0 / order as f64; order];
    let mut gradient = vec![0.0; order];
    let mut curvature = Matrix::zeros(order);
    cost(&weights, &mut gradient, &mut curvature);
    if !gradient.iter().all(|g| g.is_finite()) {
        return None;
    }
    let least = gradient.iter().copied().fold(f64::INFINITY, f64::min);
    let spread = gradient.iter().fold(0.0, |most: f64, g| most.max(g - least));
    if spread == 0.0 {
        return Some(weights);
    }
    // Prices above zero that solve `gradient + level - prices = 0`.
    let mut level = spread - least;
    let mut prices: Vec<f64> = gradient.iter().map(|g| g + level).collect();
    let ones = vec![1.0; order];
    for _ in 0..STEPS_MAX {
        if gap(&weights, &gradient) <= GAP_WANTED * spread {
            break;
        }
        let target = CENTRING * dot(&weights, &prices) / order as f64;
        for i in 0..order {
            curvature[(i, i)] += prices[i] / weights[i];
        }
        let Some(factor) = Cholesky::of(&curvature) else { break };
        let wanted: Vec<f64> =
            weights.iter().zip(&gradient).map(|(weight, g)| target / weight - g - level).collect();
        let (toward, along) = (factor.solve(&wanted), factor.solve(&ones));
        let missing = 1.0 - weights.iter().sum::<f64>();
        let lift = (toward.iter().sum::<f64>() - missing) / along.iter().sum::<f64>();
        let by: Vec<f64> = toward.iter().zip(&along).map(|(t, a)| t - lift * a).collect();
        let prices_by: Vec<f64> =
            (0..order).map(|i| (target - prices[i] * by[i]) / weights[i] - prices[i]).collect();
        let step = room(&weights, &by).min(room(&prices, &prices_by));
        if !step.is_finite() {
            break;
        }
        for i in 0..order {
            weights[i] += step * by[i];
            prices[i] += step * prices_by[i];
        }
        level += step * lift;
        cost(&weights, &mut gradient, &mut curvature);
    }
    let is_good = gap(&weights, &gradient) <= GAP_MAX * spread;
    is_good.then(|| swept(weights))
}

/// How much more than the least these weights can cost at most, by convexity.
fn gap(weights: &[f64], gradient: &[f64]) -> f64 {
    let least = gradient.iter().copied().fold(f64::INFINITY, f64::min);
    weights.iter().zip(gradient).map(|(weight, g)| weight * (g - least)).sum()
}

/// Length of the step, at most 1, that keeps all values above zero.
fn room(values: &[f64], by: &[f64]) -> f64 {
    let bounds = values.iter().zip(by).filter(|(_, by)| **by < 0.0);
    bounds.map(|(value, by)| STEP_SHARE * value / -by).fold(1.0, f64::min)
}

/// The weights without dust, and with a sum of 1.
fn swept(mut weights: Vec<f64>) -> Vec<f64> {
    for weight in &mut weights {
        if *weight < DUST {
            *weight = 0.0;
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least of `Σ (wᵢ - tᵢ)²`, by hand the nearest point of the simplex.
    fn nearest(target: &[f64]) -> Option<Vec<f64>> {
        minimise(target.len(), |weights, gradient, curvature| {
            *curvature = Matrix::symmetric(target.len(), |i, j| if i == j { 2.0 } else { 0.0 });
            for (i, g) in gradient.iter_mut().enumerate() {
                *g = 2.0 * (weights[i] - target[i]);
            }
        })
    }

    #[test]
    fn the_nearest_point_of_the_simplex_by_hand() {
        let near = |a: Vec<f64>, b: &[f64]| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-9);
        assert!(near(nearest(&[0.2, 0.3, 0.5]).unwrap(), &[0.2, 0.3, 0.5]));
        assert!(near(nearest(&[1.0, 0.4, -5.0]).unwrap(), &[0.8, 0.2, 0.0]));
        assert!(near(nearest(&[9.0, 0.0]).unwrap(), &[1.0, 0.0]));
        assert_eq!(nearest(&[3.0]).unwrap(), [1.0]);
        assert_eq!(nearest(&[1e9, 1e9]).unwrap(), [0.5, 0.5]);
        assert_eq!(nearest(&[f64::NAN, 1.0]), None);
    }

    #[test]
    fn an_answer_that_is_not_near_the_least_is_not_given() {
        let lost = minimise(2, |weights, gradient, curvature| {
            gradient.copy_from_slice(&[weights[0], -1.0]);
            *curvature = Matrix::symmetric(2, |_, _| f64::NAN);
        });
        assert_eq!(lost, None);
    }
}
