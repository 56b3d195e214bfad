//! The head of the page: what was fought, who leads, the facts and hashes, how to do it again.

use crate::html::{esc, signed_money};
use crate::page::{Report, facts_table};
use royale_plane::{final_standings, percent};

pub(crate) fn render(out: &mut String, report: &Report<'_>) {
    out.push_str("<header><p class=\"kicker\">Battle Royale · report of a simulated battle</p>");
    out.push_str(&format!("<h1>{}</h1>", esc(&report.title)));
    let finals = final_standings(report.seasons.iter().map(|season| season.board));
    if let Some(winner) = finals.first() {
        let profit = signed_money(&winner.profit);
        let mean = percent(winner.return_mean);
        let each = if winner.seasons > 1 { " a season on average" } else { "" };
        out.push_str(&format!(
            "<p class=\"lede\"><b>{}</b> leads with {profit} ({mean}{each}), ahead of {} other{}.</p>",
            esc(&winner.slot),
            finals.len() - 1,
            if finals.len() == 2 { "" } else { "s" }
        ));
    }
    // A single season has no section of its own: its facts stand here.
    let mut facts = report.facts.clone();
    if let [only] = &report.seasons[..] {
        facts.extend(only.facts.iter().cloned());
    }
    facts_table(out, &facts);
    out.push_str("<h4>To get these results again</h4>");
    out.push_str(&format!("<pre>{}</pre>", esc(&report.reproduce)));
    out.push_str("</header>");
}
