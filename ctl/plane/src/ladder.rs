//! The ladder: which slots move between live, paper and shadow after a season, and why.
//!
//! Owns the two rules. Down: the bottom quartile of those with capital. Up: whoever meets all four
//! bounds of the validation gate, at the number of strategies that were tried. Must never compute a
//! figure that the leaderboard or the gate has, and never move a slot without words.

use crate::board::Board;
use crate::gate::{GateRow, gate};
use crate::track::TrackRecord;
use royale_model::{Notional, SlotEvent, SlotId, Tier};
use serde::Serialize;
use std::collections::BTreeSet;

/// What becomes of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One tier up.
    Promoted,
    /// It stays where it is.
    Stays,
    /// One tier down.
    Relegated,
}

/// A record held against the gate.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Examination {
    /// Seasons that are pooled in it.
    pub seasons: usize,
    /// Seconds of equity that it counts for.
    pub seconds: u64,
    /// The four bounds.
    pub gate: [GateRow; 4],
}

/// The verdict on one slot.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Judgement {
    /// Its name.
    pub slot: String,
    /// Its tier at the season's end.
    pub tier: &'static str,
    /// Its tier from now on.
    pub next: &'static str,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, with the figures.
    pub why: String,
    /// Its rank on the leaderboard.
    pub rank: u64,
    /// Equity of its shadow account.
    pub equity: String,
    /// Its record in the season.
    pub season: Examination,
    /// Its record in all seasons so far, where there are several.
    pub so_far: Option<Examination>,
    /// Why it cannot be promoted on any record; empty where it can.
    pub barred: String,
}

/// Strategies that were tried in these seasons: each slot's own, and every version that came into one.
/// The same strategy in another season is the same try: its record grows, and it is not chosen anew.
pub fn trials(seasons: &[&Board]) -> u64 {
    let mut tried = BTreeSet::new();
    for board in seasons {
        let vacant = &board.stakes().vacant;
        let own = (0..).map(SlotId).zip(board.slots()).filter(|(slot, _)| !vacant.contains(slot));
        tried.extend(own.map(|(_, name)| (name.clone(), [0; 32])));
        let came = board.slot_changes().iter().filter(|change| {
            change.version > 0
                && matches!(change.event, SlotEvent::Installed | SlotEvent::Shadowing)
        });
        tried.extend(came.map(|change| (board.slot_name(change.slot).to_owned(), change.digest)));
    }
    tried.len() as u64
}

/// The verdicts on the last of these seasons of one battle, best slot first; slots that nobody was in
/// are left out.
pub fn judge(seasons: &[&Board]) -> Vec<Judgement> {
    let Some(&last) = seasons.last() else { return Vec::new() };
    let trials = trials(seasons);
    let field = field(last);
    let falls = bottom_quartile(last, &field);
    let one = |&(rank, slot): &(u64, SlotId)| {
        judge_slot(seasons, last, (rank, slot), trials, falls.contains(&slot))
    };
    field.iter().map(one).collect()
}

impl Judgement {
    /// The bounds that are missed and whatever else stands against it, in words; nothing where it may
    /// be promoted.
    pub fn missed(&self) -> Vec<String> {
        let season = self.season.missed("");
        let so_far = self.so_far.iter().flat_map(|all| all.missed(" over all seasons"));
        let barred = Some(self.barred.clone()).filter(|barred| !barred.is_empty());
        season.into_iter().chain(so_far).chain(barred).collect()
    }
}

impl Examination {
    fn new(records: &[TrackRecord], trials: u64) -> Self {
        let figures = TrackRecord::figures(records, trials);
        Self {
            seasons: records.len(),
            seconds: figures.metrics.samples,
            gate: gate(&figures.metrics, figures.deflated.as_ref()),
        }
    }
    fn missed(&self, of: &str) -> Vec<String> {
        let missed = self.gate.iter().filter(|row| !row.is_met);
        missed
            .map(|row| format!("{}{of} {}, {} wanted", row.figure, row.value, row.bound))
            .collect()
    }
    /// The figures in a line.
    pub fn figures(&self) -> String {
        let figure = |row: &GateRow| format!("{} {}", row.figure, row.value);
        self.gate.iter().map(figure).collect::<Vec<_>>().join(", ")
    }
}

/// The slots that somebody was in, with their ranks, best first.
fn field(board: &Board) -> Vec<(u64, SlotId)> {
    let came: BTreeSet<SlotId> = board.slot_changes().iter().map(|change| change.slot).collect();
    let is_in = |slot: &SlotId| !board.stakes().vacant.contains(slot) || came.contains(slot);
    let rows = board.standings().into_iter().map(|row| (row.rank, SlotId(row.slot_id)));
    rows.filter(|(_, slot)| is_in(slot)).collect()
}

/// A quarter of those with capital, rounded down: of fewer than four nobody falls, so nobody is ever the
/// last. Who earned as much as one that stays, stays too: the order of slots is no reason.
fn bottom_quartile(board: &Board, field: &[(u64, SlotId)]) -> BTreeSet<SlotId> {
    let with_capital = field.iter().map(|(_, slot)| *slot);
    let with_capital: Vec<(SlotId, Notional)> = with_capital
        .filter(|slot| board.tier(*slot).may_hold())
        .map(|slot| (slot, board.slot_equity(slot)))
        .collect();
    let stay = with_capital.len() - with_capital.len() / 4;
    let Some(&(_, last_that_stays)) = with_capital[..stay].last() else { return BTreeSet::new() };
    let falling = with_capital[stay..].iter().filter(|(_, equity)| *equity < last_that_stays);
    falling.map(|(slot, _)| *slot).collect()
}

fn judge_slot(
    seasons: &[&Board],
    board: &Board,
    (rank, slot): (u64, SlotId),
    trials: u64,
    falls: bool,
) -> Judgement {
    let name = board.slot_name(slot).to_owned();
    let of = |season: &&Board| season.slot_named(&name).map(|slot| season.track_record(slot));
    let records: Vec<TrackRecord> = seasons.iter().filter_map(of).collect();
    let season = Examination::new(&[board.track_record(slot)], trials);
    let so_far = (records.len() > 1).then(|| Examination::new(&records, trials));
    let tier = board.tier(slot);
    let mut judgement = Judgement {
        slot: name.clone(),
        tier: tier.name(),
        next: tier.name(),
        verdict: Verdict::Stays,
        why: String::new(),
        rank,
        equity: board.slot_equity(slot).to_string(),
        season,
        so_far,
        barred: barred(seasons, board, slot),
    };
    let missed = judgement.missed();
    let evidence = judgement.so_far.as_ref().unwrap_or(&judgement.season).figures();
    let (verdict, next, why) = match (falls, missed.is_empty()) {
        (true, false) => {
            let why =
                format!("rank {rank}, in the bottom quartile of those with capital; {evidence}");
            (Verdict::Relegated, tier.down(), why)
        }
        (true, true) => {
            let why = format!("in the bottom quartile, but it meets every bound: {evidence}");
            (Verdict::Stays, None, why)
        }
        (false, false) => (Verdict::Stays, None, refusal(tier, &missed)),
        (false, true) => match tier.up() {
            Some(up) => {
                let why = format!("meets every bound at {trials} strategies tried: {evidence}");
                (Verdict::Promoted, Some(up), why)
            }
            None => (Verdict::Stays, None, format!("at the top already: {evidence}")),
        },
    };
    judgement.verdict = verdict;
    judgement.next = next.unwrap_or(tier).name();
    judgement.why = why;
    judgement
}

fn refusal(tier: Tier, missed: &[String]) -> String {
    let what = if tier.up().is_some() { "not promoted: " } else { "at the top; " };
    format!("{what}{}", missed.join("; "))
}

/// What no figure makes up for.
fn barred(seasons: &[&Board], board: &Board, slot: SlotId) -> String {
    let name = board.slot_name(slot);
    let swap = seasons.iter().find_map(|season| {
        let its = season.slot_named(name)?;
        season.slot_changes().iter().find(|change| {
            let swapped = matches!(change.event, SlotEvent::Installed | SlotEvent::RolledBack);
            swapped && change.slot == its
        })
    });
    if let Some(change) = swap {
        return format!(
            "its version changed at input {}, so its record is of more than one strategy",
            change.seq
        );
    }
    if board.is_stopped(slot) {
        return "it is stopped".to_owned();
    }
    String::new()
}
