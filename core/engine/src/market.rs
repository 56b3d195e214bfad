//! The market as events tell it: a book, the last trade, the odds and the state of each instrument.
//!
//! Each thread of the corridor keeps one, and hands it to its stages together with each event, so
//! that no book is shared between threads and none is kept twice on one: the simulated venue looks at it, too. Must
//! never hold anything that events did not say.

use crate::book::Book;
use royale_model::{
    Body, Command, CommandCode, Event, EventFlags, Instrument, InstrumentId, Nanos, Odds, Price,
    Qty, Quote, RegimeOdds, Trade,
};

/// All instruments of a run.
#[derive(Debug)]
pub struct Market {
    instruments: Vec<Instrument>,
    views: Vec<MarketView>,
    regime: RegimeOdds,
}

/// What is known of one instrument. The order of the fields is that in memory: what each change of a
/// book or each quote writes lies in one line of the cache, and a little in the next.
#[derive(Debug)]
#[repr(C)]
pub struct MarketView {
    /// Its book; empty where the source sends none.
    pub book: Book,
    /// When the source that prices it last spoke: its book or quote where it has one, else prints
    /// and odds. A ticker does not keep a frozen book fresh. `MIN` before the first.
    pub updated: Nanos,
    /// How many events have changed its book. Who keeps something of a book knows by it whether he
    /// saw each of them: a slot that stands still sees none.
    pub book_changes: u64,
    /// The venue's best bid and ask message, where the source sends one.
    pub quote: Option<Quote>,
    /// True while messages are missing: the book is void until a snapshot comes.
    pub gapped: bool,
    /// True inside a batch of changes, when the book may contradict itself.
    pub in_batch: bool,
    has_book: bool,
    /// What rested at the level that changed last, before it did.
    pub level_before: Qty,
    /// The quote before the last one, if nothing was missed between them.
    pub quote_before: Option<Quote>,
    /// The last trade print.
    pub trade: Option<Trade>,
    /// When that trade was sequenced.
    pub trade_time: Nanos,
    /// The last odds message.
    pub odds: Option<Odds>,
    /// When it was sequenced: what an as-of join needs to say how old a probability is.
    pub odds_time: Nanos,
    /// What it paid out, once settled.
    pub settled: Option<Price>,
}

impl Market {
    /// A market of these instruments whose books hold `levels` levels a side.
    pub fn new(instruments: &[Instrument], levels: usize) -> Self {
        let view = |instrument: &Instrument| MarketView {
            book: Book::with_capacity(instrument.tick, levels),
            level_before: Qty::ZERO,
            quote: None,
            quote_before: None,
            trade: None,
            trade_time: Nanos::MIN,
            odds: None,
            odds_time: Nanos::MIN,
            updated: Nanos::MIN,
            gapped: false,
            in_batch: false,
            settled: None,
            book_changes: 0,
            has_book: false,
        };
        Self {
            instruments: instruments.to_vec(),
            views: instruments.iter().map(view).collect(),
            regime: RegimeOdds::UNKNOWN,
        }
    }

    /// The market's state as the house was last told.
    #[inline]
    pub fn regime(&self) -> RegimeOdds {
        self.regime
    }

    /// Takes in what is about no instrument.
    #[inline(never)]
    fn hear(&mut self, event: &Event) {
        if let Body::Command(Command { code: CommandCode::Regime, value, .. }) = event.body() {
            self.regime = RegimeOdds::from_number(value).unwrap_or(self.regime);
        }
    }

    /// The instrument table.
    #[inline]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
    /// One instrument; `None` for an id outside the table.
    #[inline]
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }
    /// What is known of one instrument.
    #[inline]
    pub fn view(&self, id: InstrumentId) -> Option<&MarketView> {
        self.views.get(id.index())
    }

    /// Levels that no book had room for.
    pub fn levels_dropped(&self) -> u64 {
        self.views.iter().map(|view| view.book.dropped()).sum()
    }

    /// Takes an event in; kinds that say nothing of a market change nothing.
    #[inline(always)]
    pub fn apply(&mut self, event: &Event) {
        let Some(view) = self.views.get_mut(event.instrument().index()) else {
            return self.hear(event);
        };
        if let Some(delta) = event.book_delta() {
            if event.flags().has(EventFlags::CLEAR) {
                view.book.clear();
                view.gapped = false;
            }
            view.has_book = true;
            view.book_changes += 1;
            view.in_batch = !event.is_last();
            view.updated = event.time();
            view.level_before = view.book.set(delta.side, delta.price, delta.qty);
        } else if let Some(quote) = event.quote() {
            view.quote_before = view.quote;
            view.quote = Some(quote);
            view.updated = event.time();
            // Without a book there is no snapshot to wait for.
            view.gapped &= view.has_book;
        } else {
            view.note(event);
        }
    }
}

impl MarketView {
    /// Takes in what neither changes the book nor is a quote.
    #[inline(never)]
    fn note(&mut self, event: &Event) {
        match event.body() {
            Body::Trade(trade) => {
                self.gapped &= self.has_book;
                self.trade = Some(trade);
                self.trade_time = event.time();
            }
            Body::Odds(odds) => {
                self.odds = Some(odds);
                self.odds_time = event.time();
            }
            Body::Gap(_) => {
                self.gapped = true;
                self.in_batch = false;
                self.book.clear();
                self.book_changes += 1;
                self.quote = None;
            }
            Body::Settlement(settlement) => self.settled = Some(settlement.value),
            Body::Bar(_) => {}
            Body::BookDelta(_)
            | Body::Quote(_)
            | Body::ExecutionReport(_)
            | Body::Command(_)
            | Body::Note(_)
            | Body::Timer(_) => return,
        }
        if !(self.has_book || self.quote.is_some()) {
            self.updated = event.time();
        }
    }

    /// True when the source sends a book for this instrument.
    #[inline]
    pub fn has_book(&self) -> bool {
        self.has_book
    }
    /// Best bid and ask: from the book where there is one, else from the venue's quote.
    /// A missing side has quantity 0; `None` when neither side is known.
    #[inline]
    pub fn best(&self) -> Option<Quote> {
        if !self.has_book {
            return self.quote;
        }
        let (bid, ask) = (self.book.best_bid(), self.book.best_ask());
        if bid.is_none() && ask.is_none() {
            return None;
        }
        let zero = crate::book::Level { price: Price::ZERO, qty: Qty::ZERO };
        let (bid, ask) = (bid.unwrap_or(zero), ask.unwrap_or(zero));
        Some(Quote { bid: bid.price, bid_qty: bid.qty, ask: ask.price, ask_qty: ask.qty })
    }
    /// The middle of an uncrossed two-sided market.
    #[inline]
    pub fn two_sided_mid(&self) -> Option<Price> {
        let quote = self.best()?;
        let sides = quote.bid_qty.is_positive() && quote.ask_qty.is_positive();
        (sides && quote.bid < quote.ask).then(|| middle(quote.bid, quote.ask))
    }
    /// The middle of the market where it has two sides, else the last trade's price: for marks.
    #[inline]
    pub fn mid(&self) -> Option<Price> {
        self.two_sided_mid().or(self.trade.map(|trade| trade.price))
    }
}

/// Half the sum, rounded down, of any two prices: the bits that both have, and half of those that
/// one has.
#[inline]
fn middle(one: Price, other: Price) -> Price {
    let (one, other) = (one.raw(), other.raw());
    Price::from_raw((one & other) + ((one ^ other) >> 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mid that is off by one unit is another mark, and another collar.
    #[test]
    fn the_middle_is_the_sum_halved_and_rounded_down() {
        let prices = [i64::MIN, -7, -2, -1, 0, 1, 2, 480_000_001, i64::MAX - 1, i64::MAX];
        for one in prices {
            for other in prices {
                let expected = (i128::from(one) + i128::from(other)).div_euclid(2);
                let found = middle(Price::from_raw(one), Price::from_raw(other));
                assert_eq!(i128::from(found.raw()), expected, "{one} {other}");
            }
        }
    }
}
