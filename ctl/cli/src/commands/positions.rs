//! `ctl positions`: what is held, by the journal.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::names;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::Args;

/// `ctl positions`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl positions\n  ctl positions --slot trend --json")]
pub struct PositionsArgs {
    /// Only this slot
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or no such slot.
pub fn run(args: &PositionsArgs) -> Result<(), Failure> {
    let board = source::board(&args.source)?.board;
    let wanted = match &args.slot {
        Some(name) => Some(board.slot_name(names::slot(&board, name)?).to_owned()),
        None => None,
    };
    let mut rows = board.positions();
    rows.retain(|row| wanted.as_ref().is_none_or(|name| row.slot == *name));
    if args.source.json {
        return out::json(&rows);
    }
    if rows.is_empty() {
        out::remark("nothing is held");
        return Ok(());
    }
    let mut table = Table::new(&[
        "slot",
        "account",
        "instrument",
        "#quantity",
        "#entry",
        "#mark",
        "#unrealised",
        "currency",
    ]);
    for row in &rows {
        let profit = row.unrealised.parse::<f64>().unwrap_or(0.0);
        table.row(vec![
            Cell::new(&row.slot),
            row.account.into(),
            Cell::new(&row.instrument),
            Cell::new(&row.qty),
            Cell::new(&row.entry_price),
            Cell::new(&row.mark),
            Cell::painted(format!("{profit:+.2}"), Paint::of(profit)),
            Cell::new(&row.currency),
        ]);
    }
    out::data(&table.render(out::colours()))
}
