//! `ctl allocation`: who gets how much of the house, now and in the course of a run.

use super::halt::{self, ReasonArgs};
use crate::args::{SocketArgs, SourceArgs};
use crate::failure::Failure;
use crate::table::{Cell, Table};
use crate::{out, source, wire};
use clap::{Args, Subcommand};
use royale_codec::control::{Command, Reply, Share};
use royale_model::{CommandCode, SlotId};
use royale_plane::{CommandView, stamp};
use serde_json::json;

/// `ctl allocation`.
#[derive(Subcommand, Debug)]
pub enum AllocationCommand {
    /// The slots' shares of the house capital
    #[command(
        after_help = "Examples:\n  ctl allocation show\n  ctl allocation show --json | jq '.[] | select(.allocation_bp > 0)'"
    )]
    Show(SourceArgs),
    /// Share the house's capital out anew; slots that are not named keep what they have
    #[command(
        after_help = "Examples:\n  ctl allocation set trend=0 fair-value=25% --reason \"trend is idle\"\n  ctl allocation set 0=1500 1=1500\n\nEither all of it is done, or nothing: no slot above risk.allocation_bp_max, all together at\nmost 100 %."
    )]
    Set(SetArgs),
    /// The meta-agent keeps its hands off the house, until `auto`
    #[command(after_help = "Examples:\n  ctl allocation freeze --reason \"exchange trouble\"")]
    Freeze(ReasonArgs),
    /// The meta-agent may share out again
    #[command(after_help = "Examples:\n  ctl allocation auto")]
    Auto(ReasonArgs),
    /// Every change of a share, as the journal has it
    #[command(after_help = "Examples:\n  ctl allocation history\n  ctl allocation history --json")]
    History(SourceArgs),
}

/// `ctl allocation set`.
#[derive(Args, Debug)]
pub struct SetArgs {
    /// A slot and its share, in basis points or with %: trend=2500, trend=25%
    #[arg(required = true, value_name = "SLOT=SHARE", value_parser = share)]
    shares: Vec<(String, u16)>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// No journal or a damaged one; no engine answers, or it refuses.
pub fn run(command: &AllocationCommand) -> Result<(), Failure> {
    match command {
        AllocationCommand::Show(args) => show(args),
        AllocationCommand::Set(args) => set(args),
        AllocationCommand::Freeze(args) => {
            halt::run(args, "freeze", |reason| Command::Freeze { reason })
        }
        AllocationCommand::Auto(args) => {
            halt::run(args, "auto", |reason| Command::Unfreeze { reason })
        }
        AllocationCommand::History(args) => history(args),
    }
}

fn show(args: &SourceArgs) -> Result<(), Failure> {
    let board = source::board(args)?.board;
    let slots = board.slots().iter().zip(0_u16..);
    let rows: Vec<_> = slots.map(|(name, at)| (name, board.allocation_bp(SlotId(at)))).collect();
    if args.json {
        let row = |(slot, bp): &(&String, i64)| json!({ "slot": slot, "allocation_bp": bp });
        return out::json(&rows.iter().map(row).collect::<Vec<_>>());
    }
    let mut table = Table::new(&["slot", "#share"]);
    for (name, bp) in &rows {
        table.row(vec![Cell::new(name), percent(*bp).into()]);
    }
    let given: i64 = rows.iter().map(|(_, bp)| bp).sum();
    table.row(vec!["not given".into(), percent(10_000 - given).into()]);
    out::data(&table.render(out::colours()))
}

fn set(args: &SetArgs) -> Result<(), Failure> {
    let share = |(slot, bp): &(String, u16)| Share { slot: slot.clone(), bp: *bp };
    let shares: Vec<Share> = args.shares.iter().map(share).collect();
    let ask = Command::Allocate { shares, regime: None, reason: args.reason.clone() };
    match wire::ask(args.socket.socket.as_deref(), ask)? {
        Reply::Accepted { seq } if args.json => out::json(&json!({ "accepted": true, "seq": seq })),
        Reply::Accepted { seq } => {
            let count = args.shares.len();
            out::data(&format!(
                "allocation: {count} shares set; input {seq} of the journal is the last\n"
            ))
        }
        _ => Err(Failure::error("the engine answered another question")),
    }
}

fn history(args: &SourceArgs) -> Result<(), Failure> {
    let board = source::board(args)?.board;
    let is_one = |row: &&royale_plane::CommandRow| row.asked() == CommandCode::Allocate;
    let rows: Vec<_> = board.commands().iter().filter(is_one).collect();
    let views: Vec<CommandView> = rows.iter().map(|row| row.view(board.slots())).collect();
    if args.json {
        return out::json(&views);
    }
    if views.is_empty() {
        out::remark("no share was changed: the slots have what the configuration gave them");
        return Ok(());
    }
    let mut table = Table::new(&["time (UTC)", "#input", "slot", "#share", "by", "why"]);
    for (row, view) in rows.iter().zip(&views) {
        let share = view.value.map_or_else(|| "refused".to_owned(), percent);
        let why = if view.accepted { &view.reason } else { &view.refusal };
        table.row(vec![
            stamp(row.time).into(),
            view.seq.to_string().into(),
            Cell::new(&view.slot),
            share.into(),
            Cell::new(&view.by),
            Cell::new(why),
        ]);
    }
    out::data(&table.render(out::colours()))
}

fn percent(bp: i64) -> String {
    format!("{}.{:02} %", bp / 100, bp % 100)
}

/// `trend=2500` or `trend=25%`.
fn share(text: &str) -> Result<(String, u16), String> {
    let remedy = || "write SLOT=SHARE, such as trend=2500 (basis points) or trend=25%".to_owned();
    let (slot, share) = text.rsplit_once('=').ok_or_else(remedy)?;
    let bp = match share.strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.trim().parse().map_err(|_| remedy())?;
            let bp = percent * 100.0;
            if !(0.0..=10_000.0).contains(&bp) || (bp - bp.round()).abs() > 1e-6 {
                return Err("a share is 0 to 100 %, in steps of 0.01 %".to_owned());
            }
            bp.round() as u16
        }
        None => share.trim().parse().map_err(|_| remedy())?,
    };
    if bp > 10_000 || slot.trim().is_empty() {
        return Err(remedy());
    }
    Ok((slot.trim().to_owned(), bp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_basis_points_or_a_percentage_of_two_digits() {
        let read = |text: &str| share(text).ok().map(|(_, bp)| bp);
        assert_eq!(read("trend=2500"), Some(2_500));
        assert_eq!(read("trend=25%"), Some(2_500));
        assert_eq!(read("trend=0.07%"), Some(7));
        assert_eq!(read("trend=100%"), Some(10_000));
        for wrong in
            ["trend", "=5", "trend=-1", "trend=10001", "trend=0.001%", "trend=101%", "trend=x"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
