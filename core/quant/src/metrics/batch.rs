//! The same figures over slices, in the plainest form: the executable specification of the
//! streaming types. Owns no state; conventions are those of [`super`]. Values are taken as they
//! come (a NaN gives `None` or NaN): filtering is the streaming types' duty.

use super::sum::CompensatedSum;
use super::{cagr as growth_rate, is_spread};
use crate::checked::finite;

/// Simple returns of an equity curve that starts at `initial`.
#[must_use]
pub fn returns_of(initial: f64, equity: &[f64]) -> Vec<f64> {
    let before = std::iter::once(&initial).chain(equity);
    equity.iter().zip(before).map(|(now, before)| now / before - 1.0).collect()
}

/// Arithmetic mean: the expectancy. `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    finite(sum(values.iter().copied()) / values.len() as f64)
}

/// Standard deviation with divisor `n - 1`, in two passes; `None` of fewer than two.
#[must_use]
pub fn deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let squares = central_moment(values, 2)? * values.len() as f64;
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Annual volatility.
#[must_use]
pub fn volatility(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    Some(deviation(returns)? * periods_per_year.sqrt())
}

/// Annual Sharpe ratio at a rate of zero; `None` without spread.
#[must_use]
pub fn sharpe(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let deviation = deviation(returns).filter(is_spread)?;
    Some(mean(returns)? / deviation * periods_per_year.sqrt())
}

/// Annual downside risk, the mean of squared losses over all periods.
#[must_use]
pub fn downside_risk(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let squares: Vec<f64> = returns.iter().map(|r| r.min(0.0) * r.min(0.0)).collect();
    Some((mean(&squares)? * periods_per_year).sqrt())
}

/// Annual Sortino ratio; `+inf` without a loss, `None` with neither gain nor loss.
#[must_use]
pub fn sortino(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let (mean, risk) = (mean(returns)?, downside_risk(returns, periods_per_year)?);
    if risk == 0.0 && mean <= 0.0 {
        return None;
    }
    Some(mean * periods_per_year / risk)
}

/// Biased skewness; `None` without spread.
#[must_use]
pub fn skewness(values: &[f64]) -> Option<f64> {
    deviation(values).filter(is_spread)?;
    let spread = central_moment(values, 2)?.sqrt();
    finite(central_moment(values, 3)? / (spread * spread * spread))
}

/// Biased raw kurtosis; `None` without spread.
#[must_use]
pub fn kurtosis(values: &[f64]) -> Option<f64> {
    deviation(values).filter(is_spread)?;
    let variance = central_moment(values, 2)?;
    finite(central_moment(values, 4)? / (variance * variance))
}

/// Last equity over the initial one, less 1; `None` of an empty curve.
#[must_use]
pub fn total_return(initial: f64, equity: &[f64]) -> Option<f64> {
    Some(equity.last()? / initial - 1.0)
}

/// Compound annual growth rate.
#[must_use]
pub fn cagr(initial: f64, equity: &[f64], periods_per_year: f64) -> Option<f64> {
    growth_rate(equity.last()? / initial, equity.len() as f64, periods_per_year)
}

/// Deepest fall from a peak, a negative fraction; the initial equity is the first peak.
#[must_use]
pub fn max_drawdown(initial: f64, equity: &[f64]) -> Option<f64> {
    let mut peak = initial;
    let falls = equity.iter().map(|now| {
        peak = peak.max(*now);
        now / peak - 1.0
    });
    falls.reduce(f64::min)
}

/// Growth over the deepest drawdown; `None` without drawdown.
#[must_use]
pub fn calmar(initial: f64, equity: &[f64], periods_per_year: f64) -> Option<f64> {
    let drawdown = max_drawdown(initial, equity).filter(|d| *d < 0.0)?;
    Some(cagr(initial, equity, periods_per_year)? / drawdown.abs())
}

/// Share of results above zero; breakeven is not a win.
#[must_use]
pub fn win_rate(results: &[f64]) -> Option<f64> {
    let wins = results.iter().filter(|x| **x > 0.0).count();
    (!results.is_empty()).then(|| wins as f64 / results.len() as f64)
}

/// Sum of wins over sum of losses; `+inf` without a loss, 0 with neither.
#[must_use]
pub fn profit_factor(results: &[f64]) -> Option<f64> {
    let gains = sum(results.iter().copied().filter(|x| *x > 0.0));
    let losses = sum(results.iter().copied().filter(|x| *x < 0.0));
    (!results.is_empty()).then(|| super::profit_factor(gains, losses))
}

/// Mean of the results above zero.
#[must_use]
pub fn average_win(results: &[f64]) -> Option<f64> {
    let wins: Vec<f64> = results.iter().copied().filter(|x| *x > 0.0).collect();
    mean(&wins)
}

/// Mean of the results below zero, negative.
#[must_use]
pub fn average_loss(results: &[f64]) -> Option<f64> {
    let losses: Vec<f64> = results.iter().copied().filter(|x| *x < 0.0).collect();
    mean(&losses)
}

/// `Σ (x - mean)^power / n`.
fn central_moment(values: &[f64], power: u32) -> Option<f64> {
    let mean = mean(values)?;
    let terms = values.iter().map(|x| (0..power).fold(1.0, |product, _| product * (x - mean)));
    finite(sum(terms) / values.len() as f64)
}

/// Compensated sum.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = CompensatedSum::default();
    values.for_each(|x| sum.add(x));
    sum.value()
}
