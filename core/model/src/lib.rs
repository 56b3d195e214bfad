//! The words of the system: units, ids, instruments, events, decisions, verdicts, orders.
//!
//! Owns every type that crosses a ring or lies in the journal, and its fixed layout. Must never do
//! input or output, read a clock, allocate on the hot path, or use a float for money.
//! Everybody depends on this package; it depends on `zerocopy` alone.

mod book_side;
mod command;
mod decimal;
mod decision;
mod event;
mod ids;
mod instrument;
mod order;
mod position;
mod regime;
mod slot;
mod text;
mod tier;
mod units;
mod verdict;

pub use book_side::Side;
pub use command::{Command, CommandCode, Note, NotePurpose, Remark};
pub use decimal::{ParseDecimalError, SCALE};
pub use decision::{Action, Attribution, Decision, Feature, MAX_ATTRIBUTIONS, Reasons};
pub use event::{
    Bar, Body, BookDelta, Event, EventFlags, EventKind, ExecutionReport, Gap, GapReason, Odds,
    Quote, Settlement, Stamp, Timer, Trade,
};
pub use ids::{Account, InstrumentId, OrderId, Seq, SlotId, Venue};
pub use instrument::{
    FeeKind, Fees, Instrument, InstrumentKind, Liquidity, OptionRight, SettlementMethod,
};
pub use order::{ExecType, OrdStatus, OrdType, Order, RejectReason, TimeInForce};
pub use position::{Fill, Position};
pub use regime::{Regime, RegimeOdds};
pub use slot::{Fault, SlotChange, SlotEvent};
pub use text::Text;
pub use tier::Tier;
pub use units::{Nanos, Notional, Price, Qty};
pub use verdict::{RefusalCode, Verdict};
