//! Exact decimal text for fixed-point integers: the one parser and the one printer.
//!
//! A value is an integer count of 10⁻⁹. Text in, integer out, without a float between; what cannot
//! be held exactly is an error, never a rounding.

use core::fmt;

/// Units per one: a fixed-point value of `SCALE` means 1.
pub const SCALE: i64 = 1_000_000_000;
const DIGITS: usize = 9;

/// Why a decimal text was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseDecimalError {
    /// No digit at all.
    Empty,
    /// The byte at this position is neither digit, sign nor point.
    Unexpected(usize),
    /// More than nine digits behind the point, and not all of the rest are zero.
    TooFine,
    /// Outside the range of the type.
    TooLarge,
}

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no digits"),
            Self::Unexpected(at) => write!(f, "unexpected character at position {at}"),
            Self::TooFine => f.write_str("more than nine decimal places"),
            Self::TooLarge => f.write_str("number out of range"),
        }
    }
}

impl core::error::Error for ParseDecimalError {}

/// Parses `[+-]digits[.digits]` into a count of 10⁻⁹.
pub(crate) fn parse(text: &[u8]) -> Result<i64, ParseDecimalError> {
    let (negative, start) = match text.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    // Accumulate the magnitude in i128: twenty digits fit, and a longer text is refused below.
    let mut magnitude: i128 = 0;
    let mut decimals: Option<usize> = None;
    let mut digits = 0_usize;
    for (at, &byte) in text.iter().enumerate().skip(start) {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                match decimals {
                    Some(DIGITS) if byte != b'0' => return Err(ParseDecimalError::TooFine),
                    Some(DIGITS) => continue,
                    Some(ref mut n) => *n += 1,
                    None => {}
                }
                magnitude = magnitude * 10 + i128::from(byte - b'0');
                if magnitude > i128::from(u64::MAX) {
                    return Err(ParseDecimalError::TooLarge);
                }
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return Err(ParseDecimalError::Unexpected(at)),
        }
    }
    if digits == 0 {
        return Err(ParseDecimalError::Empty);
    }
    for _ in decimals.unwrap_or(0)..DIGITS {
        magnitude *= 10;
    }
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map_err(|_| ParseDecimalError::TooLarge)
}

/// Prints `value` × 10^-`places` without trailing zeros: `1.5`, `-0.25`, `3`.
pub(crate) fn print(value: i128, places: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const MAX_PLACES: usize = 18;
    debug_assert!(places <= MAX_PLACES);
    let unit = 10_u128.pow(u32::try_from(places.min(MAX_PLACES)).unwrap_or(0));
    let magnitude = value.unsigned_abs();
    let (whole, mut rest) = (magnitude / unit, magnitude % unit);
    let mut buffer = [b'0'; MAX_PLACES];
    for digit in buffer.iter_mut().take(places).rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    let wanted = f.precision();
    let shown = wanted.unwrap_or_else(|| {
        buffer[..places].iter().rposition(|&d| d != b'0').map_or(0, |last| last + 1)
    });
    let text = core::str::from_utf8(&buffer[..shown.min(places)]).unwrap_or("");
    if value < 0 {
        f.write_str("-")?;
    } else if f.sign_plus() {
        f.write_str("+")?;
    }
    write!(f, "{whole}")?;
    if !text.is_empty() {
        write!(f, ".{text}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_is_exact_or_refused() {
        assert_eq!(parse(b"0.4800"), Ok(480_000_000));
        assert_eq!(parse(b"-24.00"), Ok(-24_000_000_000));
        assert_eq!(parse(b"61737.63000000"), Ok(61_737_630_000_000));
        assert_eq!(parse(b"1.0000000001"), Err(ParseDecimalError::TooFine));
        assert_eq!(parse(b"1.0000000000"), Ok(SCALE));
        assert_eq!(parse(b"9223372036.854775807"), Ok(i64::MAX));
        assert_eq!(parse(b"-9223372036.854775808"), Ok(i64::MIN));
        assert_eq!(parse(b"9223372036.854775808"), Err(ParseDecimalError::TooLarge));
        assert_eq!(parse(b"99999999999999999999999"), Err(ParseDecimalError::TooLarge));
        assert_eq!(parse(b""), Err(ParseDecimalError::Empty));
        assert_eq!(parse(b"-"), Err(ParseDecimalError::Empty));
        assert_eq!(parse(b"."), Err(ParseDecimalError::Empty));
        assert_eq!(parse(b"1.2.3"), Err(ParseDecimalError::Unexpected(3)));
        assert_eq!(parse(b"1e5"), Err(ParseDecimalError::Unexpected(1)));
        assert_eq!(parse(b"NaN"), Err(ParseDecimalError::Unexpected(0)));
    }
}
