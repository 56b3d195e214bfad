//! The strict walk through one segment: every checksum, every rule of order, the hash.
//!
//! Owns the rules that a whole journal keeps; verification and recovery ask it, the live reader
//! does not. Must never change a file.

use crate::JournalError;
use crate::file::{Found, SegmentFile};
use crate::format::{ALIGN, CHAIN_START, Entry, Purpose, Record, SEAL_LEN, Seal, Then};
use crate::header::Header;
use crate::segment::Used;
use crate::tape::tape_seq_is_right;
use royale_model::Seq;
use sha2::{Digest, Sha256};

/// Records by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    pub events: u64,
    pub decisions: u64,
    pub verdicts: u64,
    pub orders: u64,
    pub slots: u64,
}

impl Counts {
    pub(crate) fn all(&self) -> u64 {
        self.events + self.decisions + self.verdicts + self.orders + self.slots
    }
}

/// How a segment ends.
pub(crate) enum SegmentEnd {
    /// With a good seal; `at` is where the seal begins.
    Sealed { at: u64, then: Then },
    /// Without a seal: the writer is still there, or died.
    Open {
        /// What it holds.
        used: Used,
        /// The value that its seal would have.
        chain: [u8; 32],
    },
}

/// What was seen so far of a journal, segment by segment.
pub(crate) struct Audit {
    pub counts: Counts,
    pub last_seq: Seq,
    /// The last good seal's value.
    pub chain: [u8; 32],
    /// Where the walk stands in the present segment: before this offset everything is good.
    pub at: u64,
    first_seq: Option<Seq>,
}

impl Audit {
    pub(crate) fn new() -> Self {
        Self { counts: Counts::default(), last_seq: 0, chain: CHAIN_START, at: 0, first_seq: None }
    }
    /// Walks one segment from its header to its seal, or to the first place without a record.
    /// What stands after that place is not looked at.
    pub(crate) fn walk(
        &mut self,
        file: &mut SegmentFile,
        header: &Header,
    ) -> Result<SegmentEnd, JournalError> {
        let mut hash = Sha256::new();
        hash.update(self.chain);
        self.at = 0;
        while self.at < header.len {
            let len = (header.len - self.at).min(64 << 10) as usize;
            let bytes = file.bytes(self.at, len)?;
            hash.update(bytes);
            self.at += len as u64;
        }
        let mut records = 0;
        loop {
            let Found::Entry { seq, entry, next } = file.entry(self.at)? else {
                let end = usize::try_from(self.at).unwrap_or(usize::MAX);
                let used = Used { end, records, last_seq: self.last_seq };
                return Ok(SegmentEnd::Open { used, chain: hash.finalize().into() });
            };
            match entry {
                Entry::Record(record) => {
                    self.admit(header.preamble.purpose, &record)
                        .map_err(|reason| file.corrupt(self.at, reason))?;
                    hash.update(file.bytes(self.at, (next - self.at) as usize)?);
                    records += 1;
                    self.at = next;
                }
                Entry::Seal(seal) => {
                    let chain = hash.finalize().into();
                    self.check_seal(&seal, seq, records, chain)
                        .map_err(|reason| file.corrupt(self.at, reason))?;
                    self.chain = chain;
                    return Ok(SegmentEnd::Sealed { at: self.at, then: seal.then });
                }
            }
        }
    }
    fn admit(&mut self, purpose: Purpose, record: &Record) -> Result<(), String> {
        let seq = record.seq();
        if let Record::Event(_) = record {
            let first = *self.first_seq.get_or_insert(seq);
            let right = match purpose {
                Purpose::Tape => tape_seq_is_right(seq, first, self.counts.events),
                Purpose::Run => seq == self.counts.events + 1,
            };
            if !right {
                return Err(format!("event with sequence {seq} after {}", self.last_seq));
            }
            self.last_seq = seq;
        } else if purpose == Purpose::Tape {
            return Err("a tape holds events only".into());
        } else if self.counts.events == 0 || seq != self.last_seq {
            return Err(format!("record for sequence {seq}; the last event is {}", self.last_seq));
        }
        match record {
            Record::Event(_) => self.counts.events += 1,
            Record::Decision(_) => self.counts.decisions += 1,
            Record::Verdict(_) => self.counts.verdicts += 1,
            Record::Order(_) => self.counts.orders += 1,
            Record::Slot(_) => self.counts.slots += 1,
        }
        Ok(())
    }
    fn check_seal(
        &self,
        seal: &Seal,
        seq: Seq,
        records: u64,
        chain: [u8; 32],
    ) -> Result<(), String> {
        if seal.records != records {
            return Err(format!("seal of {} records after {records} records", seal.records));
        }
        if seq != self.last_seq {
            return Err(format!("seal with sequence {seq}; the last event is {}", self.last_seq));
        }
        if seal.chain != chain {
            return Err("the seal's hash does not match the segment and those before it".into());
        }
        Ok(())
    }
}

/// The length of a segment's first record, if it has one.
pub(crate) fn first_record(
    file: &mut SegmentFile,
    header: &Header,
) -> Result<Option<u64>, JournalError> {
    match file.entry(header.len)? {
        Found::Entry { next, entry: Entry::Record(_), .. } => Ok(Some(next - header.len)),
        _ => Ok(None),
    }
}

/// True when a record of `next` bytes had no room after `end`: why a writer goes to a new segment.
pub(crate) fn is_full(header: &Header, end: u64, next: u64) -> bool {
    end.saturating_add(next).saturating_add(SEAL_LEN as u64) > header.segment_bytes
}

/// The first good record or seal at or after `from`, at any place where one could begin.
pub(crate) fn search(file: &mut SegmentFile, from: u64) -> Result<Option<u64>, JournalError> {
    let mut at = from.next_multiple_of(ALIGN);
    while let Some(nonzero) = file.first_nonzero(at)? {
        // A record's first byte is its length's low byte, which is never zero.
        at = nonzero & !(ALIGN - 1);
        if let Ok(Found::Entry { .. }) = file.try_entry(at) {
            return Ok(Some(at));
        }
        at += ALIGN;
    }
    Ok(None)
}
