//! What the benches share: a recorded session, and an engine around it.
//!
//! Owns the assumptions of the benches, spelled out here so that a figure can be understood. Called
//! by `benches/*`; nothing that trades depends on it.

pub mod backtest;
pub mod cores;
pub mod cpu_time;
pub mod dip;
pub mod file_mapped;
pub mod flood;
pub mod gate;
pub mod hop;
pub mod instructions;
pub mod journal_append;
pub mod link;
pub mod periodic;
pub mod progress;
pub mod recorded;
pub mod scale;
pub mod stream;
pub mod streams;
pub mod units;
pub mod zero;

use royale_engine::Strategy;
use royale_engine::feed::{Commands, Pace, Source};
use royale_engine::latency::{self, LatencyLevel};
use royale_engine::ledger::Capital;
use royale_engine::order::Recorder;
use royale_engine::progress::Progress;
use royale_engine::risk::RiskLimits;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters};
use royale_engine::strategy::Swaps;
use royale_engine::topology::Engine;
use royale_journal::Preamble;
use royale_model::{Event, InstrumentKind, Nanos, Notional, Qty, Text};
use royale_strategies::{Native, registry};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// A bundled recording: its table and its events.
///
/// # Errors
/// The file is missing or damaged; the message names it.
pub fn session(name: &str) -> Result<(Preamble, Vec<Event>), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/tapes").join(name);
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    royale_codec::unpack(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// An engine with the six strategies at their defaults, any recorder, and latency recorded at a level.
///
/// # Errors
/// A strategy that cannot trade this table.
pub fn engine<R: Recorder>(
    preamble: &Preamble,
    events: &[Event],
    recorder: R,
    level: LatencyLevel,
) -> Result<Engine<Native, VecDeque<Event>, R>, String> {
    engine_of(preamble, natives(preamble)?, events.iter().copied().collect(), recorder, level)
}

/// The six strategies at their defaults.
///
/// # Errors
/// One that cannot trade this table.
pub fn natives(preamble: &Preamble) -> Result<Vec<Native>, String> {
    let build = |name: &&str| {
        registry::build(name, &BTreeMap::new(), &preamble.instruments).map_err(|e| e.to_string())
    };
    registry::NAMES.iter().map(build).collect()
}

/// An engine with these competitors and this feed, and the assumptions of `deploy/battle.toml` in
/// all that matters for speed.
///
/// # Errors
/// Never with our bounds; the histograms' constructor is fallible.
pub fn engine_of<C: Strategy, T: Source, R: Recorder>(
    preamble: &Preamble,
    competitors: Vec<C>,
    tape: T,
    recorder: R,
    level: LatencyLevel,
) -> Result<Engine<C, T, R>, String> {
    let slots = competitors.len();
    let drawn =
        |median_nanos| LatencyModel::Lognormal { median_nanos, sigma: 0.4, max_nanos: 120_000_000 };
    Ok(Engine {
        instruments: preamble.instruments.clone(),
        swaps: Swaps::default(),
        allocation_bp: vec![1_666; slots],
        tiers: Vec::new(),
        competitors,
        capital: Capital {
            currency: Text::new("USD").unwrap_or_default(),
            per_slot: Notional::from_int(100_000),
            house: Notional::from_int(100_000),
            pegs: Vec::new(),
        },
        limits: RiskLimits {
            order_qty_max: vec![
                (InstrumentKind::BinaryEvent, Qty::from_int(500)),
                (InstrumentKind::CryptoSpot, Qty::from_int(2)),
            ],
            order_notional_max: Notional::from_int(50_000),
            price_collar_bps: 500,
            price_collar_ticks: 50,
            position_notional_max: Notional::from_int(60_000),
            house_position_notional_max: Notional::from_int(60_000),
            feed_stale_after: Nanos::from_secs(10),
            open_orders_max: 64,
            allocation_bp_max: 10_000,
        },
        book_levels: 8192,
        simulation: SimParameters {
            seed: 7,
            feed_latency: LatencyModel::Constant { nanos: 1_000_000 },
            order_latency: drawn(20_000_000),
            response_latency: drawn(15_000_000),
            queue: QueueModel::RiskAverse,
            fill: FillModel::Partial,
            consume_liquidity: true,
            print_slippage_ticks: 1,
            print_liquidity: Qty::ONE,
            orders_max: 1024,
        },
        tape,
        commands: Commands::None,
        schedules: Vec::new(),
        epochs: None,
        pace: Pace::Max,
        recorder,
        progress: Arc::new(Progress::default()),
        latency: latency::board(level, slots, 1).map_err(|e| e.to_string())?.0,
    })
}
