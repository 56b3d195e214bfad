//! Fitting a model to a series: the settings, the report and the loop. Owns when a fit stops and
//! what it calls a failure; the arithmetic of a step is [`BaumWelch`]'s.

use super::batch::check_series;
use super::baum_welch::BaumWelch;
use super::error::HmmError;
use super::model::GaussianHmm;
use crate::parameter::{ParameterError, require};

/// What to do when a state contracts onto a point, where the likelihood has no upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCollapse {
    /// End the fit with [`HmmError::Collapsed`].
    Refuse,
    /// Carry on: a variance (diagonal) stops at the floor, a matrix (full) stays as it was before
    /// the step. Either keeps the likelihood from falling.
    Hold,
}

/// When a fit stops, and what it does at the edge of what can be estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitSettings {
    /// Steps (M-steps) at most.
    pub steps_max: usize,
    /// Stop once a step gains less log-likelihood than this; zero goes on until a step gains
    /// nothing but rounding.
    pub tolerance: f64,
    /// The floor: no variance may fall under this share of the variance of the whole series in the
    /// same coordinate (for a matrix: no variance given the coordinates before it).
    pub variance_share_min: f64,
    /// What happens at the floor.
    pub on_collapse: OnCollapse,
}

impl Default for FitSettings {
    /// A hundred steps, 1e-6 of log-likelihood, a floor of a millionth, and refusal.
    fn default() -> Self {
        Self {
            steps_max: 100,
            tolerance: 1e-6,
            variance_share_min: 1e-6,
            on_collapse: OnCollapse::Refuse,
        }
    }
}

impl FitSettings {
    /// Refuses settings that make no sense.
    pub(super) fn check(&self) -> Result<(), ParameterError> {
        require("steps_max", "above zero", self.steps_max > 0)?;
        let is_sound = self.tolerance >= 0.0 && self.tolerance.is_finite();
        require("tolerance", "finite and not negative", is_sound)?;
        let share = self.variance_share_min;
        require("variance_share_min", "between 1e-12 and 1", (1e-12..1.0).contains(&share))
    }
}

/// How a fit went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitReport {
    /// Steps taken.
    pub steps: usize,
    /// Log-likelihood of the series under the model before the first step.
    pub log_likelihood_before: f64,
    /// Log-likelihood of the series under the fitted model.
    pub log_likelihood: f64,
    /// True if the last step gained less than the tolerance, false if the steps ran out.
    pub has_converged: bool,
}

impl GaussianHmm {
    /// The model of the same shape to which Baum–Welch leads from this one: maximum likelihood,
    /// no priors. The log-likelihood never falls from step to step (beyond rounding).
    ///
    /// A state that the series does not visit (expected visits up to
    /// [`VISITS_MIN`](super::VISITS_MIN)) keeps its mean and covariance, and one that is never
    /// left keeps its row of transitions: the data say nothing about them. A probability that has
    /// become zero stays zero, as in every maximum-likelihood fit.
    ///
    /// # Errors
    /// If the settings make no sense, the series is not usable or has no spread, or a state
    /// collapsed. The model itself is not touched.
    pub fn fit(
        &self,
        observations: &[f64],
        settings: FitSettings,
    ) -> Result<(Self, FitReport), HmmError> {
        settings.check().map_err(HmmError::Settings)?;
        check_series(self, observations)?;
        let mut model = self.clone();
        let rows = observations.len() / self.dimensions();
        let mut work = BaumWelch::new(&model, rows, settings);
        work.begin(observations.iter().copied())?;
        loop {
            if let Some(report) = work.advance(&mut model)? {
                return Ok((model, report));
            }
        }
    }
}
