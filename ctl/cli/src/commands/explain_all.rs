//! `ctl explain --all`: every order, refused decision and abstention of a run, with one recomputation.

use super::explain::{Case, open};
use super::explain_text;
use crate::failure::{Code, Failure};
use crate::recompute::Verification;
use crate::table::{Cell, Table};
use crate::{names, out};
use royale_plane::{Coverage, Covered, Explanation, Tally};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Problems that are told one by one.
const SHOWN: usize = 20;

/// Runs it.
///
/// # Errors
/// No journal, no such slot, or no engine to recompute it.
pub fn run(
    journal: &Path,
    slot: Option<&str>,
    is_verified: bool,
    is_json: bool,
) -> Result<ExitCode, Failure> {
    let mut coverage = Coverage::default();
    let case = open(journal, |board, record| coverage.see(board, record))?;
    let board = case.board();
    let slot = slot.map(|name| names::slot(board, name)).transpose()?;
    let last = board.clock().map_or(0, |clock| clock.seq);
    let verification =
        if last == 0 { Verification::Skipped {} } else { case.verification(last, is_verified)? };
    let covered = coverage.tell(board, slot, |story: &Explanation| {
        if is_json { out::json_line(&case.document(story)?) } else { Ok(()) }
    })?;
    if is_json {
        out::json_line(&json!({
            "summary": covered.tallies,
            "problems": covered.problems,
            "verification": verification,
        }))?;
    } else {
        out::data(&text(&case, &covered, &verification))?;
    }
    if covered.problems.is_empty() {
        return Ok(verification.code());
    }
    Ok(ExitCode::from(Code::Mismatch as u8))
}

fn text(case: &Case, covered: &Covered, verification: &Verification) -> String {
    let mut table = Table::new(&[
        "slot",
        "#orders",
        "#refused",
        "#explained",
        "#fills",
        "#explained",
        "#abstentions",
        "#explained",
    ]);
    for tally in &covered.tallies {
        let Tally { orders, refused, explained, fills, fills_explained, .. } = tally;
        let (abstentions, told) = (tally.abstentions, tally.abstentions_explained);
        let numbers = [orders, refused, explained, fills, fills_explained, &abstentions, &told];
        let mut row = vec![Cell::new(&tally.slot)];
        row.extend(numbers.map(|number| number.to_string().into()));
        table.row(row);
    }
    let mut text = table.render(out::colours());
    let problems = &covered.problems;
    match problems.len() {
        0 => text.push_str("\nEvery order, refused decision, fill and abstention is explained.\n"),
        count => text.push_str(&format!("\n{count} without a whole explanation:\n")),
    }
    for problem in problems.iter().take(SHOWN) {
        text.push_str(&format!("  {}\n", out::clean(problem)));
    }
    if problems.len() > SHOWN {
        text.push_str(&format!("  … and {} more\n", problems.len() - SHOWN));
    }
    if let Some(damage) = &case.read.damage {
        text.push_str(&format!("What lies behind the damage is not counted: {damage}\n"));
    }
    text + &explain_text::verdict(verification)
}
