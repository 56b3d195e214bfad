//! Performance of a strategy: what its equity curve and its trades say, and how far to believe
//! it. Owns the definitions that the leaderboard, the gate and the reports share; it must never
//! be computed differently anywhere else.
//!
//! Streaming types ([`EquityStats`], [`ReturnStats`], [`TradeStats`]) take one number at a time
//! in constant memory; [`batch`] says the same over slices, in the plainest form, and the tests
//! hold the two together.
//!
//! # Conventions
//!
//! * Returns are simple, per period. `periods_per_year` turns them into annual figures: 252 for
//!   trading days, 31 557 600 for seconds.
//! * A figure that is not defined is `None`: a Sharpe ratio without spread, a Calmar ratio
//!   without drawdown. A ratio of something to no loss at all is `+inf` (profit factor, Sortino).
//! * A period or trade with a result of exactly zero is breakeven: counted, and not a win.
//! * A loss, an average loss and a drawdown are negative numbers.
//!
//! These are the conventions of empyrical (Sharpe, Sortino, Calmar, drawdown, annual volatility)
//! and of quantstats (profit factor), and of Bailey and López de Prado's papers.

pub mod batch;

mod deflated;
mod equity;
mod multiple;
mod returns;
mod sum;
mod tally;
mod trades;

pub use deflated::{
    SharpeEvidence, expected_max_sharpe, min_track_record_length, probabilistic_sharpe,
};
pub use equity::EquityStats;
pub use multiple::{Correction, adjusted_p_values, effective_trials};
pub use returns::ReturnStats;
pub use tally::Tally;
pub use trades::TradeStats;

/// Standard deviations of returns up to this are rounding, not spread: a return computed from two
/// equities carries an error of about one unit in the last place of 1.
const SPREAD_MIN: f64 = 4.0 * f64::EPSILON;

/// True where a deviation is spread and not rounding.
fn is_spread(deviation: &f64) -> bool {
    *deviation > SPREAD_MIN
}

/// `gain / -loss`: `+inf` without losses, 0 with neither (quantstats' convention).
fn profit_factor(gross_profit: f64, gross_loss: f64) -> f64 {
    if gross_loss < 0.0 {
        gross_profit / -gross_loss
    } else if gross_profit > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}

/// Annual Sortino ratio from the mean return and the root mean square of the losses: `+inf`
/// without losses, `None` with neither gain nor loss.
fn sortino(mean: f64, downside: f64, periods_per_year: f64) -> Option<f64> {
    if downside > 0.0 {
        return Some(mean / downside * periods_per_year.sqrt());
    }
    (mean > 0.0).then_some(f64::INFINITY)
}

/// Compound annual growth; -1 once everything is lost, `None` if not finite.
fn cagr(growth: f64, periods: f64, periods_per_year: f64) -> Option<f64> {
    if growth <= 0.0 {
        return Some(-1.0);
    }
    // expm1 of the annual log growth keeps the digits of a growth close to 1.
    let annual = libm::expm1(libm::log(growth) * (periods_per_year / periods));
    annual.is_finite().then_some(annual)
}
