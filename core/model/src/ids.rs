//! Identities as types: an instrument id cannot be mistaken for a slot.

use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Place of an input in the one total order; the first input is 1.
pub type Seq = u64;

/// Index into the run's instrument table.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct InstrumentId(pub u32);

impl InstrumentId {
    /// No instrument: commands, timers, account-wide reports.
    pub const NONE: Self = Self(u32::MAX);

    /// As an index; [`InstrumentId::NONE`] indexes nothing.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a strategy slot.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct SlotId(pub u16);

impl SlotId {
    /// Slots are numbered below this.
    pub const LIMIT: u16 = 0x7fff;

    /// As an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whose money an order moves: the slot's shadow account, or its share of the house account.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Account(u16);

impl Account {
    const HOUSE_BIT: u16 = 0x8000;

    /// The shadow account of a slot: full size, scores the battle.
    #[inline]
    pub const fn shadow(slot: SlotId) -> Self {
        Self(slot.0 & !Self::HOUSE_BIT)
    }
    /// The house account, on behalf of a slot: scaled by its allocation.
    #[inline]
    pub const fn house(slot: SlotId) -> Self {
        Self(slot.0 | Self::HOUSE_BIT)
    }
    /// The slot whose decision it was.
    #[inline]
    pub const fn slot(self) -> SlotId {
        SlotId(self.0 & !Self::HOUSE_BIT)
    }
    /// True for the house account.
    #[inline]
    pub const fn is_house(self) -> bool {
        self.0 & Self::HOUSE_BIT != 0
    }
    /// The stored form.
    #[inline]
    pub const fn raw(self) -> u16 {
        self.0
    }
    /// From the stored form.
    #[inline]
    pub const fn from_raw(raw: u16) -> Self {
        Self(raw)
    }
}

/// Client order id (FIX `ClOrdID`): account and a count, so it does not depend on other slots.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct OrderId(u64);

impl OrderId {
    /// No order.
    pub const NONE: Self = Self(0);

    /// The `index`-th order (from 1) of an account.
    #[inline]
    pub const fn new(account: Account, index: u64) -> Self {
        Self(((account.0 as u64) << 48) | (index & 0xffff_ffff_ffff))
    }
    /// Whose order it is.
    #[inline]
    pub const fn account(self) -> Account {
        Account((self.0 >> 48) as u16)
    }
    /// The count within the account.
    #[inline]
    pub const fn index(self) -> u64 {
        self.0 & 0xffff_ffff_ffff
    }
    /// The same decision's order on the other account.
    #[inline]
    pub const fn on(self, account: Account) -> Self {
        Self::new(account, self.index())
    }
    /// The stored form.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }
    /// From the stored form.
    #[inline]
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
    /// Reads `S03-17` (shadow) or `H03-17` (house).
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_at_checked(1)?;
        let (slot, index) = rest.split_once('-')?;
        let slot = SlotId(slot.parse().ok().filter(|&n| n < SlotId::LIMIT)?);
        let index: u64 = index.parse().ok().filter(|&n| n < 1 << 48)?;
        match kind {
            "S" | "s" => Some(Self::new(Account::shadow(slot), index)),
            "H" | "h" => Some(Self::new(Account::house(slot), index)),
            _ => None,
        }
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.account().is_house() { 'H' } else { 'S' };
        write!(f, "{kind}{:02}-{}", self.account().slot().0, self.index())
    }
}

impl fmt::Debug for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where an instrument trades.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Venue {
    /// Made by us for a test or a simulation.
    Synthetic = 0,
    /// Kalshi event contracts.
    Kalshi = 1,
    /// Coinbase spot.
    Coinbase = 2,
    /// Binance spot.
    BinanceSpot = 3,
    /// Binance USD-margined futures.
    BinanceUsdm = 4,
    /// Binance coin-margined futures.
    BinanceCoinm = 5,
}

impl Venue {
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synthetic => "synthetic",
            Self::Kalshi => "kalshi",
            Self::Coinbase => "coinbase",
            Self::BinanceSpot => "binance-spot",
            Self::BinanceUsdm => "binance-usdm",
            Self::BinanceCoinm => "binance-coinm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_ids_read_back_as_they_print() {
        let id = OrderId::new(Account::house(SlotId(3)), 17);
        assert_eq!(id.to_string(), "H03-17");
        assert_eq!(OrderId::parse("H03-17"), Some(id));
        assert_eq!(OrderId::parse("S3-17"), Some(id.on(Account::shadow(SlotId(3)))));
        for bad in ["", "X03-1", "S-1", "S03", "S99999-1", "S03-281474976710656", "é1-1"] {
            assert_eq!(OrderId::parse(bad), None, "{bad}");
        }
    }
}
