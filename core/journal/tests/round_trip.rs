//! What is written is read, over segments, rolls and exact fits; equal runs leave equal bytes.

mod common;

use common::{append_all, create, event, preamble, read_all, records};
use royale_journal::{Purpose, Reader, Record, Writer, write_tape};
use royale_model::Event;

#[test]
fn all_kinds_are_read_back_over_several_segments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, 4096);
    append_all(&mut writer, 1..=300);
    let summary = writer.finish().unwrap();
    let (read, finished) = read_all(&path).unwrap();
    let wrote: Vec<Record> = (1..=300).flat_map(records).collect();
    assert!(read == wrote && finished);
    assert_eq!(summary.records, wrote.len() as u64);
    assert_eq!(summary.bytes, 300 * 80 + 100 * (208 + 80 + 80));
    assert!(summary.segments > 10);
    let files = std::fs::read_dir(&path).unwrap().count();
    assert_eq!(files, summary.segments as usize, "no spare segment is left");
}

#[test]
fn a_tape_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.tape");
    let events: Vec<Event> = (1..=10_000).map(event).collect();
    let summary = write_tape(&path, &preamble(Purpose::Tape), &events).unwrap();
    assert_eq!((summary.records, summary.segments), (10_000, 1));
    let (read, finished) = read_all(&path).unwrap();
    assert!(finished && read == events.iter().copied().map(Record::Event).collect::<Vec<_>>());
    assert_eq!(Reader::open(&path).unwrap().preamble(), &preamble(Purpose::Tape));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no passing file is left");
}

#[test]
fn an_empty_journal_is_finished_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let empty = royale_journal::Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: vec![],
        slots: vec![],
    };
    let writer = Writer::create(&path, &empty, common::options(1)).unwrap();
    assert_eq!(writer.finish().unwrap().records, 0);
    let (read, finished) = read_all(&path).unwrap();
    assert!(read.is_empty() && finished);
}
