//! A bar of progress on standard error, for work of many equal parts; nothing where nobody looks.
//! Must leave no trace behind: results follow on standard output.

use crate::out;
use crossterm::cursor::MoveToColumn;
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Cells of the bar.
const CELLS: u64 = 30;

/// Counts finished parts, from any thread.
pub struct Progress {
    title: String,
    total: u64,
    done: AtomicU64,
    is_live: bool,
}

impl Progress {
    /// Nothing done of so many parts.
    pub fn new(title: &str, total: u64) -> Self {
        let bar = Self {
            title: title.to_owned(),
            total,
            done: AtomicU64::new(0),
            is_live: out::is_live(),
        };
        bar.draw(0);
        bar
    }

    /// One part more.
    pub fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        // A redraw for each percent at most: whoever crosses it draws.
        if percent(done, self.total) != percent(done - 1, self.total) {
            self.draw(done);
        }
    }

    fn draw(&self, done: u64) {
        if !self.is_live {
            return;
        }
        let full = done * CELLS / self.total.max(1);
        let cells: String = (0..CELLS).map(|cell| if cell < full { '█' } else { '·' }).collect();
        let text = format!("{} {cells} {:3} %", self.title, percent(done, self.total));
        let mut err = std::io::stderr().lock();
        let _ = queue!(err, MoveToColumn(0), Print(text), Clear(ClearType::UntilNewLine));
        let _ = err.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_live {
            let mut err = std::io::stderr().lock();
            let _ = queue!(err, MoveToColumn(0), Clear(ClearType::UntilNewLine));
            let _ = err.flush();
        }
    }
}

fn percent(done: u64, total: u64) -> u64 {
    done * 100 / total.max(1)
}
