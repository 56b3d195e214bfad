//! A journal while it is written: a reader at its tail, a full disk, a killed writer, two writers.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{CHILD, append, append_all, child, create, event, preamble, read_all, records};
use royale_journal::{JournalError, Purpose, Reader, Writer, recover, sync, verify};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn equal_runs_leave_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for (path, pause) in paths.iter().zip([false, true]) {
        let mut writer = create(path, 4096);
        for seq in 1..=200 {
            append_all(&mut writer, seq..=seq);
            if pause && seq % 20 == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        writer.finish().unwrap();
    }
    let [a, b] = paths.map(|path| {
        let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|f| f.unwrap()).collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        files.iter().map(|f| (f.file_name(), std::fs::read(f.path()).unwrap())).collect::<Vec<_>>()
    });
    assert!(a.len() > 8 && a == b);
}

#[test]
fn every_fill_of_a_segment_up_to_exact_fit_rolls_rightly() {
    // One decision more or less moves the last event's end by steps of 48 bytes; and a config of
    // any length moves the first record. Both together meet the exact fit and its neighbours.
    let mut exact = 0;
    for extra in 0..5 {
        for decisions in 0..6 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("run");
            let mut preamble = preamble(Purpose::Run);
            preamble.config = "#".repeat(64 * extra);
            let mut writer = Writer::create(&path, &preamble, common::options(4096)).unwrap();
            let mut wrote = Vec::new();
            for seq in 1..=100 {
                wrote.push(royale_journal::Record::Event(event(seq)));
                if seq <= decisions {
                    wrote.push(royale_journal::Record::Decision(common::decision(seq)));
                }
            }
            wrote.iter().for_each(|record| append(&mut writer, record));
            writer.finish().unwrap();
            verify(&path).unwrap();
            assert!(read_all(&path).unwrap() == (wrote, true));
            let first = std::fs::read(path.join("000001.journal")).unwrap();
            exact += u32::from(first[4096 - 64..][..4] == [64, 0, 5, 0]);
        }
    }
    assert!(exact > 0, "no case filled a segment to its last byte");
}

#[test]
fn a_reader_at_the_tail_sees_every_record_once_and_in_order() {
    follow(64 << 10, 60_000, 1_000, Duration::from_micros(300));
}

/// Short segments and bursts that cross them: the reader looks at the old segment's end just
/// before the writer fills it and goes on. Without a second look it would lose what was filled.
#[test]
fn a_reader_loses_nothing_when_the_writer_rolls_between_two_looks() {
    follow(4096, 12_000, 29, Duration::from_millis(3));
}

fn follow(segment_bytes: u64, last: u64, burst: u64, pause: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, segment_bytes);
    let mut reader = Reader::open(&path).unwrap();
    let thread = std::thread::spawn(move || {
        for seq in 1..=last {
            append_all(&mut writer, seq..=seq);
            if seq % burst == 0 {
                std::thread::sleep(pause);
            }
        }
        assert!(writer.failure().is_none() && writer.dropped() == 0);
        writer.finish().unwrap()
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut expected = (1..=last).flat_map(records);
    let mut polls_before_finish = 0_u64;
    while !reader.is_finished() {
        match reader.next_record().unwrap() {
            Some(record) => assert!(Some(record) == expected.next(), "{record:?}"),
            None => polls_before_finish += 1,
        }
        assert!(Instant::now() < deadline, "the tail never ended");
    }
    assert!(expected.next().is_none());
    let summary = thread.join().unwrap();
    assert_eq!(summary.records, reader.records_read());
    assert!(summary.segments > 50, "{} segments", summary.segments);
    assert!(polls_before_finish > 0, "the reader was never at the tail: the test shows nothing");
    assert_eq!(verify(&path).unwrap().seal, summary.seal);
}

#[test]
fn two_writers_cannot_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let writer = create(&path, 4096);
    let again = || Writer::create(&path, &preamble(Purpose::Run), common::options(4096));
    let refused = again().err().unwrap().to_string();
    assert!(refused.contains("another process or writer"), "{refused}");
    assert!(recover(&path).unwrap_err().to_string().contains("another process or writer"));
    writer.finish().unwrap();
    let refused = again().err().unwrap().to_string();
    assert!(refused.contains("already holds a journal"), "{refused}");
    assert_eq!(verify(&path).unwrap().events, 0);
}

#[test]
fn a_segment_that_was_prepared_and_not_used_is_removed() {
    for finish in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut writer = create(&path, 4096);
        writer.event(&event(1));
        let deadline = Instant::now() + Duration::from_secs(20);
        while !path.join("000002.journal").exists() {
            assert!(Instant::now() < deadline, "no segment was prepared ahead");
            std::thread::yield_now();
        }
        assert_eq!(verify(&path).unwrap().events, 1, "an unused segment is no damage");
        if finish {
            writer.finish().unwrap();
        } else {
            drop(writer);
        }
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
        assert_eq!(verify(&path).unwrap().sealed, finish);
    }
}

#[test]
fn a_dropped_writer_leaves_a_valid_journal_without_seal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, 4096);
    append_all(&mut writer, 1..=100);
    drop(writer);
    let report = verify(&path).unwrap();
    assert!(!report.sealed && report.events == 100);
    let (read, finished) = read_all(&path).unwrap();
    assert!(!finished && read.len() == (1..=100).flat_map(records).count());
    sync(&path).unwrap();
    assert!(recover(&path).unwrap().cut.is_none());
}

#[test]
fn a_segment_larger_than_the_disk_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    for segment_bytes in [1 << 50, u64::MAX] {
        let options = common::options(segment_bytes);
        let error = Writer::create(&path, &preamble(Purpose::Run), options).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("000001") && text.contains("no space"), "{text}");
        assert!(text.contains("Free space") && text.contains("bytes"), "{text}");
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "nothing is left behind");
    }
    assert!(matches!(verify(&path), Err(JournalError::Refused { .. })));
    assert!(Reader::open(&path).is_err());
}

/// The disk is full when the second segment is prepared: here, because the process may not write
/// so much. The limit is per file, so the child lowers it after the first segment stands.
#[test]
fn a_full_disk_stops_the_writer_and_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let output = child("child_whose_disk_is_full", &path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let report = verify(&path).unwrap();
    assert!(!report.sealed && report.events > 0);
}

#[test]
#[ignore = "the child of a_full_disk_stops_the_writer_and_nothing_panics"]
fn child_whose_disk_is_full() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    // SAFETY: this process runs this test alone; a write past the limit shall fail, not kill.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let mut writer = create(path, 64 << 10);
    // The second segment may be prepared already, the third cannot be.
    let limit = (64 << 10) - 1;
    let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
    // SAFETY: `limit` is a whole structure, and the call only reads it.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) }, 0);
    let mut seq = 0;
    while writer.failure().is_none() {
        seq += 1;
        writer.event(&event(seq));
        assert!(seq < 10_000, "the writer never noticed");
    }
    let text = writer.failure().unwrap().to_string();
    assert!(text.contains("no space for a journal segment of 65536 bytes"), "{text}");
    let (written, dropped) = (writer.records(), writer.dropped());
    writer.event(&event(seq));
    assert_eq!((writer.records(), writer.dropped()), (written, dropped + 1));
    assert_eq!(written + dropped, seq);
    assert!(writer.finish().is_err());
    assert_eq!(read_all(path).unwrap().0.len() as u64, written);
}

/// Was: the folder kept an empty first segment, and the next run in it was refused.
#[test]
fn a_writer_whose_threads_cannot_start_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let output = child("child_that_may_not_start_threads", &path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
#[ignore = "the child of a_writer_whose_threads_cannot_start_leaves_nothing"]
fn child_that_may_not_start_threads() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
    let refused = |stacks: u64| {
        // A thread's stack has 2 MiB: so many of them fit, and a little more.
        let most = pages * 4096 + stacks * (2 << 20) + (1 << 20);
        let limit = libc::rlimit { rlim_cur: most, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: `limit` is a whole structure, and the call only reads it.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
        let options = common::options(4096);
        Writer::create(Path::new(&path), &preamble(Purpose::Run), options)
            .err()
            .unwrap()
            .to_string()
    };
    assert!(refused(0).contains("flusher thread"));
    assert!(refused(1).contains("maker thread"));
}
