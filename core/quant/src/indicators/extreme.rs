//! Largest and smallest of the last `n` values. Owns the queue of candidates that makes both
//! cost constant time on average.

use crate::checked::is_usable;
use crate::parameter::{ParameterError, check_window};

/// A value that may yet become the maximum, and when it came.
#[derive(Clone, Copy, Debug, Default)]
struct Candidate {
    index: u64,
    value: f64,
}

/// Maximum of the last `n` values; first result at the `n`-th.
///
/// Keeps the candidates in falling order: a new value drops every smaller one before it, since
/// those can never be the maximum again. At most `n` are kept, in a ring.
#[derive(Clone, Debug)]
pub struct RollingMax {
    candidates: Box<[Candidate]>,
    first: usize,
    len: usize,
    seen: u64,
}

impl RollingMax {
    /// Maximum of the last `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        check_window("window", window)?;
        let candidates = vec![Candidate::default(); window].into_boxed_slice();
        Ok(Self { candidates, first: 0, len: 0, seen: 0 })
    }

    /// Takes a value; the maximum once the window is full.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        let window = self.candidates.len() as u64;
        if self.len > 0 && self.candidates[self.first].index + window <= self.seen {
            self.first = self.slot(1);
            self.len -= 1;
        }
        while self.len > 0 && self.candidates[self.slot(self.len - 1)].value <= x {
            self.len -= 1;
        }
        self.candidates[self.slot(self.len)] = Candidate { index: self.seen, value: x };
        self.len += 1;
        self.seen += 1;
        self.value()
    }

    /// The last maximum.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let is_full = self.seen >= self.candidates.len() as u64;
        is_full.then(|| self.candidates[self.first].value)
    }

    /// Place in the ring of the candidate `offset` after the first; `offset` is at most a turn.
    fn slot(&self, offset: usize) -> usize {
        let place = self.first + offset;
        if place >= self.candidates.len() { place - self.candidates.len() } else { place }
    }
}

/// Minimum of the last `n` values; first result at the `n`-th. The maximum of the negatives.
#[derive(Clone, Debug)]
pub struct RollingMin {
    negated: RollingMax,
}

impl RollingMin {
    /// Minimum of the last `window` values.
    ///
    /// # Errors
    /// If `window` is not within `1..=WINDOW_MAX`.
    pub fn new(window: usize) -> Result<Self, ParameterError> {
        Ok(Self { negated: RollingMax::new(window)? })
    }

    /// Takes a value; the minimum once the window is full.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        self.negated.update(-x).map(|x| -x)
    }

    /// The last minimum.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.negated.value().map(|x| -x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_to_a_scan_of_the_window() {
        for window in [1, 2, 3, 7] {
            let mut max = RollingMax::new(window).unwrap();
            let mut min = RollingMin::new(window).unwrap();
            let mut all: Vec<f64> = Vec::new();
            let mut state = 7u64;
            for _ in 0..2000 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let x = (state >> 60) as f64;
                all.push(x);
                let last = (all.len() >= window).then(|| &all[all.len() - window..]);
                let naive_max = last.map(|l| l.iter().copied().fold(f64::MIN, f64::max));
                let naive_min = last.map(|l| l.iter().copied().fold(f64::MAX, f64::min));
                assert_eq!(max.update(x), naive_max);
                assert_eq!(min.update(x), naive_min);
            }
            let before = max.value();
            assert_eq!(max.update(f64::NAN), None);
            assert_eq!(max.value(), before);
        }
    }
}
