//! The recorded feed: several tapes, one after the other, as one stream of events.

use crate::tape_table::{OpenTape, TapeEvents};
use royale_engine::feed::Source;
use royale_journal::Record;
use royale_model::{Body, Event, EventFlags, Gap, GapReason, InstrumentId, Nanos, Stamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Plays tapes. Between two of them time was lost: every instrument that both know gets a gap.
pub struct Tapes {
    tapes: VecDeque<OpenTape>,
    current: Option<OpenTape>,
    /// Next event of a tape in memory.
    at: usize,
    head: Option<Event>,
    gaps: VecDeque<Event>,
    /// True when the head is the first event of a tape after another.
    resumes: bool,
    last_time: Nanos,
    seen: Vec<bool>,
    played: Arc<AtomicU64>,
    count: u64,
}

impl Tapes {
    /// A stream of all tapes; `played` counts the events that were taken, for the curious.
    pub fn new(tapes: Vec<OpenTape>, instruments: usize, played: Arc<AtomicU64>) -> Self {
        Self {
            tapes: tapes.into(),
            current: None,
            at: 0,
            head: None,
            gaps: VecDeque::with_capacity(instruments),
            resumes: false,
            last_time: Nanos::MIN,
            seen: vec![false; instruments],
            played,
            count: 0,
        }
    }

    fn next_event(&mut self) -> Result<Option<Event>, String> {
        loop {
            let Some(tape) = &mut self.current else {
                let Some(next) = self.tapes.pop_front() else { return Ok(None) };
                self.current = Some(next);
                self.at = 0;
                continue;
            };
            let event = match &mut tape.events {
                TapeEvents::Memory(events) => events.get(self.at).copied(),
                TapeEvents::Reader(reader) => match reader.next_record() {
                    Ok(Some(Record::Event(event))) => Some(event),
                    Ok(Some(_)) => {
                        return Err(format!(
                            "{}: a tape holds only inputs; this one holds more",
                            tape.path.display()
                        ));
                    }
                    Ok(None) if reader.is_finished() => None,
                    Ok(None) => {
                        return Err(format!(
                            "{}: ends without its seal: the file is cut short; import it again",
                            tape.path.display()
                        ));
                    }
                    Err(error) => return Err(error.to_string()),
                },
            };
            let Some(event) = event else {
                self.current = None;
                continue;
            };
            let first = self.at == 0;
            self.at += 1;
            // Checked when the tape was opened; it may have been changed since.
            let known = tape.ids.get(event.instrument().index());
            let Some(&id) = known.filter(|_| event.time() >= self.last_time) else {
                return Err(format!(
                    "{}: event {} is not what it was when the run began: the file was changed",
                    tape.path.display(),
                    self.at
                ));
            };
            let event = event.about(id);
            if first {
                // A tape begins: what was known of its instruments is stale.
                for &id in tape.ids.iter().filter(|id| self.seen.get(id.index()) == Some(&true)) {
                    self.gaps.push_back(gap(id, event.time()));
                }
            }
            self.resumes = first && self.last_time != Nanos::MIN;
            self.last_time = event.time();
            if let Some(seen) = self.seen.get_mut(id.index()) {
                *seen = true;
            }
            return Ok(Some(event));
        }
    }
}

/// Between two tapes an instrument's messages are missing.
fn gap(instrument: InstrumentId, time: Nanos) -> Event {
    let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument };
    let gap = Gap { expected: 0, received: 0, reason: GapReason::Reconnect };
    Event::new(stamp, Body::Gap(gap), EventFlags::LAST)
}

impl Source for Tapes {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        if self.head.is_none() {
            self.head = self.next_event()?;
        }
        // Gaps come before the event that they were found by.
        Ok(self.gaps.front().or(self.head.as_ref()))
    }
    fn take(&mut self) {
        if self.gaps.pop_front().is_none() && self.head.take().is_some() {
            self.count += 1;
            self.played.store(self.count, Ordering::Relaxed);
        }
    }
    fn resumes(&self) -> bool {
        // Between two tapes nobody was there; within one somebody was, however quiet it is.
        self.resumes
    }
}
