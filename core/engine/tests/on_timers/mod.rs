//! Slots on timers and tapes with holes, for tests: each policy for missed runs, and time lost twice.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use royale_engine::feed::{Missed, Readings, Schedule, Source, Timetable};
use royale_model::*;
use std::collections::VecDeque;

/// Time that is lost in a hole.
pub const HOLE: Nanos = Nanos::from_secs(5);

/// Every so many milliseconds, in UTC.
pub fn every(millis: i64, missed: Missed) -> Option<Schedule> {
    on(Readings::Every(Nanos::from_millis(millis)), missed)
}

/// At these milliseconds of the day, in UTC.
pub fn daily(times: impl IntoIterator<Item = i64>, missed: Missed) -> Option<Schedule> {
    on(Readings::Daily(times.into_iter().map(Nanos::from_millis).collect()), missed)
}

fn on(readings: Readings, missed: Missed) -> Option<Schedule> {
    let timetable = Timetable::new(readings, vec![(Nanos::ZERO, Nanos::ZERO)]).unwrap();
    Some(Schedule { timetable, missed })
}

/// A tape of which some events follow a hole.
pub struct Holed {
    tape: VecDeque<Event>,
    /// How many events come before each hole.
    holes: VecDeque<usize>,
    taken: usize,
}

impl Holed {
    /// The tape with time lost before these events.
    pub fn new(tape: VecDeque<Event>, holes: &[usize]) -> Self {
        let shifted = |(at, event): (usize, Event)| {
            let lost = holes.iter().filter(|hole| **hole <= at).count();
            let later = (0..lost).fold(event.time(), |time, _| time.plus(HOLE));
            event.sequenced(0, later)
        };
        let tape = tape.into_iter().enumerate().map(shifted).collect();
        Self { tape, holes: holes.iter().copied().collect(), taken: 0 }
    }
    /// The events alone.
    pub fn into_events(self) -> VecDeque<Event> {
        self.tape
    }
}

impl Source for Holed {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        self.tape.peek()
    }
    fn take(&mut self) {
        self.taken += 1;
        self.holes.retain(|hole| *hole >= self.taken);
        self.tape.take();
    }
    fn resumes(&self) -> bool {
        self.holes.front() == Some(&self.taken)
    }
}
