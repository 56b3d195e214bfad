//! Where every live order stands: each report moves its order along FIX's states, or is illegal.

use royale_model::{ExecType, ExecutionReport, OrdStatus, Order, OrderId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The live orders of all accounts. Fixed capacity; dead orders leave.
#[derive(Debug)]
pub struct OrderStates {
    live: HashMap<OrderId, OrdStatus, BuildHasherDefault<IdHasher>>,
    capacity: usize,
    illegal: u64,
    untracked: u64,
}

impl OrderStates {
    /// Room for `capacity` live orders.
    pub fn with_capacity(capacity: usize) -> Self {
        // Twice the room: a table that is never more than half full does not grow; it may still sort
        // itself anew in place, without allocating.
        let live = HashMap::with_capacity_and_hasher(capacity * 2, BuildHasherDefault::default());
        Self { live, capacity, illegal: 0, untracked: 0 }
    }
    /// An order or a cancel request goes out.
    pub fn sent(&mut self, order: &Order) {
        if order.is_cancel() {
            if let Some(status) = self.live.get_mut(&order.id) {
                *status = OrdStatus::PendingCancel;
            }
        } else if self.live.len() < self.capacity {
            self.live.insert(order.id, OrdStatus::PendingNew);
        } else {
            self.untracked += 1;
        }
    }
    /// A report comes back. Illegal ones are counted and change nothing.
    pub fn apply(&mut self, report: &ExecutionReport) {
        let Some(status) = self.live.get_mut(&report.order) else {
            // A cancel that came too late is answered after its order's last report.
            self.illegal += u64::from(report.exec != ExecType::CancelRejected);
            return;
        };
        match status.after(report.exec, report.is_final) {
            Some(next) if next.is_final() => {
                self.live.remove(&report.order);
            }
            Some(next) => *status = next,
            None => self.illegal += 1,
        }
    }
    /// Where an order stands; `None` once it is dead or if it never lived.
    pub fn status(&self, id: OrderId) -> Option<OrdStatus> {
        self.live.get(&id).copied()
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

/// Order ids are small dense numbers of ours: one multiplication spreads them well enough.
#[derive(Debug, Default, Clone, Copy)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        // Fibonacci hashing: 2⁶⁴ divided by the golden ratio.
        self.0 = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }
}
