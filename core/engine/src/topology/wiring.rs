//! The stages of a run, put together and set going: one way for each topology.

use super::{Engine, Outcome, Placement};
use crate::feed::{Commands, Epochs, FeedStage, Pace, Pacer, Schedule, Source};
use crate::latency::{FeedRecorder, Recorders, SpanRecorder, Stamps, StrategyRecorder};
use crate::ledger::Capital;
use crate::link::{Fan, RingSink, Shard, Waiter, pump, ring};
use crate::market::Market;
use crate::order::{OrderStage, Recorder};
use crate::pin::{PinError, pin_current};
use crate::present;
use crate::progress::Progress;
use crate::risk::{RiskLimits, RiskStage};
use crate::sim::{SimParameters, SimVenue};
use crate::sink::Sink;
use crate::strategy::{OnFault, Strategy, StrategyStage, Swaps, Versions};
use royale_model::{Event, Instrument, SlotId, Tier};
use royale_ring::Consumer;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// Levels that the orders arriving at one moment take from, on average, at most.
const LEVELS_TAKEN: usize = 64;

/// Lines that a ring between two stages holds: few enough to stay in the first-level cache, where a
/// hop is a third faster (docs/ring.md).
const RING_CAPACITY: usize = 128;

// Three rings between four stages, and what the stages hold in their hands.
const _: () = assert!(Stamps::CAPACITY >= 4 * RING_CAPACITY);

/// What all topologies share.
pub(super) struct Wiring<'a> {
    placement: &'a Placement,
    awake: StartLine,
    prepare_thread: fn(),
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
    schedules: Vec<Option<Schedule>>,
    epochs: Option<Epochs>,
    simulation: SimParameters,
    pace: Pace,
    latency: FeedRecorder,
}

struct StrategyParts<C> {
    competitors: Vec<C>,
    /// By slot: true for one that runs on timers.
    scheduled: Vec<bool>,
    /// One for each of its threads; those that are missing get no other versions …
    versions: Vec<Versions<C>>,
    on_fault: OnFault,
    /// … and record nothing.
    latency: Vec<StrategyRecorder>,
}

struct RiskParts {
    capital: Capital,
    limits: RiskLimits,
    allocation_bp: Vec<u16>,
    tiers: Vec<Tier>,
    latency: SpanRecorder,
}

impl<'a> Wiring<'a> {
    pub(super) fn new(
        placement: &'a Placement,
        prepare_thread: fn(),
        progress: Arc<Progress>,
    ) -> Self {
        let awake = StartLine::new(placement.topology.threads());
        Self { placement, awake, prepare_thread, progress }
    }

    pub(super) fn fused<C: Strategy, T: Source, R: Recorder>(
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

    pub(super) fn split2<C: Strategy, T: Source + Send, R: Recorder + Send>(
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
            let tail = self.agent(
                scope,
                1,
                "risk-order",
                vec![from_strategy],
                market(&instruments),
                risk,
            )?;
            let started = self.start(0);
            let ended = feed.run();
            drop(feed);
            let risk = joined(tail)?;
            started?;
            Ok(Outcome { feed: ended, order: risk.into_next().into_outcome() })
        })
    }

    pub(super) fn pinned4<C: Strategy, T: Source + Send, R: Recorder + Send>(
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
        // The feed looks at no market.
        let mut feed = self.feed(to_strategy, market(&[]), feed);
        std::thread::scope(|scope| {
            let strategy =
                self.agent(scope, 1, "strategy", vec![from_feed], market(&instruments), strategy)?;
            let risk =
                self.agent(scope, 2, "risk", vec![from_strategy], market(&instruments), risk)?;
            let order =
                self.agent(scope, 3, "order", vec![from_risk], market(&instruments), order)?;
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

    pub(super) fn sharded<C: Strategy, T: Source + Send, R: Recorder + Send>(
        &self,
        engine: Engine<C, T, R>,
        shards: NonZeroUsize,
    ) -> Result<Outcome<R>, PinError> {
        let Stages { feed, strategy, risk, order, instruments, book_levels } =
            self.stages(engine)?;
        let market = |table: &[Instrument]| Market::new(table, book_levels);
        let (to_shards, from_feed): (Vec<_>, Vec<_>) =
            (0..shards.get()).map(|_| self.ring()).unzip();
        let (to_risk, from_shards): (Vec<_>, Vec<_>) =
            (0..shards.get()).map(|_| self.ring()).unzip();
        let mut stages = self.shards(to_risk, &instruments, strategy).into_iter().zip(from_feed);
        let risk = risk.stage(order, &instruments, &self.progress);
        let mut feed = self.feed(Fan::new(to_shards), market(&[]), feed);
        std::thread::scope(|scope| {
            let shards = stages
                .by_ref()
                .enumerate()
                .map(|(nth, (stage, from))| {
                    let name = format!("strategy-{nth}");
                    self.agent(scope, nth + 1, &name, vec![from], market(&instruments), stage)
                })
                .collect::<Result<Vec<_>, _>>()?;
            let place = shards.len() + 1;
            let tail =
                self.agent(scope, place, "risk-order", from_shards, market(&instruments), risk)?;
            let started = self.start(0);
            let ended = feed.run();
            drop(feed);
            for shard in shards {
                joined(shard)?;
            }
            let risk = joined(tail)?;
            started?;
            Ok(Outcome { feed: ended, order: risk.into_next().into_outcome() })
        })
    }

    /// The strategies shared out evenly, in the order of their slots, so that what they say can be
    /// put together in that order again. The first shard carries the events too.
    fn shards<C: Strategy>(
        &self,
        to_risk: Vec<RingSink>,
        instruments: &[Instrument],
        parts: StrategyParts<C>,
    ) -> Vec<StrategyStage<C, Shard>> {
        let StrategyParts { mut competitors, scheduled, versions, on_fault, latency } = parts;
        let (count, total) = (to_risk.len(), competitors.len());
        let (mut latency, mut versions) = (latency.into_iter(), versions.into_iter());
        let mut first = 0;
        let mut stages = Vec::with_capacity(count);
        for (nth, to_risk) in to_risk.into_iter().enumerate() {
            let rest = competitors.split_off((total * (nth + 1) / count) - first);
            let own = std::mem::replace(&mut competitors, rest);
            let next = if nth == 0 { Shard::Leader(to_risk) } else { Shard::Follower(to_risk) };
            let slot = SlotId(u16::try_from(first).unwrap_or(u16::MAX));
            first += own.len();
            let progress = Arc::clone(&self.progress);
            let latency = latency.next().unwrap_or_default();
            let versions = versions.next().unwrap_or(Versions::None);
            stages.push(
                StrategyStage::new(next, instruments, slot, own, progress)
                    .with_schedules(&scheduled)
                    .with_latency(latency)
                    .with_versions(versions, on_fault),
            );
        }
        stages
    }

    fn stages<C, T, R: Recorder>(
        &self,
        engine: Engine<C, T, R>,
    ) -> Result<Stages<C, T, R>, PinError> {
        let simulation = engine.simulation;
        let Swaps { versions, on_fault, .. } = engine.swaps;
        let Recorders { feed, strategy, risk, order } = engine.latency;
        let scheduled = engine.schedules.iter().map(Option::is_some).collect();
        // Each live order can be cancelled at once, each slot refused at once, and an order that
        // takes reports once for each level that it takes from.
        let slots = engine.competitors.len();
        let reports_max = LEVELS_TAKEN * simulation.orders_max + 256 * slots + 4096;
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
                schedules: engine.schedules,
                epochs: engine.epochs,
                simulation,
                pace: engine.pace,
                latency: feed,
            },
            strategy: StrategyParts {
                competitors: engine.competitors,
                scheduled,
                versions,
                on_fault,
                latency: strategy,
            },
            risk: RiskParts {
                capital: engine.capital,
                limits: engine.limits,
                allocation_bp: engine.allocation_bp,
                tiers: engine.tiers,
                latency: risk,
            },
            order,
            instruments: engine.instruments,
            book_levels: engine.book_levels,
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
            parts.schedules,
            parts.epochs,
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
        let StrategyParts { competitors, scheduled, versions, on_fault, latency } = parts;
        let progress = Arc::clone(&self.progress);
        StrategyStage::new(next, instruments, SlotId(0), competitors, progress)
            .with_schedules(&scheduled)
            .with_latency(latency.into_iter().next().unwrap_or_default())
            .with_versions(versions.into_iter().next().unwrap_or(Versions::None), on_fault)
    }

    fn ring(&self) -> (RingSink, Consumer) {
        ring(RING_CAPACITY, Waiter::new(self.placement.wait), Arc::clone(&self.progress))
    }

    /// Places the calling thread, and waits until every other is placed too: a thread that spins
    /// must not keep another from starting.
    fn start(&self, place: usize) -> Result<(), PinError> {
        (self.prepare_thread)();
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
        from: Vec<Consumer>,
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
        let Self { capital, limits, allocation_bp, tiers, latency } = self;
        let progress = Arc::clone(progress);
        RiskStage::new(next, instruments, &capital, limits, &allocation_bp, progress)
            .with_tiers(&tiers)
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
