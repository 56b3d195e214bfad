//! Mean, variance, skewness and kurtosis of a stream of any length. Owns the one-pass update of
//! central moments; it must never subtract two large sums, which is how one-pass variances lose
//! their digits.

use crate::checked::{finite, is_usable};

/// Central moments of everything seen, in constant memory.
///
/// Per value, with `δ = x - mean`, `d = δ/n`, `t = δ·d·(n-1)`:
///
/// ```text
/// M4 += t d² (n² - 3n + 3) + 6 d² M2 - 4 d M3
/// M3 += t d (n - 2) - 3 d M2
/// M2 += t
/// mean += d
/// ```
///
/// Source: B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and
/// Products" (1962); higher moments from P. Pébay, SAND2008-6212 (2008).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Moments {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a value; the mean so far. An unusable value gives `None` and changes nothing.
    pub fn update(&mut self, x: f64) -> Option<f64> {
        if !is_usable(x) {
            return None;
        }
        self.count += 1;
        let n = self.count as f64;
        let delta = x - self.mean;
        let d = delta / n;
        let t = delta * d * (n - 1.0);
        self.m4 += t * d * d * (n * n - 3.0 * n + 3.0) + 6.0 * d * d * self.m2 - 4.0 * d * self.m3;
        self.m3 += t * d * (n - 2.0) - 3.0 * d * self.m2;
        self.m2 += t;
        self.mean += d;
        Some(self.mean)
    }

    /// Values taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Arithmetic mean; `None` before the first value.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Variance with divisor `n - 1`; `None` before the second value.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// Variance with divisor `n`; `None` before the first value.
    #[must_use]
    pub fn population_variance(&self) -> Option<f64> {
        (self.count > 0).then(|| self.m2 / self.count as f64)
    }

    /// Standard deviation with divisor `n - 1`; `None` before the second value.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Biased skewness `(M3/n) / (M2/n)^1.5`; `None` without spread.
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        let variance = self.population_variance().filter(|v| *v > 0.0)?;
        finite(self.m3 / self.count as f64 / (variance * variance.sqrt()))
    }

    /// Biased raw kurtosis `(M4/n) / (M2/n)²`, 3 for a normal distribution; `None` without
    /// spread.
    #[must_use]
    pub fn kurtosis(&self) -> Option<f64> {
        let variance = self.population_variance().filter(|v| *v > 0.0)?;
        finite(self.m4 / self.count as f64 / (variance * variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_values_by_hand() {
        // 0, 0, 0, 4: mean 1, deviations -1, -1, -1, 3; sums 12, 24, 84.
        let mut moments = Moments::new();
        for x in [0.0, 0.0, 0.0, 4.0] {
            moments.update(x);
        }
        assert_eq!(moments.mean(), Some(1.0));
        assert_eq!(moments.variance(), Some(4.0));
        assert_eq!(moments.deviation(), Some(2.0));
        assert_eq!(moments.population_variance(), Some(3.0));
        assert!((moments.skewness().unwrap() - 6.0 / 27.0_f64.sqrt()).abs() < 1e-15);
        assert!((moments.kurtosis().unwrap() - 21.0 / 9.0).abs() < 1e-15);
    }

    #[test]
    fn too_little_is_none_and_nan_is_ignored() {
        let mut moments = Moments::new();
        assert_eq!((moments.mean(), moments.variance()), (None, None));
        assert_eq!(moments.update(f64::NAN), None);
        assert_eq!(moments.update(5.0), Some(5.0));
        assert_eq!((moments.variance(), moments.skewness()), (None, None));
        moments.update(5.0);
        assert_eq!((moments.variance(), moments.kurtosis()), (Some(0.0), None));
        assert_eq!(moments.count(), 2);
    }

    #[test]
    fn a_large_offset_does_not_eat_the_variance() {
        let mut moments = Moments::new();
        for i in 0..1000 {
            moments.update(1e9 + f64::from(i % 2));
        }
        assert!((moments.population_variance().unwrap() - 0.25).abs() < 1e-9);
    }
}
