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

/// Neither side has anything.
const NO_QUOTE: Quote =
    Quote { bid: Price::ZERO, bid_qty: Qty::ZERO, ask: Price::ZERO, ask_qty: Qty::ZERO };

/// The recorded side of one instrument.
#[derive(Debug)]
pub(super) struct Floor {
    pub(super) instrument: Instrument,
    /// What deltas say; empty where the recording has none.
    book: Book,
    /// What quotes say; nothing where the recording has a book.
    quote: Quote,
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
            quote: NO_QUOTE,
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
        if self.source == Source::Book {
            return self.book.qty_at(side, price);
        }
        match self.best(side) {
            Some(best) if best.price == price => best.qty,
            Some(best) if !is_better(side, best.price, price) => Qty::ZERO,
            _ if self.source == Source::Quotes => Qty::MAX,
            _ => Qty::ZERO,
        }
    }

    /// Takes a quote in.
    #[inline]
    pub(super) fn set_quote(&mut self, quote: &Quote) {
        self.quote = *quote;
    }

    /// Both sides' best as quoted, bid first.
    pub(super) fn touch(&self) -> [Option<Level>; 2] {
        [Side::Buy, Side::Sell].map(|side| self.quoted(side))
    }

    /// A side's best as quoted.
    #[inline]
    fn quoted(&self, side: Side) -> Option<Level> {
        let Quote { bid, bid_qty, ask, ask_qty } = self.quote;
        let (price, qty) = if side == Side::Buy { (bid, bid_qty) } else { (ask, ask_qty) };
        qty.is_positive().then_some(Level { price, qty })
    }

    /// Takes a change of one level in. Returns what rested there.
    #[inline]
    pub(super) fn set_level(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        self.book.set(side, price, qty)
    }

    /// Forgets everything that was recorded of its prices.
    pub(super) fn clear(&mut self) {
        self.book.clear();
        self.quote = NO_QUOTE;
    }

    /// Best level of a side.
    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<Level> {
        self.quoted(side).or_else(|| self.book.best(side))
    }

    /// Levels of a side from the best outwards.
    pub(super) fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.quoted(side).into_iter().chain(self.book.levels(side))
    }

    /// Levels that the book had no room for.
    pub(super) fn dropped(&self) -> u64 {
        self.book.dropped()
    }
}
