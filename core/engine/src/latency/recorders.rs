//! The handles with which the stages record: each stage owns one, so each histogram has one writer.
//!
//! A handle that is off costs one predicted branch and reads no clock.

use super::histogram::HistogramWriter;
use super::stamps::Stamps;
use royale_model::{Nanos, Seq, SlotId};
use std::sync::Arc;

/// The handles of a run, one for each stage. The default records nothing.
#[derive(Debug, Default)]
pub struct Recorders {
    /// The feed stage's.
    pub feed: FeedRecorder,
    /// The strategy stage's: one for each of its threads.
    pub strategy: Vec<StrategyRecorder>,
    /// The risk stage's: all rules, for one account.
    pub risk: SpanRecorder,
    /// The order stage's.
    pub order: OrderRecorder,
}

/// The feed stage's handle: the writing end of the stamps.
#[derive(Debug, Default)]
pub struct FeedRecorder(pub(super) Option<Arc<Stamps>>);

impl FeedRecorder {
    /// Event `seq` leaves: now, or late, if it was due at a reading of the counter.
    #[inline]
    pub fn leaves(&self, seq: Seq, due: Option<u64>) {
        if let Some(stamps) = &self.0 {
            stamps.stamp(seq, due.unwrap_or_else(|| stamps.now()));
        }
    }
}

/// The strategy stage's handle.
#[derive(Debug, Default)]
pub struct StrategyRecorder(pub(super) Option<StrategySpans>);

#[derive(Debug)]
pub(super) struct StrategySpans {
    pub stamps: Arc<Stamps>,
    pub feed_to_strategy: HistogramWriter,
    pub strategy: HistogramWriter,
    pub entered: u64,
}

impl StrategySpans {
    #[inline(never)]
    fn seen(&mut self, seq: Seq) {
        self.feed_to_strategy.record(self.stamps.since(seq, self.stamps.now()));
    }
}

impl StrategyRecorder {
    /// The strategies are about to be shown event `seq`.
    #[inline]
    pub fn seen(&mut self, seq: Seq) {
        if let Some(spans) = &mut self.0 {
            spans.seen(seq);
        }
    }
    /// One of them is asked.
    #[inline]
    pub fn enter(&mut self) {
        if let Some(spans) = &mut self.0 {
            spans.entered = spans.stamps.now();
        }
    }
    /// It has answered.
    #[inline]
    pub fn leave(&mut self) {
        if let Some(spans) = &mut self.0 {
            let took = spans.stamps.between(spans.entered, spans.stamps.now());
            spans.strategy.record(took);
        }
    }
}

/// A piece of work that has a histogram of its own.
#[derive(Debug, Default)]
pub struct SpanRecorder(pub(super) Option<Span>);

#[derive(Debug)]
pub(super) struct Span {
    pub stamps: Arc<Stamps>,
    pub taken: HistogramWriter,
    pub entered: u64,
}

impl SpanRecorder {
    /// The work begins.
    #[inline]
    pub fn enter(&mut self) {
        if let Some(span) = &mut self.0 {
            span.entered = span.stamps.now();
        }
    }
    /// It is done.
    #[inline]
    pub fn leave(&mut self) {
        if let Some(span) = &mut self.0 {
            span.taken.record(span.stamps.between(span.entered, span.stamps.now()));
        }
    }
}

/// The order stage's handle.
#[derive(Debug, Default)]
pub struct OrderRecorder {
    pub(super) ends: Option<Ends>,
    /// Appending an event to the journal.
    pub journal: SpanRecorder,
    /// Appending an order to the journal and giving it to the venue.
    pub order: SpanRecorder,
}

#[derive(Debug)]
pub(super) struct Ends {
    pub stamps: Arc<Stamps>,
    pub to_decision: HistogramWriter,
    pub to_order: HistogramWriter,
    pub to_end: HistogramWriter,
    pub to_ack: HistogramWriter,
    pub swap: HistogramWriter,
    pub slots: Box<[SlotEnds]>,
}

/// What is kept for each slot; a slot that begins anew can be given another one.
#[derive(Debug)]
pub(super) struct SlotEnds {
    pub to_decision: HistogramWriter,
    pub to_order: HistogramWriter,
    pub swap: HistogramWriter,
}

/// What is done with recording on: out of line, so that what it needs costs nothing with it off.
impl Ends {
    #[inline(never)]
    fn decided(&mut self, slot: SlotId, seq: Seq) {
        let took = self.since(seq);
        self.to_decision.record(took);
        self.of(slot, |of_slot| of_slot.to_decision.record(took));
    }
    #[inline(never)]
    fn ordered(&mut self, slot: SlotId, seq: Seq) {
        let took = self.since(seq);
        self.to_order.record(took);
        self.of(slot, |of_slot| of_slot.to_order.record(took));
    }
    #[inline(never)]
    fn swapped(&mut self, slot: SlotId, seq: Seq) {
        let took = self.since(seq);
        self.swap.record(took);
        self.of(slot, |of_slot| of_slot.swap.record(took));
    }
    #[inline]
    fn since(&self, seq: Seq) -> u64 {
        self.stamps.since(seq, self.stamps.now())
    }
    #[inline]
    fn of(&mut self, slot: SlotId, record: impl FnOnce(&mut SlotEnds)) {
        if let Some(of_slot) = self.slots.get_mut(slot.index()) {
            record(of_slot);
        }
    }
    #[inline(never)]
    fn ended(&mut self, seq: Seq) {
        self.to_end.record(self.since(seq));
    }
}

impl OrderRecorder {
    /// A decision of this slot on event `seq` is journaled.
    #[inline]
    pub fn tick_to_decision(&mut self, slot: SlotId, seq: Seq) {
        if let Some(ends) = &mut self.ends {
            ends.decided(slot, seq);
        }
    }
    /// An order of this slot, caused by event `seq`, is journaled and with the venue.
    #[inline]
    pub fn tick_to_order(&mut self, slot: SlotId, seq: Seq) {
        if let Some(ends) = &mut self.ends {
            ends.ordered(slot, seq);
        }
    }
    /// Everything that event `seq` caused is worked off.
    #[inline]
    pub fn tick_to_end(&mut self, seq: Seq) {
        if let Some(ends) = &mut self.ends {
            ends.ended(seq);
        }
    }
    /// Another version took this slot at event `seq`, all of which is worked off.
    #[inline]
    pub fn swapped(&mut self, slot: SlotId, seq: Seq) {
        if let Some(ends) = &mut self.ends {
            ends.swapped(slot, seq);
        }
    }
    /// An order that was sent at `sent` got its first report at `heard`, in the time of events.
    #[inline]
    pub fn order_to_ack(&mut self, sent: Nanos, heard: Nanos) {
        if let Some(ends) = &mut self.ends {
            ends.to_ack.record(heard.since(sent).raw().unsigned_abs());
        }
    }
}
