//! Columns of a packed tape: lists of 64-bit values in the byte form that compresses best.
//!
//! Owns the three byte forms and their bounds. Must never trust a length: what a file claims is
//! checked against what is there. Called by `pack`.

use crate::pack::PackError;
use std::io::Read;

/// Bytes that one column may have after decompression.
const COLUMN_BYTES_MAX: u64 = 1 << 30;
/// Compression level: slow to pack, as fast as any to unpack.
const LEVEL: i32 = 20;

/// How values became bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// Seven bits a byte, low first, the eighth says that more follow.
    Varint = 0,
    /// All lowest bytes, then all second bytes, and so on.
    Planes = 1,
    /// All bit lengths, then all bits below the leading one, packed.
    Lengths = 2,
}

const FORMS: [Form; 3] = [Form::Varint, Form::Planes, Form::Lengths];

/// Signed to unsigned, small magnitudes to small numbers.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// Appends a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a varint off the front.
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if part << shift >> shift != part {
            return None;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn bit_length(value: u64) -> u32 {
    64 - value.leading_zeros()
}

fn encode(form: Form, values: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    match form {
        Form::Varint => values.iter().for_each(|&value| put_varint(&mut out, value)),
        Form::Planes => {
            // At least one byte a value, so that a count can be held against the bytes.
            let widest = values.iter().copied().max().map_or(0, bit_length).div_ceil(8).max(1);
            for plane in 0..widest {
                out.extend(values.iter().map(|&value| (value >> (8 * plane)) as u8));
            }
        }
        Form::Lengths => {
            out.extend(values.iter().map(|&value| bit_length(value) as u8));
            let (mut bits, mut held) = (0_u128, 0_u32);
            for &value in values {
                let below = bit_length(value).saturating_sub(1);
                bits |= u128::from(value & ((1_u64 << below) - 1)) << held;
                held += below;
                while held >= 8 {
                    out.push(bits as u8);
                    bits >>= 8;
                    held -= 8;
                }
            }
            if held > 0 {
                out.push(bits as u8);
            }
        }
    }
    out
}

fn decode(form: Form, bytes: &[u8], count: usize) -> Option<Vec<u64>> {
    match form {
        Form::Varint => {
            // Every value takes a byte at least: a count beyond that is a lie.
            if count > bytes.len() {
                return None;
            }
            let mut rest = bytes;
            let values: Option<Vec<u64>> = (0..count).map(|_| take_varint(&mut rest)).collect();
            values.filter(|_| rest.is_empty())
        }
        Form::Planes => {
            if count == 0 {
                return bytes.is_empty().then(Vec::new);
            }
            if bytes.is_empty() || !bytes.len().is_multiple_of(count) || bytes.len() / count > 8 {
                return None;
            }
            let mut values = vec![0_u64; count];
            for (plane, chunk) in bytes.chunks_exact(count).enumerate() {
                for (value, &byte) in values.iter_mut().zip(chunk) {
                    *value |= u64::from(byte) << (8 * plane);
                }
            }
            Some(values)
        }
        Form::Lengths => {
            let (lengths, mut rest) = bytes.split_at_checked(count)?;
            let (mut bits, mut held) = (0_u128, 0_u32);
            let mut values = Vec::with_capacity(count);
            for &length in lengths {
                let Some(below) = u32::from(length).checked_sub(1) else {
                    values.push(0);
                    continue;
                };
                if below > 63 {
                    return None;
                }
                while held < below {
                    let (&byte, tail) = rest.split_first()?;
                    rest = tail;
                    bits |= u128::from(byte) << held;
                    held += 8;
                }
                let low = bits as u64 & ((1_u64 << below) - 1);
                values.push(1 << below | low);
                bits >>= below;
                held -= below;
            }
            (rest.is_empty() && bits == 0).then_some(values)
        }
    }
}

/// Compresses bytes into a checksummed frame.
pub(crate) fn compress(bytes: &[u8]) -> Result<Vec<u8>, PackError> {
    let fail = |error: std::io::Error| PackError::Failed(error.to_string());
    let mut packer = zstd::bulk::Compressor::new(LEVEL).map_err(fail)?;
    packer.include_checksum(true).map_err(fail)?;
    packer.compress(bytes).map_err(fail)
}

/// Decompresses one frame of at most `limit` bytes; grows only as bytes come.
pub(crate) fn decompress(frame: &[u8], expected: u64, at: u64) -> Result<Vec<u8>, PackError> {
    let bad = |reason: String| PackError::Damaged { offset: at, reason };
    if expected > COLUMN_BYTES_MAX {
        return Err(bad(format!("claims {expected} bytes, more than {COLUMN_BYTES_MAX}")));
    }
    let reader = zstd::stream::read::Decoder::with_buffer(frame).map_err(|e| bad(e.to_string()))?;
    let mut bytes = Vec::new();
    reader.take(expected + 1).read_to_end(&mut bytes).map_err(|e| bad(e.to_string()))?;
    if bytes.len() as u64 != expected {
        return Err(bad(format!("holds other than the {expected} bytes that it claims")));
    }
    Ok(bytes)
}

/// Appends a column: form, count, raw length, packed length, frame.
pub(crate) fn put_column(out: &mut Vec<u8>, values: &[u64]) -> Result<(), PackError> {
    let mut best: Option<(Form, usize, Vec<u8>)> = None;
    for form in FORMS {
        let raw = encode(form, values);
        let packed = compress(&raw)?;
        if best.as_ref().is_none_or(|(_, _, known)| packed.len() < known.len()) {
            best = Some((form, raw.len(), packed));
        }
    }
    let Some((form, raw, packed)) = best else { return Ok(()) };
    out.push(form as u8);
    put_varint(out, values.len() as u64);
    put_varint(out, raw as u64);
    put_varint(out, packed.len() as u64);
    out.extend_from_slice(&packed);
    Ok(())
}

/// Takes a column of at most `count_max` values off the front; `at` is its place in the file.
pub(crate) fn take_column(
    bytes: &mut &[u8],
    count_max: u64,
    at: u64,
) -> Result<Vec<u64>, PackError> {
    let bad = |reason: &str| PackError::Damaged { offset: at, reason: reason.to_owned() };
    let (&tag, rest) = bytes.split_first().ok_or_else(|| bad("a column is missing"))?;
    *bytes = rest;
    let form = FORMS
        .into_iter()
        .find(|form| *form as u8 == tag)
        .ok_or_else(|| bad("a column in a form that we do not know"))?;
    let mut number = || take_varint(bytes).ok_or_else(|| bad("a column's lengths are cut short"));
    let (count, raw, packed) = (number()?, number()?, number()?);
    if count > count_max {
        return Err(bad("a column with more values than the tape has events"));
    }
    let fits = usize::try_from(packed).ok().and_then(|length| bytes.split_at_checked(length));
    let (frame, rest) = fits.ok_or_else(|| bad("a column is cut short"))?;
    *bytes = rest;
    let raw = decompress(frame, raw, at)?;
    let count = usize::try_from(count).map_err(|_| bad("a column too long for this machine"))?;
    decode(form, &raw, count).ok_or_else(|| bad("a column's bytes are not its values"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_form_gives_every_value_back(
            values in prop::collection::vec(prop_oneof![any::<u64>(), 0_u64..300], 0..200)
        ) {
            for form in FORMS {
                let bytes = encode(form, &values);
                prop_assert_eq!(decode(form, &bytes, values.len()), Some(values.clone()));
            }
        }

        #[test]
        fn foreign_bytes_are_values_or_nothing(
            bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0_usize..300
        ) {
            for form in FORMS {
                if let Some(values) = decode(form, &bytes, count) {
                    prop_assert_eq!(values.len(), count);
                }
            }
        }

        #[test]
        fn zigzag_is_its_own_way_back(value: i64) {
            prop_assert_eq!(unzigzag(zigzag(value)), value);
        }
    }
}
