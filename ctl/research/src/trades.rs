//! Round trips as expandable lines: the figures outside, the reason and its waterfall inside.

use crate::html::{count, esc, number, sign_class, signed_money};
use royale_model::{Account, Attribution, Decision};
use royale_plane::{Board, RoundTrip, human_nano, sentence};

/// Trips that are visible without a click.
const UNFOLDED: usize = 8;

/// Lists the trips of an account; when there are more than `max`, those with the largest results.
pub(crate) fn render(out: &mut String, board: &Board, account: Account, max: usize) {
    let mut trips: Vec<&RoundTrip> =
        board.trips().iter().filter(|trip| trip.account == account).collect();
    let all = trips.len();
    if all == 0 {
        out.push_str("<p class=\"note\">No round trip was closed.</p>");
        return;
    }
    if all > max {
        trips.sort_by_key(|trip| (std::cmp::Reverse(trip.pnl.abs()), trip.closed_seq));
        trips.truncate(max);
        trips.sort_by_key(|trip| trip.closed_seq);
        out.push_str(&format!(
            "<p class=\"note\">The {max} with the largest result of {}, in order of time. All of \
             them: <code>ctl orders --trades</code>.</p>",
            count(all as u64)
        ));
    }
    let (first, rest) = trips.split_at(trips.len().min(UNFOLDED));
    for trip in first {
        trade(out, board, trip);
    }
    if !rest.is_empty() {
        let more = rest.len();
        out.push_str(&format!("<details class=\"more\"><summary>{more} more</summary>"));
        for trip in rest {
            trade(out, board, trip);
        }
        out.push_str("</details>");
    }
}

fn trade(out: &mut String, board: &Board, trip: &RoundTrip) {
    let row = board.trade_row(trip);
    out.push_str(&format!(
        "<details class=\"trade\"><summary><span class=\"t\">{}</span><span class=\"w\">{}</span>\
         <span class=\"q\">{} {}</span><span class=\"p\">{} → {}</span><span class=\"r {}\">{}</span>\
         </summary><div class=\"body\">",
        row.opened.get(5..19).unwrap_or_default(),
        esc(&row.instrument),
        row.direction,
        row.qty,
        price(&row.entry_price),
        price(&row.exit_price),
        sign_class(number(&row.profit)),
        signed_money(&row.profit),
    ));
    let life = board.orders().find(trip.entry_order);
    if let Some(decision) = life.and_then(|life| board.orders().decision_of(life)) {
        let instrument = board.instruments().get(trip.instrument.index());
        let slot = board.slot_name(decision.slot);
        out.push_str(&format!("<p>{}</p>", esc(&sentence(decision, instrument, slot))));
        waterfall(out, decision);
    }
    out.push_str(&format!(
        "<p class=\"note\">Opened by <span class=\"mono\">{}</span>, closed {} by <span \
         class=\"mono\">{}</span>. Fees {}, taken off already. Whole story: <code>ctl explain \
         {}</code>.</p></div></details>",
        row.entry_order,
        row.closed.get(5..19).unwrap_or_default(),
        esc(&row.closed_by),
        row.fees,
        row.entry_order,
    ));
}

/// The reasons as bars that build up the score from left to right.
fn waterfall(out: &mut String, decision: &Decision) {
    let reasons = decision.attributions();
    if reasons.is_empty() {
        return;
    }
    let mut sum = 0_i128;
    let mut spans = Vec::with_capacity(reasons.len());
    for reason in reasons {
        let next = sum + i128::from(reason.contribution);
        spans.push((sum.min(next), sum.max(next)));
        sum = next;
    }
    let low = spans.iter().map(|span| span.0).min().unwrap_or(0).min(0);
    let high = spans.iter().map(|span| span.1).max().unwrap_or(0).max(0);
    // Percentages in tenths, in integers: the same bytes everywhere.
    let range = (high - low).max(1);
    let tenths = |value: i128| value * 1_000 / range;
    out.push_str("<div class=\"wf\">");
    for (reason, (from, to)) in reasons.iter().zip(&spans) {
        let (a, w) = (tenths(from - low), tenths(to - from));
        bar(out, reason, a, w);
    }
    out.push_str(&format!(
        "<span class=\"sum\">score</span><span class=\"sum\"></span><span class=\"sum bar\">&nbsp;\
         </span><span class=\"sum r\">{}</span></div>",
        signed(decision.score)
    ));
}

fn bar(out: &mut String, reason: &Attribution, a: i128, w: i128) {
    let class = sign_class(reason.contribution as f64);
    out.push_str(&format!(
        "<span>{}</span><span class=\"r\">{}</span><span class=\"bar {class}\"><i \
         style=\"--a:{}.{};--w:{}.{}\"></i></span><span class=\"r {class}\">{}</span>",
        esc(reason.feature.name()),
        short(reason.value),
        a / 10,
        a % 10,
        w / 10,
        w % 10,
        signed(reason.contribution),
    ));
}

fn signed(nano: i64) -> String {
    let rounded = nano / 100_000 * 100_000;
    let text = human_nano(if nano.abs() >= 100_000 { rounded } else { nano });
    if nano > 0 { format!("+{text}") } else { text }
}

/// A price for the eye: an average may have nine decimals.
fn price(text: &str) -> String {
    let value = number(text);
    let decimals = if value.abs() < 10.0 { 4 } else { 2 };
    if text.split_once('.').is_none_or(|(_, rest)| rest.len() <= decimals) {
        return text.to_owned();
    }
    let short = format!("{value:.decimals$}");
    short.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A feature's value with about five significant digits.
fn short(value: f32) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if magnitude >= 1_000.0 {
        format!("{value:.0}")
    } else if magnitude >= 1.0 {
        format!("{value:.2}")
    } else if magnitude >= 0.0001 {
        format!("{value:.4}")
    } else {
        format!("{value:.2e}")
    }
}
