//! What is written is read, over segments, rolls and exact fits; equal runs leave equal bytes.

mod common;

use common::{append_all, create, event, preamble, read_all, records};
use royale_journal::{Purpose, Reader, Record, RecordKind, Writer, write_tape};
use royale_model::Event;
use zerocopy::IntoBytes;

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

/// The ways around a record's content, as a replay goes them: past what is no event, and by comparing.
#[test]
fn events_alone_and_records_by_their_bytes_are_those_that_are_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, 4096);
    append_all(&mut writer, 1..=300);
    writer.finish().unwrap();

    let mut reader = Reader::open(&path).unwrap();
    let alone: Vec<Event> = std::iter::from_fn(|| reader.next_event().unwrap()).collect();
    assert!(alone == (1..=300).map(event).collect::<Vec<_>>() && reader.is_finished());
    assert_eq!(reader.records_read(), 600, "what is passed over is counted");

    let (mut reader, mut taken) = (Reader::open(&path).unwrap(), 0);
    for expected in (1..=300).flat_map(records) {
        let (kind, bytes) = (expected.kind(), bytes(&expected));
        for at in [0, 20, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(!reader.take_if_same(kind, &other), "{expected:?} with byte {at} changed");
        }
        assert!(!reader.take_if_same(kind, &bytes[..bytes.len() - 8]), "{expected:?} cut short");
        let is_order = kind == RecordKind::Order;
        let another = if is_order { RecordKind::Verdict } else { RecordKind::Order };
        assert!(!reader.take_if_same(another, &bytes), "{expected:?} as {another:?}");
        // Between two segments, and where the window ends, the whole record is asked for.
        if reader.take_if_same(kind, &bytes) {
            taken += 1;
        } else {
            assert_eq!(reader.next_record().unwrap(), Some(expected));
        }
    }
    assert!(taken > 500, "{taken} of 600");
    assert_eq!((reader.next_record().unwrap(), reader.is_finished()), (None, true));
}

fn bytes(record: &Record) -> Vec<u8> {
    match record {
        Record::Event(event) => event.as_bytes(),
        Record::Decision(decision) => decision.as_bytes(),
        Record::Verdict(verdict) => verdict.as_bytes(),
        Record::Order(order) => order.as_bytes(),
        Record::Slot(change) => change.as_bytes(),
    }
    .to_vec()
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
