//! The command line of `royale`.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The engine of Battle Royale: runs strategies against recorded markets, and replays journals.
///
/// People usually start it through `ctl battle`.
#[derive(Parser, Debug)]
#[command(name = "royale", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Play tapes against the strategies of a configuration, and journal everything
    #[command(after_help = "Examples:\n  royale run --config battle.toml\n  \
        royale run --config battle.toml --speed max --seed 9 --out runs/nine")]
    Run(RunArgs),
    /// Check a configuration: keys, strategies, parameters, tapes, cores
    #[command(after_help = "Examples:\n  royale check --config battle.toml")]
    Check(CheckArgs),
    /// Rebuild every decision, verdict, order and fill of a journal from its inputs, and compare
    #[command(after_help = "Examples:\n  royale replay --journal runs/battle-7/season-01\n\n\
        Exit codes: 0 identical, 8 different or damaged")]
    Replay(ReplayArgs),
}

/// Where the configuration is.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Set one key, overriding file and environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// `royale run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Pace of the tapes: max, 1x, 150x; the same as --set run.speed=…
    #[arg(long, value_name = "SPEED")]
    pub speed: Option<String>,
    /// Seed of every draw; the same as --set run.seed=…
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Folder of this run [default: <run.out_dir>/<run.name>-<run.seed>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Control socket [default: control.socket of the configuration]
    #[arg(long, value_name = "PATH", env = "ROYALE_SOCKET")]
    pub socket: Option<PathBuf>,
}

/// `royale check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `royale replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// The run's folder, or its journal folder
    #[arg(long, value_name = "DIR")]
    pub journal: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
