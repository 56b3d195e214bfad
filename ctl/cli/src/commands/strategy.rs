//! `ctl strategy`: the engine's own tools for authors, passed through with their exit codes; and the
//! check, which is judged here.

use crate::engine;
use crate::failure::Failure;
use crate::qualify::{self, CheckArgs};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// `ctl strategy`.
#[derive(Subcommand, Debug)]
pub enum StrategyCommand {
    /// Try a strategy on the bundled tapes: what it must show before it may hold capital
    Check(CheckArgs),
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
/// The engine's binary is missing, or it was killed; whatever a check says.
pub fn run(command: &StrategyCommand) -> Result<ExitCode, Failure> {
    let mut engine = engine::command()?;
    engine.arg("strategy");
    match command {
        StrategyCommand::Check(args) => return qualify::run(args, engine),
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
    engine::exit_code(status)
}
