//! `royale`: the engine process. Reads the configuration, wires the stages, runs, and exits with a
//! code that means something.
//!
//! Must never decide anything about trading: that happens in `royale-engine`.

mod args;
mod assemble;
mod check;
mod control;
mod exit;
mod replay;
mod run;
mod run_files;
mod source;
mod tape_table;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Replay(args) => replay::replay(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("royale: {failure}");
            failure.code()
        }
    }
}
