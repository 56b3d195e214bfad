//! `latency-gate`: holds this build to the latency goals, on this machine, in one run.

use clap::{Parser, ValueEnum};
use royale_bench::cores::Cores;
use royale_bench::gate::{Bench, Limit, PARTS, Row, Verdict, attempt};
use royale_bench::zero::Counting;
use royale_engine::pin::allowed_cores;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

// What the threads of the corridor ask of it is one of the goals.
#[global_allocator]
static COUNTING: Counting = Counting;

/// Hold this build to its latency goals: ratios to the machine's own limits, measured beside them
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  latency-gate                              a table, on any machine with two cores
  latency-gate --only corridor --only zero  two parts of it
  latency-gate --profile isolated           percentiles decide too: cores of its own, nothing beside
  latency-gate --report hop                 a goal that is known to be missed here stops nothing
  latency-gate --json gate.json             the same for a program

Exit codes: 0 all goals met, 6 one missed, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// What the host is: on a shared one, absolute times and high percentiles are only reported.
    #[arg(long, value_enum, default_value_t = Profile::Shared)]
    profile: Profile,
    /// Only this part; may be repeated.
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|(name, ..)| name))]
    only: Vec<String>,
    /// Measure this part and tell what it misses, but let it not decide; may be repeated.
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|(name, ..)| name))]
    report: Vec<String>,
    /// Write the rows as JSON to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where journals are written for the time of a measurement.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// Other work may run beside it.
    Shared,
    /// The cores are its own.
    Isolated,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(6),
        Err(error) => {
            eprintln!("latency-gate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<bool, String> {
    let isolated = args.profile == Profile::Isolated;
    // Read before anything is pinned: a pinned thread sees its one core only.
    let allowed = allowed_cores();
    let bench =
        Bench { cores: Cores::first_two()?, allowed: &allowed, folder: &args.dir, isolated };
    println!(
        "{:<4} {:<46} {:>12}     {:>22}  {:<14} verdict",
        "goal", "what", "value", "held", "limit"
    );
    let mut rows = Vec::new();
    let (mut missed, mut told) = (0, 0);
    for (name, part, is_exact) in PARTS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        let measured =
            attempt(part, is_exact, &bench).map_err(|error| format!("{name}: {error}"))?;
        for row in &measured {
            println!("{}", line(row, isolated));
        }
        let misses = measured.iter().filter(|row| row.verdict(isolated) == Verdict::Missed).count();
        if args.report.iter().any(|part| part == name) {
            told += misses;
        } else {
            missed += misses;
        }
        rows.extend(measured);
    }
    if let Some(file) = &args.json {
        let rows: Vec<_> = rows.iter().map(|row| row.json(isolated)).collect();
        let text = format!("{:#}\n", json!({ "isolated": isolated, "rows": rows }));
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let goals = |count: usize| format!("{count} goal{}", if count == 1 { "" } else { "s" });
    if told > 0 {
        eprintln!("latency-gate: {} missed in parts that are only reported", goals(told));
    }
    if missed > 0 {
        eprintln!("latency-gate: {} missed", goals(missed));
    }
    Ok(missed == 0)
}

fn line(row: &Row, isolated: bool) -> String {
    let held = format!("{:.2} {}", row.held, row.by);
    let (held, limit) = match row.limit {
        Some((Limit::AtMost(limit), _)) => (held, format!("≤ {limit}")),
        Some((Limit::AtLeast(limit), _)) => (held, format!("≥ {limit}")),
        None => (String::new(), String::new()),
    };
    let verdict = match row.verdict(isolated) {
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::Reported => "not met (reported)",
        Verdict::Told => "",
    };
    format!(
        "{:<4} {:<46} {:>12.1} {:<3} {held:>22}  {limit:<14} {verdict}",
        row.goal, row.what, row.value, row.unit
    )
}
