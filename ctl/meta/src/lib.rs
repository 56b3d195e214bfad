//! The meta-agent: how capital follows evidence.
//!
//! Pure: it opens no file and no socket and reads no clock. Numbers go in, shares and reasons come
//! out; `ctl` reads journals for it and talks to the engine.
#![forbid(unsafe_code)]

pub mod simulate;
