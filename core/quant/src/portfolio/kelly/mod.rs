//! Kelly stakes: the fraction of the bankroll that makes it grow fastest. Owns the formulas for
//! bets, contracts, races and returns; it must never stake on an edge that fees have eaten, and
//! never more than the bankroll, except where a function says that it borrows.
//!
//! * A fraction is of the bankroll and is *spent*: a fraction of 0.3 at a cost of 0.60 buys half
//!   as many contracts as the bankroll has units.
//! * Costs are all-in, fees included: that is how a stake is net of them.
//! * `None` means that the input makes no sense, or that there is no answer; no edge is 0.
//! * The full stake assumes that probabilities are *known*. They are not: multiply by
//!   [`QUARTER`], by [`certainty`], or by both, and apply caps after that.

mod binary;
mod continuous;
mod exclusive;
mod growth;
mod shrink;

pub use binary::{ContractCosts, Stake, bet, bet_growth, contract, stake};
pub use continuous::{long_only, unconstrained};
pub use exclusive::exclusive;
pub use growth::{BETS_MAX, growth_optimal, growth_rate, simultaneous};
pub use shrink::{certainty, estimation_certainty};

/// Quarter Kelly. A stake `k` times the full one grows `2k - k²` as fast in the limit of small
/// edges: a quarter keeps 44 % of the growth with a quarter of the deviation.
pub const QUARTER: f64 = 0.25;

/// True for numbers that can be probabilities.
fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}
