//! Replay: a journal's inputs through the engine again, every record compared with the journal's.
//!
//! What `royale replay` does with a journal that is whole, without the command around it.

use super::journal::{Folder, apart, writer};
use super::{Recording, Unit, Work, corridor, work};
use crate::{engine_of, natives};
use royale_engine::feed::{Commands, Scripted};
use royale_engine::latency::LatencyLevel;
use royale_engine::replay::{Comparator, Inputs, Past};
use royale_journal::Reader;
use std::collections::VecDeque;
use std::path::PathBuf;

pub(super) fn units() -> Vec<Unit> {
    let what = "an event of a journal, with all it caused, rebuilt and compared";
    vec![Unit::new("replay/six", what, 10_000, |sessions, count| prepare(&sessions.kalshi(count)?))]
}

fn prepare(recording: &Recording) -> Result<Work, String> {
    let preamble = &recording.preamble;
    let (folder, path) = apart(|| run(recording))??;
    let open = || Reader::open(&path).map_err(|error| error.to_string());
    let past = Past::read(&path).map_err(|error| error.to_string())?;
    let tape = Inputs::new(open()?, past.broken_off);
    let recorder = Comparator::new(open()?, true);
    let competitors = natives(preamble)?;
    let mut engine = engine_of(preamble, competitors, tape, recorder, LatencyLevel::Off)?;
    engine.commands = Commands::Scripted(Scripted::recorded(&past.own));
    Ok(work(move || {
        let outcome = corridor::run(engine);
        let recorder = outcome.as_ref().map(|outcome| &outcome.order.recorder);
        let same = recorder.is_ok_and(|same| same.difference().is_none() && same.compared() > 0);
        assert!(same, "a replay of a journal of ours differs from it");
        (outcome, folder)
    }))
}

/// A run of the six strategies, and where its journal lies.
fn run(recording: &Recording) -> Result<(Folder, PathBuf), String> {
    let Recording { preamble, events } = recording;
    let (folder, writer) = writer(preamble)?;
    let tape = VecDeque::from(events.clone());
    let engine = engine_of(preamble, natives(preamble)?, tape, writer, LatencyLevel::Off)?;
    let outcome = corridor::run(engine)?;
    outcome.order.recorder.finish().map_err(|error| error.to_string())?;
    let path = folder.path().join("journal");
    Ok((folder, path))
}
