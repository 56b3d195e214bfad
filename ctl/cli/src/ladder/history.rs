//! Every move on the ladder: between seasons by the rules, within one by command.

use super::{Chapter, verdicts};
use royale_model::{CommandCode, SlotId, Tier};
use royale_plane::{Judgement, stamp};
use serde::Serialize;

/// One move, or one that was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Move {
    /// The season at whose beginning, or in which, it happened.
    pub season: u32,
    /// When, UTC; empty at the beginning of a season.
    pub time: String,
    /// Its input on the season's journal; 0 for one that stands in the header.
    pub seq: u64,
    /// Whose.
    pub slot: String,
    /// The tier before.
    pub from: &'static str,
    /// The tier after; empty where it was refused.
    pub to: &'static str,
    /// Who said so: `ladder`, `configuration`, `user 1000`.
    pub by: String,
    /// Why, or why not.
    pub why: String,
}

/// All of them, in order.
pub fn history(chapters: &[Chapter<'_>]) -> Vec<Move> {
    let mut moves = Vec::new();
    for (at, chapter) in chapters.iter().enumerate() {
        if let Some(before) = at.checked_sub(1) {
            between(&chapters[..=before], chapter, &mut moves);
        }
        within(chapter, &mut moves);
    }
    moves
}

/// What the header of a season says otherwise than the end of the season before it.
fn between(before: &[Chapter<'_>], chapter: &Chapter<'_>, moves: &mut Vec<Move>) {
    let Some(last) = before.last() else { return };
    let mut judged: Option<Vec<Judgement>> = None;
    let board = chapter.board;
    for (slot, name) in (0_u16..).zip(board.slots()) {
        let Some(was) = last.board.slot_named(name) else { continue };
        let from = last.board.tier(was);
        let to = board.stakes().shares.tier(SlotId(slot));
        if from == to {
            continue;
        }
        let verdicts = judged.get_or_insert_with(|| verdicts(before));
        let by_rule = verdicts.iter().find(|one| one.slot == *name && one.next == to.name());
        let (by, why) = match by_rule {
            Some(one) => ("ladder", format!("after season {}, {}", last.number, one.why)),
            None => ("configuration", "not what the rules make of the season before".to_owned()),
        };
        moves.push(Move {
            season: chapter.number,
            time: String::new(),
            seq: 0,
            slot: name.clone(),
            from: from.name(),
            to: to.name(),
            by: by.to_owned(),
            why,
        });
    }
}

/// What was commanded in a season.
fn within(chapter: &Chapter<'_>, moves: &mut Vec<Move>) {
    let board = chapter.board;
    for row in board.commands().iter().filter(|row| row.asked() == CommandCode::Tier) {
        let view = row.view(board.slots());
        let why = match view.refusal.as_str() {
            "" => view.reason,
            refusal => format!("refused: {refusal}"),
        };
        moves.push(Move {
            season: chapter.number,
            time: stamp(row.time),
            seq: row.seq,
            slot: view.slot,
            from: row.tier_before.name(),
            to: row.tier_after().map_or("", Tier::name),
            by: view.by,
            why,
        });
    }
}
