//! `ctl meta`: how capital follows evidence. Owns the list of its commands.

use super::meta_agent::{self, PosteriorArgs, RunArgs};
use super::meta_simulate::{self, SimulateArgs};
use crate::args::SourceArgs;
use crate::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// `ctl meta …`.
#[derive(Subcommand, Debug)]
pub enum MetaCommand {
    /// Share out the house of a running engine
    Run(RunArgs),
    /// What the agent believed at the end of an epoch, slot by slot
    Posterior(PosteriorArgs),
    /// What the agent's shares earned, beside equal shares and what hindsight knows
    #[command(
        after_help = "Examples:\n  ctl meta regret\n  ctl meta regret --json | jq '.regret.edge'"
    )]
    Regret(SourceArgs),
    /// Compute every allocation of a run again from its journal
    #[command(
        after_help = "Examples:\n  ctl meta verify\n  ctl meta verify --journal runs/battle-7\n\nExit code 8 where an allocation is not what the agent makes of its epoch."
    )]
    Verify(SourceArgs),
    /// Prove the allocator: regret against other policies, over many seeds
    Simulate(Box<SimulateArgs>),
}

/// Runs it.
///
/// # Errors
/// Whatever the command says.
pub fn run(command: &MetaCommand) -> Result<ExitCode, Failure> {
    match command {
        MetaCommand::Run(args) => meta_agent::run(args)?,
        MetaCommand::Posterior(args) => meta_agent::posterior(args)?,
        MetaCommand::Regret(args) => meta_agent::regret(args)?,
        MetaCommand::Verify(args) => meta_agent::verify(args)?,
        MetaCommand::Simulate(args) => return meta_simulate::run(args),
    }
    Ok(ExitCode::SUCCESS)
}
