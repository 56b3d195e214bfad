//! One run of the candidate, alone in a slot, from the tapes.
//!
//! Owns how such a run is put together: the engine of `royale run` on one thread at full speed, with a
//! slot that is free until the candidate takes it. All runs of a check differ only in what records them,
//! in where the tapes end, and in whether the state is handed over on the way.

use super::bar::Bar;
use super::candidate::{Candidate, Unfit};
use super::examinee::{Examinee, Log, Successor};
use super::excerpt::{Excerpt, Until, VERSION};
use crate::assemble;
use crate::exit::Failure;
use crate::source::Tapes;
use crate::tape_table;
use royale_config::Settings;
use royale_engine::feed::{Commands, Pace, command_ring};
use royale_engine::latency::Recorders;
use royale_engine::link::Wait;
use royale_engine::order::Recorder;
use royale_engine::progress::Progress;
use royale_engine::strategy::{Plan, Swaps, Version, Versions};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_model::{Instrument, SlotId};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::channel;

/// What all runs of a check share.
pub struct Conditions {
    pub settings: Settings,
    pub instruments: Vec<Instrument>,
    /// SHA-256 of the candidate's manifest.
    pub digest: [u8; 32],
}

/// What a run left.
pub struct Ran<R> {
    /// What recorded it.
    pub recorder: Until<R>,
    /// What was observed.
    pub log: Log,
    /// Why the run ended before its tapes did.
    pub error: Option<String>,
}

impl Conditions {
    /// Runs a fresh instance over the first `events` of the tapes; its state goes to a successor after
    /// so many market events.
    pub fn run<R: Recorder + Send>(
        &self,
        candidate: &Candidate,
        recorder: R,
        events: u64,
        hand_over_after: Option<u64>,
        bar: &mut Bar,
    ) -> Result<Ran<R>, Unfit> {
        let Self { settings, instruments, digest } = self;
        let (_, tapes) = tape_table::open(&settings.run.tapes, &settings.fees)?;
        let tapes = Tapes::new(tapes, instruments.len(), Arc::new(AtomicU64::new(0)));
        let (outlet, inbox) = command_ring(1);
        let (report, reported) = channel();
        let competitor = candidate.make(instruments)?;
        let successor = match hand_over_after {
            None => None,
            Some(after) => Some(Successor { competitor: candidate.make(instruments)?, after }),
        };
        let version = Version {
            slot: SlotId(0),
            number: VERSION,
            digest: *digest,
            plan: Plan::default(),
            competitor: Examinee::new(competitor, successor, report),
        };
        let engine = Engine {
            tape: Excerpt::new(tapes, events, outlet, bar),
            instruments: instruments.clone(),
            competitors: vec![Examinee::vacant()],
            swaps: Swaps {
                versions: vec![Versions::Scripted([Box::new(version)].into())],
                on_fault: assemble::on_fault(settings),
                prepare_thread: royale_sandbox::prepare_thread,
            },
            allocation_bp: assemble::allocation_bp(settings),
            tiers: assemble::tiers(settings),
            capital: assemble::capital(settings),
            limits: assemble::limits(settings),
            book_levels: assemble::BOOK_LEVELS,
            simulation: assemble::simulation(settings),
            commands: Commands::Ring(inbox),
            epochs: None,
            schedules: Vec::new(),
            pace: Pace::Max,
            recorder: Until::new(recorder, events),
            progress: Arc::new(Progress::default()),
            latency: Recorders::default(),
        };
        let placement =
            Placement { topology: Topology::Fused, wait: Wait::Yield, cpus: Vec::new() };
        let outcome = engine
            .run(&placement)
            .map_err(|error| Failure::Error(format!("the trial: {error}")))?;
        let log = reported.recv().unwrap_or_default();
        Ok(Ran { recorder: outcome.order.recorder, log, error: outcome.feed.error })
    }
}
