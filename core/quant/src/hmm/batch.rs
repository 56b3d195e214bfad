//! Inference over a whole series at hand: filtered and smoothed probabilities and the most
//! probable path. It allocates its answers, so it is for research and reports; smoothed
//! probabilities and paths look ahead and must never feed a decision that a live run would take.

use super::error::HmmError;
use super::model::GaussianHmm;
use super::recursion::{backward, forward};
use crate::parameter::WINDOW_MAX;

/// Probabilities of the states over a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    states: usize,
    probabilities: Vec<f64>,
    /// `ln p(x_1..x_T)`.
    pub log_likelihood: f64,
}

impl Inference {
    /// Probabilities of the states at an observation, from 0.
    ///
    /// # Panics
    /// If the series is not that long.
    #[must_use]
    pub fn of(&self, observation: usize) -> &[f64] {
        &self.probabilities[observation * self.states..][..self.states]
    }

    /// The rows of all observations in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.probabilities.chunks_exact(self.states)
    }
}

/// The most probable sequence of states.
#[derive(Clone, Debug, PartialEq)]
pub struct ViterbiPath {
    /// The state at each observation.
    pub states: Vec<u8>,
    /// `ln p(path, x_1..x_T)`.
    pub log_probability: f64,
}

impl GaussianHmm {
    /// `P(s_t | x_1..x_t)` for each observation of a series given row by row: what was known at
    /// the time.
    ///
    /// # Errors
    /// If there is no whole number of usable observations.
    pub fn filter(&self, observations: &[f64]) -> Result<Inference, HmmError> {
        let pass = Pass::over(self, observations)?;
        Ok(pass.into_inference(self))
    }

    /// `P(s_t | x_1..x_T)` for each observation: **looks ahead**.
    ///
    /// # Errors
    /// If there is no whole number of usable observations.
    pub fn smooth(&self, observations: &[f64]) -> Result<Inference, HmmError> {
        let mut pass = Pass::over(self, observations)?;
        let Pass { densities, log_filtered, probabilities, .. } = &mut pass;
        let mut moves = vec![0.0; self.transition.len()];
        backward(self, densities, log_filtered, probabilities, &mut moves);
        Ok(pass.into_inference(self))
    }

    /// The single most probable path (Viterbi): **looks ahead**. Of equal paths the one with the
    /// lower state, decided from the end.
    ///
    /// # Errors
    /// If there is no whole number of usable observations.
    pub fn viterbi(&self, observations: &[f64]) -> Result<ViterbiPath, HmmError> {
        let states = self.states();
        let densities = self.densities(observations)?;
        let mut best: Vec<f64> =
            self.log_start.iter().zip(&densities).map(|(start, density)| start + density).collect();
        let mut next = vec![0.0; states];
        let mut came_from: Vec<u8> = Vec::with_capacity(densities.len());
        for densities in densities.chunks_exact(states).skip(1) {
            for (j, next) in next.iter_mut().enumerate() {
                let arrivals = (0..states).map(|i| best[i] + self.log_transition[i * states + j]);
                let (from, log) = first_largest(arrivals);
                came_from.push(from);
                *next = log + densities[j];
            }
            best.copy_from_slice(&next);
        }
        let (mut state, log_probability) = first_largest(best.iter().copied());
        let mut path = vec![state];
        for from in came_from.chunks_exact(states).rev() {
            state = from[usize::from(state)];
            path.push(state);
        }
        path.reverse();
        Ok(ViterbiPath { states: path, log_probability })
    }

    /// Rows of log densities of a series that has been checked.
    fn densities(&self, observations: &[f64]) -> Result<Vec<f64>, HmmError> {
        check_series(self, observations)?;
        let mut densities = vec![0.0; observations.len() / self.dimensions() * self.states()];
        let rows = densities.chunks_exact_mut(self.states());
        for (x, row) in observations.chunks_exact(self.dimensions()).zip(rows) {
            self.emission.log_densities(x, row);
        }
        Ok(densities)
    }
}

/// Refuses a series that no model of this shape can be asked about.
pub(super) fn check_series(model: &GaussianHmm, observations: &[f64]) -> Result<(), HmmError> {
    let numbers = observations.len();
    let rows = observations.chunks_exact(model.dimensions());
    if !rows.remainder().is_empty() || !(1..=WINDOW_MAX).contains(&rows.len()) {
        return Err(HmmError::Length { numbers });
    }
    match rows.enumerate().find(|(_, x)| !model.accepts(x)) {
        Some((index, _)) => Err(HmmError::Observation { index }),
        None => Ok(()),
    }
}

/// What one forward pass leaves.
struct Pass {
    densities: Vec<f64>,
    log_filtered: Vec<f64>,
    /// Filtered probabilities, until a backward pass writes smoothed ones over them.
    probabilities: Vec<f64>,
    log_likelihood: f64,
}

impl Pass {
    fn over(model: &GaussianHmm, observations: &[f64]) -> Result<Self, HmmError> {
        let densities = model.densities(observations)?;
        let mut log_filtered = vec![0.0; densities.len()];
        let mut probabilities = vec![0.0; densities.len()];
        let log_likelihood = forward(model, &densities, &mut log_filtered, &mut probabilities);
        Ok(Self { densities, log_filtered, probabilities, log_likelihood })
    }

    fn into_inference(self, model: &GaussianHmm) -> Inference {
        Inference {
            states: model.states(),
            probabilities: self.probabilities,
            log_likelihood: self.log_likelihood,
        }
    }
}

/// The largest of some logarithms and the first place where it stands.
fn first_largest(logs: impl Iterator<Item = f64>) -> (u8, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, log) in (0..).zip(logs) {
        if log > best.1 {
            best = (place, log);
        }
    }
    best
}
