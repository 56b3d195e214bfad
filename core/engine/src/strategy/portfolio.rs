//! What a slot knows of its own orders and positions, from its execution reports alone.

use crate::present;
use royale_model::{
    Account, Action, Body, Decision, Event, ExecType, InstrumentId, Nanos, Notional, OrderId,
    Price, Qty, Side,
};

/// Orders of one slot that have no last report yet, refused ones included. At this number a slot
/// must wait for answers before it may ask for more: what it can set off in one round trip is
/// bounded, also by a strategy that answers every answer.
pub const OPEN_ORDERS_MAX: usize = 128;

/// New orders and abstentions that a slot may voice in a second of event time, lastingly …
pub const DECISIONS_PER_SECOND: i64 = 100;
/// … and at once, after a silence. Cancels are free: calling back must always be possible.
pub const DECISIONS_AT_ONCE: i64 = 256;

/// What one decision costs of the allowance, which grows by a nanosecond each nanosecond.
const DECISION_COST: i64 = 1_000_000_000 / DECISIONS_PER_SECOND;

/// A live order of the slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenOrder {
    /// Its id.
    pub id: OrderId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Limit price.
    pub price: Price,
    /// What is not filled yet.
    pub remaining: Qty,
    /// When it was decided.
    pub sent_at: Nanos,
    /// True once the venue has it.
    pub acknowledged: bool,
    /// True once a cancel was asked for.
    pub cancel_sent: bool,
}

#[derive(Clone, Copy, Default, Debug)]
struct Holding {
    qty: Qty,
    /// Price × quantity of the open position, unsigned, without multiplier.
    cost: Notional,
    settled: bool,
}

/// How far a slot had come with its orders and its allowance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    last_order: u64,
    allowance: i64,
    allowed_at: Nanos,
}

/// Orders and positions of one slot's shadow account.
#[derive(Debug)]
pub struct Portfolio {
    holdings: Vec<Holding>,
    orders: Vec<OpenOrder>,
    last_order: u64,
    allowance: i64,
    allowed_at: Nanos,
}

impl Portfolio {
    /// Nothing held, for a table of `instruments` instruments.
    pub fn new(instruments: usize) -> Self {
        let blank = OpenOrder {
            id: OrderId::NONE,
            instrument: InstrumentId::NONE,
            side: Side::Buy,
            price: Price::ZERO,
            remaining: Qty::ZERO,
            sent_at: Nanos::ZERO,
            acknowledged: false,
            cancel_sent: false,
        };
        Self {
            holdings: vec![Holding::default(); instruments],
            orders: present::vec(OPEN_ORDERS_MAX, blank),
            last_order: 0,
            allowance: DECISION_COST * DECISIONS_AT_ONCE,
            allowed_at: Nanos::MIN,
        }
    }
    /// Signed position.
    pub fn position(&self, id: InstrumentId) -> Qty {
        self.holdings.get(id.index()).map_or(Qty::ZERO, |holding| holding.qty)
    }
    /// Average entry price; zero when flat.
    pub fn entry_price(&self, id: InstrumentId) -> Price {
        let Some(holding) = self.holdings.get(id.index()) else { return Price::ZERO };
        let qty = i128::from(holding.qty.raw().unsigned_abs());
        if qty == 0 {
            return Price::ZERO;
        }
        Price::from_raw(i64::try_from(holding.cost.raw() / qty).unwrap_or(i64::MAX))
    }
    /// Position if every live order of this side filled.
    pub fn worst_position(&self, id: InstrumentId, side: Side) -> Qty {
        self.orders.iter().filter(|order| order.instrument == id && order.side == side).fold(
            self.position(id),
            |sum, order| match side {
                Side::Buy => sum.saturating_add(order.remaining),
                Side::Sell => sum.saturating_sub(order.remaining),
            },
        )
    }
    /// Live orders, oldest first.
    pub fn open_orders(&self) -> &[OpenOrder] {
        &self.orders
    }
    /// A live order.
    pub fn find(&self, id: OrderId) -> Option<OpenOrder> {
        self.orders.iter().find(|order| order.id == id).copied()
    }
    pub(super) fn next_order_id(&self, account: Account) -> OrderId {
        OrderId::new(account, self.last_order + 1)
    }
    /// Takes one decision off the allowance; false when it is used up (a token bucket).
    pub(super) fn afford(&mut self, now: Nanos) -> bool {
        let grown = self.allowance.saturating_add(now.since(self.allowed_at).raw().max(0));
        self.allowance = grown.min(DECISION_COST * DECISIONS_AT_ONCE);
        self.allowed_at = now;
        let affordable = self.allowance >= DECISION_COST;
        if affordable {
            self.allowance -= DECISION_COST;
        }
        affordable
    }
    pub(super) fn is_full(&self) -> bool {
        self.orders.len() >= OPEN_ORDERS_MAX
    }
    /// The caller looked at `is_full` first.
    pub(super) fn sent(&mut self, order: OpenOrder) {
        debug_assert!(!self.is_full());
        self.last_order += 1;
        self.orders.push(order);
    }
    pub(super) fn cancel_sent(&mut self, id: OrderId) {
        if let Some(order) = self.orders.iter_mut().find(|order| order.id == id) {
            order.cancel_sent = true;
        }
    }

    /// What [`Portfolio::rewind`] needs to go back to.
    pub(super) fn mark(&self) -> Mark {
        let Self { last_order, allowance, allowed_at, .. } = *self;
        Mark { last_order, allowance, allowed_at }
    }
    /// Undoes what was decided since the mark, as if it had never been thought of.
    pub(super) fn rewind(&mut self, mark: Mark, decisions: &[Decision]) {
        self.take_back(decisions);
        Mark {
            last_order: self.last_order,
            allowance: self.allowance,
            allowed_at: self.allowed_at,
        } = mark;
    }
    /// Number of the last order that was asked for.
    pub(super) fn last_order(&self) -> u64 {
        self.last_order
    }

    /// Takes back what was decided and will not go out: its orders never were, its cancels neither.
    pub(super) fn take_back(&mut self, decisions: &[Decision]) {
        for decision in decisions {
            match decision.action {
                Action::Submit => self.orders.retain(|order| order.id != decision.order),
                Action::Cancel => {
                    if let Some(order) = self.orders.iter_mut().find(|o| o.id == decision.order) {
                        order.cancel_sent = false;
                    }
                }
                Action::Abstain => {}
            }
        }
    }

    /// Takes in a settlement, or a report of this slot's shadow account (the caller sees to that).
    pub fn apply(&mut self, event: &Event) {
        match event.body() {
            Body::ExecutionReport(report) => {
                let at = self.orders.iter().position(|order| order.id == report.order);
                match report.exec {
                    ExecType::New => {
                        if let Some(order) = at.and_then(|at| self.orders.get_mut(at)) {
                            order.acknowledged = true;
                        }
                    }
                    ExecType::Trade => {
                        if let Some(order) = at.and_then(|at| self.orders.get_mut(at)) {
                            order.remaining = order.remaining.saturating_sub(report.last_qty);
                        }
                        let (price, qty) = (report.last_price, report.last_qty);
                        self.fill(event.instrument(), report.side, price, qty);
                    }
                    ExecType::CancelRejected => {
                        if let Some(order) = at.and_then(|at| self.orders.get_mut(at)) {
                            order.cancel_sent = false;
                        }
                    }
                    ExecType::Canceled | ExecType::Rejected | ExecType::Expired => {}
                }
                if let Some(at) = at.filter(|_| report.is_final) {
                    self.orders.remove(at);
                }
            }
            Body::Settlement(_) => {
                if let Some(holding) = self.holdings.get_mut(event.instrument().index()) {
                    *holding = Holding { settled: true, ..Holding::default() };
                }
            }
            _ => {}
        }
    }

    fn fill(&mut self, id: InstrumentId, side: Side, price: Price, qty: Qty) {
        let Some(holding) = self.holdings.get_mut(id.index()) else { return };
        if holding.settled {
            // Made before the settlement and heard of after it: paid out already.
            return;
        }
        let signed = Qty::from_raw(qty.raw().saturating_mul(side.sign()));
        let before = holding.qty;
        let after = before.saturating_add(signed);
        let value = |qty: Qty| Notional::of(price, qty.abs(), Qty::ONE).unwrap_or(Notional::ZERO);
        holding.cost = if before.is_zero() || (before.raw() > 0) == (signed.raw() > 0) {
            holding.cost.checked_add(value(signed)).unwrap_or(holding.cost)
        } else if after.is_zero() {
            Notional::ZERO
        } else if (after.raw() > 0) == (before.raw() > 0) {
            // Reduced: the rest keeps its average price.
            let (left, was) = (after.abs().raw(), before.abs().raw());
            holding.cost.mul_div(left, was).unwrap_or(Notional::ZERO)
        } else {
            value(after)
        };
        holding.qty = after;
    }
}
