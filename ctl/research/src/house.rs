//! The house account: what the allocation made of the competitors' decisions.

use crate::chart;
use crate::html::{
    count, deflated, esc, figure, money, number, signed_cell, signed_money, table_head,
};
use crate::marks::is_of_agent;
use crate::standings::{dot, drawdown};
use royale_model::SlotId;
use royale_plane::{Board, CommandRow, percent, stamp};

pub(crate) fn render(out: &mut String, board: &Board) {
    let row = board.house_row();
    let m = &row.metrics;
    out.push_str("<h2>House account</h2><section class=\"card\">");
    chart::render_house(out, board, 200);
    out.push_str("<dl class=\"stats\">");
    for (name, value) in [
        ("Equity", money(&row.equity)),
        ("Profit", signed_money(&row.profit)),
        ("Return", percent(row.return_ratio)),
        ("Sharpe (day)", figure(m.sharpe, 2)),
        ("Deflated, of one try", deflated(row.deflated_sharpe)),
        ("Max drawdown", drawdown(m.max_drawdown)),
        ("Round trips", count(m.trades)),
        ("Fills", count(row.fills)),
        ("Turnover", money(&row.turnover)),
        ("Fees", money(&row.fees)),
        ("Open exposure", money(&row.exposure)),
    ] {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    out.push_str("</dl><h4>By competitor</h4><div class=\"wide\"><table>");
    out.push_str(&table_head(&[
        "Competitor",
        "#Share of capital",
        "#Profit for the house",
        "#Approved",
        "#Refused",
        "#Fills",
    ]));
    out.push_str("<tbody>");
    for (index, name) in (0_u16..).zip(board.slots()) {
        let slot = SlotId(index);
        let standing = board.allocation_bp(slot);
        let profit = board.house_share_profit(slot).map(|n| n.to_string()).unwrap_or_default();
        let funnel = board.funnel(slot);
        let figure = |pick: fn(&royale_plane::Funnel) -> u64| count(funnel.map_or(0, pick));
        out.push_str(&format!(
            "<tr><td class=\"name\">{}{}</td><td class=\"num\">{:.2} %</td>{}<td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            dot(slot),
            esc(name),
            standing as f64 / 100.0,
            signed_cell(&signed_money(&profit), number(&profit)),
            figure(|f| f.approved[1]),
            figure(|f| f.refused[1]),
            figure(|f| f.fills[1]),
        ));
    }
    out.push_str("</tbody></table></div>");
    commands(out, board);
    out.push_str("</section>");
}

fn commands(out: &mut String, board: &Board) {
    // The agent's own are a picture, and too many for a table.
    let is_listed = |row: &&CommandRow| !is_of_agent(row) || !row.is_accepted();
    let listed: Vec<&CommandRow> = board.commands().iter().filter(is_listed).collect();
    if listed.is_empty() {
        return;
    }
    out.push_str("<h4>Commands on the journal, without the agent's allocations</h4><div class=\"wide\"><table>");
    out.push_str(&table_head(&["Time (UTC)", "#Seq", "Command", "By", "Why", "Refused because"]));
    out.push_str("<tbody>");
    for row in listed.iter().take(200) {
        let view = row.view(board.slots());
        out.push_str(&format!(
            "<tr><td>{}</td><td class=\"num\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            stamp(row.time),
            view.seq,
            esc(&view.sentence()),
            esc(&view.by),
            esc(&view.reason),
            esc(&view.refusal),
        ));
    }
    out.push_str("</tbody></table></div>");
}
