//! The journal: append-only segments of checksummed records; and the tape, which is
//! a journal that holds only inputs. One format, one reader.
//!
//! Owns the record layout (docs/journal-format.md), the writer, the live reader, and verification.
//! Must never interpret what a record means for trading. Called by the order stage (writer), and
//! by `ctl`, replay and importers (reader).

mod audit;
mod bulk;
mod crc;
mod error;
mod file;
mod flusher;
mod format;
mod header;
mod live;
mod maker;
mod options;
mod progress;
mod reader;
mod recover;
mod reserve;
mod segment;
mod tape;
mod threads;
mod verify;
mod writer;

pub use error::JournalError;
pub use format::{Preamble, Purpose, Record, RecordKind};
pub use options::{Class, Flush, Options};
pub use reader::Reader;
pub use recover::{Cut, RecoverReport, recover};
pub use tape::{sync, write_tape};
pub use verify::{VerifyReport, verify};
pub use writer::{Writer, WriterSummary};
