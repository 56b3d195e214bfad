//! Where recorded market events come from.

use royale_model::Event;

/// A recorded feed: events in order of their time.
pub trait Source {
    /// The next event, without taking it; `None` at the end.
    ///
    /// # Errors
    /// What is wrong with the recording, for a person.
    fn peek(&mut self) -> Result<Option<&Event>, String>;
    /// Takes the event that `peek` showed.
    fn take(&mut self);
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
