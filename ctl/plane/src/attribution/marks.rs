//! The marks of one instrument by the venue's time: what the market was worth when an order arrived.
//!
//! Owns a bounded memory of changes. A report tells when it happened at the venue; we hear of it
//! later, when the mark has moved on already, so the newest mark would be the wrong reference.

use royale_model::{Nanos, Price};
use std::collections::VecDeque;

/// Changes that are kept. A report older than all of them gets the oldest.
const CHANGES_MAX: usize = 4_096;

/// Changes of the mark, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct MarkTrail {
    changes: VecDeque<(Nanos, Price)>,
}

impl MarkTrail {
    /// The market is worth `mark` since `venue_time`.
    pub(super) fn push(&mut self, venue_time: Nanos, mark: Price) {
        let last = self.changes.back().copied();
        if last.is_some_and(|(_, known)| known == mark) {
            return;
        }
        if self.changes.len() >= CHANGES_MAX {
            self.changes.pop_front();
        }
        // Times rise even if a venue's clock was set back, so that the search is sound.
        let time =
            last.map_or(venue_time, |(time, _)| Nanos::from_raw(time.raw().max(venue_time.raw())));
        self.changes.push_back((time, mark));
    }

    /// The mark at a time of the venue, of what was heard so far; 0 for a venue that does not say:
    /// the newest then. `None` before the first.
    pub(super) fn at(&self, venue_time: Nanos) -> Option<Price> {
        if venue_time == Nanos::ZERO {
            return self.last();
        }
        self.in_force(self.changes.partition_point(|(time, _)| *time <= venue_time))
    }

    /// The mark before a time of the venue: what the market was worth before the event of that
    /// moment.
    pub(super) fn before(&self, venue_time: Nanos) -> Option<Price> {
        if venue_time == Nanos::ZERO {
            return self.last();
        }
        self.in_force(self.changes.partition_point(|(time, _)| *time < venue_time))
    }

    fn in_force(&self, after: usize) -> Option<Price> {
        self.changes.get(after.saturating_sub(1)).map(|&(_, mark)| mark)
    }

    /// The newest mark.
    pub(super) fn last(&self) -> Option<Price> {
        self.changes.back().map(|&(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_finds_the_mark_of_its_own_time_and_not_the_newest() {
        let mut trail = MarkTrail::default();
        let at = Nanos::from_raw;
        assert_eq!(trail.at(at(5)), None);
        for (time, price) in [(10, 100), (20, 101), (20, 102), (15, 103), (40, 103), (50, 99)] {
            trail.push(at(time), Price::from_int(price));
        }
        let found = |time| trail.at(at(time)).unwrap();
        assert_eq!(
            [found(10), found(19), found(20), found(49)],
            [100, 100, 103, 103].map(Price::from_int)
        );
        let before = |time| trail.before(at(time)).unwrap();
        assert_eq!([before(20), before(40), before(41)], [100, 103, 103].map(Price::from_int));
        assert_eq!([found(50), found(0)], [99, 99].map(Price::from_int));
        for time in 0..5_000 {
            trail.push(at(100 + time), Price::from_int(time));
        }
        assert_eq!(trail.changes.len(), CHANGES_MAX);
        assert_eq!(
            trail.at(at(11)),
            Some(Price::from_int(5_000 - 4_096)),
            "the oldest that is kept"
        );
    }
}
