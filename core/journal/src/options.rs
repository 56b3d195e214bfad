//! How a writer works: segments, flush, and what an order waits for. Plain values.

use std::path::PathBuf;
use std::time::Duration;

/// When what was written is forced to the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// Never: the kernel writes it when it likes. For backtests, which can be run again.
    Lazy,
    /// In groups: one `fdatasync` for all that was written since the last.
    Group {
        /// Nothing that was written waits longer for the next one to begin.
        every: Duration,
    },
}

/// How well a record is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// It survives the death of the process.
    Written,
    /// It survives the death of the machine: it, and all before it, is on the disk.
    Synced,
}

/// How the writer works. None of it changes a byte of the journal but the segments' size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Size of a segment in bytes; rounded up to pages.
    pub segment_bytes: u64,
    /// When records become synced.
    pub flush: Flush,
    /// What [`Writer::may_send`](crate::Writer::may_send) waits for; `Synced` needs a flush in groups.
    pub before_send: Class,
    /// A folder of a memory file system, for the segments that are being written.
    pub memory: PathBuf,
}

impl Default for Options {
    /// Segments of 64 MiB in `/dev/shm`, forced to the disk twenty times a second.
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            flush: Flush::Group { every: Duration::from_millis(50) },
            before_send: Class::Written,
            memory: PathBuf::from("/dev/shm"),
        }
    }
}
