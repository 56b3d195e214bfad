//! G10: how many records a second a replay rebuilds and compares.
//!
//! Owns two journals that are made for it: of a recorded session with the six strategies, who think
//! again when it is replayed, and of quotes with one small strategy. Timed is what `royale replay`
//! does once the journal is verified: finding the commands, then running the engine and comparing.

use super::load::probed;
use super::probe::Probe;
use super::row::{Force, Limit, Row};
use super::{Bench, Measured};
use crate::streams::quotes;
use crate::{engine_of, natives, session};
use royale_engine::Strategy;
use royale_engine::feed::{Commands, Scripted, Source};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::Recorder;
use royale_engine::replay::{Comparator, Inputs, Past};
use royale_engine::topology::{Engine, Outcome, Placement, Topology};
use royale_journal::{Flush, Options, Preamble, Purpose, Reader, Writer};
use royale_model::Event;
use royale_strategies::Native;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

const SESSION: &str = "kalshi-btc15m-20260514T002426Z.tapez";
const QUOTES: usize = 400_000;
/// Quotes from one order to the next.
const EVERY: u64 = 50;
/// The goal, in millions of records a second.
const GOAL: f64 = 5.0;

/// A journal of the six strategies, and one of quotes.
pub(super) fn replay(bench: &Bench<'_>) -> Result<Measured, String> {
    let (recorded, events) = session(SESSION)?;
    let six = Six(Preamble { purpose: Purpose::Run, ..recorded });
    let stream = quotes(QUOTES, 2);
    let one = One(Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: stream.instruments,
        slots: vec!["probe".to_owned()],
    });
    let rows = vec![
        row("replay of a session with six strategies", rate(&six, &events, bench.folder)?),
        row("replay of quotes with one small strategy", rate(&one, &stream.events, bench.folder)?),
    ];
    Ok(Measured { rows, pictures: Vec::new() })
}

fn row(what: &str, rate: f64) -> Row {
    Row::told("G10", what, rate, "M/s").held(
        GOAL,
        "× goal of 5 M/s",
        Limit::AtLeast(1.0),
        Force::Everywhere,
    )
}

/// A run that can be made twice: with a journal, and from it.
trait Run {
    type Competitor: Strategy + Send;
    fn preamble(&self) -> &Preamble;
    fn engine<T: Source, R: Recorder>(
        &self,
        tape: T,
        recorder: R,
    ) -> Result<Engine<Self::Competitor, T, R>, String>;
}

struct Six(Preamble);

impl Run for Six {
    type Competitor = Native;
    fn preamble(&self) -> &Preamble {
        &self.0
    }
    fn engine<T: Source, R: Recorder>(
        &self,
        tape: T,
        recorder: R,
    ) -> Result<Engine<Native, T, R>, String> {
        engine_of(&self.0, natives(&self.0)?, tape, recorder, LatencyLevel::Off)
    }
}

struct One(Preamble);

impl Run for One {
    type Competitor = Probe;
    fn preamble(&self) -> &Preamble {
        &self.0
    }
    fn engine<T: Source, R: Recorder>(
        &self,
        tape: T,
        recorder: R,
    ) -> Result<Engine<Probe, T, R>, String> {
        probed(&self.0, EVERY, tape, recorder)
    }
}

/// Makes the journal of a run and replays it; in millions of records a second.
fn rate(run: &impl Run, events: &[Event], folder: &Path) -> Result<f64, String> {
    let folder = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
    let path = folder.path().join("journal");
    let options = Options { flush: Flush::Lazy, ..Options::default() };
    let writer =
        Writer::create(&path, run.preamble(), options).map_err(|error| error.to_string())?;
    let tape: VecDeque<Event> = events.iter().copied().collect();
    go(run.engine(tape, writer)?)?.order.recorder.finish().map_err(|error| error.to_string())?;

    let open = || Reader::open(&path).map_err(|error| error.to_string());
    let start = Instant::now();
    let past = Past::read(&path).map_err(|error| error.to_string())?;
    let tape = Inputs::new(open()?, past.broken_off);
    let mut engine = run.engine(tape, Comparator::new(open()?, true))?;
    engine.commands = Commands::Scripted(Scripted::recorded(&past.own));
    let mut same = go(engine)?.order.recorder;
    same.expect_end();
    let took = start.elapsed();
    match same.difference() {
        Some(difference) => Err(format!("a replay differs from its journal: {difference}")),
        None => Ok(same.compared() as f64 / took.as_secs_f64() / 1e6),
    }
}

fn go<C: Strategy + Send, T: Source + Send, R: Recorder + Send>(
    engine: Engine<C, T, R>,
) -> Result<Outcome<R>, String> {
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: Vec::new() };
    let outcome = engine.run(&placement).map_err(|error| error.to_string())?;
    match outcome.feed.error {
        Some(error) => Err(error),
        None => Ok(outcome),
    }
}
