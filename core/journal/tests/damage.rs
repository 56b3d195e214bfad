//! Every flipped bit and every cut is found and named; no bytes make a reader panic.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{append_all, create, event, preamble, read_all};
use proptest::prelude::*;
use royale_journal::{
    Flush, JournalError, Options, Purpose, Reader, Writer, recover, verify, write_tape,
};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Nothing here is about the disk.
fn options() -> Options {
    Options { flush: Flush::Lazy, ..common::options(4096) }
}

/// A journal of three segments of one page each, closed in good order.
fn three_segments(folder: &Path) -> PathBuf {
    let path = folder.join("run");
    let mut preamble = preamble(Purpose::Run);
    // Long enough that the segments are not filled to their last byte.
    preamble.config.push_str(&"#".repeat(64));
    let options = options();
    let mut writer = Writer::create(&path, &preamble, options).unwrap();
    append_all(&mut writer, 1..=51);
    assert_eq!(writer.finish().unwrap().segments, 3);
    path
}

fn small_tape(folder: &Path) -> PathBuf {
    let path = folder.join("feed.tape");
    let events: Vec<_> = (1..=3).map(event).collect();
    write_tape(&path, &preamble(Purpose::Tape), &events).unwrap();
    path
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let mut all: Vec<_> = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

/// Verification fails and names a file of the journal, near the damage or at its seal.
fn assert_named(path: &Path, file: &Path, at: usize) {
    match verify(path) {
        Err(JournalError::Corrupt { path: named, offset, reason }) => {
            assert_eq!(named, file, "byte {at}: {reason}");
            assert!(offset <= at as u64 + 8, "byte {at} named as {offset}: {reason}");
        }
        other => panic!("{}: flip at byte {at} gives {other:?}", file.display()),
    }
}

#[test]
fn every_flipped_byte_of_a_journal_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    verify(&path).unwrap();
    let mut zeros_after_seals = 0;
    for file in files(&path) {
        let good = std::fs::read(&file).unwrap();
        zeros_after_seals += good.iter().rev().take_while(|&&byte| byte == 0).count() - 7;
        let open = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        for (at, &byte) in good.iter().enumerate() {
            open.write_all_at(&[byte ^ (1 << (at % 8))], at as u64).unwrap();
            assert_named(&path, &file, at);
            if at % 5 == 0 {
                // The reader may stop here or go on past a seal's hash, but must not panic.
                let _ = read_all(&path);
            }
            open.write_all_at(&[byte], at as u64).unwrap();
        }
    }
    assert!(zeros_after_seals > 0, "no byte after a seal was flipped");
    verify(&path).unwrap();
}

#[test]
fn every_flipped_bit_of_a_tape_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_tape(folder.path());
    let good = std::fs::read(&path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    for (at, &byte) in good.iter().enumerate() {
        for bit in 0..8 {
            file.write_all_at(&[byte ^ (1 << bit)], at as u64).unwrap();
            assert_named(&path, &path, at);
        }
        file.write_all_at(&[byte], at as u64).unwrap();
    }
    verify(&path).unwrap();
}

#[test]
fn a_tape_cut_at_any_length_is_refused_and_never_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_tape(folder.path());
    let good = std::fs::read(&path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    for len in (0..good.len()).rev() {
        file.set_len(len as u64).unwrap();
        assert!(matches!(verify(&path), Err(JournalError::Corrupt { .. })), "length {len}");
        if let Ok((read, finished)) = read_all(&path) {
            assert!(!finished && read.len() <= 3, "length {len}");
        }
    }
}

#[test]
fn a_journal_cut_at_any_length_is_refused_and_never_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    for file in files(&path) {
        let good = std::fs::read(&file).unwrap();
        let open = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        for len in (0..good.len()).rev() {
            open.set_len(len as u64).unwrap();
            match verify(&path) {
                Err(JournalError::Corrupt { path: named, .. }) => {
                    assert_eq!(named, file, "length {len}");
                }
                other => panic!("{} cut to {len} gives {other:?}", file.display()),
            }
            if let Ok((_, finished)) = read_all(&path) {
                // Zeros after a seal are not the reader's business.
                assert!(!finished || file != path.join("000003.journal"), "length {len}");
            }
        }
        std::fs::write(&file, &good).unwrap();
    }
}

#[test]
fn a_file_cut_while_it_is_read_ends_or_fails_but_never_kills() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.tape");
    let events: Vec<_> = (1..=100_000).map(event).collect();
    write_tape(&path, &preamble(Purpose::Tape), &events).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    for _ in 0..10 {
        reader.next_record().unwrap().unwrap();
    }
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1_000).unwrap();
    while let Ok(Some(_)) = reader.next_record() {}
    assert!(!reader.is_finished() && reader.records_read() < 100_000);
}

#[test]
fn a_missing_or_foreign_segment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    let (second, third) = (path.join("000002.journal"), path.join("000003.journal"));
    let [two, three] = [&second, &third].map(|file| std::fs::read(file).unwrap());

    std::fs::remove_file(&third).unwrap();
    assert_named(&path, &second, 4096);
    std::fs::remove_file(&second).unwrap();
    std::fs::write(&third, &three).unwrap();
    assert_named(&path, &second, 0);
    // Segments that changed places.
    std::fs::write(&second, &three).unwrap();
    std::fs::write(&third, &two).unwrap();
    assert_named(&path, &second, 0);
    // The right number from another run, whose config differs.
    let other = folder.path().join("other");
    let mut foreign = preamble(Purpose::Run);
    foreign.config.push('#');
    let options = options();
    let mut writer = Writer::create(&other, &foreign, options).unwrap();
    append_all(&mut writer, 1..=54);
    writer.finish().unwrap();
    std::fs::copy(other.join("000002.journal"), &second).unwrap();
    std::fs::write(&third, &three).unwrap();
    assert_named(&path, &second, 0);
}

#[test]
fn a_segment_of_an_equal_run_with_other_records_breaks_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    let other = folder.path().join("other");
    // Same length and sequence numbers; only the content of event 1 differs.
    let mut same = preamble(Purpose::Run);
    same.config.push_str(&"#".repeat(64));
    let mut writer = Writer::create(&other, &same, options()).unwrap();
    let later = event(1).sequenced(1, royale_model::Nanos::from_raw(5));
    writer.event(&later);
    append_all(&mut writer, 2..=51);
    writer.finish().unwrap();
    verify(&other).unwrap();
    std::fs::copy(other.join("000001.journal"), path.join("000001.journal")).unwrap();
    assert_named(&path, &path.join("000002.journal"), 4096);
}

#[test]
fn records_in_the_wrong_order_are_named() {
    let cases: [(&str, &[u64]); 4] =
        [("gap", &[1, 2, 4]), ("begin", &[2, 3]), ("twice", &[1, 1]), ("unnumbered", &[0])];
    for (name, seqs) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut writer = create(&path, 4096);
        seqs.iter().for_each(|&seq| writer.event(&event(seq)));
        writer.finish().unwrap();
        assert_named(&path, &path.join("000001.journal"), 4096);
    }
    // An order that answers an event before or after the one that it stands behind.
    for wrong in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("late");
        let mut writer = create(&path, 4096);
        writer.event(&event(1));
        writer.event(&event(2));
        writer.order(&common::order(wrong));
        writer.event(&event(3));
        writer.finish().unwrap();
        assert_named(&path, &path.join("000001.journal"), 4096);
        assert_eq!(read_all(&path).is_err(), wrong == 1, "the reader refuses a falling sequence");
    }
}

#[test]
fn mid_journal_damage_is_not_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    for file in files(&path) {
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        // Somewhere in the first records, with good ones behind.
        bad[600] ^= 4;
        std::fs::write(&file, &bad).unwrap();
        let refused = recover(&path).unwrap_err();
        assert!(refused.to_string().contains("damage before good records"), "{refused}");
        assert!(std::fs::read(&file).unwrap() == bad, "a refused recovery changes nothing");
        std::fs::write(&file, &good).unwrap();
    }
    let report = recover(&path).unwrap();
    assert!(report.cut.is_none() && report.removed.is_empty() && report.sealed);
}

#[test]
fn a_torn_tail_is_cut_and_the_rest_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, 4096);
    append_all(&mut writer, 1..=54);
    drop(writer);
    let whole = verify(&path).unwrap();
    assert!(!whole.sealed && whole.events == 54);

    let last = path.join("000003.journal");
    let good = std::fs::read(&last).unwrap();
    let end = good.iter().rposition(|&byte| byte != 0).unwrap() & !7;
    // Any part of the last record may be all that reached the file, and its tag may be missing.
    let begin = (0..end).rev().find(|&at| good[at..at + 4] == [80, 0, 4, 0]).unwrap();
    for written in (begin + 1)..=end {
        let mut torn = good.clone();
        torn[written..].fill(0);
        std::fs::write(&last, &torn).unwrap();
        assert!(verify(&path).is_err(), "torn at {written}");
        let report = recover(&path).unwrap();
        let cut = report.cut.unwrap();
        assert_eq!((cut.path, cut.offset), (last.clone(), begin as u64));
        let verified = verify(&path).unwrap();
        assert_eq!(verified.orders, whole.orders - 1);
        assert_eq!(report.records, read_all(&path).unwrap().0.len() as u64);
        assert!(recover(&path).unwrap().cut.is_none(), "a second recovery has nothing to do");
    }
    let mut torn = good.clone();
    torn[begin..begin + 4].fill(0);
    std::fs::write(&last, &torn).unwrap();
    assert!(verify(&path).is_err());
    assert_eq!(recover(&path).unwrap().cut.unwrap().offset, begin as u64);
    verify(&path).unwrap();
}

#[test]
fn a_crash_between_roll_and_seal_is_sealed_late() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = create(&path, 4096);
    append_all(&mut writer, 1..=54);
    drop(writer);
    let second = path.join("000002.journal");
    let good = std::fs::read(&second).unwrap();
    let seal = (0..good.len() - 4).rev().find(|&at| good[at..at + 4] == [64, 0, 5, 0]).unwrap();
    // The helper had written none of the seal, or all but its tag.
    for kept in [0, 64] {
        let mut torn = good.clone();
        torn[seal..seal + 64 - kept].fill(0);
        torn[seal..seal + 4].fill(0);
        std::fs::write(&second, &torn).unwrap();
        let (read, finished) = read_all(&path).unwrap();
        assert!(!finished && read.len() == 108, "a live reader goes on without the seal");
        assert_eq!(verify(&path).is_ok(), kept == 0);
        let report = recover(&path).unwrap();
        assert_eq!((report.sealed_late, report.cut), (1, None));
        assert!(std::fs::read(&second).unwrap() == good, "the seal is the one that was missing");
        verify(&path).unwrap();
    }
}

#[test]
fn a_lost_tail_before_a_begun_segment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = three_segments(folder.path());
    let first = path.join("000001.journal");
    let good = std::fs::read(&first).unwrap();
    // Zeros from the middle on: what an unsynced page leaves after a power failure.
    let mut lost = good.clone();
    lost[2048..].fill(0);
    std::fs::write(&first, &lost).unwrap();
    assert_named(&path, &first, 4096);
    assert!(recover(&path).is_err());
}

#[test]
fn a_tape_refuses_what_no_run_could_have_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.tape");
    let tape = preamble(Purpose::Tape);
    assert!(write_tape(&path, &preamble(Purpose::Run), &[]).is_err());
    assert!(write_tape(&path, &tape, &[event(1), event(3)]).is_err());
    assert!(write_tape(&path, &tape, &[event(0), event(1)]).is_err());
    assert!(files(folder.path()).is_empty(), "a refused tape leaves nothing");
    write_tape(&path, &tape, &[event(0), event(0)]).unwrap();
    assert_eq!(verify(&path).unwrap().events, 2);
    let before = std::fs::read(&path).unwrap();
    assert!(write_tape(&path, &tape, &[]).is_err());
    assert!(std::fs::read(&path).unwrap() == before);
    assert!(write_tape(&folder.path().join("missing/feed.tape"), &tape, &[]).is_err());
    assert!(recover(&path).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tape");
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(Reader::open(&path).is_err());
        prop_assert!(verify(&path).is_err());
    }

    /// Random bytes where they hurt most: behind a good header, or over part of a good file.
    #[test]
    fn random_bytes_in_a_good_file_never_panic(
        at in 0_usize..2_000,
        bytes in proptest::collection::vec(any::<u8>(), 1..300),
        tag in prop_oneof![Just([80_u8, 0, 1, 0]), Just([208, 0, 2, 0]), Just([64, 0, 5, 0])],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = three_segments(folder.path());
        let file = path.join("000002.journal");
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(&bytes);
        let aligned = at & !7;
        bad[aligned..aligned + 4].copy_from_slice(&tag);
        prop_assume!(bad != good);
        std::fs::write(&file, &bad).unwrap();
        prop_assert!(verify(&path).is_err());
        let _ = read_all(&path);
        let _ = recover(&path);
        let _ = read_all(&path);
    }
}
