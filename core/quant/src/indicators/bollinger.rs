//! Bollinger bands. Owns the multiplier on top of the shared rolling window.

use super::rolling::RollingMoments;
use crate::parameter::{ParameterError, check_positive};

/// The three lines, in the unit of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BollingerValue {
    /// Middle plus `deviations` standard deviations.
    pub upper: f64,
    /// Mean of the window.
    pub middle: f64,
    /// Middle minus `deviations` standard deviations.
    pub lower: f64,
}

/// Mean of the last `n` values, plus and minus a multiple of their population standard deviation
/// (`ddof = 0`, as in TA-Lib); first result at the `n`-th value.
///
/// Source: J. Bollinger, "Bollinger on Bollinger Bands" (2001).
#[derive(Clone, Debug)]
pub struct BollingerBands {
    moments: RollingMoments,
    deviations: f64,
}

impl BollingerBands {
    /// Bands over `window` values at `deviations` standard deviations (usually 20 and 2).
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX` or `deviations` not finite and above zero.
    pub fn new(window: usize, deviations: f64) -> Result<Self, ParameterError> {
        check_positive("deviations", deviations)?;
        Ok(Self { moments: RollingMoments::new(window)?, deviations })
    }

    /// Takes a value; the bands once the window is full.
    pub fn update(&mut self, x: f64) -> Option<BollingerValue> {
        self.moments.update(x)?;
        self.value()
    }

    /// The last bands.
    #[must_use]
    pub fn value(&self) -> Option<BollingerValue> {
        let middle = self.moments.mean()?;
        let reach = self.deviations * self.moments.deviation()?;
        Some(BollingerValue { upper: middle + reach, middle, lower: middle - reach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_by_hand() {
        let mut bands = BollingerBands::new(2, 2.0).unwrap();
        assert_eq!(bands.update(1.0), None);
        let value = bands.update(3.0).unwrap();
        assert_eq!((value.lower, value.middle, value.upper), (0.0, 2.0, 4.0));
        assert!(BollingerBands::new(2, f64::NAN).is_err());
    }
}
