//! The live leaderboard on a terminal, redrawn in place; plain lines where there is none.
//!
//! Draws on standard error: standard output is for results. Must leave the terminal as it was, on
//! every way out.

use super::frame::{Scene, frame, plain_line};
use crate::out;
use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType, size};
use royale_codec::control::TapeProgress;
use royale_plane::Board;
use std::io::{Stderr, Write, stderr};
use std::time::{Duration, Instant};

/// Time between two plain lines.
const PLAIN: Duration = Duration::from_secs(3);
/// Time between two frames.
const FRAME: Duration = Duration::from_millis(95);

/// A season at a moment.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// The standings.
    pub board: &'a Board,
    /// Probability of each slot to be the best one; empty before the meta-agent has spoken.
    pub p_best: &'a [f64],
    /// How far the tape is, where known.
    pub progress: Option<TapeProgress>,
    /// Which season, from 1.
    pub season: u32,
    /// Its seed.
    pub seed: u64,
}

/// Where the battle is shown.
pub struct Screen {
    is_live: bool,
    epochs: u32,
    speed: String,
    drawn: u16,
    last: Option<Instant>,
}

impl Screen {
    /// A screen, or lines when standard error is no terminal.
    pub fn new(epochs: u32, speed: &str) -> Self {
        Self { is_live: out::is_live(), epochs, speed: speed.to_owned(), drawn: 0, last: None }
    }

    /// Shows the season, if it is time to.
    pub fn show(&mut self, now: &Now<'_>) {
        let pause = if self.is_live { FRAME } else { PLAIN };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(Instant::now());
        self.draw(now);
    }

    /// Shows the end of a season in any case, and keeps it on the screen.
    pub fn last(&mut self, now: &Now<'_>) {
        self.draw(now);
        if self.is_live && now.season < self.epochs {
            let _ = writeln!(stderr());
            self.drawn = 0;
        }
        self.last = None;
    }

    /// Takes the live picture away: the result follows.
    pub fn close(&mut self) {
        if self.drawn > 0 {
            let mut err = stderr();
            let _ = self.rewind(&mut err);
            let _ = queue!(err, Clear(ClearType::FromCursorDown), Show);
            let _ = err.flush();
            self.drawn = 0;
        }
    }

    fn draw(&mut self, now: &Now<'_>) {
        let (epochs, speed) = (self.epochs, self.speed.as_str());
        let Now { board, p_best, progress, season, seed } = *now;
        let scene = Scene { board, p_best, progress, season, epochs, seed, speed };
        if !self.is_live {
            out::remark(&plain_line(&scene));
            return;
        }
        // Some terminals say 0 by 0 when they do not know.
        let (columns, rows) = size().ok().filter(|&(c, r)| c > 0 && r > 0).unwrap_or((100, 30));
        let mut lines = frame(&scene, usize::from(columns), out::allowed());
        // Never taller than the screen: what has scrolled away cannot be redrawn.
        lines.truncate(usize::from(rows.saturating_sub(1)).max(3));
        let mut err = stderr();
        // A terminal that went away is noticed elsewhere.
        let _ = self.paint(&mut err, &lines);
    }

    fn paint(&mut self, err: &mut Stderr, lines: &[String]) -> std::io::Result<()> {
        queue!(err, Hide)?;
        self.rewind(err)?;
        for line in lines {
            queue!(err, Print(line), Clear(ClearType::UntilNewLine), Print("\n"))?;
        }
        queue!(err, Clear(ClearType::FromCursorDown))?;
        self.drawn = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        err.flush()
    }

    fn rewind(&self, err: &mut Stderr) -> std::io::Result<()> {
        if self.drawn > 0 {
            queue!(err, MoveUp(self.drawn), MoveToColumn(0))?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.drawn > 0 {
            let mut err = stderr();
            let _ = queue!(err, Show);
            let _ = err.flush();
        }
    }
}
