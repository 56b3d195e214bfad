//! What each slot runs, to be read from outside while it runs.
//!
//! A word for each slot with one writer, the strategy thread that has the slot. Readers see a slot as
//! it was at some event not long ago; the journal says which.

use royale_model::{Fault, SlotId};
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
}

impl SlotView {
    /// True while a version answers.
    pub fn is_armed(&self) -> bool {
        self.fault == Fault::None
    }
}

/// All slots.
#[derive(Debug)]
pub struct SlotBoard(Box<[AtomicU64]>);

impl Default for SlotBoard {
    fn default() -> Self {
        Self((0..SLOTS_SHOWN).map(|_| AtomicU64::new(0)).collect())
    }
}

const LISTENERS: [Listener; 3] = [Listener::Nobody, Listener::Newcomer, Listener::Predecessor];

impl SlotBoard {
    pub(crate) fn publish(&self, slot: SlotId, view: SlotView) {
        let listener = LISTENERS.iter().position(|&one| one == view.listener).unwrap_or(0);
        let word = u64::from(view.version) | (view.fault as u64) << 32 | (listener as u64) << 40;
        if let Some(place) = self.0.get(slot.index()) {
            place.store(word, Ordering::Release);
        }
    }
    /// One of them.
    pub fn view(&self, slot: SlotId) -> SlotView {
        let word = self.0.get(slot.index()).map_or(0, |place| place.load(Ordering::Acquire));
        let listener = LISTENERS.get((word >> 40) as usize).copied().unwrap_or_default();
        SlotView { version: word as u32, fault: Fault::from_code((word >> 32) as u8), listener }
    }
}
