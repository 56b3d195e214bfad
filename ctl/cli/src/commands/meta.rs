//! `ctl meta`: how capital follows evidence. Owns the list of its commands.

use super::meta_simulate::{self, SimulateArgs};
use crate::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// `ctl meta …`.
#[derive(Subcommand, Debug)]
pub enum MetaCommand {
    /// Prove the allocator: regret against other policies, over many seeds
    Simulate(SimulateArgs),
}

/// Runs it.
///
/// # Errors
/// Whatever the command says.
pub fn run(command: &MetaCommand) -> Result<ExitCode, Failure> {
    match command {
        MetaCommand::Simulate(args) => meta_simulate::run(args),
    }
}
