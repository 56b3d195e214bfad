//! The ladder of a battle: its seasons as the rules look at them, and what is written of the verdicts.
//!
//! Owns the document `ladder.json` and the tiers of the season that comes next. Must never judge: the
//! rules are those of `royale_plane::judge`, over what the journals hold.

mod history;
mod read;

pub use history::{Move, history};
pub use read::{Season, read};

use royale_model::{SlotId, Tier};
use royale_plane::{Board, Judgement, Verdict, judge, trials};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The verdicts' file in the folder of a battle.
pub const FILE: &str = "ladder.json";
/// Version of the document.
const VERSION: u32 = 1;

/// One season of a battle, or one run.
#[derive(Clone, Debug)]
pub struct Chapter<'a> {
    /// From 1.
    pub number: u32,
    /// Its seed.
    pub seed: u64,
    /// The end of its journal's chain of seals; none while it is written.
    pub seal: Option<&'a str>,
    /// Its journal, folded.
    pub board: &'a Board,
}

/// The verdicts on the last of these.
pub fn verdicts(chapters: &[Chapter<'_>]) -> Vec<Judgement> {
    judge(&boards(chapters))
}

/// Strategies tried in all of them.
pub fn tried(chapters: &[Chapter<'_>]) -> u64 {
    trials(&boards(chapters))
}

fn boards<'a>(chapters: &[Chapter<'a>]) -> Vec<&'a Board> {
    chapters.iter().map(|chapter| chapter.board).collect()
}

/// Each slot's tier in the season after the last of these, in the order of the slots.
pub fn next_tiers(chapters: &[Chapter<'_>]) -> Vec<(String, Tier)> {
    let Some(last) = chapters.last() else { return Vec::new() };
    after(last.board, &verdicts(chapters))
}

fn after(board: &Board, verdicts: &[Judgement]) -> Vec<(String, Tier)> {
    let next = |(name, at): (&String, u16)| {
        let judged = verdicts.iter().find(|one| one.slot == *name);
        let next = judged.and_then(|one| Tier::named(one.next));
        (name.clone(), next.unwrap_or_else(|| board.tier(SlotId(at))))
    };
    board.slots().iter().zip(0_u16..).map(next).collect()
}

/// Each slot's tier after the last of these, with its moves as the report marks them and the seasons
/// after which they came: `shadow V1`.
pub fn rungs(chapters: &[Chapter<'_>]) -> BTreeMap<String, String> {
    let tiers = next_tiers(chapters).into_iter();
    let mut rungs: BTreeMap<String, String> =
        tiers.map(|(slot, tier)| (slot, tier.name().to_owned())).collect();
    for upto in 1..=chapters.len() {
        for one in verdicts(&chapters[..upto]) {
            let mark = match one.verdict {
                Verdict::Promoted => 'A',
                Verdict::Relegated => 'V',
                Verdict::Stays => continue,
            };
            if let Some(rung) = rungs.get_mut(&one.slot) {
                rung.push_str(&format!(" {mark}{}", chapters[upto - 1].number));
            }
        }
    }
    rungs
}

/// Everything that was judged, season by season, each on what there was at its end: the same bytes
/// for the same battle.
pub fn document(chapters: &[Chapter<'_>]) -> Value {
    let seasons: Vec<Value> = (1..=chapters.len()).map(|upto| season(&chapters[..upto])).collect();
    let next = next_tiers(chapters).into_iter();
    let next: Map<String, Value> = next.map(|(slot, tier)| (slot, tier.name().into())).collect();
    json!({
        "kind": "battle-royale ladder",
        "version": VERSION,
        "bounds": {
            "trades_at_least": royale_plane::TRADES_MIN,
            "win_rate_at_least": royale_plane::WIN_RATE_MIN,
            "sharpe_at_least": royale_plane::SHARPE_MIN,
            "deflated_sharpe_above": 0.0,
        },
        "seasons": seasons,
        "next": next,
    })
}

fn season(chapters: &[Chapter<'_>]) -> Value {
    let Some(last) = chapters.last() else { return Value::Null };
    let verdicts = verdicts(chapters);
    let moves: Vec<Value> = verdicts
        .iter()
        .filter(|one| one.verdict != Verdict::Stays)
        .map(|one| json!({"slot": one.slot, "from": one.tier, "to": one.next, "why": one.why}))
        .collect();
    json!({
        "season": last.number,
        "seed": last.seed,
        "seal": last.seal,
        "inputs": last.board.clock().map_or(0, |clock| clock.seq),
        "strategies_tried": tried(chapters),
        "moves": moves,
        "slots": verdicts,
    })
}

/// Moves in the same direction up to which each has a line of its own.
const SPELT_OUT: usize = 3;

/// The moves after the last of these in words: a line each, or one for many alike; says so where nobody
/// meets the gate.
pub fn sentences(chapters: &[Chapter<'_>]) -> Vec<String> {
    let verdicts = verdicts(chapters);
    let mut lines = Vec::new();
    for way in [Verdict::Promoted, Verdict::Relegated] {
        let moved: Vec<_> = verdicts.iter().filter(|one| one.verdict == way).collect();
        if moved.len() <= SPELT_OUT {
            let line = |one: &&Judgement| {
                format!("{} goes from {} to {}: {}", one.slot, one.tier, one.next, one.why)
            };
            lines.extend(moved.iter().map(line));
            continue;
        }
        let names: Vec<&str> = moved.iter().map(|one| one.slot.as_str()).collect();
        let way = if way == Verdict::Promoted { "up" } else { "down" };
        lines.push(format!("{} slots go {way} a tier: {}", names.len(), names.join(", ")));
    }
    let passing = verdicts.iter().filter(|one| one.missed().is_empty()).count();
    lines.push(match (passing, verdicts.len()) {
        (0, all) => format!("none of {all} meets the validation gate: ctl ladder judge says why"),
        (some, all) => format!("{some} of {all} meet the validation gate"),
    });
    lines
}
