//! What becomes of a strategy slot: which version it runs from which event on, and why one stopped.

use crate::ids::{Seq, SlotId};
use crate::units::Nanos;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// What happened to a slot.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum SlotEvent {
    /// Another version answers from the next event on; `version` and `digest` are its own.
    Installed = 1,
    /// Another version listens beside the one that answers, and is heard by nobody yet.
    Shadowing = 2,
    /// The version cannot go on: it gets no more events, its orders are called back.
    Disarmed = 3,
    /// A disarmed version may go on.
    Released = 4,
    /// The version before answers again.
    RolledBack = 5,
    /// The newcomer was sent away before it answered anything; the slot goes on as it was.
    Dismissed = 6,
    /// A command that the slot could not obey; nothing changed.
    Refused = 7,
    /// The version before is sent away: the new one has passed its probation.
    Confirmed = 8,
}

impl SlotEvent {
    /// From its number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::try_read_from_bytes(&[code]).ok()
    }
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Shadowing => "shadowing",
            Self::Disarmed => "disarmed",
            Self::Released => "released",
            Self::RolledBack => "rolled-back",
            Self::Dismissed => "dismissed",
            Self::Refused => "refused",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Why.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Fault {
    /// Nothing is wrong: it was asked for.
    None = 0,
    /// A native strategy panicked.
    Panic = 1,
    /// A decision that contradicts itself, or bytes that are none.
    Malformed = 2,
    /// A sandboxed strategy trapped: an address outside its memory, a division by zero, a deep stack.
    Trap = 3,
    /// A sandboxed strategy used up its fuel on one event.
    Fuel = 4,
    /// More decisions on one event than a slot may make.
    Flood = 5,
    /// A person put it into quarantine.
    Quarantine = 6,
    /// The state that was handed over does not fit: its version, its length or its content.
    State = 7,
    /// An order asked the risk gate for more than a limit allows, during the probation.
    Risk = 8,
    /// Nothing to do it with: no such version, none before it, no quarantine.
    Nothing = 9,
    /// The slot is between two versions already.
    Busy = 10,
}

impl Fault {
    /// From its number; a foreign one reads as `None`.
    pub fn from_code(code: u8) -> Self {
        Self::try_read_from_bytes(&[code]).unwrap_or(Self::None)
    }
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Panic => "panic",
            Self::Malformed => "malformed",
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Flood => "flood",
            Self::Quarantine => "quarantine",
            Self::State => "state",
            Self::Risk => "risk",
            Self::Nothing => "nothing",
            Self::Busy => "busy",
        }
    }
}

/// One change of a slot, as the journal keeps it: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct SlotChange {
    /// The event at which it happened.
    pub seq: Seq,
    /// Its time.
    pub time: Nanos,
    /// SHA-256 of the manifest of the version that it is about; zeros for one that the run's
    /// configuration describes, and for none.
    pub digest: [u8; 32],
    /// Of the version that it is about: 0 for the one that the run began with, then the number of
    /// the command's ticket.
    pub version: u32,
    /// How many of its decisions the newcomer would have made otherwise, while it only listened.
    pub differences: u32,
    /// Which slot.
    pub slot: SlotId,
    /// What.
    pub event: SlotEvent,
    /// Why.
    pub fault: Fault,
    _pad: [u8; 4],
}

const _: () = assert!(size_of::<SlotChange>() == 64);

impl SlotChange {
    /// A change of the version that the run began with; [`SlotChange::of`] names another.
    pub fn new(seq: Seq, time: Nanos, slot: SlotId, event: SlotEvent, fault: Fault) -> Self {
        let (digest, version, differences) = ([0; 32], 0, 0);
        Self { seq, time, digest, version, differences, slot, event, fault, _pad: [0; 4] }
    }
    /// The change, of this version.
    #[must_use]
    pub fn of(mut self, version: u32, digest: [u8; 32]) -> Self {
        (self.version, self.digest) = (version, digest);
        self
    }
    /// The change, after so many differences.
    #[must_use]
    pub fn after(mut self, differences: u32) -> Self {
        self.differences = differences;
        self
    }
}
