//! The whole corridor under an open-loop load: how long from a tick to an order.
//!
//! Quotes come at a fixed rate whatever the corridor does, and latency counts from the moment at
//! which each was due. All is on: decoding, all checks, the journal and the histograms.

use super::probe::Probe;
use crate::engine_of;
use crate::streams::quotes;
use hdrhistogram::Histogram;
use royale_engine::feed::{Pace, Source};
use royale_engine::latency::{LatencyLevel, Measure, board};
use royale_engine::link::Wait;
use royale_engine::order::Recorder;
use royale_engine::sim::LatencyModel;
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::{Options, Preamble, Purpose, Writer};
use royale_model::Event;
use std::time::Duration;
use zerocopy::{IntoBytes, TryFromBytes};

/// How much load.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Load {
    /// Quotes.
    pub quotes: usize,
    /// From one to the next.
    pub interval: Duration,
    /// Quotes from one order to the next.
    pub every: u64,
}

impl Default for Load {
    /// Two seconds of 200,000 quotes a second, an order on every fiftieth.
    fn default() -> Self {
        Self { quotes: 400_000, interval: Duration::from_micros(5), every: 50 }
    }
}

/// Latency from a tick to its order, in nanoseconds, with the threads on these cpus.
///
/// # Errors
/// The cpus cannot be had, the journal failed, or the run broke off.
pub fn tick_to_order(
    topology: Topology,
    cpus: &[usize],
    load: Load,
) -> Result<Histogram<u64>, String> {
    let stream = quotes(load.quotes, 2);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: stream.instruments,
        slots: vec!["probe".to_owned()],
    };
    let journal = Writer::create(&folder.path().join("journal"), &preamble, Options::default())
        .map_err(|error| error.to_string())?;
    let tape = Wire::new(&stream.events);
    let mut engine = probed(&preamble, load.every, tape, journal)?;
    engine.pace = Pace::Every { interval: load.interval };
    let threads = topology.strategy_threads();
    let (recorders, board) =
        board(LatencyLevel::Ends, 1, threads).map_err(|error| error.to_string())?;
    engine.latency = recorders;
    let placement = Placement { topology, wait: Wait::Spin, cpus: cpus.to_vec() };
    // On a thread of its own: it is pinned, and the caller must not be.
    let outcome = std::thread::scope(|scope| scope.spawn(|| engine.run(&placement)).join())
        .map_err(|_| "the corridor panicked".to_owned())?
        .map_err(|error| error.to_string())?;
    outcome.order.recorder.finish().map_err(|error| error.to_string())?;
    if let Some(error) = outcome.feed.error {
        return Err(error);
    }
    let orders = board
        .read()
        .find(|measured| measured.measure == Measure::TickToOrder && measured.slot.is_none())
        .ok_or("no histogram")?
        .histogram;
    let wanted = load.quotes as u64 / load.every * 9 / 10;
    if orders.len() < wanted {
        return Err(format!("{} orders went out, {wanted} were expected", orders.len()));
    }
    Ok(orders)
}

/// An engine with one [`Probe`], limits that its orders pass, and a venue with constant latencies.
pub(super) fn probed<T: Source, R: Recorder>(
    preamble: &Preamble,
    every: u64,
    tape: T,
    recorder: R,
) -> Result<Engine<Probe, T, R>, String> {
    let probes = vec![Probe::new(every)?];
    let mut engine = engine_of(preamble, probes, tape, recorder, LatencyLevel::Off)?;
    engine.limits.order_qty_max =
        preamble.instruments.iter().map(|one| (one.kind, one.lot)).collect();
    engine.capital.pegs =
        preamble.instruments.iter().map(|one| (one.quote, royale_model::Price::ONE)).collect();
    // The simulated venue's draws are no part of the way to a venue.
    engine.simulation.order_latency = LatencyModel::Constant { nanos: 5_000_000 };
    engine.simulation.response_latency = LatencyModel::Constant { nanos: 5_000_000 };
    Ok(engine)
}

/// Events as bytes from outside: each is validated and copied whenever it is looked at, so that the
/// decoding is part of what is measured.
struct Wire {
    bytes: Vec<u8>,
    at: usize,
    event: Event,
}

impl Wire {
    fn new(events: &[Event]) -> Self {
        Self { bytes: events.as_bytes().to_vec(), at: 0, event: events[0] }
    }
}

impl Source for Wire {
    #[inline]
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        let Some(bytes) = self.bytes.get(self.at..self.at + size_of::<Event>()) else {
            return Ok(None);
        };
        let event = Event::try_read_from_bytes(bytes).map_err(|_| "no event".to_owned())?;
        event.check()?;
        self.event = event;
        Ok(Some(&self.event))
    }
    #[inline]
    fn take(&mut self) {
        self.at += size_of::<Event>();
    }
}
