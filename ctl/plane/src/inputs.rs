//! What one input of the journal is, and what it led to: a fill, an allocation, a market event.
//!
//! Owns the collecting of an input's records while the journal is folded, and their story. An
//! allocation is told by who gave it, why, and what it changed; who reckons allocations again can
//! hold the same [`InputStory`] against it.

use crate::Board;
use crate::commands::CommandView;
use crate::event_text::event_sentence;
use crate::explain::{Explanation, explain_abstention};
use crate::orders::Ask;
use crate::text::stamp;
use royale_journal::Record;
use royale_model::{
    Account, Action, Body, Command, CommandCode, Event, ExecType, Fault, OrderId, Seq, SlotChange,
    SlotId, Tier, Timer,
};
use serde::Serialize;

/// The records of one input, taken out of a journal on its way into a board.
#[derive(Clone, Debug)]
pub struct InputRecords {
    seq: Seq,
    event: Option<Event>,
    asks: Vec<Ask>,
    changes: Vec<SlotChange>,
    shares: Option<ShareChange>,
}

/// What an allocation changed, or a move on the ladder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ShareChange {
    /// Whose share.
    pub slot: String,
    /// Before, in basis points.
    pub before_bp: i64,
    /// After, in basis points: as much of what was asked as its tier, the cap and the other slots
    /// leave.
    pub after_bp: i64,
    /// Its tier after: on `shadow` a slot has no share.
    pub tier: &'static str,
    /// The most that one slot may have.
    pub cap_bp: i64,
}

/// The story of an input.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InputStory {
    /// Its place in the order.
    pub seq: Seq,
    /// When, UTC.
    pub time: String,
    /// What it is: `fill`, `report`, `allocation`, `command`, `note`, `timer`, `epoch`,
    /// `settlement` or `market event`.
    pub is: &'static str,
    /// In words.
    pub text: String,
    /// Who commanded it and why; only of a command.
    pub command: Option<CommandView>,
    /// What it changed; only of an allocation or a move on the ladder.
    pub allocation: Option<ShareChange>,
    /// What became of slots at it.
    pub slot_changes: Vec<String>,
    /// The orders that were decided or called back at it, or whose report it is, and the abstentions.
    pub explanations: Vec<Explanation>,
}

impl InputRecords {
    /// Collects the records of input `seq`.
    pub fn of(seq: Seq) -> Self {
        Self { seq, event: None, asks: Vec::new(), changes: Vec::new(), shares: None }
    }
    /// Looks at the next record; `board` is as it is before it.
    pub fn see(&mut self, board: &Board, record: &Record) {
        if record.seq() != self.seq {
            return;
        }
        match record {
            Record::Event(event) => {
                self.event = Some(*event);
                if let Body::Command(command) = event.body() {
                    self.shares = share_change(board, &command);
                }
            }
            Record::Decision(decision) => self.asks.push(board.ask(decision)),
            Record::Slot(change) => self.changes.push(*change),
            // They are part of their order's story.
            Record::Verdict(_) | Record::Order(_) => {}
        }
    }
}

fn share_change(board: &Board, command: &Command) -> Option<ShareChange> {
    let (slot, mut shares) = (SlotId(command.slot), board.shares.clone());
    match command.code {
        CommandCode::Allocate => shares.set(slot, command.value),
        CommandCode::Tier => shares.set_tier(slot, Tier::from_number(command.value)?),
        _ => return None,
    }
    Some(ShareChange {
        slot: board.slot_name(slot).to_owned(),
        before_bp: board.allocation_bp(slot),
        after_bp: shares.of(slot),
        tier: shares.tier(slot).name(),
        cap_bp: shares.cap(),
    })
}

impl Board {
    /// The story of an input; nothing where the journal does not have it.
    pub fn explain_input(&self, records: &InputRecords) -> Option<InputStory> {
        let event = records.event.as_ref()?;
        let mut explanations = Vec::new();
        if let Body::ExecutionReport(report) = event.body() {
            explanations.extend(self.explain(report.order));
        }
        for ask in &records.asks {
            if ask.decision.action == Action::Abstain {
                explanations.push(explain_abstention(self, ask));
                continue;
            }
            let shadow = ask.decision.order;
            let house: OrderId = shadow.on(Account::house(ask.decision.slot));
            explanations.extend([shadow, house].into_iter().filter_map(|id| self.explain(id)));
        }
        let command = self.commands.iter().find(|row| row.seq == records.seq);
        Some(InputStory {
            seq: records.seq,
            time: stamp(event.time()),
            is: what_it_is(event),
            text: event_sentence(event, self.instruments()),
            command: command.map(|row| row.view(self.slots())),
            allocation: records.shares.clone(),
            slot_changes: records.changes.iter().map(|change| self.change_text(change)).collect(),
            explanations,
        })
    }

    fn change_text(&self, change: &SlotChange) -> String {
        let (slot, what) = (self.slot_name(change.slot), change.event.name());
        let why = match change.fault {
            Fault::None => String::new(),
            fault => format!(", because of {}", fault.name()),
        };
        format!("{slot}: {what} version {}{why}", change.version)
    }
}

impl InputStory {
    /// The last input that the story tells of.
    pub fn last_seq(&self) -> Seq {
        let last = self.explanations.iter().map(Explanation::last_seq).max();
        last.unwrap_or(0).max(self.seq)
    }
}

fn what_it_is(event: &Event) -> &'static str {
    match event.body() {
        Body::ExecutionReport(report) if report.exec == ExecType::Trade => "fill",
        Body::ExecutionReport(_) => "report",
        Body::Command(command) if command.code == CommandCode::Allocate => "allocation",
        Body::Command(_) => "command",
        Body::Note(_) => "note",
        Body::Timer(timer) if timer.id == Timer::EPOCH => "epoch",
        Body::Timer(_) => "timer",
        Body::Settlement(_) => "settlement",
        Body::Quote(_)
        | Body::Trade(_)
        | Body::BookDelta(_)
        | Body::Bar(_)
        | Body::Odds(_)
        | Body::Gap(_) => "market event",
    }
}
