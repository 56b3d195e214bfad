//! What the reference does when the market moves.

use super::{Knows, Past, Place, Reference, beats, lots, stays};
use royale_model::{Body, Event, EventFlags, ExecType, Liquidity, RejectReason, Side, TimeInForce};
use std::collections::BTreeMap;

impl Reference<'_> {
    pub(super) fn market(&mut self, event: &Event) {
        self.seen = event.time().raw();
        let now = self.now;
        for at in 0..self.places.len() {
            if self.places[at].expired(now) {
                self.now = self.places[at].instrument.expiry.raw();
                self.end_all(at);
                self.now = now;
            }
        }
        let at = event.instrument().index();
        match event.body() {
            Body::BookDelta(delta) => {
                self.learn(at, Knows::Book);
                let place = &mut self.places[at];
                if event.flags().has(EventFlags::CLEAR) {
                    place.void = false;
                    place.empty();
                }
                if !place.void {
                    self.level(at, delta.side, delta.price.raw(), delta.qty.raw().max(0));
                }
            }
            Body::Quote(quote) if self.places[at].knows <= Knows::Quotes => {
                self.learn(at, Knows::Quotes);
                self.places[at].void = false;
                let sides = [
                    (Side::Buy, quote.bid.raw(), quote.bid_qty.raw()),
                    (Side::Sell, quote.ask.raw(), quote.ask_qty.raw()),
                ];
                self.quoted(at, sides);
            }
            Body::Trade(trade) => {
                self.learn(at, Knows::Prints);
                let assumed = self.parameters.print_liquidity.raw();
                let qty = if trade.qty.raw() == 0 { assumed } else { trade.qty.raw() };
                if !self.places[at].void && !self.places[at].settled {
                    self.traded(at, trade.aggressor.map(Side::opposite), trade.price.raw(), qty);
                }
            }
            Body::Gap(_) => {
                let place = &mut self.places[at];
                place.void = place.knows >= Knows::Quotes;
                place.empty();
            }
            Body::Settlement(_) => {
                self.places[at].settled = true;
                self.end_all(at);
            }
            _ => {}
        }
    }

    /// Places of the open orders of one side, best price first, then oldest.
    fn line(&self, at: usize, side: Side) -> Vec<usize> {
        let mut line: Vec<usize> = (0..self.open.len())
            .filter(|&n| {
                self.open[n].order.instrument.index() == at && self.open[n].order.side == side
            })
            .collect();
        line.sort_by_key(|&n| self.open[n].order.price.raw() * -side.sign());
        line
    }

    fn end_all(&mut self, at: usize) {
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                let open = self.open[n].clone();
                self.say(&open.order, ExecType::Expired, open.leaves, RejectReason::None);
            }
        }
        self.open.retain(|open| open.order.instrument.index() != at);
    }

    fn learn(&mut self, at: usize, knows: Knows) {
        if self.places[at].knows >= knows {
            return;
        }
        self.places[at].knows = knows;
        if knows == Knows::Prints {
            return;
        }
        self.places[at].empty();
        self.places[at].past.push(Past::Enriched);
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                self.open[n].fresh = false;
                if !stays(&self.open[n].order) {
                    let open = self.open[n].clone();
                    self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
                    self.open[n].leaves = 0;
                }
            }
        }
        self.open.retain(|open| open.leaves > 0);
    }

    fn level(&mut self, at: usize, side: Side, price: i64, qty: i64) {
        let place = &mut self.places[at];
        let best = place.ladder(side).first().map(|level| level.0);
        let before = place.set(side, price, qty);
        place.past.push(Past::Level { side, price, before, after: qty });
        self.reached(at, side, best);
    }

    fn quoted(&mut self, at: usize, sides: [(Side, i64, i64); 2]) {
        let best = |place: &Place, side| place.ladder(side).first().copied();
        let old = [Side::Buy, Side::Sell].map(|side| best(&self.places[at], side));
        for ((side, price, qty), old) in sides.into_iter().zip(old) {
            let place = &mut self.places[at];
            let touch = (qty > 0).then_some((price, qty));
            if touch == old {
                continue;
            }
            place.levels(side).clear();
            place.set(side, price, qty);
            let same = old.filter(|old| touch.is_some_and(|touch| touch.0 == old.0));
            place.past.push(Past::Quoted { side, touch: touch.map(|touch| touch.0) });
            if let (Some(old), None) = (old, same) {
                // A level that is no longer shown: forget what was taken there, move no queue.
                self.took
                    .retain(|took| (took.instrument, took.side, took.price) != (at, side, old.0));
            }
            if let Some((price, after)) = touch {
                let before = same.map_or(0, |old| old.1);
                place.past.push(Past::Level { side, price, before, after });
            }
        }
        for (side, old) in [Side::Buy, Side::Sell].into_iter().zip(old) {
            self.reached(at, side, old.map(|old| old.0));
        }
    }

    /// Fills the orders of the other side that a better best of this side reaches.
    fn reached(&mut self, at: usize, side: Side, old: Option<i64>) {
        let Some(best) = self.places[at].ladder(side).first().map(|level| level.0) else { return };
        if old.is_some_and(|old| !beats(side, best, old)) {
            return;
        }
        for n in self.line(at, side.opposite()) {
            let mut open = self.open[n].clone();
            let price = open.order.price.raw();
            if !beats(side, price, best) {
                let all = open.leaves;
                self.fills(&mut open, price, all, Liquidity::Maker);
                self.open[n] = open;
            }
        }
        self.open.retain(|open| open.leaves > 0);
    }

    fn traded(&mut self, at: usize, passive: Option<Side>, price: i64, qty: i64) {
        let lot = self.places[at].instrument.lot.raw();
        let tick = self.places[at].instrument.tick.raw();
        let on_book = self.places[at].knows >= Knows::Quotes;
        let mut had: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                let mut open = self.open[n].clone();
                let own = open.order.price.raw();
                let account = open.order.id.account().raw();
                let (of_print, here) = had.get(&account).copied().unwrap_or((0, 0));
                let left = qty - of_print;
                let through = beats(side, own, price);
                if on_book {
                    if passive.is_some_and(|passive| passive != side) {
                        continue;
                    }
                    let at_price = own == price && passive.is_some();
                    let beyond = if at_price { lots(qty - self.ahead(&open), lot) } else { 0 };
                    let gets = match (through, at_price, self.partial()) {
                        (true, _, true) => left,
                        (true, _, false) => open.leaves,
                        (false, true, true) => (beyond - here).min(left),
                        (false, true, false) if beyond > 0 => open.leaves,
                        _ => 0,
                    };
                    let gets = (gets.max(0) / lot * lot).min(open.leaves);
                    if gets > 0 {
                        let here = here + if at_price { gets } else { 0 };
                        had.insert(account, (of_print + gets, here));
                        self.fills(&mut open, own, gets, Liquidity::Maker);
                    }
                } else {
                    let takes = if open.fresh { through || own == price } else { through };
                    let room = if self.partial() { left / lot * lot } else { open.leaves };
                    let whole = open.order.time_in_force == TimeInForce::FillOrKill;
                    let gets = if whole && room < open.leaves { 0 } else { room.min(open.leaves) };
                    if takes && gets > 0 {
                        had.insert(account, (of_print + gets, here));
                        let slip = tick * i64::from(self.parameters.print_slippage_ticks);
                        let slipped = price + slip * side.sign();
                        let slipped = if beats(side, slipped, own) { own } else { slipped };
                        let slipped = if slipped > 0 { slipped } else { price };
                        if open.fresh {
                            self.fills(&mut open, slipped, gets, Liquidity::Taker);
                        } else {
                            self.fills(&mut open, own, gets, Liquidity::Maker);
                        }
                    }
                    open.fresh = false;
                    if open.leaves > 0 && !stays(&open.order) {
                        self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
                        open.leaves = 0;
                    }
                }
                self.open[n] = open;
            }
        }
        if on_book {
            self.places[at].past.push(Past::Traded { passive, price, qty });
        }
        self.open.retain(|open| open.leaves > 0);
    }
}
