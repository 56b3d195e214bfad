//! Where every live order stands: each report moves its order along FIX's states, or is illegal.

use crate::order_map::OrderMap;
use royale_model::{ExecType, ExecutionReport, Nanos, OrdStatus, Order, OrderId};

/// The live orders of all accounts. Fixed capacity; dead orders leave.
#[derive(Debug)]
pub struct OrderStates {
    live: OrderMap<Live>,
    capacity: usize,
    illegal: u64,
    untracked: u64,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    status: OrdStatus,
    /// When it was sent, until its first report.
    unanswered: Option<Nanos>,
}

impl OrderStates {
    /// Room for `capacity` live orders.
    pub fn with_capacity(capacity: usize) -> Self {
        let blank = Live { status: OrdStatus::PendingNew, unanswered: None };
        Self { live: OrderMap::new(capacity, blank), capacity, illegal: 0, untracked: 0 }
    }
    /// An order or a cancel request goes out.
    pub fn sent(&mut self, order: &Order) {
        if order.is_cancel() {
            if let Some(live) = self.live.get_mut(order.id) {
                live.status = OrdStatus::PendingCancel;
            }
        } else if self.live.len() < self.capacity {
            let live = Live { status: OrdStatus::PendingNew, unanswered: Some(order.time) };
            self.live.insert(order.id, live);
        } else {
            self.untracked += 1;
        }
    }
    /// A report comes back; if it is its order's first, says when the order was sent. Illegal ones
    /// are counted and change nothing.
    pub fn apply(&mut self, report: &ExecutionReport) -> Option<Nanos> {
        let Some(live) = self.live.get_mut(report.order) else {
            // A cancel that came too late is answered after its order's last report.
            self.illegal += u64::from(report.exec != ExecType::CancelRejected);
            return None;
        };
        let Some(next) = live.status.after(report.exec, report.is_final) else {
            self.illegal += 1;
            return None;
        };
        live.status = next;
        let sent = live.unanswered.take();
        if next.is_final() {
            self.live.remove(report.order);
        }
        sent
    }
    /// Where an order stands; `None` once it is dead or if it never lived.
    pub fn status(&self, id: OrderId) -> Option<OrdStatus> {
        self.live.get(id).map(|live| live.status)
    }
    /// Orders that may still fill.
    pub fn live(&self) -> usize {
        self.live.len()
    }
    /// Reports that made no sense.
    pub fn illegal(&self) -> u64 {
        self.illegal
    }
    /// Orders that did not fit.
    pub fn untracked(&self) -> u64 {
        self.untracked
    }
}
