//! Decimal and time text of recordings, with bounds against the absurd.
//!
//! Owns what counts as a believable number. Must never round. Called by the line decoders.

use crate::error::LineError;
use royale_model::{Nanos, Price, Qty};

/// 2000-01-01 and 2200-01-01: local times outside are not times.
const EARLIEST: i64 = 946_684_800_000_000_000;
const LATEST: i64 = 7_258_118_400_000_000_000;

/// A price above zero.
pub(crate) fn price(field: &'static str, text: &str) -> Result<Price, LineError> {
    let price = Price::parse(text.as_bytes()).map_err(|e| LineError::field(field, e))?;
    if !price.is_positive() {
        return Err(LineError::field(field, "must be above zero"));
    }
    Ok(price)
}

/// A probability; the ends are allowed only where `0` or `1` mean "nobody there".
pub(crate) fn probability(field: &'static str, text: &str) -> Result<Price, LineError> {
    let price = Price::parse(text.as_bytes()).map_err(|e| LineError::field(field, e))?;
    if price.raw() < 0 || price > Price::ONE {
        return Err(LineError::field(field, "must lie between 0 and 1"));
    }
    Ok(price)
}

/// A probability strictly between 0 and 1.
pub(crate) fn inner_probability(field: &'static str, text: &str) -> Result<Price, LineError> {
    let price = probability(field, text)?;
    if !price.is_positive() || price == Price::ONE {
        return Err(LineError::field(field, "must lie strictly between 0 and 1"));
    }
    Ok(price)
}

/// A size, zero or above.
pub(crate) fn size(field: &'static str, text: &str) -> Result<Qty, LineError> {
    let size = Qty::parse(text.as_bytes()).map_err(|e| LineError::field(field, e))?;
    if size.raw() < 0 {
        return Err(LineError::field(field, "must not be negative"));
    }
    Ok(size)
}

/// A local receive time.
pub(crate) fn local_time(field: &'static str, raw: i64) -> Result<Nanos, LineError> {
    if !(EARLIEST..LATEST).contains(&raw) {
        return Err(LineError::field(field, format!("{raw} is not a time in nanoseconds of UTC")));
    }
    Ok(Nanos::from_raw(raw))
}

/// A venue's milliseconds.
pub(crate) fn venue_millis(field: &'static str, raw: i64) -> Result<Nanos, LineError> {
    let time = Nanos::from_millis(raw);
    local_time(field, time.raw())
}

/// An ISO 8601 time with zone.
pub(crate) fn iso_time(field: &'static str, text: &str) -> Result<Nanos, LineError> {
    let time: jiff::Timestamp = text.parse().map_err(|e| LineError::field(field, e))?;
    let raw = i64::try_from(time.as_nanosecond())
        .map_err(|_| LineError::field(field, "outside the range of nanoseconds"))?;
    local_time(field, raw)
}
