//! The writer: appends records into memory whose pages are present and stay so.
//!
//! Appending copies, checksums and publishes; it never allocates, locks or calls the kernel. All
//! the rest is done by two threads: `maker.rs` prepares segments, `flusher.rs` brings them to the
//! disk. Called by the order stage.

use crate::crc;
use crate::flusher::{Commit, Fdatasync, Left};
use crate::format::{self, RECORD_HEADER, RecordKind, SEAL_LEN, Then};
use crate::header;
use crate::live::Live;
use crate::maker::Maker;
use crate::options::{Class, Flush, Options};
use crate::progress::Progress;
use crate::segment::{PAGE, Segment, Used};
use crate::threads::Threads;
use crate::{JournalError, Preamble};
use royale_model::{Decision, Event, Order, Seq, SlotChange, Verdict};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zerocopy::transmute_ref;

/// How often the writer looks for its next segment before it calls the kernel.
const LOOKS_MAX: u32 = 10_000;

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriterSummary {
    /// Records.
    pub records: u64,
    /// Bytes of records.
    pub bytes: u64,
    /// Segments.
    pub segments: u32,
    /// The seal of the last segment: the chain's end.
    pub seal: [u8; 32],
}

/// Where the live segment lies in memory.
struct Base(*mut u8);

// SAFETY: the pointer is to a shared mapping that `Writer::segment` keeps alive wherever the
// writer goes, and a mapping belongs to the process, not to a thread.
unsafe impl Send for Base {}

/// The one writer of a journal. Appending neither allocates nor calls the kernel.
///
/// A record is *written* when its method returns: it survives the death of the process. It is
/// *synced*, and survives the death of the machine, once [`synced`](Writer::synced) counts it. A
/// writer that is dropped without [`finish`](Writer::finish) leaves a valid journal without a last
/// seal, as a crash does.
///
/// ```
/// use royale_journal::{Options, Preamble, Purpose, Reader, Writer};
/// # use royale_model::{Body, Event, EventFlags, InstrumentId, Nanos, Stamp, Timer};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("run");
/// # let stamp = Stamp { seq: 1, time: Nanos::ZERO, venue_time: Nanos::ZERO,
/// #     instrument: InstrumentId::NONE };
/// # let event = Event::new(stamp, Body::Timer(Timer { id: 1, due: Nanos::ZERO }),
/// #     EventFlags::default());
/// let preamble = Preamble {
///     purpose: Purpose::Run,
///     config: "mode = \"paper\"".into(),
///     instruments: vec![],
///     slots: vec!["momentum".into()],
/// };
/// let options = Options { segment_bytes: 1 << 20, ..Options::default() };
/// let mut writer = Writer::create(&path, &preamble, options)?;
/// writer.event(&event);
/// writer.finish()?;
///
/// let mut reader = Reader::open(&path)?;
/// assert!(reader.next_record()?.is_some());
/// assert!(reader.next_record()?.is_none() && reader.is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer {
    base: Base,
    /// Offset of the next record.
    at: usize,
    /// Appends below this offset need no thought.
    limit: usize,
    last_seq: Seq,
    segment_records: u64,
    segment: Arc<Segment>,
    header_len: usize,
    /// What the segments before this one hold.
    records_before: u64,
    bytes_before: u64,
    stalls: u64,
    dropped: u64,
    failure: Option<JournalError>,
    before_send: Class,
    progress: Arc<Progress>,
    /// Gone only while the writer is being closed.
    threads: Option<Threads>,
    path: PathBuf,
    /// Let go of after the threads.
    _live: Live,
    /// The advisory lock on the folder; the kernel frees it when the process dies.
    _lock: File,
}

impl Writer {
    /// Creates the folder and its first segment. Refuses a folder that already holds a journal.
    ///
    /// # Errors
    /// No permission, no space on the disk or in memory, folder in use, options that contradict
    /// each other.
    pub fn create(
        path: &Path,
        preamble: &Preamble,
        options: Options,
    ) -> Result<Self, JournalError> {
        Self::create_with(path, preamble, options, Fdatasync)
    }
    pub(crate) fn create_with(
        path: &Path,
        preamble: &Preamble,
        options: Options,
        commit: impl Commit,
    ) -> Result<Self, JournalError> {
        let Options { segment_bytes, flush, before_send, memory } = options;
        if (flush, before_send) == (Flush::Lazy, Class::Synced) {
            let reason = "an order cannot wait for the disk where nothing is forced to it";
            return Err(JournalError::refused(path, reason));
        }
        std::fs::create_dir_all(path).map_err(JournalError::io(path, "create the folder"))?;
        let lock = lock(path)?;
        refuse_if_used(path)?;
        let segment_bytes = segment_bytes.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX);
        let header_len = header::encode(preamble, 1, segment_bytes)
            .map_err(|reason| JournalError::refused(path, reason))?
            .len();
        let least = header::segment_min(header_len).next_multiple_of(PAGE);
        if segment_bytes < least {
            let reason = format!(
                "segments of {segment_bytes} bytes are too small; this journal needs {least}"
            );
            return Err(JournalError::refused(path, reason));
        }
        let live = Live::create(path, &memory, segment_bytes)?;
        let maker = Maker {
            folder: path.to_path_buf(),
            live_folder: live.folder.clone(),
            preamble: preamble.clone(),
            segment_bytes,
        };
        let segment = maker.make(1)?;
        let progress = Arc::new(Progress::default());
        let threads =
            Threads::start(maker, &segment, header_len, &progress, (flush, before_send), commit)
                .inspect_err(|_| {
                    // The first error matters more.
                    let _ = segment.discard();
                })?;
        let mut writer = Self {
            base: Base(std::ptr::null_mut()),
            at: 0,
            limit: 0,
            last_seq: 0,
            segment_records: 0,
            segment: Arc::clone(&segment),
            header_len,
            records_before: 0,
            bytes_before: 0,
            stalls: 0,
            dropped: 0,
            failure: None,
            before_send,
            progress,
            threads: Some(threads),
            path: path.to_path_buf(),
            _live: live,
            _lock: lock,
        };
        writer.enter(segment);
        Ok(writer)
    }
    /// Appends an input.
    #[inline]
    pub fn event(&mut self, event: &Event) {
        self.append::<64>(RecordKind::Event, event.seq(), transmute_ref!(event));
    }
    /// Appends a decision.
    #[inline]
    pub fn decision(&mut self, decision: &Decision) {
        self.append::<192>(RecordKind::Decision, decision.seq, transmute_ref!(decision));
    }
    /// Appends a verdict.
    #[inline]
    pub fn verdict(&mut self, verdict: &Verdict) {
        self.append::<64>(RecordKind::Verdict, verdict.seq, transmute_ref!(verdict));
    }
    /// Appends an order.
    #[inline]
    pub fn order(&mut self, order: &Order) {
        self.append::<64>(RecordKind::Order, order.seq, transmute_ref!(order));
    }
    /// Appends what became of a slot.
    pub fn slot(&mut self, change: &SlotChange) {
        self.append::<64>(RecordKind::Slot, change.seq, transmute_ref!(change));
    }
    /// The first failure of the writer (disk full while preparing a segment, a disk that refuses
    /// to store); appends after it may be dropped, and the caller must stop trading.
    #[inline]
    pub fn failure(&self) -> Option<&JournalError> {
        self.failure.as_ref().or_else(|| self.progress.failure())
    }
    /// Records that are on the disk, of the [`records`](Writer::records) written. Only a call to
    /// the disk that has returned is counted, and with [`Flush::Lazy`] there is none.
    #[inline]
    pub fn synced(&self) -> u64 {
        self.progress.synced()
    }
    /// Asks for everything written so far to be synced at once, and does not wait for it. Costs a
    /// store.
    #[inline]
    pub fn ask_sync(&self) {
        self.progress.ask_for(self.records());
    }
    /// True once everything written so far may be acted on: at once, or as soon as it is synced,
    /// as [`Options::before_send`] says. It waits by spinning. False: the journal has failed.
    #[inline]
    pub fn may_send(&self) -> bool {
        if self.failure().is_some() {
            return false;
        }
        self.before_send == Class::Written || self.wait_synced()
    }
    #[cold]
    fn wait_synced(&self) -> bool {
        let wanted = self.records();
        self.ask_sync();
        while self.synced() < wanted {
            if self.failure().is_some() {
                return false;
            }
            std::hint::spin_loop();
        }
        true
    }
    /// How often an append had to wait for the helper: more than 0 asks for larger segments or a
    /// faster disk.
    #[inline]
    pub fn stalls(&self) -> u64 {
        self.stalls
    }
    /// Records that were not written because of [`failure`](Writer::failure).
    #[inline]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
    /// Records written so far.
    #[inline]
    pub fn records(&self) -> u64 {
        self.records_before + self.segment_records
    }

    #[inline]
    fn append<const N: usize>(&mut self, kind: RecordKind, seq: Seq, payload: &[u8; N]) {
        let len = RECORD_HEADER + N;
        if self.at + len > self.limit && !self.make_room() {
            return;
        }
        let tag = format::tag(kind as u8, len);
        let crc = crc::of_record(tag, seq, payload);
        // SAFETY: `at + len <= limit`, which lies inside the mapping at `base` (see `enter`). The
        // mapping is page-aligned and `at` a multiple of 8, so the first word is an aligned u32.
        // This writer is the only one that writes there, and it goes through `&mut self`; whoever
        // reads the mapping's file sees the tag only after everything that stands behind it.
        unsafe {
            let record = self.base.0.add(self.at);
            record.add(4).cast::<u32>().write(crc);
            record.add(8).cast::<u64>().write(seq);
            record.add(RECORD_HEADER).copy_from_nonoverlapping(payload.as_ptr(), N);
            AtomicU32::from_ptr(record.cast()).store(tag, Ordering::Release);
        }
        self.at += len;
        self.last_seq = seq;
        self.segment_records += 1;
    }
    /// Goes on to the next segment. False: there is none.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) -> bool {
        let made = self.failure().is_none() && self.roll();
        self.dropped += u64::from(!made);
        made
    }
    /// Makes a segment the live one. Every record fits into an empty one.
    fn enter(&mut self, segment: Arc<Segment>) -> Arc<Segment> {
        self.base = Base(segment.map.as_mut_ptr());
        self.at = self.header_len;
        // The seal must fit behind the last record.
        self.limit = segment.map.len() - SEAL_LEN;
        self.segment_records = 0;
        std::mem::replace(&mut self.segment, segment)
    }
    fn used(&self) -> Used {
        Used { end: self.at, records: self.segment_records, last_seq: self.last_seq }
    }
    /// Hands the full segment over and takes the next. Frees nothing: the last reference to the
    /// old segment goes to the flusher, which unmaps it.
    fn roll(&mut self) -> bool {
        let Some(threads) = &mut self.threads else { return false };
        let mut looks = 0_u32;
        let next = loop {
            match threads.ready.pop() {
                Ok(Ok(next)) => break next,
                Ok(Err(error)) => {
                    self.failure = Some(error);
                    return false;
                }
                Err(_) if self.progress.failure().is_some() => return false,
                Err(_) if threads.ready.is_abandoned() => {
                    let reason = "the journal's maker thread has ended";
                    self.failure = Some(JournalError::refused(&self.path, reason));
                    return false;
                }
                Err(_) => {
                    looks += 1;
                    // The maker may need this very core.
                    if looks > LOOKS_MAX {
                        std::thread::yield_now();
                    } else {
                        std::hint::spin_loop();
                    }
                }
            }
        };
        self.stalls += u64::from(looks > 0);
        let used = self.used();
        self.records_before += self.segment_records;
        self.bytes_before += (self.at - self.header_len) as u64;
        let segment = self.enter(next);
        self.hand_over(Left { segment, used, then: Then::More });
        true
    }
    fn hand_over(&mut self, left: Left) {
        if let Some(threads) = &mut self.threads {
            // There is room for every segment that can be in memory. Where the flusher has ended
            // the ring keeps it, and with it the memory in which its records are.
            let pushed = threads.left.push(left);
            debug_assert!(pushed.is_ok());
        }
    }
    /// Seals the last segment and closes. Where the flush is in groups, all is synced then.
    ///
    /// After it the journal's files hold no unused byte at the end, no prepared segment is left,
    /// and nothing of the journal is in memory.
    ///
    /// # Errors
    /// What went wrong while writing or closing. The journal then has no last seal, and
    /// [`recover`](crate::recover) finds what did not reach the disk.
    pub fn finish(mut self) -> Result<WriterSummary, JournalError> {
        let seal = self.close()?;
        Ok(WriterSummary {
            records: self.records(),
            bytes: self.bytes_before + (self.at - self.header_len) as u64,
            segments: self.segment.number,
            seal,
        })
    }
    /// Ends the threads, after they have done all that they were given. A journal that failed is
    /// not sealed.
    fn close(&mut self) -> Result<[u8; 32], JournalError> {
        if self.failure().is_none() {
            let segment = Arc::clone(&self.segment);
            self.hand_over(Left { segment, used: self.used(), then: Then::End });
        }
        self.stop()
    }
    fn stop(&mut self) -> Result<[u8; 32], JournalError> {
        let Some(threads) = self.threads.take() else {
            return Err(JournalError::refused(&self.path, "the journal is already closed"));
        };
        let ended = threads.stop(&self.progress);
        // The threads are gone, so nobody else looks at it.
        let failed = Arc::get_mut(&mut self.progress).and_then(Progress::take_failure);
        match self.failure.take().or(failed) {
            Some(error) => Err(error),
            None => ended.and_then(|seal| {
                let reason = "the journal's flusher thread died";
                seal.ok_or_else(|| JournalError::refused(&self.path, reason))
            }),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.threads.is_some() {
            // Nobody is left to tell, and the journal is valid without.
            let _ = self.stop();
        }
    }
}

/// Takes the folder's advisory lock.
pub(crate) fn lock(folder: &Path) -> Result<File, JournalError> {
    let file = File::open(folder).map_err(JournalError::io(folder, "open the folder"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(JournalError::refused(folder, "another process or writer is using this journal"))
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(JournalError::io(folder, "lock the folder")(error))
        }
    }
}

fn refuse_if_used(folder: &Path) -> Result<(), JournalError> {
    let io = JournalError::io(folder, "list");
    for entry in std::fs::read_dir(folder).map_err(&io)? {
        let path = entry.map_err(&io)?.path();
        if path.extension().is_some_and(|ext| ext == "journal" || ext == "prepare") {
            let reason = "the folder already holds a journal; choose a new folder for each run";
            return Err(JournalError::refused(&path, reason));
        }
    }
    Ok(())
}
