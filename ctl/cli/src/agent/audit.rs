//! Holds the allocations on a journal against what the meta-agent makes of its epochs.

use super::following::{Following, said};
use crate::failure::Failure;
use royale_meta::Step;
use royale_model::{CommandCode, Seq};
use royale_plane::{Board, CommandRow};
use std::path::Path;

/// A run's epochs, and what stands on its journal of them.
#[derive(Debug)]
pub struct Audit {
    /// What the agent makes of each epoch, computed from the journal alone.
    pub steps: Vec<Step>,
    /// For each of them: `None` where it was never told to the engine.
    pub found: Vec<Option<Finding>>,
}

/// What stands on the journal of one epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// What the agent makes of it.
    Verified,
    /// Something else, in words.
    Mismatch(String),
}

/// Computes every step again and looks for it on the journal.
///
/// # Errors
/// No journal, a damaged one, or one of a run without a meta-agent.
pub fn audit(journal: &Path) -> Result<(Audit, Board), Failure> {
    let mut following = Following::open(journal)?;
    let steps = following.all()?;
    let found = steps.iter().map(|step| finding(step, following.board())).collect();
    Ok((Audit { steps, found }, following.into_board()))
}

impl Audit {
    /// The epoch that an allocation at this place speaks of, and what was found of it; none for one
    /// that a person said.
    pub fn at(&self, board: &Board, seq: Seq) -> Option<(&Step, &Finding)> {
        let row = board.commands().iter().find(|row| row.seq == seq)?;
        let number = epoch_of(row)?;
        let at = self.steps.iter().position(|step| step.epoch == number)?;
        Some((&self.steps[at], self.found[at].as_ref()?))
    }
    /// The first that does not fit.
    pub fn first_mismatch(&self) -> Option<(&Step, &str)> {
        let pairs = self.steps.iter().zip(&self.found);
        pairs.into_iter().find_map(|(step, found)| match found {
            Some(Finding::Mismatch(why)) => Some((step, why.as_str())),
            _ => None,
        })
    }
    /// Epochs that were told to the engine as they are.
    pub fn verified(&self) -> usize {
        self.found.iter().filter(|found| **found == Some(Finding::Verified)).count()
    }
}

/// The epoch that an allocation, or what it says of the market, is about; none for one that was refused.
pub(super) fn epoch_of(row: &CommandRow) -> Option<u64> {
    let reason = row.remark.reason();
    let number = reason.strip_prefix("epoch ")?.split_once(':')?.0;
    matches!(row.command.code, CommandCode::Allocate | CommandCode::Regime)
        .then(|| number.parse().ok())?
}

fn finding(step: &Step, board: &Board) -> Option<Finding> {
    let rows: Vec<&CommandRow> =
        board.commands().iter().filter(|row| epoch_of(row) == Some(step.epoch)).collect();
    let first = rows.first()?;
    let reason = step.sentence(board.slots());
    if first.remark.reason() != reason {
        let why =
            format!("the journal says \"{}\", and it was \"{reason}\"", first.remark.reason());
        return Some(Finding::Mismatch(why));
    }
    let (regimes, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.command.code == CommandCode::Regime);
    let said_of_it: Vec<i64> = regimes.iter().map(|row| row.command.value).collect();
    let taken_for: Vec<i64> = step.regime().iter().map(|regime| regime.number()).collect();
    if said_of_it != taken_for {
        return Some(Finding::Mismatch(format!(
            "the journal takes the market for {said_of_it:?}, and the agent for {taken_for:?}"
        )));
    }
    let on_journal: Vec<(u16, i64)> =
        rows.iter().map(|row| (row.command.slot, row.command.value)).collect();
    // A slot that was relegated since the epoch's end has none, whatever the agent made it.
    let mut shares = step.shares.clone();
    for row in rows.iter().filter(|row| !row.tier_before.may_hold()) {
        if let Some(share) = shares.get_mut(usize::from(row.command.slot)) {
            *share = 0;
        }
    }
    let wanted = said(&shares, &step.before);
    // All shares may have been named, also those that stay as they are; none may be another one.
    let agrees = |&(slot, bp): &(u16, i64)| shares.get(usize::from(slot)) == Some(&bp);
    if on_journal.iter().all(agrees) && wanted.iter().all(|share| on_journal.contains(share)) {
        return Some(Finding::Verified);
    }
    let told = |all: &[(u16, i64)]| {
        let one = |&(slot, bp): &(u16, i64)| {
            let name = board.slots().get(usize::from(slot)).map_or("?", String::as_str);
            format!("{name} {bp} bp")
        };
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    Some(Finding::Mismatch(format!(
        "the journal sets {}, and the agent makes it {}",
        told(&on_journal),
        told(&wanted)
    )))
}

#[cfg(test)]
mod tests {
    use super::super::kit::{EPOCH_END, command, journal};
    use super::*;
    use royale_model::{Body, Note, NotePurpose, Tier};

    /// What is found where the agent answers with this share of the first slot, after that was put on the
    /// shadow tier, or was not.
    fn found(share: i64, relegated: bool) -> Finding {
        let (asked, answered) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut following = Following::open(&journal(asked.path(), [EPOCH_END])).unwrap();
        let step = following.all().unwrap().remove(0);
        let reason = step.sentence(following.slots());
        let mut inputs = vec![EPOCH_END];
        if relegated {
            inputs.push(command(CommandCode::Tier, 0, Tier::Shadow.number()));
        }
        inputs.extend(Note::split(NotePurpose::Reason, &reason).map(Body::Note));
        inputs.push(command(CommandCode::Allocate, 0, share));
        let (audit, _) = audit(&journal(answered.path(), inputs)).unwrap();
        audit.found[0].clone().unwrap()
    }

    #[test]
    fn a_slot_relegated_since_the_epochs_end_has_nothing_and_that_is_no_mismatch() {
        assert_eq!(found(0, true), Finding::Verified);
        assert!(matches!(found(0, false), Finding::Mismatch(_)), "nobody took its share");
        assert!(matches!(found(1_000, true), Finding::Mismatch(_)), "it may hold none");
    }
}
