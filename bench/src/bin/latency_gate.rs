//! `latency-gate`: holds this build to the latency goals, on this machine, in one run.

use clap::{Parser, ValueEnum};
use royale_bench::cores::Cores;
use royale_bench::gate::{ATTEMPTS, Bench, Limit, PARTS, Row, Verdict};
use royale_bench::progress::Progress;
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
  latency-gate                              a table, on any machine with two cores; three minutes
  latency-gate --only corridor --only zero  two parts of it
  latency-gate --profile isolated           percentiles decide too: cores of its own, nothing beside
  latency-gate --report hop                 a goal that is known to be missed here stops nothing
  latency-gate --json gate.json             the same for a program
  latency-gate --plots docs/img             and as pictures: hop.svg, append.svg, tick-to-order.svg

Of up to three attempts at a part that which misses least is shown, whole: its yardsticks are its own.
Instructions are counted by valgrind; without it the table says that they were not.

Exit codes: 0 all goals met, 6 one missed, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// What the host is: on a shared one, absolute times and high percentiles are only reported.
    #[arg(long, value_enum, default_value_t = Profile::Shared)]
    profile: Profile,
    /// Only this part; may be repeated.
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|part| part.name))]
    only: Vec<String>,
    /// Measure this part and tell what it misses, but let it not decide; may be repeated.
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|part| part.name))]
    report: Vec<String>,
    /// Write the rows as JSON to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw percentile curves with their goals into this folder, which is made.
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
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
    if let Some(folder) = &args.plots {
        // Now, and not after three minutes.
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let is_asked = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let parts: Vec<_> = PARTS.into_iter().filter(|part| is_asked(part.name)).collect();
    parts.iter().try_for_each(|part| part.check())?;
    let progress = Progress::on_terminal();
    println!(
        "{:<4} {:<46} {:>12}     {:>22}  {:<14} verdict",
        "goal", "what", "value", "held", "limit"
    );
    let mut rows = Vec::new();
    let (mut missed, mut told, mut not_run) = (0, 0, 0);
    for part in parts {
        let (number, measured) = part.attempt(&bench, |number| {
            let attempt = format!(", attempt {number} of at most {ATTEMPTS}");
            let attempt = if part.is_exact { "" } else { &attempt };
            progress.step(&format!("measuring: {}{attempt}", part.name));
        })?;
        progress.clear();
        for row in &measured.rows {
            println!("{}", line(row, isolated));
        }
        let count =
            |verdict| measured.rows.iter().filter(|r| r.verdict(isolated) == verdict).count();
        not_run += count(Verdict::NotRun);
        if args.report.iter().any(|name| name == part.name) {
            told += count(Verdict::Missed);
        } else {
            missed += count(Verdict::Missed);
        }
        if let Some(folder) = &args.plots {
            measured.pictures.iter().try_for_each(|picture| picture.write(folder))?;
        }
        rows.extend(measured.rows.iter().map(|row| {
            let mut row = row.json(isolated);
            row["part"] = json!(part.name);
            row["attempt"] = json!(number);
            row
        }));
    }
    if let Some(file) = &args.json {
        let text = format!("{:#}\n", json!({ "isolated": isolated, "rows": rows }));
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let goals = |count: usize| format!("{count} goal{}", if count == 1 { "" } else { "s" });
    if not_run > 0 {
        eprintln!("latency-gate: {} not measured here", goals(not_run));
    }
    if told > 0 {
        eprintln!("latency-gate: {} missed in parts that are only reported", goals(told));
    }
    if missed > 0 {
        eprintln!("latency-gate: {} missed", goals(missed));
    }
    Ok(missed == 0)
}

fn line(row: &Row, isolated: bool) -> String {
    let start = format!("{:<4} {:<46}", row.goal, row.what);
    if let Some(why) = &row.not_run {
        return format!("{start} not run: {why}");
    }
    let held = |limit: f64| {
        // Next to its limit two decimals would not tell on which side it lies.
        let is_near = !row.is_within() && (row.held - limit).abs() < 0.005;
        let decimals = if is_near { 4 } else { 2 };
        format!("{:.decimals$} {}", row.held, row.by)
    };
    let (held, limit) = match row.limit {
        Some((Limit::AtMost(limit), _)) => (held(limit), format!("≤ {limit}")),
        Some((Limit::AtLeast(limit), _)) => (held(limit), format!("≥ {limit}")),
        None => (String::new(), String::new()),
    };
    let verdict = match row.verdict(isolated) {
        Verdict::Met => "met",
        Verdict::Missed => "MISSED",
        Verdict::Reported => "not met (reported)",
        Verdict::Told | Verdict::NotRun => "",
    };
    let line =
        format!("{start} {:>12.1} {:<3} {held:>22}  {limit:<14} {verdict}", row.value, row.unit);
    line.trim_end().to_owned()
}
