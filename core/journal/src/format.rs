//! The layout of a record and of a seal. With [`crate::header`], the only code that knows the
//! bytes of a journal (docs/journal-format.md says them in words). Must never touch a file.

use crate::crc;
use royale_model::{Decision, Event, Instrument, Order, Seq, SlotChange, Verdict};
use zerocopy::TryFromBytes;

#[cfg(target_endian = "big")]
compile_error!("a journal is little-endian, and records are the memory of the model's types");

/// What the file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A recorded feed: inputs only.
    Tape,
    /// A run of the engine: inputs and everything that they caused.
    Run,
}

/// What every segment's header says of the whole journal, so that it explains itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preamble {
    /// Tape or run.
    pub purpose: Purpose,
    /// The complete configuration of the run, or the origin note of a tape. No wall-clock in it.
    pub config: String,
    /// The instrument table; position is `InstrumentId`.
    pub instruments: Vec<Instrument>,
    /// Names of the strategy slots; position is `SlotId`.
    pub slots: Vec<String>,
}

/// The kinds of record, as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordKind {
    /// An input.
    Event = 1,
    /// What a strategy wants.
    Decision = 2,
    /// What the risk gate says to it.
    Verdict = 3,
    /// What goes to the venue.
    Order = 4,
    /// What became of a strategy slot.
    Slot = 6,
}

impl RecordKind {
    #[inline]
    const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Event,
            2 => Self::Decision,
            3 => Self::Verdict,
            4 => Self::Order,
            6 => Self::Slot,
            _ => return None,
        })
    }
}

/// One record, by value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Record {
    /// An input.
    Event(Event),
    /// What a strategy wants.
    Decision(Decision),
    /// What the risk gate says to it.
    Verdict(Verdict),
    /// What goes to the venue.
    Order(Order),
    /// What became of a strategy slot.
    Slot(SlotChange),
}

impl Record {
    /// The kind, as stored.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Event(_) => RecordKind::Event,
            Self::Decision(_) => RecordKind::Decision,
            Self::Verdict(_) => RecordKind::Verdict,
            Self::Order(_) => RecordKind::Order,
            Self::Slot(_) => RecordKind::Slot,
        }
    }
    /// The sequence number of the event that it is or answers.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Event(event) => event.seq(),
            Self::Decision(decision) => decision.seq,
            Self::Verdict(verdict) => verdict.seq,
            Self::Order(order) => order.seq,
            Self::Slot(change) => change.seq,
        }
    }
}

/// Records begin and end at multiples of this.
pub(crate) const ALIGN: u64 = 8;
/// Bytes of a record before its payload: tag, checksum, sequence number.
pub(crate) const RECORD_HEADER: usize = 16;
/// The longest record: a decision.
pub(crate) const RECORD_MAX: usize = RECORD_HEADER + size_of::<Decision>();
/// What all records but decisions hold: a cache line.
const LINE: usize = 64;
const _: () = assert!(
    size_of::<Event>() == LINE
        && size_of::<Verdict>() == LINE
        && size_of::<Order>() == LINE
        && size_of::<SlotChange>() == LINE
);
/// The kind of a seal; no [`RecordKind`], because it says nothing of trading.
pub(crate) const SEAL_KIND: u8 = 5;
const SEAL_PAYLOAD: usize = 48;
/// Bytes of a seal, kept free at the end of each segment.
pub(crate) const SEAL_LEN: usize = RECORD_HEADER + SEAL_PAYLOAD;
/// The value that the first seal is chained to.
pub(crate) const CHAIN_START: [u8; 32] = [0; 32];

/// The first word of a record, which is published last: length, kind, a zero.
pub(crate) const fn tag(kind: u8, len: usize) -> u32 {
    debug_assert!(len <= RECORD_MAX && len.is_multiple_of(ALIGN as usize));
    (len as u32) | ((kind as u32) << 16)
}

/// The length of what a record of this kind holds.
#[inline]
const fn payload_len(kind: u8) -> Option<usize> {
    match kind {
        1 | 3 | 4 | 6 => Some(LINE),
        2 => Some(size_of::<Decision>()),
        SEAL_KIND => Some(SEAL_PAYLOAD),
        _ => None,
    }
}

/// The total length that a tag says, if a writer of ours could have said it.
pub(crate) fn tag_len(tag: u32) -> Result<usize, String> {
    let (len, kind) = ((tag & 0xffff) as usize, (tag >> 16) as u8);
    let payload = payload_len(kind).ok_or_else(|| format!("record of unknown kind {kind}"))?;
    if tag >> 24 != 0 {
        return Err("reserved byte of the record is not zero".into());
    }
    if len != RECORD_HEADER + payload {
        let right = RECORD_HEADER + payload;
        return Err(format!("record of kind {kind} says {len} bytes, not {right}"));
    }
    Ok(len)
}

/// The end of a segment: what it holds, chained to the segments before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seal {
    /// SHA-256 over the previous seal's chain value and all bytes of the segment before this seal.
    pub chain: [u8; 32],
    /// Records of the segment, this one not counted.
    pub records: u64,
    /// What comes after it.
    pub then: Then,
}

/// What comes after a seal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// More segments follow.
    More = 1,
    /// The journal was closed in good order.
    End = 2,
}

impl Seal {
    /// The seal as a record that carries the last record's sequence number.
    pub(crate) fn encode(&self, seq: Seq) -> [u8; SEAL_LEN] {
        let mut bytes = [0_u8; SEAL_LEN];
        let tag = tag(SEAL_KIND, SEAL_LEN);
        bytes[16..48].copy_from_slice(&self.chain);
        bytes[48..56].copy_from_slice(&self.records.to_le_bytes());
        bytes[56] = self.then as u8;
        let crc = crc::of_bytes(tag, seq, &bytes[RECORD_HEADER..]);
        bytes[..4].copy_from_slice(&tag.to_le_bytes());
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes[8..16].copy_from_slice(&seq.to_le_bytes());
        bytes
    }
    fn decode(payload: &[u8]) -> Result<Self, String> {
        let (chain, rest) = payload.split_first_chunk().ok_or("seal too short")?;
        let (records, rest) = rest.split_first_chunk().ok_or("seal too short")?;
        let then = match rest {
            [1, 0, 0, 0, 0, 0, 0, 0] => Then::More,
            [2, 0, 0, 0, 0, 0, 0, 0] => Then::End,
            _ => return Err("seal with an unknown flag".into()),
        };
        Ok(Self { chain: *chain, records: u64::from_le_bytes(*records), then })
    }
}

/// What stands at a place of a segment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Entry {
    /// A record of the journal.
    Record(Record),
    /// The end of the segment.
    Seal(Seal),
}

/// The tag in the first four of `bytes`; 0 when there are not as many.
pub(crate) fn read_tag(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |tag| u32::from_le_bytes(*tag))
}

/// One whole record as it stands in a file: its checksum holds, its content was not looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    kind: u8,
    seq: Seq,
    payload: &'a [u8],
}

impl<'a> Raw<'a> {
    /// The record at the beginning of `bytes`; `None` unless there is a whole one with its checksum.
    /// [`Raw::explained`] says what is wrong.
    #[inline]
    pub(crate) fn cut(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<RECORD_HEADER>()?;
        let (tag, crc, seq) = words(head);
        let len = payload_len(u8::try_from(tag >> 16).ok()?)?;
        let payload = rest.get(..len)?;
        let is_whole =
            tag & 0xffff == (RECORD_HEADER + len) as u32 && crc_of(tag, seq, payload) == crc;
        is_whole.then_some(Self { kind: (tag >> 16) as u8, seq, payload })
    }
    /// Checks one whole record, as cut out by [`tag_len`].
    fn explained(bytes: &'a [u8]) -> Result<Self, String> {
        let (head, payload) = bytes.split_first_chunk().ok_or("record too short")?;
        let (tag, crc, seq) = words(head);
        if tag_len(tag)? != bytes.len() {
            return Err("record length does not match its tag".into());
        }
        if crc_of(tag, seq, payload) != crc {
            return Err("record checksum does not match".into());
        }
        Ok(Self { kind: (tag >> 16) as u8, seq, payload })
    }
    /// What it is; a seal is no record of the journal.
    #[inline]
    pub(crate) fn kind(&self) -> Option<RecordKind> {
        RecordKind::from_byte(self.kind)
    }
    /// The sequence number that it says.
    #[inline]
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }
    /// What it holds.
    #[inline]
    pub(crate) fn payload(&self) -> &'a [u8] {
        self.payload
    }
    /// Its length in the file.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        RECORD_HEADER + self.payload.len()
    }
    /// The event that it holds, checked.
    #[inline]
    pub(crate) fn event(&self) -> Result<Event, String> {
        let event: Event = read(self.payload, "event")?;
        event.check()?;
        self.agree(event.seq())?;
        Ok(event)
    }
    /// What it holds, checked.
    pub(crate) fn entry(&self) -> Result<Entry, String> {
        let payload = self.payload;
        let record = match self.kind {
            1 => Record::Event(self.event()?),
            2 => Record::Decision(read(payload, "decision")?),
            3 => Record::Verdict(read(payload, "verdict")?),
            4 => Record::Order(read(payload, "order")?),
            6 => Record::Slot(read(payload, "slot change")?),
            _ => return Ok(Entry::Seal(Seal::decode(payload)?)),
        };
        if let Record::Decision(decision) = &record {
            decision.check()?;
        }
        self.agree(record.seq())?;
        Ok(Entry::Record(record))
    }
    fn agree(&self, content: Seq) -> Result<(), String> {
        if content == self.seq {
            return Ok(());
        }
        Err(format!("record says sequence {}, its content {content}", self.seq))
    }
}

/// Tag, checksum and sequence number.
#[inline]
fn words(head: &[u8; RECORD_HEADER]) -> (u32, u32, Seq) {
    let word = u128::from_le_bytes(*head);
    (word as u32, (word >> 32) as u32, (word >> 64) as u64)
}

/// Checks one whole record, as cut out by [`tag_len`]: checksum first, then content.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Seq, Entry), String> {
    let raw = Raw::explained(bytes)?;
    Ok((raw.seq, raw.entry()?))
}

/// The checksum, by the fast way where the length is that of a line or three.
#[inline]
fn crc_of(tag: u32, seq: Seq, payload: &[u8]) -> u32 {
    if let Ok(line) = <&[u8; LINE]>::try_from(payload) {
        return crc::of_record(tag, seq, line);
    }
    if let Ok(lines) = <&[u8; size_of::<Decision>()]>::try_from(payload) {
        return crc::of_record(tag, seq, lines);
    }
    crc::of_bytes(tag, seq, payload)
}

fn read<T: TryFromBytes>(payload: &[u8], name: &str) -> Result<T, String> {
    T::try_read_from_bytes(payload).map_err(|_| format!("{name} holds a value that does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{
        Action, Body, EventFlags, Fault, Gap, GapReason, InstrumentId, Nanos, Reasons, SlotEvent,
        SlotId, Stamp,
    };
    use zerocopy::IntoBytes;

    /// A record whose checksum is right, whatever its content.
    fn forged(kind: u8, seq: Seq, payload: &[u8]) -> Vec<u8> {
        let tag = tag(kind, RECORD_HEADER + payload.len());
        let mut bytes = tag.to_le_bytes().to_vec();
        bytes.extend(crc::of_bytes(tag, seq, payload).to_le_bytes());
        bytes.extend(seq.to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_right_checksum_does_not_excuse_wrong_content() {
        let (time, instrument) = (Nanos::ZERO, InstrumentId::NONE);
        let stamp = Stamp { seq: 1, time, venue_time: time, instrument };
        let gap = Body::Gap(Gap { expected: 1, received: 2, reason: GapReason::Sequence });
        let event = Event::new(stamp, gap, EventFlags::default());
        let reason = |bytes: &[u8]| decode(bytes).unwrap_err();

        assert!(decode(&forged(1, 1, event.as_bytes())).is_ok());
        assert!(reason(&forged(1, 2, event.as_bytes())).contains("its content 1"));
        let mut foreign = event.as_bytes().to_vec();
        foreign[30] = 77;
        assert!(reason(&forged(1, 1, &foreign)).contains("canonical"));
        foreign[28] = 200;
        assert!(reason(&forged(1, 1, &foreign)).contains("value that does not exist"));

        let reasons = Reasons::new();
        let mut decision = Decision::new(1, time, SlotId(0), instrument, Action::Cancel, &reasons);
        assert!(decode(&forged(2, 1, decision.as_bytes())).is_ok());
        decision.score = 1;
        assert!(reason(&forged(2, 1, decision.as_bytes())).contains("add up"));

        // The actions that there are, by number: an older reader refuses a newer one as a value that
        // does not exist, and never takes it for another.
        decision.score = 0;
        let action_at = decision.as_bytes().iter().position(|&byte| byte == 2).unwrap();
        let mut bytes = decision.as_bytes().to_vec();
        for (number, action) in [(1, Action::Submit), (2, Action::Cancel), (3, Action::Abstain)] {
            bytes[action_at] = number;
            let Entry::Record(Record::Decision(read)) = decode(&forged(2, 1, &bytes)).unwrap().1
            else {
                panic!("a decision");
            };
            assert_eq!(read.action, action);
        }
        for number in [0, 4, 255] {
            bytes[action_at] = number;
            assert!(reason(&forged(2, 1, &bytes)).contains("value that does not exist"));
        }

        let seal = Seal { chain: CHAIN_START, records: 0, then: Then::End }.encode(0);
        let mut payload = seal[RECORD_HEADER..].to_vec();
        assert_eq!(forged(SEAL_KIND, 0, &payload), seal);
        payload[40] = 3;
        assert!(reason(&forged(SEAL_KIND, 0, &payload)).contains("unknown flag"));
        assert!(reason(&forged(1, 1, &[0; 32])).contains("says 48 bytes"));
        let change = SlotChange::new(1, time, SlotId(0), SlotEvent::Confirmed, Fault::Busy);
        assert!(decode(&forged(6, 1, change.as_bytes())).is_ok());
        for (at, wrong) in [(58, 0), (58, 9), (59, 11)] {
            let mut foreign = change.as_bytes().to_vec();
            foreign[at] = wrong;
            assert!(reason(&forged(6, 1, &foreign)).contains("value that does not exist"));
        }
        assert!(reason(&forged(9, 1, event.as_bytes())).contains("unknown kind"));
    }
}
