//! The page: what goes in, and the order of its sections.

use crate::html::esc;
use crate::{agent, assumptions, chart, events, head, house, latency, quality, slot, standings};
use royale_meta::Step;
use royale_model::SlotId;
use royale_plane::Board;
use serde_json::Value;

/// A named fact, as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What it says.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// One season: one journal.
#[derive(Debug)]
pub struct Season<'a> {
    /// Its name, such as `season 1`.
    pub name: String,
    /// The folded journal, to its end.
    pub board: &'a Board,
    /// What the meta-agent makes of each epoch; empty for a run without one.
    pub steps: &'a [Step],
    /// Seed, seal, hashes, counts: nothing of the wall clock.
    pub facts: Vec<Fact>,
    /// The engine's `latency.json`; shown in the section of the wall clock.
    pub latency: Option<Value>,
}

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// Name of the battle.
    pub title: String,
    /// The command that makes these results again.
    pub reproduce: String,
    /// Facts of the whole battle.
    pub facts: Vec<Fact>,
    /// Assumptions of the simulation, from the configuration.
    pub assumptions: Vec<Fact>,
    /// The seasons in order.
    pub seasons: Vec<Season<'a>>,
}

/// Round trips that are shown with their reasons in the whole report; the page stays below 2 MB.
pub(crate) const TRADES_SHOWN_MAX: usize = 360;

/// Bytes of page below which a season is shown whole.
const WHOLE_UNTIL: usize = 1_100_000;
/// Bytes of page below which a season is shown by its curves.
const BRIEF_UNTIL: usize = 1_700_000;

/// Renders the page.
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::with_capacity(512 * 1024);
    out.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">");
    // No page of ours may load anything; the browser is told to hold us to it.
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">",
    );
    out.push_str(&format!("<title>{} · Battle Royale</title>", esc(&report.title)));
    out.push_str(&format!("<style>{}</style></head><body>", include_str!("style.css")));
    head::render(&mut out, report);
    out.push_str("<main>");
    standings::render(&mut out, report);
    let mut left_out = 0;
    for (index, season) in report.seasons.iter().enumerate() {
        // The first season is always whole; later ones as the page's size allows.
        match out.len() {
            length if index == 0 || length < WHOLE_UNTIL => {
                render_season(&mut out, report, index, season);
            }
            length if length < BRIEF_UNTIL => render_brief(&mut out, season),
            _ => left_out += 1,
        }
    }
    if left_out > 0 {
        out.push_str(&format!(
            "<p class=\"note\">{left_out} more seasons are in the tables above; a page of each: \
             <code>ctl report DIR/season-NN</code>.</p>"
        ));
    }
    latency::render(&mut out, &report.seasons);
    assumptions::render(&mut out, report);
    out.push_str("</main></body></html>\n");
    out
}

fn render_season(out: &mut String, report: &Report<'_>, index: usize, season: &Season<'_>) {
    let several = report.seasons.len() > 1;
    if several {
        let open = if index == 0 { " open" } else { "" };
        out.push_str(&format!(
            "<details class=\"season\"{open}><summary><h2>{}</h2></summary>",
            esc(&season.name)
        ));
    }
    let points = (900 / report.seasons.len().max(1)).clamp(60, 300);
    chart::render_curves(out, season.board, points);
    agent::render(out, season, points);
    let panels = report.seasons.len() * season.board.slots().len();
    let trades_each = (TRADES_SHOWN_MAX / panels.max(1)).clamp(2, 60);
    out.push_str("<h2>Competitors</h2>");
    for row in season.board.standings() {
        slot::render(out, season.board, &row, trades_each, several);
    }
    house::render(out, season.board);
    events::render(out, season.board);
    quality::render(out, season.board);
    if several {
        facts_table(out, &season.facts);
        out.push_str("</details>");
    }
}

/// A season's curves and facts, where the page has no room for more.
fn render_brief(out: &mut String, season: &Season<'_>) {
    out.push_str("<details class=\"season\"><summary><h2>");
    out.push_str(&esc(&season.name));
    out.push_str("</h2></summary>");
    chart::render_curves(out, season.board, 60);
    facts_table(out, &season.facts);
    out.push_str("<p class=\"note\">A page of its own: <code>ctl report DIR/season-NN</code>.</p>");
    out.push_str("</details>");
}

/// A list of facts.
pub(crate) fn facts_table(out: &mut String, facts: &[Fact]) {
    out.push_str("<dl class=\"facts\">");
    // Short ones first, so that they share lines.
    let (short, long): (Vec<_>, Vec<_>) = facts.iter().partition(|fact| fact.value.len() <= 56);
    for fact in short.into_iter().chain(long) {
        let (name, value) = (esc(&fact.name), esc(&fact.value));
        // Hashes and lists take a line of their own.
        let class = if value.len() > 56 { " class=\"long\"" } else { "" };
        out.push_str(&format!("<div{class}><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    out.push_str("</dl>");
}

/// The colour of a slot is its number, in every chart and table.
pub(crate) fn colour(slot: SlotId) -> usize {
    slot.index() % 10
}
