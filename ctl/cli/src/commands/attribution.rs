//! `ctl attribution`: where the profit came from, in parts that add up to it.

use crate::args::SourceArgs;
use crate::failure::{Code, Failure};
use crate::names;
use crate::out::{self, Paint};
use crate::source;
use crate::table::{Cell, Table};
use clap::{Args, ValueEnum};
use royale_journal::Record;
use royale_model::{Body, Notional, Seq};
use royale_plane::{Attribution, AttributionRow, Board, FactorRow, human_signed};
use serde_json::json;

/// How to cut the profit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum By {
    /// Realised, unrealised and fees of each slot, and the house against equal shares
    Strategy,
    /// The reasons of the decisions
    Factor,
    /// Signal, settlement, latency, queue, slippage and fees of each slot
    Execution,
}

/// `ctl attribution`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl attribution\n  ctl attribution --by execution\n  ctl attribution --slot trend --by factor\n  ctl attribution --journal runs/battle-7/season-01 --json | jq '.total'\n\nThe last row is the sum of those above it, to 10^-18; exit code 8 when it is not."
)]
pub struct AttributionArgs {
    /// Only this slot
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    /// How to cut the profit
    #[arg(long, value_enum, default_value = "strategy")]
    by: By,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, no such slot, or parts that do not add up.
pub fn run(args: &AttributionArgs) -> Result<(), Failure> {
    let board = folded(&args.source)?;
    let wanted = match &args.slot {
        Some(name) => Some(board.slot_name(names::slot(&board, name)?).to_owned()),
        None => None,
    };
    let all = board.attribution().map_err(Failure::error)?;
    let slot = wanted.as_deref();
    if args.source.json {
        return print_json(&all, slot);
    }
    match args.by {
        By::Strategy => by_strategy(&all, slot),
        By::Factor => by_factor(&all, slot),
        By::Execution => by_execution(&all, slot),
    }
}

/// The journal, folded; its parts are added up after every record that moves money, and at the end.
fn folded(args: &SourceArgs) -> Result<Board, Failure> {
    let journal = source::journal(args.journal.as_deref(), &args.socket)?;
    let (mut moved, mut first) = (None, Ok(()));
    let look = |board: &Board, record: &Record| {
        // The board is as it was before this record: after the one that was seen last.
        if let (Some(seq), true) = (moved.take(), first.is_ok()) {
            first = board.check_attribution().map_err(|why| adds_up_no_more(seq, &why));
        }
        if let Record::Event(event) = record
            && matches!(event.body(), Body::ExecutionReport(_) | Body::Settlement(_))
        {
            moved = Some(event.seq());
        }
    };
    let read = royale_plane::read(&journal, |preamble| source::stakes(&journal, preamble), look)?;
    if let Some(damage) = read.damage {
        return Err(damage.into());
    }
    first?;
    let board = read.loaded.board;
    let last = board.clock().map_or(0, |clock| clock.seq);
    board.check().map_err(|why| adds_up_no_more(last, &why))?;
    Ok(board)
}

fn adds_up_no_more(seq: Seq, why: &str) -> Failure {
    Failure::new(Code::Mismatch, format!("event {seq}: the parts do not add up: {why}"))
        .remedy("ctl journal verify DIR says whether the journal is sound")
}

/// All of it, or what concerns one slot: the same names.
fn print_json(all: &Attribution, slot: Option<&str>) -> Result<(), Failure> {
    let Some(slot) = slot else { return out::json(all) };
    let of = |row: &&AttributionRow| row.slot == slot;
    out::json(&json!({
        "currency": all.currency,
        "strategies": all.strategies.iter().filter(of).collect::<Vec<_>>(),
        "factors": all.factors.iter().filter(|row| row.slot == slot).collect::<Vec<_>>(),
        "house_shares": all.house_shares.iter().filter(of).collect::<Vec<_>>(),
        "allocation": all.allocation.iter().filter(|row| row.slot == slot).collect::<Vec<_>>(),
    }))
}

/// The rows of a table: all slots and their total, or one slot alone.
fn rows<'a, R>(
    list: &'a [R],
    total: &'a R,
    slot: Option<&str>,
    name: impl Fn(&R) -> &str,
) -> Vec<&'a R> {
    match slot {
        Some(slot) => list.iter().filter(|row| name(row) == slot).collect(),
        None => list.iter().chain([total]).collect(),
    }
}

fn by_strategy(all: &Attribution, slot: Option<&str>) -> Result<(), Failure> {
    let mut table = Table::new(&["slot", "#realised", "#unrealised", "#fees", "#profit", "#fills"]);
    for row in rows(&all.strategies, &all.total, slot, |row| &row.slot) {
        table.row(vec![
            Cell::new(&row.slot),
            money(row.realised),
            money(row.unrealised),
            money(row.fees),
            painted(row.profit),
            row.fills.to_string().into(),
        ]);
    }
    out::data(&table.render(out::colours()))?;
    let names =
        ["house by slot", "#share", "#equal shares", "#allocation", "#sizing", "#execution"];
    let names: Vec<&str> = names.into_iter().chain(["#fees", "#rounding", "#profit"]).collect();
    let mut table = Table::new(&names);
    for row in rows(&all.allocation, &all.allocation_total, slot, |row| &row.slot) {
        table.row(vec![
            Cell::new(&row.slot),
            format!("{:.2} %", row.share_bp as f64 / 100.0).into(),
            money(row.equal),
            money(row.allocation),
            money(row.sizing),
            money(row.execution),
            money(row.fees),
            money(row.rounding),
            painted(row.profit),
        ]);
    }
    out::data(&format!("\n{}", table.render(out::colours())))
}

fn by_execution(all: &Attribution, slot: Option<&str>) -> Result<(), Failure> {
    let shadow = rows(&all.strategies, &all.total, slot, |row| &row.slot);
    out::data(&parts_table("slot", &shadow).render(out::colours()))?;
    let house = rows(&all.house_shares, &all.house, slot, |row| &row.slot);
    out::data(&format!("\n{}", parts_table("house by slot", &house).render(out::colours())))?;
    let blind: u64 = shadow.iter().map(|row| row.unreferenced).max().unwrap_or(0);
    if blind > 0 {
        out::remark(&format!("{blind} fills have no reference price: they stand in the signal"));
    }
    Ok(())
}

fn parts_table(first: &str, rows: &[&AttributionRow]) -> Table {
    let names = [first, "#signal", "#settlement", "#latency", "#queue", "#slippage", "#fees"];
    let names: Vec<&str> = names.into_iter().chain(["#rounding", "#profit"]).collect();
    let mut table = Table::new(&names);
    for row in rows {
        table.row(vec![
            Cell::new(&row.slot),
            money(row.signal),
            money(row.settlement),
            money(row.latency),
            money(row.queue),
            money(row.slippage),
            money(row.fees),
            money(row.rounding),
            painted(row.profit),
        ]);
    }
    table
}

fn by_factor(all: &Attribution, slot: Option<&str>) -> Result<(), Failure> {
    let mut table = Table::new(&["reason", "#closed", "#open", "#profit"]);
    let (list, profit): (Vec<&FactorRow>, Notional) = match slot {
        Some(slot) => {
            let profit = all.strategies.iter().find(|row| row.slot == slot);
            let list = all.factors.iter().filter(|row| row.slot == slot).collect();
            (list, profit.map(|row| row.profit).unwrap_or_default())
        }
        None => (all.factors_total.iter().collect(), all.total.profit),
    };
    for row in list {
        table.row(vec![
            Cell::new(&row.factor),
            row.closed.map_or_else(|| "".into(), money),
            row.open.map_or_else(|| "".into(), money),
            painted(row.profit),
        ]);
    }
    let total = ["total".into(), Cell::new(""), Cell::new(""), painted(profit)];
    table.row(total.to_vec());
    out::data(&table.render(out::colours()))
}

/// An amount for the eye.
fn money(amount: Notional) -> Cell {
    Cell::new(human_signed(amount))
}

fn painted(amount: Notional) -> Cell {
    Cell::painted(human_signed(amount), Paint::of(amount.to_f64()))
}
