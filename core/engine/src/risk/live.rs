//! Live orders as the gate counts them: from the moment of approval, acknowledged or not.

use crate::present;
use royale_model::{ExecType, ExecutionReport, InstrumentId, Order, OrderId, Qty, Side};

/// An order that may still fill.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: OrderId,
    instrument: InstrumentId,
    side: Side,
    remaining: Qty,
}

/// The live orders of one account. Fixed capacity.
#[derive(Debug)]
pub(super) struct LiveOrders {
    orders: Vec<Live>,
    capacity: usize,
}

impl LiveOrders {
    pub(super) fn new(capacity: usize) -> Self {
        let (id, instrument) = (OrderId::NONE, InstrumentId::NONE);
        let blank = Live { id, instrument, side: Side::Buy, remaining: Qty::ZERO };
        Self { orders: present::vec(capacity, blank), capacity }
    }
    pub(super) fn is_full(&self) -> bool {
        self.orders.len() >= self.capacity
    }
    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }
    pub(super) fn contains(&self, id: OrderId) -> bool {
        self.orders.iter().any(|live| live.id == id)
    }
    /// The caller looked at `is_full` first.
    pub(super) fn add(&mut self, order: &Order) {
        debug_assert!(!self.is_full());
        self.orders.push(Live {
            id: order.id,
            instrument: order.instrument,
            side: order.side,
            remaining: order.qty,
        });
    }
    /// Takes a report of this account in.
    pub(super) fn apply(&mut self, report: &ExecutionReport) {
        let Some(at) = self.orders.iter().position(|live| live.id == report.order) else {
            return;
        };
        if report.exec == ExecType::Trade {
            let live = &mut self.orders[at];
            live.remaining = live.remaining.saturating_sub(report.last_qty);
        }
        if report.is_final {
            self.orders.swap_remove(at);
        }
    }
    /// What the live orders of one side could still add.
    pub(super) fn pending(&self, instrument: InstrumentId, side: Side) -> Qty {
        self.orders
            .iter()
            .filter(|live| live.instrument == instrument && live.side == side)
            .fold(Qty::ZERO, |sum, live| sum.saturating_add(live.remaining))
    }
}
