//! `ctl strategy`: the engine's own tools for authors, passed through with their exit codes.

use crate::engine;
use crate::failure::{Code, Failure};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// `ctl strategy`.
#[derive(Subcommand, Debug)]
pub enum StrategyCommand {
    /// Say what a WebAssembly module is, or why it cannot run; none of its code runs
    #[command(after_help = "Examples:\n  ctl strategy inspect my-agent.wasm")]
    Inspect {
        /// A WebAssembly module
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Begin a strategy in another language: a folder with sources, a build script and a README
    #[command(
        after_help = "Examples:\n  ctl strategy new --lang c my-agent\n  ctl strategy new --lang assemblyscript my-agent --dir agents"
    )]
    New {
        /// Its name, and that of the folder: lower-case letters, digits, hyphens
        name: String,
        /// The language
        #[arg(long, value_parser = ["c", "assemblyscript", "rust", "wat"])]
        lang: String,
        /// Where the folder is made
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
}

/// Runs it.
///
/// # Errors
/// The engine's binary is missing.
pub fn run(command: &StrategyCommand) -> Result<ExitCode, Failure> {
    let mut engine = engine::command()?;
    engine.arg("strategy");
    match command {
        StrategyCommand::Inspect { file, json } => {
            engine.arg("inspect").args(json.then_some("--json")).arg("--").arg(file);
        }
        StrategyCommand::New { name, lang, dir } => {
            engine.args(["new", "--lang", lang]).arg("--dir").arg(dir).arg("--").arg(name);
        }
    }
    let status = engine
        .status()
        .map_err(|error| Failure::error(format!("the engine could not be started: {error}")))?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => Ok(ExitCode::from(code)),
        None => Err(Failure::new(Code::Error, format!("the engine ended with {status}"))),
    }
}
