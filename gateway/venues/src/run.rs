//! `royale run`: from a configuration to a finished, sealed journal.

use crate::args::{Assignment, ConfigArgs, RunArgs};
use crate::assemble;
use crate::control::{
    ControlServer, Desk, RunFacts, SlotDesk, SlotFacts, VERSIONS_MAX, WAITING_MAX,
};
use crate::cores;
use crate::exit::Failure;
use crate::latency::Latency;
use crate::run_files::{self, Took};
use crate::schedules::schedules;
use crate::source::Tapes;
use crate::tape_table;
use crate::versions::{self, Competitor, Store, Workshop};
use royale_config::{Loader, Settings};
use royale_engine::feed::{Commands, command_ring};
use royale_engine::pin::allowed_cores;
use royale_engine::progress::Progress;
use royale_engine::strategy::{Swaps, Versions, version_ring};
use royale_engine::topology::{Engine, Outcome};
use royale_journal::{JournalError, Options, Preamble, Purpose, Writer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

/// Runs a configuration to the end of its tapes.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let began = Instant::now();
    // Read before any thread is pinned: a pinned thread sees its own core only.
    let allowed = allowed_cores();
    let mut settings = load(&args.config)?;
    let modules = settings.read_files()?;
    let placement = assemble::placement(&settings, &allowed)?;
    cores::keep_off(&placement.cpus, &allowed)?;
    let (instruments, tapes) = tape_table::open(&settings.run.tapes, &settings.fees)?;
    assemble::check_currencies(&settings, &instruments)?;
    let out = args.out.clone().unwrap_or_else(|| default_out(&settings));
    let store = Store::of_run(&out);
    let workshop = Workshop::new(instruments.clone(), store.clone(), assemble::sandbox(&settings));
    let competitors =
        assemble::competitors(&settings, &workshop, &modules).map_err(Failure::Configuration)?;
    let schedules = schedules(&settings)?;
    let socket = args.socket.clone().unwrap_or_else(|| settings.control.socket.clone());
    let journal_dir = out.join("journal");

    let preamble = Preamble {
        purpose: Purpose::Run,
        config: settings.canonical(),
        instruments: instruments.clone(),
        slots: settings.slots.iter().map(|slot| slot.name.clone()).collect(),
    };
    let (recorders, latency) = Latency::new(
        assemble::latency_level(&settings),
        &preamble.slots,
        placement.topology.strategy_threads(),
    )?;
    let progress = Arc::new(Progress::default());
    let played = Arc::new(AtomicU64::new(0));
    let (outlet, inbox) = command_ring(WAITING_MAX);
    let facts = RunFacts {
        run_dir: absolute(&out),
        journal_dir: absolute(&journal_dir),
        topology: placement.topology.name(),
        speed: settings.run.speed.to_string(),
        tapes: tapes.iter().map(tape_table::OpenTape::session).collect(),
        played: Arc::clone(&played),
        progress: Arc::clone(&progress),
        latency: latency.clone(),
        agent: args.with_agent.then(std::os::unix::process::parent_id),
    };
    let (outlets, inlets): (Vec<_>, Vec<_>) = (0..placement.topology.strategy_threads())
        .map(|_| version_ring::<Competitor>(VERSIONS_MAX))
        .map(|(outlet, inbox)| (outlet, Versions::Ring(inbox)))
        .unzip();
    let slots = SlotDesk::new(
        workshop,
        settings.slots.iter().map(SlotFacts::of).collect(),
        placement.topology,
        Arc::clone(&progress),
        outlets,
    );
    // The socket first: a second engine must not touch the first one's files.
    let desk = Desk::new(facts, slots, assemble::shares(&settings), outlet);
    let control = ControlServer::start(&socket, assemble::access(&settings), desk)?;
    let recorder = create_journal(&journal_dir, &preamble, assemble::journal(&settings))?;
    // After the journal, which found that the folder is ours.
    versions::keep(&store, &settings, &modules).map_err(Failure::Error)?;

    let start = began.elapsed();
    let started = Instant::now();
    let engine = Engine {
        tape: Tapes::new(tapes, instruments.len(), played),
        instruments,
        competitors,
        swaps: Swaps {
            versions: inlets,
            on_fault: assemble::on_fault(&settings),
            prepare_thread: royale_sandbox::prepare_thread,
        },
        allocation_bp: assemble::allocation_bp(&settings),
        tiers: assemble::tiers(&settings),
        capital: assemble::capital(&settings),
        limits: assemble::limits(&settings),
        book_levels: assemble::BOOK_LEVELS,
        simulation: assemble::simulation(&settings),
        commands: Commands::Ring(inbox),
        schedules,
        epochs: assemble::epochs(&settings, args.with_agent),
        pace: assemble::pace(&settings),
        recorder,
        progress,
        latency: recorders,
    };
    let outcome =
        engine.run(&placement).map_err(|error| Failure::Error(format!("the run: {error}")))?;
    let took = Took { start, run: started.elapsed() };
    let Outcome { feed, order } = outcome;
    if let Some(reason) = &feed.error {
        // A journal that cannot be written says why itself; otherwise it stays without its seal,
        // like any run that did not end: a seal would claim that it did.
        if order.recorder.failure().is_some() {
            order.recorder.finish()?;
        }
        return Err(Failure::Error(format!(
            "the run stopped early: {reason}; its journal in {} is not sealed",
            journal_dir.display()
        )));
    }
    // A journal that could not be written says so here.
    let stalls = order.recorder.stalls();
    let summary = order.recorder.finish()?;
    control.finished();
    // All of them are zero in a run whose tables were large enough.
    let counters = serde_json::json!({
        "journal_stalls": stalls,
        "orders_untracked": order.untracked_orders,
        "venue_tables_grown": order.venue.overgrown,
        "venue_duplicate_orders": order.venue.duplicates,
        "book_levels_dropped": order.levels_dropped,
    });
    run_files::write(&out, &settings, placement.topology, took, &feed, &summary, &counters)?;
    run_files::write_latency(&out, &latency)?;
    drop(control);

    let venue = order.venue;
    if order.lost_reports > 0 || order.illegal_reports > 0 || venue.fees_unknown > 0 {
        return Err(Failure::Error(format!(
            "{} reports lost, {} illegal, {} fills without a fee: the simulated venue contradicted \
             itself; please report this with the journal in {}",
            order.lost_reports,
            order.illegal_reports,
            venue.fees_unknown,
            journal_dir.display()
        )));
    }
    Ok(())
}

/// Creates the journal; folders that were made for one that cannot be are taken back.
fn create_journal(
    dir: &Path,
    preamble: &Preamble,
    options: Options,
) -> Result<Writer, JournalError> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|folder| !folder.exists()).collect();
    Writer::create(dir, preamble, options).inspect_err(|_| {
        for folder in missing {
            // Only empty ones can be removed, and the first error matters more.
            let _ = std::fs::remove_dir(folder);
        }
    })
}

/// Settings from a file, the environment and the command line.
pub fn load(args: &ConfigArgs) -> Result<Settings, Failure> {
    let loader = Loader::file(&args.config).environment(std::env::vars_os());
    let set = |loader: Loader, pair: &Assignment| loader.set(&pair.key, &pair.value);
    let mut loader = args.set.iter().fold(loader, set);
    if let Some(speed) = &args.speed {
        loader = loader.set("run.speed", speed);
    }
    if let Some(seed) = args.seed {
        loader = loader.set("run.seed", seed.to_string());
    }
    Ok(loader.load()?)
}

fn default_out(settings: &Settings) -> PathBuf {
    settings.run.out_dir.join(format!("{}-{}", settings.run.name, settings.run.seed))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
