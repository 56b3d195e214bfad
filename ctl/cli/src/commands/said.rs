//! `ctl commands`: what was said to the engine, by whom and why, also what was refused.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::Args;
use royale_plane::{CommandRow, CommandView, stamp};

/// `ctl commands`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl commands\n  ctl commands --refused\n  ctl commands --json | jq '.[] | select(.uid != 0)'\n\nThe commands of a run as its journal has them. One that came while the line to the engine\nwas full, or after the run's end, is not there: only its sender was told."
)]
pub struct CommandsArgs {
    /// Only those that were refused
    #[arg(long)]
    refused: bool,
    /// The newest N; 0 for all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 0)]
    last: usize,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, or a damaged one.
pub fn run(args: &CommandsArgs) -> Result<(), Failure> {
    let board = source::board(&args.source)?.board;
    let wanted = |row: &&CommandRow| !args.refused || !row.is_accepted();
    let rows: Vec<&CommandRow> = board.commands().iter().filter(wanted).collect();
    let first = if args.last == 0 { 0 } else { rows.len().saturating_sub(args.last) };
    let rows = &rows[first..];
    let views: Vec<CommandView> = rows.iter().map(|row| row.view(board.slots())).collect();
    if args.source.json {
        return out::json(&views);
    }
    if views.is_empty() {
        out::remark("no such commands");
        return Ok(());
    }
    let mut table =
        Table::new(&["time (UTC)", "#input", "command", "by", "process", "done", "why"]);
    for (row, view) in rows.iter().zip(&views) {
        let (done, paint) =
            if view.accepted { ("yes", Paint::Plain) } else { ("refused", Paint::Bad) };
        let why = match view.refusal.as_str() {
            "" => view.reason.clone(),
            refusal if view.reason.is_empty() => refusal.to_owned(),
            refusal => format!("{} — {refusal}", view.reason),
        };
        table.row(vec![
            stamp(row.time).into(),
            view.seq.to_string().into(),
            Cell::new(view.sentence()),
            Cell::new(&view.by),
            if view.pid == 0 { "".into() } else { view.pid.to_string().into() },
            Cell::painted(done, paint),
            Cell::new(why),
        ]);
    }
    out::data(&table.render(out::colours()))
}
