//! One bet with two outcomes. Owns the closed forms for odds and for contracts that pay 1.

use super::is_probability;
use crate::checked::is_positive;

/// Fraction to stake at net odds `b` (won per unit staked): `p - (1-p)/b`, or 0 without an edge.
/// `None` unless `p` is a probability and `b` finite and above zero.
///
/// Source: J. L. Kelly, "A New Interpretation of Information Rate" (1956); this form E. O. Thorp,
/// "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market" (2006).
#[must_use]
pub fn bet(probability: f64, net_odds: f64) -> Option<f64> {
    let is_bet = is_probability(probability) && is_positive(net_odds);
    is_bet.then(|| (probability - (1.0 - probability) / net_odds).max(0.0))
}

/// Expected growth of the log bankroll by one such bet: `p ln(1 + bf) + (1-p) ln(1-f)`. Minus
/// infinity where all is staked on what can fail; `None` unless the fraction is within `0..=1`
/// and the bet makes sense.
#[must_use]
pub fn bet_growth(probability: f64, net_odds: f64, fraction: f64) -> Option<f64> {
    let is_bet = is_probability(probability) && is_positive(net_odds);
    if !is_bet || !(0.0..=1.0).contains(&fraction) {
        return None;
    }
    // What never happens costs nothing, not even as 0 · ln 0.
    let part = |p: f64, change: f64| if p > 0.0 { p * libm::log1p(change) } else { 0.0 };
    Some(part(probability, net_odds * fraction) + part(1.0 - probability, -fraction))
}

/// Fraction to spend on a contract that pays 1 with this probability and costs `cost` all-in:
/// `(p - c)/(1 - c)`, or 0 without an edge. `None` unless `p` is a probability and `c` above zero;
/// a cost of 1 or more is never worth it.
///
/// This is [`bet`] at odds of `(1-c)/c`.
#[must_use]
pub fn contract(probability: f64, cost: f64) -> Option<f64> {
    if !is_probability(probability) || !is_positive(cost) {
        return None;
    }
    if cost >= 1.0 {
        return Some(0.0);
    }
    Some(((probability - cost) / (1.0 - cost)).max(0.0))
}

/// All-in costs of both sides of a contract that pays 1 either way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContractCosts {
    /// Cost of YES, fee included.
    pub yes: f64,
    /// Cost of NO, fee included.
    pub no: f64,
}

impl ContractCosts {
    /// Costs at a YES price between 0 and 1 and a fee per contract, where NO trades at
    /// `1 - yes_price`: without a spread.
    #[must_use]
    pub fn at(yes_price: f64, fee: f64) -> Self {
        Self { yes: yes_price + fee, no: 1.0 - yes_price + fee }
    }
}

/// Which side of a contract, and the fraction of the bankroll to spend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stake {
    /// Neither side has an edge after costs.
    Nothing,
    /// Buy YES.
    Yes(f64),
    /// Buy NO.
    No(f64),
}

/// The full Kelly stake on a contract whose YES pays with this probability. `None` unless `p` is
/// a probability, costs are above zero, and both sides together cost at least 1: below that
/// there is a sure profit in buying both, and the formula for one side is not the answer.
///
/// ```
/// use royale_quant::portfolio::kelly::{ContractCosts, QUARTER, Stake, stake};
///
/// let Some(Stake::Yes(full)) = stake(0.72, ContractCosts::at(0.59, 0.01)) else { unreachable!() };
/// assert!((full - 0.30).abs() < 1e-12 && (QUARTER * full - 0.075).abs() < 1e-12);
/// assert_eq!(stake(0.595, ContractCosts::at(0.59, 0.01)), Some(Stake::Nothing));
/// ```
#[must_use]
pub fn stake(probability_yes: f64, costs: ContractCosts) -> Option<Stake> {
    // Rounding of `1 - price` is not a sure profit.
    let is_arbitrage = costs.yes + costs.no < 1.0 - 1e-12;
    let yes = contract(probability_yes, costs.yes)?;
    let no = contract(1.0 - probability_yes, costs.no)?;
    if is_arbitrage {
        return None;
    }
    Some(if yes > 0.0 {
        Stake::Yes(yes)
    } else if no > 0.0 {
        Stake::No(no)
    } else {
        Stake::Nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example() {
        // Believed at 72 %, sold at 60 cents: 0.12/0.40 of the bankroll.
        assert!((contract(0.72, 0.60).unwrap() - 0.30).abs() < 1e-15);
        assert!((super::super::QUARTER * contract(0.72, 0.60).unwrap() - 0.075).abs() < 1e-15);
        // The same at odds of 2 : 3.
        assert!((bet(0.72, 2.0 / 3.0).unwrap() - 0.30).abs() < 1e-15);
    }

    #[test]
    fn without_an_edge_nothing_is_staked() {
        assert_eq!(
            (bet(0.5, 1.0), bet(0.4, 1.0), bet(0.0, 9.0)),
            (Some(0.0), Some(0.0), Some(0.0))
        );
        assert_eq!((contract(0.6, 0.6), contract(1.0, 1.0)), (Some(0.0), Some(0.0)));
        // An edge of a cent that a fee of a cent eats, on either side.
        assert_eq!(stake(0.61, ContractCosts::at(0.60, 0.02)), Some(Stake::Nothing));
        assert_eq!(stake(0.59, ContractCosts::at(0.60, 0.02)), Some(Stake::Nothing));
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        for (p, b) in [(1.1, 1.0), (-0.1, 1.0), (f64::NAN, 1.0), (0.5, 0.0), (0.5, f64::INFINITY)] {
            assert_eq!((bet(p, b), bet_growth(p, b, 0.1)), (None, None));
        }
        assert_eq!((contract(0.5, 0.0), contract(0.5, f64::NAN)), (None, None));
        assert_eq!(stake(0.5, ContractCosts { yes: 0.4, no: 0.5 }), None);
        assert_eq!(bet_growth(0.5, 1.0, 1.5), None);
    }

    #[test]
    fn certainty_is_staked_whole_and_ruin_is_minus_infinity() {
        assert_eq!((bet(1.0, 0.5), contract(1.0, 0.9)), (Some(1.0), Some(1.0)));
        assert!((bet_growth(1.0, 1.0, 1.0).unwrap() - 2.0_f64.ln()).abs() < 1e-15);
        assert_eq!(bet_growth(0.9, 1.0, 1.0), Some(f64::NEG_INFINITY));
        assert_eq!(stake(0.0, ContractCosts::at(0.3, 0.0)), Some(Stake::No(1.0)));
    }
}
