//! Writers that are killed: what they had acknowledged is found again.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{CHILD, append_all, child, options, preamble, read_all, records};
use royale_journal::{Class, Flush, Purpose, Reader, Writer, recover, verify};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

const CLASS: &str = "ROYALE_JOURNAL_TEST_CLASS";

/// What a killed writer had acknowledged is found again, at whatever moment it was killed, and
/// whether or not anything is ever forced to the disk.
#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let (mut torn, mut ahead) = (0, 0);
    for round in 0..30_u64 {
        let class = ["lazy", "written", "synced"][(round % 3) as usize];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut child = child("child_that_is_killed", &path)
            .env(CLASS, class)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, acknowledged) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        let listener = std::thread::spawn(move || {
            for line in output.lines() {
                if let Some(seq) = line.unwrap().strip_prefix("ack ") {
                    // A line that was cut by the kill says nothing.
                    sender.send(seq.strip_suffix('.').and_then(|s| s.parse::<u64>().ok())).unwrap();
                }
            }
        });
        // The first word says that it runs; then it lives for a while longer.
        let first = acknowledged.recv_timeout(Duration::from_secs(20)).unwrap();
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        listener.join().unwrap();
        let last = acknowledged.iter().flatten().chain(first).max().unwrap();

        let (before, finished) = {
            let mut reader = Reader::open(&path).unwrap();
            let mut read = Vec::new();
            while let Ok(Some(record)) = reader.next_record() {
                read.push(record);
            }
            (read, reader.is_finished())
        };
        ahead += u32::from(only_on_disk(&path, folder.path()) < before.len());
        let report = recover(&path).unwrap();
        assert!(!path.join("live").is_symlink(), "recovery lets go of the memory");
        torn += u32::from(report.cut.is_some());
        let verified = verify(&path).unwrap();
        let (after, _) = read_all(&path).unwrap();
        assert!(!finished && before == after, "recovery keeps what a reader had seen");
        assert!(report.last_seq >= last, "acknowledged {last}, found {}", report.last_seq);
        assert_eq!(verified.last_seq, report.last_seq);
        let expected = (1..).flat_map(records).take(after.len());
        assert!(expected.eq(after.iter().copied()));
        // All that event `last` caused was acknowledged with it.
        assert!(after.len() >= (1..=last).flat_map(records).count());
    }
    println!("{torn} torn tails");
    assert!(
        ahead > 0,
        "no kill ever found a record that was in memory only: the test shows nothing"
    );
}

/// Records that the files on the disk hold, without what is in memory: a copied folder has none.
fn only_on_disk(path: &Path, beside: &Path) -> usize {
    let copy = beside.join("copy");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(path).unwrap().map(Result::unwrap) {
        match std::fs::read_link(entry.path()) {
            // The link too: it leads to another folder's memory, and is not followed.
            Ok(target) => std::os::unix::fs::symlink(target, copy.join(entry.file_name())).unwrap(),
            Err(_) => drop(std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap()),
        }
    }
    let mut reader = Reader::open(&copy).unwrap();
    // A kill in the midst of a copy to the disk leaves half a record there: the memory has all of it.
    std::iter::from_fn(|| reader.next_record().ok().flatten()).count()
}

#[test]
#[ignore = "the child of a_killed_writer_loses_nothing_that_it_acknowledged"]
fn child_that_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let class = std::env::var(CLASS).unwrap();
    let mut options = options(16 << 10);
    match class.as_str() {
        "lazy" => options.flush = Flush::Lazy,
        "synced" => options.before_send = Class::Synced,
        _ => {}
    }
    let mut writer = Writer::create(Path::new(&path), &preamble(Purpose::Run), options).unwrap();
    let mut out = std::io::stdout().lock();
    for seq in 1.. {
        append_all(&mut writer, seq..=seq);
        if seq % 7 == 0 {
            assert!(writer.may_send());
            assert!(class != "synced" || writer.synced() == writer.records());
            writeln!(out, "ack {seq}.").unwrap();
            out.flush().unwrap();
        }
    }
}
