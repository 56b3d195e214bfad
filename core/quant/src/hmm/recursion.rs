//! The two recursions that everything here is made of: forward and backward, in logarithms. Owns
//! their arithmetic for the batch, the live filter and the fit alike, so that these agree to the
//! bit; it must never see an observation, only densities.
//!
//! A sum of products of probabilities is made plainly where it is far from underflow, which costs
//! a third of the exponentials, and in logarithms where it is not.

use super::STATES_MAX;
use super::log_space::{PLAIN_MIN, largest, log_sum_exp, take_factor};
use super::model::GaussianHmm;

/// Bayes' rule: turns `ln P(s_t | x_1..x_{t-1})` and the log densities of `x_t` into
/// `P(s_t | x_1..x_t)` and its logarithms. Gives `ln p(x_t | x_1..x_{t-1})` in two parts, the
/// second of which is the largest of the densities: far from all means that is a giant, beside
/// which the digits of the first would be lost.
#[inline]
pub(super) fn absorb(
    log_predicted: &[f64],
    densities: &[f64],
    log_filtered: &mut [f64],
    filtered: &mut [f64],
) -> (f64, f64) {
    let densest = largest(densities);
    for ((log, predicted), density) in log_filtered.iter_mut().zip(log_predicted).zip(densities) {
        *log = predicted + (density - densest);
    }
    (take_factor(log_filtered, filtered), densest)
}

/// One move of the chain: `P(s_t | ..)` and its logarithms to `P(s_{t+1} | ..)` and its.
#[inline]
pub(super) fn predict(
    model: &GaussianHmm,
    log_filtered: &[f64],
    filtered: &[f64],
    log_predicted: &mut [f64],
    predicted: &mut [f64],
) {
    let states = filtered.len();
    for (j, (log, p)) in log_predicted.iter_mut().zip(predicted).enumerate() {
        let mut sum = 0.0;
        for (i, from) in filtered.iter().enumerate() {
            sum += from * model.transition[i * states + j];
        }
        *p = sum.min(1.0);
        *log = if sum >= PLAIN_MIN {
            libm::log(sum)
        } else {
            let mut terms = [f64::NEG_INFINITY; STATES_MAX];
            for (i, from) in log_filtered.iter().enumerate() {
                terms[i] = from + model.log_transition[i * states + j];
            }
            log_sum_exp(&terms[..states])
        };
    }
}

/// The forward recursion over rows of densities: fills the rows of `P(s_t | x_1..x_t)` and of its
/// logarithms, and gives the log-likelihood.
pub(super) fn forward(
    model: &GaussianHmm,
    densities: &[f64],
    log_filtered: &mut [f64],
    filtered: &mut [f64],
) -> f64 {
    let states = model.states();
    let mut buffers = [[0.0; STATES_MAX]; 2];
    let [log_predicted, predicted] = buffers.each_mut().map(|buffer| &mut buffer[..states]);
    log_predicted.copy_from_slice(&model.log_start);
    let mut log_likelihood = 0.0;
    let rows = log_filtered.chunks_exact_mut(states).zip(filtered.chunks_exact_mut(states));
    for (densities, (log_filtered, filtered)) in densities.chunks_exact(states).zip(rows) {
        let (relative, densest) = absorb(log_predicted, densities, log_filtered, filtered);
        log_likelihood += relative + densest;
        predict(model, log_filtered, filtered, log_predicted, predicted);
    }
    log_likelihood
}

/// The backward recursion over what [`forward`] left: fills the rows of `P(s_t | x_1..x_T)` and
/// adds up `P(s_t = i, s_{t+1} = j | x_1..x_T)` over time in `moves`.
pub(super) fn backward(
    model: &GaussianHmm,
    densities: &[f64],
    log_filtered: &[f64],
    smoothed: &mut [f64],
    moves: &mut [f64],
) {
    let states = model.states();
    let mut buffers = [[0.0; STATES_MAX]; 2];
    // `ahead` is ln p(x_{t+1}..x_T | s_t), less what all states have in common.
    let [ahead, logs] = buffers.each_mut().map(|buffer| &mut buffer[..states]);
    // P(s_{t+1} = j | s_t = i, x_1..x_T), row by row.
    let mut shares = [0.0; STATES_MAX * STATES_MAX];
    let shares = &mut shares[..states * states];
    moves.fill(0.0);
    let rows = densities.chunks_exact(states).zip(log_filtered.chunks_exact(states));
    for ((densities, filtered), smoothed) in rows.zip(smoothed.chunks_exact_mut(states)).rev() {
        for ((log, filtered), ahead) in logs.iter_mut().zip(filtered).zip(&*ahead) {
            *log = filtered + ahead;
        }
        take_factor(logs, smoothed);
        // At the last observation there is no move yet: the shares are zero.
        let from = moves.chunks_exact_mut(states).zip(shares.chunks_exact(states));
        for (p, (moves, shares)) in smoothed.iter().zip(from) {
            for (moves, share) in moves.iter_mut().zip(shares) {
                *moves += p * share;
            }
        }
        look_back(model, densities, ahead, shares);
    }
}

/// One move backwards: from what the states at t + 1 know of later observations to what those at
/// t know, and where each of these leads. Both are less what all states have in common, so that
/// nothing grows with the length of the series.
#[inline]
fn look_back(model: &GaussianHmm, densities: &[f64], ahead: &mut [f64], shares: &mut [f64]) {
    let states = densities.len();
    let mut buffers = [[0.0; STATES_MAX]; 2];
    let [weights, plain] = buffers.each_mut().map(|buffer| &mut buffer[..states]);
    let densest = largest(densities);
    for ((weight, density), ahead) in weights.iter_mut().zip(densities).zip(&*ahead) {
        *weight = (density - densest) + ahead;
    }
    let most = largest(weights);
    for (plain, weight) in plain.iter_mut().zip(&mut *weights) {
        *weight -= most;
        *plain = libm::exp(*weight);
    }
    for (i, (ahead, shares)) in ahead.iter_mut().zip(shares.chunks_exact_mut(states)).enumerate() {
        let mut sum = 0.0;
        for (j, share) in shares.iter_mut().enumerate() {
            *share = model.transition[i * states + j] * plain[j];
            sum += *share;
        }
        if sum >= PLAIN_MIN {
            shares.iter_mut().for_each(|share| *share /= sum);
            *ahead = libm::log(sum);
        } else {
            let mut terms = [f64::NEG_INFINITY; STATES_MAX];
            for (j, weight) in weights.iter().enumerate() {
                terms[j] = model.log_transition[i * states + j] + weight;
            }
            *ahead = take_factor(&mut terms[..states], shares);
        }
    }
}
