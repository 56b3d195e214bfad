//! The odds of an event, and what two rules say about them.
//!
//! Owns comparisons on integer prices: at a threshold means at it, to the last digit.

use royale_engine::MarketView;
use royale_model::{Price, Side};

/// The thresholds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// A shift of at least this counts.
    pub(crate) shift_min: Price,
    /// Odds strictly above this, or strictly below one minus this, count.
    pub(crate) level_min: Price,
}

/// What the odds say at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Signal {
    /// The odds.
    pub(crate) odds: Price,
    /// Change over the window; zero until the window is full.
    pub(crate) shift: Price,
    /// How far beyond the level, signed: positive above it, negative below one minus it.
    pub(crate) beyond: Price,
    /// What the shift says.
    pub(crate) by_shift: Option<Side>,
    /// What the level says.
    pub(crate) by_level: Option<Side>,
}

impl Rules {
    /// Holds the odds against what they were, where that is known.
    pub(crate) fn signal(&self, odds: Price, before: Option<Price>) -> Signal {
        let shift = before.map_or(Price::ZERO, |before| odds.saturating_sub(before));
        let by_shift = (before.is_some() && shift.abs() >= self.shift_min)
            .then_some(if shift.is_positive() { Side::Buy } else { Side::Sell });
        let low = Price::ONE.saturating_sub(self.level_min);
        let (by_level, beyond) = if odds > self.level_min {
            (Some(Side::Buy), odds.saturating_sub(self.level_min))
        } else if odds < low {
            (Some(Side::Sell), odds.saturating_sub(low))
        } else {
            (None, Price::ZERO)
        };
        Signal { odds, shift, beyond, by_shift, by_level }
    }
}

/// The middle of a two-sided, uncrossed market for the event, no wider than `spread_max`.
pub(crate) fn odds_of(view: &MarketView, spread_max: Price) -> Option<Price> {
    let (bid, ask) = match (view.best(), view.odds) {
        (Some(quote), _) if quote.bid_qty.is_positive() && quote.ask_qty.is_positive() => {
            (quote.bid, quote.ask)
        }
        (None, Some(odds)) => (odds.bid, odds.ask),
        _ => return None,
    };
    let width = ask.checked_sub(bid)?;
    if !bid.is_positive() || !width.is_positive() || width > spread_max || ask >= Price::ONE {
        return None;
    }
    Some(Price::from_raw(bid.raw() + width.raw() / 2))
}
