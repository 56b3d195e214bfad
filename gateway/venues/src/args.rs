//! The command line of `royale`.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The engine of Battle Royale: runs strategies against recorded markets, and replays journals.
///
/// People usually start it through `ctl battle`.
#[derive(Parser, Debug)]
#[command(name = "royale", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 ok, 1 error, 2 usage, 5 configuration, 8 a journal is \
    damaged or its replay differs.\nWhat is wrong goes to standard error, with what to do about it.";

const RUN_HELP: &str = "\
Examples:
  royale run --config battle.toml
  royale run --config battle.toml --speed max --seed 9 --out runs/nine

Leaves in DIR: journal/ (everything that happened), run.json and latency.json (how it went).
Ctrl-C or SIGTERM stops the run in good order, as `ctl stop` does. Any key of the configuration can
also be set by an environment variable: BR_RUN__SEED=9 is --set run.seed=9.";

const CHECK_HELP: &str = "\
Examples:
  royale check --config battle.toml

Reads every tape to its end. Exit codes: 0 it can be run, 1 a tape is damaged, 5 the configuration
is wrong";

const REPLAY_HELP: &str = "\
Examples:
  royale replay --journal runs/battle-7

A journal that a crash cut short is replayed up to its last record.
Exit codes: 0 identical, 8 different or damaged";

const QUALIFY_HELP: &str = "\
Examples:
  royale strategy check my-agent.wasm --param drop=5 --config check.toml --out runs/check

People use `ctl strategy check`, which judges what this finds. The configuration has one slot, which is
vacant; the environment has no say. Leaves in DIR: journal/ (the season), versions/, findings.json.
Exit codes: 0 it was examined, whatever was found";

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Play tapes against the strategies of a configuration, and journal everything
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Check a configuration without running it: keys, strategies, parameters, tapes, cores
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Rebuild every decision, verdict, order and fill of a journal from its inputs, and compare
    #[command(after_help = REPLAY_HELP)]
    Replay(ReplayArgs),
    /// Write strategies for the sandbox
    #[command(subcommand)]
    Strategy(StrategyCommand),
}

/// `royale strategy`.
#[derive(Subcommand, Debug)]
pub enum StrategyCommand {
    /// Try a strategy alone on tapes, and write down what is to be known before it holds capital
    #[command(after_help = QUALIFY_HELP)]
    Check(QualifyArgs),
    /// Say what a module is, or why it cannot run
    #[command(
        after_help = "Examples:\n  royale strategy inspect my-agent.wasm\n\nNone of its code runs."
    )]
    Inspect {
        /// A WebAssembly module
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Begin a strategy in another language: a folder with sources, a build script and a README
    #[command(after_help = "Examples:\n  royale strategy new --lang c my-agent")]
    New {
        /// Its name, and that of the folder: lower-case letters, digits, hyphens
        name: String,
        /// c, assemblyscript, rust or wat
        #[arg(long, value_name = "LANGUAGE")]
        lang: String,
        /// Where the folder is made
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
}

/// Where the configuration is.
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Set one key, overriding file and environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = Assignment::parse)]
    pub set: Vec<Assignment>,
    /// Pace of the tapes: max, 1x, 150x; short for --set run.speed=SPEED
    #[arg(long, value_name = "SPEED")]
    pub speed: Option<String>,
    /// Seed of every draw; short for --set run.seed=N
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// One `--set KEY=VALUE` or `--param KEY=VALUE`.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub key: String,
    pub value: String,
}

impl Assignment {
    fn parse(text: &str) -> Result<Self, String> {
        let (key, value) =
            text.split_once('=').ok_or("write KEY=VALUE, for example run.speed=max")?;
        Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

/// `royale run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Folder of this run [default: <run.out_dir>/<run.name>-<run.seed>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Control socket [default: control.socket of the configuration]
    #[arg(long, value_name = "PATH", env = "ROYALE_SOCKET", hide_env_values = true)]
    pub socket: Option<PathBuf>,
    /// At the end of each epoch, wait up to 10 s for the agent that shares out the house: the process
    /// that started this one, or any other that speaks
    #[arg(long)]
    pub with_agent: bool,
}

/// `royale check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `royale strategy check`.
#[derive(Args, Debug)]
pub struct QualifyArgs {
    /// A WebAssembly module (FILE.wasm), or a native strategy's name
    #[arg(value_name = "FILE.wasm|NAME")]
    pub strategy: String,
    /// A parameter; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = Assignment::parse)]
    pub params: Vec<Assignment>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Folder for what it leaves
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `royale replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// The run's folder, or its journal folder
    #[arg(long, value_name = "DIR")]
    pub journal: PathBuf,
    /// Look no further than the last record of this input
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(u64).range(1..))]
    pub until: Option<u64>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
