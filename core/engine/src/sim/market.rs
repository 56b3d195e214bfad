//! What happens when the market moves: queues advance, resting orders fill or end.
//!
//! Owns no state. Must never fill an order at another price than its limit as maker, nor give an
//! account more of a print than its quantity (`FillModel::Partial`). `venue` calls it for each
//! market event.

use super::exchange::{Exchange, Moment};
use super::floor::{Source, quoted};
use super::orders::{NONE, is_better};
use super::queue;
use crate::book::Level;
use crate::market::{Market, MarketView};
use royale_model::{Body, BookDelta, Event, EventFlags, ExecType, Nanos, Price, Qty, Side};

impl Exchange {
    /// True where an order rests, or where somebody may have taken: only then what the market does there
    /// matters at once.
    #[inline]
    fn is_watched(&self, at: usize) -> bool {
        !self.orders.is_empty_at(at) || !self.taken.is_empty()
    }

    /// A market event has happened and changed the market; its instrument is in the table. Inlined, at
    /// its one place: so are the kinds of event that come by the million.
    #[inline(always)]
    pub(super) fn market_event(&mut self, event: &Event, market: &Market, moment: Moment) {
        let at = event.instrument().index();
        let Some(view) = market.view(event.instrument()) else { return };
        if let Some(delta) = event.book_delta() {
            let clears = event.flags().has(EventFlags::CLEAR);
            self.book_delta(at, &delta, clears, view, moment);
        } else if event.quote().is_some() {
            self.quote(at, view, moment);
        } else {
            self.news(at, event, moment);
        }
    }

    /// What happens is neither a change of a book nor a quote.
    #[inline(never)]
    fn news(&mut self, at: usize, event: &Event, moment: Moment) {
        match event.body() {
            Body::Trade(trade) => self.print(at, &trade, moment),
            Body::Gap(_) => {
                let floor = &mut self.floors[at];
                floor.void = floor.has_touch();
                self.taken.book_changed(at);
            }
            Body::Settlement(_) => {
                self.floors[at].settled = true;
                self.expire(at, moment);
            }
            Body::BookDelta(_)
            | Body::Quote(_)
            | Body::Bar(_)
            | Body::Odds(_)
            | Body::ExecutionReport(_)
            | Body::Command(_)
            | Body::Note(_)
            | Body::Timer(_) => {}
        }
    }

    /// Ends the orders of instruments whose last moment of trading has passed.
    #[inline]
    pub(super) fn expire_until(&mut self, moment: Moment) {
        if moment.now >= self.next_expiry {
            self.expire_all(moment);
        }
    }

    #[inline(never)]
    fn expire_all(&mut self, moment: Moment) {
        self.next_expiry = Nanos::MAX;
        for at in 0..self.floors.len() {
            let floor = &self.floors[at];
            let expiry = floor.instrument.expiry;
            let is_empty =
                [Side::Buy, Side::Sell].iter().all(|&side| self.orders.first(at, side) == NONE);
            if is_empty || expiry <= Nanos::ZERO {
                continue;
            }
            if floor.is_expired(moment.now) {
                self.expire(at, Moment { now: expiry, ..moment });
            } else {
                self.next_expiry = self.next_expiry.min(expiry);
            }
        }
    }

    fn expire(&mut self, at: usize, moment: Moment) {
        for side in [Side::Buy, Side::Sell] {
            let mut place = self.orders.first(at, side);
            while place != NONE {
                place = self.end(place, ExecType::Expired, moment);
            }
        }
    }

    #[inline(always)]
    fn book_delta(
        &mut self,
        at: usize,
        delta: &BookDelta,
        clears: bool,
        view: &MarketView,
        moment: Moment,
    ) {
        self.enrich(at, Source::Book, moment);
        let floor = &mut self.floors[at];
        if clears {
            floor.void = false;
            self.taken.book_changed(at);
        }
        if !floor.void && self.is_watched(at) {
            self.level_changed(at, delta, view, moment);
        }
    }

    /// A level is no longer what it was; who took there finds it whole, orders move up, or fill.
    #[inline(always)]
    fn level_changed(&mut self, at: usize, delta: &BookDelta, view: &MarketView, moment: Moment) {
        let (side, price, after) = (delta.side, delta.price, delta.qty.max(Qty::ZERO));
        let before = view.level_before;
        if before != after {
            self.taken.level_changed(at, side, price);
        }
        self.advance_queue(at, side, price, before, after);
        // No other level changed: the best one got better where a new one is now the best.
        if before == Qty::ZERO && after.is_positive() {
            let best = view.book.best(side);
            if best.is_some_and(|best| best.price == price) {
                self.cross(at, side, price, moment);
            }
        }
    }

    #[inline(always)]
    fn quote(&mut self, at: usize, view: &MarketView, moment: Moment) {
        if self.floors[at].source == Source::Book {
            return;
        }
        self.enrich(at, Source::Quotes, moment);
        self.floors[at].void = false;
        if self.is_watched(at) {
            self.quote_changed(at, view, moment);
        }
    }

    /// A quote came where somebody watches.
    #[inline(never)]
    fn quote_changed(&mut self, at: usize, view: &MarketView, moment: Moment) {
        // Orders of both sides move up before one fills.
        for side in [Side::Buy, Side::Sell] {
            if self.orders.first(at, side) != NONE || !self.taken.is_empty() {
                self.touch_changed(
                    at,
                    side,
                    quoted(view.quote_before, side),
                    quoted(view.quote, side),
                );
            }
        }
        for side in [Side::Buy, Side::Sell] {
            if self.orders.first(at, side.opposite()) != NONE
                && let Some(touch) = quoted(view.quote, side)
                && quoted(view.quote_before, side)
                    .is_none_or(|before| is_better(side, touch.price, before.price))
            {
                self.cross(at, side, touch.price, moment);
            }
        }
    }

    /// One side's best as quoted, where it is another: what was taken of a level that changed is forgotten,
    /// and the side's orders move up.
    #[inline(always)]
    fn touch_changed(&mut self, at: usize, side: Side, old: Option<Level>, touch: Option<Level>) {
        if old == touch {
            return;
        }
        let left = old.filter(|old| touch.is_none_or(|touch| touch.price != old.price));
        if let Some(left) = left {
            self.taken.level_changed(at, side, left.price);
        }
        self.jump_queue(at, side, touch.map(|touch| touch.price));
        if let Some(touch) = touch {
            self.taken.level_changed(at, side, touch.price);
            let before = if left.is_some() { None } else { old };
            let before = before.map_or(Qty::ZERO, |level| level.qty);
            self.advance_queue(at, side, touch.price, before, touch.qty);
        }
    }

    /// Notes that the recording says more of an instrument than it did until now, if it does.
    #[inline]
    fn enrich(&mut self, at: usize, source: Source, moment: Moment) {
        if self.floors[at].source < source {
            self.replace_source(at, source, moment);
        }
    }

    #[inline(never)]
    fn replace_source(&mut self, at: usize, source: Source, moment: Moment) {
        self.floors[at].source = source;
        self.taken.book_changed(at);
        // Orders that waited for a print to judge them are now judged by the book: those that do
        // not rest end, the others stand behind everything that it will show at their price.
        for side in [Side::Buy, Side::Sell] {
            let mut place = self.orders.first(at, side);
            while place != NONE {
                let live = self.orders.get_mut(place);
                live.untested = false;
                live.front = Qty::MAX;
                place = if live.rests() {
                    self.orders.next(place)
                } else {
                    self.end(place, ExecType::Canceled, moment)
                };
            }
        }
    }

    /// Puts the orders that are better than a quote at the front of their queue: nothing that the
    /// quote does not show can be ahead of them.
    #[inline(always)]
    fn jump_queue(&mut self, at: usize, side: Side, touch: Option<Price>) {
        let mut place = self.orders.first(at, side);
        while place != NONE {
            let live = self.orders.get_mut(place);
            if touch.is_some_and(|touch| !is_better(side, live.price, touch)) {
                return;
            }
            live.front = Qty::ZERO;
            live.traded = Qty::ZERO;
            place = self.orders.next(place);
        }
    }

    /// Moves the orders at a level whose quantity changed.
    #[inline(always)]
    fn advance_queue(&mut self, at: usize, side: Side, price: Price, before: Qty, after: Qty) {
        let mut place = self.orders.first(at, side);
        // Behind this price nobody is at it.
        while place != NONE && !is_better(side, price, self.orders.get(place).price) {
            if self.orders.get(place).price == price {
                self.advance(place, before, after);
            }
            place = self.orders.next(place);
        }
    }

    #[inline(never)]
    fn advance(&mut self, place: u32, before: Qty, after: Qty) {
        let model = self.queue;
        let live = self.orders.get_mut(place);
        live.front = queue::after_change(model, live.front, live.traded, before, after);
        live.traded = Qty::ZERO;
    }

    /// The best price of a side got better: fills every order of the other side that it reaches,
    /// whole, at its limit. That is hftbacktest's rule.
    #[inline]
    fn cross(&mut self, at: usize, side: Side, touch: Price, moment: Moment) {
        let mut place = self.orders.first(at, side.opposite());
        while place != NONE && self.orders.get(place).accepts(touch) {
            let leaves = self.orders.get(place).leaves;
            place = self.fill_resting(place, leaves, moment);
        }
    }
}
