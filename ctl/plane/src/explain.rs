//! The whole story of one order, or of one abstention, from the journal's words alone.
//!
//! Owns what belongs into a story and in which order. Must never leave out a record that names the
//! order: `coverage` holds every story against the journal.

use crate::Board;
use crate::event_text::{event_sentence, order_sentence, report_sentence};
use crate::gates::{GateAnswer, gate_rows};
use crate::orders::{Ask, OrderLife, Step as LifeStep};
use crate::reasons::{ReasonTable, headline, reason_table};
use crate::rows::TradeRow;
use crate::sentence::{sentence, verdict_sentence};
use crate::size::{SizeView, size_view};
use crate::slot_log::Running;
use crate::text::stamp;
use royale_model::{Decision, Nanos, Seq};
use serde::Serialize;

/// One step of the story.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Step {
    /// Sequence number of the event at which it happened.
    pub seq: Seq,
    /// When, UTC.
    pub time: String,
    /// `event`, `decision`, `verdict`, `order`, `report`, `cancel`.
    pub what: &'static str,
    /// In words.
    pub text: String,
}

/// The story.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explanation {
    /// The order; empty for an abstention, which has none.
    pub order: String,
    /// Whose decision.
    pub slot: String,
    /// The slot's number.
    pub slot_id: u16,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// What it trades.
    pub instrument: String,
    /// Where it stands; `abstained` for an abstention.
    pub status: &'static str,
    /// The decision as a trader says it.
    pub headline: String,
    /// The version that decided.
    pub runs: Running,
    /// Its reasons; nothing where the journal does not hold the decision.
    pub reasons: Option<ReasonTable>,
    /// The gates that it met, passed or failed; those that were not asked are not there.
    pub gates: Vec<GateAnswer>,
    /// Where the quantity comes from; nothing for an abstention.
    pub size: Option<SizeView>,
    /// Step by step.
    pub steps: Vec<Step>,
    /// The closed round trips that its fills belong to: what it led to.
    pub trips: Vec<TradeRow>,
}

impl Explanation {
    /// The last input that the story tells of.
    pub fn last_seq(&self) -> Seq {
        self.steps.iter().map(|step| step.seq).max().unwrap_or(0)
    }
}

/// Collects steps.
#[derive(Default)]
struct Story(Vec<Step>);

impl Story {
    fn tell(&mut self, at: (Seq, Nanos), what: &'static str, text: String) {
        let (seq, time) = at;
        self.0.push(Step { seq, time: stamp(time), what, text });
    }
    /// The event and the decision that answered it.
    fn begin(&mut self, board: &Board, ask: &Ask) {
        let decision = &ask.decision;
        if let Some(event) = &ask.trigger {
            let text = event_sentence(event, board.instruments());
            self.tell((event.seq(), event.time()), "event", text);
        }
        let instrument = board.instruments().get(decision.instrument.index());
        let told = sentence(decision, instrument, board.slot_name(decision.slot));
        self.tell((decision.seq, decision.time), "decision", told);
    }
}

/// Tells the story of `life`.
pub(crate) fn explain(board: &Board, life: &OrderLife) -> Explanation {
    let instrument = board.instruments().get(life.instrument.index());
    let (account, slot) = (life.id.account(), life.id.account().slot());
    let mut story = Story::default();
    let ask = board.orders().ask_of(life);
    if let Some(ask) = ask {
        story.begin(board, ask);
    }
    if let Some(verdict) = &life.verdict {
        story.tell((verdict.seq, verdict.time), "verdict", verdict_sentence(verdict));
    }
    if let Some(order) = &life.order {
        story.tell((order.seq, order.time), "order", order_sentence(order, instrument));
    }
    for report in &life.reports {
        let (what, text) = match &report.step {
            LifeStep::CancelAsked(decision) => {
                ("cancel", sentence(decision, instrument, board.slot_name(slot)))
            }
            LifeStep::CancelVerdict(verdict) => ("verdict", verdict_sentence(verdict)),
            LifeStep::CancelSent => ("cancel", "The cancel request went to the venue.".to_owned()),
            LifeStep::Report(report) => ("report", report_sentence(report)),
        };
        story.tell((report.seq, report.time), what, text);
    }
    let is_house = account.is_house();
    let size = ask.and_then(|ask| {
        let (order, caps) = (life.order.as_ref(), &board.stakes().caps);
        let size = ask.size.as_ref()?;
        Some(size_view(ask, size, order, is_house, instrument, caps))
    });
    Explanation {
        order: life.id.to_string(),
        slot: board.slot_name(slot).to_owned(),
        slot_id: slot.0,
        account: if is_house { "house" } else { "shadow" },
        instrument: board.symbol(life.instrument),
        status: crate::rows::status_name(life.status),
        headline: ask
            .map(|ask| headline(&ask.decision, life.qty(&ask.decision), &ask.scene, instrument))
            .unwrap_or_default(),
        runs: ask.map(|ask| board.running(slot, ask.decision.seq)).unwrap_or_default(),
        reasons: ask.map(|ask| reason_table(&ask.decision)),
        gates: ask.map(|ask| gate_rows(&ask.decision, life.verdict.as_ref())).unwrap_or_default(),
        size,
        steps: story.0,
        trips: board.trips_of(life),
    }
}

/// Tells why nothing was traded.
pub(crate) fn explain_abstention(board: &Board, ask: &Ask) -> Explanation {
    let Ask { decision, scene, .. } = ask;
    let Decision { slot, seq, .. } = *decision;
    let mut story = Story::default();
    story.begin(board, ask);
    let instrument = board.instruments().get(decision.instrument.index());
    Explanation {
        order: String::new(),
        slot: board.slot_name(slot).to_owned(),
        slot_id: slot.0,
        account: "shadow",
        instrument: board.symbol(decision.instrument),
        status: "abstained",
        headline: headline(decision, decision.qty, scene, instrument),
        runs: board.running(slot, seq),
        reasons: Some(reason_table(decision)),
        gates: gate_rows(decision, None),
        size: None,
        steps: story.0,
        trips: Vec::new(),
    }
}
