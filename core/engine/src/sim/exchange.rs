//! The exchange inside the simulated venue: what it owns, and how it speaks.
//!
//! Owns the live orders, what was taken, and which instruments can be traded; books and quotes are
//! the market's that its caller shows it. It knows the venue's time only: an order is *here now*, an event
//! happens *now*. Must never know when we see anything but as the two times that its caller hands
//! it. `arrive` matches what comes, `market` what rests; `venue` calls both.

use super::floor::Floor;
use super::orders::{Live, OrderTable};
use super::outbox::Outbox;
use super::parameters::{FillModel, QueueModel, SimParameters};
use super::taken::Taken;
use crate::present;
use royale_model::{
    Account, ExecType, ExecutionReport, Instrument, Liquidity, Nanos, Order, Price, Qty,
    RejectReason, SlotId,
};

/// The moment at which something happens at the venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The venue's time.
    pub(super) now: Nanos,
    /// When we see the last market data that the venue published until now: no report overtakes.
    pub(super) published: Nanos,
}

impl Moment {
    /// When a report that is made now reaches us.
    pub(super) fn report_time(&self, response: Nanos) -> Nanos {
        self.now.plus(response).max(self.published)
    }
}

/// Orders and reports.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) floors: Vec<Floor>,
    pub(super) orders: OrderTable,
    pub(super) taken: Taken,
    pub(super) outbox: Outbox,
    pub(super) shares: Shares,
    pub(super) queue: QueueModel,
    pub(super) fill: FillModel,
    pub(super) consume_liquidity: bool,
    pub(super) print_slippage_ticks: u32,
    pub(super) print_liquidity: Qty,
    /// No live order's instrument expires before this.
    pub(super) next_expiry: Nanos,
    pub(super) duplicates: u64,
    pub(super) fees_unknown: u64,
}

impl Exchange {
    pub(super) fn new(instruments: &[Instrument], parameters: &SimParameters) -> Self {
        let orders_max = parameters.orders_max.max(1);
        Self {
            floors: instruments.iter().map(Floor::new).collect(),
            orders: OrderTable::new(instruments.len(), orders_max),
            taken: Taken::new(instruments.len()),
            outbox: Outbox::new(orders_max.saturating_mul(8).saturating_add(4_096)),
            shares: Shares::new(orders_max),
            queue: parameters.queue,
            fill: parameters.fill,
            consume_liquidity: parameters.consume_liquidity,
            print_slippage_ticks: parameters.print_slippage_ticks,
            print_liquidity: parameters.print_liquidity,
            next_expiry: Nanos::MAX,
            duplicates: 0,
            fees_unknown: 0,
        }
    }

    /// True when no order lives, and no report waits or is out unanswered.
    pub(super) fn is_idle(&mut self) -> bool {
        if self.orders.len() > 0 {
            return false;
        }
        // Of no order is there nothing to expire.
        self.next_expiry = Nanos::MAX;
        self.outbox.is_quiet()
    }

    /// Reports a fill and takes it off the order. The caller removes a live order that is done.
    pub(super) fn fill(
        &mut self,
        live: &mut Live,
        price: Price,
        qty: Qty,
        liquidity: Liquidity,
        moment: Moment,
    ) {
        live.leaves = live.leaves.saturating_sub(qty);
        let instrument = &self.floors[live.instrument.index()].instrument;
        // `arrive` has refused what would overflow at the limit price; a fill far better than the
        // limit still could. It is then free of charge, and counted.
        let fee = instrument.fee(price, qty, liquidity).unwrap_or_else(|| {
            self.fees_unknown += 1;
            0
        });
        let report = ExecutionReport {
            order: live.id,
            exec: ExecType::Trade,
            side: live.side,
            is_final: !live.leaves.is_positive(),
            liquidity,
            last_price: price,
            last_qty: qty,
            fee,
            reject: RejectReason::None,
        };
        let time = moment.report_time(live.response);
        self.outbox.push(time, moment.now, live.instrument, report);
    }

    /// Reports something that is not a fill: `last_qty` says what is left on the order.
    pub(super) fn tell(&mut self, live: &Live, exec: ExecType, moment: Moment) {
        let is_final = !matches!(exec, ExecType::New | ExecType::CancelRejected);
        self.say(live, exec, is_final, RejectReason::None, moment);
    }

    /// Reports that an order, or a cancel request, was refused.
    pub(super) fn refuse(
        &mut self,
        order: &Order,
        reason: RejectReason,
        response: Nanos,
        moment: Moment,
    ) {
        let exec = if order.is_cancel() { ExecType::CancelRejected } else { ExecType::Rejected };
        let live = Live::new(order, response);
        self.say(&live, exec, !order.is_cancel(), reason, moment);
    }

    fn say(
        &mut self,
        live: &Live,
        exec: ExecType,
        is_final: bool,
        reject: RejectReason,
        moment: Moment,
    ) {
        let report = ExecutionReport {
            order: live.id,
            exec,
            side: live.side,
            is_final,
            liquidity: Liquidity::Taker,
            last_price: Price::ZERO,
            last_qty: live.leaves,
            fee: 0,
            reject,
        };
        let time = moment.report_time(live.response);
        self.outbox.push(time, moment.now, live.instrument, report);
    }

    /// Ends a live order with a report. Returns the place behind it.
    pub(super) fn end(&mut self, place: u32, exec: ExecType, moment: Moment) -> u32 {
        let live = *self.orders.get(place);
        self.tell(&live, exec, moment);
        self.orders.remove(place)
    }

    /// Fills a live order as maker at its limit. Returns the place behind it.
    pub(super) fn fill_resting(&mut self, place: u32, qty: Qty, moment: Moment) -> u32 {
        let mut live = *self.orders.get(place);
        let price = live.price;
        self.fill(&mut live, price, qty, Liquidity::Maker, moment);
        if !live.leaves.is_positive() {
            return self.orders.remove(place);
        }
        *self.orders.get_mut(place) = live;
        self.orders.next(place)
    }
}

/// How much of one print each account has had: its orders share the print, accounts do not.
#[derive(Debug)]
pub(super) struct Shares {
    accounts: Vec<Share>,
}

#[derive(Clone, Copy, Debug)]
struct Share {
    account: Account,
    of_print: Qty,
    /// Part of it that its orders at the print's own price have had.
    at_price: Qty,
}

impl Shares {
    fn new(orders_max: usize) -> Self {
        // Each entry has had a fill of this print, so there are no more of them than orders.
        let blank =
            Share { account: Account::shadow(SlotId(0)), of_print: Qty::ZERO, at_price: Qty::ZERO };
        Self { accounts: present::vec(orders_max, blank) }
    }
    /// A new print.
    pub(super) fn clear(&mut self) {
        self.accounts.clear();
    }
    /// What the account has had of the print, and of it at the print's own price.
    pub(super) fn of(&self, account: Account) -> (Qty, Qty) {
        let found = self.accounts.iter().find(|share| share.account == account);
        found.map_or((Qty::ZERO, Qty::ZERO), |share| (share.of_print, share.at_price))
    }
    /// Notes a fill.
    pub(super) fn add(&mut self, account: Account, qty: Qty, at_price: bool) {
        let own = if at_price { qty } else { Qty::ZERO };
        match self.accounts.iter_mut().find(|share| share.account == account) {
            Some(share) => {
                share.of_print = share.of_print.saturating_add(qty);
                share.at_price = share.at_price.saturating_add(own);
            }
            None => self.accounts.push(Share { account, of_print: qty, at_price: own }),
        }
    }
}
