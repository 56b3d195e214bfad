//! Relative strength index. Owns the split of changes into gains and losses.

use super::wilder::Wilder;
use crate::checked::is_usable;
use crate::memory::{Memory, Passage, USABLE};
use crate::parameter::ParameterError;

/// `100 · gain / (gain + loss)` in `[0, 100]`, both averaged by Wilder's smoothing of the changes;
/// first result at the `n+1`-th value.
///
/// A window without any change is 50 here: neither side has strength. (TA-Lib says 0 there,
/// which a strategy would read as deeply oversold.)
///
/// Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978).
///
/// ```
/// use royale_quant::indicators::Rsi;
///
/// let mut rsi = Rsi::new(2)?;
/// assert_eq!(rsi.update(10.0), None); // warming up
/// assert_eq!(rsi.update(13.0), None);
/// assert_eq!(rsi.update(12.0), Some(75.0));
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rsi {
    previous: Option<f64>,
    gain: Wilder,
    loss: Wilder,
}

impl Rsi {
    /// Index over `window` changes.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { previous: None, gain: Wilder::new(window)?, loss: Wilder::new(window)? })
    }

    /// Takes a value; the index once `n` changes are known.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        let previous = self.previous.replace(x)?;
        let change = x - previous;
        self.gain.update(change.max(0.0));
        self.loss.update((-change).max(0.0));
        self.value()
    }

    /// The last index.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let (gain, loss) = (self.gain.value()?, self.loss.value()?);
        let both = gain + loss;
        // The share first: it cannot exceed 1, so the index cannot exceed 100 by rounding.
        Some(if both > 0.0 { 100.0 * (gain / both) } else { 50.0 })
    }
}

impl Memory for Rsi {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.maybe(&mut self.previous, |through, previous| through.number(previous, USABLE))?;
        self.gain.pass(through)?;
        self.loss.pass(through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_changes_by_hand() {
        let mut rsi = Rsi::new(2).unwrap();
        assert_eq!(rsi.update(10.0), None);
        assert_eq!(rsi.update(13.0), None);
        assert_eq!(rsi.update(12.0), Some(75.0)); // gains 3, 0; losses 0, 1
        assert_eq!(rsi.update(f64::NAN), None);
        assert_eq!(rsi.update(12.0), Some(75.0)); // both halve
        assert_eq!(rsi.update(13.0), Some(87.5)); // gain (.75+1)/2, loss .25/2
    }

    #[test]
    fn a_flat_market_is_neutral() {
        let mut rsi = Rsi::new(2).unwrap();
        rsi.update(5.0);
        rsi.update(5.0);
        assert_eq!(rsi.update(5.0), Some(50.0));
    }
}
