//! One competitor's panel: figures, curve, refusals, round trips with their reasons.

use crate::html::{count, deflated, esc, figure, money, sign_class, signed_money, table_head};
use crate::standings::{dot, drawdown};
use crate::{chart, trades};
use royale_model::{Account, SlotId};
use royale_plane::{Board, Standing, percent, rule, share, verdict_sentence};

pub(crate) fn render(
    out: &mut String,
    board: &Board,
    row: &Standing,
    trades_max: usize,
    folded: bool,
) {
    let slot = SlotId(row.slot_id);
    out.push_str(&format!(
        "<section class=\"card\"><div class=\"top\"><h3>{}{}</h3><span class=\"big {}\">{}</span></div>",
        dot(slot),
        esc(&row.slot),
        sign_class(row.return_ratio),
        percent(row.return_ratio)
    ));
    chart::render_spark(out, board, slot);
    stats(out, board, row, slot);
    if !row.last_reason.is_empty() {
        out.push_str(&format!(
            "<p class=\"note\" style=\"margin-top:14px\">Strongest reason of its last decision: {}</p>",
            esc(&row.last_reason)
        ));
    }
    // Several seasons make a long page: details are folded there.
    if folded {
        out.push_str("<details class=\"more\"><summary>Refusals and round trips</summary>");
    }
    refusals(out, board, slot);
    out.push_str("<h4>Round trips</h4>");
    trades::render(out, board, Account::shadow(slot), trades_max);
    out.push_str(if folded { "</details></section>" } else { "</section>" });
}

fn stats(out: &mut String, board: &Board, row: &Standing, slot: SlotId) {
    let m = &row.metrics;
    let share_profit = board
        .house_share_profit(slot)
        .map_or_else(|| "n/a".to_owned(), |n| signed_money(&n.to_string()));
    let items: [(&str, String); 17] = [
        ("Equity", money(&row.equity)),
        ("Profit", signed_money(&row.profit)),
        ("Sharpe (day)", figure(m.sharpe, 2)),
        ("Deflated Sharpe", deflated(row.deflated_sharpe)),
        ("Sortino (day)", figure(m.sortino, 2)),
        ("Max drawdown", drawdown(m.max_drawdown)),
        ("Win rate", m.win_rate.map_or_else(|| figure(None, 0), share)),
        ("Profit factor", figure(m.profit_factor, 2)),
        ("Mean round trip", figure(m.expectancy, 2)),
        ("Round trips", format!("{} ({} won)", count(m.trades), count(m.wins))),
        ("Fills", count(row.fills)),
        ("Turnover", money(&row.turnover)),
        ("Fees", money(&row.fees)),
        ("Open exposure", money(&row.exposure)),
        ("Decisions", count(row.decisions)),
        ("House share", format!("{:.2} %", row.allocation_bp as f64 / 100.0)),
        ("Made for the house", share_profit),
    ];
    out.push_str("<dl class=\"stats\">");
    for (name, value) in items {
        // Values are numbers of ours or the marked n/a: already safe.
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    out.push_str("</dl>");
}

fn refusals(out: &mut String, board: &Board, slot: SlotId) {
    let Some(funnel) = board.funnel(slot) else { return };
    out.push_str("<h4>From decision to fill</h4><div class=\"wide\"><table>");
    out.push_str(&table_head(&[
        "Account",
        "#Decided",
        "#Approved",
        "#Refused",
        "#Sent",
        "#Rejected by venue",
        "#Fills",
        "#Cancelled or expired",
    ]));
    out.push_str("<tbody>");
    for (at, name) in [(0, "shadow"), (1, "house")] {
        out.push_str(&format!("<tr><td>{name}</td>"));
        for figure in [
            funnel.submits,
            funnel.approved[at],
            funnel.refused[at],
            funnel.sent[at],
            funnel.rejected[at],
            funnel.fills[at],
            funnel.ended[at],
        ] {
            out.push_str(&format!("<td class=\"num\">{}</td>", count(figure)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    let refusals = funnel.refusals();
    if !refusals.is_empty() {
        out.push_str("<div class=\"wide\"><table>");
        out.push_str(&table_head(&["Refused by", "Account", "#Times", "First case"]));
        out.push_str("<tbody>");
        for refusal in &refusals {
            let (number, _) = rule(refusal.code);
            let account = if refusal.is_house { "house" } else { "shadow" };
            out.push_str(&format!(
                "<tr><td class=\"name\">{} {number}</td><td>{account}</td><td class=\"num\">{}</td>\
                 <td><span class=\"mono\">{}</span> {}</td></tr>",
                refusal.code.name(),
                count(refusal.count),
                refusal.first.order,
                esc(&verdict_sentence(&refusal.first)),
            ));
        }
        out.push_str("</tbody></table></div>");
    }
    for (name, times) in funnel.rejects() {
        out.push_str(&format!(
            "<p class=\"note\">The venue rejected {}: {}.</p>",
            count(times),
            esc(name)
        ));
    }
}
