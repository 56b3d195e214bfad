//! How much a forecast is worth, judged by what then happened. Owns the running log-losses of a
//! forecast and of the simpler forecast that it has to beat.

use crate::parameter::{ParameterError, check_positive};

/// Log-losses of a forecast and of its baseline, in nats, in which an observation's weight halves
/// every half-life.
///
/// The logarithmic score is proper: no forecast gains by stating what it does not believe.
///
/// Source: I. J. Good, "Rational Decisions" (1952); T. Gneiting, A. E. Raftery, "Strictly Proper
/// Scoring Rules, Prediction, and Estimation" (2007). The weight of [`trust`](Self::trust) is
/// dynamic model averaging with forgetting, A. E. Raftery, M. Kárný, P. Ettler (2010).
#[derive(Clone, Copy, Debug)]
pub struct ForecastSkill {
    keep: f64,
    weight: f64,
    baseline: f64,
    /// Sum of the baseline's losses less the forecast's.
    gain: f64,
}

impl ForecastSkill {
    /// Nothing scored yet. The half-life is in observations.
    ///
    /// # Errors
    /// If the half-life is not finite and above zero.
    pub fn new(half_life: f64) -> Result<Self, ParameterError> {
        check_positive("half_life", half_life)?;
        let keep = libm::exp2(-1.0 / half_life);
        Ok(Self { keep, weight: 0.0, baseline: 0.0, gain: 0.0 })
    }

    /// Takes the log density that the baseline gave to what happened, and how much more the
    /// forecast gave.
    pub(super) fn update(&mut self, baseline: f64, gain: f64) {
        self.weight = self.weight * self.keep + 1.0;
        self.baseline = self.baseline * self.keep - baseline;
        self.gain = self.gain * self.keep + gain;
    }

    /// Mean log-loss of the forecast; `None` before the first score.
    #[must_use]
    pub fn log_loss(&self) -> Option<f64> {
        Some(self.baseline_log_loss()? - self.gain()?)
    }

    /// Mean log-loss of the baseline; `None` before the first score.
    #[must_use]
    pub fn baseline_log_loss(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.baseline / self.weight)
    }

    /// By how much the forecast's mean log-loss is the smaller one, in nats per observation:
    /// negative if the baseline forecasts better. `None` before the first score.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.gain / self.weight)
    }

    /// Probability that the forecast is the better of the two, by Bayes' rule over the remembered
    /// scores with even odds at first: 1/2 before the first score and for an uninformative
    /// forecast, near zero for a harmful one. Fit to weigh `trust·forecast + (1-trust)·baseline`.
    #[must_use]
    pub fn trust(&self) -> f64 {
        1.0 / (1.0 + libm::exp(-self.gain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmful_forecast_loses_trust_and_wins_it_back() {
        let mut skill = ForecastSkill::new(1.0).unwrap();
        assert_eq!((skill.gain(), skill.log_loss(), skill.trust()), (None, None, 0.5));
        skill.update(-2.0, -0.5);
        skill.update(-1.0, -0.25);
        // Weights 1/2 and 1: losses 2 and 1 of the baseline, gains -1/2 and -1/4.
        assert_eq!(skill.baseline_log_loss(), Some(2.0 / 1.5));
        assert_eq!(skill.gain(), Some(-0.5 / 1.5));
        assert!((skill.log_loss().unwrap() - 2.5 / 1.5).abs() < 1e-15);
        assert!((skill.trust() - 1.0 / (1.0 + libm::exp(0.5))).abs() < 1e-15);
        for _ in 0..3 {
            skill.update(-1.0, 0.5);
        }
        assert!(skill.trust() > 0.6);
        assert!(ForecastSkill::new(0.0).is_err() && ForecastSkill::new(f64::NAN).is_err());
    }
}
