//! Tapes: a recorded feed as one sealed file. Cold code; called by importers and recorders.

use crate::crc;
use crate::file::SegmentFile;
use crate::format::{self, CHAIN_START, RECORD_HEADER, RecordKind, SEAL_LEN, Seal, Then};
use crate::reserve::reserve;
use crate::{JournalError, Preamble, Purpose, WriterSummary, header};
use royale_model::Event;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zerocopy::IntoBytes;

/// Writes a tape: one sealed segment file with the events in the given order.
/// The file appears under its name only when complete, and is then on the disk.
///
/// The events keep their sequence numbers, which are either 1, 2, 3… or all 0 (not sequenced yet);
/// anything else is refused, because no run could have them.
///
/// # Errors
/// No permission, no space, file exists, or events that a tape cannot hold.
pub fn write_tape(
    path: &Path,
    preamble: &Preamble,
    events: &[Event],
) -> Result<WriterSummary, JournalError> {
    let refuse = |reason: String| JournalError::refused(path, reason);
    if preamble.purpose != Purpose::Tape {
        return Err(refuse("the preamble of a tape must say that it is a tape".into()));
    }
    for (index, event) in events.iter().enumerate() {
        event.check().map_err(|reason| refuse(format!("event {index}: {reason}")))?;
        if !tape_seq_is_right(event.seq(), events[0].seq(), index as u64) {
            let reason = "a tape's events are numbered 1, 2, 3… or not at all (all 0)";
            return Err(refuse(format!("event {index} has sequence {}: {reason}", event.seq())));
        }
    }
    if path.exists() {
        return Err(refuse("the file exists; a tape is never overwritten".into()));
    }
    let bytes = (events.len() * (RECORD_HEADER + size_of::<Event>())) as u64;
    let header_len = header::encode(preamble, 1, 0).map_err(&refuse)?.len() as u64;
    let total = header_len + bytes + SEAL_LEN as u64;
    let header = header::encode(preamble, 1, total).map_err(&refuse)?;

    let passing = passing_name(path);
    let written = write_file(&passing, &header, events, total).and_then(|seal| {
        // A link refuses to replace a file that came into being meanwhile; a rename would not.
        std::fs::hard_link(&passing, path).map_err(JournalError::io(path, "name the tape"))?;
        Ok(seal)
    });
    // Its work is done, or it is half-written; either way it must not stay.
    let _ = std::fs::remove_file(&passing);
    let seal = written?;
    sync_folder_of(path)?;
    Ok(WriterSummary { records: events.len() as u64, bytes, segments: 1, seal })
}

/// True when the event at `index` may have sequence `seq` on a tape that begins with `first`.
pub(crate) fn tape_seq_is_right(seq: u64, first: u64, index: u64) -> bool {
    if first == 0 { seq == 0 } else { seq == index + 1 }
}

fn write_file(
    path: &Path,
    header: &[u8],
    events: &[Event],
    total: u64,
) -> Result<[u8; 32], JournalError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(JournalError::io(path, "create"))?;
    reserve(&file, path, total)?;
    let io = JournalError::io(path, "write");
    let mut hash = Sha256::new();
    hash.update(CHAIN_START);
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    let mut put = |bytes: &[u8]| {
        hash.update(bytes);
        out.write_all(bytes).map_err(&io)
    };
    put(header)?;
    for event in events {
        let tag = format::tag(RecordKind::Event as u8, RECORD_HEADER + size_of::<Event>());
        put(&tag.to_le_bytes())?;
        put(&crc::of_bytes(tag, event.seq(), event.as_bytes()).to_le_bytes())?;
        put(&event.seq().to_le_bytes())?;
        put(event.as_bytes())?;
    }
    let chain = hash.finalize().into();
    let seal = Seal { chain, records: events.len() as u64, then: Then::End };
    out.write_all(&seal.encode(events.last().map_or(0, Event::seq))).map_err(&io)?;
    out.flush().map_err(&io)?;
    drop(out);
    file.sync_all().map_err(&io)?;
    Ok(chain)
}

/// `dir/name.tape` is written as `dir/.name.tape.PID.tmp`.
fn passing_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

pub(crate) fn sync_folder_of(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = JournalError::io(folder, "synchronise");
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Forces a closed journal or a tape to the disk: it is *synced* when this returns.
///
/// # Errors
/// The disk's refusal, with the file.
pub fn sync(path: &Path) -> Result<(), JournalError> {
    let force = |path: &Path| {
        let io = JournalError::io(path, "synchronise");
        File::open(path).and_then(|file| file.sync_all()).map_err(io)
    };
    if !path.is_dir() {
        SegmentFile::open(path)?;
        force(path)?;
        return sync_folder_of(path);
    }
    for number in crate::file::segment_numbers(path)? {
        force(&crate::file::segment_path(path, number))?;
    }
    force(path)
}
