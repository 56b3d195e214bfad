//! All four stages on one thread, with nobody, with one simple trader, and with the six strategies;
//! without a journal and with one.
//!
//! Latencies are not recorded here: a time stamp counter is never twice the same, and what depends
//! on it cannot be counted exactly.

use super::journal::{Folder, writer};
use super::{Recording, Unit, Work, work};
use crate::{engine_of, natives};
use royale_engine::feed::{Commands, Source, command_ring};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::{Discard, Recorder};
use royale_engine::topology::{Engine, Outcome, Placement, Topology};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Preamble;
use royale_model::{
    Command, CommandCode, Event, EventKind, Note, NotePurpose, OrdType, Price, Reasons, Regime,
    Side, TimeInForce,
};
use std::collections::VecDeque;

const COUNT: usize = 10_000;

pub(super) fn units() -> Vec<Unit> {
    vec![
        unit("corridor/nobody", |_| Ok(Vec::<Hundredth>::new()), |_| Ok((None, Discard))),
        unit("corridor/one", |_| Ok(vec![Hundredth::default()]), |_| Ok((None, Discard))),
        unit("corridor/six", natives, |_| Ok((None, Discard))),
        unit("corridor/one+journal", |_| Ok(vec![Hundredth::default()]), journaled),
        unit("corridor/six+journal", natives, journaled),
        Unit::new(
            "corridor/refused",
            "a refused command with its two notes, journaled",
            COUNT,
            refused,
        ),
    ]
}

/// Refused commands on the command ring, before a short piece of tape.
fn refused(sessions: &super::Sessions, count: usize) -> Result<Work, String> {
    let Recording { preamble, events } = sessions.kalshi(100)?;
    let (folder, recorder) = journaled(&preamble)?;
    let competitors = natives(&preamble)?;
    let mut engine =
        engine_of(&preamble, competitors, VecDeque::from(events), recorder, LatencyLevel::Off)?;
    let (mut outlet, inbox) = command_ring(3 * count);
    let notes: Vec<Note> = Note::split(NotePurpose::Reason, "a flood")
        .chain(Note::split(NotePurpose::Refusal, "there is no slot `nobody`"))
        .collect();
    let command = Command {
        code: CommandCode::Refused,
        uid: 0,
        pid: 1,
        slot: Command::NO_SLOT,
        value: CommandCode::Quarantine as i64,
    };
    for _ in 0..count {
        outlet.send(&notes, &[command]).map_err(|_| "the ring is full".to_owned())?;
    }
    engine.commands = Commands::Ring(inbox);
    Ok(work(move || (run(engine), folder, outlet)))
}

fn journaled(preamble: &Preamble) -> Result<(Option<Folder>, royale_journal::Writer), String> {
    let (folder, writer) = writer(preamble)?;
    Ok((Some(folder), writer))
}

fn unit<C: Strategy + 'static, R: Recorder + Send + 'static>(
    name: &str,
    competitors: impl Fn(&Preamble) -> Result<Vec<C>, String> + 'static,
    recorder: impl Fn(&Preamble) -> Result<(Option<Folder>, R), String> + 'static,
) -> Unit {
    let prepare = move |sessions: &super::Sessions, count| -> Result<Work, String> {
        let Recording { preamble, events } = sessions.kalshi(count)?;
        let (folder, recorder) = recorder(&preamble)?;
        let tape = VecDeque::from(events);
        let level = LatencyLevel::Off;
        let engine = engine_of(&preamble, competitors(&preamble)?, tape, recorder, level)?;
        Ok(work(move || (run(engine), folder)))
    };
    Unit::new(name, "an event, from the tape to the venue", COUNT, prepare)
}

/// A run on one thread.
pub(super) fn run<C: Strategy, T: Source + Send, R: Recorder + Send>(
    engine: Engine<C, T, R>,
) -> Result<Outcome<R>, String> {
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: Vec::new() };
    engine.run(&placement).map_err(|error| error.to_string())
}

/// Takes one lot at every hundredth change of a book, in turn buying and selling.
#[derive(Default)]
struct Hundredth {
    seen: u32,
}

impl Strategy for Hundredth {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if event.kind() != EventKind::BookDelta || !event.is_last() {
            return;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(100) {
            return;
        }
        let Some(instrument) = context.instrument(event.instrument()) else { return };
        let side = if self.seen.is_multiple_of(200) { Side::Sell } else { Side::Buy };
        context.submit(&Intent {
            instrument: event.instrument(),
            side,
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::ImmediateOrCancel,
            price: Price::ZERO,
            qty: instrument.lot,
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons: Reasons::new(),
        });
    }
}
