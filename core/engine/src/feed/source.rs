//! Where recorded market events come from.

use royale_model::{Event, Nanos};

/// A recorded feed: events in order of their time.
pub trait Source {
    /// The next event, without taking it; `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the recording, for a person.
    fn peek(&mut self) -> Result<Option<&Event>, String>;
    /// Takes the event that `peek` showed.
    fn take(&mut self);
    /// True where nobody was there before the event that `peek` shows: the recording goes on after
    /// a hole (another tape, a process that was away). What was due in between was missed. A quiet
    /// stretch is no hole.
    fn resumes(&self) -> bool {
        false
    }
    /// Where the recording was broken off, though the market went on; `None` where its end is the
    /// market's end too.
    fn broken_off(&self) -> Option<BrokenOff> {
        None
    }
}

/// What is known of the events that a broken-off recording lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BrokenOff {
    /// None of them was seen before this time.
    pub seen_not_before: Nanos,
    /// None of them happened at the venue before this time.
    pub happens_not_before: Nanos,
}

/// Events from memory.
impl Source for std::collections::VecDeque<Event> {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        Ok(self.front())
    }
    fn take(&mut self) {
        self.pop_front();
    }
}
