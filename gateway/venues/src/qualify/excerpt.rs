//! The beginning of a tape as a feed, and the beginning of a run as it is recorded.
//!
//! Owns where a cut is: after so many of the market's events. What they cause counts; what comes after
//! them does not.

use super::bar::Bar;
use super::examinee::is_market;
use crate::source::Tapes;
use royale_engine::feed::{CommandOutlet, Source};
use royale_engine::order::Recorder;
use royale_model::{
    Command, CommandCode, Decision, Event, Fault, Order, Seq, SlotChange, SlotEvent, Verdict,
};

/// The number of the candidate's version.
pub const VERSION: u32 = 1;

/// Tapes up to a cut. After their first event the candidate is told to take its slot: earlier there is
/// no time at which a command could stand.
pub struct Excerpt<'a> {
    tapes: Tapes,
    left: u64,
    install: Option<CommandOutlet>,
    bar: &'a mut Bar,
}

impl<'a> Excerpt<'a> {
    pub fn new(tapes: Tapes, events: u64, install: CommandOutlet, bar: &'a mut Bar) -> Self {
        Self { tapes, left: events, install: Some(install), bar }
    }
}

impl Source for Excerpt<'_> {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        if self.left == 0 { Ok(None) } else { self.tapes.peek() }
    }
    fn take(&mut self) {
        self.tapes.take();
        self.left = self.left.saturating_sub(1);
        if let Some(mut outlet) = self.install.take() {
            let value = VERSION.into();
            let install = Command { code: CommandCode::Install, uid: 0, pid: 0, slot: 0, value };
            // The ring is empty: nobody else commands.
            let _ = outlet.send(&[], &[install]);
        }
        self.bar.step();
    }
    fn resumes(&self) -> bool {
        self.tapes.resumes()
    }
}

/// Hands the records of a run on, up to a cut, and remembers a fault of the candidate.
pub struct Until<R> {
    pub inner: R,
    left: u64,
    closed: bool,
    /// The last event that was handed on.
    pub last_seq: Seq,
    /// When and why the candidate was disarmed.
    pub fault: Option<(Seq, Fault)>,
}

impl<R> Until<R> {
    pub fn new(inner: R, events: u64) -> Self {
        Self { inner, left: events, closed: false, last_seq: 0, fault: None }
    }
}

impl<R: Recorder> Recorder for Until<R> {
    fn event(&mut self, event: &Event) {
        self.closed |= self.left == 0;
        if self.closed {
            return;
        }
        self.left -= u64::from(is_market(event.kind()));
        self.last_seq = event.seq();
        self.inner.event(event);
    }
    fn decision(&mut self, decision: &Decision) {
        if !self.closed {
            self.inner.decision(decision);
        }
    }
    fn slot(&mut self, change: &SlotChange) {
        if self.closed {
            return;
        }
        if change.event == SlotEvent::Disarmed {
            self.fault.get_or_insert((change.seq, change.fault));
        }
        self.inner.slot(change);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        if !self.closed {
            self.inner.verdict(verdict);
        }
    }
    fn order(&mut self, order: &Order) {
        if !self.closed {
            self.inner.order(order);
        }
    }
    fn failed(&self) -> bool {
        self.inner.failed()
    }
    fn may_send(&self) -> bool {
        self.inner.may_send()
    }
}
