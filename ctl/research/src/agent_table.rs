//! What is believed of each slot at the end: a table, the most probable best one first.
//!
//! Owns the rows and the picture of an interval. Must never round a rank or hide that nothing is
//! believed yet.

use crate::agent::small;
use crate::html::{esc, figure, signed_cell, table_head};
use crate::standings::dot;
use royale_meta::{Band, Standing, Step};
use royale_model::SlotId;
use royale_plane::Board;

pub(crate) fn render(out: &mut String, board: &Board, steps: &[Step]) {
    let Some(last) = steps.last() else { return };
    out.push_str(
        "<h4>The slots, as the agent sees them at the end</h4><div class=\"wide\"><table>",
    );
    out.push_str(&table_head(&[
        "Competitor",
        "#P(best)",
        "#90 %",
        "#Rank, 90 %",
        "#Share",
        "#Expected",
        "",
        "#90 %",
        "#Alone",
        "#By risk",
        "#Kept",
    ]));
    out.push_str("<tbody>");
    let mut order: Vec<usize> = (0..board.slots().len()).collect();
    let p_best = |slot: usize| last.p_best.get(slot).copied().unwrap_or(0.0);
    order.sort_by(|&a, &b| p_best(b).total_cmp(&p_best(a)).then(a.cmp(&b)));
    let widest = last.standings.iter().flatten().map(|standing| &standing.expected);
    let reach = widest.map(|band| band.low.abs().max(band.high.abs())).fold(0.0, f64::max);
    for slot in order {
        let slot_id = SlotId(u16::try_from(slot).unwrap_or(u16::MAX));
        let alone: f64 = steps.iter().filter_map(|step| step.returns.get(slot)).sum();
        let standing = of(last, slot);
        out.push_str(&format!(
            "<tr><td class=\"name\">{}{}</td><td class=\"num\">{:.1} %</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{:.2} %</td>",
            dot(slot_id),
            esc(board.slot_name(slot_id)),
            100.0 * p_best(slot),
            interval(standing),
            rank(standing),
            board.allocation_bp(slot_id) as f64 / 100.0
        ));
        match standing.map(|standing| standing.expected) {
            Some(Band { low, mean, high }) => {
                let (from, to) = (small(low), small(high));
                out.push_str(&signed_cell(&small(mean), mean));
                out.push_str(&format!(
                    "<td>{}</td><td class=\"num\">{} to {to}</td>",
                    whisker([low, mean, high], reach),
                    from.trim_end_matches([' ', '%', '\u{a0}']),
                ));
            }
            None => {
                let none = format!("<td class=\"num\">{}</td>", figure(None, 0));
                out.push_str(&format!("{none}<td></td>{none}"));
            }
        }
        out.push_str(&signed_cell(&format!("{:+.2} %", 100.0 * alone), alone));
        let part = |all: &[f64]| 100.0 * all.get(slot).copied().unwrap_or(0.0);
        out.push_str(&format!(
            "<td class=\"num\">{:.1} %</td><td class=\"num\">{:.0} %</td></tr>",
            part(&last.by_risk),
            part(&last.kept),
        ));
    }
    out.push_str("</tbody></table></div>");
}

/// Where a slot stands after this step, if that is known.
pub(crate) fn of(step: &Step, slot: usize) -> Option<&Standing> {
    step.standings.get(slot).and_then(Option::as_ref)
}

/// The interval of P(best): `48–71 %`.
pub(crate) fn interval(standing: Option<&Standing>) -> String {
    let Some(Band { low, high, .. }) = standing.map(|standing| standing.p_best) else {
        return figure(None, 0);
    };
    format!("{:.0}–{:.0} %", 100.0 * low, 100.0 * high)
}

/// The interval of a rank: `1–4`, or `2` where it is sure.
pub(crate) fn rank(standing: Option<&Standing>) -> String {
    match standing {
        None => figure(None, 0),
        Some(one) if one.rank_best == one.rank_worst => one.rank_best.to_string(),
        Some(one) => format!("{}–{}", one.rank_best, one.rank_worst),
    }
}

/// An interval and its middle on an axis around zero that reaches as far on either side.
fn whisker([low, mean, high]: [f64; 3], reach: f64) -> String {
    let at = |value: f64| 100.0 + 96.0 * value / reach.max(f64::MIN_POSITIVE);
    format!(
        "<svg class=\"whisker\" viewBox=\"0 0 200 14\" role=\"img\" aria-label=\"interval\">\
         <path class=\"zero\" d=\"M100 0V14\"/><path d=\"M{:.1} 7H{:.1}\"/>\
         <circle cx=\"{:.1}\" cy=\"7\" r=\"3.4\"/></svg>",
        at(low),
        at(high),
        at(mean)
    )
}
