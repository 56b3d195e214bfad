//! `cargo run --release -p royale-bench --bin instructions`: instruction counts of every unit,
//! against the committed ones. docs/benchmarks.md says how to read them.

use clap::Parser;
use royale_bench::instructions::{self, Committed, Error, Row, Verdict};
use royale_bench::progress::Progress;
use std::process::ExitCode;

/// Counts the instructions of every unit, and holds them against bench/instructions.json
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  instructions                       every unit beside its committed count; a minute
  instructions --only risk           a group of units, or one: risk/approve
  instructions --json                the same for a program
  instructions --only risk --bless   commit what is counted now, with the reason in the commit message

Exit codes: 0 all within 2 %, 1 nothing could be counted, 2 usage, 3 no such unit,
6 some unit costs more than 2 % above its committed figure, or has none"
)]
struct Arguments {
    /// Commit what is counted now; look first why it changed
    #[arg(long)]
    bless: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Count this unit, or group of units, only; may be given more than once
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

fn main() -> ExitCode {
    if let Some(done) = instructions::child() {
        return done;
    }
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(if matches!(error, Error::UnknownUnit { .. }) { 3 } else { 1 })
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let path = Committed::path();
    let whole = arguments.only.is_empty();
    let committed = match Committed::read(&path) {
        // Figures that are all made anew need no old ones.
        Err(_) if arguments.bless && whole => Committed::none(),
        read => read?,
    };
    let progress = Progress::on_terminal();
    let rows = instructions::measure(&arguments.only, &committed, |begun, all| {
        progress.step(&format!("counting: {begun} of {all}"));
    })?;
    progress.clear();
    if arguments.json {
        println!("{:#}", serde_json::Value::Array(rows.iter().map(document).collect()));
    } else {
        table(&rows);
    }
    if let Some(foreign) = committed.foreign() {
        eprintln!("note: {foreign}");
    }
    if arguments.bless {
        committed.blessed(&rows, whole).write(&path)?;
        eprintln!("blessed: {}", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let red: Vec<&Row> = rows.iter().filter(|row| !row.verdict().passes()).collect();
    if red.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = red.iter().map(|row| row.unit.as_str()).collect();
    eprintln!(
        "{} of {} units cost more than 2 % above the committed figure, or have none: {}\n\
         Find out why. If it must be so, commit the new figures with a reason: \
         `cargo run --release -p royale-bench --bin instructions -- --bless`",
        red.len(),
        rows.len(),
        names.join(", ")
    );
    Ok(ExitCode::from(6))
}

fn table(rows: &[Row]) {
    println!("{:<33}{:>13}{:>13}{:>9}  verdict", "unit", "instructions", "committed", "change");
    for row in rows {
        let committed =
            row.committed.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.2}"));
        let change = row
            .change()
            .map_or_else(|| "-".to_owned(), |change| format!("{:+.2} %", change * 100.0));
        println!(
            "{:<33}{:>13.2}{committed:>13}{change:>9}  {}",
            row.unit,
            row.instructions,
            row.verdict().name()
        );
    }
}

fn document(row: &Row) -> serde_json::Value {
    let verdict = match row.verdict() {
        Verdict::Same => "same",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::New => "new",
    };
    serde_json::json!({
        "unit": row.unit,
        "repetition": row.repetition,
        "instructions": row.instructions,
        "committed": row.committed,
        "change": row.change(),
        "verdict": verdict,
    })
}
