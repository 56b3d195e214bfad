//! The writer: appends records into preallocated, mapped segments whose pages are present.
//!
//! Appending copies, checksums and publishes; it never allocates, locks or calls the kernel. All
//! the rest is the helper's (see `helper.rs`). Called by the order stage.

use crate::crc;
use crate::format::{self, RECORD_HEADER, RecordKind, SEAL_LEN, Then};
use crate::header;
use crate::helper::{Helper, Left, Maker};
use crate::segment::{PAGE, Segment, Used};
use crate::{JournalError, Preamble};
use royale_model::{Decision, Event, Order, Seq, Verdict};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zerocopy::transmute_ref;

/// How often the writer says where it is: rarely enough to cost nothing.
const STEP: usize = 64 << 10;

/// How the writer works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Size of a segment in bytes; rounded up to pages.
    pub segment_bytes: u64,
}

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

// SAFETY: the pointer is to a shared file mapping that `Writer::segment` keeps alive wherever the
// writer goes, and a mapping belongs to the process, not to a thread.
unsafe impl Send for Base {}

/// The one writer of a journal. Appending neither allocates nor calls the kernel.
///
/// A record is *written* when its method returns: it survives the death of the process, not of the
/// machine (see [`sync`](crate::sync)). A writer that is dropped without
/// [`finish`](Writer::finish) leaves a valid journal without a last seal, as a crash does.
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
/// let mut writer = Writer::create(&path, &preamble, Options { segment_bytes: 1 << 20 })?;
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
    /// Gone only while the writer is being closed.
    helper: Option<Helper>,
    path: PathBuf,
    /// The advisory lock on the folder; the kernel frees it when the process dies.
    _lock: File,
}

impl Writer {
    /// Creates the folder and its first segment. Refuses a folder that already holds a journal.
    ///
    /// # Errors
    /// No permission, no space, folder in use.
    pub fn create(
        path: &Path,
        preamble: &Preamble,
        options: Options,
    ) -> Result<Self, JournalError> {
        std::fs::create_dir_all(path).map_err(JournalError::io(path, "create the folder"))?;
        let lock = lock(path)?;
        refuse_if_used(path)?;
        let segment_bytes =
            options.segment_bytes.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX);
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
        let maker = Maker { folder: path.to_path_buf(), preamble: preamble.clone(), segment_bytes };
        let segment = maker.make(1)?;
        let helper = Helper::start(maker, &segment)?;
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
            helper: Some(helper),
            path: path.to_path_buf(),
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
    /// The first failure of the writer (disk full while preparing a segment); appends after it are
    /// dropped, and the caller must stop trading.
    #[inline]
    pub fn failure(&self) -> Option<&JournalError> {
        self.failure.as_ref()
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
        if self.at + len > self.limit && !self.make_room(len) {
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
    /// Says how far the writer has come, or goes on to the next segment. False: there is none.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, len: usize) -> bool {
        if self.failure.is_none() {
            let wanted = self.at + len;
            if wanted <= self.end() || self.roll() {
                let wanted = self.at + len;
                self.segment.cursor.store(self.at, Ordering::Relaxed);
                self.limit = self.end().min(wanted + STEP);
                return true;
            }
        }
        self.dropped += 1;
        false
    }
    /// Where the seal must begin at the latest.
    fn end(&self) -> usize {
        self.segment.map.len() - SEAL_LEN
    }
    /// Makes a segment the live one.
    fn enter(&mut self, segment: Arc<Segment>) -> Arc<Segment> {
        self.base = Base(segment.map.as_mut_ptr());
        self.at = self.header_len;
        self.limit = self.header_len;
        self.segment_records = 0;
        std::mem::replace(&mut self.segment, segment)
    }
    fn used(&self) -> Used {
        Used { end: self.at, records: self.segment_records, last_seq: self.last_seq }
    }
    /// Hands the full segment over and takes the next. Frees nothing: the last reference to the
    /// old segment goes to the helper, which unmaps it.
    fn roll(&mut self) -> bool {
        let Some(mut helper) = self.helper.take() else { return false };
        let rolled = self.roll_with(&mut helper);
        self.helper = Some(helper);
        rolled
    }
    fn roll_with(&mut self, helper: &mut Helper) -> bool {
        let mut waited = false;
        let next = loop {
            match helper.ready.pop() {
                Ok(Ok(next)) => break next,
                Ok(Err(error)) => {
                    self.failure = Some(error);
                    return false;
                }
                Err(_) if helper.ready.is_abandoned() => {
                    let reason = "the journal's helper thread has ended";
                    self.failure = Some(JournalError::refused(&self.path, reason));
                    return false;
                }
                Err(_) => waited = wait(),
            }
        };
        let used = self.used();
        self.records_before += self.segment_records;
        self.bytes_before += (self.at - self.header_len) as u64;
        let segment = self.enter(next);
        let mut left = Left { segment, used, then: Then::More };
        while let Err(rtrb::PushError::Full(back)) = helper.left.push(left) {
            if helper.left.is_abandoned() {
                break;
            }
            left = back;
            waited = wait();
        }
        self.stalls += u64::from(waited);
        true
    }
    /// Seals the last segment and closes.
    ///
    /// After it the journal's files hold no unused byte at the end, and no prepared segment is
    /// left. Nothing is forced to the disk: see [`sync`](crate::sync).
    ///
    /// # Errors
    /// What went wrong while writing or closing. The journal then has no last seal.
    pub fn finish(mut self) -> Result<WriterSummary, JournalError> {
        let failure = self.failure.take();
        let closed = self.close(failure.is_none());
        if let Some(failure) = failure {
            // Where the helper ended early, its own error says why.
            return Err(closed.err().unwrap_or(failure));
        }
        Ok(WriterSummary {
            records: self.records(),
            bytes: self.bytes_before + (self.at - self.header_len) as u64,
            segments: self.segment.number,
            seal: closed?,
        })
    }
    /// Stops the helper, after it has done all that it was given.
    fn close(&mut self, seal_last: bool) -> Result<[u8; 32], JournalError> {
        let used = self.used();
        let Some(Helper { mut ready, mut left, thread }) = self.helper.take() else {
            return Err(JournalError::refused(&self.path, "the journal is already closed"));
        };
        if seal_last {
            let mut last = Left { segment: Arc::clone(&self.segment), used, then: Then::End };
            while let Err(rtrb::PushError::Full(back)) = left.push(last) {
                if left.is_abandoned() {
                    break;
                }
                last = back;
                wait();
            }
        }
        // An abandoned ring is the helper's order to end.
        drop(left);
        let ended = thread.join().unwrap_or_else(|_| {
            Err(JournalError::refused(&self.path, "the journal's helper thread died"))
        });
        let mut discarded = Ok(());
        while let Ok(spare) = ready.pop() {
            // A segment that could not be prepared was not needed.
            discarded = discarded.and(spare.map_or(Ok(()), |segment| segment.discard()));
        }
        ended.and_then(|chain| discarded.map(|()| chain))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.helper.is_some() {
            // Nobody is left to tell, and the journal is valid without.
            let _ = self.close(false);
        }
    }
}

/// Gives the processor away for a moment; true, for the caller's note that it waited.
fn wait() -> bool {
    std::hint::spin_loop();
    std::thread::yield_now();
    true
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
