//! Simple moving average. Owns nothing but the shared rolling window.

use super::rolling::RollingMoments;
use crate::parameter::ParameterError;

/// Mean of the last `n` values; first result at the `n`-th.
#[derive(Clone, Debug)]
pub struct Sma {
    moments: RollingMoments,
}

impl Sma {
    /// Average of the last `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { moments: RollingMoments::new(window)? })
    }

    /// Takes a value; the average once the window is full.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        self.moments.update(x)
    }

    /// The last average.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.moments.mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_by_hand() {
        let mut sma = Sma::new(3).unwrap();
        assert_eq!(sma.update(1.0), None);
        assert_eq!(sma.update(2.0), None);
        assert_eq!(sma.update(6.0), Some(3.0));
        assert_eq!(sma.update(1.0), Some(3.0));
        assert_eq!(sma.update(f64::NAN), None);
        assert_eq!(sma.value(), Some(3.0));
    }
}
