//! The market's state: as a strategy sees it, and as the house is told, with its probability.

use std::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A state of the market.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Regime {
    /// Not classified.
    Unknown = 0,
    /// Drifting up.
    Bull = 1,
    /// Drifting down.
    Bear = 2,
    /// Going nowhere.
    Sideways = 3,
}

impl Regime {
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Bull => "bull",
            Self::Bear => "bear",
            Self::Sideways => "sideways",
        }
    }
}

/// The most probable state of the market and its probability, in 16 bits: the number of the regime
/// above, basis points below. Told by whoever shares out the house, stamped on every decision.
///
/// ```
/// use royale_model::{Regime, RegimeOdds};
/// let odds = RegimeOdds::new(Regime::Sideways, 6_200);
/// assert_eq!((odds.regime(), odds.bp()), (Regime::Sideways, 6_200));
/// assert_eq!(RegimeOdds::from_number(odds.number()), Some(odds));
/// assert_eq!(RegimeOdds::from_number(-1), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct RegimeOdds(u16);

impl RegimeOdds {
    /// Nobody has said.
    pub const UNKNOWN: Self = Self(0);
    /// Bits of the probability: 10,000 needs fourteen.
    const BP_BITS: u32 = 14;
    const WHOLE_BP: u16 = 10_000;

    /// A regime with a probability in basis points; more than certain is certain, and what is not
    /// classified has none.
    pub const fn new(regime: Regime, bp: u16) -> Self {
        let bp = if bp > Self::WHOLE_BP { Self::WHOLE_BP } else { bp };
        match regime {
            Regime::Unknown => Self::UNKNOWN,
            known => Self((known as u16) << Self::BP_BITS | bp),
        }
    }
    /// The regime.
    pub const fn regime(self) -> Regime {
        match self.0 >> Self::BP_BITS {
            1 => Regime::Bull,
            2 => Regime::Bear,
            3 => Regime::Sideways,
            _ => Regime::Unknown,
        }
    }
    /// Its probability, in basis points.
    pub const fn bp(self) -> u16 {
        self.0 & ((1 << Self::BP_BITS) - 1)
    }
    /// As a command carries it.
    pub const fn number(self) -> i64 {
        self.0 as i64
    }
    /// From a command; none for a number that is no regime with a probability.
    pub fn from_number(number: i64) -> Option<Self> {
        u16::try_from(number).ok().map(Self).filter(|odds| odds.is_sound())
    }
    /// False for bits that no [`Self::new`] makes.
    pub const fn is_sound(self) -> bool {
        Self::new(self.regime(), self.bp()).0 == self.0
    }
}

impl fmt::Display for RegimeOdds {
    /// `sideways 62.00 %`, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.regime() {
            Regime::Unknown => f.write_str(Regime::Unknown.name()),
            known => write!(f, "{} {}.{:02} %", known.name(), self.bp() / 100, self.bp() % 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_probability_is_no_regime() {
        for regime in [Regime::Bull, Regime::Bear, Regime::Sideways] {
            for bp in [0, 1, 3_333, 10_000] {
                let odds = RegimeOdds::new(regime, bp);
                assert!(odds.is_sound());
                assert_eq!((odds.regime(), odds.bp()), (regime, bp));
            }
        }
        assert_eq!(RegimeOdds::new(Regime::Unknown, 5_000), RegimeOdds::UNKNOWN);
        let sound = (0..=i64::from(u16::MAX)).filter_map(RegimeOdds::from_number).count();
        assert_eq!(sound, 1 + 3 * 10_001);
    }
}
