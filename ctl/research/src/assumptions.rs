//! What is simulated, what is assumed, and what the page does not promise.

use crate::page::{Report, facts_table};

const TABLE: [(&str, &str, &str); 6] = [
    (
        "Market data",
        "real, recorded",
        "Books, trades and odds as the venues sent them; gaps are kept.",
    ),
    (
        "Orders and fills",
        "simulated",
        "No order reached a venue. Fills follow the recorded book and its queue.",
    ),
    ("Latency to the venue", "simulated", "Drawn from the distributions below, by the seed."),
    (
        "Market impact",
        "assumed away",
        "Other traders do not react to our orders; competitors do not meet each other.",
    ),
    (
        "Fees",
        "by schedule",
        "By the schedule of the tape or the configuration, rounded against us.",
    ),
    ("Capital", "assumed", "No interest, no borrowing cost, no margin call."),
];

pub(crate) fn render(out: &mut String, report: &Report<'_>) {
    out.push_str(
        "<h2>What is simulated, what is real</h2><div class=\"wide\"><table><thead><tr><th>What</th>\
         <th>Is</th><th>Which means</th></tr></thead><tbody>",
    );
    for (what, is, means) in TABLE {
        out.push_str(&format!(
            "<tr><td class=\"name\">{what}</td><td>{is}</td><td>{means}</td></tr>"
        ));
    }
    out.push_str("</tbody></table></div>");
    if !report.assumptions.is_empty() {
        out.push_str("<h4>Parameters of the simulation</h4>");
        facts_table(out, &report.assumptions);
    }
    out.push_str(
        "<h2>No advice, no promise</h2><p>This is a simulation on short recordings. It \
         says how these strategies would have fared there under the assumptions above, and nothing \
         of what they will do elsewhere or later. Short samples flatter and slander alike. Nothing \
         here is advice to buy or sell anything.</p>",
    );
}
