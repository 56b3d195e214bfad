//! The helper thread: prepares the next segment, seals the last one, keeps pages writable.
//!
//! Owns everything slow about writing a journal. The writer and it share two bounded rings and
//! nothing else; it polls, so that the writer never has to wake it with a system call.

use crate::format::{CHAIN_START, Then};
use crate::header;
use crate::segment::{Segment, Used};
use crate::{JournalError, Preamble};
use rtrb::{Consumer, Producer, RingBuffer};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Segments that are ready before they are needed.
const READY: usize = 1;
/// Segments that may wait for their seal; a writer that is faster than that waits, and counts it.
const BEHIND: usize = 8;
const NAP: Duration = Duration::from_millis(1);
const KEEP_WRITABLE_EVERY: Duration = Duration::from_millis(100);

/// A segment that the writer has left.
pub(crate) struct Left {
    pub segment: Arc<Segment>,
    pub used: Used,
    pub then: Then,
}

/// Makes segments: all that is needed for the n-th one.
pub(crate) struct Maker {
    pub folder: PathBuf,
    pub preamble: Preamble,
    pub segment_bytes: u64,
}

impl Maker {
    /// Prepares segment `number`.
    pub(crate) fn make(&self, number: u32) -> Result<Arc<Segment>, JournalError> {
        let header = header::encode(&self.preamble, number, self.segment_bytes)
            .map_err(|reason| JournalError::refused(&self.folder, reason))?;
        Segment::prepare(&self.folder, number, &header, self.segment_bytes).map(Arc::new)
    }
}

/// The writer's end of both rings, and the thread.
pub(crate) struct Helper {
    pub ready: Consumer<Result<Arc<Segment>, JournalError>>,
    pub left: Producer<Left>,
    pub thread: JoinHandle<Result<[u8; 32], JournalError>>,
}

impl Helper {
    /// Starts the thread; `first` is the segment that the writer begins with.
    pub(crate) fn start(maker: Maker, first: &Arc<Segment>) -> Result<Self, JournalError> {
        let (to_writer, ready) = RingBuffer::new(READY);
        let (left, from_writer) = RingBuffer::new(BEHIND);
        let folder = maker.folder.clone();
        let agent = Agent {
            maker,
            to_writer,
            from_writer,
            next: first.number.saturating_add(1),
            // The live segment and those that are ready, oldest first.
            ahead: std::collections::VecDeque::from([Arc::clone(first)]),
            broken: false,
            chain: CHAIN_START,
        };
        let thread = std::thread::Builder::new()
            .name("journal-helper".into())
            .spawn(move || agent.run())
            .map_err(JournalError::io(&folder, "start the journal's helper thread for"))?;
        Ok(Self { ready, left, thread })
    }
}

struct Agent {
    maker: Maker,
    to_writer: Producer<Result<Arc<Segment>, JournalError>>,
    from_writer: Consumer<Left>,
    next: u32,
    ahead: std::collections::VecDeque<Arc<Segment>>,
    /// A segment could not be prepared: the writer knows, and no other is tried.
    broken: bool,
    chain: [u8; 32],
}

impl Agent {
    /// Works until the writer is gone; returns the last seal's chain value.
    fn run(mut self) -> Result<[u8; 32], JournalError> {
        let mut kept = Instant::now();
        loop {
            // Asked first: what the writer pushed before it went is then seen below.
            let writer_is_gone = self.from_writer.is_abandoned();
            if !writer_is_gone {
                self.prepare_next();
            }
            match self.from_writer.pop() {
                Ok(left) => self.seal(&left)?,
                Err(_) if writer_is_gone => return Ok(self.chain),
                Err(_) => {
                    if kept.elapsed() >= KEEP_WRITABLE_EVERY {
                        kept = Instant::now();
                        if let Some(live) = self.ahead.front() {
                            live.keep_writable();
                        }
                    }
                    std::thread::sleep(NAP);
                }
            }
        }
    }
    fn prepare_next(&mut self) {
        if self.broken || self.to_writer.is_full() {
            return;
        }
        let made = self.maker.make(self.next);
        match &made {
            Ok(segment) => {
                self.ahead.push_back(Arc::clone(segment));
                self.next = self.next.saturating_add(1);
            }
            Err(_) => self.broken = true,
        }
        // There is room: this thread is the only one that pushes.
        let _ = self.to_writer.push(made);
    }
    fn seal(&mut self, left: &Left) -> Result<(), JournalError> {
        self.ahead.retain(|segment| segment.number != left.segment.number);
        self.chain = left.segment.seal(left.used, self.chain, left.then)?;
        if left.then == Then::End { left.segment.truncate(left.used) } else { Ok(()) }
    }
}
