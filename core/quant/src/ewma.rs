//! Exponentially weighted averages. Owns decay: by elapsed time for events that come when they
//! come, and by step for bars. Time is nanoseconds on the caller's clock; none is read here.

use crate::checked::{is_positive, is_usable};
use crate::memory::{AMOUNT, Memory, Passage, USABLE};
use crate::parameter::{ParameterError, check_positive, require};

/// Nanoseconds in a second.
const SECOND_NS: f64 = 1e9;

/// Mean and variance in which a value's weight halves every half-life.
///
/// At time `t` a value of age `a` has weight `2^(-a/h)`; mean and variance are the weighted mean
/// and the weighted (population) variance about it, computed incrementally. There is no start
/// value to forget: after one value the mean is that value. Values of the same instant count
/// equally. Time that runs backwards counts as no time.
///
/// Source: D. H. D. West, "Updating Mean and Variance Estimates: An Improved Method" (1979), with
/// decaying weights as in T. Finch, "Incremental calculation of weighted mean and variance"
/// (2009).
#[derive(Clone, Copy, Debug)]
pub struct TimeEwma {
    half_life_s: f64,
    last_ns: u64,
    weight: f64,
    mean: f64,
    /// Weighted sum of squared deviations.
    squares: f64,
}

impl TimeEwma {
    /// An average with the given half-life in seconds.
    ///
    /// # Errors
    /// If `half_life_s` is not finite and above zero.
    pub fn new(half_life_s: f64) -> Result<Self, ParameterError> {
        check_positive("half_life_s", half_life_s)?;
        Ok(Self { half_life_s, last_ns: 0, weight: 0.0, mean: 0.0, squares: 0.0 })
    }

    /// Takes a value at a time in nanoseconds; the mean so far. An unusable value gives `None`
    /// and changes nothing.
    pub fn update(&mut self, time_ns: u64, x: f64) -> Option<f64> {
        self.take(time_ns, x, self.decay_to(time_ns))
    }

    /// Takes a value into each of two averages, one after the other as [`TimeEwma::update`] does;
    /// both means so far. Two of one half-life that have been updated together shrink by the same
    /// factor, which is most of the work: it is computed once.
    pub fn update_both(
        (first, second): (&mut Self, &mut Self),
        time_ns: u64,
        (x, y): (f64, f64),
    ) -> Option<(f64, f64)> {
        let decay = first.decay_to(time_ns);
        let alike = first.last_ns == second.last_ns && first.half_life_s == second.half_life_s;
        let decay_of_second = if alike { decay } else { second.decay_to(time_ns) };
        let mean = first.take(time_ns, x, decay)?;
        Some((mean, second.take(time_ns, y, decay_of_second)?))
    }

    /// Takes a value, the weights having shrunk by `decay` since the one before.
    #[inline]
    fn take(&mut self, time_ns: u64, x: f64, decay: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        self.last_ns = self.last_ns.max(time_ns);
        self.weight = self.weight * decay + 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.weight;
        self.squares = self.squares * decay + delta * (x - self.mean);
        Some(self.mean)
    }

    /// The weighted mean; `None` before the first value. Silence does not move it.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then_some(self.mean)
    }

    /// The weighted population variance; `None` before the first value, zero after it.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.squares / self.weight)
    }

    /// Square root of the variance.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Sum of the weights as of a time: how many fresh values the average is worth. It fades with
    /// silence, so it tells a stale average from a live one.
    #[must_use]
    pub fn weight_at(&self, time_ns: u64) -> f64 {
        self.weight * self.decay_to(time_ns)
    }

    /// The factor by which weights have shrunk since the last value.
    #[inline]
    fn decay_to(&self, time_ns: u64) -> f64 {
        let elapsed_ns = time_ns.saturating_sub(self.last_ns);
        if elapsed_ns == 0 {
            // As 2⁰ is, and often: events come in batches, and a weight is read when it was set.
            return 1.0;
        }
        libm::exp2(-(elapsed_ns as f64 / SECOND_NS) / self.half_life_s)
    }
}

impl Memory for TimeEwma {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.whole(&mut self.last_ns, ..)?;
        through.number(&mut self.weight, AMOUNT)?;
        through.number(&mut self.mean, USABLE)?;
        through.number(&mut self.squares, AMOUNT)?;
        Some(())
    }
}

/// Variance of returns by the step: `s²[t] = λ s²[t-1] + (1-λ) r²[t-1]`, about a mean of zero.
///
/// Source: J.P. Morgan, RiskMetrics Technical Document (1996).
#[derive(Clone, Copy, Debug)]
pub struct StepEwma {
    lambda: f64,
    variance: f64,
}

impl StepEwma {
    /// Decay `lambda` per step (0.94 for days) and the variance expected of the first return, for
    /// instance [`backcast`].
    ///
    /// # Errors
    /// If `lambda` is not strictly between 0 and 1 or `initial_variance` not finite and above 0.
    pub fn new(lambda: f64, initial_variance: f64) -> Result<Self, ParameterError> {
        require("lambda", "between 0 and 1", lambda > 0.0 && lambda < 1.0)?;
        check_positive("initial_variance", initial_variance)?;
        Ok(Self { lambda, variance: initial_variance })
    }

    /// Takes a return; the variance expected of the next one. An unusable return gives `None` and
    /// changes nothing.
    pub fn update(&mut self, r: f64) -> Option<f64> {
        if !is_usable(r) {
            return None;
        }
        self.variance = self.lambda * self.variance + (1.0 - self.lambda) * (r * r);
        Some(self.variance)
    }

    /// The variance expected of the next return.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }
}

/// Start value for [`StepEwma`]: the mean of the first 75 squared returns with weights `0.94^i`.
/// `None` if there is no return or one is unusable, or if all of them are zero.
#[must_use]
pub fn backcast(returns: &[f64]) -> Option<f64> {
    let (mut sum, mut weights, mut weight) = (0.0, 0.0, 1.0);
    for r in returns.iter().take(75) {
        if !is_usable(*r) {
            return None;
        }
        sum += weight * (r * r);
        weights += weight;
        weight *= 0.94;
    }
    Some(sum / weights).filter(|variance| is_positive(*variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn one_half_life_halves_the_weight() {
        let mut ewma = TimeEwma::new(10.0).unwrap();
        assert_eq!((ewma.mean(), ewma.variance()), (None, None));
        assert_eq!(ewma.update(5 * SECOND, 1.0), Some(1.0));
        assert_eq!(ewma.variance(), Some(0.0));
        // Weights 1/2 and 1: mean (1/2 + 4)/1.5 = 3, variance (1/2·4 + 1)/1.5 = 2.
        assert_eq!(ewma.update(15 * SECOND, 4.0), Some(3.0));
        assert_eq!(ewma.variance(), Some(2.0));
        assert_eq!(ewma.weight_at(25 * SECOND), 0.75);
    }

    #[test]
    fn two_at_once_are_one_after_the_other() {
        let bits = |ewma: &TimeEwma| {
            [ewma.weight, ewma.mean, ewma.squares].map(f64::to_bits).map(|it| (it, ewma.last_ns))
        };
        // Of one half-life or of two; the second may have been updated alone before.
        for (half_life, alone) in [(10.0, false), (10.0, true), (7.0, false)] {
            let new = || (TimeEwma::new(10.0).unwrap(), TimeEwma::new(half_life).unwrap());
            let (mut both, mut each) = (new(), new());
            if alone {
                both.1.update(SECOND / 2, 9.0);
                each.1.update(SECOND / 2, 9.0);
            }
            for (step, at) in [1, 1, 4, 3, 200].into_iter().enumerate() {
                let (x, y) = (step as f64 - 1.5, 1.0 / (step as f64 + 0.3));
                let means = TimeEwma::update_both((&mut both.0, &mut both.1), at * SECOND, (x, y));
                let expected = each.0.update(at * SECOND, x).zip(each.1.update(at * SECOND, y));
                assert_eq!(means, expected);
                assert_eq!((bits(&both.0), bits(&both.1)), (bits(&each.0), bits(&each.1)));
            }
            // What cannot be used changes nothing, and does not keep the other out that came before it.
            for (x, y) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
                let means = TimeEwma::update_both((&mut both.0, &mut both.1), 300 * SECOND, (x, y));
                assert_eq!(means, None);
                let _ = each.0.update(300 * SECOND, x);
                assert_eq!((bits(&both.0), bits(&both.1)), (bits(&each.0), bits(&each.1)));
            }
        }
    }

    #[test]
    fn neither_nan_nor_a_clock_that_steps_back_harms_it() {
        let mut ewma = TimeEwma::new(1.0).unwrap();
        ewma.update(9 * SECOND, 2.0);
        assert_eq!(ewma.update(10 * SECOND, f64::NAN), None);
        assert_eq!(ewma.update(3 * SECOND, 4.0), Some(3.0));
        assert_eq!(ewma.weight_at(9 * SECOND), 2.0);
        // After ages of silence the next value starts anew, with no division by zero.
        assert_eq!(ewma.update(u64::MAX, 8.0), Some(8.0));
        assert_eq!(ewma.variance(), Some(0.0));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(TimeEwma::new(bad).is_err());
        }
    }

    #[test]
    fn steps_by_hand() {
        let mut ewma = StepEwma::new(0.75, 4.0).unwrap();
        assert_eq!(ewma.update(2.0), Some(4.0));
        assert_eq!(ewma.update(0.0), Some(3.0));
        assert_eq!(ewma.update(f64::NAN), None);
        assert_eq!(ewma.variance(), 3.0);
        assert!(StepEwma::new(1.0, 4.0).is_err() && StepEwma::new(0.9, 0.0).is_err());
        assert!((backcast(&[1.0, 2.0]).unwrap() - (1.0 + 0.94 * 4.0) / 1.94).abs() < 1e-15);
        assert_eq!(backcast(&[]), None);
        assert_eq!(backcast(&[1.0, f64::NAN]), None);
    }
}
