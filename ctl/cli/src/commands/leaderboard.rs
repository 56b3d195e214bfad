//! `ctl leaderboard`: who leads, by the journal.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::Args;
use royale_plane::{Board, human, human_signed, percent, share, stamp};
use serde_json::{Value, json};

/// `ctl leaderboard`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl leaderboard\n  ctl leaderboard --journal runs/battle-7/season-01 --json | jq '.standings[0]'"
)]
pub struct LeaderboardArgs {
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, or a damaged one.
pub fn run(args: &LeaderboardArgs) -> Result<(), Failure> {
    let loaded = source::board(&args.source)?;
    if args.source.json {
        return out::json(&document(&loaded.board, loaded.is_finished));
    }
    let board = &loaded.board;
    if let Some(clock) = board.clock() {
        let state = match (loaded.is_finished, board.is_halted()) {
            (true, _) => "finished",
            (false, true) => "halted",
            (false, false) => "unfinished",
        };
        out::remark(&format!("{} UTC, event {}, {state}", stamp(clock.now), clock.seq));
    }
    out::data(&standings_table(board).render(out::colours()))?;
    let house = board.house_row();
    let currency = board.stakes().capital.currency;
    out::data(&format!(
        "\nhouse {} {currency} ({}), {} fills. Sharpe and Sortino: one-second samples, scaled to a day.\n",
        human(board.house_equity()),
        percent(house.return_ratio),
        house.fills
    ))
}

/// The leaderboard as JSON.
pub fn document(board: &Board, is_finished: bool) -> Value {
    let clock = board.clock();
    json!({
        "seq": clock.map_or(0, |clock| clock.seq),
        "time": clock.map(|clock| stamp(clock.now)),
        "finished": is_finished,
        "halted": board.is_halted(),
        "currency": board.stakes().capital.currency.as_str(),
        "sharpe_scale_seconds": royale_plane::SHARPE_SCALE_SECONDS,
        "standings": board.standings(),
        "house": board.house_row(),
    })
}

/// The leaderboard as a table.
pub fn standings_table(board: &Board) -> Table {
    let mut table = Table::new(&[
        "##",
        "slot",
        "#equity",
        "#profit",
        "#return",
        "#sharpe",
        "#sortino",
        "#max dd",
        "#win rate",
        "#pf",
        "#trades",
        "#open",
        "#exposure",
        "#fees",
        "#refused",
        "#share",
    ]);
    let figure = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.2}"));
    for row in board.standings() {
        let m = &row.metrics;
        let equity = board.slot_equity(royale_model::SlotId(row.slot_id));
        let profit = equity.checked_sub(board.stakes().capital.per_slot).unwrap_or_default();
        let paint = Paint::of(row.return_ratio);
        let drawdown = m.max_drawdown.map_or_else(|| "n/a".to_owned(), percent);
        table.row(vec![
            row.rank.to_string().into(),
            Cell::new(&row.slot),
            human(equity).into(),
            Cell::painted(human_signed(profit), paint),
            Cell::painted(percent(row.return_ratio), paint),
            figure(m.sharpe).into(),
            figure(m.sortino).into(),
            drawdown.trim_start_matches('+').into(),
            m.win_rate.map_or_else(|| "n/a".to_owned(), share).into(),
            figure(m.profit_factor).into(),
            m.trades.to_string().into(),
            row.open_orders.to_string().into(),
            plain(&row.exposure).into(),
            plain(&row.fees).into(),
            row.refused.to_string().into(),
            format!("{:.2} %", row.allocation_bp as f64 / 100.0).into(),
        ]);
    }
    table
}

/// A decimal text with two decimals.
fn plain(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |value| format!("{value:.2}"))
}
