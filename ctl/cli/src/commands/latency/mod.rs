//! `ctl latency`: how long the engine takes, from the running one or from a finished run.
//!
//! `source` finds the histograms, `export` writes them for other programs; here they are chosen and
//! shown.

mod export;
mod source;

use crate::args::SourceArgs;
use crate::failure::{Code, Failure};
use crate::names;
use crate::out;
use crate::table::{Cell, Table};
use clap::Args;
use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType};
use royale_codec::latency::{LatencyFile, LatencyRow, TimeBase};
use source::Source;
use std::path::PathBuf;
use std::time::Duration;

/// `ctl latency`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl latency\n  ctl latency --watch\n  ctl latency --slot trend\n  \
                  ctl latency --journal runs/battle-7 --json\n  \
                  ctl latency --only tick-to-order --hgrm tick-to-order.hgrm\n  \
                  ctl latency --svg latency.svg\n\n\
                  Times are nanoseconds in files and in JSON. `order-to-ack` is in the time of \
                  events: the venue's, or the simulation's."
)]
pub struct LatencyArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Only the histograms of this slot
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// Only these histograms, such as tick-to-order; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Write percentile distributions in HdrHistogram's text format: one histogram into a file, or
    /// each into a file of its own in a folder
    #[arg(long, value_name = "FILE|DIR")]
    hgrm: Option<PathBuf>,
    /// Draw the percentiles; without --only and --slot those of the whole run
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Ask the running engine again every so many seconds, until it ends
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "1",
          value_parser = clap::value_parser!(u64).range(1..=3600),
          conflicts_with_all = ["journal", "hgrm", "svg"])]
    watch: Option<u64>,
}

/// Runs it.
///
/// # Errors
/// No engine and no finished run, nothing recorded, no such slot or histogram, or a file that cannot
/// be written.
pub fn run(args: &LatencyArgs) -> Result<(), Failure> {
    if let Some(seconds) = args.watch {
        return watch(args, Duration::from_secs(seconds));
    }
    let source = Source::find(&args.source)?;
    let rows = chosen(args, source.rows()?)?;
    if args.hgrm.is_none() && args.svg.is_none() {
        return show(args, &rows);
    }
    let whole = source.whole(&rows)?;
    if let Some(path) = &args.hgrm {
        export::hgrm(path, &whole)?;
    }
    if let Some(path) = &args.svg {
        let is_chosen = args.slot.is_some() || !args.only.is_empty();
        let of_run = |row: &LatencyRow| row.slot.is_none() && row.time == TimeBase::Wall;
        let drawn: Vec<_> = whole.iter().filter(|(row, _)| is_chosen || of_run(row)).collect();
        export::svg(path, &source.title(), &drawn)?;
    }
    Ok(())
}

/// Shows the running engine's again and again; its end is ours.
fn watch(args: &LatencyArgs, pause: Duration) -> Result<(), Failure> {
    let source = Source::live(&args.source);
    let mut is_first = true;
    loop {
        let rows = match source.rows() {
            Err(failure) if failure.is(Code::NotRunning) && !is_first => return Ok(()),
            rows => chosen(args, rows?)?,
        };
        if args.source.json {
            out::json_line(&document(&rows))?;
        } else {
            if out::is_terminal() {
                // A terminal that goes away is noticed by the table.
                let _ = queue!(std::io::stdout(), Clear(ClearType::All), MoveTo(0, 0));
            } else if !is_first {
                out::data("\n")?;
            }
            out::data(&table(&rows).render(out::colours()))?;
        }
        is_first = false;
        std::thread::sleep(pause);
    }
}

/// The rows that were asked for, by slot and by name.
fn chosen(args: &LatencyArgs, mut rows: Vec<LatencyRow>) -> Result<Vec<LatencyRow>, Failure> {
    if rows.is_empty() {
        return Err(Failure::not_found("this run recorded no latency")
            .remedy("start one with latency.record = \"ends\" or \"stages\""));
    }
    if let Some(slot) = &args.slot {
        let mut known: Vec<String> = rows.iter().filter_map(|row| row.slot.clone()).collect();
        known.dedup();
        if !known.contains(slot) {
            return Err(names::no_slot(slot, &known));
        }
        rows.retain(|row| row.slot.as_ref() == Some(slot));
    }
    for name in &args.only {
        if !rows.iter().any(|row| row.name == *name) {
            let mut known: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
            known.dedup();
            known.truncate(16);
            return Err(Failure::not_found(format!("no histogram is called `{name}` here"))
                .remedy(format!("one of {}", known.join(", "))));
        }
    }
    rows.retain(|row| args.only.is_empty() || args.only.contains(&row.name));
    if !args.source.json && args.only.is_empty() && args.slot.is_none() {
        // Most slots keep what they began with: to people that is no row each, unless they ask.
        rows.retain(|row| row.count > 0 || row.slot.is_none() || row.name != "swap");
    }
    Ok(rows)
}

fn show(args: &LatencyArgs, rows: &[LatencyRow]) -> Result<(), Failure> {
    if args.source.json {
        return out::json(&document(rows));
    }
    out::data(&table(rows).render(out::colours()))
}

/// What `--json` prints: the rows without their buckets.
fn document(rows: &[LatencyRow]) -> LatencyFile {
    let figures = |row: &LatencyRow| LatencyRow { histogram: None, ..row.clone() };
    LatencyFile::new(rows.iter().map(figures).collect())
}

fn table(rows: &[LatencyRow]) -> Table {
    let mut table = Table::new(&[
        "histogram",
        "slot",
        "#samples",
        "#p50",
        "#p90",
        "#p99",
        "#p99.9",
        "#p99.99",
        "#max",
    ]);
    for row in rows {
        let time = |value: u64| if row.count == 0 { "–".into() } else { nanos(value) };
        table.row(vec![
            Cell::new(&row.name),
            Cell::new(row.slot.as_deref().unwrap_or("–")),
            row.count.to_string().into(),
            time(row.p50_ns).into(),
            time(row.p90_ns).into(),
            time(row.p99_ns).into(),
            time(row.p99_9_ns).into(),
            time(row.p99_99_ns).into(),
            time(row.max_ns).into(),
        ]);
    }
    table
}

/// Nanoseconds for people.
fn nanos(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} ns"),
        1_000..1_000_000 => format!("{:.1} µs", value as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", value as f64 / 1e6),
        _ => format!("{:.2} s", value as f64 / 1e9),
    }
}
