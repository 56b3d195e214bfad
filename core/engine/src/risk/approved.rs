//! An order that passed every rule: a type that only the gate can construct.

use royale_model::Order;

/// Proof that the gate approved an order; venues accept nothing else.
#[derive(Clone, Copy, Debug)]
pub struct ApprovedOrder(Order);

impl ApprovedOrder {
    /// For the gate alone.
    #[inline]
    pub(super) fn new(order: Order) -> Self {
        Self(order)
    }
    /// For the link alone: one that went into a ring comes out of it.
    pub(crate) fn carried(order: Order) -> Self {
        Self(order)
    }
    /// The order.
    #[inline]
    pub fn order(&self) -> &Order {
        &self.0
    }
}
