//! What each slot ran, and from which input on: folded from the journal's slot changes.

use royale_model::{Seq, SlotChange, SlotEvent, SlotId};
use serde::Serialize;

/// The version that answered in a slot.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Running {
    /// 0 for the one that the run's configuration describes.
    pub version: u32,
    /// SHA-256 of its manifest in hex; empty for version 0.
    pub manifest: String,
    /// The input at which it was brought in; 0 for version 0.
    pub since: Seq,
}

/// The changes of all slots, in sequence.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlotLog {
    changes: Vec<SlotChange>,
}

impl SlotLog {
    pub(crate) fn change(&mut self, change: &SlotChange) {
        self.changes.push(*change);
    }
    /// All of them, in sequence.
    pub(crate) fn all(&self) -> &[SlotChange] {
        &self.changes
    }
    /// The version that answered input `seq`: one that is brought in answers from the next on.
    pub(crate) fn running(&self, slot: SlotId, seq: Seq) -> Running {
        let answers = |change: &&SlotChange| {
            let brought_in = matches!(change.event, SlotEvent::Installed | SlotEvent::RolledBack);
            brought_in && change.slot == slot && change.seq < seq
        };
        let found = self.changes.iter().rev().find(answers);
        found.filter(|change| change.version > 0).map_or_else(Running::default, |change| Running {
            version: change.version,
            manifest: change.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            since: change.seq,
        })
    }
    /// How often the engine stopped what a slot ran, because it could not go on.
    pub(crate) fn stops(&self, slot: SlotId) -> impl Iterator<Item = &SlotChange> + '_ {
        let stopped = SlotEvent::Disarmed;
        self.changes.iter().filter(move |change| change.slot == slot && change.event == stopped)
    }
}
