//! From settings to an engine: what was configured, in the engine's own types.

use crate::control::Access;
use crate::exit::Failure;
use crate::schedules::longest_wait;
use crate::versions::{Competitor, Manifest, Workshop};
use royale_config::{self as config, Modules, Policy, Settings};
use royale_engine::feed::{Epochs, Pace};
use royale_engine::latency::LatencyLevel;
use royale_engine::ledger::Capital;
use royale_engine::link::Wait;
use royale_engine::risk::{RiskLimits, Shares};
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters};
use royale_engine::strategy::OnFault;
use royale_engine::topology::{Placement, Topology};
use royale_journal::{Class, Flush, Options};
use royale_model::{Instrument, InstrumentKind, Tier};
use royale_strategies::Rhythm;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Levels a side of every book; what lies farther from the touch is dropped and counted.
pub const BOOK_LEVELS: usize = 8192;

/// How long a tape waits for its agent at the end of an epoch.
const AGENT_PATIENCE: Duration = Duration::from_secs(10);

/// The strategies that all slots begin with. Modules are those that the configuration named; where
/// there are none, as in a replay, the workshop's store has them.
pub fn competitors(
    settings: &Settings,
    workshop: &Workshop,
    modules: &Modules,
) -> Result<Vec<Competitor>, String> {
    let mut competitors = Vec::with_capacity(settings.slots.len());
    let mut faults = Vec::new();
    for slot in &settings.slots {
        let module = slot.module.as_ref();
        let bytes = module.and_then(|one| Some((&one.sha256, modules.get(&one.sha256)?)));
        let brought = bytes.map_or(Ok(()), |(sha256, bytes)| workshop.bring(sha256, bytes));
        match brought.and_then(|()| workshop.make(&Manifest::of_slot(slot), rhythm(slot))) {
            Ok(competitor) => competitors.push(competitor),
            Err(why) => {
                let file = module.filter(|_| bytes.is_some());
                let file = file.map_or(String::new(), |one| format!("{}: ", one.path.display()));
                faults.push(format!("slot `{}`: {file}{why}", slot.name));
            }
        }
    }
    if faults.is_empty() { Ok(competitors) } else { Err(faults.join("\n")) }
}

/// When a slot's strategy is asked.
pub fn rhythm(slot: &config::Slot) -> Rhythm {
    match &slot.schedule {
        config::Schedule::Events => Rhythm::Events,
        config::Schedule::Timers(timers) => Rhythm::Timers { wait: longest_wait(&timers.readings) },
    }
}

/// How the journal is kept.
pub fn journal(settings: &Settings) -> Options {
    let journal = &settings.journal;
    Options {
        segment_bytes: journal.segment_bytes,
        flush: match journal.flush {
            config::Flush::Group => Flush::Group { every: journal.flush_every },
            config::Flush::Lazy => Flush::Lazy,
        },
        before_send: match journal.before_send {
            config::BeforeSend::Written => Class::Written,
            config::BeforeSend::Synced => Class::Synced,
        },
        memory: journal.memory_dir.clone(),
    }
}

/// Limits are amounts of the capital's currency: what is priced in another one, and has no peg to
/// it, could not be held against them.
pub fn check_currencies(settings: &Settings, instruments: &[Instrument]) -> Result<(), Failure> {
    let foreign = instruments.iter().find(|one| settings.capital.rate(one.quote).is_none());
    match foreign {
        Some(one) => Err(Failure::Configuration(format!(
            "{} is priced in {}, which is neither capital.currency ({}) nor pegged to it; add it to \
             capital.pegs or leave its tape out",
            one.symbol, one.quote, settings.capital.currency
        ))),
        None => Ok(()),
    }
}

/// Shares of the house at the start.
pub fn allocation_bp(settings: &Settings) -> Vec<u16> {
    settings.slots.iter().map(|slot| u16::try_from(slot.allocation_bp).unwrap_or(10_000)).collect()
}

/// The slots' tiers at the start.
pub fn tiers(settings: &Settings) -> Vec<Tier> {
    settings.slots.iter().map(|slot| slot.tier).collect()
}

/// Shares and tiers, under the rules that hold for them.
pub fn shares(settings: &Settings) -> Shares {
    let initial = settings.slots.iter().map(|slot| i64::from(slot.allocation_bp));
    Shares::new(initial, settings.risk.allocation_bp_max.into()).with_tiers(tiers(settings))
}

/// When epochs end. Only a tape can wait for its agent, and only one that was promised.
pub fn epochs(settings: &Settings, with_agent: bool) -> Option<Epochs> {
    let patience = if with_agent { AGENT_PATIENCE } else { Duration::ZERO };
    let every = settings.meta.epoch;
    (settings.meta.policy != Policy::Off).then_some(Epochs { every, patience })
}

/// Who may speak to the engine.
pub fn access(settings: &Settings) -> Access {
    let control = &settings.control;
    Access { command_uids: control.command_uids.clone(), read_uids: control.read_uids.clone() }
}

/// Starting capital.
pub fn capital(settings: &Settings) -> Capital {
    let capital = &settings.capital;
    Capital {
        currency: capital.currency,
        per_slot: capital.per_slot,
        house: capital.house,
        pegs: capital.pegs.iter().map(|peg| (peg.currency, peg.rate)).collect(),
    }
}

/// The gate's limits.
pub fn limits(settings: &Settings) -> RiskLimits {
    let risk = &settings.risk;
    RiskLimits {
        order_qty_max: InstrumentKind::ALL
            .iter()
            .map(|&kind| (kind, risk.order_qty_max.of(kind)))
            .collect(),
        order_notional_max: risk.order_notional_max,
        price_collar_bps: risk.price_collar_bps,
        price_collar_ticks: risk.price_collar_ticks,
        position_notional_max: risk.position_notional_max,
        house_position_notional_max: risk.house_position_notional_max,
        feed_stale_after: risk.feed_stale_after,
        open_orders_max: risk.open_orders_max as usize,
        allocation_bp_max: risk.allocation_bp_max,
    }
}

/// The simulated venue's assumptions.
pub fn simulation(settings: &Settings) -> SimParameters {
    let simulation = &settings.simulation;
    let accounts = settings.slots.len() * 2;
    SimParameters {
        seed: settings.run.seed,
        feed_latency: latency(&simulation.feed_latency),
        order_latency: latency(&simulation.order_latency),
        response_latency: latency(&simulation.response_latency),
        queue: match simulation.queue {
            config::QueueModel::RiskAverse => QueueModel::RiskAverse,
            config::QueueModel::ProbPower { power } => QueueModel::ProbPower { power },
            config::QueueModel::ProbLog => QueueModel::ProbLog,
        },
        fill: match simulation.fill {
            config::FillModel::Partial => FillModel::Partial,
            config::FillModel::NoPartial => FillModel::NoPartial,
        },
        consume_liquidity: simulation.consume_liquidity,
        print_slippage_ticks: simulation.print_slippage_ticks,
        print_liquidity: simulation.print_liquidity,
        orders_max: accounts * settings.risk.open_orders_max as usize + 64,
    }
}

fn latency(model: &config::LatencyModel) -> LatencyModel {
    match *model {
        config::LatencyModel::Constant(nanos) => LatencyModel::Constant { nanos: nanos.raw() },
        config::LatencyModel::Uniform { min, max } => {
            LatencyModel::Uniform { min_nanos: min.raw(), max_nanos: max.raw() }
        }
        config::LatencyModel::Lognormal { median, sigma, max } => {
            LatencyModel::Lognormal { median_nanos: median.raw(), sigma, max_nanos: max.raw() }
        }
    }
}

/// Which stage runs where, held against the cores that the process may use.
pub fn placement(settings: &Settings, allowed: &[usize]) -> Result<Placement, Failure> {
    let topology = match settings.run.topology {
        config::Topology::Auto if settings.run.cpus.is_empty() => {
            Topology::for_cores(allowed.len())
        }
        config::Topology::Auto => match settings.run.cpus.len() {
            4 => Topology::Pinned4,
            2 => Topology::Split2,
            _ => Topology::Fused,
        },
        config::Topology::Fused => Topology::Fused,
        config::Topology::Split2 => Topology::Split2,
        config::Topology::Pinned4 => Topology::Pinned4,
        config::Topology::Sharded => Topology::Sharded {
            shards: NonZeroUsize::new(settings.run.strategy_threads as usize)
                .unwrap_or(NonZeroUsize::MIN),
        },
    };
    let wait = match settings.run.wait {
        config::Wait::Spin => Wait::Spin,
        config::Wait::Yield => Wait::Yield,
        config::Wait::Park => Wait::Park,
    };
    let mut cpus = settings.run.cpus.clone();
    if cpus.is_empty() && wait == Wait::Spin && allowed.len() >= topology.threads() {
        // A spinning thread belongs on a core of its own; the last ones, as the first serves
        // interrupts on most hosts.
        cpus = allowed[allowed.len() - topology.threads()..].to_vec();
    }
    let placement = Placement { topology, wait, cpus };
    placement.check(allowed).map_err(|error| Failure::Configuration(error.to_string()))?;
    Ok(placement)
}

/// How much of the engine's own latency is recorded.
pub fn latency_level(settings: &Settings) -> LatencyLevel {
    match settings.latency_record {
        config::LatencyRecord::Off => LatencyLevel::Off,
        config::LatencyRecord::Ends => LatencyLevel::Ends,
        config::LatencyRecord::Stages => LatencyLevel::Stages,
    }
}

/// What a module may use, and how many of them there may be: one that answers and one that listens in
/// each slot, and those under way.
pub fn sandbox(settings: &Settings) -> royale_sandbox::Limits {
    let slots = u32::try_from(settings.slots.len()).unwrap_or(u32::MAX);
    let guests_max = slots.saturating_mul(2).saturating_add(64);
    let fuel_per_event = settings.run.fuel_per_event;
    royale_sandbox::Limits { guests_max, fuel_per_event, ..royale_sandbox::Limits::default() }
}

/// What is done about a slot whose strategy fails.
pub fn on_fault(settings: &Settings) -> OnFault {
    match settings.run.on_fault {
        config::OnFault::Cancel => OnFault::Cancel,
        config::OnFault::Flatten => OnFault::Flatten,
    }
}

/// How fast the tape is played.
pub fn pace(settings: &Settings) -> Pace {
    match settings.run.speed {
        config::Speed::Max => Pace::Max,
        config::Speed::Times(times) => {
            Pace::Times { factor: f64::from(times), idle_max: settings.run.max_idle_gap }
        }
    }
}
