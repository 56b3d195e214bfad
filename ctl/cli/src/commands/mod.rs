//! The commands, one file each.

pub mod allocation;
pub mod attribution;
pub mod battle;
pub mod config;
pub mod decisions;
pub mod doctor;
pub mod explain;
mod explain_all;
mod explain_text;
pub mod halt;
pub mod journal;
pub mod journal_diff;
pub mod journal_dump;
pub mod ladder;
pub mod latency;
pub mod leaderboard;
pub mod meta;
pub mod meta_agent;
pub mod meta_simulate;
pub mod orders;
pub mod positions;
pub mod report;
pub mod said;
pub mod slots;
pub mod status;
pub mod strategy;
pub mod tape;
pub mod why_not;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use clap::CommandFactory;
use royale_codec::control::Command as Ask;
use std::process::ExitCode;

/// Runs what was typed.
///
/// # Errors
/// Whatever the command says.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::AddStrategy(args) => slots::add(&args)?,
        Command::Allocation(command) => allocation::run(&command)?,
        Command::Attribution(args) => attribution::run(&args)?,
        Command::Battle(args) => battle::run(&args)?,
        Command::Commands(args) => said::run(&args)?,
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ctl", &mut script);
            crate::out::data(&String::from_utf8_lossy(&script))?;
        }
        Command::Config(command) => config::run(&command)?,
        Command::Decisions(args) => decisions::run(&args)?,
        Command::Doctor(args) => return doctor::run(&args),
        Command::Explain(args) => return explain::run(&args),
        Command::Halt(args) => halt::run(&args, "halt", |reason| Ask::Halt { reason })?,
        Command::Journal(command) => return journal::run(&command),
        Command::Ladder(command) => ladder::run(&command)?,
        Command::Latency(args) => latency::run(&args)?,
        Command::Leaderboard(args) => leaderboard::run(&args)?,
        Command::ListStrategies(args) => slots::list(&args)?,
        Command::Meta(command) => return meta::run(&command),
        Command::Orders(args) => orders::run(&args)?,
        Command::Positions(args) => positions::run(&args)?,
        Command::Quarantine(args) => {
            slots::by_name(&args, |slot, reason| Ask::Quarantine { slot, reason })?;
        }
        Command::Release(args) => {
            slots::by_name(&args, |slot, reason| Ask::Release { slot, reason })?;
        }
        Command::RemoveStrategy(args) => slots::remove(&args)?,
        Command::Report(args) => report::run(&args)?,
        Command::Resume(args) => halt::run(&args, "resume", |reason| Ask::Resume { reason })?,
        Command::Rollback(args) => {
            slots::by_name(&args, |slot, reason| Ask::Rollback { slot, reason })?;
        }
        Command::Status(args) => status::run(&args)?,
        Command::Stop(args) => halt::run(&args, "stop", |reason| Ask::Stop { reason })?,
        Command::Strategy(command) => return strategy::run(&command),
        Command::SwapStrategy(args) => slots::swap(&args)?,
        Command::Tape(command) => tape::run(&command)?,
        Command::WhyNot(args) => why_not::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A parameter as it is typed: KEY=VALUE.
///
/// # Errors
/// There is no `=` in it.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, for example fast_s=20")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
