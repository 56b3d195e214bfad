//! A disk that forgets what was not forced to it, and one that refuses.

use super::*;
use crate::file::{segment_numbers, segment_path};
use crate::{Class, Options, Preamble, Purpose, Reader, Writer, recover};
use royale_model::{Body, Event, EventFlags, InstrumentId, Nanos, Stamp, Timer};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

/// Keeps what the disk surely holds: of each segment, the file as it was when `commit` returned.
struct Forgetful {
    image: PathBuf,
    /// Held while a file of the image becomes another.
    turn: Arc<Mutex<()>>,
    progress: Option<Sender<()>>,
    /// Commits that work; the next one fails.
    good: u32,
}

impl Commit for Forgetful {
    fn commit(&mut self, segment: &Segment) -> std::io::Result<()> {
        if let Some(begun) = &self.progress {
            let _ = begun.send(());
        }
        // A disk takes its time, and what is published meanwhile shows.
        std::thread::sleep(Duration::from_micros(300));
        if self.good == 0 {
            return Err(std::io::Error::other("the disk is gone"));
        }
        self.good -= 1;
        let name = segment.path.file_name().unwrap_or_default();
        // Nobody finds half a file in the image.
        let passing = self.image.join("passing");
        std::fs::copy(&segment.path, &passing)?;
        let _turn = self.turn.lock().unwrap();
        std::fs::rename(passing, self.image.join(name))
    }
}

fn event(seq: u64) -> Event {
    let time = Nanos::from_raw(seq as i64);
    let stamp = Stamp { seq, time, venue_time: time, instrument: InstrumentId::NONE };
    Event::new(stamp, Body::Timer(Timer { id: 1, due: time }), EventFlags::default())
}

fn preamble() -> Preamble {
    let config = String::from("mode = \"test\"");
    Preamble { purpose: Purpose::Run, config, instruments: vec![], slots: vec![] }
}

fn options(before_send: Class) -> Options {
    // Only who waits makes the flusher commit, and the ends of segments.
    let flush = Flush::Group { every: Duration::from_secs(3600) };
    Options { segment_bytes: 8192, flush, before_send, ..Options::default() }
}

fn count(journal: &Path) -> u64 {
    let mut reader = Reader::open(journal).unwrap();
    while reader.next_record().unwrap().is_some() {}
    reader.records_read()
}

/// The machine dies at any moment: what was published as synced before is in what the disk holds,
/// and what the disk holds can be recovered and read.
#[test]
fn what_counts_as_synced_survives_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (path, image) = (folder.path().join("run"), folder.path().join("image"));
    std::fs::create_dir(&image).unwrap();
    let (begun, commits) = channel();
    let turn = Arc::new(Mutex::new(()));
    let (image_at, progress) = (image.clone(), Some(begun));
    let disk = Forgetful { image: image_at, turn: Arc::clone(&turn), progress, good: u32::MAX };
    let mut writer =
        Writer::create_with(&path, &preamble(), options(Class::Written), disk).unwrap();
    let mut moments = 0;
    for seq in 1..=1_000 {
        writer.event(&event(seq));
        if seq % 7 != 0 {
            continue;
        }
        writer.ask_sync();
        if seq % 2 == 0 {
            // In the middle of a commit: the records are in the file, and not on the disk.
            commits.recv().unwrap();
            while commits.try_recv().is_ok() {}
        }
        let synced = writer.synced();
        if synced == 0 {
            continue;
        }
        // A second machine finds the disk, as it was at one moment.
        let found = folder.path().join("found");
        std::fs::create_dir(&found).unwrap();
        let stopped = turn.lock().unwrap();
        for segment in segment_numbers(&image).unwrap() {
            let [from, to] = [&image, &found].map(|folder| segment_path(folder, segment));
            std::fs::copy(from, to).unwrap();
        }
        drop(stopped);
        recover(&found).unwrap();
        let held = count(&found);
        assert!(synced <= held, "{synced} records counted as synced, and the disk holds {held}");
        std::fs::remove_dir_all(&found).unwrap();
        moments += 1;
    }
    assert!(moments > 50, "{moments}");
    let all = writer.records();
    writer.finish().unwrap();
    assert_eq!((count(&image), count(&path)), (all, all));
}

/// A disk that cannot be reached for a while.
struct Away(Receiver<()>);

impl Commit for Away {
    fn commit(&mut self, segment: &Segment) -> std::io::Result<()> {
        // Who lets go of it says that it is there from now on.
        let _ = self.0.recv();
        segment.disk.sync_data()
    }
}

/// What has piled up goes to the disk in long runs of whole blocks, and what lies before and behind them by the
/// page cache: the files are the same as when each record was written as it came.
#[test]
fn what_has_piled_up_is_written_as_if_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        segment_bytes: 3 << 20,
        flush: Flush::Group { every: Duration::from_secs(3600) },
        ..Options::default()
    };
    let read = |name: &str| -> Vec<Vec<u8>> {
        let path = folder.path().join(name);
        let numbers = segment_numbers(&path).unwrap();
        numbers.iter().map(|n| std::fs::read(segment_path(&path, *n)).unwrap()).collect()
    };
    let bytes_a_record = 80;
    let records = (2 * options.segment_bytes + BULK as u64 * 5 / 2) / bytes_a_record;
    for name in ["piled", "as it came"] {
        let (reached, away) = channel();
        let mut reached = Some(reached);
        let mut writer = Writer::create_with(
            &folder.path().join(name),
            &preamble(),
            options.clone(),
            Away(away),
        )
        .unwrap();
        for seq in 1..=records {
            writer.event(&event(seq));
            if name == "as it came" {
                reached = None;
                if seq % 1_000 == 0 {
                    writer.ask_sync();
                    while writer.synced() < seq {
                        std::thread::yield_now();
                    }
                }
            }
        }
        drop(reached);
        writer.finish().unwrap();
        assert_eq!(count(&folder.path().join(name)), records);
        crate::verify(&folder.path().join(name)).unwrap();
    }
    let (piled, came) = (read("piled"), read("as it came"));
    assert_eq!(piled.len(), 3);
    assert!(piled == came, "the files differ");
}

/// An order that has to wait for the disk does not leave before it.
#[test]
fn may_send_waits_for_the_disk_and_says_no_when_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (path, image) = (folder.path().join("run"), folder.path().join("image"));
    std::fs::create_dir(&image).unwrap();
    let turn = Arc::default();
    let disk = Forgetful { image: image.clone(), turn, progress: None, good: 1 + 3 };
    let mut writer = Writer::create_with(&path, &preamble(), options(Class::Synced), disk).unwrap();
    for seq in 1..=3 {
        writer.event(&event(seq));
        assert!(writer.synced() < seq && writer.may_send());
        assert_eq!((writer.synced(), count(&image)), (seq, seq));
    }
    writer.event(&event(4));
    assert!(!writer.may_send());
    let reason = writer.failure().unwrap().to_string();
    assert!(reason.contains("000001") && reason.contains("the disk is gone"), "{reason}");
    assert_eq!(writer.synced(), 3);
    assert!(writer.finish().unwrap_err().to_string().contains("the disk is gone"));
    // What was appended is not lost with the flusher: it is in memory, and recovery finds it.
    assert_eq!(recover(&path).unwrap().records, 4);
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
}

#[test]
fn orders_that_wait_for_a_disk_that_is_never_forced_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { flush: Flush::Lazy, ..options(Class::Synced) };
    let path = folder.path().join("run");
    let refused = Writer::create(&path, &preamble(), options).err().unwrap().to_string();
    assert!(refused.contains("wait for the disk"), "{refused}");
    // Nor does any other file system pass for memory.
    let options = Options { memory: PathBuf::from("/proc"), ..Options::default() };
    let refused = Writer::create(&path, &preamble(), options).err().unwrap().to_string();
    assert!(refused.contains("no memory file system"), "{refused}");
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
}
