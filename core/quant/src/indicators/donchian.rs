//! Donchian channel. Owns the pairing of a rolling maximum and minimum.

use super::extreme::{RollingMax, RollingMin};
use crate::checked::is_usable;
use crate::parameter::ParameterError;

/// The channel, in the unit of price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DonchianValue {
    /// Highest high of the window.
    pub upper: f64,
    /// Half way between the two.
    pub middle: f64,
    /// Lowest low of the window.
    pub lower: f64,
}

/// Highest high and lowest low of the last `n` bars, the current one included; first result at
/// the `n`-th bar. A breakout test needs the channel of the bar before: read [`Self::value`]
/// before `update`.
#[derive(Clone, Debug)]
pub struct DonchianChannel {
    highest: RollingMax,
    lowest: RollingMin,
}

impl DonchianChannel {
    /// Channel over `window` bars.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { highest: RollingMax::new(window)?, lowest: RollingMin::new(window)? })
    }

    /// Takes a bar; the channel once the window is full. A bar with an unusable number or with
    /// `high < low` is refused: `None`, and nothing changes.
    pub fn update(&mut self, high: f64, low: f64) -> Option<DonchianValue> {
        if !is_usable(high) || !is_usable(low) || high < low {
            return None;
        }
        self.highest.update(high);
        self.lowest.update(low);
        self.value()
    }

    /// The last channel.
    #[must_use]
    pub fn value(&self) -> Option<DonchianValue> {
        let (upper, lower) = (self.highest.value()?, self.lowest.value()?);
        Some(DonchianValue { upper, middle: (upper + lower) / 2.0, lower })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bars_by_hand() {
        let mut channel = DonchianChannel::new(2).unwrap();
        assert_eq!(channel.update(5.0, 3.0), None);
        assert_eq!(channel.update(f64::NAN, 3.0), None);
        let value = channel.update(6.0, 4.0).unwrap();
        assert_eq!((value.upper, value.middle, value.lower), (6.0, 4.5, 3.0));
        let value = channel.update(5.0, 4.5).unwrap();
        assert_eq!((value.upper, value.middle, value.lower), (6.0, 5.0, 4.0));
    }
}
