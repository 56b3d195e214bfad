//! A histogram that one thread writes while others read it.
//!
//! Log-linear buckets at exactly the places where the `hdrhistogram` crate has them, so that what a
//! reader takes becomes one of its histograms, count for count. Recording is a shift, an addition
//! and a store: no lock, no allocation, no atomic read-modify-write, because [`histogram`] gives one
//! writing handle, which cannot be cloned.

use super::stamps::touch;
use hdrhistogram::{CreationError, Histogram};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest time that is told apart, in nanoseconds: 274.9 s. Longer ones count as this one.
pub const HIGHEST: u64 = (1 << HIGHEST_BITS) - 1;
const HIGHEST_BITS: u32 = 38;

/// How finely values are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precision {
    /// Three significant digits, 232 KiB: for what a run has once.
    Fine,
    /// Two significant digits, 32 KiB: for what every slot has.
    Coarse,
}

impl Precision {
    const fn digits(self) -> u8 {
        match self {
            Self::Fine => 3,
            Self::Coarse => 2,
        }
    }
    /// Half the buckets between two powers of two, as a power of two: the first one at which a
    /// bucket is no wider than the digits ask for (2 × 10³ ≤ 2¹¹, 2 × 10² ≤ 2⁸).
    const fn half_bits(self) -> u32 {
        match self {
            Self::Fine => 10,
            Self::Coarse => 7,
        }
    }
    /// Buckets of the whole range.
    const fn buckets(self) -> usize {
        ((HIGHEST_BITS - self.half_bits() + 1) as usize) << self.half_bits()
    }
    /// Where `value` is counted: linear up to 2^(half_bits + 1), then so many buckets for every
    /// doubling.
    #[inline]
    const fn index(self, value: u64) -> usize {
        let half = self.half_bits();
        let doubling = 63 - half - (value | (1 << half)).leading_zeros();
        ((doubling as usize) << half) + (value >> doubling) as usize
    }
    /// The lowest value of a bucket.
    const fn lowest(self, index: usize) -> u64 {
        let half = self.half_bits();
        let doubling = (index >> half).saturating_sub(1);
        ((index - (doubling << half)) as u64) << doubling
    }
    /// An empty histogram of the crate, with the same buckets.
    ///
    /// # Errors
    /// Never with these bounds; the crate's constructor is fallible.
    pub fn empty(self) -> Result<Histogram<u64>, CreationError> {
        Histogram::new_with_bounds(1, HIGHEST, self.digits())
    }
}

/// The writing end: one thread has it.
#[derive(Debug)]
pub struct HistogramWriter {
    precision: Precision,
    /// The buckets, and behind them a count of the values above the range.
    counts: Arc<[AtomicU64]>,
}

/// A reading end.
#[derive(Clone, Debug)]
pub struct HistogramReader {
    precision: Precision,
    counts: Arc<[AtomicU64]>,
}

/// An empty histogram: its only writing end, and a reading end. All its memory is touched here.
pub fn histogram(precision: Precision) -> (HistogramWriter, HistogramReader) {
    let counts: Arc<[AtomicU64]> = (0..=precision.buckets()).map(|_| AtomicU64::new(0)).collect();
    touch(&counts);
    let reader = HistogramReader { precision, counts: Arc::clone(&counts) };
    (HistogramWriter { precision, counts }, reader)
}

impl HistogramWriter {
    /// Counts a value. One above [`HIGHEST`] counts as [`HIGHEST`], and as one above the range.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        let mut value = nanos;
        if nanos > HIGHEST {
            value = HIGHEST;
            increment(&self.counts[self.precision.buckets()]);
        }
        increment(&self.counts[self.precision.index(value)]);
    }
}

/// The caller is the only writer, so that a load and a store lose nothing.
#[inline]
fn increment(count: &AtomicU64) {
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

impl HistogramReader {
    /// How finely this one counts: the target of [`add_to`](Self::add_to) has the same.
    pub fn precision(&self) -> Precision {
        self.precision
    }
    /// Adds all counts to a histogram. While the writer goes on, some of the values that it records
    /// meanwhile are in and some are not; a later reading has at least as many everywhere.
    pub fn add_to(&self, target: &mut Histogram<u64>) {
        for (index, count) in self.counts[..self.precision.buckets()].iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                target.saturating_record_n(self.precision.lowest(index), count);
            }
        }
    }
    /// Values above [`HIGHEST`] so far; the last bucket has them too.
    pub fn above_range(&self) -> u64 {
        self.counts[self.precision.buckets()].load(Ordering::Relaxed)
    }
}
