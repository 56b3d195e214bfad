//! The maker thread: prepares segments ahead of the writer.
//!
//! Never waits for data to reach the disk, so that a slow disk does not keep the writer from its next
//! segment. It polls, so that the writer never has to wake it with a system call.

use crate::header;
use crate::progress::Progress;
use crate::segment::Segment;
use crate::{JournalError, Preamble};
use rtrb::Producer;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Segments that are ready before they are needed.
pub(crate) const READY: usize = 1;
/// Segments in memory at most: how far the disk may fall behind before the writer waits for it.
pub(crate) const HELD_MAX: usize = 6;
const NAP: Duration = Duration::from_millis(1);

/// All that is needed for the n-th segment.
pub(crate) struct Maker {
    pub folder: PathBuf,
    pub live_folder: PathBuf,
    pub preamble: Preamble,
    pub segment_bytes: u64,
}

impl Maker {
    /// Prepares segment `number`.
    pub(crate) fn make(&self, number: u32) -> Result<Arc<Segment>, JournalError> {
        let header = header::encode(&self.preamble, number, self.segment_bytes)
            .map_err(|reason| JournalError::refused(&self.folder, reason))?;
        let bytes = self.segment_bytes;
        Segment::prepare(&self.folder, &self.live_folder, number, &header, bytes).map(Arc::new)
    }
}

/// The thread's state.
pub(crate) struct MakerThread {
    maker: Maker,
    to_writer: Producer<Result<Arc<Segment>, JournalError>>,
    to_flusher: Sender<Arc<Segment>>,
    progress: Arc<Progress>,
    next: u32,
    /// The segments that are in memory.
    held: Vec<Weak<Segment>>,
}

impl MakerThread {
    /// `first` is the segment that the writer begins with.
    pub(crate) fn new(
        maker: Maker,
        to_writer: Producer<Result<Arc<Segment>, JournalError>>,
        to_flusher: Sender<Arc<Segment>>,
        progress: Arc<Progress>,
        first: &Arc<Segment>,
    ) -> Self {
        let (next, held) = (first.number.saturating_add(1), vec![Arc::downgrade(first)]);
        Self { maker, to_writer, to_flusher, progress, next, held }
    }
    /// Works until the writer says that it is enough, or a segment cannot be made.
    pub(crate) fn run(mut self) {
        while !self.progress.is_closing() {
            if !self.to_writer.is_full() && self.held() < HELD_MAX && !self.prepare_next() {
                return;
            }
            std::thread::sleep(NAP);
        }
    }
    fn held(&mut self) -> usize {
        self.held.retain(|segment| segment.strong_count() > 0);
        self.held.len()
    }
    /// False: there will be no more.
    fn prepare_next(&mut self) -> bool {
        // Asked first: what is let go of while we try and fail makes room for the next try.
        let only_the_live_one = self.held() <= 1;
        let made = self.maker.make(self.next);
        match &made {
            Ok(segment) => {
                self.next = self.next.saturating_add(1);
                self.held.push(Arc::downgrade(segment));
                // The flusher first: it knows each segment before the writer can leave it. Where
                // it has ended, the writer learns of it from the progress.
                let _ = self.to_flusher.send(Arc::clone(segment));
            }
            // Others are in memory and will be let go of: there may be room then.
            Err(_) if !only_the_live_one => return true,
            Err(_) => {}
        }
        let goes_on = made.is_ok();
        // There is room: this thread is the only one that pushes.
        let _ = self.to_writer.push(made);
        goes_on
    }
}
