//! The native competitors, one short file and one card each.
//!
//! Owns what each of them sees and decides; [`registry`] names and builds them. Must never read a
//! clock, a file or a random source, allocate after construction, or use a transcendental function
//! outside `royale-quant`: the same events must give the same decisions on every machine.

mod bands;
mod depth;
mod event_momentum;
mod fair_value;
mod gates;
mod gauge;
mod history;
mod imbalance;
mod impact;
mod instruments;
mod market_maker;
mod mean_reversion;
mod memory;
mod odds;
mod orders;
mod outlook;
mod parameter;
mod pressure;
mod pricer;
mod quoting;
pub mod registry;
mod rhythm;
mod sampler;
mod session;
mod standing;
mod trend;

pub use event_momentum::EventMomentum;
pub use fair_value::FairValue;
pub use imbalance::Imbalance;
pub use market_maker::MarketMaker;
pub use mean_reversion::MeanReversion;
pub use parameter::{BuildError, ParamDefault, ParamSpec, ParamValue, Parameters};
pub use registry::{NAMES, build, build_on, card};
pub use rhythm::Rhythm;
pub use trend::Trend;

use royale_engine::{Context, Strategy};
use royale_model::Event;
use royale_quant::memory::{Memory, Passage};

/// One of the native strategies, with the number of the layout of what it hands over.
#[derive(Debug)]
pub struct Native {
    kind: Kind,
    layout: u64,
}

/// Which: a closed set, told apart by `match`, so that a call is direct.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a handful live for the whole run; never moved")]
pub(crate) enum Kind {
    FairValue(FairValue),
    EventMomentum(EventMomentum),
    MarketMaker(MarketMaker),
    Trend(Trend),
    MeanReversion(MeanReversion),
    Imbalance(Imbalance),
}

impl Strategy for Native {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match &mut self.kind {
            Kind::FairValue(strategy) => strategy.on_event(event, context),
            Kind::EventMomentum(strategy) => strategy.on_event(event, context),
            Kind::MarketMaker(strategy) => strategy.on_event(event, context),
            Kind::Trend(strategy) => strategy.on_event(event, context),
            Kind::MeanReversion(strategy) => strategy.on_event(event, context),
            Kind::Imbalance(strategy) => strategy.on_event(event, context),
        }
    }
    fn state_layout(&self) -> Option<u64> {
        Some(self.layout)
    }
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        royale_quant::memory::export(self, into)
    }
    fn import_state(&mut self, from: &[u8]) -> bool {
        royale_quant::memory::import(self, from)
    }
}

impl Memory for Native {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        match &mut self.kind {
            Kind::FairValue(strategy) => strategy.pass(through),
            Kind::EventMomentum(strategy) => strategy.pass(through),
            Kind::MarketMaker(strategy) => strategy.pass(through),
            Kind::Trend(strategy) => strategy.pass(through),
            Kind::MeanReversion(strategy) => strategy.pass(through),
            Kind::Imbalance(strategy) => strategy.pass(through),
        }
    }
}

/// The guide's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/strategies/authoring.md")]
pub struct Authoring;
