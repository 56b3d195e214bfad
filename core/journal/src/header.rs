//! The layout of a segment's header: who wrote it, with which layouts, for which run.
//! Must never hold a time or a random number: two equal runs leave equal bytes.

use crate::JournalError;
use crate::format::{Preamble, Purpose, RECORD_MAX, SEAL_LEN};
use royale_model::{Decision, Event, Instrument, Order, SlotChange, SlotId, Verdict};
use sha2::{Digest, Sha256};
use std::path::Path;
use zerocopy::{IntoBytes, TryFromBytes};

const MAGIC: [u8; 8] = *b"ROYALEJ\n";
const VERSION: u32 = 1;
/// Bytes of the fixed part.
pub(crate) const FIXED: usize = 192;
/// Where the first record may begin: a cache line.
const LINE: usize = 64;
/// A longer header is not one of ours: 64 MiB of config, names and instruments.
const HEADER_MAX: usize = 64 << 20;

// Offsets of the fixed part.
const AT_VERSION: usize = 8;
const AT_LEN: usize = 12;
const AT_CRC: usize = 16;
const AT_PURPOSE: usize = 20;
const AT_NUMBER: usize = 24;
const AT_CONFIG_LEN: usize = 28;
const AT_SLOTS: usize = 32;
const AT_SLOTS_LEN: usize = 36;
const AT_INSTRUMENTS: usize = 40;
const AT_SEGMENT_BYTES: usize = 48;
const AT_SCHEMA: usize = 56;
const AT_CONFIG_HASH: usize = 88;
const AT_SESSION: usize = 120;
const AT_ZERO: usize = 152;

/// A decoded header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    pub preamble: Preamble,
    /// Place of the segment in the journal, from 1.
    pub number: u32,
    /// Offset of the first record.
    pub len: u64,
    /// Size of the file while it is not the journal's last segment.
    pub segment_bytes: u64,
    /// SHA-256 over the preamble: equal runs have equal sessions.
    pub session: [u8; 32],
}

/// The layouts, in words. A change of any of them changes the hash, and old files are refused
/// instead of misread. `tests::layouts_are_those_of_the_schema` fails when a type moves without it.
fn schema() -> String {
    format!(
        "royale journal 1; little-endian; header {FIXED}; record 16: tag u32 (len u16, kind u8, 0), \
         crc32c u32, seq u64; event=1 {}: seq u64, time i64, venue_time i64, instrument u32, \
         kind u8, flags u8, minor u8x2, words i64x4; decision=2 {}: seq u64, time i64, order u64, \
         price i64, qty i64, score i64, instrument u32, slot u16, confidence_bp u16, action u8, \
         side u8, ord_type u8, time_in_force u8, regime u8, attributions u8, 0x2, \
         8 x (contribution i64, value f32, feature u16, 0x2); verdict=3 {}: seq u64, time i64, \
         order u64, actual i64, limit i64, instrument u32, code u8, 0x19; order=4 {}: seq u64, \
         time i64, id u64, price i64, qty i64, instrument u32, side u8, ord_type u8, \
         time_in_force u8, is_cancel u8, 0x16; seal=5 {SEAL_LEN}: chain u8x32, records u64, \
         then u8, 0x7; slot=6 {}: seq u64, time i64, digest u8x32, version u32, \
         differences u32, slot u16, event u8, fault u8, 0x4; instrument {}: symbol 40, base 16, quote 8, id u32, underlying u32, \
         tick i64, lot i64, multiplier i64, expiry i64, strike i64, fees (maker i64, taker i64, \
         kind u8, 0x7), kind u8, venue u8, settlement u8, right u8, 0x4",
        size_of::<Event>(),
        size_of::<Decision>(),
        size_of::<Verdict>(),
        size_of::<Order>(),
        size_of::<SlotChange>(),
        size_of::<Instrument>(),
    )
}

/// The smallest segment that can hold this header, one record of any kind and a seal.
pub(crate) fn segment_min(header_len: usize) -> u64 {
    (header_len + RECORD_MAX + SEAL_LEN) as u64
}

/// The header's bytes, up to the first record.
pub(crate) fn encode(
    preamble: &Preamble,
    number: u32,
    segment_bytes: u64,
) -> Result<Vec<u8>, String> {
    if preamble.slots.len() > usize::from(SlotId::LIMIT) {
        return Err(format!("more than {} slots", SlotId::LIMIT));
    }
    let mut slots = Vec::new();
    for name in &preamble.slots {
        let len = u16::try_from(name.len()).map_err(|_| "slot name longer than 65,535 bytes")?;
        slots.extend_from_slice(&len.to_le_bytes());
        slots.extend_from_slice(name.as_bytes());
    }
    let mut bytes = vec![0_u8; FIXED];
    bytes.extend_from_slice(preamble.config.as_bytes());
    bytes.extend_from_slice(&slots);
    bytes.extend_from_slice(preamble.instruments.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(LINE), 0);
    if bytes.len() > HEADER_MAX {
        return Err(format!("header of {} bytes; at most {HEADER_MAX}", bytes.len()));
    }
    let put = |bytes: &mut Vec<u8>, at: usize, value: usize| {
        // No length here passes HEADER_MAX, so each fits.
        bytes[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
    };
    let len = bytes.len();
    bytes[..8].copy_from_slice(&MAGIC);
    put(&mut bytes, AT_VERSION, VERSION as usize);
    put(&mut bytes, AT_LEN, len);
    put(&mut bytes, AT_PURPOSE, if preamble.purpose == Purpose::Tape { 1 } else { 2 });
    put(&mut bytes, AT_NUMBER, number as usize);
    put(&mut bytes, AT_CONFIG_LEN, preamble.config.len());
    put(&mut bytes, AT_SLOTS, preamble.slots.len());
    put(&mut bytes, AT_SLOTS_LEN, slots.len());
    put(&mut bytes, AT_INSTRUMENTS, preamble.instruments.len());
    bytes[AT_SEGMENT_BYTES..AT_SCHEMA].copy_from_slice(&segment_bytes.to_le_bytes());
    bytes[AT_SCHEMA..AT_CONFIG_HASH].copy_from_slice(&Sha256::digest(schema()));
    bytes[AT_CONFIG_HASH..AT_SESSION].copy_from_slice(&Sha256::digest(&preamble.config));
    let session = session(&bytes);
    bytes[AT_SESSION..AT_ZERO].copy_from_slice(&session);
    let crc = crc(&bytes);
    bytes[AT_CRC..AT_CRC + 4].copy_from_slice(&crc.to_le_bytes());
    Ok(bytes)
}

/// SHA-256 over what the preamble says: purpose, lengths, schema, config hash, and variable part.
fn session(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(&bytes[AT_PURPOSE..AT_NUMBER]);
    hash.update(&bytes[AT_CONFIG_LEN..AT_SEGMENT_BYTES]);
    hash.update(&bytes[AT_SCHEMA..AT_SESSION]);
    hash.update(&bytes[FIXED..]);
    hash.finalize().into()
}

/// CRC32C over the whole header, with its own four bytes taken as zero.
fn crc(bytes: &[u8]) -> u32 {
    let before = crc32c::crc32c(&bytes[..AT_CRC]);
    crc32c::crc32c_append(crc32c::crc32c_append(before, &[0; 4]), &bytes[AT_CRC + 4..])
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |b| u32::from_le_bytes(*b) as usize)
}

/// The length that the fixed part says, once it is known to be a header of this version.
pub(crate) fn peek_len(path: &Path, fixed: &[u8]) -> Result<usize, JournalError> {
    let corrupt = |at: usize, reason: String| JournalError::corrupt(path, at as u64, reason);
    if fixed.len() < FIXED {
        return Err(corrupt(fixed.len(), "the file ends inside the header".into()));
    }
    if fixed[..8] != MAGIC {
        return Err(corrupt(0, "not a journal: the magic bytes are missing".into()));
    }
    let version = u32_at(fixed, AT_VERSION);
    if version != VERSION as usize {
        let reason = format!("format version {version}; this program reads version {VERSION}");
        return Err(corrupt(AT_VERSION, reason));
    }
    let len = u32_at(fixed, AT_LEN);
    if !(FIXED..=HEADER_MAX).contains(&len) || !len.is_multiple_of(LINE) {
        return Err(corrupt(AT_LEN, format!("header length {len} cannot be")));
    }
    Ok(len)
}

/// Reads a whole header of [`peek_len`] bytes.
pub(crate) fn decode(path: &Path, bytes: &[u8]) -> Result<Header, JournalError> {
    let corrupt =
        |at: usize, reason: &str| JournalError::corrupt(path, at as u64, reason.to_owned());
    if peek_len(path, bytes)? != bytes.len() {
        return Err(corrupt(AT_LEN, "the header is longer than the file"));
    }
    if u32_at(bytes, AT_CRC) != crc(bytes) as usize {
        return Err(corrupt(AT_CRC, "header checksum does not match"));
    }
    if bytes[AT_SCHEMA..AT_CONFIG_HASH] != *Sha256::digest(schema()) {
        return Err(corrupt(
            AT_SCHEMA,
            "records of another layout (schema hash); read it with the program that wrote it",
        ));
    }
    let purpose = match u32_at(bytes, AT_PURPOSE) {
        1 => Purpose::Tape,
        2 => Purpose::Run,
        _ => return Err(corrupt(AT_PURPOSE, "neither tape nor run")),
    };
    let mut at = FIXED;
    let mut take = |len: usize, field: usize| {
        let part = at.checked_add(len).and_then(|end| bytes.get(at..end));
        at = at.saturating_add(len);
        part.ok_or_else(|| corrupt(field, "length runs past the header"))
    };
    let config = take(u32_at(bytes, AT_CONFIG_LEN), AT_CONFIG_LEN)?;
    let mut names = take(u32_at(bytes, AT_SLOTS_LEN), AT_SLOTS_LEN)?;
    let table_len = u32_at(bytes, AT_INSTRUMENTS).saturating_mul(size_of::<Instrument>());
    let table = take(table_len, AT_INSTRUMENTS)?;
    if at.next_multiple_of(LINE) != bytes.len() || bytes[at..].iter().any(|&byte| byte != 0) {
        return Err(corrupt(at.min(bytes.len()), "bytes after the instrument table"));
    }
    if u32_at(bytes, AT_CONFIG_LEN + 16) != 0 || bytes[AT_ZERO..FIXED].iter().any(|&b| b != 0) {
        return Err(corrupt(AT_ZERO, "reserved bytes are not zero"));
    }
    if bytes[AT_CONFIG_HASH..AT_SESSION] != *Sha256::digest(config) {
        return Err(corrupt(AT_CONFIG_HASH, "config hash does not match"));
    }
    let session = session(bytes);
    if bytes[AT_SESSION..AT_ZERO] != session {
        return Err(corrupt(AT_SESSION, "session id does not match"));
    }
    let config = std::str::from_utf8(config).map_err(|_| corrupt(FIXED, "config is not UTF-8"))?;
    let mut slots = Vec::new();
    for _ in 0..u32_at(bytes, AT_SLOTS).min(usize::from(SlotId::LIMIT)) {
        let name = take_name(&mut names).ok_or_else(|| corrupt(AT_SLOTS, "bad slot name"))?;
        slots.push(name);
    }
    if slots.len() != u32_at(bytes, AT_SLOTS) || !names.is_empty() {
        return Err(corrupt(AT_SLOTS, "slot names do not match their count"));
    }
    let instruments: Result<Vec<_>, _> =
        table.chunks_exact(size_of::<Instrument>()).map(Instrument::try_read_from_bytes).collect();
    let instruments =
        instruments.map_err(|_| corrupt(AT_INSTRUMENTS, "an instrument is not valid"))?;
    let segment_bytes = bytes[AT_SEGMENT_BYTES..AT_SCHEMA].first_chunk();
    Ok(Header {
        preamble: Preamble { purpose, config: config.to_owned(), instruments, slots },
        number: u32_at(bytes, AT_NUMBER) as u32,
        len: bytes.len() as u64,
        segment_bytes: segment_bytes.map_or(0, |b| u64::from_le_bytes(*b)),
        session,
    })
}

fn take_name(names: &mut &[u8]) -> Option<String> {
    let (len, rest) = names.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*len)))?;
    *names = rest;
    Some(std::str::from_utf8(name).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{
        Account, Action, Body, EventFlags, Feature, FeeKind, Fees, InstrumentId, InstrumentKind,
        Nanos, OptionRight, OrdType, OrderId, Price, Qty, Quote, Reasons, RefusalCode, Side, Stamp,
        Text, TimeInForce, Venue,
    };

    /// Fields of a layout, in order: a width in bytes and the value, little-endian.
    fn layout(fields: &[(usize, i128)]) -> Vec<u8> {
        fields.iter().flat_map(|&(width, value)| value.to_le_bytes()[..width].to_vec()).collect()
    }

    /// When this fails, a type of the model has moved: change `schema` with it, so that files of
    /// the old layout are refused and not misread.
    #[test]
    fn layouts_are_those_of_the_schema() {
        let (time, instrument) = (Nanos::from_raw(2), InstrumentId(4));
        let stamp = Stamp { seq: 1, time, venue_time: Nanos::from_raw(3), instrument };
        let (price, qty) = (Price::from_raw(6), Qty::from_raw(7));
        let quote = Quote { bid: price, bid_qty: qty, ask: Price::from_raw(8), ask_qty: qty };
        let event = Event::new(stamp, Body::Quote(quote), EventFlags::LAST);
        let words = [(8, 6), (8, 7), (8, 8), (8, 7)];
        let head = [(8, 1), (8, 2), (8, 3), (4, 4), (1, 1), (1, 1), (2, 0)];
        assert_eq!(event.as_bytes(), layout(&[&head[..], &words].concat()));

        let id = OrderId::from_raw(5);
        let verdict = Verdict::new(1, time, id, instrument, RefusalCode::Position, 6, 7);
        let fields = [(8, 1), (8, 2), (8, 5), (8, 6), (8, 7), (4, 4), (1, 4), (16, 0), (3, 0)];
        assert_eq!(verdict.as_bytes(), layout(&fields));

        let (limit, maker) = (OrdType::Limit, TimeInForce::PostOnly);
        let order =
            Order::new_single(1, time, id, instrument, Side::Sell, limit, maker, price, qty);
        let kinds = [(1, 2), (1, 2), (1, 6), (1, 0), (16, 0)];
        let fields = [&[(8, 1), (8, 2), (8, 5), (8, 6), (8, 7), (4, 4)][..], &kinds].concat();
        assert_eq!(order.as_bytes(), layout(&fields));

        let reasons = Reasons::new().because(Feature::COST, 1.0, 0.5);
        let slot = Account::shadow(SlotId(9)).slot();
        let mut decision = Decision::new(1, time, slot, instrument, Action::Cancel, &reasons);
        (decision.order, decision.price, decision.qty) = (id, price, qty);
        decision.confidence_bp = 10;
        let mut fields = vec![(8, 1), (8, 2), (8, 5), (8, 6), (8, 7), (8, 500_000_000), (4, 4)];
        fields.extend([(2, 9), (2, 10), (1, 2), (1, 1), (1, 2), (1, 1), (1, 0), (1, 1), (2, 0)]);
        fields.extend([(8, 500_000_000), (4, i128::from(1.0_f32.to_bits())), (2, 19), (2, 0)]);
        fields.extend([(16, 0); 7]);
        assert_eq!(decision.as_bytes(), layout(&fields));

        let symbol = Text::new("S").unwrap();
        let mut traded =
            Instrument::new(InstrumentId(1), symbol, InstrumentKind::Option, Venue::Kalshi);
        traded.base = Text::new("B").unwrap();
        traded.quote = Text::new("Q").unwrap();
        traded.underlying = InstrumentId(2);
        (traded.tick, traded.lot, traded.multiplier) = (price, qty, Qty::from_raw(8));
        (traded.expiry, traded.strike) = (Nanos::from_raw(9), Price::from_raw(10));
        traded.fees = Fees::new(FeeKind::PerContract, 11, 12);
        traded.right = OptionRight::Call;
        let mut fields = vec![(16, i128::from(b'S')), (16, 0), (8, 0), (16, i128::from(b'B'))];
        fields.extend([(8, i128::from(b'Q')), (4, 1), (4, 2), (8, 6), (8, 7), (8, 8), (8, 9)]);
        fields.extend([
            (8, 10),
            (8, 11),
            (8, 12),
            (1, 3),
            (7, 0),
            (1, 2),
            (1, 1),
            (1, 2),
            (1, 2),
            (4, 0),
        ]);
        assert_eq!(traded.as_bytes(), layout(&fields));
    }
}
