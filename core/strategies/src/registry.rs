//! The strategies by name: their tables of parameters, their cards, and how to build them.

use crate::memory::layout;
use crate::parameter::{BuildError, ParamSpec, ParamValue, Parameters, nearest};
use crate::rhythm::Rhythm;
use crate::sampler::SILENCE_MAX;
use crate::{
    EventMomentum, FairValue, Imbalance, Kind, MarketMaker, MeanReversion, Native, Trend,
    event_momentum, fair_value, imbalance, market_maker, mean_reversion, trend,
};
use royale_model::Instrument;
use std::collections::BTreeMap;

/// The names of all native strategies.
pub const NAMES: [&str; 6] =
    ["fair-value", "event-momentum", "market-maker", "trend", "mean-reversion", "imbalance"];

/// A strategy's line in the register.
struct Entry {
    name: &'static str,
    parameters: &'static [ParamSpec],
    card: &'static str,
    timers: OnTimers,
    build: fn(&Parameters<'_>, &[Instrument]) -> Result<Kind, BuildError>,
}

/// What a strategy can do on timers.
#[derive(Clone, Copy, Debug)]
enum OnTimers {
    /// Its work, whatever the schedule; its parameters have to fit it.
    Yes,
    /// Its work, where none is farther from the next than [`SILENCE_MAX`]; else this is missing.
    Frequent(&'static str),
    /// Nothing, for this reason.
    No(&'static str),
}

/// In the order of [`NAMES`].
const ENTRIES: [Entry; 6] = [
    Entry {
        name: NAMES[0],
        parameters: fair_value::PARAMETERS,
        card: include_str!("../../../docs/strategies/fair-value.md"),
        timers: OnTimers::Frequent("volatility and closing average need a price every 30 s"),
        build: |parameters, table| FairValue::new(parameters, table).map(Kind::FairValue),
    },
    Entry {
        name: NAMES[1],
        parameters: event_momentum::PARAMETERS,
        card: include_str!("../../../docs/strategies/event-momentum.md"),
        timers: OnTimers::No("it answers the shift of the odds when it happens"),
        build: |parameters, table| EventMomentum::new(parameters, table).map(Kind::EventMomentum),
    },
    Entry {
        name: NAMES[2],
        parameters: market_maker::PARAMETERS,
        card: include_str!("../../../docs/strategies/market-maker.md"),
        timers: OnTimers::No("its quotes have to follow every change of the book"),
        build: |parameters, table| MarketMaker::new(parameters, table).map(Kind::MarketMaker),
    },
    Entry {
        name: NAMES[3],
        parameters: trend::PARAMETERS,
        card: include_str!("../../../docs/strategies/trend.md"),
        timers: OnTimers::Yes,
        build: |parameters, table| Trend::new(parameters, table).map(Kind::Trend),
    },
    Entry {
        name: NAMES[4],
        parameters: mean_reversion::PARAMETERS,
        card: include_str!("../../../docs/strategies/mean-reversion.md"),
        timers: OnTimers::Yes,
        build: |parameters, table| MeanReversion::new(parameters, table).map(Kind::MeanReversion),
    },
    Entry {
        name: NAMES[5],
        parameters: imbalance::PARAMETERS,
        card: include_str!("../../../docs/strategies/imbalance.md"),
        timers: OnTimers::No("it counts the flow of every order into the book"),
        build: |parameters, table| Imbalance::new(parameters, table).map(Kind::Imbalance),
    },
];

fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// Builds a strategy for a table of instruments; `params` holds what differs from the defaults.
///
/// # Errors
/// An unknown name or parameter, a value out of range, or a table without what it trades; the
/// message says what would be right.
///
/// ```
/// use royale_strategies::{ParamValue, registry};
/// let params = [("fsat_s".to_owned(), ParamValue::Number(30.0))].into();
/// let error = registry::build("trend", &params, &[]).unwrap_err();
/// assert!(error.to_string().starts_with("`trend` has no parameter `fsat_s`; did you mean `fast_s`?"));
/// ```
pub fn build(
    name: &str,
    params: &BTreeMap<String, ParamValue>,
    instruments: &[Instrument],
) -> Result<Native, BuildError> {
    build_on(name, params, instruments, Rhythm::Events)
}

/// The same for a slot that runs on timers.
///
/// # Errors
/// Also a schedule on which the strategy cannot do its work: it would stand idle and not say so.
pub fn build_on(
    name: &str,
    params: &BTreeMap<String, ParamValue>,
    instruments: &[Instrument],
    rhythm: Rhythm,
) -> Result<Native, BuildError> {
    let Some(entry) = entry(name) else {
        return Err(BuildError::UnknownStrategy {
            name: name.to_owned(),
            nearest: nearest(name, &NAMES),
        });
    };
    let parameters = Parameters::check(entry.name, entry.parameters, params)?.on(rhythm);
    if let Rhythm::Timers { wait } = rhythm {
        let refuse = |reason, remedy| BuildError::Rhythm { strategy: entry.name, reason, remedy };
        match entry.timers {
            OnTimers::No(reason) => return Err(refuse(reason, "write `schedule = \"events\"`")),
            OnTimers::Frequent(reason) if wait > SILENCE_MAX => {
                return Err(refuse(reason, "write \"every 10s\" to \"every 30s\""));
            }
            OnTimers::Frequent(_) | OnTimers::Yes => {}
        }
    }
    let kind = (entry.build)(&parameters, instruments)?;
    Ok(Native { kind, layout: layout(&parameters) })
}

/// Says why one strategy cannot go on from what another remembers, each by its name and parameters; the
/// other's memory is refused then, whoever asks.
///
/// # Errors
/// They are two kinds, or a parameter that the memory depends on has another value.
pub fn hands_over(
    (from, written): (&str, &BTreeMap<String, ParamValue>),
    (to, wanted): (&str, &BTreeMap<String, ParamValue>),
) -> Result<(), String> {
    let Some(entry) = entry(to).filter(|_| from == to) else {
        return Err(format!("`{to}` cannot go on from what `{from}` remembers"));
    };
    let value = |of: &BTreeMap<String, ParamValue>, spec: &ParamSpec| {
        of.get(spec.name).map_or_else(|| spec.default.to_string(), ToString::to_string)
    };
    for spec in entry.parameters.iter().filter(|spec| spec.remembered) {
        let (old, new) = (value(written, spec), value(wanted, spec));
        if old != new {
            let name = spec.name;
            return Err(format!(
                "what `{to}` remembers is of {name} = {old}, and not of {name} = {new}"
            ));
        }
    }
    Ok(())
}

/// The table of a strategy's parameters; `None` for an unknown name.
pub fn parameters(name: &str) -> Option<&'static [ParamSpec]> {
    entry(name).map(|entry| entry.parameters)
}

/// The strategy's card in Markdown; `None` for an unknown name.
pub fn card(name: &str) -> Option<&'static str> {
    entry(name).map(|entry| entry.card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::ParamDefault;

    #[test]
    fn the_register_is_in_the_order_of_the_names() {
        assert_eq!(ENTRIES.map(|entry| entry.name), NAMES);
        for name in NAMES {
            assert!(card(name).unwrap().starts_with(&format!("# {name}")), "{name}");
        }
        assert_eq!(card("nothing"), None);
    }

    #[test]
    fn every_default_is_in_its_range_and_every_card_shows_the_table() {
        for entry in &ENTRIES {
            for (at, spec) in entry.parameters.iter().enumerate() {
                let name = spec.name;
                assert!(!spec.doc.is_empty(), "{name}");
                assert!(!entry.parameters[..at].iter().any(|other| other.name == name), "{name}");
                if let ParamDefault::Number(value) = spec.default {
                    assert!((spec.min..=spec.max).contains(&value), "{name}");
                    assert!(!spec.unit.is_empty(), "{name}");
                }
                let row = format!("| `{name}` | {} |", spec.default);
                assert!(entry.card.contains(&row), "the card of {} lacks {row}", entry.name);
            }
        }
    }

    /// The guide's table is this one.
    #[test]
    fn the_guide_says_which_parameters_bar_a_hand_over() {
        let guide = include_str!("../../../docs/hot-swap.md");
        for entry in &ENTRIES {
            let bars = entry.parameters.iter().filter(|spec| spec.remembered);
            let bars: Vec<_> = bars.map(|spec| format!("`{}`", spec.name)).collect();
            let row = format!("| `{}` | {} |", entry.name, bars.join(", "));
            assert!(guide.contains(&row), "docs/hot-swap.md lacks {row}");
        }
    }

    #[test]
    fn an_unknown_strategy_is_answered_with_the_nearest_name() {
        let error = build("mean_reversion", &BTreeMap::new(), &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no strategy `mean_reversion`; did you mean `mean-reversion`?"
        );
    }
}
