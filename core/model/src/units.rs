//! Units as types: `Price`, `Qty`, `Notional`, `Nanos`. Integers with a unit, never floats.
//!
//! Arithmetic is checked: an operation that could leave the range returns `Option`. A float leaves
//! through `to_f64` (signals and pictures only) and enters through `from_f64_on_grid`, at one door.

use crate::decimal::{self, ParseDecimalError, SCALE};
use core::fmt;
use core::str::FromStr;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            FromBytes, IntoBytes, Immutable, KnownLayout,
        )]
        #[repr(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);
            /// One whole unit.
            pub const ONE: Self = Self(SCALE);
            /// The largest value.
            pub const MAX: Self = Self(i64::MAX);

            /// From a count of 10⁻⁹.
            #[inline]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }
            /// The count of 10⁻⁹.
            #[inline]
            pub const fn raw(self) -> i64 {
                self.0
            }
            /// From whole units; saturates outside ±9.2 × 10⁹.
            pub const fn from_int(whole: i64) -> Self {
                Self(whole.saturating_mul(SCALE))
            }
            /// Parses ASCII decimal text exactly.
            ///
            /// # Errors
            /// See [`ParseDecimalError`]: anything that is not exactly representable.
            pub fn parse(text: &[u8]) -> Result<Self, ParseDecimalError> {
                decimal::parse(text).map(Self)
            }
            /// Sum, or `None` on overflow.
            #[inline]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }
            /// Difference, or `None` on overflow.
            #[inline]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }
            /// Sum, held at the ends of the range.
            #[inline]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
            /// Difference, held at the ends of the range.
            #[inline]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
            /// The smaller of two.
            #[inline]
            pub const fn min(self, other: Self) -> Self {
                if self.0 < other.0 { self } else { other }
            }
            /// The larger of two.
            #[inline]
            pub const fn max(self, other: Self) -> Self {
                if self.0 > other.0 { self } else { other }
            }
            /// Magnitude; the most negative value becomes the largest.
            #[inline]
            pub const fn abs(self) -> Self {
                Self(self.0.saturating_abs())
            }
            /// True for exactly zero.
            #[inline]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
            /// True above zero.
            #[inline]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }
            /// For signals and pictures only; never for money or limits.
            #[inline]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / SCALE as f64
            }
            /// The door from signals: rounds down to a multiple of `grid`.
            /// `None` for a value that is not finite or out of range, and for a grid ≤ 0.
            pub fn from_f64_on_grid(value: f64, grid: Self) -> Option<Self> {
                let raw = value * SCALE as f64;
                let is_in_range = raw.abs() < i64::MAX as f64;
                if !is_in_range || grid.0 <= 0 {
                    return None;
                }
                // A value meant to lie on the grid may sit one ulp below it: round to 10⁻⁹ first, as
                // `round` does, which is a call where processors are not known to have it.
                let whole = raw as i64;
                let rest = raw - whole as f64;
                let nearest = whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5);
                Some(Self(nearest).floor_to(grid))
            }
            /// The largest multiple of `grid` that is ≤ self (self when `grid` ≤ 0).
            #[inline]
            pub const fn floor_to(self, grid: Self) -> Self {
                if grid.0 <= 0 {
                    return self;
                }
                let rest = self.0 % grid.0;
                let towards_zero = self.0 - rest;
                // Only below zero can this leave the range.
                Self(if rest < 0 { towards_zero.saturating_sub(grid.0) } else { towards_zero })
            }
            /// The smallest multiple of `grid` that is ≥ self (self when `grid` ≤ 0).
            #[inline]
            pub const fn ceil_to(self, grid: Self) -> Self {
                let down = self.floor_to(grid);
                if down.0 == self.0 { self } else { Self(down.0.saturating_add(grid.0)) }
            }
            /// True when self is a multiple of `grid`.
            #[inline]
            pub const fn is_on(self, grid: Self) -> bool {
                grid.0 > 0 && self.0 % grid.0 == 0
            }
        }

        impl core::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }

        impl FromStr for $name {
            type Err = ParseDecimalError;
            fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
                Self::parse(text.as_bytes())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::print(i128::from(self.0), 9, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

fixed_point! {
    /// A price: quote currency per unit, in 10⁻⁹. For event contracts, the probability 0…1.
    ///
    /// ```
    /// use royale_model::Price;
    /// let price: Price = "0.4800".parse().unwrap();
    /// assert_eq!((price.raw(), price.to_string().as_str()), (480_000_000, "0.48"));
    /// ```
    Price
}
fixed_point! {
    /// A quantity: contracts, shares or coins, in 10⁻⁹. Signed where it is a position.
    Qty
}

/// An amount of money in 10⁻¹⁸ of its currency: price × quantity is exact in it.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Notional(i128);

impl Notional {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// Units of 10⁻¹⁸ per one.
    pub const SCALE: i128 = (SCALE as i128) * (SCALE as i128);

    /// From a count of 10⁻¹⁸.
    #[inline]
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }
    /// The count of 10⁻¹⁸.
    #[inline]
    pub const fn raw(self) -> i128 {
        self.0
    }
    /// From whole currency units.
    pub const fn from_int(whole: i64) -> Self {
        Self(whole as i128 * Self::SCALE)
    }
    /// From an amount in 10⁻⁹ of the currency.
    pub const fn from_nano(nano: i64) -> Self {
        Self(nano as i128 * SCALE as i128)
    }
    /// price × quantity × multiplier; `None` on overflow or when 10⁻¹⁸ cannot hold it exactly.
    #[inline]
    pub fn of(price: Price, qty: Qty, multiplier: Qty) -> Option<Self> {
        let plain = i128::from(price.raw()) * i128::from(qty.raw());
        if multiplier.raw() == SCALE {
            return Some(Self(plain));
        }
        let scaled = plain.checked_mul(i128::from(multiplier.raw()))?;
        let value = scaled / i128::from(SCALE);
        // A division of 128 bits is a call, and a remainder another one.
        (value * i128::from(SCALE) == scaled).then_some(Self(value))
    }
    /// Sum, or `None` on overflow.
    #[inline]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }
    /// Difference, or `None` on overflow.
    #[inline]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }
    /// Magnitude.
    #[inline]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
    /// self × numerator / denominator, rounded towards zero; `None` on overflow or division by 0.
    pub fn mul_div(self, numerator: i64, denominator: i64) -> Option<Self> {
        let (n, d) = (i128::from(numerator), i128::from(denominator));
        if d == 0 {
            return None;
        }
        // Split first: whole × n stays small where self × n would overflow.
        let whole = self.0.checked_div(d)?;
        let rest = self.0 - whole * d;
        whole.checked_mul(n)?.checked_add(rest.checked_mul(n)? / d).map(Self)
    }
    /// For metrics and pictures only.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::SCALE as f64
    }
}

impl core::ops::Neg for Notional {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for Notional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(self.0, 18, f)
    }
}

impl fmt::Debug for Notional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notional({self})")
    }
}

/// A point in time: nanoseconds of UTC since 1970. Also used for spans of nanoseconds.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Debug,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Nanos(i64);

impl Nanos {
    /// The epoch; as a span, nothing.
    pub const ZERO: Self = Self(0);
    /// Later than everything.
    pub const MAX: Self = Self(i64::MAX);
    /// Earlier than everything.
    pub const MIN: Self = Self(i64::MIN);

    /// From nanoseconds.
    #[inline]
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }
    /// Nanoseconds.
    #[inline]
    pub const fn raw(self) -> i64 {
        self.0
    }
    /// From whole microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(1_000))
    }
    /// From whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }
    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }
    /// Later by a span, held at the ends of the range.
    #[inline]
    pub const fn plus(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
    /// The span from `earlier` to self, held at the ends of the range.
    #[inline]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
    /// Seconds as a float, for signals.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 * 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_exactly() {
        for text in ["0", "1", "-1", "0.000000001", "-9223372036.854775808", "61803.1", "-0.5"] {
            let qty: Qty = text.parse().unwrap();
            assert_eq!(qty.to_string(), text);
        }
        assert_eq!(format!("{:.2}", Price::from_raw(1_500_000_000)), "1.50");
        assert_eq!(format!("{:+.1}", Price::from_raw(1_500_000_000)), "+1.5");
    }

    #[test]
    fn notional_is_exact_or_refused() {
        let price: Price = "0.333333333".parse().unwrap();
        let qty: Qty = "3.000000001".parse().unwrap();
        let notional = Notional::of(price, qty, Qty::ONE).unwrap();
        assert_eq!(notional.to_string(), "0.999999999333333333");
        let tenth: Qty = "0.1".parse().unwrap();
        assert_eq!(Notional::of(price, qty, tenth), None, "would need 10⁻¹⁹");
        assert!(Notional::of(Price::MAX, Qty::MAX, Qty::MAX).is_none());
    }

    #[test]
    fn grid_rounds_towards_minus_infinity() {
        let tick = Price::from_raw(10_000_000);
        assert_eq!(Price::from_raw(-5).floor_to(tick), Price::from_raw(-10_000_000));
        assert_eq!(Price::from_raw(5).ceil_to(tick), tick);
        for raw in [i64::MIN, -20_000_000, -1, 0, 1, 20_000_000, 29_999_999, i64::MAX] {
            let below = i128::from(raw).div_euclid(10_000_000) * 10_000_000;
            let expected = i64::try_from(below).unwrap_or(i64::MIN);
            assert_eq!(Price::from_raw(raw).floor_to(tick).raw(), expected);
        }
        assert_eq!(Price::from_f64_on_grid(0.29, tick), Some(Price::from_raw(290_000_000)));
        assert_eq!(Price::from_f64_on_grid(f64::NAN, tick), None);
        assert_eq!(Price::from_f64_on_grid(1e300, tick), None);
    }

    #[test]
    fn floats_round_half_away_from_zero() {
        let unit = Qty::from_raw(1);
        let halves = (-9..=9_i32).map(|n| f64::from(n) * 0.5);
        let large =
            [4_503_599_627_370_495.5, 9_007_199_254_740_993.0, 9.2e18, 0.499_999_999_999_99];
        for raw in halves.chain(large).chain(large.map(|raw| -raw)) {
            // What the door sees once it has multiplied again.
            let value = raw / SCALE as f64;
            let expected = Qty::from_raw((value * SCALE as f64).round() as i64);
            assert_eq!(Qty::from_f64_on_grid(value, unit), Some(expected), "{raw}");
        }
        for out in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9.3e9, -9.3e9] {
            assert_eq!(Qty::from_f64_on_grid(out, unit), None);
        }
    }

    #[test]
    fn mul_div_does_not_overflow_early() {
        let big = Notional::from_int(1_000_000_000);
        assert_eq!(big.mul_div(9_000_000_000, 9_000_000_000), Some(big));
        assert_eq!(big.mul_div(1, 0), None);
    }
}
