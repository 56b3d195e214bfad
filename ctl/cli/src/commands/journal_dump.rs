//! `ctl journal dump` and `ctl journal tail`: records, decoded.

use crate::args::SocketArgs;
use crate::failure::Failure;
use crate::record_text::{is_kind, json, line, record_seq};
use crate::{out, run_folder, source};
use clap::Args;
use royale_journal::{Preamble, Reader, Record};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

const KINDS: [&str; 15] = [
    "event",
    "decision",
    "verdict",
    "order",
    "slot",
    "quote",
    "trade",
    "book-delta",
    "bar",
    "odds",
    "gap",
    "settlement",
    "execution-report",
    "command",
    "timer",
];

/// `ctl journal dump`.
#[derive(Args, Debug)]
pub struct DumpArgs {
    /// A battle, a run, a journal folder or a tape
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// First sequence number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    from: u64,
    /// Last sequence number
    #[arg(long, value_name = "SEQ", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    /// Only this kind
    #[arg(long, value_name = "KIND", value_parser = KINDS)]
    kind: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// `ctl journal tail`.
#[derive(Args, Debug)]
pub struct TailArgs {
    /// A battle, a run or a journal folder [default: as for the other commands]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Records to begin with
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    last: usize,
    /// Go on until the journal is closed
    #[arg(short = 'f', long)]
    follow: bool,
    /// Only this kind
    #[arg(long, value_name = "KIND", value_parser = KINDS)]
    kind: Option<String>,
    #[command(flatten)]
    socket: SocketArgs,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Prints a range.
///
/// # Errors
/// No journal, or a damaged one.
pub fn dump(args: &DumpArgs) -> Result<(), Failure> {
    let mut reader = Reader::open(&run_folder::journal_in(&args.dir)?)?;
    let preamble = reader.preamble().clone();
    while let Some(record) = reader.next_record()? {
        let seq = record_seq(&record);
        if seq > args.to {
            break;
        }
        if seq >= args.from && fits(&record, args.kind.as_deref()) {
            print(&record, &preamble, args.json)?;
        }
    }
    Ok(())
}

/// Prints the end, and follows.
///
/// # Errors
/// No journal, or a damaged one.
pub fn tail(args: &TailArgs) -> Result<(), Failure> {
    let mut reader = Reader::open(&source::journal(args.dir.as_deref(), &args.socket)?)?;
    let preamble = reader.preamble().clone();
    let mut last: VecDeque<Record> = VecDeque::new();
    while let Some(record) = reader.next_record()? {
        if fits(&record, args.kind.as_deref()) {
            last.push_back(record);
            if last.len() > args.last {
                last.pop_front();
            }
        }
    }
    for record in &last {
        print(record, &preamble, args.json)?;
    }
    while args.follow && !reader.is_finished() {
        match reader.next_record()? {
            Some(record) if fits(&record, args.kind.as_deref()) => {
                print(&record, &preamble, args.json)?;
            }
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Ok(())
}

fn fits(record: &Record, kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| is_kind(record, kind))
}

fn print(record: &Record, preamble: &Preamble, as_json: bool) -> Result<(), Failure> {
    if as_json {
        out::json_line(&json(record, preamble))
    } else {
        out::data(&format!("{}\n", line(record, preamble)))
    }
}
