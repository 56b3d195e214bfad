//! Orders in FIX's vocabulary: NewOrderSingle and OrderCancelRequest, ExecType, OrdStatus.

use crate::book_side::Side;
use crate::ids::{InstrumentId, OrderId, Seq};
use crate::units::{Nanos, Price, Qty};
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// FIX tag 40.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum OrdType {
    /// At whatever price the book gives.
    Market = 1,
    /// At the price or better.
    Limit = 2,
}

/// FIX tag 59.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum TimeInForce {
    /// Rests until cancelled.
    GoodTillCancel = 1,
    /// What cannot fill at once is cancelled.
    ImmediateOrCancel = 3,
    /// All at once or nothing.
    FillOrKill = 4,
    /// Good till cancel that must not cross on arrival (FIX: ExecInst 6).
    PostOnly = 6,
}

/// FIX tag 150: what a report is about.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum ExecType {
    /// The venue has the order.
    New = 1,
    /// A fill.
    Trade = 2,
    /// Cancelled, by request or because nothing was left to do (IOC).
    Canceled = 3,
    /// The venue refused the order.
    Rejected = 4,
    /// The instrument stopped trading.
    Expired = 5,
    /// A cancel request came too late or named no live order; the order is as it was.
    CancelRejected = 6,
}

impl ExecType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Trade,
        Self::Canceled,
        Self::Rejected,
        Self::Expired,
        Self::CancelRejected,
    ];

    /// From the stored byte; a foreign byte reads as `Rejected` (and fails the event's `check`).
    #[inline]
    pub(crate) fn from_code(code: u8) -> Self {
        Self::try_read_from_bytes(&[code]).unwrap_or(Self::Rejected)
    }
}

/// FIX tags 103 and 102: why a venue refused an order or a cancel.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum RejectReason {
    /// It did not.
    None = 0,
    /// A post-only order would have taken liquidity.
    PostOnlyWouldCross = 1,
    /// The instrument does not trade (closed, settled, or its book is void).
    NotTradable = 2,
    /// No live order of that id.
    UnknownOrder = 3,
    /// Price or quantity off the venue's grid or range.
    OffGrid = 4,
    /// The venue's table of orders is full.
    TooManyOrders = 5,
    /// Our own risk gate refused it; it never left.
    RiskRefused = 6,
    /// It asked our own risk gate for more than a limit allows; it never left.
    RiskLimit = 7,
}

impl RejectReason {
    /// True for the word of our own gate, which no venue has heard of.
    #[inline]
    pub fn is_our_own(self) -> bool {
        matches!(self, Self::RiskRefused | Self::RiskLimit)
    }
    /// From the stored byte; a foreign byte reads as `None` (and fails the event's `check`).
    #[inline]
    pub(crate) fn from_code(code: u8) -> Self {
        Self::try_read_from_bytes(&[code]).unwrap_or(Self::None)
    }
}

/// FIX tag 39: where an order stands.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum OrdStatus {
    /// Sent, not acknowledged.
    PendingNew = 1,
    /// Live.
    New = 2,
    /// Live, some of it filled.
    PartiallyFilled = 3,
    /// Live, a cancel is under way.
    PendingCancel = 4,
    /// Dead: all of it filled.
    Filled = 5,
    /// Dead: cancelled.
    Canceled = 6,
    /// Dead: refused.
    Rejected = 7,
    /// Dead: the instrument stopped trading.
    Expired = 8,
}

impl OrdStatus {
    /// True when nothing more can happen to the order.
    #[inline]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Filled | Self::Canceled | Self::Rejected | Self::Expired)
    }

    /// Where a report leads from here: `None` for a report that makes no sense in this state.
    /// `is_final` is the report's own word that nothing is left of the order.
    pub const fn after(self, exec: ExecType, is_final: bool) -> Option<Self> {
        if self.is_final() {
            return None;
        }
        match (exec, self, is_final) {
            (ExecType::New, Self::PendingNew, false) => Some(Self::New),
            // A cancel may overtake the acknowledgement: the order stays as it was.
            (ExecType::New, Self::PendingCancel, false) => Some(Self::PendingCancel),
            (ExecType::Trade, _, true) => Some(Self::Filled),
            (ExecType::Trade, Self::PendingCancel, false) => Some(Self::PendingCancel),
            (ExecType::Trade, _, false) => Some(Self::PartiallyFilled),
            (ExecType::Canceled, _, true) => Some(Self::Canceled),
            (ExecType::Rejected, Self::PendingNew | Self::PendingCancel, true) => {
                Some(Self::Rejected)
            }
            (ExecType::Expired, _, true) => Some(Self::Expired),
            (ExecType::CancelRejected, Self::PendingCancel, false) => Some(Self::New),
            _ => None,
        }
    }
}

/// What goes to a venue: a new order, or a request to cancel one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Order {
    /// The event that it answers.
    pub seq: Seq,
    /// When it was decided.
    pub time: Nanos,
    /// The new order's id, or the id of the order to cancel.
    pub id: OrderId,
    /// Limit price; for a market order the worst acceptable price (the collar's bound).
    pub price: Price,
    /// Quantity, above zero; 0 in a cancel request.
    pub qty: Qty,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// 1 for a cancel request, 0 for a new order.
    is_cancel: u8,
    _pad: [u8; 16],
}

const _: () = assert!(size_of::<Order>() == 64);

impl Order {
    /// A NewOrderSingle.
    #[expect(clippy::too_many_arguments, reason = "a plain record; every field is a newtype")]
    pub fn new_single(
        seq: Seq,
        time: Nanos,
        id: OrderId,
        instrument: InstrumentId,
        side: Side,
        ord_type: OrdType,
        time_in_force: TimeInForce,
        price: Price,
        qty: Qty,
    ) -> Self {
        Self {
            seq,
            time,
            id,
            price,
            qty,
            instrument,
            side,
            ord_type,
            time_in_force,
            is_cancel: 0,
            _pad: [0; 16],
        }
    }

    /// An OrderCancelRequest for an order of this side.
    pub const fn cancel(
        seq: Seq,
        time: Nanos,
        id: OrderId,
        instrument: InstrumentId,
        side: Side,
    ) -> Self {
        Self {
            seq,
            time,
            id,
            price: Price::ZERO,
            qty: Qty::ZERO,
            instrument,
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillCancel,
            is_cancel: 1,
            _pad: [0; 16],
        }
    }

    /// True for an OrderCancelRequest.
    #[inline]
    pub fn is_cancel(&self) -> bool {
        self.is_cancel != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_orders_stay_dead() {
        for dead in
            [OrdStatus::Filled, OrdStatus::Canceled, OrdStatus::Rejected, OrdStatus::Expired]
        {
            for exec in ExecType::ALL {
                assert_eq!(dead.after(exec, true), None);
                assert_eq!(dead.after(exec, false), None);
            }
        }
    }

    #[test]
    fn a_life_in_reports() {
        let mut status = OrdStatus::PendingNew;
        for (exec, is_final, expected) in [
            (ExecType::New, false, OrdStatus::New),
            (ExecType::Trade, false, OrdStatus::PartiallyFilled),
            (ExecType::Trade, true, OrdStatus::Filled),
        ] {
            status = status.after(exec, is_final).unwrap();
            assert_eq!(status, expected);
        }
        assert_eq!(OrdStatus::New.after(ExecType::New, false), None, "a second ack is illegal");
        assert_eq!(OrdStatus::New.after(ExecType::Rejected, true), None, "too late to reject");
        let filled_in_flight = OrdStatus::PendingCancel.after(ExecType::Trade, true);
        assert_eq!(filled_in_flight, Some(OrdStatus::Filled), "a fill beats a cancel in flight");
    }
}
