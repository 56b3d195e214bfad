//! The final standings: one table for a single season, sums and a table of seasons for several.

use crate::agent_table::{self, interval, rank};
use crate::html::{
    count, esc, figure, money, number, sign_class, signed_cell, signed_money, table_head,
};
use crate::page::{Report, Season, colour};
use royale_model::SlotId;
use royale_plane::{final_standings, percent, share};

pub(crate) fn render(out: &mut String, report: &Report<'_>) {
    out.push_str("<h2>Final standings</h2>");
    match &report.seasons[..] {
        [only] => single(out, only),
        _ => several(out, report),
    }
    out.push_str(
        "<p class=\"note\">Every competitor trades a shadow account of equal size. Equity is cash \
         plus positions at the middle of the market. Sharpe and Sortino come from one-second equity \
         samples in event time, scaled to one day; they are n/a for samples below five minutes or \
         with fewer than twenty moves. Deflated is the Sharpe ratio less the best one that as many \
         slots without skill would show by luck: more than 0 is more than luck. P(best) and the 90 % \
         interval of the rank are the meta-agent's at the end, by expected return from here on; the \
         first column ranks by what was earned.</p>",
    );
}

fn single(out: &mut String, season: &Season<'_>) {
    let (board, last) = (season.board, season.steps.last());
    out.push_str("<div class=\"wide\"><table>");
    out.push_str(&table_head(&[
        "##",
        "Competitor",
        "Tier",
        "#Equity",
        "#Return",
        "#Sharpe",
        "#Deflated",
        "#Sortino",
        "#Max DD",
        "#Win rate",
        "#Trades",
        "#Refused",
        "#P(best)",
        "#90 %",
        "#Rank (90 %)",
        "#House share",
    ]));
    out.push_str("<tbody>");
    for row in board.standings() {
        let m = &row.metrics;
        let at = usize::from(row.slot_id);
        let p_best = last.and_then(|step| step.p_best.get(at));
        let standing = last.and_then(|step| agent_table::of(step, at));
        let ratio = percent(row.return_ratio);
        out.push_str(&format!(
            "<tr><td class=\"rank\">{}</td><td class=\"name\">{}{}</td><td>{}</td>\
             <td class=\"num\">{}</td>{}<td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{:.2} %</td></tr>",
            row.rank,
            dot(SlotId(row.slot_id)),
            esc(&row.slot),
            row.tier,
            money(&row.equity),
            signed_cell(&ratio, row.return_ratio),
            figure(m.sharpe, 2),
            figure(row.deflated_sharpe.map(|deflated| deflated.excess), 2),
            figure(m.sortino, 2),
            drawdown(m.max_drawdown),
            m.win_rate.map_or_else(|| figure(None, 0), share),
            count(m.trades),
            count(row.refused),
            p_best.map_or_else(|| figure(None, 0), |p| format!("{:.1} %", 100.0 * p)),
            interval(standing),
            rank(standing),
            row.allocation_bp as f64 / 100.0,
        ));
    }
    out.push_str("</tbody></table></div>");
}

fn several(out: &mut String, report: &Report<'_>) {
    let finals = final_standings(report.seasons.iter().map(|season| season.board));
    out.push_str("<div class=\"wide\"><table>");
    out.push_str(&table_head(&[
        "##",
        "Competitor",
        "#Profit",
        "#Mean return",
        "#Worst",
        "#Best",
        "#Sharpe (mean)",
        "#Deflated (mean)",
        "#Max DD",
        "#Seasons won",
        "#Trades",
        "#Win rate",
        "#Fees",
        "#Refused",
    ]));
    out.push_str("<tbody>");
    for row in &finals {
        out.push_str(&format!(
            "<tr><td class=\"rank\">{}</td><td class=\"name\">{}{}</td>{}{}{}{}\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{} of {}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td></tr>",
            row.rank,
            slot_dot(report, &row.slot),
            esc(&row.slot),
            signed_cell(&signed_money(&row.profit), number(&row.profit)),
            signed_cell(&percent(row.return_mean), row.return_mean),
            signed_cell(&percent(row.return_worst), row.return_worst),
            signed_cell(&percent(row.return_best), row.return_best),
            figure(row.sharpe, 2),
            figure(row.deflated_sharpe, 2),
            drawdown(row.max_drawdown),
            row.won,
            row.seasons,
            count(row.trades),
            row.win_rate.map_or_else(|| figure(None, 0), share),
            money(&row.fees),
            count(row.refused),
        ));
    }
    out.push_str("</tbody></table></div><h4>Return by season</h4>");
    out.push_str("<div class=\"wide\"><table class=\"heat\"><thead><tr><th>Competitor</th>");
    for (number, season) in (1..).zip(&report.seasons) {
        out.push_str(&format!("<th class=\"num\" title=\"{}\">{number}</th>", esc(&season.name)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &finals {
        out.push_str(&format!(
            "<tr><td class=\"name\" style=\"text-align:left\">{}</td>",
            esc(&row.slot)
        ));
        for season in &report.seasons {
            let standing = season.board.standings().into_iter().find(|s| s.slot == row.slot);
            let value = standing.map(|standing| standing.return_ratio);
            let text = value.map_or_else(|| "–".to_owned(), percent);
            out.push_str(&format!(
                "<td class=\"num {}\">{text}</td>",
                sign_class(value.unwrap_or(0.0))
            ));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out.push_str(
        "<p class=\"note\">All seasons replay the same recordings; only the seed of the simulated \
         latencies differs. Their agreement says how robust a result is to timing, and nothing of \
         other markets or days: they are not independent trials.</p>",
    );
}

/// The coloured mark of a slot.
pub(crate) fn dot(slot: SlotId) -> String {
    format!("<span class=\"k{}\"><span class=\"dot\"></span></span>", colour(slot))
}

fn slot_dot(report: &Report<'_>, name: &str) -> String {
    let slot = report.seasons.first().and_then(|season| season.board.slot_named(name));
    slot.map_or_else(String::new, dot)
}

/// A drawdown as a percentage without a plus sign.
pub(crate) fn drawdown(value: Option<f64>) -> String {
    value.map_or_else(|| figure(None, 0), |value| percent(value).trim_start_matches('+').to_owned())
}
