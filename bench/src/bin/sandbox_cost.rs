//! `sandbox_cost`: what it costs an event that a strategy is a guest. The only program here that
//! links the sandbox; the latency gate starts it.

use clap::Parser;
use royale_bench::cores::{Spread, pin};
use royale_bench::recorded::{BOOK, EMA_CROSS, MID_CROSS, Recorded, WINDOWS, ema_cross, mid_cross};
use royale_bench::{dip, dip::play};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Market, Strategy};
use royale_model::{Event, Instrument};
use royale_sandbox::{Guest, Host, Limits, Module, prepare_thread};
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
  sandbox_cost --only session-dip one line of it
  sandbox_cost --count guest --work passed-over --events 20000
                                  plays so many events once, for valgrind to count

Works: passed-over, passed-over-filtered (the guest says that it does not want it), looked-at (one question
to the host), decided (two trades, an order); session-dip, session-ema-cross and session-mid-cross play
a recorded session with its books: the mean over all its events.
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
    /// Measure this only.
    #[arg(long, value_name = "WORK", value_parser = WORKS)]
    only: Option<String>,
    /// Time nothing: let one of the two play events.
    #[arg(long, value_name = "WHO", value_parser = ["native", "guest"])]
    count: Option<String>,
    /// What is played then.
    #[arg(long, value_name = "WORK", value_parser = WORKS, default_value = WORKS[0])]
    work: String,
    /// How many events then; a session has 79,713.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    events: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const WORKS: [&str; 7] = [
    "passed-over",
    "passed-over-filtered",
    "looked-at",
    "decided",
    "session-dip",
    "session-ema-cross",
    "session-mid-cross",
];
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
    prepare_thread();
    if let Some(cpu) = args.cpu {
        pin(cpu);
    }
    if let Some(who) = &args.count {
        let mut bout = Bout::of(&args.work)?;
        let strategy = if who == "guest" { &mut bout.guest } else { &mut bout.native };
        bout.stage.burst(&mut **strategy, args.events);
        return Ok(());
    }
    let mut text = String::new();
    let mut rows = Vec::new();
    for work in WORKS {
        if args.only.as_ref().is_some_and(|only| only != work) {
            continue;
        }
        let mut bout = Bout::of(work)?;
        let [native, guest, more] = bout.compare(args.rounds)?;
        text += &format!(
            "{work:<20} native {:>6.1} ns, guest {:>6.1} ns, more {:>6.1} ns ({:.1} to {:.1}), shown {:.1} %\n",
            native.median,
            guest.median,
            more.median,
            more.min,
            more.max,
            100.0 * bout.shown
        );
        let [native, guest, more] = [native, guest, more].map(told);
        rows.push(json!({
            "work": work, "native_ns": native, "guest_ns": guest, "more_ns": more, "shown": bout.shown,
        }));
    }
    if args.json {
        text = format!("{:#}\n", Value::from(rows));
    }
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

fn told(spread: Spread) -> Value {
    json!({ "min": spread.min, "median": spread.median, "max": spread.max })
}

/// The same strategy twice, and what both play.
struct Bout {
    native: Box<dyn Strategy>,
    guest: Box<dyn Strategy>,
    stage: Stage,
    /// The part of the events that the guest is asked about.
    shown: f64,
}

impl Bout {
    fn of(work: &str) -> Result<Self, String> {
        let stage = Stage::of(work)?;
        let drop = (dip::DROP.0, dip::DROP.1 as f64);
        let windows = WINDOWS.map(|(name, span)| (name, f64::from(span)));
        let text = |text: &str| wat::parse_str(text).map_err(|error| error.to_string());
        let (native, wasm, settings): (_, _, Vec<(&str, f64)>) = match work {
            "passed-over-filtered" | "session-dip" => {
                (dip::native(), text(&dip::filtered())?, vec![drop])
            }
            "session-ema-cross" => (ema_cross(), EMA_CROSS.to_vec(), windows.to_vec()),
            "session-mid-cross" => {
                let book = (BOOK.0, f64::from(BOOK.1));
                (mid_cross(), MID_CROSS.to_vec(), [windows.as_slice(), &[book]].concat())
            }
            _ => (dip::native(), text(dip::GUEST)?, vec![drop]),
        };
        let guest = guest(&module(&wasm)?, &settings, stage.table())?;
        let events = stage.events();
        let shown = events.iter().filter(|event| guest.wants(event)).count() as f64;
        let shown = shown / events.len() as f64;
        Ok(Self { native, guest: Box::new(guest), stage, shown })
    }

    /// Nanoseconds of an event (of `decided`, a pair) natively, as a guest, and how much more that is.
    fn compare(&mut self, rounds: usize) -> Result<[Spread; 3], String> {
        let Self { native, guest, stage, .. } = self;
        let mut per_event = |strategy: &mut dyn Strategy| {
            let (took, orders) = stage.burst(strategy, stage.burst_length());
            (took.as_nanos() as f64 / stage.units() as f64, orders)
        };
        // Both are warm before anything counts.
        per_event(&mut **native);
        per_event(&mut **guest);
        let mut figures = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            let mut bursts = [const { Vec::new() }; 3];
            for _ in 0..BURSTS {
                let ((a, wanted), (b, found)) = (per_event(&mut **native), per_event(&mut **guest));
                if wanted != found {
                    return Err(format!("{wanted} orders natively, {found} of the guest"));
                }
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
}

fn module(wasm: &[u8]) -> Result<Module, String> {
    // One guest at a time: valgrind cannot give the address space of many.
    let limits = Limits { guests_max: 1, ..Limits::default() };
    let host = Host::new(&limits).map_err(|error| error.to_string())?;
    host.module(wasm).map_err(|error| error.to_string())
}

fn guest(module: &Module, settings: &[(&str, f64)], table: &[Instrument]) -> Result<Guest, String> {
    let settings: BTreeMap<String, f64> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    module.instantiate(&settings, table).map_err(|error| error.to_string())
}

/// Where a strategy plays.
enum Stage {
    /// Before a market that does not move.
    Still(Box<Desk>),
    /// A recorded session.
    Recorded(Recorded),
}

impl Stage {
    fn of(work: &str) -> Result<Self, String> {
        Ok(match work {
            "passed-over" | "passed-over-filtered" => Self::still(dip::passed_over(1_000), false),
            "looked-at" => Self::still(dip::looked_at(1_000), false),
            "decided" => Self::still(dip::decided(), true),
            _ => Self::Recorded(Recorded::read()?),
        })
    }

    fn still(events: Vec<Event>, afresh: bool) -> Self {
        Self::Still(Box::new(Desk::new(events, afresh)))
    }

    fn table(&self) -> &[Instrument] {
        match self {
            Self::Still(desk) => &desk.table,
            Self::Recorded(recorded) => &recorded.table,
        }
    }

    fn events(&self) -> &[Event] {
        match self {
            Self::Still(desk) => &desk.events,
            Self::Recorded(recorded) => &recorded.events,
        }
    }

    fn burst_length(&self) -> usize {
        match self {
            Self::Still(desk) if desk.afresh => BURST_AFRESH,
            Self::Still(_) => BURST,
            Self::Recorded(recorded) => recorded.events.len(),
        }
    }

    /// How often the unit of the work is in a burst.
    fn units(&self) -> usize {
        match self {
            Self::Still(desk) if desk.afresh => BURST_AFRESH / desk.events.len(),
            _ => self.burst_length(),
        }
    }

    /// How long that many events take, and the orders that a recorded session led to.
    fn burst(&mut self, strategy: &mut dyn Strategy, events: usize) -> (Duration, usize) {
        match self {
            Self::Still(desk) => (desk.burst(strategy, events), 0),
            Self::Recorded(recorded) => recorded.play(strategy, events),
        }
    }
}

/// Events and what lies around a strategy.
struct Desk {
    table: [Instrument; 1],
    events: Vec<Event>,
    market: Market,
    outbox: Outbox,
    /// True where each playing of the events needs a portfolio that knows of no order.
    afresh: bool,
}

impl Desk {
    fn new(events: Vec<Event>, afresh: bool) -> Self {
        let table = dip::table();
        Self { events, market: Market::new(&table, 16), outbox: Outbox::default(), afresh, table }
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
