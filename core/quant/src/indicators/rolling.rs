//! Mean and population standard deviation of the last `n` values. Owns the sliding update that
//! the moving average, the Bollinger bands and the z-score share; it must never let rounding
//! errors pile up, however long it runs.

use crate::checked::is_usable;
use crate::memory::{AMOUNT, Memory, Passage, USABLE};
use crate::parameter::ParameterError;
use crate::window::Window;

/// How far the sum of squares may fall below its peak before it is computed afresh: past that,
/// the rounding left behind by a value that has gone would show in the digits that remain.
const PEAK_RATIO_MIN: f64 = 1e-4;

/// Mean and population standard deviation (`ddof = 0`) over a sliding window.
///
/// Replacing `old` by `new` moves the mean by `δ/n` and the sum of squared deviations by
/// `δ·((new - mean') + (old - mean))`, `δ = new - old` (Welford's update for a swap). Both are
/// computed afresh, in two passes, once every turn of the window and whenever a large value has
/// left it: amortised constant time, and no drift.
#[derive(Clone, Debug)]
pub struct RollingMoments {
    window: Window,
    mean: f64,
    squares: f64,
    squares_peak: f64,
}

impl RollingMoments {
    /// Moments of the last `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        let window = Window::new("window", window)?;
        Ok(Self { window, mean: 0.0, squares: 0.0, squares_peak: 0.0 })
    }

    /// Takes a value; the mean once the window is full.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        let evicted = self.window.push(x);
        match evicted {
            Some(old) if !self.window.is_at_turn() => self.swap(old, x),
            _ if self.window.is_full() => self.recompute(),
            _ => {}
        }
        self.mean()
    }

    /// The mean, once the window is full.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.window.is_full().then_some(self.mean)
    }

    /// The population standard deviation, once the window is full. Exactly zero when all values
    /// are equal.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        let n = self.window.samples().len() as f64;
        self.window.is_full().then(|| (self.squares / n).sqrt())
    }

    /// One value out, one in.
    fn swap(&mut self, old: f64, new: f64) {
        let before = self.mean;
        self.mean += (new - old) / self.window.samples().len() as f64;
        self.squares += (new - old) * ((new - self.mean) + (old - before));
        self.squares_peak = self.squares_peak.max(self.squares);
        if self.squares < PEAK_RATIO_MIN * self.squares_peak {
            self.recompute();
        }
    }

    /// Both moments from the samples; shifted by one of them, so that equal values give exactly
    /// their mean and a deviation of exactly zero.
    fn recompute(&mut self) {
        let samples = self.window.samples();
        let shift = samples[0];
        let sum: f64 = samples.iter().map(|x| x - shift).sum();
        let mean = shift + sum / samples.len() as f64;
        self.squares = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
        self.mean = mean;
        self.squares_peak = self.squares;
    }
}

impl Memory for RollingMoments {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.window.pass(through)?;
        through.number(&mut self.mean, USABLE)?;
        through.number(&mut self.squares, AMOUNT)?;
        through.number(&mut self.squares_peak, AMOUNT)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_by_hand() {
        let mut moments = RollingMoments::new(2).unwrap();
        assert_eq!(moments.update(1.0), None);
        assert_eq!(moments.deviation(), None);
        assert_eq!(moments.update(3.0), Some(2.0));
        assert_eq!(moments.deviation(), Some(1.0));
        assert_eq!(moments.update(7.0), Some(5.0));
        assert_eq!(moments.deviation(), Some(2.0));
        assert!(RollingMoments::new(0).is_err());
    }

    #[test]
    fn a_nan_neither_enters_nor_advances() {
        let mut moments = RollingMoments::new(2).unwrap();
        moments.update(1.0);
        assert_eq!(moments.update(f64::NAN), None);
        assert_eq!(moments.mean(), None);
        assert_eq!(moments.update(3.0), Some(2.0));
        assert_eq!(moments.update(f64::INFINITY), None);
        assert_eq!(moments.mean(), Some(2.0));
    }

    #[test]
    fn a_glitch_that_has_left_leaves_nothing_behind() {
        let mut moments = RollingMoments::new(7).unwrap();
        for i in 0..7 {
            moments.update(f64::from(i));
        }
        moments.update(1e12);
        for i in 0..7 {
            moments.update(f64::from(i));
        }
        assert!((moments.mean().unwrap() - 3.0).abs() < 1e-12);
        assert!((moments.deviation().unwrap() - 2.0).abs() < 1e-12);
        for _ in 0..7 {
            moments.update(0.1);
        }
        assert_eq!(moments.deviation(), Some(0.0));
        assert_eq!(moments.mean(), Some(0.1));
    }

    #[test]
    fn a_million_updates_do_not_drift_from_two_passes() {
        let mut moments = RollingMoments::new(50).unwrap();
        let mut all = Vec::new();
        let mut state = 1u64;
        for _ in 0..1_000_003 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let x = 1e5 + (state >> 11) as f64 / (1u64 << 53) as f64;
            moments.update(x);
            all.push(x);
        }
        let last = &all[all.len() - 50..];
        let mean = last.iter().sum::<f64>() / 50.0;
        let squares: f64 = last.iter().map(|x| (x - mean) * (x - mean)).sum();
        assert!((moments.mean().unwrap() - mean).abs() < 1e-9);
        assert!((moments.deviation().unwrap() - (squares / 50.0).sqrt()).abs() < 1e-9);
    }
}
