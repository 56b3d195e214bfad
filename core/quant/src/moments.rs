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

    /// The moments of everything that either has seen. With `δ` the difference of the means:
    ///
    /// ```text
    /// M2 = A2 + B2 + δ² ab/n
    /// M3 = A3 + B3 + δ³ ab(a - b)/n² + 3δ (a B2 - b A2)/n
    /// M4 = A4 + B4 + δ⁴ ab(a² - ab + b²)/n³ + 6δ² (a² B2 + b² A2)/n² + 4δ (a B3 - b A3)/n
    /// ```
    ///
    /// Source: P. Pébay, SAND2008-6212 (2008).
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { *other } else { *self };
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let delta = other.mean - self.mean;
        let d = delta / n;
        let ab = a * b;
        Self {
            count: self.count + other.count,
            mean: self.mean + d * b,
            m2: self.m2 + other.m2 + delta * d * ab,
            m3: self.m3
                + other.m3
                + delta * d * d * ab * (a - b)
                + 3.0 * d * (a * other.m2 - b * self.m2),
            m4: self.m4
                + other.m4
                + delta * d * d * d * ab * (a * a - ab + b * b)
                + 6.0 * d * d * (a * a * other.m2 + b * b * self.m2)
                + 4.0 * d * (a * other.m3 - b * self.m3),
        }
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
    fn two_halves_are_the_whole() {
        let values = |range: std::ops::Range<i32>| {
            let mut moments = Moments::new();
            for n in range {
                moments.update(f64::from(n * n % 31) - 0.3 * f64::from(n % 7));
            }
            moments
        };
        let (whole, near) = (values(0..90), |a: Option<f64>, b: Option<f64>| {
            assert!((a.unwrap() - b.unwrap()).abs() < 1e-10, "{a:?} {b:?}");
        });
        for cut in [0, 1, 30, 89, 90] {
            let both = values(0..cut).merged(&values(cut..90));
            assert_eq!(both.count(), 90);
            near(both.mean(), whole.mean());
            near(both.variance(), whole.variance());
            near(both.skewness(), whole.skewness());
            near(both.kurtosis(), whole.kurtosis());
        }
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
