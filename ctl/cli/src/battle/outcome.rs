//! The end of a battle: final standings as a table or as one JSON document, and what to type next.

use super::chapters;
use super::folder::Manifest;
use crate::commands::leaderboard::{Width, document as season_document, standings_table};
use crate::ladder;
use crate::out::{self, Paint};
use crate::report_input::SeasonInput;
use crate::table::{Cell, Table};
use royale_plane::{Board, FinalStanding, final_standings, percent, share};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Duration;

/// The document: for a fixed seed and tapes the same bytes in every run, unless it is asked for
/// wall-clock figures.
pub fn document(
    seasons: &[SeasonInput],
    manifest: &Manifest,
    dir: &Path,
    report: Option<&Path>,
    elapsed: Option<Duration>,
) -> Value {
    let finals = final_standings(seasons.iter().map(|season| &season.board));
    let rows: Vec<Value> = seasons
        .iter()
        .map(|season| {
            let mut row = season_document(&season.board, &season.steps, true);
            if let Some(map) = row.as_object_mut() {
                map.insert("season".into(), season.number.into());
                map.insert("seed".into(), season.seed.into());
                map.insert("seal".into(), season.seal.clone().into());
                map.insert("settlements".into(), settlements(&season.board));
            }
            row
        })
        .collect();
    let mut all = Map::new();
    all.insert(
        "battle".into(),
        json!({
            "seed": manifest.seed,
            "epochs": manifest.epochs,
            "reproduce": manifest.reproduce,
            "folder": dir.display().to_string(),
            "report": report.map(|path| path.display().to_string()),
        }),
    );
    all.insert("standings".into(), json!(finals));
    all.insert("seasons".into(), Value::Array(rows));
    all.insert("ladder".into(), ladder::document(&chapters(seasons)));
    if let Some(elapsed) = elapsed {
        let latency: Vec<_> = seasons.iter().map(|season| season.latency.clone()).collect();
        let wall = json!({"elapsed_s": elapsed.as_secs_f64(), "latency": latency});
        all.insert("wall_clock".into(), wall);
    }
    Value::Object(all)
}

fn settlements(board: &Board) -> Value {
    let row = |row: &royale_plane::SettlementRow| {
        json!({
            "instrument": board.symbol(row.instrument),
            "value": row.value.to_string(),
            "time": royale_plane::stamp(row.time),
            "seq": row.seq,
        })
    };
    Value::Array(board.settlements().iter().map(row).collect())
}

/// The standings for people, and the next commands.
pub fn text(seasons: &[SeasonInput], dir: &Path, report: Option<&Path>) -> String {
    let colours = out::colours();
    let mut text = match seasons {
        [only] => standings_table(&only.board, only.steps.last(), Width::Narrow).render(colours),
        all => {
            let finals = final_standings(all.iter().map(|season| &season.board));
            finals_table(&finals, seasons).render(colours)
        }
    };
    for (at, line) in ladder::sentences(&chapters(seasons)).iter().enumerate() {
        let head = if at == 0 { "\nladder " } else { "       " };
        text.push_str(&format!("{head}  {}\n", out::clean(line)));
    }
    let newest = seasons.last();
    if let Some(report) = report {
        text.push_str(&format!("\nreport   {}\n", report.display()));
    }
    text.push_str(&format!("\n{}\n", Paint::Bold.on("Next", colours)));
    let folder = dir.display();
    let mut next = |command: String, why: &str| {
        text.push_str(&format!("  {command:<52}  {why}\n"));
    };
    if let Some(order) = newest.and_then(|season| telling_order(&season.board)) {
        next(format!("ctl explain {order} --journal {folder}"), "the trade that mattered most");
    }
    if let Some(slot) = newest.and_then(|season| most_refused(&season.board)) {
        next(format!("ctl why-not {slot} --journal {folder}"), "what stood in its way");
    }
    next(format!("ctl journal verify {folder}"), "every byte and seal");
    if let Some(season) = newest {
        let place = season.dir.display();
        next(format!("ctl journal replay {place}"), "the same decisions again");
    }
    text
}

fn finals_table(finals: &[FinalStanding], seasons: &[SeasonInput]) -> Table {
    let rungs = ladder::rungs(&chapters(seasons));
    let mut table = Table::new(&[
        "##",
        "slot",
        "tier",
        "#profit",
        "#mean return",
        "#worst",
        "#best",
        "#sharpe",
        "#deflated",
        "#max dd",
        "#won",
        "#trades",
        "#win rate",
        "#refused",
    ]);
    let figure = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.2}"));
    for row in finals {
        let profit = row.profit.parse::<f64>().unwrap_or(0.0);
        let drawdown = row.max_drawdown.map_or_else(|| "n/a".to_owned(), percent);
        table.row(vec![
            row.rank.to_string().into(),
            Cell::new(&row.slot),
            rungs.get(&row.slot).cloned().unwrap_or_default().into(),
            Cell::painted(format!("{profit:+.2}"), Paint::of(profit)),
            Cell::painted(percent(row.return_mean), Paint::of(row.return_mean)),
            percent(row.return_worst).into(),
            percent(row.return_best).into(),
            figure(row.sharpe).into(),
            figure(row.deflated_sharpe).into(),
            drawdown.trim_start_matches('+').into(),
            format!("{} of {}", row.won, row.seasons).into(),
            row.trades.to_string().into(),
            row.win_rate.map_or_else(|| "n/a".to_owned(), share).into(),
            row.refused.to_string().into(),
        ]);
    }
    table
}

/// The order that opened the round trip with the largest result.
fn telling_order(board: &Board) -> Option<royale_model::OrderId> {
    let trips = board.trips().iter().filter(|trip| !trip.account.is_house());
    trips.max_by_key(|trip| trip.pnl.abs()).map(|trip| trip.entry_order)
}

fn most_refused(board: &Board) -> Option<String> {
    let row = board.standings().into_iter().max_by_key(|row| row.refused)?;
    Some(row.slot)
}
