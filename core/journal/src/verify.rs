//! Verification: every checksum, every order of sequence, the chain of seals, every unused byte.

use crate::JournalError;
use crate::audit::{Audit, SegmentEnd, first_record, is_full};
use crate::file::{SegmentFile, segment_numbers, segment_path};
use crate::format::{Purpose, SEAL_LEN, Then};
use crate::header::Header;
use crate::reader::follows;
use std::path::Path;

/// What a verified journal holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyReport {
    /// Segments read.
    pub segments: u32,
    /// Records by kind: events, decisions, verdicts, orders.
    pub events: u64,
    /// Decisions.
    pub decisions: u64,
    /// Verdicts.
    pub verdicts: u64,
    /// Orders.
    pub orders: u64,
    /// Changes of strategy slots.
    pub slots: u64,
    /// Sequence number of the last event.
    pub last_seq: u64,
    /// True when the writer closed it in good order; false for a journal cut short by a crash.
    pub sealed: bool,
    /// The seal of the last sealed segment, or the running hash of an unsealed one.
    pub seal: [u8; 32],
}

/// Reads every byte and checks it.
///
/// A folder is checked as one journal. A single file is checked if it is a tape or a journal's
/// first segment; later segments hang on the seal before them. A journal that was cut short by a
/// crash passes, with `sealed` false, unless its last record is half-written:
/// see [`recover`](crate::recover). A tape must be sealed.
///
/// # Errors
/// The first thing that is wrong, with file and byte offset.
pub fn verify(path: &Path) -> Result<VerifyReport, JournalError> {
    let mut check = Check { audit: Audit::new(), previous: None, segments: 0, end: [0; 32] };
    if path.is_dir() {
        let numbers = segment_numbers(path)?;
        if numbers.is_empty() {
            return Err(JournalError::refused(path, "the folder holds no journal"));
        }
        for (expected, number) in (1..).zip(numbers) {
            if number != expected {
                let missing = segment_path(path, expected);
                return Err(JournalError::corrupt(&missing, 0, "this segment is missing"));
            }
            check.segment(&segment_path(path, number))?;
        }
        check.no_more()?;
    } else {
        check.segment(path)?;
        check.single(path)?;
    }
    let Check { audit, previous, segments, end } = check;
    Ok(VerifyReport {
        segments,
        events: audit.counts.events,
        decisions: audit.counts.decisions,
        verdicts: audit.counts.verdicts,
        orders: audit.counts.orders,
        slots: audit.counts.slots,
        last_seq: audit.last_seq,
        sealed: previous.is_some_and(|last| last.then == Some(Then::End)),
        seal: end,
    })
}

struct Check {
    audit: Audit,
    previous: Option<Previous>,
    segments: u32,
    /// The value of the last seal, or what it would be.
    end: [u8; 32],
}

/// The segment before the one that is checked.
struct Previous {
    file: SegmentFile,
    header: Header,
    /// Where its records end.
    end: u64,
    /// What its seal says; `None` without a seal.
    then: Option<Then>,
}

impl Check {
    fn segment(&mut self, path: &Path) -> Result<(), JournalError> {
        let (mut file, header) = SegmentFile::open(path)?;
        let begins = first_record(&mut file, &header).unwrap_or(Some(0));
        match &self.previous {
            None if header.number != 1 => {
                let reason = format!(
                    "segment {} hangs on the seal before it; verify the folder",
                    header.number
                );
                return Err(JournalError::refused(path, reason));
            }
            None => {}
            Some(before) => before.allows(&file, &header, begins)?,
        }
        let was_open = self.previous.as_ref().is_some_and(|before| before.then.is_none());
        let walked = self.audit.walk(&mut file, &header)?;
        let (end, then) = match walked {
            SegmentEnd::Sealed { at, .. } if was_open => {
                return Err(file.corrupt(at, "a seal, but the segment before it has none"));
            }
            SegmentEnd::Sealed { at, then } => {
                self.end = self.audit.chain;
                (at, Some(then))
            }
            SegmentEnd::Open { chain, .. } => {
                // After an unsealed segment the chain stands still; only its end is reported.
                self.end = if was_open { self.end } else { chain };
                (self.audit.at, None)
            }
        };
        check_rest(&mut file, &header, end, then)?;
        self.previous = Some(Previous { file, header, end, then });
        self.segments += 1;
        Ok(())
    }
    /// The folder's segments are all read.
    fn no_more(&self) -> Result<(), JournalError> {
        match &self.previous {
            Some(Previous { file, end, then: Some(Then::More), .. }) => {
                Err(file.corrupt(*end, "the seal says that a segment follows; it is missing"))
            }
            _ => Ok(()),
        }
    }
    /// The one file is read.
    fn single(&self, path: &Path) -> Result<(), JournalError> {
        match &self.previous {
            Some(Previous { file, header, end, then }) if *then != Some(Then::End) => {
                let tape = header.preamble.purpose == Purpose::Tape;
                // A recorder's first segment is named as one; every other tape is one whole file.
                if tape && path.extension().is_none_or(|ext| ext != "journal") {
                    return Err(file.corrupt(*end, "the tape ends without its seal"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Previous {
    /// True to the rule that a writer goes to a new segment only when the old one is full.
    /// `begins` is the length of the new segment's first record.
    fn allows(
        &self,
        file: &SegmentFile,
        header: &Header,
        begins: Option<u64>,
    ) -> Result<(), JournalError> {
        if !follows(&self.header, header) {
            return Err(file.corrupt(0, "this header belongs to another journal"));
        }
        match (self.then, begins) {
            (Some(Then::End), _) => {
                Err(file.corrupt(0, "a segment after the journal's end; recover removes it"))
            }
            (None, Some(len)) if len > 0 && !is_full(&self.header, self.end, len) => {
                Err(self.file.corrupt(self.end, "records are missing: the next segment has begun"))
            }
            _ => Ok(()),
        }
    }
}

/// Everything after the last record or seal is zero, and the file is as long as it must be.
fn check_rest(
    file: &mut SegmentFile,
    header: &Header,
    end: u64,
    then: Option<Then>,
) -> Result<(), JournalError> {
    let used = if then.is_some() { end + SEAL_LEN as u64 } else { end };
    if let Some(at) = file.first_nonzero(used)? {
        return Err(file.corrupt(
            at,
            match then {
                Some(_) => "a byte after the seal is not zero",
                None => "a half-written record after the last good one; recover cuts it",
            },
        ));
    }
    let size = file.size()?;
    let closed = then == Some(Then::End) && size == used;
    if size != header.segment_bytes && !closed {
        let reason = format!("the file has {size} bytes, the segment {}", header.segment_bytes);
        return Err(file.corrupt(size.min(header.segment_bytes), reason));
    }
    Ok(())
}
