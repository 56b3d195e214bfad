//! What a swap costs the others: the longest stretch from one event of the pinned thread to the next
//! around swaps, beside the same events without; and what a slot feels of a hostile module next door.
//!
//! `cargo bench -p royale-bench --bench swaps`. Sixty-four slots, native and guests in turns, quotes at full
//! speed on one pinned thread. The versions are made before and dropped after, as the engine does on
//! another thread. A program of its own and not Criterion's: what counts here is a longest, not a mean.

use royale_bench::cores::{Cores, Spread};
use royale_bench::dip::{DROP, GUEST};
use royale_bench::engine_of;
use royale_bench::gate::Probe;
use royale_bench::streams::{Stream, quotes};
use royale_engine::feed::{Commands, Scripted, Source};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::Discard;
use royale_engine::strategy::{Plan, Swaps, Version, Versions, version_ring};
use royale_engine::topology::{Placement, Topology};
use royale_engine::{Context, Strategy};
use royale_journal::{Preamble, Purpose};
use royale_model::{Command, CommandCode, Event, Instrument, SlotId};
use royale_sandbox::{Guest, Host, Limits, Module, prepare_thread};
use std::cell::Cell;
use std::path::Path;

const SLOTS: u16 = 64;
const EVENTS: usize = 60_000;
const SWAPS: usize = 400;
const ROUNDS: usize = 9;
/// The goal: no stretch longer than so many times the p50.
const GAP: f64 = 10.0;
/// Quotes that a hostile module and its neighbours are shown.
const BESIDE: usize = 20_000;
/// The goal: a neighbour's p99 beside a hostile module, by the p99 beside nobody.
const MOVED: f64 = 1.1;

thread_local! {
    /// A version was asked for the first time since this was last looked at.
    static IS_NEW: Cell<bool> = const { Cell::new(false) };
}

/// Who sits in a slot.
enum Seat {
    Native(Probe),
    Guest(Box<Guest>),
    /// A native one whose time is taken, in nanoseconds an event.
    Timed(Probe, quanta::Clock, Vec<u32>),
    Vacant,
}

struct Competitor {
    seat: Seat,
    is_new: bool,
}

impl Strategy for Competitor {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if std::mem::take(&mut self.is_new) {
            IS_NEW.set(true);
        }
        match &mut self.seat {
            Seat::Native(probe) => probe.on_event(event, context),
            Seat::Guest(guest) => guest.on_event(event, context),
            Seat::Timed(probe, clock, took) => {
                let start = clock.raw();
                probe.on_event(event, context);
                let nanos = clock.delta_as_nanos(start, clock.raw());
                took.push(u32::try_from(nanos).unwrap_or(u32::MAX));
            }
            Seat::Vacant => {}
        }
    }
}

/// Events in memory; it takes the time from each to the next, on the thread that works them off.
struct Stamped<'a> {
    events: &'a [Event],
    taken: usize,
    clock: quanta::Clock,
    last: u64,
    /// Nanoseconds from the event before, and whether a version came in meanwhile.
    stretches: &'a mut Vec<(u32, bool)>,
}

impl Source for Stamped<'_> {
    fn peek(&mut self) -> Result<Option<&Event>, String> {
        Ok(self.events.get(self.taken))
    }
    fn take(&mut self) {
        self.taken += 1;
        let now = self.clock.raw();
        let nanos = self.clock.delta_as_nanos(self.last, now);
        self.stretches.push((u32::try_from(nanos).unwrap_or(u32::MAX), IS_NEW.take()));
        self.last = now;
    }
}

fn preamble(stream: &Stream) -> Preamble {
    Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: stream.instruments.clone(),
        slots: Vec::new(),
    }
}

/// One run; what came of the stretches and of the competitors that left.
fn run(
    stream: &Stream,
    competitors: Vec<Competitor>,
    newcomers: Vec<Competitor>,
    cpu: usize,
) -> Result<Vec<(u32, bool)>, String> {
    let mut stretches = Vec::with_capacity(stream.events.len());
    let clock = quanta::Clock::new();
    let (last, events) = (clock.raw(), &stream.events);
    let tape = Stamped { events, taken: 0, clock, last, stretches: &mut stretches };
    let slots = competitors.len();
    let every = (events.len() / (newcomers.len() + 2)) as u64;
    let commands = (1..=newcomers.len() as u64).map(|nth| {
        let (slot, value) = ((nth % slots as u64) as u16, nth.cast_signed());
        let code = CommandCode::Install;
        (nth * every, Command { code, uid: 0, pid: 0, slot, value })
    });
    let commands = Commands::Scripted(Scripted::new(commands));
    // They come by ring and leave by ring: neither made nor dropped on the thread that is measured.
    let (mut outlet, inbox) = version_ring(newcomers.len().max(1));
    for (number, competitor) in (1_u32..).zip(newcomers) {
        let (slot, digest) = (SlotId((number % slots as u32) as u16), [0; 32]);
        let version = Version { slot, number, digest, plan: Plan::default(), competitor };
        outlet.arriving.push(Box::new(version)).map_err(|_| "the ring is too short")?;
    }
    let mut engine = engine_of(&preamble(stream), competitors, tape, Discard, LatencyLevel::Off)?;
    engine.allocation_bp = vec![0; slots];
    engine.commands = commands;
    engine.swaps =
        Swaps { versions: vec![Versions::Ring(inbox)], prepare_thread, ..Swaps::default() };
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: vec![cpu] };
    let outcome = std::thread::scope(|scope| scope.spawn(|| engine.run(&placement)).join())
        .map_err(|_| "the corridor panicked")?
        .map_err(|error| error.to_string())?;
    outcome.feed.error.map_or(Ok(()), Err)?;
    drop(outlet);
    Ok(stretches)
}

fn seat(nth: usize, module: &Module, table: &[Instrument]) -> Result<Competitor, String> {
    let seat = if nth.is_multiple_of(2) {
        Seat::Native(Probe::new(u64::MAX)?)
    } else {
        let settings = [(DROP.0.to_owned(), DROP.1 as f64)].into();
        let guest = module.instantiate(&settings, table).map_err(|error| error.to_string())?;
        Seat::Guest(Box::new(guest))
    };
    Ok(Competitor { seat, is_new: false })
}

fn quantile(mut values: Vec<u32>, quantile: f64) -> f64 {
    values.sort_unstable();
    let at = (values.len().saturating_sub(1) as f64 * quantile).round() as usize;
    values.get(at).copied().map_or(f64::NAN, f64::from)
}

/// The longest stretch around swaps, and over the same events without, in p50s.
fn gap(host: &Host, cpu: usize) -> Result<(), String> {
    let stream = quotes(EVENTS, 2);
    let table = &stream.instruments;
    let wasm = wat::parse_str(GUEST).map_err(|error| error.to_string())?;
    let module = host.module(&wasm).map_err(|error| error.to_string())?;
    let seats = |count: usize, from: usize| -> Result<Vec<Competitor>, String> {
        (0..count).map(|nth| seat(nth + from, &module, table)).collect()
    };
    let mut figures = [const { Vec::new() }; 6];
    for _ in 0..ROUNDS {
        // A swap changes native into guest, and guest into native.
        let mut newcomers = seats(SWAPS, 0)?;
        newcomers.iter_mut().for_each(|one| one.is_new = true);
        let swapped = run(&stream, seats(SLOTS.into(), 0)?, newcomers, cpu)?;
        let calm = run(&stream, seats(SLOTS.into(), 0)?, Vec::new(), cpu)?;
        let p50 = quantile(calm.iter().map(|(nanos, _)| *nanos).collect(), 0.5);
        let around: Vec<usize> = (0..swapped.len()).filter(|at| swapped[*at].1).collect();
        if around.len() < SWAPS {
            return Err(format!("{} of {SWAPS} swaps happened", around.len()));
        }
        let of = |run: &[(u32, bool)]| around.iter().map(|at| run[*at].0).collect::<Vec<_>>();
        let (with, without) = (of(&swapped), of(&calm));
        let all = |run: &[(u32, bool)]| run.iter().map(|(nanos, _)| *nanos).collect::<Vec<_>>();
        for (figures, figure) in figures.iter_mut().zip([
            p50,
            quantile(with.clone(), 0.5) / p50,
            quantile(with, 1.0) / p50,
            quantile(without, 1.0) / p50,
            quantile(all(&swapped), 1.0) / p50,
            quantile(all(&calm), 1.0) / p50,
        ]) {
            figures.push(figure);
        }
    }
    let told = [
        "p50 of a stretch, ns",
        "p50 of those with a swap, × p50",
        "longest of those with a swap, × p50",
        "longest of the same events without swaps, × p50",
        "longest of all events of the run with swaps, × p50",
        "longest of all events of the run without, × p50",
    ];
    println!("64 slots, {EVENTS} quotes, {SWAPS} swaps native <-> guest, {ROUNDS} rounds");
    for (what, figures) in told.iter().zip(&figures) {
        let Spread { min, median, max } = Spread::of(figures.iter().copied());
        println!("{what:<52}{median:>10.2}  ({min:.2} to {max:.2})");
    }
    let longest = Spread::of(figures[2].iter().copied()).median;
    let verdict = if longest <= GAP { "met" } else { "MISSED" };
    println!("goal: the longest with a swap at most {GAP} × p50, median of rounds: {verdict}\n");
    Ok(())
}

/// What the neighbours of each hostile module feel.
fn neighbours(host: &Host, cpu: usize) -> Result<(), String> {
    let stream = quotes(BESIDE, 2);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/sandbox/tests/hostile");
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let (mut ratios, mut of_all) = (Vec::new(), [Vec::new(), Vec::new()]);
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wasm = wat::parse_file(path).map_err(|error| error.to_string())?;
        let Ok(module) = host.module(&wasm) else { continue };
        let start = || module.instantiate(&std::collections::BTreeMap::new(), &stream.instruments);
        if start().is_err() {
            continue;
        }
        let (mut calm, mut hostile) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            calm.extend(neighbour(&stream, Seat::Vacant, cpu)?);
            let guest = start().map_err(|error| error.to_string())?;
            hostile.extend(neighbour(&stream, Seat::Guest(Box::new(guest)), cpu)?);
        }
        of_all[0].extend_from_slice(&calm);
        of_all[1].extend_from_slice(&hostile);
        ratios.push((quantile(hostile, 0.99) / quantile(calm, 0.99), name));
    }
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Spread { min, median, max } = Spread::of(ratios.iter().map(|(ratio, _)| *ratio));
    let [calm, hostile] = of_all.map(|all| quantile(all, 0.99));
    println!("a native strategy beside each of {} hostile modules that start", ratios.len());
    println!("p99 of its own time: {calm:.0} ns beside nobody, {hostile:.0} ns beside them");
    println!("ratio module by module: {median:.3} ({min:.3} to {max:.3})");
    for (ratio, name) in ratios.iter().rev().take(5) {
        println!("  {ratio:.3} {name}");
    }
    let verdict = if hostile / calm <= MOVED { "met" } else { "MISSED" };
    println!("goal: p99 of all at most {MOVED} × that beside nobody: {verdict}");
    Ok(())
}

/// How long a native strategy took, event by event, beside somebody who is asked before it.
fn neighbour(stream: &Stream, beside: Seat, cpu: usize) -> Result<Vec<u32>, String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let timed = Seat::Timed(
        Probe::new(u64::MAX)?,
        quanta::Clock::new(),
        Vec::with_capacity(2 * stream.events.len()),
    );
    let competitors = [beside, timed].map(|seat| Competitor { seat, is_new: false });
    let competitors: Vec<_> =
        competitors.into_iter().map(|one| Reporting { one, sender: sender.clone() }).collect();
    drop(sender);
    let tape = stream.events.iter().copied().collect::<std::collections::VecDeque<_>>();
    let mut engine = engine_of(&preamble(stream), competitors, tape, Discard, LatencyLevel::Off)?;
    engine.allocation_bp = vec![0; 2];
    engine.swaps = Swaps { prepare_thread, ..Swaps::default() };
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: vec![cpu] };
    let outcome = std::thread::scope(|scope| scope.spawn(|| engine.run(&placement)).join())
        .map_err(|_| "the corridor panicked")?
        .map_err(|error| error.to_string())?;
    outcome.feed.error.map_or(Ok(()), Err)?;
    receiver.recv().map_err(|_| "nobody was timed".to_owned())
}

/// Says how long it took when the run is over and it is dropped.
struct Reporting {
    one: Competitor,
    sender: std::sync::mpsc::Sender<Vec<u32>>,
}

impl Strategy for Reporting {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        self.one.on_event(event, context);
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        if let Seat::Timed(_, _, took) = &mut self.one.seat {
            // The receiver outlives the run.
            let _ = self.sender.send(std::mem::take(took));
        }
    }
}

fn main() -> Result<(), String> {
    let Cores([_, cpu]) = Cores::first_two()?;
    let guests_max = u32::from(SLOTS) + SWAPS as u32;
    let host = Host::new(&Limits { guests_max, ..Limits::default() })
        .map_err(|error| error.to_string())?;
    gap(&host, cpu)?;
    neighbours(&host, cpu)
}
