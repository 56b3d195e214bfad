//! Realised volatility per `√second` from prices at irregular times. Owns the sampling grid and
//! the decay; it must never use a price from after a grid instant for that instant, nor count a
//! silence longer than the feed's as calm.

use crate::checked::is_positive;
use crate::memory::{AMOUNT, LOGARITHM, Memory, Passage, SUM};
use crate::parameter::{ParameterError, check_positive, require};
use std::ops::RangeInclusive;

/// Nanoseconds in a second.
const SECOND_NS: f64 = 1e9;

/// From one logarithm to another.
const RETURN: RangeInclusive<f64> = -278.0..=278.0;

/// Settings of [`RealisedVolatility`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealisedSettings {
    /// Distance of the grid instants, in nanoseconds (1 s: 1_000_000_000).
    pub grid_ns: u64,
    /// Half-life of a squared return's weight, in seconds.
    pub half_life_s: f64,
    /// Returns needed before there is an answer.
    pub returns_min: u32,
    /// Longest silence that still counts as an unmoved price, in nanoseconds. After a longer one
    /// (a dropped connection) sampling starts anew, and the estimate stays as it was.
    pub gap_ns_max: u64,
}

/// Exponentially weighted realised volatility.
///
/// The price at a grid instant is the last one before it (previous-tick sampling); grid returns
/// `r` are log returns between successive instants, zero where nothing traded. With weights
/// halving every half-life and `g` the grid distance in seconds, the variance per second is
///
/// ```text
/// σ² = Σ w r² / (g Σ w)
/// ```
///
/// Sampling on a grid instead of every trade is what keeps the bid-ask bounce out: a bounce of
/// half-spread `s` (relative) adds about `2 s²/g` per second, so it shrinks with `g`. Feeding mid
/// prices removes most of the rest. [`Self::noise_corrected`] adds twice the weighted product
/// of neighbouring returns, `2 Σ w r r₋₁`, which cancels independent noise altogether (a bounce
/// turns back and makes that product negative), at the price of a noisier estimate.
///
/// Source: T. G. Andersen, T. Bollerslev et al., "The Distribution of Realized Exchange Rate
/// Volatility" (2001); first-order correction: B. Zhou, "High-Frequency Data and Volatility in
/// Foreign-Exchange Rates" (1996).
///
/// ```
/// use royale_quant::realised::{RealisedSettings, RealisedVolatility};
///
/// let mut volatility = RealisedVolatility::new(RealisedSettings {
///     grid_ns: 1_000_000_000,
///     half_life_s: 300.0,
///     returns_min: 30,
///     gap_ns_max: 60_000_000_000,
/// })?;
/// assert_eq!(volatility.update(0, 100_000.0), None); // not ready: no returns yet
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RealisedVolatility {
    settings: RealisedSettings,
    grid_s: f64,
    decay: f64,
    newest: Option<Sample>,
    /// Log price at the last grid instant that has passed.
    sampled_log: Option<f64>,
    last_return: Option<f64>,
    returns: u32,
    weight: f64,
    squares: f64,
    products_weight: f64,
    products: f64,
}

/// A price as last seen.
#[derive(Clone, Copy, Default, Debug)]
struct Sample {
    time_ns: u64,
    log_price: f64,
}

impl RealisedVolatility {
    /// An estimator that has seen nothing.
    ///
    /// # Errors
    /// If the grid, the half-life or the number of returns is zero (or not finite), or the
    /// longest gap is below the grid distance.
    pub fn new(settings: RealisedSettings) -> Result<Self, ParameterError> {
        require("grid_ns", "above zero", settings.grid_ns > 0)?;
        check_positive("half_life_s", settings.half_life_s)?;
        require("returns_min", "above zero", settings.returns_min > 0)?;
        require("gap_ns_max", "at least grid_ns", settings.gap_ns_max >= settings.grid_ns)?;
        let grid_s = settings.grid_ns as f64 / SECOND_NS;
        Ok(Self {
            settings,
            grid_s,
            decay: libm::exp2(-grid_s / settings.half_life_s),
            newest: None,
            sampled_log: None,
            last_return: None,
            returns: 0,
            weight: 0.0,
            squares: 0.0,
            products_weight: 0.0,
            products: 0.0,
        })
    }

    /// Takes a price at a time in nanoseconds; the volatility per `√second` once ready. A price
    /// that is not finite and above zero, or older than the newest, gives `None` and changes
    /// nothing.
    pub fn update(&mut self, time_ns: u64, price: f64) -> Option<f64> {
        if !is_positive(price) {
            return None;
        }
        if let Some(newest) = self.newest {
            if time_ns < newest.time_ns {
                return None;
            }
            self.advance(newest, time_ns);
        }
        self.newest = Some(Sample { time_ns, log_price: libm::log(price) });
        self.value()
    }

    /// Volatility per `√second` of the log price; `None` until enough returns are known. Zero is
    /// an answer: a price that did not move.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.is_ready().then(|| (self.squares / (self.grid_s * self.weight)).sqrt())
    }

    /// The same with the bounce of the price between bid and ask taken out; zero where noise
    /// outweighs everything else. `None` until enough returns are known.
    #[must_use]
    pub fn noise_corrected(&self) -> Option<f64> {
        if !self.is_ready() || self.products_weight == 0.0 {
            return None;
        }
        let squares = self.squares / self.weight;
        let products = self.products / self.products_weight;
        Some(((squares + 2.0 * products).max(0.0) / self.grid_s).sqrt())
    }

    /// True once `returns_min` grid returns are known.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.returns >= self.settings.returns_min
    }

    /// Samples `newest` at every grid instant that lies after it and not after `time_ns`. (A
    /// price exactly at an instant belongs to the cell that begins there.)
    fn advance(&mut self, newest: Sample, time_ns: u64) {
        if time_ns - newest.time_ns > self.settings.gap_ns_max {
            self.sampled_log = None;
            self.last_return = None;
            return;
        }
        let grid_ns = self.settings.grid_ns;
        let instants = time_ns / grid_ns - newest.time_ns / grid_ns;
        if instants == 0 {
            return;
        }
        let mut unmoved = instants - 1;
        // The first sample gives no return; the instants after it give returns of zero.
        if let Some(before) = self.sampled_log.replace(newest.log_price) {
            self.take_return(newest.log_price - before);
        }
        // After a return of zero the products vanish too: what is left is decay alone.
        while unmoved > 0 && self.last_return != Some(0.0) {
            self.take_return(0.0);
            unmoved -= 1;
        }
        if unmoved > 0 {
            self.take_zeros(unmoved);
        }
    }

    /// One grid return into both averages.
    fn take_return(&mut self, r: f64) {
        self.weight = self.weight * self.decay + 1.0;
        self.squares = self.squares * self.decay + r * r;
        if let Some(last) = self.last_return {
            self.products_weight = self.products_weight * self.decay + 1.0;
            self.products = self.products * self.decay + r * last;
        }
        self.last_return = Some(r);
        self.returns = self.returns.saturating_add(1);
    }

    /// Many returns of zero at once, after a zero: a geometric sum of weights, so that a long gap
    /// costs no more than a short one.
    fn take_zeros(&mut self, count: u64) {
        let faded = libm::pow(self.decay, count as f64);
        let added =
            if self.decay < 1.0 { (1.0 - faded) / (1.0 - self.decay) } else { count as f64 };
        self.weight = self.weight * faded + added;
        self.squares *= faded;
        self.products_weight = self.products_weight * faded + added;
        self.products *= faded;
        self.returns = self.returns.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

impl Memory for RealisedVolatility {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.maybe(&mut self.newest, |through, newest| {
            through.whole(&mut newest.time_ns, ..)?;
            through.number(&mut newest.log_price, LOGARITHM)
        })?;
        through.maybe(&mut self.sampled_log, |through, log| through.number(log, LOGARITHM))?;
        through.maybe(&mut self.last_return, |through, r| through.number(r, RETURN))?;
        let returns = through.whole(&mut self.returns, ..)?;
        let weight = through.number(&mut self.weight, AMOUNT)?;
        through.number(&mut self.squares, AMOUNT)?;
        through.number(&mut self.products_weight, AMOUNT)?;
        through.number(&mut self.products, SUM)?;
        // A return weighs 1 when it comes: without any there is none, and nothing is divided by zero.
        ((returns > 0) == (weight > 0.5)).then_some(())
    }
}

#[cfg(test)]
mod tests;
