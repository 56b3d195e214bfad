//! Is the price drifting, and how sure is that: two averages and the volatility between them.
//!
//! Owns the trend in standard deviations and the regime that follows from it.

use crate::rhythm::Rhythm;
use crate::sampler::{Passed, SILENCE_MAX, Sampler};
use royale_model::{Nanos, Regime};
use royale_quant::ParameterError;
use royale_quant::ewma::TimeEwma;
use royale_quant::memory::{Memory, Passage};
use royale_quant::realised::{RealisedSettings, RealisedVolatility};

/// Distance of the instants at which the price is sampled.
const GRID: Nanos = Nanos::from_secs(1);
/// 1 / ln 2: a half-life times this is a time constant.
const PER_HALF_LIFE: f64 = std::f64::consts::LOG2_E;

/// A fast and a slow average of the price, one second at a time, or one timer at a time.
///
/// On a driftless random walk of volatility σ per √s, the difference of two exponential averages
/// with time constants τf < τs is normal with standard deviation σ (τs − τf) / √(2 (τs + τf)).
/// The trend is that difference in such deviations: a standard normal number when nothing drifts.
#[derive(Clone, Debug)]
pub(crate) struct TrendGauge {
    sampler: Sampler,
    fast: TimeEwma,
    slow: TimeEwma,
    volatility: Volatility,
    /// As built, to start anew from.
    blank: (TimeEwma, TimeEwma, Volatility),
    /// Standard deviation of (fast − slow) / price for a volatility of 1 per √s.
    scale: f64,
    /// Seconds that must be known, and that are.
    warm_up: u32,
    known: u32,
}

/// Volatility per √s, of returns of a second or of those between timers.
#[derive(Clone, Debug)]
enum Volatility {
    Seconds(RealisedVolatility),
    /// Mean of the squared returns by second, how many it is of, and how many it needs.
    Timers(TimeEwma, u32, u32),
}

impl Volatility {
    fn new(half_life_s: f64, returns_min: u32, rhythm: Rhythm) -> Result<Self, ParameterError> {
        Ok(match rhythm {
            Rhythm::Events => Self::Seconds(RealisedVolatility::new(RealisedSettings {
                grid_ns: GRID.raw().unsigned_abs(),
                half_life_s,
                returns_min: returns_min.max(1),
                gap_ns_max: SILENCE_MAX.raw().unsigned_abs(),
            })?),
            Rhythm::Timers { .. } => Self::Timers(TimeEwma::new(half_life_s)?, 0, returns_min),
        })
    }
    /// Takes a price of an event.
    fn update(&mut self, time_ns: u64, price: f64) {
        if let Self::Seconds(volatility) = self {
            volatility.update(time_ns, price);
        }
    }
    /// Takes the return since the timer before.
    fn take_return(&mut self, time_ns: u64, r: f64, waited: Nanos) {
        if let Self::Timers(squares, count, _) = self
            && waited > Nanos::ZERO
        {
            squares.update(time_ns, r * r / waited.as_secs_f64());
            *count = count.saturating_add(1);
        }
    }
    fn value(&self) -> Option<f64> {
        match self {
            Self::Seconds(volatility) => volatility.value(),
            Self::Timers(squares, count, min) => {
                squares.mean().filter(|_| count >= min).map(f64::sqrt)
            }
        }
    }
}

/// What the gauge shows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Trend {
    /// Fast minus slow average in standard deviations.
    pub(crate) score: f64,
    /// Volatility per √s, above zero.
    pub(crate) volatility: f64,
}

impl Trend {
    /// The regime at a threshold in standard deviations.
    pub(crate) fn regime(&self, threshold: f64) -> Regime {
        if self.score >= threshold {
            Regime::Bull
        } else if self.score <= -threshold {
            Regime::Bear
        } else {
            Regime::Sideways
        }
    }
}

impl TrendGauge {
    /// A gauge of two half-lives in seconds; speaks once the slow one has passed, and `floor` returns of
    /// a second, or of a timer, are known.
    pub(crate) fn new(
        fast_s: f64,
        slow_s: f64,
        floor: u32,
        rhythm: Rhythm,
    ) -> Result<Self, ParameterError> {
        let fast = TimeEwma::new(fast_s)?;
        let slow = TimeEwma::new(slow_s)?;
        let volatility = Volatility::new(slow_s, floor, rhythm)?;
        let (tau_fast, tau_slow) = (fast_s * PER_HALF_LIFE, slow_s * PER_HALF_LIFE);
        let scale = (tau_slow - tau_fast) / (2.0 * (tau_slow + tau_fast)).sqrt();
        Ok(Self {
            sampler: Sampler::new(GRID, rhythm),
            fast,
            slow,
            blank: (fast, slow, volatility.clone()),
            volatility,
            scale,
            warm_up: (slow_s as u32).max(floor),
            known: 0,
        })
    }

    /// Forgets everything: after a gap.
    pub(crate) fn reset(&mut self) {
        self.sampler.reset();
        self.fast = self.blank.0;
        self.slow = self.blank.1;
        self.volatility.clone_from(&self.blank.2);
        self.known = 0;
    }

    /// Takes a price; the trend when a second has passed, or a timer, and both averages are warm.
    pub(crate) fn update(&mut self, now: Nanos, price: f64) -> Option<Trend> {
        let time_ns = now.raw().max(0).unsigned_abs();
        match self.sampler.update(now, price) {
            Passed::Nothing => {
                self.volatility.update(time_ns, price);
                return None;
            }
            Passed::Broken => {
                self.reset();
                if let Passed::Timer { .. } = self.sampler.update(now, price) {
                    self.sample(time_ns, price);
                }
                self.volatility.update(time_ns, price);
                return None;
            }
            Passed::Instants { price: before, count } => {
                self.volatility.update(time_ns, price);
                let last = now.raw().div_euclid(GRID.raw());
                for back in (0..i64::from(count)).rev() {
                    let instant = (last - back).saturating_mul(GRID.raw()).max(0).unsigned_abs();
                    self.sample(instant, before);
                    self.known = self.known.saturating_add(1);
                }
            }
            Passed::Timer { before, waited } => {
                self.volatility.take_return(time_ns, price / before - 1.0, waited);
                self.sample(time_ns, price);
                let seconds = u32::try_from(waited.raw() / GRID.raw()).unwrap_or(u32::MAX);
                self.known = self.known.saturating_add(seconds);
            }
        }
        self.value()
    }

    fn sample(&mut self, time_ns: u64, price: f64) {
        self.fast.update(time_ns, price);
        self.slow.update(time_ns, price);
    }

    /// False while too little is known since the start or the last gap.
    pub(crate) fn is_warm(&self) -> bool {
        self.known >= self.warm_up
    }

    /// The trend as of the last second; `None` while warming up or when the price stands still.
    pub(crate) fn value(&self) -> Option<Trend> {
        if !self.is_warm() {
            return None;
        }
        let (fast, slow) = (self.fast.mean()?, self.slow.mean()?);
        let volatility = self.volatility.value().filter(|sigma| *sigma > 0.0)?;
        let score = (fast - slow) / slow / (volatility * self.scale);
        score.is_finite().then_some(Trend { score, volatility })
    }
}

impl Memory for TrendGauge {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.sampler.pass(through)?;
        self.fast.pass(through)?;
        self.slow.pass(through)?;
        match &mut self.volatility {
            Volatility::Seconds(volatility) => volatility.pass(through)?,
            Volatility::Timers(squares, count, _) => {
                squares.pass(through)?;
                through.whole(count, ..)?;
            }
        }
        through.whole(&mut self.known, ..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_price_has_a_positive_trend_of_the_computed_size() {
        // Log price rises by 0.001 a second: σ = 0.001, and each average lags by its time constant
        // (discrete: decay/(1 − decay) seconds), so the difference tends to the lags' difference.
        let mut gauge = TrendGauge::new(5.0, 20.0, 2, Rhythm::Events).unwrap();
        let mut seen = None;
        for second in 0..600_i32 {
            let price = 100.0 * (1.0 + 1e-6 * f64::from(second));
            let now = Nanos::from_millis(i64::from(second) * 1_000 + 500);
            seen = gauge.update(now, price).or(seen);
            assert_eq!(seen.is_some(), second >= 20, "{second}");
        }
        let trend = seen.unwrap();
        // Lags: half-life 5 → d = 2^(−1/5) = 0.870551, d/(1−d) = 6.7251; 20 → 28.3568.
        let difference = (28.3568 - 6.7251) * 1e-6;
        let (tau_fast, tau_slow) = (7.213_475, 28.853_901);
        let scale: f64 = (tau_slow - tau_fast) / f64::sqrt(2.0 * (tau_slow + tau_fast));
        let expected = difference / (1e-6 * scale);
        assert!((trend.score / expected - 1.0).abs() < 2e-3, "{} {expected}", trend.score);
        assert_eq!(trend.regime(expected + 1.0), Regime::Sideways);
        assert_eq!(trend.regime(expected - 1.0), Regime::Bull);
    }

    #[test]
    fn a_falling_price_is_a_bear_and_silence_starts_anew() {
        let mut gauge = TrendGauge::new(2.0, 8.0, 2, Rhythm::Events).unwrap();
        let mut seen = None;
        for second in 0..60_i32 {
            let price = 100.0 - 0.01 * f64::from(second);
            seen = gauge.update(Nanos::from_secs(i64::from(second)), price).or(seen);
        }
        assert_eq!(seen.unwrap().regime(1.0), Regime::Bear);
        assert_eq!(gauge.update(Nanos::from_secs(100), 100.0), None);
        assert_eq!(gauge.value(), None);
    }
}
