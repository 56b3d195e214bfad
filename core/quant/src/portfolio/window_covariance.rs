//! Covariance of the last `n` periods of many series, kept up as periods come. Owns the sliding
//! update; it allocates when it is built and when a matrix is read, never in `update`.

use super::ASSETS_MAX;
use super::covariance::Covariance;
use super::matrix::Matrix;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, WINDOW_MAX, check_window, require};

/// How far a variance may fall below its peak before all is computed afresh: past that, the
/// rounding left behind by a return that has gone would show.
const PEAK_RATIO_MIN: f64 = 1e-4;

/// Updates after which all is computed afresh in any case, so that rounding cannot pile up.
const UPDATES_MAX: usize = 1 << 16;

/// Sample covariance (divisor `n - 1`) of a sliding window of periods.
///
/// With `m` the means before, `a` the returns that come less `m`, `b` those that go less `m`, the
/// sums of products move by `a a' - b b' - δ δ'/n`, `δ = a - b` (Welford's update for a swap, in
/// many dimensions). They are computed afresh, in two passes, when a variance has fallen far
/// below its peak, and once in 65 536 updates: amortised `O(K²)` an update, and no drift. A
/// series that has not moved for a whole window has a variance of exactly zero. Which of two series
/// comes first makes no difference to their covariance, to the bit.
///
/// Not every window is full: a matrix can be read from the second period on, and
/// [`Self::periods`] says how much it stands on.
///
/// ```
/// use royale_quant::portfolio::WindowCovariance;
///
/// let mut window = WindowCovariance::new(2, 500)?;
/// for returns in [[0.01, 0.02], [0.03, -0.02], [0.02, 0.00]] {
///     window.update(&returns);
/// }
/// assert!((window.get(0, 1).unwrap_or(0.0) + 0.0002).abs() < 1e-18);
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WindowCovariance {
    series: usize,
    window: usize,
    /// A ring of periods, each of `series` returns.
    ring: Box<[f64]>,
    next: usize,
    periods: usize,
    means: Box<[f64]>,
    arriving: Box<[f64]>,
    leaving: Box<[f64]>,
    /// Sums of products of deviations; only `(i, j)` with `i <= j` is kept up.
    products: Matrix,
    peaks: Box<[f64]>,
    updates: usize,
}

impl WindowCovariance {
    /// The last `window` periods of `series` returns each.
    ///
    /// # Errors
    /// Unless `series` is within `1..=256`, `window` within `2..=1048576`, and the two together
    /// within 4 194 304 returns (32 MiB).
    pub fn new(series: usize, window: usize) -> Result<Self, ParameterError> {
        require("series", "between 1 and 256", (1..=ASSETS_MAX).contains(&series))?;
        check_window("window", window)?;
        require("window", "at least 2", window >= 2)?;
        let cells = series * window;
        require("window", "at most 4194304 returns of all series", cells <= 4 * WINDOW_MAX)?;
        let zeros = |n: usize| vec![0.0; n].into_boxed_slice();
        Ok(Self {
            series,
            window,
            ring: zeros(cells),
            next: 0,
            periods: 0,
            means: zeros(series),
            arriving: zeros(series),
            leaving: zeros(series),
            products: Matrix::zeros(series),
            peaks: zeros(series),
            updates: 0,
        })
    }

    /// Takes a period, one return a series; false, and nothing changed, unless there is one for
    /// each and all are usable.
    pub fn update(&mut self, returns: &[f64]) -> bool {
        if returns.len() != self.series || !returns.iter().all(|r| is_usable(*r)) {
            return false;
        }
        let place = self.next * self.series..(self.next + 1) * self.series;
        self.leaving.copy_from_slice(&self.ring[place.clone()]);
        self.ring[place].copy_from_slice(returns);
        self.next = if self.next + 1 == self.window { 0 } else { self.next + 1 };
        self.updates += 1;
        if self.periods < self.window {
            self.periods += 1;
            self.add(returns);
        } else {
            self.swap(returns);
        }
        if self.is_stale() {
            self.recompute();
        }
        true
    }

    /// Number of series.
    #[must_use]
    pub fn order(&self) -> usize {
        self.series
    }

    /// Periods in the window so far.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Mean return of a series; `None` before the first period or past the order.
    #[must_use]
    pub fn mean(&self, i: usize) -> Option<f64> {
        self.means.get(i).copied().filter(|_| self.periods > 0)
    }

    /// Covariance of two series; `None` before the second period or past the order.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        let (low, high) = (i.min(j), i.max(j));
        (high < self.series && self.periods > 1).then(|| self.cell(low, high))
    }

    /// The matrix; `None` before the second period. Allocates it.
    #[must_use]
    pub fn covariance(&self) -> Option<Covariance> {
        let matrix = || Matrix::symmetric(self.series, |i, j| self.cell(i, j));
        (self.periods > 1).then(|| Covariance::trusted(matrix()))
    }

    fn cell(&self, i: usize, j: usize) -> f64 {
        self.products[(i, j)] / (self.periods - 1) as f64
    }

    /// One more period; the window is not yet full.
    fn add(&mut self, returns: &[f64]) {
        let n = self.periods as f64;
        for (i, r) in returns.iter().enumerate() {
            self.arriving[i] = r - self.means[i];
            self.means[i] += self.arriving[i] / n;
        }
        let weight = (n - 1.0) / n;
        for i in 0..self.series {
            let x = self.arriving[i];
            for j in i..self.series {
                self.products[(i, j)] += x * self.arriving[j] * weight;
            }
        }
    }

    /// One period in, the one in `leaving` out.
    fn swap(&mut self, returns: &[f64]) {
        let weight = 1.0 / self.periods as f64;
        for (i, r) in returns.iter().enumerate() {
            self.arriving[i] = r - self.means[i];
            self.leaving[i] -= self.means[i];
        }
        for i in 0..self.series {
            let (a, b) = (self.arriving[i], self.leaving[i]);
            for j in i..self.series {
                let (other_a, other_b) = (self.arriving[j], self.leaving[j]);
                let shifts = (a - b) * (other_a - other_b) * weight;
                self.products[(i, j)] += a * other_a - b * other_b - shifts;
            }
            self.means[i] += (a - b) * weight;
        }
    }

    /// Whether rounding could show: after many updates, or once a large return has left.
    fn is_stale(&mut self) -> bool {
        let mut stale = self.updates >= UPDATES_MAX;
        for (i, peak) in self.peaks.iter_mut().enumerate() {
            let squares = self.products[(i, i)];
            *peak = peak.max(squares);
            stale |= squares < PEAK_RATIO_MIN * *peak;
        }
        stale
    }

    /// Everything from the returns held, in two passes; shifted by one of them, so that a series
    /// that stands still has exactly its mean and a variance of exactly zero.
    fn recompute(&mut self) {
        let held = &self.ring[..self.periods * self.series];
        for (i, mean) in self.means.iter_mut().enumerate() {
            let shift = held[i];
            let sum: f64 = held.chunks_exact(self.series).map(|period| period[i] - shift).sum();
            *mean = shift + sum / self.periods as f64;
        }
        self.products.clear();
        for period in held.chunks_exact(self.series) {
            let deviations = period.iter().zip(&self.means).map(|(r, mean)| r - mean);
            self.arriving.iter_mut().zip(deviations).for_each(|(cell, x)| *cell = x);
            self.products.add_outer(&self.arriving);
        }
        for (i, peak) in self.peaks.iter_mut().enumerate() {
            *peak = self.products[(i, i)];
        }
        self.updates = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Xoshiro256PlusPlus;

    /// The naive twin: the sample covariance of the rows themselves.
    fn assert_near(window: &WindowCovariance, rows: &[Vec<f64>], tolerance: f64) {
        let twin = Covariance::sample(rows).unwrap();
        for i in 0..twin.order() {
            for j in 0..twin.order() {
                let scale = (twin.get(i, i).unwrap() * twin.get(j, j).unwrap()).sqrt();
                let error = window.get(i, j).unwrap() - twin.get(i, j).unwrap();
                assert!(error.abs() <= tolerance * scale, "({i}, {j}) off by {error:e}");
            }
        }
    }

    #[test]
    fn a_sliding_window_equals_its_rows() {
        let mut rng = Xoshiro256PlusPlus::from_seed(1);
        for (series, length) in [(1, 2), (3, 5), (8, 40)] {
            let mut window = WindowCovariance::new(series, length).unwrap();
            assert_eq!((window.mean(0), window.get(0, 0)), (None, None));
            let mut rows: Vec<Vec<f64>> = Vec::new();
            for _ in 0..300 {
                let market = rng.normal();
                rows.push((0..series).map(|_| 1.0 + 0.01 * (market + rng.normal())).collect());
                assert!(window.update(&rows[rows.len() - 1]));
                let held = &rows[rows.len().saturating_sub(length)..];
                assert_eq!(window.periods(), held.len());
                if held.len() > 1 {
                    assert_near(&window, held, 1e-10);
                }
            }
        }
    }

    #[test]
    fn a_million_periods_do_not_drift() {
        let mut rng = Xoshiro256PlusPlus::from_seed(2);
        let mut window = WindowCovariance::new(2, 50).unwrap();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for _ in 0..1_000_003 {
            let row = vec![1e3 + rng.normal(), rng.normal()];
            window.update(&row);
            rows.push(row);
        }
        // Ten times that without a fresh start now and then.
        assert_near(&window, &rows[rows.len() - 50..], 3e-12);
    }

    #[test]
    fn a_glitch_that_has_left_leaves_nothing_behind() {
        let mut window = WindowCovariance::new(2, 4).unwrap();
        window.update(&[1e12, -1e9]);
        let rows: Vec<Vec<f64>> = (0..4).map(|i| vec![f64::from(i), f64::from(i * i)]).collect();
        rows.iter().for_each(|row| assert!(window.update(row)));
        assert_near(&window, &rows, 1e-10);
    }

    #[test]
    fn a_series_that_stopped_has_exactly_no_variance() {
        let mut window = WindowCovariance::new(2, 10).unwrap();
        let mut rng = Xoshiro256PlusPlus::from_seed(3);
        for _ in 0..25 {
            window.update(&[rng.normal(), rng.normal()]);
        }
        for _ in 0..10 {
            window.update(&[0.1, rng.normal()]);
        }
        assert_eq!(
            (window.get(0, 0), window.get(0, 1), window.mean(0)),
            (Some(0.0), Some(0.0), Some(0.1))
        );
        assert_eq!(window.covariance().unwrap().moving(), [false, true]);
    }

    #[test]
    fn a_bad_return_leaves_the_whole_period_out() {
        let mut window = WindowCovariance::new(2, 3).unwrap();
        window.update(&[1.0, 2.0]);
        window.update(&[2.0, 1.0]);
        for bad in [&[f64::NAN, 1.0][..], &[1.0, 1e61], &[1.0], &[1.0, 2.0, 3.0]] {
            assert!(!window.update(bad));
        }
        assert_eq!((window.periods(), window.get(1, 0), window.get(0, 2)), (2, Some(-0.5), None));
        assert!(WindowCovariance::new(0, 10).is_err() && WindowCovariance::new(257, 10).is_err());
        assert!(WindowCovariance::new(2, 1).is_err());
        assert!(WindowCovariance::new(256, WINDOW_MAX).is_err());
    }
}
