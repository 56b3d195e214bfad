//! The two sides of a market.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Side of an order or of a book level: FIX tag 54, where a bid is `Buy`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Side {
    /// Bids; raises the position.
    Buy = 1,
    /// Offers; lowers the position.
    Sell = 2,
}

impl Side {
    /// The other side.
    #[inline]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
    /// +1 for `Buy`, −1 for `Sell`.
    #[inline]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
    /// `buy` or `sell`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}
