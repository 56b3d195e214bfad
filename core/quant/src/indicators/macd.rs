//! Moving average convergence/divergence. Owns the common start of its two averages.

use super::ema::Ema;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, require};

/// The three lines, in the unit of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdValue {
    /// Fast average minus slow average.
    pub macd: f64,
    /// Average of `macd`.
    pub signal: f64,
    /// `macd - signal`.
    pub histogram: f64,
}

/// Fast EMA minus slow EMA, with an EMA of the difference as signal.
///
/// TA-Lib's start: the fast average is seeded on the same bar as the slow one, with the mean of
/// the `fast` values that end there. (Seeded at its own first chance it would differ for some
/// hundred bars.) All three lines start with value `slow + signal - 1`.
///
/// Source: G. Appel, "The Moving Average Convergence-Divergence Trading Method" (1979).
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
    /// Values that the fast average still leaves out, so that both seeds end on the same bar.
    fast_skips: usize,
    value: Option<MacdValue>,
}

impl Macd {
    /// Windows of the three averages (usually 12, 26, 9).
    ///
    /// # Errors
    /// If a window is not within `1..=WINDOW_MAX` or `fast` is not below `slow`.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Result<Self, ParameterError> {
        require("fast", "below slow", fast < slow)?;
        Ok(Self {
            fast: Ema::new(fast)?,
            slow: Ema::new(slow)?,
            signal: Ema::new(signal)?,
            fast_skips: slow - fast,
            value: None,
        })
    }

    /// Takes a value; the lines once the signal line exists.
    pub fn update(&mut self, x: f64) -> Option<MacdValue> {
        if !is_usable(x) {
            return None;
        }
        let slow = self.slow.update(x);
        if self.fast_skips > 0 {
            self.fast_skips -= 1;
            return None;
        }
        let macd = self.fast.update(x)? - slow?;
        let signal = self.signal.update(macd)?;
        self.value = Some(MacdValue { macd, signal, histogram: macd - signal });
        self.value
    }

    /// The last lines.
    #[must_use]
    pub fn value(&self) -> Option<MacdValue> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_windows_by_hand() {
        let mut macd = Macd::new(1, 3, 2).unwrap();
        assert_eq!(macd.update(1.0), None);
        assert_eq!(macd.update(2.0), None);
        assert_eq!(macd.update(6.0), None); // fast 6, slow 3: 3
        assert_eq!(macd.update(f64::NAN), None);
        let value = macd.update(8.0).unwrap(); // fast 8, slow 5.5: 2.5
        assert_eq!((value.macd, value.signal, value.histogram), (2.5, 2.75, -0.25));
        assert_eq!(macd.value(), Some(value));
        assert!(Macd::new(26, 12, 9).is_err());
    }
}
