//! The windows of one run of the engine.

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
/// Between two windows: the clients of one go, those of the next settle.
const PAUSE: Duration = Duration::from_millis(75);

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

/// The windows of a run, in their order, until it has no more events.
///
/// They lie on a grid from the first event on, so that a window of another run with the same number is
/// about the same piece of the tape.
///
/// # Errors
/// The engine is gone, or does not speak as it should.
pub fn windows(
    engine: &mut Engine,
    plan: &Plan,
    run: usize,
) -> Result<Vec<(Kind, Window)>, String> {
    let mut asker = Client::new(engine.connect()?)?;
    let stand_in = StandIn {
        told: asker.ask(client::question())?,
        refused: asker.ask(client::command())?,
        line: Mutex::new(()),
    };
    while engine::played(&mut asker)?.done == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut begin = Instant::now() + WARM_UP;
    let mut all = Vec::new();
    for kind in (0..).flat_map(|round| of_round(plan.seed, run, round)) {
        let edges = window(engine, &mut asker, &stand_in, plan, (kind, begin)).and_then(|edges| {
            let tape = engine::played(&mut asker)?;
            Ok((tape.done < tape.total).then_some(edges))
        });
        match edges {
            Ok(Some(edges)) => all.push((kind, edges)),
            Ok(None) => break,
            // The tapes were over before the window was.
            Err(_) if engine.has_ended_well() => break,
            Err(error) => return Err(error),
        }
        begin += plan.length + PAUSE;
    }
    all.into_iter().map(|(kind, edges)| Ok((kind, edges.window()?))).collect()
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
            waited: end.waited,
        })
    }
}

fn window(
    engine: &Engine,
    asker: &mut Client,
    stand_in: &StandIn,
    plan: &Plan,
    (kind, begins): (Kind, Instant),
) -> Result<Edges, String> {
    let (over, counts) = (AtomicBool::new(false), Counts::default());
    // Also before it begins: what had to wait then may still be in line.
    let waited = cpu::waited(engine.pid());
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
            waited: cpu::waited(engine.pid()).saturating_sub(waited),
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
            sleep_until(begins);
            let begin = edge()?;
            sleep_until(begins + plan.length);
            Ok(Edges { begin, end: edge()? })
        })();
        over.store(true, Ordering::Release);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        begun
    })
}

fn sleep_until(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}
