//! The filter that a live consumer runs: one observation at a time, in constant memory and
//! without allocation. Owns the belief about the present state; it must never look ahead, and
//! what it says equals [`GaussianHmm::filter`] to the bit.

use super::STATES_MAX;
use super::labels::StateLabels;
use super::model::GaussianHmm;
use super::recursion::{absorb, predict};

/// `P(s_t | x_1..x_t)` as the observations come.
///
/// ```
/// use royale_quant::hmm::{Covariances, GaussianHmm, HmmParameters, OnlineFilter};
///
/// let model = GaussianHmm::new(HmmParameters {
///     start: &[0.5, 0.5],
///     transition: &[0.95, 0.05, 0.10, 0.90],
///     means: &[0.0, 0.0],
///     covariances: Covariances::Diagonal(&[1.0, 9.0]),
/// })?;
/// let mut filter = OnlineFilter::new(model);
/// assert!(filter.update(&[6.0]).is_some());
/// assert!(filter.filtered()[1] > 0.9);
/// assert!(filter.predicted()[1] > 0.8); // one observation ahead: it may calm down
/// assert_eq!(filter.update(&[f64::NAN]), None); // changes nothing
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct OnlineFilter {
    model: GaussianHmm,
    /// `ln P(s_{t+1} | x_1..x_t)`.
    log_predicted: Box<[f64]>,
    log_filtered: Box<[f64]>,
    predicted: Box<[f64]>,
    filtered: Box<[f64]>,
    count: u64,
    log_likelihood: f64,
}

impl OnlineFilter {
    /// A filter that has seen nothing: its belief is the model's start.
    #[must_use]
    pub fn new(model: GaussianHmm) -> Self {
        let zeros = || vec![0.0; model.states()].into_boxed_slice();
        let mut filter = Self {
            log_predicted: zeros(),
            log_filtered: zeros(),
            predicted: zeros(),
            filtered: zeros(),
            count: 0,
            log_likelihood: 0.0,
            model,
        };
        filter.reset();
        filter
    }

    /// Takes an observation; the log score of the forecast made before it,
    /// `ln p(x_t | x_1..x_{t-1})`, per unit of the observation (its negative is the log-loss).
    /// `None` for an observation of the wrong length or with an unusable number: it changes
    /// nothing.
    pub fn update(&mut self, x: &[f64]) -> Option<f64> {
        if !self.model.accepts(x) {
            return None;
        }
        let mut densities = [0.0; STATES_MAX];
        let densities = &mut densities[..self.filtered.len()];
        self.model.emission.log_densities(x, densities);
        let (relative, densest) = self.absorb(densities);
        Some(relative + densest)
    }

    /// Takes an observation by its densities; the two parts of its log score, the density in the
    /// densest state last.
    pub(super) fn absorb(&mut self, densities: &[f64]) -> (f64, f64) {
        let (relative, densest) =
            absorb(&self.log_predicted, densities, &mut self.log_filtered, &mut self.filtered);
        predict(
            &self.model,
            &self.log_filtered,
            &self.filtered,
            &mut self.log_predicted,
            &mut self.predicted,
        );
        self.count += 1;
        self.log_likelihood += relative + densest;
        (relative, densest)
    }

    /// Forgets all observations and goes on with another model of the same shape, its states
    /// renumbered by their ranks.
    pub(super) fn restart(&mut self, model: &GaussianHmm, labels: &StateLabels) {
        self.model.copy_sorted(model, labels);
        self.reset();
    }

    /// The model in use.
    #[must_use]
    pub fn model(&self) -> &GaussianHmm {
        &self.model
    }

    /// Probabilities of the present state, the last observation included; before the first one
    /// the model's start.
    #[must_use]
    pub fn filtered(&self) -> &[f64] {
        &self.filtered
    }

    /// Probabilities of the state at the next observation.
    #[must_use]
    pub fn predicted(&self) -> &[f64] {
        &self.predicted
    }

    /// Observations taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of all scores: `ln p(x_1..x_t)`.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Mean log-loss of the one-step forecasts in nats; `None` before the first observation.
    #[must_use]
    pub fn log_loss(&self) -> Option<f64> {
        (self.count > 0).then(|| -self.log_likelihood / self.count as f64)
    }

    fn reset(&mut self) {
        self.log_predicted.copy_from_slice(&self.model.log_start);
        self.predicted.copy_from_slice(&self.model.start);
        self.filtered.copy_from_slice(&self.model.start);
        (self.count, self.log_likelihood) = (0, 0.0);
    }
}
