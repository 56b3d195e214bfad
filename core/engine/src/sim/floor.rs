//! One instrument as the venue knows it: how much the recording says of it, and whether it can be traded.
//!
//! Owns no price: book and quote are the market's of the venue's thread, and are shown to it whenever
//! something happens. Must never hold an order of ours. The exchange owns one for each instrument.

use super::orders::is_better;
use crate::book::Level;
use crate::market::MarketView;
use royale_model::{Instrument, Nanos, Price, Qty, Quote, Side};

/// What the recording says of an instrument; a richer source replaces a poorer one for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Source {
    /// Nothing yet.
    Nothing,
    /// Trade prints alone.
    Prints,
    /// Best bid and ask.
    Quotes,
    /// A book.
    Book,
}

/// The recorded side of one instrument.
#[derive(Debug)]
pub(super) struct Floor {
    pub(super) instrument: Instrument,
    pub(super) source: Source,
    /// True from a gap until the next snapshot: what the market's book takes in meanwhile is nothing to
    /// trade on.
    pub(super) void: bool,
    pub(super) settled: bool,
}

impl Floor {
    pub(super) fn new(instrument: &Instrument) -> Self {
        Self { instrument: *instrument, source: Source::Nothing, void: false, settled: false }
    }

    /// True when an order that arrives now can be matched.
    pub(super) fn is_tradable(&self, now: Nanos) -> bool {
        !self.settled && !self.void && !self.is_expired(now) && self.source != Source::Nothing
    }

    /// True at and after the last moment of trading.
    #[inline]
    pub(super) fn is_expired(&self, now: Nanos) -> bool {
        let expiry = self.instrument.expiry;
        expiry > Nanos::ZERO && now >= expiry
    }

    /// True where fills are judged by a book or a quote.
    #[inline]
    pub(super) fn has_touch(&self) -> bool {
        self.source >= Source::Quotes
    }

    /// What stands before an order that joins this level now.
    ///
    /// A quote shows one level only. What rests at a price behind it is unknown: the order waits
    /// behind everything until the quote comes to its price and shows how much there is.
    pub(super) fn queue_at(&self, view: &MarketView, side: Side, price: Price) -> Qty {
        if self.source == Source::Book {
            return view.book.qty_at(side, price);
        }
        match self.best(view, side) {
            Some(best) if best.price == price => best.qty,
            Some(best) if !is_better(side, best.price, price) => Qty::ZERO,
            _ if self.source == Source::Quotes => Qty::MAX,
            _ => Qty::ZERO,
        }
    }

    /// Best level of a side.
    #[inline]
    pub(super) fn best(&self, view: &MarketView, side: Side) -> Option<Level> {
        if self.source == Source::Book { view.book.best(side) } else { quoted(view.quote, side) }
    }

    /// Levels of a side from the best outwards.
    pub(super) fn levels<'a>(
        &self,
        view: &'a MarketView,
        side: Side,
    ) -> impl Iterator<Item = Level> + use<'a> {
        // Once there is a book nobody asks the quote, and before that the book is empty.
        let quote = if self.source == Source::Book { None } else { view.quote };
        quoted(quote, side).into_iter().chain(view.book.levels(side))
    }
}

/// A side's best as quoted.
#[inline]
pub(super) fn quoted(quote: Option<Quote>, side: Side) -> Option<Level> {
    let Quote { bid, bid_qty, ask, ask_qty } = quote?;
    let (price, qty) = if side == Side::Buy { (bid, bid_qty) } else { (ask, ask_qty) };
    qty.is_positive().then_some(Level { price, qty })
}
