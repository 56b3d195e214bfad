//! `scale`: what an event costs as strategies and instruments grow.

use clap::Parser;
use royale_bench::progress::Progress;
use royale_bench::scale::{Axis, Line, Plan, measure, picture, slope};
use royale_engine::pin::allowed_cores;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure what an event costs as strategies and instruments grow, on one thread
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  scale                                    both tables; a minute or two
  scale --only strategies --rounds 9       one of them, with more rounds
  scale --instruments 1,1000 --events 1000000
  scale --plots docs/img --json scale.json pictures, and the same for a program

Figures are nanoseconds of the thread's cpu time, medians of the rounds. Quotes are synthetic and seeded;
strategies compute features on each and do not order, but where a line says so.

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// Only this table: strategies or instruments.
    #[arg(long, value_name = "WHAT", value_parser = [Axis::Strategies.name(), Axis::Instruments.name()])]
    only: Option<String>,
    /// Only the line of this name, as the table's head has it.
    #[arg(long, value_name = "NAME")]
    line: Option<String>,
    /// Numbers of strategies, at most 64 each.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1,2,4,8,16,32,64",
        value_parser = clap::value_parser!(u32).range(1..=64))]
    strategies: Vec<u32>,
    /// Numbers of instruments.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1,10,100,1000,5000",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    instruments: Vec<u32>,
    /// Events of each run; the first tenth, or two for each instrument, warm it up.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    events: usize,
    /// Rounds, of which medians are taken.
    #[arg(long, value_name = "N", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Levels that a side of each book has room for; memory grows with it (battles have 8,192).
    #[arg(long, value_name = "N", default_value_t = 256)]
    levels: usize,
    /// Pin the run to this cpu; by default to the last one that the process may use.
    #[arg(long)]
    cpu: Option<usize>,
    /// Write the figures as JSON to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw scale-strategies.svg and scale-instruments.svg into this folder, which is made.
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// Where journals are written for the time of a run.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scale: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let cpu = args.cpu.or(allowed_cores().last().copied()).ok_or("no cpu may be used")?;
    let (events, rounds, levels) = (args.events, args.rounds as usize, args.levels);
    let (folder, line) = (args.dir.as_path(), args.line.as_deref());
    let plan = Plan { cpu, events, rounds, levels, folder, line };
    if let Some(folder) = &args.plots {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let progress = Progress::on_terminal();
    let mut documents = Vec::new();
    for (axis, counts) in
        [(Axis::Strategies, &args.strategies), (Axis::Instruments, &args.instruments)]
    {
        if args.only.as_ref().is_some_and(|only| only != axis.name()) {
            continue;
        }
        let mut counts: Vec<usize> = counts.iter().map(|&count| count as usize).collect();
        counts.sort_unstable();
        counts.dedup();
        let lines = measure(axis, &counts, &plan, |round, count| {
            progress.step(&format!("round {round} of {rounds}: {count} {}", axis.name()));
        })?;
        progress.clear();
        if lines.is_empty() {
            continue;
        }
        print!("{}", table(axis, &lines));
        if let Some(folder) = &args.plots {
            picture::write(axis, &lines, folder)?;
        }
        documents.extend(lines.iter().map(|line| document(axis, line)));
    }
    if documents.is_empty() {
        return Err(format!("no table has a line {:?}", args.line.as_deref().unwrap_or_default()));
    }
    if let Some(file) = &args.json {
        let all =
            json!({ "events": events, "rounds": rounds, "levels": levels, "lines": documents });
        std::fs::write(file, format!("{all:#}\n"))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn table(axis: Axis, lines: &[Line]) -> String {
    let mut text = format!("nanoseconds an event: median (least–most)\n{:<12}", axis.name());
    text.extend(lines.iter().map(|line| format!("{:>28}", line.name)));
    text.push_str("   KiB in memory\n");
    let points = lines.first().map_or(0, |line| line.points.len());
    for at in 0..points {
        let row: Vec<_> = lines.iter().filter_map(|line| line.points.get(at)).collect();
        let Some(first) = row.first() else { continue };
        text.push_str(&format!("{:<12}", first.count));
        for point in &row {
            let ns = point.ns;
            let cell = format!("{:.1} ({:.1}–{:.1})", ns.median, ns.min, ns.max);
            text.push_str(&format!("{cell:>28}"));
        }
        text.push_str(&format!("{:>16}\n", first.resident / 1024));
    }
    if axis == Axis::Strategies {
        text.push_str(&format!("{:<12}", "each adds"));
        for line in lines {
            let cell = slope(line).map_or_else(|| "-".to_owned(), |ns| format!("{ns:.2}"));
            text.push_str(&format!("{cell:>28}"));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

fn document(axis: Axis, line: &Line) -> Value {
    let points: Vec<Value> = line
        .points
        .iter()
        .map(|point| {
            json!({
                "count": point.count,
                "ns": point.ns.median, "ns_least": point.ns.min, "ns_most": point.ns.max,
                "resident_bytes": point.resident,
            })
        })
        .collect();
    json!({ "axis": axis.name(), "line": line.name, "slope_ns": slope(line), "points": points })
}
