//! The risk gate's answer to a decision: approved, or refused with the rule and its numbers.

use crate::ids::{InstrumentId, OrderId, Seq};
use crate::units::Nanos;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The rule that refused, or `Approved`. Numbers R… are those of `docs/reliability.md`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum RefusalCode {
    /// All rules passed.
    Approved = 0,
    /// R1: quantity not in (0, limit], or off the lot grid.
    OrderQty = 1,
    /// R2: |price × quantity × multiplier| above the limit, or not computable.
    OrderNotional = 2,
    /// R3: price off the tick grid, outside the collar, or no reference to compare with.
    PriceCollar = 3,
    /// R7: the worst case of position and live orders would pass the limit.
    Position = 4,
    /// R13: the instrument's data is too old or not there yet.
    StaleFeed = 5,
    /// R14: trading is halted.
    Halted = 6,
    /// R11: unknown, expired or settled instrument.
    NotTradable = 7,
    /// The house has no share for this slot, or the share rounds to nothing.
    NoAllocation = 8,
    /// A cancel names no live order of this slot.
    UnknownOrder = 9,
    /// The decision is malformed.
    Malformed = 10,
    /// The table of live orders is full.
    TooManyOrders = 11,
    /// R13: messages of the instrument are missing, and no snapshot has come since.
    FeedGap = 12,
}

impl RefusalCode {
    /// True when the decision asked for too much; the other rules look at circumstances that a
    /// strategy does not answer for.
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::OrderQty
                | Self::OrderNotional
                | Self::Position
                | Self::Malformed
                | Self::TooManyOrders
        )
    }
    /// A short name for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::OrderQty => "order-qty",
            Self::OrderNotional => "order-notional",
            Self::PriceCollar => "price-collar",
            Self::Position => "position",
            Self::StaleFeed => "stale-feed",
            Self::Halted => "halted",
            Self::NotTradable => "not-tradable",
            Self::NoAllocation => "no-allocation",
            Self::UnknownOrder => "unknown-order",
            Self::Malformed => "malformed",
            Self::TooManyOrders => "too-many-orders",
            Self::FeedGap => "feed-gap",
        }
    }
}

/// One answer for each decision and account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Verdict {
    /// The event that the decision answered.
    pub seq: Seq,
    /// Its time.
    pub time: Nanos,
    /// The order that the decision asked for; its account says whose money.
    pub order: OrderId,
    /// The number that the rule looked at, in 10⁻⁹: of a price, quantity, amount, count or share;
    /// nanoseconds for an age. 0 where the rule looks at no number.
    pub actual: i64,
    /// The limit that it was held against, same unit.
    pub limit: i64,
    /// What it is about.
    pub instrument: InstrumentId,
    /// Approved, or the first rule that refused.
    pub code: RefusalCode,
    _pad: [u8; 19],
}

const _: () = assert!(size_of::<Verdict>() == 64);

impl Verdict {
    /// A verdict; `actual` and `limit` are 0 for an approval.
    pub fn new(
        seq: Seq,
        time: Nanos,
        order: OrderId,
        instrument: InstrumentId,
        code: RefusalCode,
        actual: i64,
        limit: i64,
    ) -> Self {
        Self { seq, time, order, actual, limit, instrument, code, _pad: [0; 19] }
    }
    /// True when all rules passed.
    #[inline]
    pub fn is_approved(&self) -> bool {
        self.code == RefusalCode::Approved
    }
}
