//! Epochs: timers of no slot, at which whoever shares out the house looks at what has happened.
//!
//! Owns the patience of the feed with that agent. On a tape time can wait: the feed lets it stand
//! still at the end of an epoch until the agent has spoken, so that its word has the same place in
//! every run. Live it cannot, and the word comes when it comes. Must never wait for an agent that
//! was silent once until it speaks again: the last allocation stays, and the run goes on.

use super::timers::{Missed, Schedule};
use super::timetable::{Readings, Timetable};
use royale_model::Nanos;
use std::time::Duration;

/// When epochs end, and how long their agent is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Epochs {
    /// Length of an epoch, counted from midnight UTC; a day at most.
    pub every: Nanos,
    /// How long time stands still for the agent; zero where nobody is waited for.
    pub patience: Duration,
}

impl Epochs {
    /// The timers that end them; those that nobody saw are skipped. None for a length that is none.
    pub fn schedule(&self) -> Option<Schedule> {
        let utc = vec![(Nanos::MIN, Nanos::ZERO)];
        let timetable = Timetable::new(Readings::Every(self.every), utc).ok()?;
        Some(Schedule { timetable, missed: Missed::Skip })
    }
}

/// Whether the agent is there, and has spoken since the epoch's end.
#[derive(Debug)]
pub(super) struct Agent {
    /// None where nobody is waited for.
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    clock: quanta::Clock,
    patience: Duration,
    is_there: bool,
    has_spoken: bool,
    since: u64,
}

impl Agent {
    pub(super) fn new(epochs: Option<Epochs>) -> Self {
        let patience = epochs.map(|epochs| epochs.patience).filter(|patience| !patience.is_zero());
        let waiting = patience.map(|patience| Waiting {
            clock: quanta::Clock::new(),
            patience,
            is_there: true,
            has_spoken: false,
            since: 0,
        });
        Self { waiting }
    }
    /// An allocation came.
    pub(super) fn spoke(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            (waiting.is_there, waiting.has_spoken) = (true, true);
        }
    }
    /// An epoch has ended: its word is wanted.
    pub(super) fn epoch_ended(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            waiting.has_spoken = false;
            waiting.since = waiting.clock.raw();
        }
    }
    /// True while time has to stand still.
    pub(super) fn is_awaited(&mut self) -> bool {
        let Some(waiting) = &mut self.waiting else { return false };
        if !waiting.is_there || waiting.has_spoken {
            return false;
        }
        waiting.is_there = waiting.stood_still() < waiting.patience;
        waiting.is_there
    }
    /// For how many readings of the counter time has stood still since the epoch's end.
    pub(super) fn readings(&self) -> u64 {
        let since = |waiting: &Waiting| waiting.clock.raw().saturating_sub(waiting.since);
        self.waiting.as_ref().map_or(0, since)
    }
}

impl Waiting {
    fn stood_still(&self) -> Duration {
        self.clock.delta(self.since, self.clock.raw())
    }
}
