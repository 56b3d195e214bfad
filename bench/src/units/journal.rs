//! The journal: a record appended, read back, and verified.

use super::{Recording, Unit, Work, work};
use royale_journal::{Flush, Options, Preamble, Purpose, Reader, Writer, verify, write_tape};
use royale_model::{Action, Decision, Event, Feature, Reasons, SlotId};
use std::hint::black_box;

/// A folder that goes when it is let go of.
pub(super) type Folder = tempfile::TempDir;

pub(super) fn units() -> Vec<Unit> {
    vec![
        Unit::new("journal/event", "an event appended", 20_000, |sessions, count| {
            append(&sessions.kalshi(count)?, Event::clone, Writer::event)
        }),
        Unit::new("journal/decision", "a decision appended", 10_000, |sessions, count| {
            append(&sessions.kalshi(count)?, decision, Writer::decision)
        }),
        Unit::new("journal/read", "a record read back", 10_000, |sessions, count| {
            read(&sessions.kalshi(count)?)
        }),
        Unit::new("journal/verify", "a record verified", 10_000, |sessions, count| {
            let (folder, path) = tape(&sessions.kalshi(count)?)?;
            Ok(work(move || (verify(&path), folder)))
        }),
    ]
}

/// A journal with room for all that a unit writes, so that no segment ends while it is measured.
pub(super) fn writer(preamble: &Preamble) -> Result<(Folder, Writer), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("a folder: {error}"))?;
    let header = Preamble { purpose: Purpose::Run, ..preamble.clone() };
    let options = Options { segment_bytes: 16 << 20, flush: Flush::Lazy, ..Options::default() };
    let writer = apart(|| Writer::create(&folder.path().join("journal"), &header, options))?;
    Ok((folder, writer.map_err(|error| error.to_string())?))
}

/// Does something on a thread of its own, and so with memory of its own. A writer's helper threads
/// give memory back when they happen to run: to a heap where nothing else lies, this way, so that
/// the allocator's work elsewhere is the same each time.
pub(super) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    done.map_err(|_| "the preparation panicked".to_owned())
}

fn append<T: Send + 'static>(
    recording: &Recording,
    record: impl Fn(&Event) -> T,
    append: impl Fn(&mut Writer, &T) + Send + 'static,
) -> Result<Work, String> {
    let records: Vec<T> = recording.sequenced().iter().map(record).collect();
    let (folder, mut writer) = writer(&recording.preamble)?;
    Ok(work(move || {
        for record in &records {
            append(&mut writer, black_box(record));
        }
        (writer, folder, records)
    }))
}

fn decision(event: &Event) -> Decision {
    let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.25);
    let (seq, time, instrument) = (event.seq(), event.time(), event.instrument());
    Decision::new(seq, time, SlotId(0), instrument, Action::Abstain, &reasons)
}

fn tape(recording: &Recording) -> Result<(Folder, std::path::PathBuf), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("a folder: {error}"))?;
    let path = folder.path().join("unit.tape");
    write_tape(&path, &recording.preamble, &recording.events).map_err(|error| error.to_string())?;
    Ok((folder, path))
}

fn read(recording: &Recording) -> Result<Work, String> {
    let (folder, path) = tape(recording)?;
    let mut reader = Reader::open(&path).map_err(|error| error.to_string())?;
    Ok(work(move || {
        while let Ok(Some(record)) = reader.next_record() {
            black_box(&record);
        }
        (reader, folder)
    }))
}
