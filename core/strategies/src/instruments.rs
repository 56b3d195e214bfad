//! Which instruments a strategy looks at: the event contract that lives now, the spot under it,
//! or one that was named.
//!
//! Owns the choice and its order. Must never look at prices.

use crate::parameter::{BuildError, Parameters};
use royale_engine::Context;
use royale_model::{Instrument, InstrumentId, InstrumentKind, Nanos};

/// The event contracts of one underlying in the order in which they expire.
#[derive(Clone, Debug)]
pub(crate) struct Contracts {
    /// The instrument that they are about.
    pub(crate) spot: InstrumentId,
    ids: Box<[InstrumentId]>,
    /// Contracts before this one are over.
    first: usize,
}

impl Contracts {
    /// The contracts on the underlying of the first event contract in the table.
    pub(crate) fn find(instruments: &[Instrument]) -> Option<Self> {
        let is_event = |instrument: &&Instrument| {
            instrument.kind == InstrumentKind::BinaryEvent
                && instrument.underlying.index() < instruments.len()
        };
        let spot = instruments.iter().find(is_event)?.underlying;
        let mut of_spot: Vec<&Instrument> =
            instruments.iter().filter(is_event).filter(|i| i.underlying == spot).collect();
        of_spot.sort_by_key(|instrument| (instrument.expiry, instrument.id));
        Some(Self { spot, ids: of_spot.iter().map(|i| i.id).collect(), first: 0 })
    }

    /// The same, for a strategy that cannot do without.
    pub(crate) fn require(
        instruments: &[Instrument],
        parameters: &Parameters<'_>,
    ) -> Result<Self, BuildError> {
        Self::find(instruments).ok_or_else(|| BuildError::NoInstrument {
            strategy: parameters.strategy(),
            missing: "event contract with its underlying".to_owned(),
            remedy: "add a prediction market and its spot market to the battle, or take `trend`, \
                     `mean-reversion` or `imbalance`",
        })
    }

    /// The contract that expires next and is not settled.
    #[inline]
    pub(crate) fn live(&mut self, context: &Context<'_>) -> Option<InstrumentId> {
        self.live_at(context.now(), |id| {
            let (instrument, view) = (context.instrument(id)?, context.market(id)?);
            view.settled.is_none().then_some(instrument.expiry)
        })
    }

    /// `expiry` says `None` of a contract that is settled.
    fn live_at(
        &mut self,
        now: Nanos,
        expiry: impl Fn(InstrumentId) -> Option<Nanos>,
    ) -> Option<InstrumentId> {
        while let Some(id) = self.ids.get(self.first) {
            if expiry(*id).is_some_and(|expiry| expiry > now) {
                return Some(*id);
            }
            self.first += 1;
        }
        None
    }
}

/// One named instrument.
pub(crate) fn named(
    instruments: &[Instrument],
    parameters: &Parameters<'_>,
    symbol: &str,
) -> Result<InstrumentId, BuildError> {
    let found = instruments.iter().find(|instrument| instrument.symbol.as_str() == symbol);
    found.map(|instrument| instrument.id).ok_or_else(|| BuildError::NoInstrument {
        strategy: parameters.strategy(),
        missing: format!("`{symbol}`"),
        remedy: "set `symbol` to one of the battle's instruments, or leave it empty",
    })
}

/// The instrument that parameter `symbol` names; when it is empty the spot under the event
/// contracts, else the first of the table.
pub(crate) fn price_source(
    instruments: &[Instrument],
    parameters: &Parameters<'_>,
) -> Result<InstrumentId, BuildError> {
    let symbol = parameters.text("symbol");
    if !symbol.is_empty() {
        return named(instruments, parameters, symbol);
    }
    if let Some(contracts) = Contracts::find(instruments) {
        return Ok(contracts.spot);
    }
    instruments.first().map(|instrument| instrument.id).ok_or_else(|| BuildError::NoInstrument {
        strategy: parameters.strategy(),
        missing: "instrument".to_owned(),
        remedy: "add a market to the battle",
    })
}

/// Seconds until trading ends; infinite where it never does.
#[inline]
pub(crate) fn seconds_left(instrument: &Instrument, now: Nanos) -> f64 {
    if instrument.expiry == Nanos::ZERO {
        return f64::INFINITY;
    }
    instrument.expiry.since(now).as_secs_f64()
}

/// True when the instrument's data can be trusted at this moment.
#[inline]
pub(crate) fn is_sound(context: &Context<'_>, id: InstrumentId) -> bool {
    context.market(id).is_some_and(|view| !view.gapped && !view.in_batch && view.settled.is_none())
}
