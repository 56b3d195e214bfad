//! Exponential moving average with a smoothing per bar. Owns the seed convention (mean of the
//! first `n`); for events at irregular times use [`crate::ewma`] instead.

use crate::checked::is_usable;
use crate::parameter::{ParameterError, check_window};

/// `ema += α (x - ema)` with `α = 2/(n+1)`, seeded with the mean of the first `n` values; first
/// result at the `n`-th (TA-Lib's convention).
#[derive(Clone, Debug)]
pub struct Ema {
    window: usize,
    seen: usize,
    /// Sum of the values while warming up, the average afterwards.
    state: f64,
}

impl Ema {
    /// Average with the centre of mass of a simple average of `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        check_window("window", window)?;
        Ok(Self { window, seen: 0, state: 0.0 })
    }

    /// Takes a value; the average from the `n`-th value on.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        if self.seen == self.window {
            self.state += 2.0 / (self.window as f64 + 1.0) * (x - self.state);
            return Some(self.state);
        }
        self.seen += 1;
        self.state += x;
        if self.seen == self.window {
            self.state /= self.window as f64;
        }
        self.value()
    }

    /// The last average.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.seen == self.window).then_some(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_then_half_way_by_hand() {
        let mut ema = Ema::new(3).unwrap();
        assert_eq!(ema.update(1.0), None);
        assert_eq!(ema.update(2.0), None);
        assert_eq!(ema.update(6.0), Some(3.0));
        assert_eq!(ema.update(5.0), Some(4.0));
        assert_eq!(ema.update(f64::NAN), None);
        assert_eq!(ema.value(), Some(4.0));
        assert_eq!(ema.update(6.0), Some(5.0));
        assert!(Ema::new(0).is_err());
    }
}
