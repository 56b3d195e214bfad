//! How far the check has come, for a person at a terminal; silent elsewhere.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(100);
/// Events between two looks at the clock.
const EVENTS: u64 = 1024;
/// Characters of the bar.
const CELLS: u64 = 32;

/// One bar over all runs of a check.
pub struct Bar {
    is_live: bool,
    what: &'static str,
    done: u64,
    total: u64,
    drawn: Option<Instant>,
}

impl Bar {
    /// A bar for so many events.
    pub fn new(total: u64) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_live = stderr().is_terminal() && !dumb;
        Self { is_live, what: "", done: 0, total, drawn: None }
    }
    /// What follows.
    pub fn begin(&mut self, what: &'static str) {
        self.what = what;
    }
    /// One event.
    pub fn step(&mut self) {
        self.done += 1;
        if self.is_live && self.done.is_multiple_of(EVENTS) {
            self.draw();
        }
    }

    fn draw(&mut self) {
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME) {
            return;
        }
        self.drawn = Some(Instant::now());
        let done = self.done.min(self.total);
        let full = done * CELLS / self.total.max(1);
        let cells = |count: u64, cell: &str| cell.repeat(usize::try_from(count).unwrap_or(0));
        let percent = done * 100 / self.total.max(1);
        let (full, empty) = (cells(full, "█"), cells(CELLS - full, "░"));
        // A terminal that went away is no failure of the check.
        let _ = write!(stderr(), "\r{full}{empty} {percent:>3} %  {:<16}", self.what);
    }
}

impl Drop for Bar {
    /// Takes the picture away, on every way out.
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(stderr(), "\r{}\r", " ".repeat(64));
        }
    }
}
