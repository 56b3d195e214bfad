//! Rate of change. Owns the values of the last `n` bars, to look one of them up.

use crate::checked::{finite, is_usable};
use crate::parameter::ParameterError;
use crate::window::Window;

/// `100 · (x - old) / old`, `old` being the value `n` bars ago, in percent; first result at the `n+1`-th value. `None` where
/// the old value is zero.
#[derive(Clone, Debug)]
pub struct RateOfChange {
    window: Window,
    value: Option<f64>,
}

impl RateOfChange {
    /// Change over `window` bars.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { window: Window::new("window", window)?, value: None })
    }

    /// Takes a value; the change in percent once a value `n` bars old is known.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        let old = self.window.push(x)?;
        self.value = finite(100.0 * (x - old) / old);
        self.value
    }

    /// The last change, in percent.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bars_back_by_hand() {
        let mut change = RateOfChange::new(2).unwrap();
        assert_eq!(change.update(4.0), None);
        assert_eq!(change.update(0.0), None);
        assert_eq!(change.update(5.0), Some(25.0));
        assert_eq!(change.update(5.0), None); // against zero
        assert_eq!(change.update(4.0), Some(-20.0));
        assert_eq!(change.update(f64::NAN), None);
    }
}
