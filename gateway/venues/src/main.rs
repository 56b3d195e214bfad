//! `royale`: the engine process. Reads the configuration, wires the stages, runs, and exits with a
//! code that means something.
//!
//! Must never decide anything about trading: that happens in `royale-engine`.

mod args;
mod assemble;
mod check;
mod control;
mod cores;
mod exit;
mod latency;
mod qualify;
mod replay;
mod run;
mod run_files;
mod schedules;
mod source;
mod strategy;
mod tape_table;
mod versions;

use args::{Cli, Command};
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A file beyond the process's limit is then an error like a full disk, and not the end.
    let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::default());
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Strategy(command) => strategy::run(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody can be told, the exit code still says it.
            let _ = writeln!(std::io::stderr(), "royale: {failure}");
            failure.code()
        }
    }
}
