//! Has every order, refusal, fill and abstention of a run its explanation? Counted, not believed.
//!
//! Owns the count: it takes the journal's records by itself, one kind at a time, and then asks the
//! board for the story of each. Must never count by what the board knows: a record that the board lost
//! is just what is looked for.

use crate::Board;
use crate::explain::{Explanation, explain_abstention};
use crate::orders::Ask;
use royale_journal::Record;
use royale_model::{Action, Body, ExecType, OrderId, Seq, SlotId};
use serde::Serialize;

/// What the journal says happened, record by record.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    sent: Vec<OrderId>,
    refused: Vec<OrderId>,
    fills: Vec<(OrderId, Seq)>,
    abstained: Vec<Ask>,
    /// True while verdicts answer a decision to submit.
    is_submit: bool,
}

/// The count of one slot, or of all.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    /// Whose; `all` for the sum.
    pub slot: String,
    /// New orders that went to the venue, both accounts.
    pub orders: u64,
    /// Decisions that the gate refused, both accounts: intents that never became orders.
    pub refused: u64,
    /// Stories of those two that are complete.
    pub explained: u64,
    /// Fills.
    pub fills: u64,
    /// Fills that stand in their order's story.
    pub fills_explained: u64,
    /// Signals that a slot's own gates stopped.
    pub abstentions: u64,
    /// Those with a complete story.
    pub abstentions_explained: u64,
}

/// All stories, and what is wrong with them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Covered {
    /// By slot, then all together.
    pub tallies: Vec<Tally>,
    /// What has no complete story, in words; empty in a journal of ours.
    pub problems: Vec<String>,
}

impl Coverage {
    /// Looks at the next record; `board` is as it is before it.
    pub fn see(&mut self, board: &Board, record: &Record) {
        match record {
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && report.exec == ExecType::Trade
                {
                    self.fills.push((report.order, event.seq()));
                }
            }
            Record::Decision(decision) => {
                self.is_submit = decision.action == Action::Submit;
                if decision.action == Action::Abstain {
                    self.abstained.push(board.ask(decision));
                }
            }
            Record::Verdict(verdict) if self.is_submit && !verdict.is_approved() => {
                self.refused.push(verdict.order);
            }
            Record::Order(order) if !order.is_cancel() => self.sent.push(order.id),
            Record::Verdict(_) | Record::Order(_) | Record::Slot(_) => {}
        }
    }

    /// Tells every story of a slot, or of all, to `tell`, and counts. `board` has taken all records.
    ///
    /// # Errors
    /// Whatever `tell` says.
    pub fn tell<E>(
        mut self,
        board: &Board,
        only: Option<SlotId>,
        mut tell: impl FnMut(&Explanation) -> Result<(), E>,
    ) -> Result<Covered, E> {
        let mut count = Count::new(board);
        let wanted = |slot: SlotId| only.is_none_or(|only| only == slot);
        self.fills.sort_unstable();
        for (orders, is_refused) in [(&self.sent, false), (&self.refused, true)] {
            for &id in orders.iter().filter(|id| wanted(id.account().slot())) {
                let filled = self.fills.partition_point(|(order, _)| *order < id);
                let fills = self.fills.get(filled..).unwrap_or_default();
                let fills = fills.iter().take_while(|(order, _)| *order == id).map(|(_, seq)| *seq);
                count.order(board, id, is_refused, fills, &mut tell)?;
            }
        }
        for ask in self.abstained.iter().filter(|ask| wanted(ask.decision.slot)) {
            count.abstention(board, ask, &mut tell)?;
        }
        let orphans = board.orders().orphans();
        if orphans > 0 {
            count.problems.push(format!("{orphans} records name an order that was never decided"));
        }
        Ok(count.finish(&wanted))
    }
}

struct Count {
    tallies: Vec<Tally>,
    problems: Vec<String>,
}

impl Count {
    fn new(board: &Board) -> Self {
        let tally = |slot: &String| Tally { slot: slot.clone(), ..Tally::default() };
        Self { tallies: board.slots().iter().map(tally).collect(), problems: Vec::new() }
    }

    fn order<E>(
        &mut self,
        board: &Board,
        id: OrderId,
        is_refused: bool,
        fills: impl Iterator<Item = Seq>,
        tell: &mut impl FnMut(&Explanation) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(tally) = self.tallies.get_mut(id.account().slot().index()) else {
            self.problems.push(format!("{id}: there is no such slot"));
            return Ok(());
        };
        if is_refused {
            tally.refused += 1;
        } else {
            tally.orders += 1;
        }
        let Some(story) = board.explain(id) else {
            self.problems.push(format!("{id}: no decision of the journal names it"));
            return Ok(());
        };
        let told = if is_refused { None } else { Some("order") };
        match lacks(&story, ["event", "decision", "verdict"].into_iter().chain(told)) {
            None => tally.explained += 1,
            Some(problem) => self.problems.push(format!("{id}: {problem}")),
        }
        for seq in fills {
            tally.fills += 1;
            if story.steps.iter().any(|step| step.what == "report" && step.seq == seq) {
                tally.fills_explained += 1;
            } else {
                self.problems.push(format!("{id}: its fill, input {seq}, is not in its story"));
            }
        }
        tell(&story)
    }

    fn abstention<E>(
        &mut self,
        board: &Board,
        ask: &Ask,
        tell: &mut impl FnMut(&Explanation) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(tally) = self.tallies.get_mut(ask.decision.slot.index()) else { return Ok(()) };
        let story = explain_abstention(board, ask);
        tally.abstentions += 1;
        match lacks(&story, ["event", "decision"].into_iter()) {
            None => tally.abstentions_explained += 1,
            Some(problem) => {
                self.problems.push(format!("abstention at input {}: {problem}", ask.decision.seq));
            }
        }
        tell(&story)
    }

    fn finish(self, wanted: &impl Fn(SlotId) -> bool) -> Covered {
        let numbered = (0_u16..).map(SlotId).zip(self.tallies);
        let mut kept: Vec<Tally> =
            numbered.filter(|(slot, _)| wanted(*slot)).map(|(_, tally)| tally).collect();
        let mut all = Tally { slot: "all".to_owned(), ..Tally::default() };
        for tally in &kept {
            all.orders += tally.orders;
            all.refused += tally.refused;
            all.explained += tally.explained;
            all.fills += tally.fills;
            all.fills_explained += tally.fills_explained;
            all.abstentions += tally.abstentions;
            all.abstentions_explained += tally.abstentions_explained;
        }
        kept.push(all);
        Covered { tallies: kept, problems: self.problems }
    }
}

/// What a story lacks, or what in it contradicts itself; nothing for a complete one.
fn lacks(story: &Explanation, needed: impl Iterator<Item = &'static str>) -> Option<String> {
    for what in needed {
        if !story.steps.iter().any(|step| step.what == what) {
            return Some(format!("its story has no {what}"));
        }
    }
    let inexact = story.reasons.as_ref().filter(|reasons| !reasons.adds_up);
    if let Some(reasons) = inexact {
        return Some(reasons.check());
    }
    let size = story.size.as_ref().filter(|size| !size.agrees);
    size.map(|size| size.sentences.join(" "))
}
