//! A version of a strategy, and its way into a slot and out again.
//!
//! Owns the rings between the thread that makes versions and the thread that runs them. Must never
//! make or drop a version on the latter: both allocate, and a sandbox takes milliseconds.

use super::OnFault;
use royale_model::{Nanos, SlotId};
use std::collections::VecDeque;

/// What becomes of a slot's live orders when another version takes over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LiveOrders {
    /// They stay, and the new version answers for them.
    #[default]
    HandOver,
    /// They are called back.
    Cancel,
}

/// How a version takes a slot over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// It takes over the state of the version before; one that does not fit is sent away.
    pub carry: bool,
    /// So long it only listens beside the version before, which goes on to answer.
    pub shadow: Nanos,
    /// So long the version before listens beside it, to take the slot back when it fails.
    pub probation: Nanos,
    /// The orders that are alive then.
    pub live_orders: LiveOrders,
}

/// A strategy with its papers.
#[derive(Debug)]
pub struct Version<C> {
    /// For which slot.
    pub slot: SlotId,
    /// 0 for what the run began with; later ones count up, over all slots.
    pub number: u32,
    /// SHA-256 of its manifest; zeros for what the run began with.
    pub digest: [u8; 32],
    /// How it takes over.
    pub plan: Plan,
    /// The strategy.
    pub competitor: C,
}

/// Where the versions come from that commands speak of.
#[derive(Debug)]
pub enum Versions<C> {
    /// There are none.
    None,
    /// The thread that makes them.
    Ring(VersionInbox<C>),
    /// A journal that is replayed: all of them, in order.
    Scripted(VecDeque<Box<Version<C>>>),
}

/// How the slots of a run change while it runs; by default not at all.
#[derive(Debug)]
pub struct Swaps<C> {
    /// For each thread that strategies run on; threads that are missing get no other versions.
    pub versions: Vec<Versions<C>>,
    /// What is done about one that fails.
    pub on_fault: OnFault,
    /// Called once on each thread of the run, before it is pinned: for what a host of foreign code
    /// must do once for a thread.
    pub prepare_thread: fn(),
}

impl<C> Default for Swaps<C> {
    fn default() -> Self {
        Self { versions: Vec::new(), on_fault: OnFault::default(), prepare_thread: || {} }
    }
}

/// The strategy thread's end.
#[derive(Debug)]
pub struct VersionInbox<C> {
    arriving: rtrb::Consumer<Box<Version<C>>>,
    leaving: rtrb::Producer<Box<Version<C>>>,
}

/// The other end.
#[derive(Debug)]
pub struct VersionOutlet<C> {
    /// Versions on their way in: each before the command that speaks of it.
    pub arriving: rtrb::Producer<Box<Version<C>>>,
    /// Versions that are no longer wanted, to be dropped here.
    pub leaving: rtrb::Consumer<Box<Version<C>>>,
}

/// Rings for `capacity` versions on their way in, or out. Each one that goes in sends at most one out,
/// so whoever lets no more than `capacity` in than came out never fills the way back.
pub fn version_ring<C>(capacity: usize) -> (VersionOutlet<C>, VersionInbox<C>) {
    let (arriving, inbox) = rtrb::RingBuffer::new(capacity);
    let (leaving, outlet) = rtrb::RingBuffer::new(capacity);
    (VersionOutlet { arriving, leaving: outlet }, VersionInbox { arriving: inbox, leaving })
}

impl<C> Versions<C> {
    /// The version of this number. Earlier ones, whose commands never came, go back.
    pub(super) fn take(&mut self, number: u32) -> Option<Box<Version<C>>> {
        loop {
            let next = match self {
                Self::None => None,
                Self::Ring(inbox) => inbox.arriving.pop().ok(),
                Self::Scripted(script) => script.pop_front(),
            }?;
            if next.number == number {
                return Some(next);
            }
            self.give_back(next);
        }
    }
    /// Sends a version away.
    pub(super) fn give_back(&mut self, version: Box<Version<C>>) {
        if let Self::Ring(inbox) = self {
            // When nobody listens any more, or somebody let too many in, it is dropped here.
            let _ = inbox.leaving.push(version);
        }
    }
}
