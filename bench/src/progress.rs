//! What a long measurement is at, for who waits for it.
//!
//! Owns one line at the end of a terminal's error stream, which the next one overwrites. Must never
//! write into a pipe or a file, and never while something is being timed. Called by the programs.

use std::io::{IsTerminal, Write, stderr};

/// The line; it is cleared when this is dropped.
#[derive(Debug)]
pub struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Shown where the error stream is a terminal that can clear a line.
    pub fn on_terminal() -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self { is_shown: stderr().is_terminal() && !is_dumb }
    }
    /// Says what comes now.
    pub fn step(&self, what: &str) {
        self.put(what);
    }
    /// Makes room for a line of the result.
    pub fn clear(&self) {
        self.put("");
    }

    fn put(&self, text: &str) {
        if self.is_shown {
            // A terminal that is gone is no reason to stop measuring.
            let _ = write!(stderr(), "\r\x1b[2K{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
