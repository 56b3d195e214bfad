//! The writer's two threads: how they start, what the writer shares with them, how they end.

use crate::JournalError;
use crate::flusher::{Commit, Flusher, Left};
use crate::maker::{HELD_MAX, Maker, MakerThread, READY};
use crate::options::{Class, Flush};
use crate::progress::Progress;
use crate::segment::Segment;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::{Arc, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long the flusher sleeps when there was nothing to do.
const NAP: Duration = Duration::from_millis(1);
/// The same where an order waits for it.
const NAP_SHORT: Duration = Duration::from_micros(50);

/// The writer's ends of both rings, and the threads at the others.
pub(crate) struct Threads {
    /// Segments to go on to.
    pub ready: Consumer<Result<Arc<Segment>, JournalError>>,
    /// Segments that the writer has left. There is room for all that can exist.
    pub left: Producer<Left>,
    maker: JoinHandle<()>,
    flusher: JoinHandle<Option<[u8; 32]>>,
}

impl Threads {
    /// Starts both; `first` is the segment that the writer begins with.
    pub(crate) fn start(
        maker: Maker,
        first: &Arc<Segment>,
        header_len: usize,
        progress: &Arc<Progress>,
        (flush, before_send): (Flush, Class),
        commit: impl Commit,
    ) -> Result<Self, JournalError> {
        let (to_writer, ready) = RingBuffer::new(READY);
        let (left, from_writer) = RingBuffer::new(HELD_MAX);
        let (to_flusher, coming) = mpsc::channel();
        let folder = maker.folder.clone();
        let nap = if before_send == Class::Synced { NAP_SHORT } else { NAP };
        let flusher = Flusher::new(commit, flush, nap, coming, from_writer, Arc::clone(progress));
        let segment = Arc::clone(first);
        let flusher = Builder::new()
            .name("journal-flusher".into())
            .spawn(move || flusher.run(segment, header_len))
            .map_err(JournalError::io(&folder, "start the journal's flusher thread for"))?;
        let thread = MakerThread::new(maker, to_writer, to_flusher, Arc::clone(progress), first);
        let started = Builder::new()
            .name("journal-maker".into())
            .spawn(move || thread.run())
            .map_err(JournalError::io(&folder, "start the journal's maker thread for"));
        match started {
            Ok(maker) => Ok(Self { ready, left, maker, flusher }),
            Err(error) => {
                // The flusher ends when nobody can leave a segment any more.
                drop(left);
                let _ = flusher.join();
                Err(error)
            }
        }
    }
    /// Ends both, the flusher after everything that the writer has appended is in the files.
    /// Returns the last seal's chain value, if the journal was sealed.
    pub(crate) fn stop(self, progress: &Progress) -> Result<Option<[u8; 32]>, JournalError> {
        let Self { mut ready, left, maker, flusher } = self;
        progress.close();
        // A thread that panicked has said so, and what it did not do shows below.
        let _ = maker.join();
        drop(left);
        let seal = flusher.join().unwrap_or(None);
        while let Ok(spare) = ready.pop() {
            // A segment that could not be prepared was not needed.
            spare.map_or(Ok(()), |segment| segment.discard())?;
        }
        Ok(seal)
    }
}
