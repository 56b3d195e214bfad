//! The parts of the configuration whose keys depend on what is written: latencies, pegs, fees,
//! slots.

use crate::choices::{FeeName, LatencyKind};
use crate::keys::keys;
use crate::meta;
use crate::module::module;
use crate::names;
use crate::read::Reader;
use crate::schedule::schedule;
use crate::settings::{FeeOverrides, LatencyModel, Peg, Slot};
use royale_model::{FeeKind, Fees, Nanos, Price, Text, Tier};
use std::collections::BTreeMap;
use std::path::Path;

/// More competitors than this are a mistake.
const SLOTS_MAX: usize = 64;
/// More parameters of a strategy than this are a mistake.
const PARAMS_MAX: usize = 64;
/// The whole of the house.
const ALLOCATION_BP_MAX: u32 = 10_000;

/// A latency: its kind, and the keys of that kind and of no other.
pub(crate) fn latency(reader: &mut Reader<'_>, table: &str) -> LatencyModel {
    let kind: LatencyKind = reader.choice(&format!("{table}.kind"));
    let micros = |reader: &mut Reader<'_>, key: &str| {
        let micros = reader.integer(&format!("{table}.{key}"));
        Nanos::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    };
    let (model, own): (_, &[&str]) = match kind {
        LatencyKind::Constant => (LatencyModel::Constant(micros(reader, "us")), &["us"]),
        LatencyKind::Uniform => {
            let (min, max) = (micros(reader, "min_us"), micros(reader, "max_us"));
            (LatencyModel::Uniform { min, max }, &["min_us", "max_us"])
        }
        LatencyKind::Lognormal => {
            let (median, max) = (micros(reader, "median_us"), micros(reader, "max_us"));
            let sigma = reader.number(&format!("{table}.sigma"));
            (LatencyModel::Lognormal { median, sigma, max }, &["median_us", "sigma", "max_us"])
        }
    };
    let max_path = format!("{table}.max_us");
    if reader.written.get(&max_path).is_some() {
        match model {
            LatencyModel::Uniform { min, max } if max < min => {
                reader.fault(&max_path, "is below `min_us`", "write at least `min_us`");
            }
            LatencyModel::Lognormal { median, max, .. } if max < median => {
                reader.fault(&max_path, "is below `median_us`", "write at least `median_us`");
            }
            _ => {}
        }
    }
    let foreign = keys().iter().filter_map(|key| {
        let name = key.path.strip_prefix(table)?.strip_prefix('.')?;
        (name != "kind" && !own.contains(&name)).then_some(key.path)
    });
    for path in foreign {
        if reader.written.get(path).is_some() {
            let what = format!("is no key of a {} latency", kind.name());
            reader.fault(path, what, format_args!("remove it, or write another `{table}.kind`"));
        }
    }
    model
}

/// Pegs, sorted by currency.
pub(crate) fn pegs(reader: &mut Reader<'_>, capital: Text<8>) -> Vec<Peg> {
    const TABLE: &str = "capital.pegs";
    let mut pegs = Vec::new();
    for name in reader.written.children(TABLE) {
        let path = format!("{TABLE}.{name}");
        let rate = Price::from_raw(reader.decimal(&path).raw());
        let currency = Text::new(&name).unwrap_or_default();
        if currency == capital {
            reader.fault(&path, "pegs the capital currency to itself", "remove it");
        }
        pegs.push(Peg { currency, rate });
    }
    if pegs.len() > SLOTS_MAX {
        reader.fault(TABLE, "has too many currencies", "write at most 64");
    }
    pegs
}

/// Fees that override, sorted by venue.
pub(crate) fn fee_overrides(reader: &mut Reader<'_>) -> FeeOverrides {
    let mut overrides = Vec::new();
    for name in reader.written.children("fees") {
        let Some(venue) = names::venue(&name) else { continue };
        let kind = match reader.choice(&format!("fees.{name}.kind")) {
            FeeName::Proportional => FeeKind::Proportional,
            FeeName::Quadratic => FeeKind::Quadratic,
            FeeName::PerContract => FeeKind::PerContract,
        };
        let maker = reader.decimal(&format!("fees.{name}.maker"));
        let taker = reader.decimal(&format!("fees.{name}.taker"));
        overrides.push((venue, Fees::new(kind, maker.raw(), taker.raw())));
    }
    FeeOverrides(overrides)
}

/// The slots in order, with the sum of their shares. Modules lie relative to `base_dir`.
pub(crate) fn slots(reader: &mut Reader<'_>, base_dir: &Path) -> Vec<Slot> {
    let labels = reader.written.slots();
    if labels.is_empty() {
        reader.fault("slot", "is missing", "write a `[[slot]]` table for each competitor");
    }
    if labels.len() > SLOTS_MAX {
        reader.fault("slot", format_args!("has {} tables", labels.len()), "write at most 64");
    }
    let slots: Vec<_> =
        labels.iter().take(SLOTS_MAX).map(|label| slot(reader, label, base_dir)).collect();
    // 64 slots of at most 10,000 cannot overflow.
    let sum: u32 = slots.iter().map(|slot| slot.allocation_bp).sum();
    if sum > ALLOCATION_BP_MAX {
        let path = |label: &String| format!("slot.{label}.allocation_bp");
        let last = labels.last().map(path).unwrap_or_default();
        let what = format!("brings the sum of all slots' shares to {sum} basis points");
        reader.fault(&last, what, "lower the shares to at most 10000 together");
    }
    let cap = reader.integer("risk.allocation_bp_max");
    for (label, slot) in labels.iter().zip(&slots) {
        if u64::from(slot.allocation_bp) > cap {
            let what = format!("is above the largest share of one slot, {cap} basis points");
            let remedy = "lower it, or raise risk.allocation_bp_max";
            reader.fault(&format!("slot.{label}.allocation_bp"), what, remedy);
        }
    }
    slots
}

fn slot(reader: &mut Reader<'_>, label: &str, base_dir: &Path) -> Slot {
    let path = |key: &str| format!("slot.{label}.{key}");
    let params_path = path("params");
    let mut params = BTreeMap::new();
    for name in reader.written.children(&params_path) {
        let param = reader.param(&format!("{params_path}.{name}"));
        params.extend(param.map(|param| (name, param)));
    }
    if params.len() > PARAMS_MAX {
        let origin = reader.origin(&path("name"));
        let remedy = "write at most 64 parameters";
        reader.problems.push(origin, params_path, "has too many keys", remedy);
    }
    let strategy = reader.name(&path("strategy"));
    Slot {
        name: reader.name(&path("name")),
        module: module(reader, path, &strategy, base_dir),
        strategy,
        allocation_bp: reader.integer_u32(&path("allocation_bp")),
        class: meta::class(reader, &path("class")),
        regime: meta::regime(reader, &path("regime")),
        tier: tier(reader, &path("tier")),
        schedule: schedule(reader, path),
        params,
    }
}

/// The most that a slot may do; on paper where nothing is written.
fn tier(reader: &mut Reader<'_>, path: &str) -> Tier {
    if reader.written.get(path).is_some() { reader.choice(path) } else { Tier::default() }
}
