//! `ctl`: what people type. Thin: reads the command line, calls one command, exits with its code.
//!
//! Data goes to standard output, everything else to standard error. Must never ask the engine for
//! data: it folds the journal; only status, latency and orders to the engine use the socket.

mod agent;
mod args;
mod battle;
mod commands;
mod engine;
mod failure;
mod ladder;
mod names;
mod out;
mod progress;
mod qualify;
mod recompute;
mod record_text;
mod report_input;
mod run_folder;
mod source;
mod table;
mod versions;
mod wire;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(args::Cli::parse()) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
