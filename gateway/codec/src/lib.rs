//! Bytes to events and back, pure: recordings, tapes, the control protocol.
//!
//! Owns every byte format that comes from outside: recorded Kalshi and Binance sessions, our packed
//! tapes, the frames between `ctl` and the engine, and the findings that it leaves. Must never open
//! a socket, read a clock, or use a float for a price or a size. Called by `ctl` (imports), the
//! gateway and the tests.

mod agreement;
pub mod binance;
mod binance_book;
mod binance_instruments;
mod binance_session;
pub mod control;
mod error;
pub mod findings;
mod frame;
mod import;
pub mod kalshi;
mod kalshi_book;
mod kalshi_files;
mod kalshi_instruments;
mod kalshi_session;
mod ladder;
pub mod latency;
mod lines;
mod number;
mod pack;
mod pack_columns;
mod pack_model;
mod report;
mod report_table;
pub mod swap;
pub mod ticker;

pub use error::{ImportError, LineError};
pub use frame::{FRAME_BYTES_MAX, FrameDecoder, FrameError, frame};
pub use import::{Format, ImportOptions, Imported, Progress, detect, import};
pub use lines::{Limits, Line, Lines};
pub use pack::{PackError, pack, unpack};
pub use report::{Agreement, BrokenLine, EventCounts, FileReport, ImportReport, InstrumentReport};
