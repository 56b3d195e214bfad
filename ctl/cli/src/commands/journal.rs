//! `ctl journal …`: verify, dump, tail, replay, diff.

use super::{journal_diff, journal_dump};
use crate::failure::{Code, Failure};
use crate::{engine, out, run_folder};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `ctl journal`.
#[derive(Subcommand, Debug)]
pub enum JournalCommand {
    /// Show the first record in which two journals differ; exit code 8 when they do
    #[command(after_help = "Examples:\n  ctl journal diff runs/battle-7 runs/battle-8")]
    Diff(journal_diff::DiffArgs),
    /// Print records
    #[command(
        after_help = "Examples:\n  ctl journal dump --from 100 --to 120\n  ctl journal dump runs/battle-7 --kind decision --json\n\n\
        Kinds: event, decision, verdict, order, or a kind of event such as trade or settlement"
    )]
    Dump(journal_dump::DumpArgs),
    /// Cut the torn tail of a journal whose writer was killed; every good record stays
    #[command(
        after_help = "Examples:\n  ctl journal recover runs/battle-7/season-01\n\nRefuses where good records follow the damage: that is no torn tail. A journal that is whole is\nnot changed."
    )]
    Recover(FolderArgs),
    /// Rebuild every decision, order and fill from the journal's inputs, and compare
    #[command(
        after_help = "Examples:\n  ctl journal replay runs/battle-7/season-01\n\nExit codes: 0 identical, 8 different or damaged"
    )]
    Replay(FolderArgs),
    /// Print the last records, and follow a journal that is being written
    #[command(
        after_help = "Examples:\n  ctl journal tail -n 5\n  ctl journal tail --follow --kind order"
    )]
    Tail(journal_dump::TailArgs),
    /// Check every byte, every checksum and the chain of seals
    #[command(
        after_help = "Examples:\n  ctl journal verify runs/battle-7/season-01 --json\n\nExit codes: 0 sound, 8 damaged"
    )]
    Verify(FolderArgs),
}

/// A journal and how to print.
#[derive(Args, Debug)]
pub struct FolderArgs {
    /// A battle, a run, a journal folder or a tape
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// Whatever it says.
pub fn run(command: &JournalCommand) -> Result<ExitCode, Failure> {
    match command {
        JournalCommand::Diff(args) => return journal_diff::run(args),
        JournalCommand::Dump(args) => journal_dump::dump(args)?,
        JournalCommand::Recover(args) => recover(args)?,
        JournalCommand::Replay(args) => return replay(args),
        JournalCommand::Tail(args) => journal_dump::tail(args)?,
        JournalCommand::Verify(args) => verify(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(args: &FolderArgs) -> Result<(), Failure> {
    let many = run_folder::seasons(&args.dir);
    let journals = if many.is_empty() || args.dir.join("journal").is_dir() {
        vec![run_folder::journal_in(&args.dir)?]
    } else {
        many.iter().map(|season| season.join("journal")).collect()
    };
    let mut documents = Vec::new();
    for journal in &journals {
        documents.push(verify_one(journal, args.json)?);
    }
    match &documents[..] {
        _ if !args.json => Ok(()),
        [only] => out::json(only),
        all => out::json(&all),
    }
}

fn recover(args: &FolderArgs) -> Result<(), Failure> {
    let journal = run_folder::journal_in(&args.dir)?;
    let report = royale_journal::recover(&journal)?;
    let cut = report.cut.as_ref();
    if args.json {
        return out::json(&json!({
            "journal": journal.display().to_string(),
            "records": report.records,
            "last_seq": report.last_seq,
            "sealed": report.sealed,
            "cut_bytes": cut.map_or(0, |cut| cut.bytes),
            "cut_file": cut.map(|cut| cut.path.display().to_string()),
            "cut_offset": cut.map(|cut| cut.offset),
        }));
    }
    let tail = cut.map_or_else(
        || "nothing had to be cut".to_owned(),
        |cut| format!("{} bytes cut in {} at {}", cut.bytes, cut.path.display(), cut.offset),
    );
    out::data(&format!(
        "{}: {} records up to sequence {}; {tail}\n",
        journal.display(),
        report.records,
        report.last_seq
    ))
}

fn verify_one(journal: &Path, quiet: bool) -> Result<serde_json::Value, Failure> {
    let report = royale_journal::verify(journal)?;
    let seal = hex(&report.seal);
    if !quiet {
        let end = if report.sealed { "sealed" } else { "not sealed: cut short, or still written" };
        out::data(&format!(
            "{}: sound, {end}\n  {} events, {} decisions, {} verdicts, {} orders, \
             {} slot changes in {} segment{}, \
             last sequence {}\n  seal {seal}\n",
            journal.display(),
            report.events,
            report.decisions,
            report.verdicts,
            report.orders,
            report.slots,
            report.segments,
            if report.segments == 1 { "" } else { "s" },
            report.last_seq,
        ))?;
    }
    Ok(json!({
        "journal": journal.display().to_string(),
        "sound": true,
        "sealed": report.sealed,
        "segments": report.segments,
        "events": report.events,
        "decisions": report.decisions,
        "verdicts": report.verdicts,
        "orders": report.orders,
        "slot_changes": report.slots,
        "last_seq": report.last_seq,
        "seal": seal,
    }))
}

/// Passes the engine's own replay through, with its exit code.
fn replay(args: &FolderArgs) -> Result<ExitCode, Failure> {
    let journal = run_folder::journal_in(&args.dir)?;
    let mut command = engine::command()?;
    command.arg("replay").arg("--journal").arg(&journal);
    if args.json {
        command.arg("--json");
    }
    let status = command
        .status()
        .map_err(|error| Failure::error(format!("the engine could not be started: {error}")))?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => Ok(ExitCode::from(code)),
        None => Err(Failure::new(Code::Error, format!("the engine ended with {status}"))),
    }
}

/// Bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
