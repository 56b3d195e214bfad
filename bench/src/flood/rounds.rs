//! The windows of one run: three in a round, one of each kind.

use super::client::{self, Client, Counts, Mix};
use super::cpu;
use super::engine::{self, CLIENT_THREAD, Engine};
use super::order::{Kind, of_round};
use super::stand_in::{self, StandIn};
use super::window::Window;
use royale_codec::latency::decode_histogram;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// From the engine's start to the first window: its pages and its books are warm by then.
const WARM_UP: Duration = Duration::from_secs(1);
/// From a change of kind to the reading with which its window begins.
const SETTLE: Duration = Duration::from_millis(50);

/// How a run is cut into windows, and what the clients do in them.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Length of a window.
    pub length: Duration,
    /// Clients.
    pub clients: u32,
    /// Pause between two requests of one client.
    pub every: Duration,
    /// What they ask.
    pub mix: Mix,
    /// Of the order.
    pub seed: u64,
}

/// One window of each kind, each at the index of its number.
#[derive(Clone, Debug)]
pub struct Round(pub [Window; 3]);

impl Round {
    /// Its window of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Window {
        &self.0[kind as usize]
    }
}

/// The rounds of a run, until it has no more events.
///
/// # Errors
/// The engine is gone, or does not speak as it should.
pub fn of_run(engine: &mut Engine, plan: &Plan, run: usize) -> Result<Vec<Round>, String> {
    let mut asker = Client::new(engine.connect()?)?;
    let stand_in = StandIn {
        told: asker.ask(client::question())?,
        refused: asker.ask(client::command())?,
        line: Mutex::new(()),
    };
    std::thread::sleep(WARM_UP);
    let mut rounds = Vec::new();
    for round in 0.. {
        match round_of(engine, &mut asker, &stand_in, plan, of_round(plan.seed, run, round)) {
            Ok(Some(round)) => rounds.push(round),
            Ok(None) => break,
            // The tapes were over before the round was.
            Err(_) if engine.has_ended_well() => break,
            Err(error) => return Err(error),
        }
    }
    let windows = |[a, b, c]: [Edges; 3]| Ok(Round([a.window()?, b.window()?, c.window()?]));
    rounds.into_iter().map(windows).collect()
}

/// One window of each kind, in this order; none if the tapes ended in it.
fn round_of(
    engine: &Engine,
    asker: &mut Client,
    stand_in: &StandIn,
    plan: &Plan,
    order: [Kind; 3],
) -> Result<Option<[Edges; 3]>, String> {
    let mut edges = [None, None, None];
    for kind in order {
        edges[kind as usize] = Some(window(engine, asker, stand_in, plan, kind)?);
    }
    let [Some(idle), Some(stand_in), Some(flood)] = edges else { return Ok(None) };
    Ok(engine::is_playing(asker)?.then_some([idle, stand_in, flood]))
}

/// What was counted up to a moment.
struct Edge {
    at: Instant,
    histogram: String,
    answered: u64,
    commands: u64,
    answering: Duration,
    waited: Duration,
}

struct Edges {
    begin: Edge,
    end: Edge,
}

impl Edges {
    fn window(self) -> Result<Window, String> {
        let Self { begin, end } = self;
        let read = |text: &str| decode_histogram(text).map_err(|error| error.to_string());
        Ok(Window {
            histogram: Window::between(&read(&begin.histogram)?, read(&end.histogram)?)?,
            commands: end.commands - begin.commands,
            answered: end.answered - begin.answered,
            length: end.at - begin.at,
            answering: end.answering.saturating_sub(begin.answering),
            waited: end.waited.saturating_sub(begin.waited),
        })
    }
}

fn window(
    engine: &Engine,
    asker: &mut Client,
    stand_in: &StandIn,
    plan: &Plan,
    kind: Kind,
) -> Result<Edges, String> {
    let (over, counts) = (AtomicBool::new(false), Counts::default());
    let mut edge = || {
        Ok::<_, String>(Edge {
            at: Instant::now(),
            answered: counts.answered.load(Ordering::Relaxed),
            // What the stand-in hears becomes no input.
            commands: match kind {
                Kind::Flood => counts.inputs.load(Ordering::Relaxed),
                Kind::Idle | Kind::StandIn => 0,
            },
            answering: cpu::of_threads(engine.pid(), CLIENT_THREAD)
                + cpu::of_threads(std::process::id(), stand_in::THREAD),
            waited: cpu::waited(engine.pid()),
            histogram: engine::histogram(asker)?,
        })
    };
    std::thread::scope(|scope| {
        let mut clients = Vec::new();
        let begun = (|| {
            let count = if kind == Kind::Idle { 0 } else { plan.clients };
            for nth in 0..count {
                let client = Client::new(match kind {
                    Kind::Flood => engine.connect()?,
                    Kind::Idle | Kind::StandIn => stand_in.connect(scope)?,
                })?;
                // Not all at once, and then all at once again.
                let first = plan.every * nth / plan.clients;
                let (over, counts) = (&over, &counts);
                clients.push(scope.spawn(move || {
                    std::thread::sleep(first);
                    client.flood(plan.mix, plan.every, over, counts)
                }));
            }
            std::thread::sleep(SETTLE);
            let begin = edge()?;
            std::thread::sleep(plan.length);
            Ok(Edges { begin, end: edge()? })
        })();
        over.store(true, Ordering::Release);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        begun
    })
}
