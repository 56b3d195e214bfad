//! What the configuration means: plain values with units in their types, nothing to interpret.

use crate::choices::{BeforeSend, Flush, LatencyRecord, OnFault, SlotRegime, Topology, Wait};
use crate::meta::Meta;
use crate::module::Module;
use crate::place::Origin;
use crate::schedule::Schedule;
use royale_model::{FeeKind, Fees, Instrument, InstrumentKind, Nanos, Notional, Price, Qty, Text};
use royale_model::{Tier, Venue};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Everything, resolved and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run.
    pub run: Run,
    /// The journal.
    pub journal: Journal,
    /// The control socket.
    pub control: Control,
    /// How much of the engine's own latency is recorded.
    pub latency_record: LatencyRecord,
    /// The money.
    pub capital: Capital,
    /// The gate's limits.
    pub risk: Risk,
    /// The simulated venue.
    pub simulation: Simulation,
    /// Fees that override those of the tapes.
    pub fees: FeeOverrides,
    /// The competitors; the index is the slot's id.
    pub slots: Vec<Slot>,
    /// Who shares out the house while the run goes on.
    pub meta: Meta,
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// What is run and how.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Name, fit for a folder.
    pub name: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// Threads.
    pub topology: Topology,
    /// Threads that strategies are shared out over, where the topology does so.
    pub strategy_threads: u32,
    /// What an idle thread does.
    pub wait: Wait,
    /// Cores in the order of the stages; empty: the engine chooses.
    pub cpus: Vec<usize>,
    /// Pace.
    pub speed: Speed,
    /// Longer quiet stretches are skipped at a paced speed.
    pub max_idle_gap: Nanos,
    /// Recordings in order.
    pub tapes: Vec<PathBuf>,
    /// Version of the time zone database that timers are reckoned by: this build's, or the journal's.
    pub tzdb: String,
    /// What is done about a slot whose strategy failed.
    pub on_fault: OnFault,
    /// Fuel that a sandboxed strategy may burn on one event.
    pub fuel_per_event: u64,
    /// Folder under which runs are written.
    pub out_dir: PathBuf,
}

/// Pace of the tapes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Speed {
    /// As fast as possible.
    Max,
    /// So many times recorded time, at least once.
    Times(u32),
}

impl core::fmt::Display for Speed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Times(times) => write!(f, "{times}x"),
        }
    }
}

/// The journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    /// Size of a segment.
    pub segment_bytes: u64,
    /// When it is forced to the disk.
    pub flush: Flush,
    /// How long a record waits for that at most.
    pub flush_every: Duration,
    /// What must hold before an order leaves; `Synced` only with [`Flush::Group`].
    pub before_send: BeforeSend,
    /// Folder of a memory file system, absolute.
    pub memory_dir: PathBuf,
}

/// The control socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Control {
    /// Its absolute path, at most 102 bytes: five more name the socket for reading.
    pub socket: PathBuf,
    /// Users who may command, beside the engine's own and root.
    pub command_uids: Vec<u32>,
    /// Users who may ask, beside those who may command.
    pub read_uids: Vec<u32>,
}

/// The money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capital {
    /// What capital and profit are counted in.
    pub currency: Text<8>,
    /// Capital of each shadow account.
    pub per_slot: Notional,
    /// Capital of the house.
    pub house: Notional,
    /// Other currencies and their fixed rates, sorted by currency.
    pub pegs: Vec<Peg>,
}

impl Capital {
    /// The fixed rate of `currency` into the capital currency; `None` where it has none.
    pub fn rate(&self, currency: Text<8>) -> Option<Price> {
        if currency == self.currency {
            return Some(Price::ONE);
        }
        self.pegs.iter().find(|peg| peg.currency == currency).map(|peg| peg.rate)
    }
}

/// A currency counted at a fixed rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peg {
    /// The currency.
    pub currency: Text<8>,
    /// Units of the capital currency for one of it.
    pub rate: Price,
}

/// The gate's limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Risk {
    /// R1: largest order.
    pub order_qty_max: QtyByKind,
    /// R2: most valuable order.
    pub order_notional_max: Notional,
    /// R7: largest worst case of a slot in an instrument.
    pub position_notional_max: Notional,
    /// R7: largest worst case of the house in an instrument.
    pub house_position_notional_max: Notional,
    /// R3: farthest price in basis points; the wider of the two holds.
    pub price_collar_bps: u32,
    /// R3: farthest price in ticks; the wider of the two holds.
    pub price_collar_ticks: u32,
    /// R13: age from which data is stale.
    pub feed_stale_after: Nanos,
    /// Live orders of one account of a slot.
    pub open_orders_max: u32,
    /// Largest share of the house that one slot may be given, in basis points.
    pub allocation_bp_max: u16,
}

/// A quantity for each kind of instrument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are the kinds of instruments")]
pub struct QtyByKind {
    pub equity: Qty,
    pub option: Qty,
    pub future: Qty,
    pub fx_spot: Qty,
    pub crypto_spot: Qty,
    pub perp_linear: Qty,
    pub perp_inverse: Qty,
    pub binary_event: Qty,
}

impl QtyByKind {
    /// The quantity of a kind.
    pub const fn of(&self, kind: InstrumentKind) -> Qty {
        match kind {
            InstrumentKind::Equity => self.equity,
            InstrumentKind::Option => self.option,
            InstrumentKind::Future => self.future,
            InstrumentKind::FxSpot => self.fx_spot,
            InstrumentKind::CryptoSpot => self.crypto_spot,
            InstrumentKind::PerpLinear => self.perp_linear,
            InstrumentKind::PerpInverse => self.perp_inverse,
            InstrumentKind::BinaryEvent => self.binary_event,
        }
    }
}

/// The simulated venue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Simulation {
    /// Venue to us.
    pub feed_latency: LatencyModel,
    /// Us to venue.
    pub order_latency: LatencyModel,
    /// The venue's answer to us.
    pub response_latency: LatencyModel,
    /// Queue position of resting orders.
    pub queue: QueueModel,
    /// Partial fills.
    pub fill: FillModel,
    /// True: what an account took from a level is gone for it until the level changes.
    pub consume_liquidity: bool,
    /// Instruments without a book: ticks by which a fill is worse than the next print.
    pub print_slippage_ticks: u32,
    /// Instruments without a book: most that one print of unknown size fills.
    pub print_liquidity: Qty,
}

/// How long a message is under way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LatencyModel {
    /// Always the same.
    Constant(Nanos),
    /// Equally likely between two.
    Uniform {
        /// Shortest.
        min: Nanos,
        /// Longest, not below `min`.
        max: Nanos,
    },
    /// Lognormal, cut at a maximum.
    Lognormal {
        /// Median, above zero.
        median: Nanos,
        /// Standard deviation of the logarithm, from 0.
        sigma: f64,
        /// Longest, not below `median`.
        max: Nanos,
    },
}

/// How a resting order moves up the queue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum QueueModel {
    /// Only trades at the price move it.
    RiskAverse,
    /// A share of each decrease was ahead, by f(x) = x^power.
    ProbPower {
        /// Above zero.
        power: f64,
    },
    /// The same with f(x) = ln(1 + x).
    ProbLog,
}

/// Whether an order can fill in parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FillModel {
    /// As much as there is.
    Partial,
    /// All or nothing.
    NoPartial,
}

/// Fees that override those of the tapes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FeeOverrides(pub(crate) Vec<(Venue, Fees)>);

impl FeeOverrides {
    /// The venues with a schedule of their own, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (Venue, Fees)> + '_ {
        self.0.iter().copied()
    }
    /// Gives the instrument its venue's schedule, where there is one.
    pub fn apply(&self, instrument: &mut Instrument) {
        if let Some((_, fees)) = self.0.iter().find(|(venue, _)| *venue == instrument.venue) {
            instrument.fees = *fees;
        }
    }
}

/// The name of a fee formula in the configuration.
pub(crate) const fn fee_name(kind: FeeKind) -> &'static str {
    match kind {
        FeeKind::Proportional => "proportional",
        FeeKind::Quadratic => "quadratic",
        FeeKind::PerContract => "per_contract",
    }
}

/// One competitor.
#[derive(Clone, PartialEq, Debug)]
pub struct Slot {
    /// Unique name.
    pub name: String,
    /// Name of a native strategy, [`crate::MODULE`], or `vacant`.
    pub strategy: String,
    /// The module that it begins with, where it begins with one.
    pub module: Option<Module>,
    /// Share of the house at start, in basis points; all together at most 10,000.
    pub allocation_bp: u32,
    /// Its class, for caps of several slots together; empty for none.
    pub class: String,
    /// The most that it may do.
    pub tier: Tier,
    /// The regime in which it is at its full size.
    pub regime: SlotRegime,
    /// When it runs.
    pub schedule: Schedule,
    /// The strategy's own parameters, sorted by name.
    pub params: BTreeMap<String, Param>,
}

impl Slot {
    /// Strategy of a slot in which nobody trades until somebody is swapped in.
    pub const VACANT: &'static str = "vacant";

    /// True for a slot in which nobody trades at the start.
    pub fn is_vacant(&self) -> bool {
        self.strategy == Self::VACANT
    }
}

/// A strategy's parameter, passed on unread.
#[derive(Clone, PartialEq, Debug)]
pub enum Param {
    /// A whole number.
    Integer(i64),
    /// A finite float.
    Float(f64),
    /// Text.
    Text(String),
    /// True or false.
    Flag(bool),
}
