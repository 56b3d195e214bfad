//! Average true range. Owns the previous close, against which gaps are measured.

use super::wilder::Wilder;
use crate::checked::is_usable;
use crate::parameter::ParameterError;

/// Wilder's average of the true range `max(high, close') - min(low, close')`, `close'` being the
/// close before; the first bar has none and is not counted, so the first result comes with bar
/// `n+1`. In the unit of price.
///
/// Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978).
#[derive(Clone, Debug)]
pub struct Atr {
    previous_close: Option<f64>,
    smoothed: Wilder,
}

impl Atr {
    /// Average over `window` bars.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { previous_close: None, smoothed: Wilder::new(window)? })
    }

    /// Takes a bar; the average once `n` true ranges are known. A bar with an unusable number or
    /// with `high < low` is refused: `None`, and nothing changes.
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> Option<f64> {
        if ![high, low, close].iter().all(|x| is_usable(*x)) || high < low {
            return None;
        }
        let previous = self.previous_close.replace(close)?;
        self.smoothed.update(high.max(previous) - low.min(previous))
    }

    /// The last average.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.smoothed.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_count_by_hand() {
        let mut atr = Atr::new(2).unwrap();
        assert_eq!(atr.update(11.0, 9.0, 10.0), None);
        assert_eq!(atr.update(14.0, 13.0, 13.0), None); // from 10 to 14: 4
        assert_eq!(atr.update(12.0, 11.0, 11.5), Some(3.0)); // from 13 to 11: 2
        assert_eq!(atr.update(1.0, 2.0, 1.5), None); // upside down
        assert_eq!(atr.update(12.0, 11.0, f64::NAN), None);
        assert_eq!(atr.update(12.0, 11.0, 11.0), Some(2.0)); // (3·1 + 1)/2
    }
}
