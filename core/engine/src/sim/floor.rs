//! One instrument as the venue knows it: the recorded book and whether it can be traded.
//!
//! Owns a book of its own, so that the venue, which is ahead of us by the feed latency, shares
//! none with the other stages. Must never hold an order of ours. The exchange owns one for each
//! instrument.

use super::orders::is_better;
use crate::book::{Book, Level};
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
    pub(super) book: Book,
    pub(super) source: Source,
    /// True from a gap until the next snapshot.
    pub(super) void: bool,
    pub(super) settled: bool,
}

impl Floor {
    pub(super) fn new(instrument: &Instrument, levels: usize) -> Self {
        Self {
            instrument: *instrument,
            book: Book::with_capacity(instrument.tick, levels),
            source: Source::Nothing,
            void: false,
            settled: false,
        }
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
    pub(super) fn queue_at(&self, side: Side, price: Price) -> Qty {
        let hidden = self.source == Source::Quotes
            && self.book.best(side).is_none_or(|best| is_better(side, best.price, price));
        if hidden { Qty::MAX } else { self.book.qty_at(side, price) }
    }

    /// Makes the book hold one side of a quote. Returns that level.
    pub(super) fn set_quote_side(&mut self, side: Side, quote: &Quote) -> Option<Level> {
        let (price, qty) = match side {
            Side::Buy => (quote.bid, quote.bid_qty),
            Side::Sell => (quote.ask, quote.ask_qty),
        };
        if let Some(best) = self.book.best(side) {
            self.book.set(side, best.price, Qty::ZERO);
        }
        self.book.set(side, price, qty);
        self.book.best(side)
    }
}
