//! What the reference does with orders and cancel requests that arrive.

use super::{Knows, Open, Past, Reference, Took, beats, stays};
use royale_model::{ExecType, Liquidity, OrdType, Order, RejectReason, Side, TimeInForce};

impl Reference<'_> {
    pub(super) fn cancel(&mut self, order: &Order) {
        match self.open.iter().position(|open| open.order.id == order.id) {
            Some(at) => {
                let open = self.open.remove(at);
                self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
            }
            None => self.say(order, ExecType::CancelRejected, 0, RejectReason::UnknownOrder),
        }
    }

    pub(super) fn arrives(&mut self, order: &Order) {
        let at = order.instrument.index();
        let place = &self.places[at];
        let (price, qty) = (order.price.raw(), order.qty.raw());
        let opposite = place.ladder(order.side.opposite());
        let limit_order = order.ord_type == OrdType::Limit;
        let would_take = |p: i64| !beats(order.side, p, price);
        let closed = place.settled || place.void || place.expired(self.now);
        let refused = if closed || place.knows == Knows::Nothing {
            RejectReason::NotTradable
        } else if qty <= 0
            || qty % place.instrument.lot.raw() != 0
            || (limit_order && (price <= 0 || price % place.instrument.tick.raw() != 0))
        {
            RejectReason::OffGrid
        } else if self.open.len() == self.parameters.orders_max {
            RejectReason::TooManyOrders
        } else if limit_order
            && order.time_in_force == TimeInForce::PostOnly
            && opposite.first().is_some_and(|level| would_take(level.0))
        {
            RejectReason::PostOnlyWouldCross
        } else {
            RejectReason::None
        };
        if refused != RejectReason::None {
            self.say(order, ExecType::Rejected, qty, refused);
            return;
        }
        self.say(order, ExecType::New, qty, RejectReason::None);
        let place = &self.places[at];
        let joined = place.past.len();
        let mut open = Open { order: *order, leaves: qty, ahead: 0, joined, fresh: false };
        if place.knows == Knows::Prints {
            open.fresh = !limit_order || order.time_in_force != TimeInForce::PostOnly;
            self.open.push(open);
            return;
        }
        let account = order.id.account().raw();
        if self.partial() {
            let mut plan = Vec::new();
            let mut missing = qty;
            for (p, recorded) in opposite {
                let had = self.had(account, at, order.side.opposite(), p);
                let lot = self.places[at].instrument.lot.raw();
                let here = ((recorded - had).max(0) / lot * lot).min(missing);
                if would_take(p) && here > 0 {
                    plan.push((p, here));
                    missing -= here;
                }
            }
            if order.time_in_force != TimeInForce::FillOrKill || missing == 0 {
                for (p, here) in plan {
                    let side = order.side.opposite();
                    let when = self.places[at].past.len();
                    self.took.push(Took {
                        account,
                        instrument: at,
                        side,
                        price: p,
                        qty: here,
                        when,
                    });
                    self.fills(&mut open, p, here, Liquidity::Taker);
                }
            }
        } else if let Some(&(p, _)) = opposite.first().filter(|level| would_take(level.0)) {
            self.fills(&mut open, p, qty, Liquidity::Taker);
        }
        if open.leaves == 0 {
            return;
        }
        if stays(order) {
            let place = &mut self.places[at];
            let own = place.ladder(order.side);
            let hidden = place.knows == Knows::Quotes
                && own.first().is_none_or(|best| beats(order.side, best.0, price));
            let level = own.iter().find(|level| level.0 == price).map_or(0, |level| level.1);
            open.ahead = if hidden { i64::MAX } else { level };
            self.open.push(open);
        } else {
            self.say(order, ExecType::Canceled, open.leaves, RejectReason::None);
        }
    }

    /// What the account took of this level since it last changed.
    fn had(&self, account: u16, instrument: usize, side: Side, price: i64) -> i64 {
        if !self.parameters.consume_liquidity {
            return 0;
        }
        let past = &self.places[instrument].past;
        let changed = past.iter().rposition(|past| match *past {
            Past::Level { side: s, price: p, before, after } => {
                s == side && p == price && before != after
            }
            Past::Emptied | Past::Enriched => true,
            Past::Quoted { .. } | Past::Traded { .. } => false,
        });
        let own = self.took.iter().filter(|took| {
            took.account == account
                && took.instrument == instrument
                && took.side == side
                && took.price == price
                && changed.is_none_or(|changed| took.when > changed)
        });
        own.map(|took| took.qty).sum()
    }
}
