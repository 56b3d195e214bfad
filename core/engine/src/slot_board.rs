//! What each slot runs, to be read from outside while it runs.
//!
//! A word for each slot with one writer, the strategy thread that has the slot. Readers see a slot as
//! it was at some event not long ago; the journal says which.

use royale_model::{Fault, SlotEvent, SlotId};
use std::sync::atomic::{AtomicU64, Ordering};

/// Slots that the board shows; those behind look as they did at the start.
pub const SLOTS_SHOWN: usize = 256;

/// Who listens beside the version that answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Listener {
    /// Nobody.
    #[default]
    Nobody,
    /// A version that waits to take over.
    Newcomer,
    /// The version before, which takes the slot back if the new one fails.
    Predecessor,
}

/// What one slot runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotView {
    /// Number of the version that answers; 0 for what the run began with.
    pub version: u32,
    /// Why it does not, or `None`.
    pub fault: Fault,
    /// Who listens beside it.
    pub listener: Listener,
    /// What became of the slot last: what, why, and of which version.
    pub last: Option<(SlotEvent, Fault, u32)>,
}

impl SlotView {
    /// True while a version answers.
    pub fn is_armed(&self) -> bool {
        self.fault == Fault::None
    }
}

/// All slots.
#[derive(Debug)]
pub struct SlotBoard(Box<[Place]>);

/// A slot's two words: what it runs, and what became of it last.
#[derive(Debug, Default)]
struct Place {
    runs: AtomicU64,
    last: AtomicU64,
}

impl Default for SlotBoard {
    fn default() -> Self {
        Self((0..SLOTS_SHOWN).map(|_| Place::default()).collect())
    }
}

const LISTENERS: [Listener; 3] = [Listener::Nobody, Listener::Newcomer, Listener::Predecessor];

impl SlotBoard {
    pub(crate) fn publish(&self, slot: SlotId, view: SlotView) {
        let listener = LISTENERS.iter().position(|&one| one == view.listener).unwrap_or(0);
        let runs = u64::from(view.version) | (view.fault as u64) << 32 | (listener as u64) << 40;
        let last = view.last.map_or(0, |(what, why, version)| {
            u64::from(version) | (why as u64) << 32 | (what as u64) << 40
        });
        if let Some(place) = self.0.get(slot.index()) {
            place.last.store(last, Ordering::Relaxed);
            place.runs.store(runs, Ordering::Release);
        }
    }
    /// One of them.
    pub fn view(&self, slot: SlotId) -> SlotView {
        let place = self.0.get(slot.index());
        let runs = place.map_or(0, |place| place.runs.load(Ordering::Acquire));
        let last = place.map_or(0, |place| place.last.load(Ordering::Relaxed));
        let fault = |word: u64| Fault::from_code((word >> 32) as u8);
        SlotView {
            version: runs as u32,
            fault: fault(runs),
            listener: LISTENERS.get((runs >> 40) as usize).copied().unwrap_or_default(),
            last: SlotEvent::from_code((last >> 40) as u8)
                .map(|what| (what, fault(last), last as u32)),
        }
    }
}
