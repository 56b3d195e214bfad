//! Rings side by side: from the feed to several strategy threads, and from them to the gate.

use super::ring::RingSink;
use crate::market::Market;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{Decision, Event, Nanos, SlotChange, Verdict};

/// Says everything to every ring.
#[derive(Debug)]
pub struct Fan(Vec<RingSink>);

impl Fan {
    /// A fan of rings.
    pub fn new(rings: Vec<RingSink>) -> Self {
        Self(rings)
    }
}

impl Sink for Fan {
    #[inline(always)]
    fn coming(&mut self, _: &Event, _: &Market) {
        // The thread behind each ring has a market of its own, and sees for itself.
    }
    #[inline]
    fn event(&mut self, event: &Event, market: &Market) {
        self.0.iter_mut().for_each(|ring| ring.event(event, market));
    }
    fn slot(&mut self, change: &SlotChange) {
        self.0.iter_mut().for_each(|ring| ring.slot(change));
    }
    fn decision(&mut self, decision: &Decision, market: &Market) {
        self.0.iter_mut().for_each(|ring| ring.decision(decision, market));
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.0.iter_mut().for_each(|ring| ring.verdict(verdict));
    }
    fn order(&mut self, order: &ApprovedOrder) {
        self.0.iter_mut().for_each(|ring| ring.order(order));
    }
    #[inline]
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos) {
        self.0.iter_mut().for_each(|ring| ring.end(event, market, next_market));
    }
    fn promise(&mut self, promise: &Promise, market: &Market) {
        self.0.iter_mut().for_each(|ring| ring.promise(promise, market));
    }
    fn finish(&mut self, market: &Market) {
        self.0.iter_mut().for_each(|ring| ring.finish(market));
    }
}

/// The way from one of several strategy threads to the gate.
#[derive(Debug)]
pub enum Shard {
    /// Says everything.
    Leader(RingSink),
    /// Says what its strategies decide, what becomes of their slots, and when they have nothing more to say: the rest is the
    /// leader's to say.
    Follower(RingSink),
}

impl Shard {
    /// The ring, for what only the leader says.
    #[inline]
    fn leader(&mut self) -> Option<&mut RingSink> {
        match self {
            Self::Leader(ring) => Some(ring),
            Self::Follower(_) => None,
        }
    }
    #[inline]
    fn ring(&mut self) -> &mut RingSink {
        match self {
            Self::Leader(ring) | Self::Follower(ring) => ring,
        }
    }
}

impl Sink for Shard {
    #[inline(always)]
    fn coming(&mut self, _: &Event, _: &Market) {
        // The thread behind the ring has a market of its own, and sees for itself.
    }
    #[inline]
    fn event(&mut self, event: &Event, market: &Market) {
        if let Some(ring) = self.leader() {
            ring.event(event, market);
        }
    }
    fn slot(&mut self, change: &SlotChange) {
        self.ring().slot(change);
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, market: &Market) {
        self.ring().decision(decision, market);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        if let Some(ring) = self.leader() {
            ring.verdict(verdict);
        }
    }
    fn order(&mut self, order: &ApprovedOrder) {
        if let Some(ring) = self.leader() {
            ring.order(order);
        }
    }
    #[inline]
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos) {
        self.ring().end(event, market, next_market);
    }
    fn promise(&mut self, promise: &Promise, market: &Market) {
        if let Some(ring) = self.leader() {
            ring.promise(promise, market);
        }
    }
    fn finish(&mut self, market: &Market) {
        self.ring().finish(market);
    }
}
