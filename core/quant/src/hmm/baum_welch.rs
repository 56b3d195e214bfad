//! One step of expectation maximisation, and the memory that it needs. Owns the re-estimation
//! formulas and the floor under variances; it allocates in `new` only, so that a live tracker can
//! fit again and again.

use super::DIMENSIONS_MAX;
use super::emission::CovarianceType;
use super::error::HmmError;
use super::fit::{FitReport, FitSettings, OnCollapse};
use super::model::GaussianHmm;
use super::recursion::{backward, forward};
use super::spread::Spread;

/// Expected visits up to which a state counts as not visited: below it its mean would be rounding.
pub const VISITS_MIN: f64 = 1e-10;

/// A fit under way.
#[derive(Clone, Debug)]
pub(super) struct BaumWelch {
    settings: FitSettings,
    observations: Vec<f64>,
    densities: Vec<f64>,
    log_filtered: Vec<f64>,
    /// Filtered probabilities between the two passes, smoothed ones after them.
    smoothed: Vec<f64>,
    moves: Box<[f64]>,
    /// Least variance of each coordinate.
    floors: Box<[f64]>,
    steps: usize,
    before: Option<f64>,
    last: Option<f64>,
}

impl BaumWelch {
    /// Memory for series of up to `rows_max` observations and models of this shape.
    pub(super) fn new(model: &GaussianHmm, rows_max: usize, settings: FitSettings) -> Self {
        let (states, dimensions) = (model.states(), model.dimensions());
        Self {
            settings,
            observations: Vec::with_capacity(rows_max * dimensions),
            densities: Vec::with_capacity(rows_max * states),
            log_filtered: Vec::with_capacity(rows_max * states),
            smoothed: Vec::with_capacity(rows_max * states),
            moves: vec![0.0; states * states].into_boxed_slice(),
            floors: vec![0.0; dimensions].into_boxed_slice(),
            steps: 0,
            before: None,
            last: None,
        }
    }

    /// Takes a checked series of at most `rows_max` observations and sets the floors.
    pub(super) fn begin(&mut self, series: impl Iterator<Item = f64>) -> Result<(), HmmError> {
        self.observations.clear();
        self.observations.extend(series);
        (self.steps, self.before, self.last) = (0, None, None);
        let share = self.settings.variance_share_min;
        let spread = Spread::of_series(&self.observations, self.floors.len(), share)?;
        for (floor, variance) in self.floors.iter_mut().zip(spread.variance) {
            *floor = share * variance;
        }
        Ok(())
    }

    /// The series being fitted.
    pub(super) fn observations(&self) -> &[f64] {
        &self.observations
    }

    /// One E-step and, unless the fit is over, one M-step on the model. The report ends the fit:
    /// the model is then as the last M-step left it and its expectations are at hand.
    pub(super) fn advance(
        &mut self,
        model: &mut GaussianHmm,
    ) -> Result<Option<FitReport>, HmmError> {
        let log_likelihood = self.expect(model);
        let before = *self.before.get_or_insert(log_likelihood);
        let gain = self.last.map(|last| log_likelihood - last);
        let has_converged = gain.is_some_and(|gain| gain < self.settings.tolerance);
        if has_converged || self.steps == self.settings.steps_max {
            return Ok(Some(FitReport {
                steps: self.steps,
                log_likelihood_before: before,
                log_likelihood,
                has_converged,
            }));
        }
        self.maximise(model)?;
        self.last = Some(log_likelihood);
        self.steps += 1;
        Ok(None)
    }

    /// Share of the series that each state accounts for, after the last E-step.
    pub(super) fn occupancy(&self, shares: &mut [f64]) {
        let states = shares.len();
        let count = (self.smoothed.len() / states) as f64;
        for (state, share) in shares.iter_mut().enumerate() {
            *share = visits(&self.smoothed, states, state) / count;
        }
    }

    /// E-step: expectations under the model, and its log-likelihood.
    fn expect(&mut self, model: &GaussianHmm) -> f64 {
        let states = model.states();
        let rows = self.observations.len() / model.dimensions();
        for row in [&mut self.densities, &mut self.log_filtered, &mut self.smoothed] {
            row.resize(rows * states, 0.0);
        }
        let series = self.observations.chunks_exact(model.dimensions());
        for (x, row) in series.zip(self.densities.chunks_exact_mut(states)) {
            model.emission.log_densities(x, row);
        }
        let log_likelihood =
            forward(model, &self.densities, &mut self.log_filtered, &mut self.smoothed);
        backward(model, &self.densities, &self.log_filtered, &mut self.smoothed, &mut self.moves);
        log_likelihood
    }

    /// M-step: the parameters that the expectations make most likely.
    fn maximise(&mut self, model: &mut GaussianHmm) -> Result<(), HmmError> {
        let states = model.states();
        model.start.copy_from_slice(&self.smoothed[..states]);
        let rows = model.transition.chunks_exact_mut(states);
        for (row, moves) in rows.zip(self.moves.chunks_exact(states)) {
            let departures = moves.iter().fold(0.0, |sum, x| sum + x);
            if departures > VISITS_MIN {
                for (p, moves) in row.iter_mut().zip(moves) {
                    *p = moves / departures;
                }
            }
        }
        model.take_logarithms();
        for state in 0..states {
            self.emit(model, state)?;
        }
        Ok(())
    }

    /// M-step of one state's distribution.
    fn emit(&self, model: &mut GaussianHmm, state: usize) -> Result<(), HmmError> {
        let (states, dimensions) = (model.states(), model.dimensions());
        let visits = visits(&self.smoothed, states, state);
        if visits <= VISITS_MIN {
            return Ok(());
        }
        let weighted = || {
            let weights = self.smoothed.chunks_exact(states).map(|row| row[state]);
            weights.zip(self.observations.chunks_exact(dimensions))
        };
        let mut mean = [0.0; DIMENSIONS_MAX];
        let mean = &mut mean[..dimensions];
        for (weight, x) in weighted() {
            for (mean, x) in mean.iter_mut().zip(x) {
                *mean += weight * x;
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= visits);

        let kind = model.covariance_type();
        let mut covariance = [0.0; DIMENSIONS_MAX * DIMENSIONS_MAX];
        let covariance = &mut covariance[..kind.entries(dimensions)];
        for (weight, x) in weighted() {
            add_squares(kind, weight, x, mean, covariance);
        }
        covariance.iter_mut().for_each(|sum| *sum /= visits);
        if kind == CovarianceType::Full {
            mirror(covariance, dimensions);
        } else if self.settings.on_collapse == OnCollapse::Hold {
            // Between the estimate and what it was, so that the likelihood cannot fall.
            let old = model.covariance(state);
            for ((variance, old), floor) in covariance.iter_mut().zip(old).zip(&self.floors) {
                *variance = variance.max(floor.min(*old));
            }
        }
        let held = self.settings.on_collapse == OnCollapse::Hold;
        match model.emission.set(state, mean, covariance, &self.floors) {
            Err(_) if held => model.emission.set_mean(state, mean),
            Err(dimension) => return Err(HmmError::Collapsed { state, dimension }),
            Ok(()) => {}
        }
        Ok(())
    }
}

/// Expected visits of a state.
fn visits(smoothed: &[f64], states: usize, state: usize) -> f64 {
    smoothed.chunks_exact(states).fold(0.0, |sum, row| sum + row[state])
}

/// Adds weighted squares of deviations, of a matrix the lower half.
fn add_squares(kind: CovarianceType, weight: f64, x: &[f64], mean: &[f64], sums: &mut [f64]) {
    let dimensions = x.len();
    for d in 0..dimensions {
        let weighted = weight * (x[d] - mean[d]);
        match kind {
            CovarianceType::Diagonal => sums[d] += weighted * (x[d] - mean[d]),
            CovarianceType::Full => {
                for e in 0..=d {
                    sums[d * dimensions + e] += weighted * (x[e] - mean[e]);
                }
            }
        }
    }
}

/// Fills the upper half of a symmetric matrix.
fn mirror(matrix: &mut [f64], dimensions: usize) {
    for d in 0..dimensions {
        for e in 0..d {
            matrix[e * dimensions + d] = matrix[d * dimensions + e];
        }
    }
}
