//! Recovery: cuts the torn tail that a crash may leave, and nothing else.
//!
//! A torn tail is bytes after the last good record with no good record behind them. Damage in the
//! middle, with good records behind it, is refused and named: to cut there would lose records that
//! were acknowledged.

use crate::JournalError;
use crate::audit::{Audit, SegmentEnd, first_record, is_full, search};
use crate::file::{SegmentFile, segment_numbers, segment_path};
use crate::format::{SEAL_LEN, Seal, Then};
use crate::header::Header;
use crate::live::reclaim;
use crate::reader::follows;
use crate::segment::write_seal;
use crate::writer::lock;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What recovery did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecoverReport {
    /// Segments that are left.
    pub segments: u32,
    /// Good records, all of which are kept.
    pub records: u64,
    /// Sequence number of the last event.
    pub last_seq: u64,
    /// True when the journal had been closed in good order.
    pub sealed: bool,
    /// What was cut; `None` when the tail was clean.
    pub cut: Option<Cut>,
    /// Full segments whose seal the crash had prevented, and which are sealed now.
    pub sealed_late: u32,
    /// Files that held no record and were removed.
    pub removed: Vec<PathBuf>,
}

/// A torn tail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The file.
    pub path: PathBuf,
    /// From where on it was set to zero.
    pub offset: u64,
    /// Bytes from there to the last one that was not zero.
    pub bytes: u64,
}

/// Makes a journal whose writer died whole again: everything after the last good record becomes
/// zero, segments that were prepared and never used are removed.
///
/// The tail is set to zero and not cut off, because a shorter file could hurt whoever has it mapped.
/// Recovery of a journal that is whole changes nothing.
///
/// # Errors
/// A writer is still alive; damage before good records (nothing is changed then); the system's
/// refusal.
pub fn recover(path: &Path) -> Result<RecoverReport, JournalError> {
    if !path.is_dir() {
        let reason = "only a journal's folder is recovered; write a damaged tape again";
        return Err(JournalError::refused(path, reason));
    }
    let _lock = lock(path)?;
    reclaim(path)?;
    let numbers = segment_numbers(path)?;
    if numbers.first() != Some(&1) {
        return Err(JournalError::refused(path, "the folder holds no first segment of a journal"));
    }
    let mut report = RecoverReport {
        segments: 0,
        records: 0,
        last_seq: 0,
        sealed: false,
        cut: None,
        sealed_late: 0,
        removed: Vec::new(),
    };
    let mut audit = Audit::new();
    let (mut file, mut header) = SegmentFile::open(&segment_path(path, 1))?;
    loop {
        report.segments += 1;
        let later: Vec<PathBuf> = numbers
            .iter()
            .filter(|&&number| number > header.number)
            .map(|&number| segment_path(path, number))
            .collect();
        let walked = audit.walk(&mut file, &header);
        let next = match walked {
            Ok(SegmentEnd::Sealed { then: Then::End, .. }) => {
                report.sealed = true;
                refuse_if_records(&file, audit.at, &later)?;
                report.removed = later;
                break;
            }
            Ok(SegmentEnd::Sealed { at, .. }) => next_segment(path, &file, &header, at)?,
            Ok(SegmentEnd::Open { used, chain }) => {
                let Some(next) = begun_after(path, &header, audit.at)? else {
                    report.cut = cut(&mut file, &header, audit.at, &later)?;
                    report.removed = later;
                    break;
                };
                // The writer had left this segment; only its seal is missing or half-written.
                let behind = audit.at + SEAL_LEN as u64;
                if let Some(at) = file.first_nonzero(behind)? {
                    return Err(file.corrupt(at, "a byte after the segment's end is not zero"));
                }
                let seal = Seal { chain, records: used.records, then: Then::More };
                write_seal(&writable(file.path())?, file.path(), used, seal)?;
                audit.chain = chain;
                report.sealed_late += 1;
                next
            }
            Err(JournalError::Corrupt { .. }) => {
                report.cut = cut(&mut file, &header, audit.at, &later)?;
                report.removed = later;
                break;
            }
            Err(error) => return Err(error),
        };
        (file, header) = next;
    }
    report.removed.extend(half_prepared(path)?);
    for unused in &report.removed {
        std::fs::remove_file(unused).map_err(JournalError::io(unused, "remove"))?;
    }
    report.records = audit.counts.all();
    report.last_seq = audit.last_seq;
    Ok(report)
}

/// The segment that a seal promises.
fn next_segment(
    folder: &Path,
    file: &SegmentFile,
    header: &Header,
    seal: u64,
) -> Result<(SegmentFile, Header), JournalError> {
    let path = segment_path(folder, header.number.saturating_add(1));
    if !path.exists() {
        return Err(file.corrupt(seal, "the seal says that a segment follows; it is missing"));
    }
    let (next_file, next) = SegmentFile::open(&path)?;
    if !follows(header, &next) {
        return Err(next_file.corrupt(0, "this header belongs to another journal"));
    }
    Ok((next_file, next))
}

/// The next segment, if the writer had gone on to it because this one is full up to `end`.
fn begun_after(
    folder: &Path,
    header: &Header,
    end: u64,
) -> Result<Option<(SegmentFile, Header)>, JournalError> {
    let path = segment_path(folder, header.number.saturating_add(1));
    // A later file that cannot be read is not what this segment's writer went on to.
    let Ok((mut next_file, next)) = SegmentFile::open(&path) else { return Ok(None) };
    let begins = first_record(&mut next_file, &next).unwrap_or(None);
    let rolled = begins.is_some_and(|len| is_full(header, end, len));
    Ok((rolled && follows(header, &next)).then_some((next_file, next)))
}

/// Sets everything from `at` to zero, after making sure that no good record is lost.
fn cut(
    file: &mut SegmentFile,
    header: &Header,
    at: u64,
    later: &[PathBuf],
) -> Result<Option<Cut>, JournalError> {
    if let Some(good) = search(file, at)? {
        let reason = format!("damage before good records (the next is at byte {good}); not cut");
        return Err(file.corrupt(at, reason));
    }
    refuse_if_records(file, at, later)?;
    let mut last = at;
    let mut from = at;
    while let Some(nonzero) = file.first_nonzero(from)? {
        last = nonzero + 1;
        from = last;
    }
    let size = file.size()?;
    if last == at && size == header.segment_bytes {
        return Ok(None);
    }
    let path = file.path().to_path_buf();
    let writable = writable(&path)?;
    let io = JournalError::io(&path, "cut the torn tail of");
    let zeros = [0_u8; 4096];
    let mut zeroed = at;
    while zeroed < last {
        let len = (last - zeroed).min(zeros.len() as u64);
        writable.write_all_at(&zeros[..len as usize], zeroed).map_err(&io)?;
        zeroed += len;
    }
    if size < header.segment_bytes {
        // Cut off by someone else; the journal ends before, so only zeros are missing.
        writable.set_len(header.segment_bytes).map_err(&io)?;
    }
    writable.sync_all().map_err(&io)?;
    Ok(Some(Cut { path: path.clone(), offset: at, bytes: last - at }))
}

/// Segments after a torn tail or an end may exist, but hold nothing.
fn refuse_if_records(file: &SegmentFile, at: u64, later: &[PathBuf]) -> Result<(), JournalError> {
    for path in later {
        let mut other = SegmentFile::open_raw(path)?;
        if let Some(good) = search(&mut other, 0)? {
            let reason =
                format!("damage before good records ({}, byte {good}); not cut", path.display());
            return Err(file.corrupt(at, reason));
        }
    }
    Ok(())
}

fn writable(path: &Path) -> Result<File, JournalError> {
    OpenOptions::new().write(true).open(path).map_err(JournalError::io(path, "open for writing"))
}

/// Segments whose preparation the crash had interrupted.
fn half_prepared(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let io = JournalError::io(folder, "list");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&io)? {
        let path = entry.map_err(&io)?.path();
        if path.extension().is_some_and(|extension| extension == "prepare") {
            found.push(path);
        }
    }
    Ok(found)
}
