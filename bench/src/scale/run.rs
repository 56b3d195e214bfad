//! One run, and what an event of it cost once it was warm.

use super::Plan;
use super::crowd::{Visit, crowd};
use crate::gate::Probe;
use crate::{cpu_time, engine_of};
use royale_engine::feed::Source;
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::{Discard, Recorder};
use royale_engine::sim::LatencyModel;
use royale_engine::topology::{Engine, Outcome, Placement, Topology};
use royale_journal::{Flush, Options, Preamble, Purpose, Writer};
use royale_model::{Event, Price};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// What runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    /// How many strategies.
    pub strategies: usize,
    /// How many instruments.
    pub instruments: usize,
    /// Which of them the next quote is of.
    pub visit: Visit,
    /// Quotes from one order of a strategy to its next; `u64::MAX` for none.
    pub every: u64,
    /// Whether a journal is written.
    pub has_journal: bool,
    /// Levels that a side of a book has room for.
    pub levels: usize,
}

/// What a run cost.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Cost {
    /// Nanoseconds of the thread's cpu time an event.
    pub ns: f64,
    /// Bytes of memory that came with the engine and are present at the end.
    pub resident: u64,
}

/// Runs it on one thread.
///
/// # Errors
/// The cpu cannot be had, the journal failed, the run broke off, or too few orders went out.
pub fn cost(setup: &Setup, plan: &Plan<'_>) -> Result<Cost, String> {
    let stream = crowd(setup.instruments, plan.events, setup.visit)?;
    // So many that every instrument was met, and the caches hold what they will.
    let warm = (plan.events / 10).max(2 * setup.instruments);
    if warm * 2 > plan.events {
        return Err(format!(
            "{} events are too few for {} instruments; give at least {}",
            plan.events,
            setup.instruments,
            4 * setup.instruments
        ));
    }
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: stream.instruments,
        slots: (0..setup.strategies).map(|slot| format!("probe-{slot}")).collect(),
    };
    give_back();
    let before = resident();
    let (marks, measured) = channel();
    let tape = Marked { events: &stream.events, warm, taken: 0, marks };
    let outcome = if setup.has_journal {
        let folder = tempfile::tempdir_in(plan.folder).map_err(|error| error.to_string())?;
        let options = Options { flush: Flush::Lazy, ..Options::default() };
        let writer = Writer::create(&folder.path().join("journal"), &preamble, options)
            .map_err(|error| error.to_string())?;
        let outcome = run(engine(setup, &preamble, tape, writer)?, plan.cpu)?;
        outcome.order.recorder.finish().map_err(|error| error.to_string())?;
        outcome.feed
    } else {
        run(engine(setup, &preamble, tape, Discard)?, plan.cpu)?.feed
    };
    // Each order is answered, and the sequence counts what is not of the tape, too.
    let answers = outcome.last_seq.saturating_sub(plan.events as u64);
    let orders = setup.strategies as u64 * (plan.events as u64 / setup.every);
    if answers < orders {
        return Err(format!("{answers} answers came from the venue to {orders} orders"));
    }
    let marks: Vec<Mark> = measured.into_iter().collect();
    let [start, end] = marks[..] else { return Err("the tape was not played".to_owned()) };
    let events = (plan.events - warm) as f64;
    Ok(Cost {
        ns: end.cpu.saturating_sub(start.cpu).as_nanos() as f64 / events,
        resident: end.resident.saturating_sub(before),
    })
}

fn engine<'a, R: Recorder>(
    setup: &Setup,
    preamble: &Preamble,
    tape: Marked<'a>,
    recorder: R,
) -> Result<Engine<Probe, Marked<'a>, R>, String> {
    let probes =
        (0..setup.strategies).map(|_| Probe::new(setup.every)).collect::<Result<_, _>>()?;
    let mut engine = engine_of(preamble, probes, tape, recorder, LatencyLevel::Off)?;
    // The house has no share, so that an order of a strategy is one order.
    engine.allocation_bp = vec![0; setup.strategies];
    engine.limits.order_qty_max =
        preamble.instruments.iter().take(1).map(|one| (one.kind, one.lot)).collect();
    engine.capital.pegs =
        preamble.instruments.iter().take(1).map(|one| (one.quote, Price::ONE)).collect();
    engine.book_levels = setup.levels;
    engine.simulation.order_latency = LatencyModel::Constant { nanos: 5_000_000 };
    engine.simulation.response_latency = LatencyModel::Constant { nanos: 5_000_000 };
    Ok(engine)
}

/// On a thread of its own: it is pinned, and the caller must not be.
fn run<R: Recorder + Send>(
    engine: Engine<Probe, Marked<'_>, R>,
    cpu: usize,
) -> Result<Outcome<R>, String> {
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: vec![cpu] };
    let outcome = std::thread::scope(|scope| scope.spawn(|| engine.run(&placement)).join())
        .map_err(|_| "the corridor panicked".to_owned())?
        .map_err(|error| error.to_string())?;
    match outcome.feed.error {
        Some(error) => Err(error),
        None => Ok(outcome),
    }
}

/// A moment of the corridor's thread.
#[derive(Clone, Copy)]
struct Mark {
    cpu: Duration,
    resident: u64,
}

/// Events that lie in memory; it marks the moment when it is warm, and the end.
struct Marked<'a> {
    events: &'a [Event],
    warm: usize,
    taken: usize,
    marks: Sender<Mark>,
}

impl Marked<'_> {
    #[cold]
    fn mark(&self) {
        let resident = resident();
        // The receiver outlives the run.
        let _ = self.marks.send(Mark { cpu: cpu_time::of_thread(), resident });
    }
}

impl Source for Marked<'_> {
    #[inline]
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        Ok(self.events.get(self.taken))
    }
    #[inline]
    fn take(&mut self) {
        self.taken += 1;
        if self.taken == self.warm || self.taken == self.events.len() {
            self.mark();
        }
    }
}

/// Gives back to the system what earlier runs left with the allocator: this one would move in there,
/// and nothing would seem to come.
fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the function has no precondition; it touches free memory only, under its own lock.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Bytes of this process that are in memory; zero where the kernel does not tell.
fn resident() -> u64 {
    const PAGE: u64 = 4096;
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_u64) * PAGE
}
