//! Wilder's smoothing, shared by RSI and ATR. Owns the seed and the recursion; its callers have
//! refused unusable values already.

use crate::memory::{AMOUNT, Memory, Passage};
use crate::parameter::{ParameterError, check_window};

/// First result: the mean of the first `n` inputs; then `(previous·(n-1) + x) / n`.
///
/// Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978).
#[derive(Clone, Debug)]
pub(super) struct Wilder {
    window: usize,
    seen: usize,
    /// Sum of the inputs while warming up, the smoothed value afterwards.
    state: f64,
}

impl Wilder {
    pub(super) fn new(window: usize) -> Result<Self, ParameterError> {
        check_window("window", window)?;
        Ok(Self { window, seen: 0, state: 0.0 })
    }

    pub(super) fn update(&mut self, x: f64) -> Option<f64> {
        let n = self.window as f64;
        if self.seen == self.window {
            self.state = (self.state * (n - 1.0) + x) / n;
            return Some(self.state);
        }
        self.seen += 1;
        self.state += x;
        if self.seen == self.window {
            self.state /= n;
        }
        self.value()
    }

    pub(super) fn value(&self) -> Option<f64> {
        (self.seen == self.window).then_some(self.state)
    }
}

impl Memory for Wilder {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.whole(&mut self.seen, ..=self.window)?;
        through.number(&mut self.state, AMOUNT)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_first_then_one_nth_of_the_new() {
        let mut wilder = Wilder::new(2).unwrap();
        assert_eq!(wilder.update(2.0), None);
        assert_eq!(wilder.update(4.0), Some(3.0));
        assert_eq!(wilder.update(7.0), Some(5.0));
        assert_eq!(wilder.value(), Some(5.0));
    }
}
