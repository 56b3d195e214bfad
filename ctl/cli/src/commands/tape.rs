//! `ctl tape …`: recordings become tapes, tapes are inspected, packed and unpacked.

use super::journal::hex;
use crate::failure::{Code, Failure};
use crate::out;
use crate::table::{Cell, Table};
use clap::{Args, Subcommand};
use royale_codec::{EventCounts, ImportOptions, import, pack, unpack};
use royale_journal::{Preamble, Purpose, Reader, Record, write_tape};
use royale_model::Event;
use royale_plane::stamp;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `ctl tape`.
#[derive(Subcommand, Debug)]
pub enum TapeCommand {
    /// Make a tape of a recorded session; says what was found, and what is missing
    #[command(
        after_help = "Examples:\n  ctl tape import recordings/kalshi/20260514T002426Z --out btc.tape\n  \
        ctl tape import a.gz b.gz --out btc.tapez --json\n\nA name that ends in .tapez packs the tape."
    )]
    Import(ImportArgs),
    /// What is on a tape
    #[command(
        after_help = "Examples:\n  ctl tape info deploy/tapes/kalshi-btc15m-20260514T002426Z.tapez"
    )]
    Info(InfoArgs),
    /// Pack a tape for keeping
    #[command(after_help = "Examples:\n  ctl tape pack btc.tape --out btc.tapez")]
    Pack(ConvertArgs),
    /// Unpack a packed tape
    #[command(after_help = "Examples:\n  ctl tape unpack btc.tapez --out btc.tape")]
    Unpack(ConvertArgs),
}

/// `ctl tape import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// A recorded Kalshi session folder, or recorded Binance files to be merged
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The tape to write; never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print the import report as JSON
    #[arg(long)]
    json: bool,
}

/// `ctl tape info`.
#[derive(Args, Debug)]
pub struct InfoArgs {
    /// A tape, packed or not
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `ctl tape pack` and `unpack`.
#[derive(Args, Debug)]
pub struct ConvertArgs {
    /// The tape to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tape to write; never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs one of them.
///
/// # Errors
/// Whatever it says.
pub fn run(command: &TapeCommand) -> Result<(), Failure> {
    match command {
        TapeCommand::Import(args) => run_import(args),
        TapeCommand::Info(args) => info(args),
        TapeCommand::Pack(args) | TapeCommand::Unpack(args) => {
            let wants_packed = matches!(command, TapeCommand::Pack(_));
            if is_packed(&args.out) != wants_packed {
                let end = if wants_packed { ".tapez" } else { ".tape, not .tapez" };
                let message = format!("{}: its name must end in {end}", args.out.display());
                return Err(Failure::new(Code::Usage, message));
            }
            let (preamble, events) = read(&args.file)?;
            write(&args.out, &preamble, &events)
        }
    }
}

fn run_import(args: &ImportArgs) -> Result<(), Failure> {
    let live = out::is_live();
    let mut shown = 0;
    let mut progress = |p: royale_codec::Progress| {
        let percent = p.bytes_done.saturating_mul(100) / p.bytes_total.max(1);
        if live && percent > shown {
            shown = percent;
            eprint!("\rreading {percent} %");
        }
    };
    let imported = import(&args.paths, &ImportOptions::default(), &mut progress);
    if shown > 0 {
        eprintln!();
    }
    let imported = imported.map_err(Failure::error)?;
    write(&args.out, &imported.preamble(), &imported.events)?;
    if args.json {
        out::json(&imported.report)
    } else {
        out::data(&format!("{}\n", imported.report))
    }
}

fn info(args: &InfoArgs) -> Result<(), Failure> {
    let (preamble, events) = read(&args.file)?;
    let counts = EventCounts::of(&events);
    let (first, last) = (events.first().map(Event::time), events.last().map(Event::time));
    if args.json {
        let symbols: Vec<String> =
            preamble.instruments.iter().map(|i| i.symbol.to_string()).collect();
        return out::json(&json!({
            "tape": args.file.display().to_string(),
            "origin": preamble.config,
            "events": counts,
            "first": first.map(stamp),
            "last": last.map(stamp),
            "instruments": symbols,
        }));
    }
    let mut text = format!("{}\n{}\n", args.file.display(), clean_lines(&preamble.config));
    if let (Some(first), Some(last)) = (first, last) {
        let seconds = last.since(first).as_secs_f64();
        text.push_str(&format!("{} to {} UTC, {seconds:.1} s\n", stamp(first), stamp(last)));
    }
    text.push_str(&format!(
        "{} events: {} book deltas, {} trades, {} quotes, {} odds, {} gaps, {} settlements\n\n",
        counts.total,
        counts.book_deltas,
        counts.trades,
        counts.quotes,
        counts.odds,
        counts.gaps,
        counts.settlements
    ));
    let mut table = Table::new(&["##", "instrument", "venue", "kind", "#events"]);
    for (index, instrument) in preamble.instruments.iter().enumerate() {
        let mine = events.iter().filter(|event| event.instrument().index() == index).count();
        table.row(vec![
            index.to_string().into(),
            Cell::new(instrument.symbol.as_str()),
            instrument.venue.name().into(),
            format!("{:?}", instrument.kind).into(),
            mine.to_string().into(),
        ]);
    }
    out::data(&(text + &table.render(out::colours())))
}

fn clean_lines(text: &str) -> String {
    text.lines().map(out::clean).collect::<Vec<_>>().join("\n")
}

/// Reads a tape in either form.
fn read(path: &Path) -> Result<(Preamble, Vec<Event>), Failure> {
    let (preamble, events) = if is_packed(path) {
        let bytes = std::fs::read(path).map_err(|error| Failure::io(path, "read", &error))?;
        unpack(&bytes)
            .map_err(|error| Failure::new(Code::Mismatch, format!("{}: {error}", path.display())))?
    } else {
        let mut reader = Reader::open(path)?;
        let mut events = Vec::new();
        while let Some(record) = reader.next_record()? {
            if let Record::Event(event) = record {
                events.push(event);
            }
        }
        (reader.preamble().clone(), events)
    };
    if preamble.purpose != Purpose::Tape {
        let message = format!("{}: this is the journal of a run, not a tape", path.display());
        return Err(Failure::error(message).remedy("ctl journal dump shows journals"));
    }
    Ok((preamble, events))
}

/// Writes a tape in the form that its name says.
fn write(path: &Path, preamble: &Preamble, events: &[Event]) -> Result<(), Failure> {
    if is_packed(path) {
        let bytes = pack(preamble, events).map_err(Failure::error)?;
        let exists = "the file exists; a tape is never overwritten";
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(
                |error| match error.kind() {
                    std::io::ErrorKind::AlreadyExists => {
                        Failure::new(Code::Refused, format!("{}: {exists}", path.display()))
                    }
                    _ => Failure::io(path, "create", &error),
                },
            )?;
        std::io::Write::write_all(&mut file, &bytes)
            .map_err(|error| Failure::io(path, "write", &error))?;
        out::remark(&format!(
            "{}: {} events in {} bytes",
            path.display(),
            events.len(),
            bytes.len()
        ));
    } else {
        if path.exists() {
            let message =
                format!("{}: the file exists; a tape is never overwritten", path.display());
            return Err(Failure::new(Code::Refused, message).remedy("name another file"));
        }
        let summary = write_tape(path, preamble, events)?;
        let seal = hex(&summary.seal);
        out::remark(&format!("{}: {} events, seal {seal}", path.display(), events.len()));
    }
    Ok(())
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "tapez")
}
