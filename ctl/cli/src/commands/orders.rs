//! `ctl orders`: orders with their state, or closed round trips.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::names;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::Args;
use royale_plane::{OrderLife, OrderRow, TradeRow};

/// `ctl orders`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl orders -n 20\n  ctl orders --slot trend --open\n  ctl orders --trades --json\n\n\
    Each order can be explained: ctl explain S00-1"
)]
pub struct OrdersArgs {
    /// Only this slot
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    /// Only orders that can still fill
    #[arg(long, conflicts_with = "trades")]
    open: bool,
    /// Only orders of the house account
    #[arg(long)]
    house: bool,
    /// Closed round trips instead of orders
    #[arg(long)]
    trades: bool,
    /// The newest N; 0 for all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    last: usize,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or no such slot.
pub fn run(args: &OrdersArgs) -> Result<(), Failure> {
    let board = source::board(&args.source)?.board;
    let slot = args.slot.as_deref().map(|name| names::slot(&board, name)).transpose()?;
    let fits = |account: royale_model::Account| {
        slot.is_none_or(|slot| account.slot() == slot) && (!args.house || account.is_house())
    };
    if args.trades {
        let mut rows = board.trade_rows(|trip| fits(trip.account));
        newest(&mut rows, args.last);
        return if args.source.json { out::json(&rows) } else { show_trades(&rows) };
    }
    let mut rows = board
        .order_rows(|life: &OrderLife| fits(life.id.account()) && (!args.open || life.is_open()));
    newest(&mut rows, args.last);
    if args.source.json { out::json(&rows) } else { show_orders(&rows) }
}

/// Keeps the newest `last`, in their order; says how many went.
fn newest<T>(rows: &mut Vec<T>, last: usize) {
    if last > 0 && rows.len() > last {
        let gone = rows.len() - last;
        rows.drain(..gone);
        out::remark(&format!("the newest {last}; {gone} older ones with -n 0"));
    }
}

fn show_orders(rows: &[OrderRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        out::remark("no such orders");
        return Ok(());
    }
    let mut table = Table::new(&[
        "order",
        "time (UTC)",
        "slot",
        "side",
        "#quantity",
        "instrument",
        "#price",
        "status",
        "#filled",
        "#average",
        "refused by",
    ]);
    for row in rows {
        let paint = if row.refused_by.is_empty() { Paint::Plain } else { Paint::Dim };
        table.row(vec![
            Cell::new(&row.order),
            Cell::new(&row.time),
            Cell::new(&row.slot),
            row.side.into(),
            Cell::new(&row.qty),
            Cell::new(&row.instrument),
            Cell::new(&row.price),
            Cell::painted(row.status, paint),
            Cell::new(&row.filled),
            Cell::new(&row.average_price),
            row.refused_by.into(),
        ]);
    }
    out::data(&table.render(out::colours()))
}

fn show_trades(rows: &[TradeRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        out::remark("no round trip was closed");
        return Ok(());
    }
    let mut table = Table::new(&[
        "opened (UTC)",
        "closed (UTC)",
        "slot",
        "account",
        "instrument",
        "direction",
        "#quantity",
        "#entry",
        "#exit",
        "#profit",
        "opened by",
        "closed by",
    ]);
    for row in rows {
        let profit = row.profit.parse::<f64>().unwrap_or(0.0);
        table.row(vec![
            Cell::new(&row.opened),
            Cell::new(&row.closed),
            Cell::new(&row.slot),
            row.account.into(),
            Cell::new(&row.instrument),
            row.direction.into(),
            Cell::new(&row.qty),
            Cell::new(&row.entry_price),
            Cell::new(&row.exit_price),
            Cell::painted(format!("{profit:+.2}"), Paint::of(profit)),
            Cell::new(&row.entry_order),
            Cell::new(&row.closed_by),
        ]);
    }
    out::data(&table.render(out::colours()))
}
