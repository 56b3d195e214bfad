//! Our side of the backtests that peers run too: set-up, one measured run, and what it traded.
//!
//! Owns the assumptions, which are those of `bench/peers`: constant latencies, no fees, no partial
//! fills, one account. Nothing that a result depends on is left out of the engine: every check of the
//! gate, the ledger and the explanation of each decision run as they do live. Latency is not recorded
//! (`latency.record = "off"`), as no peer does so.

use crate::cpu_time;
use crate::periodic::{Periodic, Style};
use crate::streams::Stream;
use royale_engine::feed::{Commands, Pace, Source};
use royale_engine::latency::Recorders;
use royale_engine::ledger::Capital;
use royale_engine::link::Wait;
use royale_engine::order::{Discard, Recorder};
use royale_engine::progress::Progress;
use royale_engine::risk::RiskLimits;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters};
use royale_engine::strategy::Swaps;
use royale_engine::topology::{Engine, Outcome, Placement, Topology};
use royale_journal::{Flush, Options, Preamble, Purpose, Writer};
use royale_model::{
    Body, Decision, Event, ExecType, InstrumentKind, Nanos, Notional, Order, Qty, Side, SlotChange,
    Text, Verdict,
};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Took {
    /// By the clock.
    pub wall: Duration,
    /// On the cpu: what the run would take if nobody else used it, were it never to wait.
    pub cpu: Duration,
}

/// An order on every so many messages of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The market.
    pub stream: &'a Stream,
    /// What kind of order.
    pub style: Style,
    /// Messages from one order to the next.
    pub every: u64,
}

/// What was traded: equal work leaves equal numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trades {
    /// Decisions that the gate refused.
    pub refused: u64,
    /// New orders that went out.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Sold less bought, in 10⁻¹⁸ of the currency.
    pub cash: i128,
}

impl Work<'_> {
    /// One run without a journal; how long the run alone took.
    ///
    /// # Errors
    /// The cpu cannot be had, or the run broke off.
    pub fn without_journal(&self, cpu: usize) -> Result<Took, String> {
        self.run("no-journal", Discard, cpu).map(|(took, _)| took)
    }

    /// One run with a journal in a new folder below `folder`, which is removed afterwards. Sealing
    /// it is not part of the time, as it is no part of a run that goes on.
    ///
    /// # Errors
    /// As above, or the journal failed.
    pub fn with_journal(&self, cpu: usize, folder: &Path) -> Result<Took, String> {
        let folder = tempfile::tempdir_in(folder).map_err(|e| e.to_string())?;
        let preamble = Preamble {
            purpose: Purpose::Run,
            config: String::new(),
            instruments: self.stream.instruments.clone(),
            slots: vec!["periodic".to_owned()],
        };
        let options = Options { flush: Flush::Lazy, ..Options::default() };
        let writer = Writer::create(&folder.path().join("journal"), &preamble, options)
            .map_err(|e| e.to_string())?;
        let (took, outcome) = self.run("journal-on", writer, cpu)?;
        outcome.order.recorder.finish().map_err(|e| e.to_string())?;
        Ok(took)
    }

    /// One run that is not measured: what is traded.
    ///
    /// # Errors
    /// As above.
    pub fn trades(&self, cpu: usize) -> Result<Trades, String> {
        self.run("tally", Tally(Trades::default()), cpu)
            .map(|(_, outcome)| outcome.order.recorder.0)
    }

    fn run<R: Recorder + Send>(
        &self,
        name: &str,
        recorder: R,
        cpu: usize,
    ) -> Result<(Took, Outcome<R>), String> {
        let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: vec![cpu] };
        let engine = engine(self, recorder);
        // On a thread of its own: it is pinned, and what is started after it must not be. Its name
        // tells a profiler which run it is.
        let run = || {
            let (start, start_cpu) = (Instant::now(), cpu_time::of_thread());
            let outcome = engine.run(&placement);
            let cpu = cpu_time::of_thread().saturating_sub(start_cpu);
            (Took { wall: start.elapsed(), cpu }, outcome)
        };
        let thread = std::thread::Builder::new().name(name.to_owned());
        let ran = std::thread::scope(|scope| thread.spawn_scoped(scope, run).map(|run| run.join()));
        let ran = ran.map_err(|error| error.to_string())?;
        let (took, outcome) = ran.map_err(|_| "the run panicked".to_owned())?;
        let outcome = outcome.map_err(|error| error.to_string())?;
        match &outcome.feed.error {
            Some(error) => Err(error.clone()),
            None => Ok((took, outcome)),
        }
    }
}

fn engine<'a, R: Recorder>(work: &Work<'a>, recorder: R) -> Engine<Periodic, Preloaded<'a>, R> {
    let five_millis = LatencyModel::Constant { nanos: 5_000_000 };
    Engine {
        instruments: work.stream.instruments.clone(),
        // One account: the house has no share, so that one decision is one order, as with peers.
        swaps: Swaps::default(),
        allocation_bp: vec![0],
        tiers: Vec::new(),
        competitors: vec![Periodic::new(work.style, work.every)],
        capital: Capital {
            currency: Text::new("USDT").unwrap_or_default(),
            per_slot: Notional::from_int(100_000),
            house: Notional::from_int(100_000),
            pegs: Vec::new(),
        },
        limits: RiskLimits {
            order_qty_max: vec![(InstrumentKind::PerpLinear, Qty::ONE)],
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
            order_latency: five_millis,
            response_latency: five_millis,
            queue: QueueModel::RiskAverse,
            fill: FillModel::NoPartial,
            consume_liquidity: false,
            print_slippage_ticks: 0,
            print_liquidity: Qty::ONE,
            orders_max: 1024,
        },
        tape: Preloaded(work.stream.events.iter()),
        commands: Commands::None,
        schedules: Vec::new(),
        epochs: None,
        pace: Pace::Max,
        recorder,
        progress: Arc::new(Progress::default()),
        latency: Recorders::default(),
    }
}

/// Events that lie in memory, as a peer's array does.
struct Preloaded<'a>(std::slice::Iter<'a, Event>);

impl Source for Preloaded<'_> {
    #[inline]
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        Ok(self.0.as_slice().first())
    }
    #[inline]
    fn take(&mut self) {
        self.0.next();
    }
}

/// Counts what was traded.
struct Tally(Trades);

impl Recorder for Tally {
    fn event(&mut self, event: &Event) {
        let Body::ExecutionReport(report) = event.body() else { return };
        if report.exec == ExecType::Trade {
            self.0.fills += 1;
            let value = i128::from(report.last_price.raw()) * i128::from(report.last_qty.raw());
            self.0.cash += if report.side == Side::Buy { -value } else { value };
        }
    }
    fn decision(&mut self, _: &Decision) {}
    fn slot(&mut self, _: &SlotChange) {}
    fn verdict(&mut self, verdict: &Verdict) {
        // The house has no share, and is told so each time.
        let is_refused = !verdict.is_approved() && !verdict.order.account().is_house();
        self.0.refused += u64::from(is_refused);
    }
    fn order(&mut self, order: &Order) {
        self.0.orders += u64::from(!order.is_cancel());
    }
    fn failed(&self) -> bool {
        false
    }
}
