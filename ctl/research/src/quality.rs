//! Data quality: what the recording held, and where it has holes.

use crate::html::{count, esc, table_head};
use royale_plane::{Board, stamp};

pub(crate) fn render(out: &mut String, board: &Board) {
    let quality = board.quality();
    out.push_str("<h2>Data quality</h2>");
    let gaps: u64 = (0..board.instruments().len())
        .filter_map(|i| quality.feed(i))
        .map(|f| f.gaps.iter().sum::<u64>())
        .sum();
    out.push_str(&format!(
        "<p>{} events in {} session{}, {} gap{} reported by the feed. While an instrument has a gap \
         its book is void, and the risk gate refuses new orders on it.</p>",
        count(quality.events()),
        quality.sessions().len(),
        plural(quality.sessions().len() as u64),
        count(gaps),
        plural(gaps),
    ));
    if let Err(fault) = board.check() {
        out.push_str(&format!(
            "<p class=\"warn neg\">The books do not balance: {}.</p>",
            esc(&fault)
        ));
    }
    out.push_str("<div class=\"wide\"><table>");
    out.push_str(&table_head(&[
        "Instrument",
        "#Market events",
        "#Reconnects",
        "#Sequence gaps",
        "#Corrupt books",
        "#Longest silence",
    ]));
    out.push_str("<tbody>");
    for (index, instrument) in board.instruments().iter().enumerate() {
        let Some(feed) = quality.feed(index) else { continue };
        out.push_str(&format!(
            "<tr><td class=\"name\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{:.1} s</td></tr>",
            esc(instrument.symbol.as_str()),
            count(feed.events),
            feed.gaps[0],
            feed.gaps[1],
            feed.gaps[2],
            feed.longest_silence.as_secs_f64(),
        ));
    }
    out.push_str("</tbody></table></div><div class=\"wide\"><table>");
    out.push_str(&table_head(&["Kind of event", "#Events"]));
    out.push_str("<tbody>");
    for row in quality.kinds() {
        out.push_str(&format!(
            "<tr><td>{}</td><td class=\"num\">{}</td></tr>",
            row.kind,
            count(row.events)
        ));
    }
    out.push_str("</tbody></table></div><details class=\"more\"><summary>Sessions</summary><div class=\"wide\"><table>");
    out.push_str(&table_head(&["##", "First event (UTC)", "Last event (UTC)"]));
    out.push_str("<tbody>");
    for (number, (first, last)) in (1..).zip(quality.sessions().iter().take(500)) {
        out.push_str(&format!(
            "<tr><td>{number}</td><td>{}</td><td>{}</td></tr>",
            stamp(*first),
            stamp(*last)
        ));
    }
    out.push_str("</tbody></table></div></details>");
}

fn plural(n: u64) -> &'static str {
    if n == 1 { "" } else { "s" }
}
