//! What a slot can run, told apart by `match`, so that a call is direct.

use royale_engine::{Context, Strategy};
use royale_model::Event;
use royale_sandbox::Guest;
use royale_strategies::Native;

/// A strategy in a slot.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each slot; moved at swaps only")]
pub enum Competitor {
    /// One that is compiled in.
    Native(Native),
    /// A stranger's, in the sandbox.
    Guest(Guest),
    /// None: the slot is free.
    Vacant,
}

impl Strategy for Competitor {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match self {
            Self::Native(native) => native.on_event(event, context),
            Self::Guest(guest) => guest.on_event(event, context),
            Self::Vacant => {}
        }
    }
    fn state_layout(&self) -> Option<u64> {
        match self {
            Self::Native(native) => native.state_layout(),
            Self::Guest(guest) => guest.state_layout(),
            Self::Vacant => None,
        }
    }
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        match self {
            Self::Native(native) => native.export_state(into),
            Self::Guest(guest) => guest.export_state(into),
            Self::Vacant => None,
        }
    }
    fn import_state(&mut self, from: &[u8]) -> bool {
        match self {
            Self::Native(native) => native.import_state(from),
            Self::Guest(guest) => guest.import_state(from),
            Self::Vacant => false,
        }
    }
}
