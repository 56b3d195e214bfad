//! `royale replay`: runs a journal's inputs through the same engine, and compares every record.
//!
//! Owns the command: what it reads, how it runs, what it says. What is repeated and compared, and how,
//! is `royale_engine::replay`. A journal that a crash cut short is replayed as it is, up to its last record; a torn
//! last record is damage, which `recover` cuts. With `--until` the journal may be one that is still
//! written. Must never write, and never need a file but the
//! journal and what the run kept in `versions/`.

use crate::args::ReplayArgs;
use crate::assemble;
use crate::exit::{Failure, say};
use crate::schedules::{check_recorded, schedules};
use crate::versions::{Competitor, Store, Workshop, hex};
use royale_config::{Modules, Settings};
use royale_engine::feed::{Commands, Pace, Scripted};
use royale_engine::latency::Recorders;
use royale_engine::link::Wait;
use royale_engine::progress::Progress;
use royale_engine::replay::{Comparator, Difference, Field, Inputs, Past};
use royale_engine::strategy::{Swaps, Version, Versions};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::{JournalError, Preamble, Purpose, Reader};
use royale_model::SlotChange;
use royale_strategies::Rhythm;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Replays a journal; an error of kind mismatch names the first record that differs.
pub fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    let dir = journal_dir(&args.journal);
    // The end of a journal that somebody writes may be half of a record: that is no damage.
    let whole = || royale_journal::verify(&dir).map_err(damaged);
    let mut verified = args.until.is_none().then(whole).transpose()?;
    let reader = Reader::open(&dir).map_err(damaged)?;
    let preamble = reader.preamble().clone();
    if preamble.purpose != Purpose::Run {
        return Err(Failure::Error(format!(
            "{}: this is a tape: it holds inputs only, there is nothing to rebuild",
            dir.display()
        )));
    }
    let settings = Settings::from_canonical(&preamble.config)?;
    let past = Past::read(&dir).map_err(damaged)?;
    if past.is_sealed() && verified.is_none() {
        verified = Some(whole()?);
    }
    let until = args.until.unwrap_or(past.last_seq);
    if until > past.last_seq {
        let (dir, last) = (dir.display(), past.last_seq);
        return Err(Failure::Error(format!(
            "{dir}: there is no input {until}, the last is {last}"
        )));
    }
    check_recorded(&settings, &past.own)?;
    let Preamble { instruments, .. } = preamble;
    let run = if dir.ends_with("journal") { dir.parent().unwrap_or(&dir) } else { &dir };
    let workshop =
        Workshop::new(instruments.clone(), Store::of_run(run), assemble::sandbox(&settings));
    let competitors =
        assemble::competitors(&settings, &workshop, &Modules::new()).map_err(|why| {
            Failure::Error(format!("what the run began with cannot be made again: {why}"))
        })?;
    let versions = Versions::Scripted(versions(&workshop, &settings, &past)?);
    let engine = Engine {
        instruments,
        competitors,
        swaps: Swaps {
            versions: vec![versions],
            on_fault: assemble::on_fault(&settings),
            prepare_thread: royale_sandbox::prepare_thread,
        },
        allocation_bp: assemble::allocation_bp(&settings),
        tiers: assemble::tiers(&settings),
        capital: assemble::capital(&settings),
        limits: assemble::limits(&settings),
        book_levels: assemble::BOOK_LEVELS,
        simulation: assemble::simulation(&settings),
        tape: Inputs::new(Reader::open(&dir).map_err(damaged)?, past.broken_off),
        commands: Commands::Scripted(Scripted::recorded(&past.own)),
        schedules: schedules(&settings)?,
        epochs: None,
        pace: Pace::Max,
        recorder: match args.until {
            Some(seq) => Comparator::new(reader, past.is_sealed()).until(seq),
            None => Comparator::new(reader, past.is_sealed()),
        },
        progress: Arc::new(Progress::default()),
        latency: Recorders::default(),
    };
    let placement = Placement { topology: Topology::Fused, wait: Wait::Yield, cpus: Vec::new() };
    let outcome =
        engine.run(&placement).map_err(|error| Failure::Error(format!("the replay: {error}")))?;
    let mut comparator = outcome.order.recorder;
    comparator.expect_end();
    if let Some(difference) = comparator.difference() {
        if args.json {
            say(&format!("{:#}", mismatch(&comparator, difference)))?;
        }
        return Err(Failure::Mismatch(format!("{}: {difference}", dir.display())));
    }
    if let Some(error) = outcome.feed.error.filter(|_| !comparator.has_ended()) {
        return Err(Failure::Error(error));
    }
    let seal = verified.filter(|whole| whole.sealed).map(|whole| hex(&whole.seal));
    if args.json {
        let report = serde_json::json!({
            "identical": true,
            "records": comparator.compared(),
            "inputs": comparator.inputs(),
            "last_seq": past.last_seq,
            "sealed": past.is_sealed(),
            "seal": seal,
        });
        return say(&format!("{report:#}"));
    }
    let end = match (&seal, args.until) {
        (Some(seal), _) => format!("seal {}", seal.get(..16).unwrap_or_default()),
        (None, Some(_)) => "not sealed: the run goes on, or was cut short".to_owned(),
        (None, None) => {
            "not sealed: the run was cut short, and is identical up to there".to_owned()
        }
    };
    say(&format!(
        "{}: identical: {} records rebuilt from the inputs of {} events, {end}",
        dir.display(),
        comparator.compared(),
        comparator.inputs(),
    ))
}

/// What a program is told of a difference.
fn mismatch(comparator: &Comparator, difference: &Difference) -> serde_json::Value {
    let field = |field: Field| {
        let Field { name, journal, rebuilt } = field;
        serde_json::json!({"name": name, "journal": journal, "rebuilt": rebuilt})
    };
    serde_json::json!({
        "identical": false,
        "records": comparator.compared(),
        "inputs": comparator.inputs(),
        "record": difference.number(),
        "seq": difference.seq(),
        "kind": difference.kind(),
        "fields": difference.fields().into_iter().map(field).collect::<Vec<_>>(),
        "difference": difference.to_string(),
    })
}

/// The versions of strategies that came while the run went on, made again.
fn versions(
    workshop: &Workshop,
    settings: &Settings,
    past: &Past,
) -> Result<VecDeque<Box<Version<Competitor>>>, Failure> {
    // A command whose version never came has none: it is refused again.
    let came = past.versions.iter().filter(|change| change.digest != [0; 32]);
    let made = came.map(|change| {
        let SlotChange { slot, version, digest, seq, .. } = *change;
        let rhythm = settings.slots.get(slot.index()).map_or(Rhythm::Events, assemble::rhythm);
        workshop.again(slot, rhythm, version, digest).map_err(|why| {
            Failure::Error(format!(
                "version {version} of slot {}, which came at input {seq}, cannot be made again: {why}",
                slot.0
            ))
        })
    });
    made.collect()
}

/// Damage is a verification failure; a folder that is not there or cannot be read is a mere error.
fn damaged(error: JournalError) -> Failure {
    match error {
        JournalError::Corrupt { .. } => Failure::Mismatch(error.to_string()),
        JournalError::Io { .. } | JournalError::Refused { .. } => error.into(),
    }
}

/// A run's folder holds its journal in `journal/`.
fn journal_dir(path: &Path) -> PathBuf {
    let inner = path.join("journal");
    if inner.is_dir() { inner } else { path.to_path_buf() }
}
