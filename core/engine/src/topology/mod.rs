//! The topology: which stage runs on which thread. With `wiring`, the only place that starts or pins
//! one.
//!
//! | topology  | threads | feed → strategy | strategy → risk | risk → order |
//! |-----------|---------|-----------------|-----------------|--------------|
//! | `Fused`   | 1       | call            | call            | call         |
//! | `Split2`  | 2       | call            | ring            | call         |
//! | `Pinned4` | 4       | ring            | ring            | ring         |
//! | `Sharded` | n + 2   | n rings         | n rings         | call         |
//!
//! Reports flow back from order to feed through a ring in each of them. The journal is the same.

mod wiring;

use crate::feed::{Commands, Epochs, FeedOutcome, Pace, Schedule, Source};
use crate::latency::Recorders;
use crate::ledger::Capital;
use crate::link::Wait;
use crate::order::{OrderStageOutcome, Recorder};
use crate::pin::PinError;
use crate::progress::Progress;
use crate::risk::RiskLimits;
use crate::sim::SimParameters;
use crate::strategy::{Strategy, Swaps};
use royale_model::{Instrument, Tier};
use std::num::NonZeroUsize;
use std::sync::Arc;
use wiring::Wiring;

/// Which stage runs where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topology {
    /// All four stages on one thread.
    Fused,
    /// Feed and strategies on one thread, risk and orders on another.
    Split2,
    /// One thread for each stage.
    Pinned4,
    /// Feed on one thread, the strategies shared out over several, risk and orders on the last.
    Sharded {
        /// Threads that strategies run on.
        shards: NonZeroUsize,
    },
}

impl Topology {
    /// Threads that it needs.
    pub const fn threads(self) -> usize {
        match self {
            Self::Fused => 1,
            Self::Split2 => 2,
            Self::Pinned4 => 4,
            Self::Sharded { shards } => shards.get() + 2,
        }
    }
    /// The best one for this many cores: a stage that shares a core with another costs more than
    /// it saves, and one core stays free for everything that is not pinned.
    pub const fn for_cores(cores: usize) -> Self {
        if cores > 4 { Self::Pinned4 } else { Self::Fused }
    }
    /// Threads that strategies run on.
    pub const fn strategy_threads(self) -> usize {
        match self {
            Self::Sharded { shards } => shards.get(),
            Self::Fused | Self::Split2 | Self::Pinned4 => 1,
        }
    }
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Split2 => "split2",
            Self::Pinned4 => "pinned4",
            Self::Sharded { .. } => "sharded",
        }
    }
}

/// Where the threads live and how they wait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Which stage runs where.
    pub topology: Topology,
    /// What an idle thread does.
    pub wait: Wait,
    /// One cpu for each thread, in the order of the stages; empty: not pinned.
    pub cpus: Vec<usize>,
}

impl Placement {
    /// Checks the placement against the cores that the process may use.
    ///
    /// # Errors
    /// More spinning threads than cores, a cpu that is not allowed or used twice, or a list of the
    /// wrong length.
    pub fn check(&self, allowed: &[usize]) -> Result<(), PinError> {
        let threads = self.topology.threads();
        let name = self.topology.name();
        if self.wait == Wait::Spin && threads > allowed.len() {
            return Err(PinError(format!(
                "topology {name} spins {threads} threads but the process may use {} cores: threads \
                 that spin on one core stand still; use wait = \"yield\" or topology = \"fused\"",
                allowed.len()
            )));
        }
        if self.cpus.is_empty() {
            return Ok(());
        }
        if self.cpus.len() != threads {
            return Err(PinError(format!(
                "run.cpus names {} cpus, topology {name} has {threads} threads",
                self.cpus.len()
            )));
        }
        for (at, cpu) in self.cpus.iter().enumerate() {
            if !allowed.contains(cpu) {
                return Err(PinError(format!(
                    "run.cpus: cpu {cpu} is not among those that the process may use: {allowed:?}"
                )));
            }
            if self.cpus[..at].contains(cpu) {
                return Err(PinError(format!("run.cpus: cpu {cpu} is named twice")));
            }
        }
        Ok(())
    }
}

/// Everything that a run is made of.
#[derive(Debug)]
pub struct Engine<C, T, R> {
    /// The instrument table.
    pub instruments: Vec<Instrument>,
    /// The strategies, in the order of their slots.
    pub competitors: Vec<C>,
    /// How they are replaced while they run.
    pub swaps: Swaps<C>,
    /// Share of the house for each slot, basis points.
    pub allocation_bp: Vec<u16>,
    /// Tier of each slot; one that is not named is on paper.
    pub tiers: Vec<Tier>,
    /// Starting capital.
    pub capital: Capital,
    /// The gate's limits.
    pub limits: RiskLimits,
    /// Levels a side of each book.
    pub book_levels: usize,
    /// The simulated venue's assumptions.
    pub simulation: SimParameters,
    /// The recorded feed.
    pub tape: T,
    /// Where commands come from.
    pub commands: Commands,
    /// When slots run, in their order; one without a schedule, or beyond the end, runs on events. In a
    /// replay the timers come with the recorded commands.
    pub schedules: Vec<Option<Schedule>>,
    /// When epochs end, where there are any. In a replay they come with the recorded commands.
    pub epochs: Option<Epochs>,
    /// How fast the tape is played.
    pub pace: Pace,
    /// Where everything is recorded.
    pub recorder: R,
    /// How far the run has come, to be watched from outside.
    pub progress: Arc<Progress>,
    /// What is recorded of its latency: the stages' ends of [`crate::latency::board`].
    pub latency: Recorders,
}

/// What a run leaves.
#[derive(Debug)]
pub struct Outcome<R> {
    /// How the feed ended.
    pub feed: FeedOutcome,
    /// What the order stage held.
    pub order: OrderStageOutcome<R>,
}

impl<C: Strategy, T: Source + Send, R: Recorder + Send> Engine<C, T, R> {
    /// Runs to the end of the tape, or to a stop command.
    ///
    /// # Errors
    /// The placement cannot be had, or a stage's thread panicked.
    pub fn run(self, placement: &Placement) -> Result<Outcome<R>, PinError> {
        let wiring = Wiring::new(placement, self.swaps.prepare_thread, Arc::clone(&self.progress));
        match placement.topology {
            Topology::Fused => wiring.fused(self),
            Topology::Split2 => wiring.split2(self),
            Topology::Pinned4 => wiring.pinned4(self),
            Topology::Sharded { shards } => wiring.sharded(self, shards),
        }
    }
}
