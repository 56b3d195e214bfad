//! The report of a small battle: safe, self-contained, bounded, the same bytes every time.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;

use royale_journal::JournalError;
use royale_plane::{Board, load};
use royale_research::{Fact, Report, Season, render};
use support::{HOSTILE, stakes, write_long, write_sample};

fn board() -> Board {
    let folder = tempfile::tempdir().unwrap();
    write_sample(&folder.path().join("journal"), "");
    load::<JournalError>(&folder.path().join("journal"), |_| Ok(stakes())).unwrap().board
}

fn page(boards: &[Board]) -> String {
    let seasons = boards.iter().enumerate().map(|(at, board)| Season {
        name: format!("season {} {HOSTILE}", at + 1),
        board,
        steps: &[],
        facts: vec![Fact::new("Seal", HOSTILE)],
        latency: Some(serde_json::json!({"stages": {HOSTILE: {"p50": 100, "max": 5000}}})),
    });
    render(&Report {
        title: HOSTILE.to_owned(),
        reproduce: format!("ctl battle --seed 7 {HOSTILE}"),
        facts: vec![Fact::new(HOSTILE, HOSTILE)],
        assumptions: vec![Fact::new("order latency", HOSTILE)],
        seasons: seasons.collect(),
    })
}

#[test]
fn a_hostile_name_never_becomes_markup() {
    for boards in [vec![board()], vec![board(), board()]] {
        let page = page(&boards);
        assert!(!page.contains("<script"), "unescaped name");
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
        assert!(!page.contains("KXBTC15M-<b>"));
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = page(&[board()]);
    for forbidden in ["http://", "https://", "src=", "url(", "@import", "<link", "<iframe", "href="]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_same_journal_gives_the_same_bytes() {
    assert_eq!(page(&[board()]), page(&[board()]));
    assert_eq!(page(&[board(), board()]), page(&[board(), board()]));
}

#[test]
fn tags_that_open_also_close() {
    let page = page(&[board(), board()]);
    for tag in
        ["div", "section", "table", "tr", "td", "details", "summary", "svg", "span", "dl", "p"]
    {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn the_figures_are_those_of_the_board() {
    let page = page(&[board()]);
    for text in ["100,014.00", "+14.00", "100,002.70", "rule R7", "ctl explain S00-1", "+0.01 %"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_long_battle_stays_below_two_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut boards = Vec::new();
    for seed in 1..=3 {
        let journal = folder.path().join(format!("journal-{seed}"));
        write_long(&journal, "", seed);
        boards.push(load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board);
    }
    assert_eq!(boards[0].check(), Ok(()));
    // As many seasons as fill the page and more.
    let name = |at: usize| format!("season {at}");
    let seasons = (0..120).map(|at| Season {
        name: name(at),
        board: &boards[at % 3],
        steps: &[],
        facts: Vec::new(),
        latency: None,
    });
    let many = render(&Report {
        title: "many".to_owned(),
        reproduce: "ctl battle --epochs 120".to_owned(),
        facts: Vec::new(),
        assumptions: Vec::new(),
        seasons: seasons.collect(),
    });
    assert!(many.len() < 2_000_000, "{} bytes", many.len());
    assert!(many.contains("more seasons are in the tables above"));
    for (name, boards) in [("long", &boards[..1]), ("seasons", &boards[..])] {
        let page = page(boards).replace(&HOSTILE.replace('<', "&lt;"), "x");
        assert!(page.len() < 2_000_000, "{name}: {} bytes", page.len());
        // Left for the eye: open it in a browser.
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html"));
        std::fs::write(path, page).unwrap();
    }
}
