//! What a strategy hands over to its successor, and which successor may take it.
//!
//! Owns the layout's number and how the model's words pass. Each strategy's fields are named where they
//! are, once for both directions (`royale_quant::memory`). Instruments, positions and orders are no
//! memory: the table is the run's, the rest the slot's.

use crate::parameter::{ParamDefault, Parameters};
use crate::rhythm::Rhythm;
use royale_model::{InstrumentId, Nanos, Price};
use royale_quant::memory::Passage;

/// Raised with every change of what any strategy hands over, or of what it means.
const VERSION: u8 = 1;

/// The number of a layout: FNV-1a of the version, the strategy's name, its rhythm, and the value of every
/// parameter that what it remembers depends on. Two that differ in one of them hand nothing over to each
/// other: an average of another half-life is another average.
pub(crate) fn layout(parameters: &Parameters<'_>) -> u64 {
    let mut hash = Fnv::default();
    hash.eat(&[VERSION]);
    hash.eat(parameters.strategy().as_bytes());
    let wait = match parameters.rhythm() {
        Rhythm::Events => 0,
        Rhythm::Timers { wait } => wait.raw(),
    };
    hash.eat(&wait.to_le_bytes());
    for spec in parameters.specs().iter().filter(|spec| spec.remembered) {
        match spec.default {
            ParamDefault::Number(_) => hash.eat(&parameters.number(spec.name).to_le_bytes()),
            ParamDefault::Text(_) => hash.eat(parameters.text(spec.name).as_bytes()),
            ParamDefault::Bool(_) => hash.eat(&[u8::from(parameters.switch(spec.name))]),
        }
    }
    hash.0
}

/// The hash of Fowler, Noll and Vo.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes a value, its length first: so that no two lists of values read the same.
    fn eat(&mut self, value: &[u8]) {
        for byte in (value.len() as u64).to_le_bytes().iter().chain(value) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// A moment.
pub(crate) fn moment(through: &mut Passage<'_>, field: &mut Nanos) -> Option<Nanos> {
    let mut raw = field.raw();
    let passed = through.whole(&mut raw, ..)?;
    *field = Nanos::from_raw(raw);
    Some(Nanos::from_raw(passed))
}

/// A price, not below zero.
pub(crate) fn price(through: &mut Passage<'_>, field: &mut Price) -> Option<Price> {
    let mut raw = field.raw();
    let passed = through.whole(&mut raw, 0..)?;
    *field = Price::from_raw(raw);
    Some(Price::from_raw(passed))
}

/// An instrument, or none.
pub(crate) fn instrument(through: &mut Passage<'_>, field: &mut InstrumentId) -> Option<()> {
    through.whole(&mut field.0, ..).map(drop)
}
