//! What is known of a mean when the noise around it is unknown too: the Normal-Gamma distribution
//! and the weighted sums that made it. Owns the conjugate update; it must never decide.

use super::student::Student;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, check_positive, require};

/// A joint distribution of a mean and a precision: the precision is Gamma(`alpha`, rate `beta`),
/// the mean given the precision `τ` is normal around `mu` with precision `kappa·τ`. (As a
/// distribution of mean and variance it is called normal-inverse-gamma.)
///
/// With `n` values of mean `x̄` and sum of squared deviations `S`:
///
/// ```text
/// κ' = κ + n      μ' = (κμ + n x̄) / κ'      α' = α + n/2
/// β' = β + S/2 + κ n (x̄ - μ)² / (2κ')
/// ```
///
/// Source: K. P. Murphy, "Conjugate Bayesian analysis of the Gaussian distribution" (2007),
/// section 3; weights in place of counts as in M. West, J. Harrison, "Bayesian Forecasting and
/// Dynamic Models" (1997), section 10.8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalGamma {
    /// Expected mean, in the unit of the rewards.
    pub mu: f64,
    /// How many values the expected mean is worth.
    pub kappa: f64,
    /// Shape of the precision: half as many values as the expected noise is worth.
    pub alpha: f64,
    /// Rate of the precision, in squared units of the rewards.
    pub beta: f64,
}

impl NormalGamma {
    /// A prior that expects rewards around `mean` with standard deviation `deviation`, worth
    /// `weight` values for each of the two.
    ///
    /// # Errors
    /// `mean` is not usable, `deviation` or `weight` is not above zero, or `weight` is below 1: the
    /// posterior mean needs at least one degree of freedom.
    pub fn expecting(mean: f64, deviation: f64, weight: f64) -> Result<Self, ParameterError> {
        require("mean", "finite", is_usable(mean))?;
        check_positive("deviation", deviation)?;
        check_positive("weight", weight)?;
        let alpha = 0.5 * weight;
        Self::new(mean, weight, alpha, alpha * deviation * deviation)
    }

    /// A distribution with these parameters.
    ///
    /// # Errors
    /// `mu` is not usable, `kappa` or `beta` is not above zero, or `alpha` is below one half.
    pub fn new(mu: f64, kappa: f64, alpha: f64, beta: f64) -> Result<Self, ParameterError> {
        require("mu", "finite", is_usable(mu))?;
        check_positive("kappa", kappa)?;
        check_positive("beta", beta)?;
        require("alpha", "at least one half", alpha >= 0.5 && is_usable(alpha))?;
        Ok(Self { mu, kappa, alpha, beta })
    }

    /// The posterior of this prior.
    #[must_use]
    pub fn given(&self, evidence: &Evidence) -> Self {
        let Evidence { weight, mean, squares, .. } = *evidence;
        let kappa = self.kappa + weight;
        let apart = mean - self.mu;
        Self {
            mu: (self.kappa * self.mu + weight * mean) / kappa,
            kappa,
            alpha: self.alpha + 0.5 * weight,
            beta: self.beta + 0.5 * squares + 0.5 * self.kappa * weight * apart * apart / kappa,
        }
    }

    /// The mean alone: Student's t with `2α` degrees of freedom and scale `√(β/(ακ))`.
    #[must_use]
    pub fn mean(&self) -> Student {
        Student {
            location: self.mu,
            scale: (self.beta / (self.alpha * self.kappa)).sqrt(),
            degrees: 2.0 * self.alpha,
        }
    }
}

/// Weighted mean and squared deviations of the values seen. The prior is no part of it: what is
/// forgotten is evidence, and an arm without any is back at the prior.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Sum of weights: how many values it is worth.
    pub weight: f64,
    /// Weighted mean, in the unit of the values.
    pub mean: f64,
    /// Weighted sum of squared deviations from the mean, in squared units.
    pub squares: f64,
    /// The weights again, faded twice as fast: what tells many old values from few fresh ones.
    pub twice_faded: f64,
}

impl Evidence {
    /// Takes a value with a weight (1 for a whole observation). A value that is not usable, or a
    /// weight outside `(0, 1]`, changes nothing.
    ///
    /// Source: D. H. D. West, "Updating Mean and Variance Estimates: An Improved Method",
    /// Communications of the ACM 22 (1979).
    pub fn take(&mut self, value: f64, weight: f64) {
        if !(is_usable(value) && weight > 0.0 && weight <= 1.0) {
            return;
        }
        self.weight += weight;
        self.twice_faded += weight;
        let apart = value - self.mean;
        self.mean += apart * weight / self.weight;
        self.squares += weight * apart * (value - self.mean);
    }

    /// Weighs everything so far with `keep`, in `[0, 1]`.
    pub fn fade(&mut self, keep: f64) {
        self.weight *= keep;
        self.squares *= keep;
        self.twice_faded *= keep * keep;
    }

    /// The same evidence, counted as the independent values that its mean is worth: Kish's
    /// effective sample size `(Σw)²/Σw²`, where a value that came with weight `p` is `p` values
    /// whose own weights fade. Seen in every step and discounted by `γ` it tends to `(1+γ)/(1-γ)`,
    /// about twice the sum of weights: the mean of many fading values is known better than their
    /// weight says. It is never more than that twice, so that what is seen no more fades away.
    ///
    /// Source: L. Kish, "Survey Sampling" (1965), section 8.2.
    #[must_use]
    pub fn effective(&self) -> Self {
        let Self { weight, mean, squares, twice_faded } = *self;
        if weight < f64::MIN_POSITIVE {
            return Self::default();
        }
        // Old evidence that is seen no more: the quotient stays while both sums go to nothing.
        let gain = if twice_faded > 0.5 * weight { weight / twice_faded } else { 2.0 };
        let count = weight * gain;
        Self { weight: count, mean, squares: squares * gain, twice_faded: count }
    }
}
