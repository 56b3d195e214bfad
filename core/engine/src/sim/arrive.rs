//! What happens when a message arrives: checks, taking from the book, resting, cancelling.
//!
//! Owns no state. Must never fill outside the limit price, and never take from a level more than
//! was recorded there (`FillModel::Partial`). `venue` calls it, in order of arrival.

use super::exchange::{Exchange, Moment};
use super::floor::Source;
use super::orders::Live;
use super::parameters::FillModel;
use crate::market::{Market, MarketView};
use royale_model::{
    ExecType, Liquidity, Nanos, OrdType, Order, Price, Qty, RejectReason, TimeInForce,
};

impl Exchange {
    /// A new order is here.
    pub(super) fn arrive_new(
        &mut self,
        order: &Order,
        market: &Market,
        response: Nanos,
        moment: Moment,
    ) {
        if self.orders.find(order.id).is_some() {
            // The gate sends each id once. Any answer would be taken for one to the live order.
            self.duplicates += 1;
            return;
        }
        let view = match self.check(order, market, moment.now) {
            Ok(view) => view,
            Err(reason) => return self.refuse(order, reason, response, moment),
        };
        let mut live = Live::new(order, response);
        self.tell(&live, ExecType::New, moment);
        if !self.floors[live.instrument.index()].has_touch() {
            live.untested = live.time_in_force != TimeInForce::PostOnly;
            self.rest(live);
            return;
        }
        if self.is_fillable(&live, view) {
            self.take(&mut live, view, moment);
        }
        if live.leaves.is_positive() {
            if live.rests() {
                let floor = &self.floors[live.instrument.index()];
                live.front = floor.queue_at(view, live.side, live.price);
                self.rest(live);
            } else {
                self.tell(&live, ExecType::Canceled, moment);
            }
        }
    }

    /// A cancel request is here.
    pub(super) fn arrive_cancel(&mut self, order: &Order, response: Nanos, moment: Moment) {
        if !self.arrive_sweep(order, moment) {
            self.refuse(order, RejectReason::UnknownOrder, response, moment);
        }
    }

    /// A halt's cancel is here: it has no answer of its own. False when the order is dead already.
    pub(super) fn arrive_sweep(&mut self, order: &Order, moment: Moment) -> bool {
        let Some(place) = self.orders.find(order.id) else { return false };
        self.end(place, ExecType::Canceled, moment);
        true
    }

    /// The market of the order's instrument, when the order can be taken.
    fn check<'m>(
        &self,
        order: &Order,
        market: &'m Market,
        now: Nanos,
    ) -> Result<&'m MarketView, RejectReason> {
        let floor = self.floors.get(order.instrument.index());
        let floor = floor.filter(|floor| floor.is_tradable(now));
        let (Some(floor), Some(view)) = (floor, market.view(order.instrument)) else {
            return Err(RejectReason::NotTradable);
        };
        let instrument = &floor.instrument;
        let qty_fits = order.qty.is_positive() && order.qty.is_on(instrument.lot);
        // A market order's price is the collar's bound, which need not lie on the grid.
        let price_fits = order.ord_type == OrdType::Market
            || (instrument.allows(order.price)
                && order.price.is_on(instrument.tick)
                && instrument.fee(order.price, order.qty, Liquidity::Taker).is_some());
        if !qty_fits || !price_fits {
            return Err(RejectReason::OffGrid);
        }
        if self.orders.is_full() {
            return Err(RejectReason::TooManyOrders);
        }
        if order.time_in_force == TimeInForce::PostOnly && order.ord_type == OrdType::Limit {
            let touch = floor.best(view, order.side.opposite());
            let live = Live::new(order, Nanos::ZERO);
            if touch.is_some_and(|touch| live.accepts(touch.price)) {
                return Err(RejectReason::PostOnlyWouldCross);
            }
        }
        Ok(view)
    }

    /// True unless the order wants all or nothing and cannot have all.
    fn is_fillable(&self, live: &Live, view: &MarketView) -> bool {
        if live.time_in_force != TimeInForce::FillOrKill || self.fill == FillModel::NoPartial {
            return true;
        }
        let floor = &self.floors[live.instrument.index()];
        let mut missing = live.leaves;
        for level in floor.levels(view, live.side.opposite()) {
            if !missing.is_positive() || !live.accepts(level.price) {
                break;
            }
            missing = missing.saturating_sub(self.left_for(live, level.price, level.qty));
        }
        !missing.is_positive()
    }

    /// What a recorded level still has for the account of an order, in whole lots.
    fn left_for(&self, live: &Live, price: Price, recorded: Qty) -> Qty {
        let at = live.instrument.index();
        let lot = self.floors[at].instrument.lot;
        if !self.consume_liquidity {
            return recorded.floor_to(lot);
        }
        let had = self.taken.get(live.id.account(), at, live.side.opposite(), price);
        recorded.saturating_sub(had).max(Qty::ZERO).floor_to(lot)
    }

    /// Takes from the opposite levels, from the best outwards, as far as the limit allows.
    fn take(&mut self, live: &mut Live, view: &MarketView, moment: Moment) {
        let (at, opposite) = (live.instrument.index(), live.side.opposite());
        if self.fill == FillModel::NoPartial {
            // hftbacktest: all of it at the best price, whatever rests there.
            if let Some(touch) = self.floors[at].best(view, opposite)
                && live.accepts(touch.price)
            {
                let all = live.leaves;
                self.fill(live, touch.price, all, Liquidity::Taker, moment);
            }
            return;
        }
        for level in self.floors[at].levels(view, opposite) {
            if !live.accepts(level.price) {
                return;
            }
            let qty = live.leaves.min(self.left_for(live, level.price, level.qty));
            if !qty.is_positive() {
                continue;
            }
            if self.consume_liquidity {
                self.taken.add(live.id.account(), at, opposite, level.price, qty);
            }
            self.fill(live, level.price, qty, Liquidity::Taker, moment);
            if !live.leaves.is_positive() {
                return;
            }
        }
    }

    fn rest(&mut self, live: Live) {
        let floor = &mut self.floors[live.instrument.index()];
        if floor.instrument.expiry > Nanos::ZERO {
            self.next_expiry = self.next_expiry.min(floor.instrument.expiry);
        }
        debug_assert!(floor.source != Source::Nothing);
        self.orders.insert(live);
    }
}
