//! The reader: follows a journal, live or closed, across its segments to its end.

use crate::file::{Found, SegmentFile, segment_numbers, segment_path};
use crate::format::{Entry, Raw, RecordKind, SEAL_LEN, Then};
use crate::header::Header;
use crate::{JournalError, Preamble, Record};
use royale_model::{Event, Seq};
use std::path::{Path, PathBuf};

/// Reads a journal folder, or a single segment or tape file, from its beginning.
///
/// It reads through `pread` and never maps a file, so a journal that is truncated, changed or
/// deleted while it is read gives an error or an end, and never a signal. A record is handed out
/// only when its checksum and its content hold. Seals are not recomputed: that is
/// [`verify`](crate::verify).
pub struct Reader {
    /// The journal's folder; `None` for a single file.
    folder: Option<PathBuf>,
    header: Header,
    segment: SegmentFile,
    /// The segment after this one, once it exists.
    next: Option<(SegmentFile, Header)>,
    at: u64,
    last_seq: Seq,
    records: u64,
    /// Records of this segment: a seal says how many there must be.
    segment_records: u64,
    bytes_read: u64,
    bytes_known: u64,
    sealed: bool,
    finished: bool,
}

impl Reader {
    /// Opens a folder of segments or one file.
    ///
    /// # Errors
    /// Missing, foreign or damaged header.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let folder = path.is_dir().then(|| path.to_path_buf());
        let first = folder.as_ref().map_or_else(|| path.to_path_buf(), |f| segment_path(f, 1));
        let (segment, header) = SegmentFile::open(&first)?;
        if folder.is_some() && header.number != 1 {
            let reason = format!("the first segment says that it is number {}", header.number);
            return Err(segment.corrupt(0, reason));
        }
        let at = header.len;
        let mut this = Self {
            folder,
            header,
            segment,
            next: None,
            at,
            last_seq: 0,
            records: 0,
            segment_records: 0,
            bytes_read: 0,
            bytes_known: 0,
            sealed: false,
            finished: false,
        };
        this.bytes_known = this.measure()?;
        Ok(this)
    }
    /// What the header says.
    pub fn preamble(&self) -> &Preamble {
        &self.header.preamble
    }
    /// The session id: SHA-256 over the preamble, equal for equal runs.
    pub fn session(&self) -> [u8; 32] {
        self.header.session
    }
    /// The next record; `None` at the end of what is written so far (call again on a live journal).
    ///
    /// # Errors
    /// A record whose checksum, length or content is wrong. The reader stays before it.
    pub fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        let Some(raw) = self.raw() else { return self.find_next() };
        let (seq, len) = (raw.seq(), raw.len() as u64);
        // Most are events, a third as long as what a record has room for: spared being moved about.
        if raw.kind() == Some(RecordKind::Event) {
            if let Ok(event) = raw.event() {
                self.step_over(seq, len);
                return Ok(Some(Record::Event(event)));
            }
        } else if let Ok(Entry::Record(record)) = raw.entry() {
            self.step_over(seq, len);
            return Ok(Some(record));
        }
        self.find_next()
    }
    /// The next event; what is no event is passed over, its content not looked at. `None` as of
    /// [`Reader::next_record`].
    ///
    /// # Errors
    /// As of [`Reader::next_record`].
    pub fn next_event(&mut self) -> Result<Option<Event>, JournalError> {
        loop {
            if let Some(raw) = self.raw() {
                let (seq, len) = (raw.seq(), raw.len() as u64);
                if raw.kind() != Some(RecordKind::Event) {
                    self.step_over(seq, len);
                    continue;
                }
                if let Ok(event) = raw.event() {
                    self.step_over(seq, len);
                    return Ok(Some(event));
                }
            }
            match self.find_next()? {
                Some(Record::Event(event)) => return Ok(Some(event)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }
    /// Takes the next record if it is of this kind and holds these bytes. False: it is another one, or
    /// there is none; [`Reader::next_record`] says.
    #[inline]
    pub fn take_if_same(&mut self, kind: RecordKind, payload: &[u8]) -> bool {
        let Some(raw) = self.raw() else { return false };
        if raw.kind() != Some(kind) || raw.payload() != payload {
            return false;
        }
        let (seq, len) = (raw.seq(), raw.len() as u64);
        self.step_over(seq, len);
        true
    }

    /// The next record where it is in the window and whole, and follows what was read: the seals and
    /// everything else are [`Reader::find_next`]'s.
    #[inline]
    fn raw(&self) -> Option<Raw<'_>> {
        let raw = self.segment.raw(self.at).filter(|raw| raw.seq() >= self.last_seq)?;
        (raw.kind().is_some() && !self.finished && !self.sealed).then_some(raw)
    }
    #[inline]
    fn step_over(&mut self, seq: Seq, len: u64) {
        self.last_seq = seq;
        self.records += 1;
        self.segment_records += 1;
        self.bytes_read += len;
        self.at += len;
    }
    /// The next record, wherever it is, or what is wrong.
    #[inline(never)]
    fn find_next(&mut self) -> Result<Option<Record>, JournalError> {
        loop {
            if self.finished || (self.sealed && !self.cross()?) {
                return Ok(None);
            }
            match self.segment.entry(self.at)? {
                Found::Entry { seq, entry, next } => {
                    if seq < self.last_seq {
                        let reason = format!("sequence {seq} after {}", self.last_seq);
                        return Err(self.segment.corrupt(self.at, reason));
                    }
                    match entry {
                        Entry::Record(record) => {
                            self.step_over(seq, next - self.at);
                            return Ok(Some(record));
                        }
                        Entry::Seal(seal) => {
                            if seal.records != self.segment_records {
                                let held = self.segment_records;
                                let reason = format!(
                                    "seal of {} records after {held} records",
                                    seal.records
                                );
                                return Err(self.segment.corrupt(self.at, reason));
                            }
                            self.sealed = true;
                            self.finished = seal.then == Then::End;
                        }
                    }
                }
                Found::Nothing | Found::EndOfFile => {
                    if !self.look_again()? {
                        return Ok(None);
                    }
                }
            }
        }
    }
    /// Nothing is written at our place, says the window. Looks at the file itself, then whether
    /// the writer has gone on to the next segment. False: this is the end so far.
    fn look_again(&mut self) -> Result<bool, JournalError> {
        self.segment.refresh();
        if let Found::Entry { .. } = self.segment.entry(self.at)? {
            return Ok(true);
        }
        if !self.next_has_begun()? {
            return Ok(false);
        }
        // The writer has left this segment, so all of it is visible now; its seal may still be
        // under way on the helper thread, and is not waited for.
        self.segment.refresh();
        match self.segment.entry(self.at)? {
            Found::Entry { .. } => {}
            Found::Nothing => self.sealed = true,
            Found::EndOfFile => {
                return Err(self.segment.corrupt(self.at, "the segment ends before its seal"));
            }
        }
        Ok(true)
    }
    /// True when the writer closed the journal in good order and all records were read.
    pub fn is_finished(&self) -> bool {
        self.finished
    }
    /// Records read so far.
    pub fn records_read(&self) -> u64 {
        self.records
    }
    /// Bytes of records in the journal so far, and bytes read: for progress bars.
    ///
    /// The first is an upper bound from the files' sizes (segments are preallocated) until the
    /// end is reached; then both are equal.
    pub fn progress(&self) -> (u64, u64) {
        let known = if self.finished { self.bytes_read } else { self.bytes_known };
        (known.max(self.bytes_read), self.bytes_read)
    }

    /// Opens the next segment if it exists by now.
    fn look_ahead(&mut self) -> Result<bool, JournalError> {
        if self.next.is_none()
            && let Some(folder) = &self.folder
        {
            let path = segment_path(folder, self.header.number.saturating_add(1));
            // A segment appears under its name with its header complete.
            match SegmentFile::open(&path) {
                Ok((segment, header)) => {
                    if !follows(&self.header, &header) {
                        return Err(segment.corrupt(0, "a segment of another journal"));
                    }
                    self.next = Some((segment, header));
                }
                Err(JournalError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.next.is_some())
    }
    fn next_has_begun(&mut self) -> Result<bool, JournalError> {
        if !self.look_ahead()? {
            return Ok(false);
        }
        let Some((segment, header)) = &mut self.next else { return Ok(false) };
        segment.refresh();
        Ok(!matches!(segment.entry(header.len)?, Found::Nothing | Found::EndOfFile))
    }
    /// Goes on to the next segment, if it exists.
    fn cross(&mut self) -> Result<bool, JournalError> {
        self.look_ahead()?;
        let Some((segment, header)) = self.next.take() else { return Ok(false) };
        self.segment = segment;
        self.header = header;
        self.at = self.header.len;
        self.segment_records = 0;
        self.sealed = false;
        self.bytes_known = self.measure()?;
        Ok(true)
    }
    /// Room for records in all files that exist now.
    fn measure(&self) -> Result<u64, JournalError> {
        let overhead = self.header.len + SEAL_LEN as u64;
        let Some(folder) = &self.folder else {
            return Ok(self.segment.size()?.saturating_sub(overhead));
        };
        let mut total = 0_u64;
        for number in segment_numbers(folder)? {
            let size = std::fs::metadata(segment_path(folder, number)).map_or(0, |m| m.len());
            total = total.saturating_add(size.saturating_sub(overhead));
        }
        Ok(total)
    }
}

/// True when `next` is the header of the segment after `this` in the same journal.
pub(crate) fn follows(this: &Header, next: &Header) -> bool {
    next.number == this.number.saturating_add(1)
        && next.session == this.session
        && next.segment_bytes == this.segment_bytes
        && next.preamble == this.preamble
}
