//! The native competitors, one short file and one card each.
//!
//! Owns what each of them sees and decides; [`registry`] names and builds them. Must never read a
//! clock, a file or a random source, allocate after construction, or use a transcendental function
//! outside `royale-quant`: the same events must give the same decisions on every machine.

mod bands;
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
mod odds;
mod orders;
mod parameter;
mod pressure;
mod pricer;
mod quoting;
pub mod registry;
mod rhythm;
mod sampler;
mod session;
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

/// One of the native strategies: a closed set, told apart by `match`, so that a call is direct.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a handful live for the whole run; never moved")]
pub enum Native {
    /// Digital fair value of the event contract.
    FairValue(FairValue),
    /// Spot on a shift of the odds.
    EventMomentum(EventMomentum),
    /// Avellaneda-Stoikov quotes on the event book.
    MarketMaker(MarketMaker),
    /// Two averages of a price.
    Trend(Trend),
    /// Bollinger and RSI.
    MeanReversion(MeanReversion),
    /// Order-book and order-flow imbalance.
    Imbalance(Imbalance),
}

impl Strategy for Native {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match self {
            Self::FairValue(strategy) => strategy.on_event(event, context),
            Self::EventMomentum(strategy) => strategy.on_event(event, context),
            Self::MarketMaker(strategy) => strategy.on_event(event, context),
            Self::Trend(strategy) => strategy.on_event(event, context),
            Self::MeanReversion(strategy) => strategy.on_event(event, context),
            Self::Imbalance(strategy) => strategy.on_event(event, context),
        }
    }
}

/// The guide's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/strategies/authoring.md")]
pub struct Authoring;
