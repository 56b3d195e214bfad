//! `ctl leaderboard`: who leads, by the journal.

use crate::agent;
use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::Args;
use royale_meta::{Step, Summary};
use royale_plane::{Board, Standing, human, human_signed, percent, share, stamp};
use serde::Serialize;
use serde_json::{Value, json};

/// `ctl leaderboard`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl leaderboard\n  ctl leaderboard --journal runs/battle-7/season-01 --json | jq '.standings[0]'"
)]
pub struct LeaderboardArgs {
    /// Every column, for a wide terminal
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    source: SourceArgs,
}

/// How many columns a leaderboard has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// What fits a terminal of 110 columns.
    Narrow,
    /// All of them.
    Wide,
}

/// Runs it.
///
/// # Errors
/// No journal, or a damaged one.
pub fn run(args: &LeaderboardArgs) -> Result<(), Failure> {
    let journal = source::journal(args.source.journal.as_deref(), &args.source.socket)?;
    let (loaded, steps) = (source::load(&journal)?, agent::history(&journal)?);
    if args.source.json {
        return out::json(&document(&loaded.board, &steps, loaded.is_finished));
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
    let width = if args.wide { Width::Wide } else { Width::Narrow };
    out::data(&standings_table(board, steps.last(), width).render(out::colours()))?;
    let house = board.house_row();
    let currency = board.stakes().capital.currency;
    out::data(&format!(
        "\nhouse {} {currency} ({}), {} fills\n\
         Sharpe: one-second samples, scaled to a day; deflated: less what luck gives the best of {}.\n{}",
        human(board.house_equity()),
        percent(house.return_ratio),
        house.fills,
        board.slots().len(),
        agent_words(&steps)
    ))
}

/// What P(best) and the rank are, and whether the agent that says so is worth its keep.
fn agent_words(steps: &[Step]) -> String {
    let Some(summary) = Summary::of(steps) else { return String::new() };
    format!(
        "P(best), rank: by return from here on, with 90 % intervals, after {} epochs.\n\
         Meta-agent: {}.\n",
        summary.epochs, summary.verdict
    )
}

/// A line of the leaderboard, with what is believed of the slot.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    standing: Standing,
    /// Probability to be the best one; absent without a meta-agent.
    p_best: Option<f64>,
    /// Its rank and its expected return, with 90 % credibility; absent before anything is believed.
    believed: Option<&'a royale_meta::Standing>,
}

/// The leaderboard as JSON.
pub fn document(board: &Board, steps: &[Step], is_finished: bool) -> Value {
    let clock = board.clock();
    let last = steps.last();
    let line = |standing: Standing| {
        let p_best = last.and_then(|step| step.p_best.get(usize::from(standing.slot_id)).copied());
        Line { p_best, believed: believed(last, standing.slot_id), standing }
    };
    let lines: Vec<Line<'_>> = board.standings().into_iter().map(line).collect();
    json!({
        "seq": clock.map_or(0, |clock| clock.seq),
        "time": clock.map(|clock| stamp(clock.now)),
        "finished": is_finished,
        "halted": board.is_halted(),
        "currency": board.stakes().capital.currency.as_str(),
        "sharpe_scale_seconds": royale_plane::SHARPE_SCALE_SECONDS,
        "standings": lines,
        "house": board.house_row(),
        "agent": Summary::of(steps),
    })
}

fn believed(step: Option<&Step>, slot: u16) -> Option<&royale_meta::Standing> {
    step?.standings.get(usize::from(slot))?.as_ref()
}

/// The leaderboard as a table, with what the agent made of the last epoch.
pub fn standings_table(board: &Board, last: Option<&Step>, width: Width) -> Table {
    let is_wide = width == Width::Wide;
    let (has_agent, all) = (last.is_some(), true);
    let columns = [
        ("##", all),
        ("slot", all),
        ("#equity", all),
        ("#profit", is_wide),
        ("#return", all),
        ("#sharpe", all),
        ("#deflated", all),
        ("#sortino", is_wide),
        ("#max dd", all),
        ("#win rate", all),
        ("#pf", is_wide),
        ("#trades", all),
        ("#open", is_wide),
        ("#exposure", is_wide),
        ("#fees", is_wide),
        ("#refused", is_wide),
        ("#P(best) %", has_agent),
        ("#rank", has_agent),
        ("#expected", has_agent && is_wide),
        ("tier", is_wide),
        ("#share", all),
    ];
    let names: Vec<&str> =
        columns.iter().filter(|(_, is_shown)| *is_shown).map(|(name, _)| *name).collect();
    let mut table = Table::new(&names);
    let figure = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.2}"));
    for row in board.standings() {
        let m = &row.metrics;
        let equity = board.slot_equity(royale_model::SlotId(row.slot_id));
        let profit = equity.checked_sub(board.stakes().capital.per_slot).unwrap_or_default();
        let paint = Paint::of(row.return_ratio);
        let drawdown = m.max_drawdown.map_or_else(|| "n/a".to_owned(), percent);
        let p_best = last.and_then(|step| step.p_best.get(usize::from(row.slot_id)));
        let standing = believed(last, row.slot_id);
        let cells: [Cell; 21] = [
            row.rank.to_string().into(),
            Cell::new(&row.slot),
            human(equity).into(),
            Cell::painted(human_signed(profit), paint),
            Cell::painted(percent(row.return_ratio), paint),
            figure(m.sharpe).into(),
            figure(row.deflated_sharpe.map(|deflated| deflated.excess)).into(),
            figure(m.sortino).into(),
            drawdown.trim_start_matches('+').into(),
            m.win_rate.map_or_else(|| "n/a".to_owned(), share).into(),
            figure(m.profit_factor).into(),
            m.trades.to_string().into(),
            row.open_orders.to_string().into(),
            plain(&row.exposure).into(),
            plain(&row.fees).into(),
            row.refused.to_string().into(),
            p_best.map_or_else(|| "n/a".to_owned(), |&p| probable(p, standing)).into(),
            standing.map_or_else(|| "n/a".to_owned(), ranks).into(),
            standing.map_or_else(|| "n/a".to_owned(), expected).into(),
            row.tier.into(),
            share_of_house(&row).into(),
        ];
        let shown = cells.into_iter().zip(columns).filter(|(_, (_, is_shown))| *is_shown);
        table.row(shown.map(|(cell, _)| cell).collect());
    }
    table
}

/// A slot's share of the house; of one that the house does not follow, why it has none.
fn share_of_house(row: &Standing) -> String {
    match row.tier {
        "shadow" => "shadow".to_owned(),
        "live" => format!("{:.2} % live", row.allocation_bp as f64 / 100.0),
        _ => format!("{:.2} %", row.allocation_bp as f64 / 100.0),
    }
}

/// A probability in percent, with its 90 % interval: `63 (48-71)`.
fn probable(p_best: f64, standing: Option<&royale_meta::Standing>) -> String {
    let percent = |part: f64| format!("{:.0}", 100.0 * part);
    let band = standing.map(|standing| standing.p_best);
    let band = band.map(|band| format!(" ({}-{})", percent(band.low), percent(band.high)));
    format!("{}{}", percent(p_best), band.unwrap_or_default())
}

/// The 90 % interval of a rank: `1-4`, or `2` where it is sure.
fn ranks(standing: &royale_meta::Standing) -> String {
    match (standing.rank_best, standing.rank_worst) {
        (best, worst) if best == worst => best.to_string(),
        (best, worst) => format!("{best}-{worst}"),
    }
}

/// The 90 % interval of what a slot is expected to earn more than the field, in millionths.
fn expected(standing: &royale_meta::Standing) -> String {
    let parts = |value: f64| format!("{:+.1}", value * 1e6);
    let band = standing.expected;
    format!("{} to {} ppm", parts(band.low), parts(band.high))
}

/// A decimal text with two decimals.
fn plain(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |value| format!("{value:.2}"))
}
