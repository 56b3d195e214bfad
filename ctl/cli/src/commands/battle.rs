//! `ctl battle`: the command line of a battle.

use crate::args::SocketArgs;
use crate::battle::{Ending, Wish, fight};
use crate::failure::Failure;
use clap::Args;
use std::path::PathBuf;

/// `ctl battle`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl battle\n  ctl battle --speed max --seed 9 --only trend --only fair-value\n  \
    ctl battle --epochs 30 --speed max --json > result.json\n\n\
    Needs no key and no network. The folder is refused unless it is empty, new, or a former battle's;\n\
    of a former battle only its own files are replaced."
)]
pub struct BattleArgs {
    /// Pace: `max`, or a multiple of recorded time such as `150x` [default: as configured]
    #[arg(long, value_name = "PACE")]
    speed: Option<String>,
    /// Seed of the first season; the next one has the next number [default: as configured]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Seasons, each with fresh capital
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=999))]
    epochs: u32,
    /// Only this slot takes part; may be repeated
    #[arg(long, value_name = "SLOT")]
    only: Vec<String>,
    /// Folder of the battle [default: runs/battle-SEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads of the engine: auto, fused, split2, pinned4, sharded [default: as configured]
    #[arg(long, value_name = "NAME")]
    topology: Option<String>,
    /// Another configuration than the built-in battle
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document: the same bytes for the same seed and tapes
    #[arg(long)]
    json: bool,
    /// With --json: add figures of the wall clock, which differ from run to run
    #[arg(long, requires = "json")]
    wall_clock: bool,
    /// Write no HTML report
    #[arg(long)]
    no_report: bool,
    #[command(flatten)]
    socket: SocketArgs,
}

/// Runs it.
///
/// # Errors
/// The configuration, the folder, the engine.
pub fn run(args: &BattleArgs) -> Result<(), Failure> {
    let wish = Wish {
        config: args.config.clone(),
        speed: args.speed.clone(),
        seed: args.seed,
        epochs: args.epochs,
        only: args.only.clone(),
        topology: args.topology.clone(),
        socket: args.socket.socket.clone(),
    };
    let ending = Ending { json: args.json, wall_clock: args.wall_clock, report: !args.no_report };
    fight(&wish, args.out.as_deref(), ending)
}
