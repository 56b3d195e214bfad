//! Rolling z-score. Owns nothing but the shared rolling window.

use super::rolling::RollingMoments;
use crate::checked::finite;
use crate::parameter::ParameterError;

/// `(x - mean) / deviation` of the newest value within the last `n`, itself included, with the
/// population standard deviation; first result at the `n`-th value. `None` while all values of
/// the window are equal: without spread there is no score.
#[derive(Clone, Debug)]
pub struct ZScore {
    moments: RollingMoments,
    value: Option<f64>,
}

impl ZScore {
    /// Score against the last `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { moments: RollingMoments::new(window)?, value: None })
    }

    /// Takes a value; its score once the window is full.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        let mean = self.moments.update(x)?;
        let deviation = self.moments.deviation()?;
        self.value = finite((x - mean) / deviation);
        self.value
    }

    /// The last score.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_one_deviation_apart() {
        let mut score = ZScore::new(2).unwrap();
        assert_eq!(score.update(1.0), None);
        assert_eq!(score.update(3.0), Some(1.0));
        assert_eq!(score.update(2.0), Some(-1.0));
        assert_eq!(score.update(f64::NAN), None);
        assert_eq!(score.value(), Some(-1.0));
        assert_eq!(score.update(2.0), None); // no spread
    }
}
