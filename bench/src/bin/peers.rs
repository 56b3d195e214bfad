//! Our half of the comparison with peers: one round of one work, as rows of JSON.
//!
//! `bench/peers/compare.py` calls it once a round and makes the table; `bench/peers/README.md` has
//! the shape of the rows.

use clap::{Parser, Subcommand};
use royale_bench::backtest::Work;
use royale_bench::cores::Cores;
use royale_bench::periodic::Style;
use royale_bench::streams::{self, Stream};
use royale_bench::{hop, stream};
use royale_engine::pin::allowed_cores;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use zerocopy::IntoBytes;

/// Our half of the comparison with peers.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  peers hop                                  one hop over every queue, a line each
  peers stream --json                        a row of JSON for every queue and round
  peers backtest --only l1-taking            one backtest, without and with a journal
  peers data target/peers/data               the streams as files, for the peers

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the streams as files of 64-byte events, for the peers to read.
    Data {
        /// Folder for `l1.events` and `l2.events`.
        folder: PathBuf,
        #[command(flatten)]
        size: Size,
    },
    /// One hop of 64 bytes between two threads, over our ring and over the queues of other crates.
    Hop(Threads),
    /// A stream of 64-byte messages between two threads, over the same.
    Stream(Threads),
    /// Run the backtests once each, without and with a journal.
    Backtest {
        /// Print rows of JSON instead of text.
        #[arg(long)]
        json: bool,
        /// Pin the run to this cpu; by default to the last one that the process may use.
        #[arg(long)]
        cpu: Option<usize>,
        /// Where journals are written for the time of a run.
        #[arg(long, default_value_os_t = std::env::temp_dir())]
        journals: PathBuf,
        /// Run only the works whose name contains this.
        #[arg(long, default_value = "")]
        only: String,
        #[command(flatten)]
        size: Size,
    },
}

#[derive(clap::Args)]
struct Threads {
    /// Print rows of JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Pin the one thread to this cpu; by default to the first that the process may use.
    #[arg(long)]
    cpu: Option<usize>,
    /// Pin the other thread to this one; by default to the second.
    #[arg(long)]
    other_cpu: Option<usize>,
}

impl Threads {
    fn cores(&self) -> Result<Cores, String> {
        match (self.cpu, self.other_cpu) {
            (Some(one), Some(other)) => Ok(Cores([one, other])),
            (None, None) => Cores::first_two(),
            _ => Err("--cpu and --other-cpu belong together".to_owned()),
        }
    }
}

#[derive(clap::Args)]
struct Size {
    /// Quotes of the L1 stream.
    #[arg(long, default_value_t = streams::QUOTES)]
    quotes: usize,
    /// One quote in this many moves the price.
    #[arg(long, default_value_t = streams::MOVES)]
    moves: u64,
    /// How often the recorded depth is played.
    #[arg(long, default_value_t = streams::REPEATS)]
    repeats: usize,
}

/// Events from one order to the next, as near as whole messages allow.
const EVENTS_PER_ORDER: usize = 100;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Hop(threads) => hop(&threads),
        Command::Stream(threads) => stream(&threads),
        Command::Data { folder, size } => data(&folder, &size),
        Command::Backtest { json, cpu, journals, only, size } => {
            backtest(json, cpu, &journals, &only, &size)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Lines in each queue.
const CAPACITY: usize = 128;

fn hop(threads: &Threads) -> Result<(), String> {
    let round = Duration::from_millis(100);
    let (cores, poll) = (threads.cores()?, hop::Poll::Plain);
    let plan = hop::Plan { cores, capacity: CAPACITY, round, rounds: 5, poll };
    for hops in hop::compare(&plan, &hop::CONTENDERS) {
        if threads.json {
            for round in &hops.rounds {
                let [p99, p999] = [0.99, 0.999].map(|quantile| round.hop_ns(quantile));
                let p50 = round.midmean_ns();
                let row = json!({
                    "work": "hop", "peer": hops.name, "unit": "ns",
                    "p50": p50, "p99": p99, "p999": p999,
                });
                println!("{row}");
            }
        } else {
            let [p50, p99, p999] = [hops.p50, hops.p99, hops.p999].map(|at| at.ns.median);
            println!(
                "{}: p50 {p50:.1} ns ({:.2} L), p99 {p99:.1} ns, p99.9 {p999:.1} ns",
                hops.name, hops.p50.ratio.median
            );
        }
    }
    Ok(())
}

fn stream(threads: &Threads) -> Result<(), String> {
    let cores = threads.cores()?;
    let plan = stream::Plan { cores, capacity: CAPACITY, lines: 2_000_000, batch: 32, rounds: 5 };
    for throughput in stream::compare(&plan, &stream::CONTENDERS) {
        let name = throughput.name;
        let batched = name.contains("batched") || name.contains("chunks");
        let work = if batched { "stream-batched" } else { "stream" };
        if threads.json {
            for value in &throughput.rounds {
                let unit = "M msg/s";
                println!("{}", json!({ "work": work, "peer": name, "unit": unit, "value": value }));
            }
        } else {
            println!(
                "{work}, {name}: {:.1} M msg/s ({:.2} S)",
                throughput.mlines_s.median, throughput.ratio.median
            );
        }
    }
    Ok(())
}

fn data(folder: &Path, size: &Size) -> Result<(), String> {
    let write = |name: &str, stream: &Stream| {
        let path = folder.join(name);
        std::fs::write(&path, stream.events.as_bytes())
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write("l1.events", &streams::quotes(size.quotes, size.moves))?;
    write("l2.events", &streams::depth(size.repeats)?)
}

fn backtest(
    json: bool,
    cpu: Option<usize>,
    journals: &Path,
    only: &str,
    size: &Size,
) -> Result<(), String> {
    let cpu = cpu.or(allowed_cores().last().copied()).ok_or("no cpu may be used")?;
    let feeds =
        [("l1", streams::quotes(size.quotes, size.moves)), ("l2", streams::depth(size.repeats)?)];
    for (feed, stream) in &feeds {
        for (name, style) in [("taking", Style::Taking), ("resting", Style::Resting)] {
            let name = format!("backtest-{feed}-{name}");
            if !name.contains(only) {
                continue;
            }
            let every = every(stream);
            let work = Work { stream, style, every };
            // The first run is not measured: it tells what is traded and warms the stream.
            let trades = work.trades(cpu)?;
            let rows = [
                ("royale", work.without_journal(cpu)?),
                ("royale, journal on", work.with_journal(cpu, journals)?),
            ];
            for (peer, took) in rows {
                let events = stream.events.len();
                let (per_second, per_cpu_second) =
                    (rate(events, took.wall), rate(events, took.cpu));
                if json {
                    let row = json!({
                        "work": name, "peer": peer, "unit": "M events/s", "value": per_second,
                        "cpu_value": per_cpu_second,
                        "events": events, "every": every, "orders": trades.orders,
                        "fills": trades.fills, "refused": trades.refused,
                        // Whole micro-units: exact, and in reach of a peer's floats.
                        "cash_micro": i64::try_from(trades.cash / 1_000_000_000_000).ok(),
                    });
                    println!("{row}");
                } else {
                    println!("{name}, {peer}: {per_second:.2} M events/s, {trades:?}");
                }
            }
        }
    }
    Ok(())
}

/// Messages from one order to the next.
fn every(stream: &Stream) -> u64 {
    let messages = EVENTS_PER_ORDER * stream.messages;
    (messages / stream.events.len().max(1)).max(1) as u64
}

fn rate(events: usize, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64() / 1e6
}
