//! What the data was like: events by kind, gaps by instrument, the sessions that pauses make.
//!
//! Counts only; must never repair or judge.

use royale_model::{Body, Event, EventKind, GapReason, Instrument, Nanos};
use serde::Serialize;

/// A pause longer than this ends a session: no equity is sampled inside it.
pub const SESSION_PAUSE: Nanos = Nanos::from_secs(60);

const KINDS: [(EventKind, &str); 11] = [
    (EventKind::Quote, "quote"),
    (EventKind::Trade, "trade"),
    (EventKind::BookDelta, "book-delta"),
    (EventKind::Bar, "bar"),
    (EventKind::Odds, "odds"),
    (EventKind::Gap, "gap"),
    (EventKind::Settlement, "settlement"),
    (EventKind::ExecutionReport, "execution-report"),
    (EventKind::Command, "command"),
    (EventKind::Timer, "timer"),
    (EventKind::Note, "note"),
];

/// Name of an event's kind, as in tables and filters.
pub fn kind_name(kind: EventKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("event", |(_, name)| name)
}

/// Events of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct KindCount {
    /// The kind's name.
    pub kind: &'static str,
    /// How many.
    pub events: u64,
}

/// What one instrument's data was like.
#[derive(Clone, Copy, Default, Debug)]
pub struct Feed {
    /// Market events.
    pub events: u64,
    /// Gaps: reconnect, sequence, corrupt.
    pub gaps: [u64; 3],
    /// Longest silence between two market events of one session.
    pub longest_silence: Nanos,
    last: Option<Nanos>,
}

/// Data quality of a run.
#[derive(Clone, Debug)]
pub struct Quality {
    counts: [u64; KINDS.len()],
    feeds: Vec<Feed>,
    sessions: Vec<(Nanos, Nanos)>,
}

impl Quality {
    pub(crate) fn new(instruments: &[Instrument]) -> Self {
        Self {
            counts: [0; KINDS.len()],
            feeds: vec![Feed::default(); instruments.len()],
            sessions: Vec::new(),
        }
    }

    pub(crate) fn apply(&mut self, event: &Event) {
        if let Some(at) = KINDS.iter().position(|(kind, _)| *kind == event.kind()) {
            self.counts[at] += 1;
        }
        let now = event.time();
        match self.sessions.last_mut() {
            Some((_, end)) if now.since(*end) <= SESSION_PAUSE => *end = now.max(*end),
            _ => self.sessions.push((now, now)),
        }
        let Some(feed) = self.feeds.get_mut(event.instrument().index()) else { return };
        match event.body() {
            _ if !event.kind().is_market() => return,
            Body::Gap(gap) => {
                let at = match gap.reason {
                    GapReason::Reconnect => 0,
                    GapReason::Sequence => 1,
                    GapReason::Corrupt => 2,
                };
                feed.gaps[at] += 1;
            }
            _ => {}
        }
        feed.events += 1;
        if let Some(last) = feed.last {
            let silence = now.since(last);
            if silence <= SESSION_PAUSE {
                feed.longest_silence = feed.longest_silence.max(silence);
            }
        }
        feed.last = Some(now);
    }

    /// Events by kind, those that occurred.
    pub fn kinds(&self) -> Vec<KindCount> {
        KINDS
            .iter()
            .zip(self.counts)
            .filter(|&(_, events)| events > 0)
            .map(|(&(_, kind), events)| KindCount { kind, events })
            .collect()
    }
    /// All events.
    pub fn events(&self) -> u64 {
        self.counts.iter().sum()
    }
    /// One instrument's data, by its place in the table.
    pub fn feed(&self, index: usize) -> Option<&Feed> {
        self.feeds.get(index)
    }
    /// First and last event time of each session.
    pub fn sessions(&self) -> &[(Nanos, Nanos)] {
        &self.sessions
    }
}
