//! A table of returns: one row a period, one column a series. Owns the checks that every
//! estimate from a table shares; it must never fill a gap.

use super::ASSETS_MAX;
use super::matrix::Matrix;
use crate::checked::is_usable;
use crate::parameter::{ParameterError, require};

/// Checks that there are at least `periods_min` periods of equally many usable returns; the
/// number of series.
pub(super) fn check_table<R: AsRef<[f64]>>(
    returns: &[R],
    periods_min: usize,
) -> Result<usize, ParameterError> {
    require("returns", "at least two periods", returns.len() >= periods_min)?;
    let series = returns.first().map_or(0, |row| row.as_ref().len());
    require("returns", "of 1 to 256 series", (1..=ASSETS_MAX).contains(&series))?;
    let is_whole = |row: &R| {
        let row = row.as_ref();
        row.len() == series && row.iter().all(|r| is_usable(*r))
    };
    require("returns", "a full table of finite numbers", returns.iter().all(is_whole))?;
    Ok(series)
}

/// Means of the columns of a checked table.
pub(super) fn means<R: AsRef<[f64]>>(returns: &[R], series: usize) -> Vec<f64> {
    // Shifted by the first period, so that a constant series has exactly its mean and an exact
    // variance of zero.
    let Some(shift) = returns.first().map(AsRef::as_ref) else { return vec![0.0; series] };
    let mut sums = vec![0.0; series];
    for row in returns {
        for ((sum, r), shift) in sums.iter_mut().zip(row.as_ref()).zip(shift) {
            *sum += r - shift;
        }
    }
    sums.iter().zip(shift).map(|(sum, shift)| shift + sum / returns.len() as f64).collect()
}

/// A checked table less its means.
pub(super) fn centred<R: AsRef<[f64]>>(returns: &[R], series: usize) -> Vec<Vec<f64>> {
    let means = means(returns, series);
    let centre = |row: &R| row.as_ref().iter().zip(&means).map(|(r, mean)| r - mean).collect();
    returns.iter().map(centre).collect()
}

/// `Σ x x'` over the rows, in the cells `(i, j)` with `i <= j`.
pub(super) fn products(rows: &[Vec<f64>], series: usize) -> Matrix {
    let mut sums = Matrix::zeros(series);
    rows.iter().for_each(|row| sums.add_outer(row));
    sums
}
