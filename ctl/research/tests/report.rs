//! The report of a small battle: safe, self-contained, bounded, the same bytes every time.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;

use royale_journal::JournalError;
use royale_meta::{Band, Mode, Regret, Standing, Step};
use royale_model::{Fault, SlotEvent};
use royale_plane::{Board, load};
use royale_research::{Fact, Report, Season, render};
use support::{BTC, HOSTILE, START, Script, stakes, write_long, write_sample};

fn board() -> Board {
    let folder = tempfile::tempdir().unwrap();
    write_sample(&folder.path().join("journal"), "");
    load::<JournalError>(&folder.path().join("journal"), |_| Ok(stakes())).unwrap().board
}

/// Steps as an agent would leave them, one every 30 seconds.
fn steps(slots: usize, epochs: u64) -> Vec<Step> {
    let wave = |epoch: u64, at: usize| ((epoch as f64) * 0.1 + at as f64).sin();
    let mut earned = 0.0;
    let step = |epoch: u64| {
        earned += 1e-5 * wave(epoch, 0);
        let total: f64 = (0..slots).map(|at| 1.5 + wave(epoch, at)).sum();
        let p_best: Vec<f64> = (0..slots).map(|at| (1.5 + wave(epoch, at)) / total).collect();
        let standing = |at: usize| Standing {
            p_best: Band { low: 0.125, mean: p_best[at], high: 0.875 },
            rank_best: 1,
            rank_worst: slots as u16,
            expected: Band { low: -2e-5, mean: 1e-5, high: 4e-5 },
        };
        let shares = vec![10_000 / slots as i64; slots];
        Step {
            epoch,
            seq: epoch,
            time_ns: (START + 30 * epoch as i64) * 1_000_000_000,
            mode: if epoch < 3 { Mode::Warmup } else { Mode::NotWorthIt },
            returns: (0..slots).map(|at| 1e-5 * wave(epoch, at)).collect(),
            regimes: vec![0.25, 0.5, 0.25],
            // The last slot is stopped.
            standings: (0..slots).map(|at| (at + 1 < slots).then(|| standing(at))).collect(),
            by_risk: p_best.clone(),
            kept: vec![1.0; slots],
            p_best,
            proposed: shares.clone(),
            before: shares.clone(),
            moved: 0,
            shares,
            regret: Regret {
                epochs: epoch,
                earned,
                proposed: earned,
                equal: earned / 2.0,
                best_fixed: earned * 2.0,
                best_slot: slots - 1,
                oracle: earned.abs() * 9.0,
                edge: Some(Band { low: -1e-5, mean: 1e-6, high: 1.2e-5 }),
            },
        }
    };
    (1..=epochs).map(step).collect()
}

fn page(boards: &[Board]) -> String {
    page_with(boards, &steps(boards[0].slots().len(), 270))
}

fn page_with(boards: &[Board], steps: &[Step]) -> String {
    let seasons = boards.iter().enumerate().map(|(at, board)| Season {
        name: format!("season {} {HOSTILE}", at + 1),
        board,
        steps,
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
    let steps = steps(6, 270);
    let name = |at: usize| format!("season {at}");
    let seasons = (0..120).map(|at| Season {
        name: name(at),
        board: &boards[at % 3],
        steps: &steps,
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

#[test]
fn who_got_how_much_of_the_house_and_why_is_on_the_page() {
    let page = page(&[board()]);
    // alpha's quarter of the house, from the journal; the rest is given to nobody.
    let quarter = "class=\"area k0\" d=\"M0.0 225.0L1000.0 225.0L1000.0 300.0L0.0 300.0Z\"";
    assert!(page.contains(quarter) && page.contains("not given"));
    for part in [
        "The house and its meta-agent",
        "no better and no worse than equal shares, as far as can be told",
        "12–88 %",
        "1–2",
        // One slot is stopped: nothing is believed of it, and that is said.
        "<span class=\"na\">n/a</span>",
        "Probabilities of the regimes, stacked",
        "known in hindsight",
    ] {
        assert!(page.contains(part), "no `{part}`");
    }
    let without = page_with(&[board()], &[]);
    assert!(!without.contains("The house and its meta-agent"));
}

#[test]
fn what_people_and_faults_did_to_a_slot_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut script = Script::create(&journal, "");
    script.quote(BTC, "100", "102");
    script.wait(9_000).quote(BTC, "100", "102").slot(1, SlotEvent::Disarmed, Fault::Panic);
    script.wait(9_000).quote(BTC, "100", "102");
    script.finish();
    let board = load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board;
    let page = page(&[board]);
    // Half way, in the picture and in the table, and never as markup.
    assert!(page.contains("<path class=\"mark\" d=\"M500.0 0V300\"/>"), "no line");
    let slot = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; stopped: panic";
    assert!(page.contains(&format!("title=\"{slot}\">Q</span>")), "no letter");
    assert!(page.contains(&format!("<td>{slot}</td>")), "no row");
    assert!(!page.contains("<script"));
}
