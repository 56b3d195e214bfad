//! The board's window on the engine's own ledger: the money is computed there and nowhere else.
//!
//! Must never add, round or mark by itself. If the ledger's words change, this file changes.

use royale_engine::ledger::Ledger;
use royale_model::{Account, Event, Instrument, InstrumentId, Notional, Qty, SlotId};

/// Money that the run started with, and the shares of the house; from the run's configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stakes {
    /// Capital of each slot's shadow account.
    pub per_slot: Notional,
    /// Capital of the house account.
    pub house: Notional,
    /// Initial allocation of each slot, in basis points of the house capital.
    pub allocation_bp: Vec<i64>,
}

/// Equity and positions of all accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    ledger: Ledger,
}
