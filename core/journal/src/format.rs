//! The layout of a segment: header, records, seal. The only file that knows it.

use royale_model::{Decision, Event, Instrument, Order, Verdict};

/// What the file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A recorded feed: inputs only.
    Tape,
    /// A run of the engine: inputs and everything that they caused.
    Run,
}

/// What every segment's header says of the whole journal, so that it explains itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preamble {
    /// Tape or run.
    pub purpose: Purpose,
    /// The complete configuration of the run, or the origin note of a tape. No wall-clock in it.
    pub config: String,
    /// The instrument table; position is `InstrumentId`.
    pub instruments: Vec<Instrument>,
    /// Names of the strategy slots; position is `SlotId`.
    pub slots: Vec<String>,
}

/// The kinds of record, as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordKind {
    /// An input.
    Event = 1,
    /// What a strategy wants.
    Decision = 2,
    /// What the risk gate says to it.
    Verdict = 3,
    /// What goes to the venue.
    Order = 4,
}

/// One record, by value.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::large_enum_variant, reason = "a decision is three cache lines by design")]
pub enum Record {
    /// An input.
    Event(Event),
    /// What a strategy wants.
    Decision(Decision),
    /// What the risk gate says to it.
    Verdict(Verdict),
    /// What goes to the venue.
    Order(Order),
}
