//! The command line: every command, with its examples.

use crate::commands::{
    allocation::AllocationCommand, attribution::AttributionArgs, battle::BattleArgs,
    config::ConfigCommand, decisions::DecisionsArgs, doctor::DoctorArgs, explain::ExplainArgs,
    halt::ReasonArgs, journal::JournalCommand, ladder::LadderCommand, latency::LatencyArgs,
    leaderboard::LeaderboardArgs, meta::MetaCommand, orders::OrdersArgs, positions::PositionsArgs,
    report::ReportArgs, said::CommandsArgs, slots::AddArgs, slots::ListArgs, slots::SlotArgs,
    slots::SwapArgs, status::StatusArgs, strategy::StrategyCommand, tape::TapeCommand,
    why_not::WhyNotArgs,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Battle Royale: strategies compete on recorded markets, and every decision can be explained.
#[derive(Parser, Debug)]
#[command(
    name = "ctl",
    version,
    max_term_width = 100,
    after_help = "Start with:  ctl battle\n\nExit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not \
                  running, 5 configuration,\n6 refused, 7 timeout, 8 verification mismatch"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Bring a strategy into a free slot, while the engine runs
    AddStrategy(AddArgs),
    /// Who gets how much of the house capital
    #[command(subcommand)]
    Allocation(AllocationCommand),
    /// Where the profit came from: by strategy, reason, execution, fees and allocation
    Attribution(AttributionArgs),
    /// Let the strategies fight over the bundled recordings, and write a report
    Battle(BattleArgs),
    /// What was said to the engine, by whom and why
    Commands(CommandsArgs),
    /// Write the script that completes ctl's commands in your shell
    #[command(
        after_help = "Examples:\n  ctl completion bash > ~/.local/share/bash-completion/completions/ctl\n  ctl completion zsh > ~/.zfunc/_ctl"
    )]
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Check and show configurations
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List what the strategies decided
    Decisions(DecisionsArgs),
    /// Check this machine: what a run needs, and what takes latency from it
    Doctor(DoctorArgs),
    /// Why something was traded or not, recomputed from the journal's inputs
    Explain(ExplainArgs),
    /// No new orders; resting ones are cancelled. Holds until `resume`
    #[command(
        after_help = "Examples:\n  ctl halt --reason \"spread looks wrong\"\n  ctl halt --dry-run"
    )]
    Halt(ReasonArgs),
    /// Verify, print, follow, replay and compare journals
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Which slots the house may follow: promotion and relegation between live, paper and shadow
    #[command(subcommand)]
    Ladder(LadderCommand),
    /// How long each stage of the engine takes
    Latency(LatencyArgs),
    /// Who leads
    Leaderboard(LeaderboardArgs),
    /// What each slot runs
    ListStrategies(ListArgs),
    /// How capital follows evidence: simulations of the allocator
    #[command(subcommand)]
    Meta(MetaCommand),
    /// List orders, or closed round trips
    Orders(OrdersArgs),
    /// List open positions
    Positions(PositionsArgs),
    /// Stop a slot: its orders are called back, its strategy is asked no more
    #[command(after_help = "Examples:\n  ctl quarantine trend --reason \"odd quotes\"")]
    Quarantine(SlotArgs),
    /// Let a slot go on after a quarantine
    #[command(after_help = "Examples:\n  ctl release trend")]
    Release(SlotArgs),
    /// Take a slot's strategy away: its orders are called back, and the slot is free
    #[command(after_help = "Examples:\n  ctl remove-strategy trend")]
    RemoveStrategy(SlotArgs),
    /// Write the HTML report of a battle or of one run
    Report(ReportArgs),
    /// Let trading go on after a halt
    #[command(after_help = "Examples:\n  ctl resume --reason \"false alarm\"")]
    Resume(ReasonArgs),
    /// Go back to the version that a slot ran before, or send a listening newcomer away
    #[command(
        after_help = "Examples:\n  ctl rollback trend\n\nWithin its probation the version before goes on where it is; later it is made again and\nbegins from nothing."
    )]
    Rollback(SlotArgs),
    /// What the engine is doing
    Status(StatusArgs),
    /// End the run in good order; the journal is sealed
    #[command(after_help = "Examples:\n  ctl stop\n  ctl stop --reason \"enough seen\"")]
    Stop(ReasonArgs),
    /// Write strategies for the sandbox
    #[command(subcommand)]
    Strategy(StrategyCommand),
    /// Replace what a slot runs, between two events, while the engine runs
    SwapStrategy(SwapArgs),
    /// Import, inspect, pack and unpack recordings
    #[command(subcommand)]
    Tape(TapeCommand),
    /// Why a slot did not trade: from its decisions to its fills, with the rules that refused
    WhyNot(WhyNotArgs),
}

/// Where the engine listens.
#[derive(Args, Clone, Debug, Default)]
pub struct SocketArgs {
    /// Control socket [default: $XDG_RUNTIME_DIR/royale/engine.sock, else
    /// /tmp/royale-UID/engine.sock]
    #[arg(long, value_name = "PATH", env = "ROYALE_SOCKET")]
    pub socket: Option<PathBuf>,
}

/// Which journal to read.
#[derive(Args, Clone, Debug, Default)]
pub struct SourceArgs {
    /// A battle, a run or a journal folder [default: the run of the engine behind the socket, else
    /// the newest run under runs/]
    #[arg(long, value_name = "DIR")]
    pub journal: Option<PathBuf>,
    #[command(flatten)]
    pub socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
