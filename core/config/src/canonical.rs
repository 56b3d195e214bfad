//! Settings as text: the table of origins, and the canonical text that a journal's header holds.
//!
//! Both come from one list of rows, made from the resolved values, so that `1.50`, `1.5` and
//! an override say the same. The canonical text holds every key that can change results and no
//! other; its bytes are part of the journal's format: stable, sorted, slots in their order.

use crate::choices::SlotRegime;
use crate::keys::find;
use crate::loader::Loader;
use crate::place::Origin;
use crate::problem::Problems;
use crate::rule::Scope;
use crate::schedule::Schedule;
use crate::settings::{FillModel, LatencyModel, Param, QueueModel, Settings, Slot, fee_name};
use crate::value::quote;
use core::fmt::Display;
use royale_model::{InstrumentKind, Nanos, Qty, Tier};
use std::path::Path;

/// One key, its value as TOML, and where the value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OriginRow {
    /// The key's path.
    pub key: String,
    /// Its value as TOML writes it.
    pub value: String,
    /// Where it was written.
    pub origin: Origin,
}

/// One key and its value as TOML.
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// What a journal calls a tape: its file name without `.tape` or `.tapez`, so that neither its folder
/// nor its packing shows in a run's bytes.
pub(crate) fn tape_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bare = name.strip_suffix(".tapez").or_else(|| name.strip_suffix(".tape"));
    bare.map_or(name.clone(), str::to_owned)
}

impl Settings {
    /// Every key with its value and origin, sorted by key, slots last and in order.
    pub fn origin_table(&self) -> Vec<OriginRow> {
        let origin = |key: &str| self.origins.get(key).cloned().unwrap_or(Origin::Default);
        let row = |row: Row| OriginRow { origin: origin(&row.key), key: row.key, value: row.value };
        self.rows().into_iter().map(row).collect()
    }

    /// The text of everything that can change results: for the journal's header, and to be hashed.
    /// It leaves out where, how fast and on which cores; tapes stand in it by
    /// name, packed or not, and modules by their SHA-256, which [`Settings::read_files`] finds out.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        let mut slot = "";
        let rows = self.rows();
        for Row { key, value } in &rows {
            if find(key).is_none_or(|key| key.scope == Scope::Run) {
                continue;
            }
            let in_slot = key.strip_prefix("slot.").and_then(|rest| rest.split_once('.'));
            let key = match in_slot {
                Some((label, key)) => {
                    if label != slot {
                        text.push_str("\n[[slot]]\n");
                        slot = label;
                    }
                    key
                }
                None => key,
            };
            let value = if key == "run.tapes" { &self.tape_names() } else { value };
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }

    /// Reads back what [`Settings::canonical`] wrote. What it leaves out is as by default; tapes
    /// are bare names. Environment and command line have no say.
    ///
    /// # Errors
    /// All faults: a foreign key, a missing one, a value that no writer of ours writes.
    pub fn from_canonical(text: &str) -> Result<Self, Problems> {
        Loader::canonical(text).load()
    }

    fn tape_names(&self) -> String {
        list(self.run.tapes.iter().map(|tape| quote(&tape_name(tape))))
    }

    /// All keys with their values, sorted; slots last and in order.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut rows = Rows::default();
        rows.add("schema_version", &crate::SCHEMA_VERSION);
        self.run_rows(&mut rows);
        self.money_rows(&mut rows);
        self.simulation_rows(&mut rows);
        rows.0.sort_by(|a, b| a.key.cmp(&b.key));
        self.meta.rows(&mut rows);
        self.slot_rows(&mut rows);
        rows.0
    }

    fn run_rows(&self, rows: &mut Rows) {
        let run = &self.run;
        rows.text("run.name", &run.name);
        rows.add("run.seed", &run.seed);
        rows.text("run.topology", run.topology.name());
        rows.add("run.strategy_threads", &run.strategy_threads);
        rows.text("run.wait", run.wait.name());
        rows.add("run.cpus", &list(run.cpus.iter().map(usize::to_string)));
        rows.text("run.speed", &run.speed.to_string());
        rows.add("run.max_idle_gap_ms", &(run.max_idle_gap.raw() / 1_000_000));
        rows.add("run.tapes", &list(run.tapes.iter().map(|tape| path(tape))));
        let has_rules = |slot: &Slot| matches!(&slot.schedule, Schedule::Timers(timers) if timers.zone.has_rules());
        if self.slots.iter().any(has_rules) {
            rows.text("run.tzdb", &run.tzdb);
        }
        rows.text("run.on_fault", run.on_fault.name());
        rows.add("run.fuel_per_event", &run.fuel_per_event);
        rows.add("run.out_dir", &path(&run.out_dir));
        rows.add("journal.segment_mib", &(self.journal.segment_bytes >> 20));
        rows.text("journal.flush", self.journal.flush.name());
        rows.add("journal.flush_ms", &self.journal.flush_every.as_millis());
        rows.text("journal.before_send", self.journal.before_send.name());
        rows.add("journal.memory_dir", &path(&self.journal.memory_dir));
        rows.add("control.socket", &path(&self.control.socket));
        rows.add(
            "control.command_uids",
            &list(self.control.command_uids.iter().map(u32::to_string)),
        );
        rows.add("control.read_uids", &list(self.control.read_uids.iter().map(u32::to_string)));
        rows.text("latency.record", self.latency_record.name());
    }

    fn money_rows(&self, rows: &mut Rows) {
        let capital = &self.capital;
        rows.text("capital.currency", capital.currency.as_str());
        rows.exact("capital.per_slot", &capital.per_slot);
        rows.exact("capital.house", &capital.house);
        for peg in &capital.pegs {
            rows.exact(&format!("capital.pegs.{}", peg.currency), &peg.rate);
        }
        let risk = &self.risk;
        for (name, kind) in KINDS {
            let qty: Qty = risk.order_qty_max.of(kind);
            rows.exact(&format!("risk.order_qty_max.{name}"), &qty);
        }
        rows.exact("risk.order_notional_max", &risk.order_notional_max);
        rows.exact("risk.position_notional_max", &risk.position_notional_max);
        rows.exact("risk.house_position_notional_max", &risk.house_position_notional_max);
        rows.add("risk.price_collar_bps", &risk.price_collar_bps);
        rows.add("risk.price_collar_ticks", &risk.price_collar_ticks);
        rows.add("risk.feed_stale_after_ms", &(risk.feed_stale_after.raw() / 1_000_000));
        rows.add("risk.open_orders_max", &risk.open_orders_max);
        rows.add("risk.allocation_bp_max", &risk.allocation_bp_max);
        for (venue, fees) in self.fees.iter() {
            let key = |name: &str| format!("fees.{}.{name}", venue.name());
            rows.text(&key("kind"), fee_name(fees.kind));
            rows.exact(&key("maker"), &Qty::from_raw(fees.maker));
            rows.exact(&key("taker"), &Qty::from_raw(fees.taker));
        }
    }

    fn simulation_rows(&self, rows: &mut Rows) {
        let simulation = &self.simulation;
        rows.latency("simulation.feed_latency", simulation.feed_latency);
        rows.latency("simulation.order_latency", simulation.order_latency);
        rows.latency("simulation.response_latency", simulation.response_latency);
        let queue = match simulation.queue {
            QueueModel::RiskAverse => "risk-averse",
            QueueModel::ProbPower { power } => {
                rows.add("simulation.queue_power", &float(power));
                "prob-power"
            }
            QueueModel::ProbLog => "prob-log",
        };
        rows.text("simulation.queue_model", queue);
        let fill = match simulation.fill {
            FillModel::Partial => "partial",
            FillModel::NoPartial => "no-partial",
        };
        rows.text("simulation.fill_model", fill);
        rows.add("simulation.consume_liquidity", &simulation.consume_liquidity);
        rows.add("simulation.print_slippage_ticks", &simulation.print_slippage_ticks);
        rows.exact("simulation.print_liquidity", &simulation.print_liquidity);
    }

    fn slot_rows(&self, rows: &mut Rows) {
        for slot in &self.slots {
            let key = |key: &str| format!("slot.{}.{key}", slot.name);
            rows.text(&key("name"), &slot.name);
            rows.add(&key("allocation_bp"), &slot.allocation_bp);
            // Only where they are: most slots have neither.
            if !slot.class.is_empty() {
                rows.text(&key("class"), &slot.class);
            }
            if slot.regime != SlotRegime::Any {
                rows.text(&key("regime"), slot.regime.name());
            }
            // Only where it is not on events: journals of before know no schedule.
            let timers = match &slot.schedule {
                Schedule::Timers(timers) => Some(timers),
                Schedule::Events => None,
            };
            if let Some(timers) = timers {
                rows.text(&key("missed"), timers.missed.name());
            }
            // A journal knows a module by its SHA-256 alone.
            if let Some(module) = slot.module.as_ref().filter(|one| one.path != Path::new("")) {
                rows.add(&key("module"), &path(&module.path));
            }
            for (name, param) in &slot.params {
                let value = match param {
                    Param::Integer(whole) => whole.to_string(),
                    Param::Float(number) => float(*number),
                    Param::Text(text) => quote(text),
                    Param::Flag(flag) => flag.to_string(),
                };
                rows.add(&key(&format!("params.{name}")), &value);
            }
            if timers.is_some() {
                rows.text(&key("schedule"), &slot.schedule.to_string());
            }
            if let Some(module) = slot.module.as_ref().filter(|one| !one.sha256.is_empty()) {
                rows.text(&key("sha256"), &module.sha256);
            }
            rows.text(&key("strategy"), &slot.strategy);
            // Only where it is another than paper: journals of before know no tier.
            if slot.tier != Tier::default() {
                rows.text(&key("tier"), slot.tier.name());
            }
            if let Some(timers) = timers {
                rows.text(&key("timezone"), &timers.zone.name);
            }
        }
    }
}

const KINDS: [(&str, InstrumentKind); 8] = [
    ("equity", InstrumentKind::Equity),
    ("option", InstrumentKind::Option),
    ("future", InstrumentKind::Future),
    ("fx_spot", InstrumentKind::FxSpot),
    ("crypto_spot", InstrumentKind::CryptoSpot),
    ("perp_linear", InstrumentKind::PerpLinear),
    ("perp_inverse", InstrumentKind::PerpInverse),
    ("binary_event", InstrumentKind::BinaryEvent),
];

#[derive(Default)]
pub(crate) struct Rows(Vec<Row>);

impl Rows {
    pub(crate) fn add(&mut self, key: &str, value: &dyn Display) {
        self.0.push(Row { key: key.to_owned(), value: value.to_string() });
    }
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.add(key, &quote(value));
    }
    /// An exact decimal, as text: TOML's own numbers are floats.
    fn exact(&mut self, key: &str, value: &dyn Display) {
        self.add(key, &quote(&value.to_string()));
    }
    fn latency(&mut self, table: &str, model: LatencyModel) {
        let mut micros =
            |key: &str, span: Nanos| self.add(&format!("{table}.{key}"), &(span.raw() / 1_000));
        let kind = match model {
            LatencyModel::Constant(span) => {
                micros("us", span);
                "constant"
            }
            LatencyModel::Uniform { min, max } => {
                micros("min_us", min);
                micros("max_us", max);
                "uniform"
            }
            LatencyModel::Lognormal { median, sigma, max } => {
                micros("median_us", median);
                micros("max_us", max);
                self.add(&format!("{table}.sigma"), &float(sigma));
                "lognormal"
            }
        };
        self.text(&format!("{table}.kind"), kind);
    }
}

/// The shortest text that reads back as the same float; it always looks like a float.
fn float(number: f64) -> String {
    format!("{number:?}")
}

fn path(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

fn list(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(", "))
}
