//! Whether the corridor's threads leave the kernel and the allocator alone once they are warm.
//!
//! A whole run, with the journal, six strategies and every check, is stopped twice in mid-feed: warm,
//! and at the end. Between the two stops each of its threads must not have allocated, faulted or
//! called the kernel. The counts are exact, so one is a failure. Used by a test and by the latency
//! gate; what it counts with has to be installed by the program ([`Counting`]).

mod alloc;
mod plant;
mod tape;
mod threads;

pub use alloc::Counting;
pub use plant::{Competitor, Plant};
pub use threads::{Use, corridor_threads};

use crate::{engine_of, natives, session};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::topology::{Placement, Topology};
use royale_journal::{Options, Preamble, Purpose, Writer};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tape::{Stop, stopping};

static ALONE: Mutex<()> = Mutex::new(());

/// How much is played before the threads count as warm, and how much is then measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Events before.
    pub warm: usize,
    /// Events measured.
    pub measured: usize,
}

/// What one thread of the corridor did while it was measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trespass {
    /// The thread's name.
    pub thread: String,
    /// Its number, as a tracer shows it.
    pub tid: i32,
    /// What it did between the two stops.
    pub used: Use,
}

/// Plays a bundled session and says what each thread of the corridor did once it was warm.
///
/// # Errors
/// The session, the journal or the run; a thread that appeared or ended between the stops.
pub fn measure(
    topology: Topology,
    extent: Extent,
    level: LatencyLevel,
    plant: Option<Plant>,
) -> Result<Vec<Trespass>, String> {
    // Two corridors at once would be taken for one.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (preamble, mut events) = session("kalshi-btc15m-20260514T002426Z.tapez")?;
    let needed = extent.warm + extent.measured;
    if events.len() < needed {
        return Err(format!("the session has {} events, {needed} are needed", events.len()));
    }
    events.truncate(needed);
    let folder = tempfile::tempdir().map_err(|error| format!("a folder: {error}"))?;
    let journal = journal(&preamble, folder.path())?;
    let competitors = competitors(&preamble, plant, extent)?;
    let (tape, stops) = stopping(VecDeque::from(events), [extent.warm, needed]);
    let engine = engine_of(&preamble, competitors, tape, journal, level)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Threads that spin on too few cores stand still for milliseconds at a time; giving the core away
    // is a system call, but none that reads or writes.
    let wait = if topology.threads() <= cores { Wait::Spin } else { Wait::Yield };
    let placement = Placement { topology, wait, cpus: Vec::new() };
    let corridor = std::thread::Builder::new()
        .name("royale-feed".to_owned())
        .spawn(move || engine.run(&placement))
        .map_err(|error| format!("a thread: {error}"))?;
    let before = uses_at(&stops[0], &corridor)?;
    let after = uses_at(&stops[1], &corridor)?;
    let outcome = corridor.join().map_err(|_| "the corridor panicked")?;
    let outcome = outcome.map_err(|error| error.to_string())?;
    outcome.order.recorder.finish().map_err(|error| error.to_string())?;
    if before.len() != topology.threads() {
        return Err(format!("{} threads were seen: {before:?}", before.len()));
    }
    before
        .into_iter()
        .map(|(tid, name, before)| {
            let (_, _, after) = after
                .iter()
                .find(|(other, _, _)| *other == tid)
                .ok_or_else(|| format!("thread {name} ended before the end"))?;
            Ok(Trespass { thread: name, tid, used: after.since(&before) })
        })
        .collect()
}

type Uses = Vec<(i32, String, Use)>;

/// Waits until the feed stands still and everything behind it has run dry, and looks.
fn uses_at<T>(stop: &Stop, corridor: &std::thread::JoinHandle<T>) -> Result<Uses, String> {
    while !stop.is_reached() {
        if corridor.is_finished() {
            return Err("the run ended before its end".to_owned());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    // The threads spin on empty rings by then; a loaded machine may need a while to get there.
    std::thread::sleep(Duration::from_millis(300));
    let uses = corridor_threads();
    stop.let_go();
    uses
}

fn journal(preamble: &Preamble, folder: &Path) -> Result<Writer, String> {
    let header = Preamble { purpose: Purpose::Run, ..preamble.clone() };
    let options = Options { segment_bytes: 16 << 20, ..Options::default() };
    Writer::create(&folder.join("journal"), &header, options).map_err(|error| error.to_string())
}

/// The six strategies; with a plant, the last of them does something forbidden, once, half-way
/// through what is measured.
fn competitors(
    preamble: &Preamble,
    plant: Option<Plant>,
    extent: Extent,
) -> Result<Vec<Competitor>, String> {
    let mut competitors: Vec<_> =
        natives(preamble)?.into_iter().map(|native| Competitor::Native(Box::new(native))).collect();
    if let (Some(plant), Some(last)) = (plant, competitors.pop()) {
        competitors.push(last.planted(plant, extent.warm + extent.measured / 2));
    }
    Ok(competitors)
}
