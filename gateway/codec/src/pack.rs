//! Packed tapes (`.tapez`): the same events and preamble in a tenth of the bytes, for the repository.
//!
//! Owns the container: magic, version, preamble, columns, and the checksum over all events that an
//! unpacked tape must have. Must never accept a byte that a packer of ours would not write, nor
//! allocate more than the limits for what a file claims. Called by `ctl` and the bundler.

use crate::pack_columns::{
    compress, decompress, put_column, put_varint, take_column, take_varint, unzigzag,
};
use crate::pack_model::{COLUMNS, Column, Flow, Model, Parts, Units};
use royale_journal::{Preamble, Purpose};
use royale_model::{Event, EventKind, Instrument};
use zerocopy::{IntoBytes, TryFromBytes};

const MAGIC: &[u8; 8] = b"RoyTapeZ";
const VERSION: u8 = 1;
/// Events that a packed tape may hold: 512 MiB unpacked.
const EVENTS_MAX: u64 = 1 << 23;
/// Instruments and slots that a preamble may hold.
const TABLE_MAX: u64 = 1 << 16;
/// Values for each event, at most: in one column (the four words of rare kinds), and in all.
const COLUMN_VALUES: u64 = 4;
const TAPE_VALUES: u64 = 20;

/// Why something could not be packed or unpacked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PackError {
    /// The bytes are not what a packer of ours leaves.
    #[error("packed tape: at byte {offset}: {reason}; fetch the file again")]
    Damaged {
        /// Where in the file.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// An event that no writer of ours produces, or a preamble beyond the limits.
    #[error("packed tape: event {index}: {reason}")]
    Event {
        /// Its place, from 0.
        index: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// More than fits.
    #[error("packed tape: {0}; split the tape")]
    TooLarge(&'static str),
    /// The compressor failed.
    #[error("packed tape: compression: {0}")]
    Failed(String),
}

/// Packs a tape.
///
/// # Errors
/// More than the limits, or an event that is not in canonical form.
pub fn pack(preamble: &Preamble, events: &[Event]) -> Result<Vec<u8>, PackError> {
    if events.len() as u64 > EVENTS_MAX {
        return Err(PackError::TooLarge("more events than a packed tape may hold"));
    }
    let mut parts = Vec::with_capacity(events.len());
    for (index, event) in (0_u64..).zip(events) {
        event.check().map_err(|e| PackError::Event { index, reason: e.to_owned() })?;
        parts.push(split(event));
    }
    let mut best: Option<Vec<u8>> = None;
    for relative in [0, 1] {
        let units = Units { time: time_unit(&parts), venue: venue_unit(&parts), relative };
        let packed = pack_with(preamble, events, &parts, units)?;
        if best.as_ref().is_none_or(|known| packed.len() < known.len()) {
            best = Some(packed);
        }
    }
    best.ok_or_else(|| PackError::Failed("nothing was packed".to_owned()))
}

fn pack_with(
    preamble: &Preamble,
    events: &[Event],
    parts: &[Parts],
    units: Units,
) -> Result<Vec<u8>, PackError> {
    let mut writer = Writer { columns: vec![Vec::new(); COLUMNS] };
    let mut model = Model::new(units, &preamble.instruments);
    let runs = followers(parts);
    for (index, (part, run)) in (0_u64..).zip(parts.iter().zip(runs)) {
        let mut part = *part;
        let passed = model.pass(&mut writer, &mut part, run);
        passed.ok_or_else(|| PackError::Event { index, reason: "cannot be written".to_owned() })?;
    }
    let mut out = MAGIC.to_vec();
    out.push(VERSION);
    let head = put_preamble(preamble, units, events)?;
    let frame = compress(&head)?;
    put_varint(&mut out, head.len() as u64);
    put_varint(&mut out, frame.len() as u64);
    out.extend_from_slice(&frame);
    for column in &writer.columns {
        put_column(&mut out, column)?;
    }
    Ok(out)
}

/// Unpacks a tape: exactly the preamble and events that were packed.
///
/// # Errors
/// Anything that `pack` does not write, with its place.
pub fn unpack(bytes: &[u8]) -> Result<(Preamble, Vec<Event>), PackError> {
    let offset = |rest: &[u8]| (bytes.len() - rest.len()) as u64;
    let bad = |rest: &[u8], reason: &str| PackError::Damaged {
        offset: offset(rest),
        reason: reason.to_owned(),
    };
    let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(|| bad(bytes, "not a packed tape"))?;
    let (&version, after) = rest.split_first().ok_or_else(|| bad(rest, "cut short"))?;
    if version != VERSION {
        return Err(bad(rest, "a version of the format that we do not know"));
    }
    rest = after;
    let at = offset(rest);
    let mut number = || take_varint(&mut rest);
    let (Some(raw), Some(packed)) = (number(), number()) else {
        return Err(bad(rest, "cut short"));
    };
    let fits = usize::try_from(packed).ok().and_then(|length| rest.split_at_checked(length));
    let (frame, mut rest) = fits.ok_or_else(|| bad(rest, "the preamble is cut short"))?;
    let head = decompress(frame, raw, at)?;
    let Head { preamble, units, count, checksum } =
        take_preamble(&head).ok_or(PackError::Damaged {
            offset: at,
            reason: "the preamble is not one of ours".to_owned(),
        })?;
    let mut columns = Vec::with_capacity(COLUMNS);
    let mut budget = count * TAPE_VALUES;
    for _ in 0..COLUMNS {
        let at = offset(rest);
        let column = take_column(&mut rest, budget.min(count * COLUMN_VALUES), at)?;
        budget -= column.len() as u64;
        columns.push(column.into_iter());
    }
    if !rest.is_empty() {
        return Err(bad(rest, "bytes behind the last column"));
    }
    let mut reader = Reader { columns };
    let mut model = Model::new(units, &preamble.instruments);
    let mut events = Vec::new();
    let mut sum = 0;
    for index in 0..count {
        let mut part = Parts::default();
        let wrong = |reason: &str| PackError::Event { index, reason: reason.to_owned() };
        model.pass(&mut reader, &mut part, 0).ok_or_else(|| wrong("is missing in a column"))?;
        let event = join(&part).ok_or_else(|| wrong("is not an event"))?;
        event.check().map_err(wrong)?;
        sum = crc32c::crc32c_append(sum, event.as_bytes());
        events.push(event);
    }
    let left = reader.columns.iter().any(|column| column.len() > 0);
    if left || model.followers > 0 || sum != checksum {
        let reason = "the events are not those that were packed".to_owned();
        return Err(PackError::Damaged { offset: bytes.len() as u64, reason });
    }
    Ok((preamble, events))
}

struct Writer {
    columns: Vec<Vec<u64>>,
}

impl Flow for Writer {
    fn pass(&mut self, column: Column, value: &mut u64) -> Option<()> {
        self.columns[column as usize].push(*value);
        Some(())
    }
}

struct Reader {
    columns: Vec<std::vec::IntoIter<u64>>,
}

impl Flow for Reader {
    fn pass(&mut self, column: Column, value: &mut u64) -> Option<()> {
        *value = self.columns[column as usize].next()?;
        Some(())
    }
    // The same as the trait's, without its two divisions.
    fn on_grid(
        &mut self,
        [column, rest]: [Column; 2],
        value: &mut i64,
        predicted: i64,
        unit: i64,
    ) -> Option<()> {
        let steps = unzigzag(self.columns[column as usize].next()?);
        let off = unzigzag(self.columns[rest as usize].next()?);
        *value = predicted.wrapping_add(steps.wrapping_mul(unit)).wrapping_add(off);
        Some(())
    }
}

/// For each event that begins a run of book deltas with one stamp: how many follow.
fn followers(parts: &[Parts]) -> Vec<u64> {
    const DELTA: u8 = EventKind::BookDelta as u8;
    let mut runs = vec![0; parts.len()];
    for at in (1..parts.len()).rev() {
        let (a, b) = (&parts[at - 1], &parts[at]);
        let ends = a.flags & royale_model::EventFlags::LAST.0 != 0;
        let same = (a.instrument, a.time, a.venue_time, a.minor)
            == (b.instrument, b.time, b.venue_time, b.minor);
        if a.kind == DELTA && b.kind == DELTA && same && !ends {
            runs[at - 1] = runs[at] + 1;
        }
    }
    runs
}

/// The coarsest grid that nine of ten local times share up to a constant for each instrument.
fn time_unit(parts: &[Parts]) -> i64 {
    const CANDIDATES: [i64; 5] = [1_000_000, 1_000, 256, 100, 10];
    let on_grid = |unit: i64| {
        let mut rests = std::collections::HashMap::new();
        let hits = parts.iter().filter(|part| {
            let rest = part.time.rem_euclid(unit);
            rests.insert(part.instrument, rest) == Some(rest)
        });
        hits.count() * 10 >= parts.len() * 9
    };
    CANDIDATES.into_iter().find(|&unit| on_grid(unit)).unwrap_or(1)
}

/// The coarsest grid that all venue times lie on.
fn venue_unit(parts: &[Parts]) -> i64 {
    let all = |unit: i64| parts.iter().all(|part| part.venue_time % unit == 0);
    [1_000_000, 1_000].into_iter().find(|&unit| all(unit)).unwrap_or(1)
}

// The stored form of an event (`royale_model::Event`): the places of its parts.
fn split(event: &Event) -> Parts {
    let bytes = event.as_bytes();
    let mut words = [0_i64; 8];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        *word = i64::from_le_bytes(eight);
    }
    let [seq, time, venue_time, _, a, b, c, d] = words;
    Parts {
        seq: seq as u64,
        time,
        venue_time,
        instrument: event.instrument().0,
        kind: event.kind() as u8,
        flags: event.flags().0,
        minor: [bytes[30], bytes[31]],
        words: [a, b, c, d],
    }
}

fn join(part: &Parts) -> Option<Event> {
    let mut bytes = [0_u8; 64];
    bytes[..8].copy_from_slice(&part.seq.to_le_bytes());
    bytes[8..16].copy_from_slice(&part.time.to_le_bytes());
    bytes[16..24].copy_from_slice(&part.venue_time.to_le_bytes());
    bytes[24..28].copy_from_slice(&part.instrument.to_le_bytes());
    bytes[28] = part.kind;
    bytes[29] = part.flags;
    bytes[30..32].copy_from_slice(&part.minor);
    for (chunk, word) in bytes[32..].chunks_exact_mut(8).zip(part.words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    Event::try_read_from_bytes(&bytes).ok()
}

struct Head {
    preamble: Preamble,
    units: Units,
    count: u64,
    checksum: u32,
}

fn put_preamble(preamble: &Preamble, units: Units, events: &[Event]) -> Result<Vec<u8>, PackError> {
    let tables = preamble.instruments.len().max(preamble.slots.len());
    if tables as u64 > TABLE_MAX {
        return Err(PackError::TooLarge("more instruments or slots than a preamble may hold"));
    }
    let mut out = vec![match preamble.purpose {
        Purpose::Tape => 1,
        Purpose::Run => 2,
    }];
    put_text(&mut out, &preamble.config);
    put_varint(&mut out, preamble.instruments.len() as u64);
    preamble.instruments.iter().for_each(|known| out.extend_from_slice(known.as_bytes()));
    put_varint(&mut out, preamble.slots.len() as u64);
    preamble.slots.iter().for_each(|slot| put_text(&mut out, slot));
    put_varint(&mut out, units.time as u64);
    put_varint(&mut out, units.venue as u64);
    out.push(units.relative);
    put_varint(&mut out, events.len() as u64);
    let sum = events.iter().fold(0, |sum, event| crc32c::crc32c_append(sum, event.as_bytes()));
    out.extend_from_slice(&sum.to_le_bytes());
    Ok(out)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_varint(rest)?).ok()?;
    let (text, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    String::from_utf8(text.to_vec()).ok()
}

fn take_preamble(bytes: &[u8]) -> Option<Head> {
    let (&tag, mut rest) = bytes.split_first()?;
    let purpose = match tag {
        1 => Purpose::Tape,
        2 => Purpose::Run,
        _ => return None,
    };
    let config = take_text(&mut rest)?;
    let count = take_varint(&mut rest).filter(|&count| count <= TABLE_MAX)?;
    let mut instruments = Vec::new();
    for _ in 0..count {
        let (instrument, tail) = rest.split_at_checked(size_of::<Instrument>())?;
        instruments.push(Instrument::try_read_from_bytes(instrument).ok()?);
        rest = tail;
    }
    let count = take_varint(&mut rest).filter(|&count| count <= TABLE_MAX)?;
    let slots = (0..count).map(|_| take_text(&mut rest)).collect::<Option<Vec<_>>>()?;
    let unit = |rest: &mut &[u8]| {
        let unit = i64::try_from(take_varint(rest)?).ok()?;
        (1..=1_000_000_000).contains(&unit).then_some(unit)
    };
    let (time, venue) = (unit(&mut rest)?, unit(&mut rest)?);
    let (&relative, mut rest) = rest.split_first()?;
    let count = take_varint(&mut rest).filter(|&count| count <= EVENTS_MAX)?;
    let checksum = u32::from_le_bytes(rest.try_into().ok()?);
    if relative > 1 {
        return None;
    }
    let preamble = Preamble { purpose, config, instruments, slots };
    Some(Head { preamble, units: Units { time, venue, relative }, count, checksum })
}
