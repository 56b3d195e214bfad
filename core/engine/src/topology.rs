//! The topology: which stage runs on which thread. The only file that starts or pins one.
//!
//! | topology  | threads | feed → strategy | strategy → risk | risk → order |
//! |-----------|---------|-----------------|-----------------|--------------|
//! | `Fused`   | 1       | call            | call            | call         |
//! | `Split2`  | 2       | call            | ring            | call         |
//! | `Pinned4` | 4       | ring            | ring            | ring         |
//!
//! Reports flow back from order to feed through a ring in each of them. The journal is the same.

use crate::feed::{Commands, FeedOutcome, FeedStage, Pace, Pacer, Source};
use crate::latency::{FeedRecorder, Recorders, SpanRecorder, Stamps, StrategyRecorder};
use crate::ledger::Capital;
use crate::link::{Message, RingSink, Wait, Waiter, pump, ring};
use crate::market::Market;
use crate::order::{OrderStage, OrderStageOutcome, Recorder};
use crate::pin::{PinError, pin_current};
use crate::present;
use crate::progress::Progress;
use crate::risk::{RiskLimits, RiskStage};
use crate::sim::{SimParameters, SimVenue};
use crate::sink::Sink;
use crate::strategy::{Strategy, StrategyStage};
use royale_model::{Event, Instrument};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// Which stage runs where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topology {
    /// All four stages on one thread.
    Fused,
    /// Feed and strategies on one thread, risk and orders on another.
    Split2,
    /// One thread for each stage.
    Pinned4,
}

impl Topology {
    /// Threads that it needs.
    pub const fn threads(self) -> usize {
        match self {
            Self::Fused => 1,
            Self::Split2 => 2,
            Self::Pinned4 => 4,
        }
    }
    /// The best one for this many cores: a stage that shares a core with another costs more than
    /// it saves, and one core stays free for everything that is not pinned.
    pub const fn for_cores(cores: usize) -> Self {
        if cores > 4 { Self::Pinned4 } else { Self::Fused }
    }
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Split2 => "split2",
            Self::Pinned4 => "pinned4",
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
    /// Share of the house for each slot, basis points.
    pub allocation_bp: Vec<u16>,
    /// Starting capital.
    pub capital: Capital,
    /// The gate's limits.
    pub limits: RiskLimits,
    /// The simulated venue's assumptions.
    pub simulation: SimParameters,
    /// The recorded feed.
    pub tape: T,
    /// Where commands come from.
    pub commands: Commands,
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

/// Levels that the orders arriving at one moment take from, on average, at most.
const LEVELS_TAKEN: usize = 64;

/// Messages that a ring between two stages holds.
const RING_CAPACITY: usize = 4096;

// Three rings between four stages, and what the stages hold in their hands.
const _: () = assert!(Stamps::CAPACITY >= 4 * RING_CAPACITY);

impl<C: Strategy, T: Source + Send, R: Recorder + Send> Engine<C, T, R> {
    /// Runs to the end of the tape, or to a stop command.
    ///
    /// # Errors
    /// The placement cannot be had, or a stage's thread panicked.
    pub fn run(self, placement: &Placement) -> Result<Outcome<R>, PinError> {
        let threads = placement.topology.threads();
        let wiring = Wiring {
            placement,
            awake: StartLine::new(threads),
            progress: Arc::clone(&self.progress),
        };
        match placement.topology {
            Topology::Fused => wiring.fused(self),
            Topology::Split2 => wiring.split2(self),
            Topology::Pinned4 => wiring.pinned4(self),
        }
    }
}

/// What all topologies share.
struct Wiring<'a> {
    placement: &'a Placement,
    awake: StartLine,
    progress: Arc<Progress>,
}

/// The parts of an engine on their way to their stages.
struct Stages<C, T, R> {
    feed: FeedParts<T>,
    strategy: StrategyParts<C>,
    risk: RiskParts,
    order: OrderStage<R>,
    instruments: Vec<Instrument>,
    book_levels: usize,
}

struct FeedParts<T> {
    tape: T,
    reports: rtrb::Consumer<Event>,
    commands: Commands,
    simulation: SimParameters,
    pace: Pace,
    latency: FeedRecorder,
}

struct StrategyParts<C> {
    competitors: Vec<C>,
    latency: StrategyRecorder,
}

struct RiskParts {
    capital: Capital,
    limits: RiskLimits,
    allocation_bp: Vec<u16>,
    latency: SpanRecorder,
}

impl Wiring<'_> {
    fn fused<C: Strategy, T: Source, R: Recorder>(
        &self,
        engine: Engine<C, T, R>,
    ) -> Result<Outcome<R>, PinError> {
        let Stages { feed, strategy, risk, order, instruments, book_levels } =
            self.stages(engine)?;
        let market = |table: &[Instrument]| Market::new(table, book_levels);
        let risk = risk.stage(order, &instruments, &self.progress);
        let strategy = self.strategy(risk, &instruments, strategy);
        let mut feed = self.feed(strategy, market(&instruments), feed);
        self.start(0)?;
        let ended = feed.run();
        let order = feed.into_next().into_next().into_next();
        Ok(Outcome { feed: ended, order: order.into_outcome() })
    }

    fn split2<C: Strategy, T: Source + Send, R: Recorder + Send>(
        &self,
        engine: Engine<C, T, R>,
    ) -> Result<Outcome<R>, PinError> {
        let Stages { feed, strategy, risk, order, instruments, book_levels } =
            self.stages(engine)?;
        let market = |table: &[Instrument]| Market::new(table, book_levels);
        let (to_risk, from_strategy) = self.ring();
        let risk = risk.stage(order, &instruments, &self.progress);
        let strategy = self.strategy(to_risk, &instruments, strategy);
        let mut feed = self.feed(strategy, market(&instruments), feed);
        std::thread::scope(|scope| {
            let tail =
                self.agent(scope, 1, "risk-order", from_strategy, market(&instruments), risk)?;
            let started = self.start(0);
            let ended = feed.run();
            drop(feed);
            let risk = joined(tail)?;
            started?;
            Ok(Outcome { feed: ended, order: risk.into_next().into_outcome() })
        })
    }

    fn pinned4<C: Strategy, T: Source + Send, R: Recorder + Send>(
        &self,
        engine: Engine<C, T, R>,
    ) -> Result<Outcome<R>, PinError> {
        let Stages { feed, strategy, risk, order, instruments, book_levels } =
            self.stages(engine)?;
        let market = |table: &[Instrument]| Market::new(table, book_levels);
        let (to_strategy, from_feed) = self.ring();
        let (to_risk, from_strategy) = self.ring();
        let (to_order, from_risk) = self.ring();
        let strategy = self.strategy(to_risk, &instruments, strategy);
        let risk = risk.stage(to_order, &instruments, &self.progress);
        // Feed and order stage look at no market.
        let mut feed = self.feed(to_strategy, market(&[]), feed);
        std::thread::scope(|scope| {
            let strategy =
                self.agent(scope, 1, "strategy", from_feed, market(&instruments), strategy)?;
            let risk = self.agent(scope, 2, "risk", from_strategy, market(&instruments), risk)?;
            let order = self.agent(scope, 3, "order", from_risk, market(&[]), order)?;
            let started = self.start(0);
            let ended = feed.run();
            drop(feed);
            joined(strategy)?;
            joined(risk)?;
            let order = joined(order)?;
            started?;
            Ok(Outcome { feed: ended, order: order.into_outcome() })
        })
    }

    fn stages<C, T, R: Recorder>(
        &self,
        engine: Engine<C, T, R>,
    ) -> Result<Stages<C, T, R>, PinError> {
        let simulation = engine.simulation;
        let Recorders { feed, strategy, risk, order } = engine.latency;
        // Each live order can be cancelled at once, each slot refused at once, and an order that
        // takes reports once for each level that it takes from.
        let slots = engine.competitors.len();
        let reports_max = LEVELS_TAKEN * simulation.orders_max + 256 * slots + RING_CAPACITY;
        let (reports_in, reports) = report_ring(reports_max);
        let order = OrderStage::new(
            engine.recorder,
            SimVenue::new(&engine.instruments, &simulation),
            simulation.orders_max,
            reports_in,
            Arc::clone(&self.progress),
            order,
        );
        Ok(Stages {
            feed: FeedParts {
                tape: engine.tape,
                reports,
                commands: engine.commands,
                simulation,
                pace: engine.pace,
                latency: feed,
            },
            strategy: StrategyParts { competitors: engine.competitors, latency: strategy },
            risk: RiskParts {
                capital: engine.capital,
                limits: engine.limits,
                allocation_bp: engine.allocation_bp,
                latency: risk,
            },
            order,
            instruments: engine.instruments,
            book_levels: simulation.book_levels,
        })
    }

    fn feed<S: Sink, T: Source>(
        &self,
        next: S,
        market: Market,
        parts: FeedParts<T>,
    ) -> FeedStage<S, T> {
        FeedStage::new(
            next,
            market,
            parts.tape,
            parts.simulation.feed_latency,
            parts.simulation.seed,
            parts.reports,
            parts.commands,
            Arc::clone(&self.progress),
            parts.latency,
            Pacer::new(parts.pace, self.placement.wait),
            Waiter::new(self.placement.wait),
        )
    }

    fn strategy<C: Strategy, S: Sink>(
        &self,
        next: S,
        instruments: &[Instrument],
        parts: StrategyParts<C>,
    ) -> StrategyStage<C, S> {
        let StrategyParts { competitors, latency } = parts;
        let progress = Arc::clone(&self.progress);
        StrategyStage::new(next, instruments, competitors, progress).with_latency(latency)
    }

    fn ring(&self) -> (RingSink, rtrb::Consumer<Message>) {
        ring(RING_CAPACITY, Waiter::new(self.placement.wait), Arc::clone(&self.progress))
    }

    /// Places the calling thread, and waits until every other is placed too: a thread that spins
    /// must not keep another from starting.
    fn start(&self, place: usize) -> Result<(), PinError> {
        let pinned = self.placement.cpus.get(place).map_or(Ok(()), |&cpu| pin_current(cpu));
        if pinned.is_err() {
            self.progress.set_broken();
        }
        self.awake.wait(&self.progress);
        pinned
    }

    /// Starts a thread that pumps a ring into a stage, and gives the stage back at the end.
    fn agent<'scope, 'env: 'scope, S: Sink + Send + 'scope>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        place: usize,
        name: &str,
        from: rtrb::Consumer<Message>,
        market: Market,
        mut stage: S,
    ) -> Result<ScopedJoinHandle<'scope, Result<S, PinError>>, PinError> {
        std::thread::Builder::new()
            .name(format!("royale-{name}"))
            .spawn_scoped(scope, move || {
                self.start(place)?;
                let waiter = Waiter::new(self.placement.wait);
                // A panicking stage must not leave the others waiting for it.
                let guard = BreakOnPanic(&self.progress);
                pump(from, market, &mut stage, waiter, &self.progress);
                drop(guard);
                Ok(stage)
            })
            .map_err(|error| {
                self.progress.set_broken();
                PinError(format!("cannot start thread royale-{name}: {error}"))
            })
    }
}

impl RiskParts {
    fn stage<S: Sink>(
        self,
        next: S,
        instruments: &[Instrument],
        progress: &Arc<Progress>,
    ) -> RiskStage<S> {
        let Self { capital, limits, allocation_bp, latency } = self;
        let progress = Arc::clone(progress);
        RiskStage::new(next, instruments, &capital, limits, &allocation_bp, progress)
            .with_latency(latency)
    }
}

/// A ring for reports on their way back, all of it written once: see [`crate::present`].
fn report_ring(capacity: usize) -> (rtrb::Producer<Event>, rtrb::Consumer<Event>) {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(capacity);
    while producer.push(present::no_event()).is_ok() {}
    while consumer.pop().is_ok() {}
    (producer, consumer)
}

/// Where threads wait for each other before the first of them spins; unlike a barrier it lets go
/// when one of them cannot come.
struct StartLine {
    missing: AtomicUsize,
}

impl StartLine {
    fn new(threads: usize) -> Self {
        Self { missing: AtomicUsize::new(threads) }
    }
    fn wait(&self, progress: &Progress) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        while self.missing.load(Ordering::Acquire) > 0 && !progress.is_broken() {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// Stops the run when its thread unwinds.
struct BreakOnPanic<'a>(&'a Progress);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set_broken();
        }
    }
}

fn joined<S>(handle: ScopedJoinHandle<'_, Result<S, PinError>>) -> Result<S, PinError> {
    handle.join().map_err(|_| PinError("a stage panicked".to_owned()))?
}
