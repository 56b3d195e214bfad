//! Quotes that stand: as long as the market for the contract is as it was, and nothing but time has
//! passed, another plan would be about the same as the last one.
//!
//! Owns what that plan was made for, and what it wishes on either side. Must never stand in for a plan
//! where an order would go or be called back: that takes a plan of the moment.

use royale_engine::strategy::OpenOrder;
use royale_model::{Instrument, Price, Qty, Quote, Side};

/// A plan that stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// The best bid and ask, and the position, that it is for.
    pub(crate) market: (Quote, Qty),
    /// How far from its price a quote may be wished meanwhile.
    pub(crate) slack: Price,
    /// For the bid, and the ask.
    pub(crate) wishes: (Wish, Wish),
}

/// What a plan wishes on a side, and each plan within its bounds would.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Wish {
    /// A quote, no farther from this price than the slack.
    Near(Price),
    /// No quote.
    Nothing,
    /// It may be either.
    Unknown,
}

impl Wish {
    /// A quote at a price that may move by `slack`, where the position has room for it.
    pub(crate) fn of(contract: &Instrument, price: Price, has_room: bool, slack: Price) -> Self {
        let can_be = |price| contract.allows(price);
        if !has_room {
            Self::Nothing
        } else if can_be(price.saturating_sub(slack)) && can_be(price.saturating_add(slack)) {
            Self::Near(price)
        } else {
            Self::Unknown
        }
    }
}

impl Standing {
    /// No quote on either side.
    pub(crate) fn without_quotes(market: (Quote, Qty)) -> Self {
        Self { market, slack: Price::ZERO, wishes: (Wish::Nothing, Wish::Nothing) }
    }

    /// True where the side would be left as it is; a resting quote is replaced at a distance of
    /// `requote` from where it is wished.
    #[inline]
    pub(crate) fn leaves(&self, side: Side, resting: Option<&OpenOrder>, requote: Price) -> bool {
        let wish = match side {
            Side::Buy => self.wishes.0,
            Side::Sell => self.wishes.1,
        };
        match (wish, resting) {
            (Wish::Near(price), Some(order)) => {
                price.saturating_sub(order.price).abs().saturating_add(self.slack) < requote
            }
            (Wish::Nothing, None) => true,
            _ => false,
        }
    }
}
