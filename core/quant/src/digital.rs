//! Probability that a price ends at or above a strike: the fair value of a yes/no contract.
//! Owns the cash-or-nothing formula with zero rates, for settlement on one price and on the
//! average price of a closing window. It must never quote, round or add a margin: what comes out
//! is the model's probability and its slope.
//!
//! # One settlement price
//!
//! The price is a driftless geometric Brownian motion: `ln S_T = ln S + σ√T·Z - σ²T/2`, so with
//! the total variance `V = σ²T`
//!
//! ```text
//! P(S_T >= K) = Φ(d),   d = (ln(S/K) - V/2) / √V,   ∂P/∂S = φ(d) / (S √V)
//! ```
//!
//! Source: F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities" (1973), with
//! the digital read off as in M. Rubinstein, E. Reiner, "Unscrambling the Binary Code" (1991).
//! Zero rates are exact enough for contracts of minutes to days.
//!
//! # Settlement on an average
//!
//! See [`AverageSettlement`].

use crate::checked::{is_positive, is_usable};
use crate::normal;

/// A probability and how fast it moves with the spot price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digital {
    /// `P(settlement >= strike)`, in `[0, 1]`.
    pub probability: f64,
    /// `∂probability/∂spot`, per unit of price, never negative. Zero where nothing is random any
    /// more (no time or no volatility left): the step at the strike itself has no slope.
    pub delta: f64,
}

/// Probability that the price at expiry is at or above `strike`.
///
/// * `spot`, `strike` - in the same unit of price, above zero;
/// * `volatility` - standard deviation of the log price per `√second`;
/// * `seconds_left` - seconds to expiry; a negative number counts as zero.
///
/// With no variance left the answer is a step: 1 if `spot >= strike`, else 0. `None` when an
/// input is NaN, infinite or out of range.
///
/// ```
/// use royale_quant::digital;
///
/// // One basis point per √second, fifteen minutes left, spot 0.1 % above the strike.
/// let contract = digital::at_or_above(100_100.0, 100_000.0, 1e-4, 900.0).expect("sound inputs");
/// assert!((contract.probability - 0.629_9).abs() < 1e-4);
/// ```
#[must_use]
pub fn at_or_above(spot: f64, strike: f64, volatility: f64, seconds_left: f64) -> Option<Digital> {
    if !is_positive(spot) || !is_positive(strike) || !is_valid(volatility, seconds_left) {
        return None;
    }
    let variance = volatility * volatility * seconds_left.max(0.0);
    Some(Distance::new(spot, strike, variance).digital(spot))
}

/// The contract settles on the arithmetic average of the price over the closing window.
///
/// # Derivation
///
/// The average `A` of a driftless price has mean `S`, and its variance to leading order is that
/// of the average of the Brownian path, `σ²` times the mean of `min(s, t)` over the averaging
/// times `s, t`. With a window of `w` seconds that ends in `T >= w` seconds this gives
///
/// ```text
/// V = σ² (T - w + w/3) = σ² (T - 2w/3)                       (continuous average)
/// ```
///
/// With `m` samples, `h` seconds apart, the first in `t₁` seconds and the last at expiry,
///
/// ```text
/// V = σ² (t₁ + h (m-1)(2m-1) / (6m))                         (m samples)
/// ```
///
/// which tends to the line above for small `h`. `A` is then taken as lognormal with mean `S` and
/// log variance `V`, and the formula of a single settlement price applies. Matching the exact
/// second moment (E. Levy, "Pricing European average rate currency options", 1992) would change
/// `V` by a factor `1 + σ²w/12`: some `1e-8` for a minute of Bitcoin, far below the error of any
/// volatility estimate.
///
/// Inside the window (`T < w`) a fraction `f` of the average is known, with value `O`. Then
/// `A = f·O + (1-f)·R`, `R` being the average still to come, so that
///
/// ```text
/// P(A >= K) = P(R >= (K - f·O) / (1-f))
/// ```
///
/// and `R` has `V = σ²T/3` (or the sampled form with the samples that are left). A strike for
/// `R` at or below zero is certain to be met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AverageSettlement {
    /// Length of the closing window in seconds (60 for a one-minute average).
    pub averaging_s: f64,
    /// Seconds between the samples that are averaged; 0 for a continuous average. It matters in
    /// the last few samples: with one sample to come, that sample is random and not a third of it.
    pub sample_every_s: f64,
    /// Average of the part of the window already seen; ignored before the window opens.
    pub observed_average: f64,
    /// Share of the window already seen, clamped to `[0, 1]`; ignored before the window opens.
    pub observed_fraction: f64,
}

impl AverageSettlement {
    /// A settlement of which nothing has been observed yet: use it before the window opens.
    #[must_use]
    pub fn unobserved(averaging_s: f64, sample_every_s: f64) -> Self {
        Self { averaging_s, sample_every_s, observed_average: 0.0, observed_fraction: 0.0 }
    }

    /// Probability that the average is at or above `strike`; arguments as in [`at_or_above`].
    ///
    /// With no variance left, the part still to come is taken at `spot`. `None` when an input is
    /// NaN, infinite or out of range.
    #[must_use]
    pub fn at_or_above(
        &self,
        spot: f64,
        strike: f64,
        volatility: f64,
        seconds_left: f64,
    ) -> Option<Digital> {
        let distance = self.distance(spot, strike, volatility, seconds_left)?;
        Some(distance.digital(spot))
    }

    /// The probability of [`AverageSettlement::at_or_above`] alone: the slope costs as much again.
    #[must_use]
    pub fn probability(
        &self,
        spot: f64,
        strike: f64,
        volatility: f64,
        seconds_left: f64,
    ) -> Option<f64> {
        Some(self.distance(spot, strike, volatility, seconds_left)?.probability())
    }

    fn distance(
        &self,
        spot: f64,
        strike: f64,
        volatility: f64,
        seconds_left: f64,
    ) -> Option<Distance> {
        if !is_positive(spot) || !is_positive(strike) || !is_valid(volatility, seconds_left) {
            return None;
        }
        if !is_valid(self.averaging_s, self.sample_every_s) || self.sample_every_s < 0.0 {
            return None;
        }
        let seconds = seconds_left.max(0.0);
        let variance = volatility * volatility * self.effective_seconds(seconds);
        if seconds >= self.averaging_s && seconds > 0.0 {
            return Some(Distance::new(spot, strike, variance));
        }
        if !is_usable(self.observed_average) || self.observed_fraction.is_nan() {
            return None;
        }
        let seen = self.observed_fraction.clamp(0.0, 1.0);
        let to_come = 1.0 - seen;
        if to_come == 0.0 {
            return Some(Distance::Settled(self.observed_average >= strike));
        }
        let strike_to_come = (strike - seen * self.observed_average) / to_come;
        if strike_to_come <= 0.0 {
            return Some(Distance::Settled(true));
        }
        Some(Distance::new(spot, strike_to_come, variance))
    }

    /// Mean of `min(s, t)` over the averaging times still to come, in seconds: the time over
    /// which a single price would gather the variance of the average.
    fn effective_seconds(&self, seconds: f64) -> f64 {
        let window = self.averaging_s.min(seconds);
        let before = seconds - window;
        // More samples than a trillion are continuous to the last digit.
        if self.sample_every_s <= 1e-12 * window {
            return before + window / 3.0;
        }
        // Samples sit at expiry and every step before it, the opening instant excluded; the small
        // slack keeps 60 s at 1 s from becoming 61 samples by rounding.
        let samples = (window / self.sample_every_s - 1e-9).ceil().max(1.0);
        let first = (seconds - (samples - 1.0) * self.sample_every_s).max(0.0);
        let spread = (samples - 1.0) * (2.0 * samples - 1.0) / (6.0 * samples);
        first + self.sample_every_s * spread
    }
}

/// Volatility and a span: usable numbers, the first not negative.
fn is_valid(volatility: f64, seconds: f64) -> bool {
    volatility >= 0.0 && is_usable(volatility) && is_usable(seconds)
}

/// How far a price is from its strike.
#[derive(Clone, Copy, Debug)]
enum Distance {
    /// No variance is left: the price is there, or not.
    Settled(bool),
    /// d of the closed form, and √V.
    Open { d: f64, deviation: f64 },
}

impl Distance {
    /// Given the total log variance (not negative).
    fn new(spot: f64, strike: f64, variance: f64) -> Self {
        let deviation = variance.sqrt();
        if deviation == 0.0 {
            return Self::Settled(spot >= strike);
        }
        let d = (log_ratio(spot, strike) - 0.5 * variance) / deviation;
        Self::Open { d, deviation }
    }
    fn probability(self) -> f64 {
        match self {
            Self::Settled(yes) => f64::from(u8::from(yes)),
            Self::Open { d, .. } => normal::cdf(d),
        }
    }
    fn digital(self, spot: f64) -> Digital {
        let delta = match self {
            Self::Settled(_) => 0.0,
            Self::Open { d, deviation } => normal::pdf(d) / (spot * deviation),
        };
        Digital { probability: self.probability(), delta }
    }
}

/// `ln(spot/strike)`; through `log1p` near the strike, where the quotient's rounding would cost
/// most of the digits of a short-dated distance.
fn log_ratio(spot: f64, strike: f64) -> f64 {
    let relative = (spot - strike) / strike;
    if relative.abs() < 0.5 { libm::log1p(relative) } else { libm::log(spot / strike) }
}

#[cfg(test)]
mod tests;
