//! `sandbox_cost`: what it costs an event that a strategy is a guest. The only program here that
//! links the sandbox; the latency gate starts it.

use clap::Parser;
use royale_bench::cores::{Spread, pin};
use royale_bench::dip::{DROP, GUEST, decided, looked_at, native, passed_over, play, table};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Market, Strategy};
use royale_model::Event;
use royale_sandbox::{Host, Limits, Module, prepare_thread};
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Measure what the sandbox adds to an event: the same strategy natively and as a guest, in turns
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  sandbox_cost                    a table
  sandbox_cost --json --cpu 1     for a program, on one cpu
  sandbox_cost --count guest --work passed-over --events 20000
                                  plays so many events once, for valgrind to count

Both are called through a pointer, fuel is on, and bursts of both follow each other, so that a slow moment
hits both. A round's figure is the median of its bursts.

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// The cpu to run on.
    #[arg(long, value_name = "CPU")]
    cpu: Option<usize>,
    /// Rounds.
    #[arg(long, value_name = "N", default_value_t = 9)]
    rounds: usize,
    /// Time nothing: let one of the two play events.
    #[arg(long, value_name = "WHO", value_parser = ["native", "guest"])]
    count: Option<String>,
    /// What is played then.
    #[arg(long, value_name = "WORK", value_parser = WORKS, default_value = WORKS[0])]
    work: String,
    /// How many events then.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    events: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An event that nobody looks at; one with a question to the host; a pair of trades with an order.
const WORKS: [&str; 3] = ["passed-over", "looked-at", "decided"];
/// Events of a burst; few where each pair has a portfolio of its own, so that those stay in the cache.
const BURST: usize = 20_000;
const BURST_AFRESH: usize = 128;
/// Bursts of a round.
const BURSTS: usize = 15;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox_cost: {error}");
            ExitCode::from(1)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let module = module()?;
    prepare_thread();
    if let Some(cpu) = args.cpu {
        pin(cpu);
    }
    if let Some(who) = &args.count {
        let mut strategy = if who == "guest" { guest(&module)? } else { native() };
        Desk::new(&args.work).burst(&mut *strategy, args.events);
        return Ok(());
    }
    let mut text = String::new();
    let mut rows = Vec::new();
    for work in WORKS {
        let [native, guest, more] = compare(&module, work, args.rounds)?;
        text += &format!(
            "{work:<12} native {:>6.1} ns, guest {:>6.1} ns, more {:>6.1} ns ({:.1} to {:.1})\n",
            native.median, guest.median, more.median, more.min, more.max
        );
        let [native, guest, more] = [native, guest, more].map(told);
        rows.push(json!({ "work": work, "native_ns": native, "guest_ns": guest, "more_ns": more }));
    }
    if args.json {
        text = format!("{:#}\n", Value::from(rows));
    }
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

fn told(spread: Spread) -> Value {
    json!({ "min": spread.min, "median": spread.median, "max": spread.max })
}

fn module() -> Result<Module, String> {
    let wasm = wat::parse_str(GUEST).map_err(|error| error.to_string())?;
    // One guest at a time: valgrind cannot give the address space of many.
    let limits = Limits { guests_max: 1, ..Limits::default() };
    let host = Host::new(&limits).map_err(|error| error.to_string())?;
    host.module(&wasm).map_err(|error| error.to_string())
}

fn guest(module: &Module) -> Result<Box<dyn Strategy>, String> {
    let parameters = [(DROP.0.to_owned(), DROP.1 as f64)].into();
    let guest = module.instantiate(&parameters, &table()).map_err(|error| error.to_string())?;
    Ok(Box::new(guest))
}

/// Nanoseconds of an event (of `decided`, a pair) natively, as a guest, and how much more that is.
fn compare(module: &Module, work: &str, rounds: usize) -> Result<[Spread; 3], String> {
    let (mut native, mut guest) = (native(), guest(module)?);
    let mut desk = Desk::new(work);
    let burst = if desk.afresh { BURST_AFRESH } else { BURST };
    let mut per_event = |strategy: &mut dyn Strategy| {
        desk.burst(strategy, burst).as_nanos() as f64 / desk.units(burst) as f64
    };
    // Both are warm before anything counts.
    per_event(&mut *native);
    per_event(&mut *guest);
    let mut figures = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let mut bursts = [const { Vec::new() }; 3];
        for _ in 0..BURSTS {
            let (a, b) = (per_event(&mut *native), per_event(&mut *guest));
            for (bursts, figure) in bursts.iter_mut().zip([a, b, b - a]) {
                bursts.push(figure);
            }
        }
        for (figures, bursts) in figures.iter_mut().zip(bursts) {
            figures.push(Spread::of(bursts).median);
        }
    }
    Ok(figures.map(Spread::of))
}

/// Events and what lies around a strategy.
struct Desk {
    events: Vec<Event>,
    market: Market,
    outbox: Outbox,
    /// True where each playing of the events needs a portfolio that knows of no order.
    afresh: bool,
}

impl Desk {
    fn new(work: &str) -> Self {
        let (events, afresh) = match work {
            "passed-over" => (passed_over(1_000), false),
            "looked-at" => (looked_at(1_000), false),
            _ => (decided(), true),
        };
        Self { events, market: Market::new(&table(), 16), outbox: Outbox::default(), afresh }
    }

    /// How often the unit of the work is in that many events.
    fn units(&self, events: usize) -> usize {
        if self.afresh { events / self.events.len() } else { events }
    }

    /// How long that many events take; making portfolios is not counted.
    fn burst(&mut self, strategy: &mut dyn Strategy, events: usize) -> Duration {
        let plays = events.div_ceil(self.events.len());
        let portfolios = if self.afresh { plays } else { 1 };
        let mut portfolios: Vec<_> = (0..portfolios).map(|_| Portfolio::new(1)).collect();
        let last = portfolios.len() - 1;
        let begun = Instant::now();
        for nth in 0..plays {
            let portfolio = &mut portfolios[nth.min(last)];
            let strategy = black_box(&mut *strategy);
            play(strategy, &self.events, &self.market, portfolio, &mut self.outbox);
        }
        begun.elapsed()
    }
}
