//! Reports on their way to us, in the order in which they must be sequenced.
//!
//! Owns every report from the moment of its making until the sequencer shows it to the venue
//! again as an event. Must never lose or reorder one. The venue fills it and takes from it.

use crate::present;
use royale_model::{
    Body, Event, EventFlags, EventKind, ExecType, ExecutionReport, InstrumentId, Liquidity, Nanos,
    OrderId, Price, Qty, RejectReason, Side, Stamp,
};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A report and when it reaches us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pending {
    time: Nanos,
    /// Reports of one time keep the order in which they were made.
    generation: u64,
    venue_time: Nanos,
    instrument: InstrumentId,
    report: ExecutionReport,
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.generation).cmp(&(other.time, other.generation))
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Reports that wait, and reports that were handed out and are not yet sequenced.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: BinaryHeap<Reverse<Pending>>,
    away: VecDeque<(Nanos, ExecutionReport)>,
    capacity: usize,
    generation: u64,
    overgrown: u64,
}

impl Outbox {
    pub(super) fn new(capacity: usize) -> Self {
        let report = ExecutionReport {
            order: OrderId::NONE,
            exec: ExecType::New,
            side: Side::Buy,
            is_final: false,
            liquidity: Liquidity::Maker,
            last_price: Price::ZERO,
            last_qty: Qty::ZERO,
            fee: 0,
            reject: RejectReason::None,
        };
        let (time, venue_time, instrument) = (Nanos::ZERO, Nanos::ZERO, InstrumentId::NONE);
        let blank = Pending { time, generation: 0, venue_time, instrument, report };
        Self {
            waiting: present::heap(capacity, Reverse(blank)),
            away: present::queue(capacity, (Nanos::ZERO, blank.report)),
            capacity,
            generation: 0,
            overgrown: 0,
        }
    }

    /// Takes a report that happened at `venue_time` and reaches us at `time`.
    pub(super) fn push(
        &mut self,
        time: Nanos,
        venue_time: Nanos,
        instrument: InstrumentId,
        report: ExecutionReport,
    ) {
        // A report must never drop: past the capacity the heap grows, and it is counted.
        self.overgrown += u64::from(self.waiting.len() >= self.capacity);
        self.generation += 1;
        let generation = self.generation;
        self.waiting.push(Reverse(Pending { time, generation, venue_time, instrument, report }));
    }

    /// True when no report waits to be handed out.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next report, when it reaches us at `horizon` or before.
    pub(super) fn pop(&mut self, horizon: Nanos) -> Option<Event> {
        if self.waiting.peek()?.0.time > horizon {
            return None;
        }
        let Reverse(next) = self.waiting.pop()?;
        self.overgrown += u64::from(self.away.len() >= self.capacity);
        self.away.push_back((next.time, next.report));
        let stamp = Stamp {
            seq: 0,
            time: next.time,
            venue_time: next.venue_time,
            instrument: next.instrument,
        };
        Some(Event::new(stamp, Body::ExecutionReport(next.report), EventFlags::LAST))
    }

    /// True when nothing waits to be sent, and nothing sent is still to come back.
    pub(super) fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.away.is_empty()
    }

    /// Notes a sequenced event: a report that comes back, or proof that all before it did. Most events
    /// are neither.
    #[inline]
    pub(super) fn seen(&mut self, event: &Event) {
        if let Some((time, _)) = self.away.front()
            && (*time < event.time() || event.kind() == EventKind::ExecutionReport)
        {
            self.came_back(event);
        }
    }

    #[inline(never)]
    fn came_back(&mut self, event: &Event) {
        if let Body::ExecutionReport(report) = event.body() {
            // The sequencer has an order of its own among reports of one moment.
            let at = self.away.iter().position(|&(_, away)| away == report);
            if let Some(at) = at {
                self.away.remove(at);
            }
        }
        while self.away.front().is_some_and(|&(time, _)| time < event.time()) {
            self.away.pop_front();
        }
    }

    /// When the first report that nobody has answered yet reaches us; `MAX` when there is none.
    #[inline]
    pub(super) fn earliest_unanswered(&self) -> Nanos {
        let away = self.away.front().map_or(Nanos::MAX, |&(time, _)| time);
        let waiting = self.waiting.peek().map_or(Nanos::MAX, |next| next.0.time);
        away.min(waiting)
    }

    /// Reports for which memory had to grow.
    pub(super) fn overgrown(&self) -> u64 {
        self.overgrown
    }
}
