//! `flood`: what a flood of commands does to the engine that hears them.

use clap::Parser;
use royale_bench::flood::client::Mix;
use royale_bench::flood::engine::Engine;
use royale_bench::flood::piece;
use royale_bench::flood::report::Report;
use royale_bench::flood::run::{self, Plan};
use royale_bench::flood::{Kind, window::Window};
use royale_engine::pin::allowed_cores;
use rustix::thread::{CpuSet, sched_setaffinity};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measure what a flood of commands does to the engine's latency
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  cargo build --release && flood --engine target/release/royale
  flood --engine target/release/royale --mix commands --rate 20000 --turns 4
  flood --engine target/release/royale --others-max 0.02 --json

Plays the configuration at a pace, and cuts each run into windows of three kinds, in random order:
idle, nobody asks anything; stand-in, clients talk to a thread that answers as the engine does, so that
the other core is as busy as in a flood and the engine hears nothing; flood, they talk to the engine.
Half of what they ask are questions, half are commands that are refused and so go through every stage
and onto the journal. The engine's hot thread has the first cpu for itself, where there are two.

Three runs are a turn: each piece of the tape is once in a window of each kind. What is compared is
latency from the moment at which an event was due to the end of its work: the ratios of percentiles at
the same piece, their median, the quartiles, and the 95 % interval of the median (sign test).

Where other programs run they take the hot thread's cpu now and then, and more often when the other
one is busy: the table says for how long, and --others-max leaves such windows out.

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// The engine: a release build of `royale`.
    #[arg(long, value_name = "FILE")]
    engine: PathBuf,
    /// What it runs.
    #[arg(long, value_name = "FILE", default_value = "deploy/battle.toml")]
    config: PathBuf,
    /// Pace of the tapes.
    #[arg(long, value_name = "PACE", default_value = "600x")]
    speed: String,
    /// Requests in a second that all clients together try to make.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    rate: u64,
    /// What they ask.
    #[arg(long, value_enum, default_value_t = Mix::Half)]
    mix: Mix,
    /// Clients.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=15))]
    clients: u32,
    /// Length of a window, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u64).range(10..=1500))]
    window_ms: u64,
    /// Turns of three runs, each from the tapes' beginning to their end.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    turns: u64,
    /// Of the windows' order.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leave out windows in which others had the hot thread's cpu, the pause before them included, for
    /// more than so many percent of their length.
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0)]
    others_max: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flood: {error}");
            ExitCode::from(1)
        }
    }
}

fn measure(args: &Args) -> Result<(), String> {
    let plan = Plan {
        length: Duration::from_millis(args.window_ms),
        clients: args.clients,
        every: Duration::from_secs_f64(f64::from(args.clients) / args.rate as f64),
        mix: args.mix,
        seed: args.seed,
    };
    let mut pieces = Vec::new();
    for turn in 0..args.turns {
        let mut runs = [Vec::new(), Vec::new(), Vec::new()];
        for (nth, windows) in runs.iter_mut().enumerate() {
            eprintln!("run {} of {}", turn * 3 + nth as u64 + 1, args.turns * 3);
            // Each turn has an order of its own.
            *windows = run(args, &Plan { seed: args.seed.wrapping_add(turn), ..plan }, nth)?;
        }
        pieces.extend(piece::of_runs(runs));
    }
    let report = Report::of(pieces, args.others_max / 100.0)?;
    let text = if args.json { format!("{:#}\n", report.json()) } else { report.text() };
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

/// One run of the engine.
fn run(args: &Args, plan: &Plan, nth: usize) -> Result<Vec<(Kind, Window)>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let cpus = allowed_cores();
    let mut engine = Engine::start(&args.engine, &args.config, &args.speed, folder.path(), &cpus)?;
    // On a thread of its own: the next run's engine may run where the one may that starts it.
    let windows = std::thread::scope(|scope| {
        let measured = scope.spawn(|| {
            leave_to_engine(&cpus)?;
            run::windows(&mut engine, plan, nth)
        });
        measured.join().map_err(|_| "the measuring thread panicked".to_owned())?
    })?;
    engine.wait()?;
    Ok(windows)
}

/// Lets the calling thread and all that it starts run where the engine's hot thread does not.
fn leave_to_engine(cpus: &[usize]) -> Result<(), String> {
    let [first, rest @ ..] = cpus else { return Ok(()) };
    if rest.is_empty() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    rest.iter().filter(|cpu| **cpu < CpuSet::MAX_CPU).for_each(|cpu| set.set(*cpu));
    sched_setaffinity(None, &set).map_err(|error| format!("cannot keep off cpu {first}: {error}"))
}
