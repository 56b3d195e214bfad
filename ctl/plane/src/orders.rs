//! The life of every order, from the event that caused its decision to its last report.
//!
//! Owns the link event → decision → verdict → order → reports, as the journal tells it. Must never
//! guess: what the journal does not hold stays `None`. Fed by the board; read by `explain`, the
//! order lists and the report.

use crate::reasons::Scene;
use royale_engine::risk::HouseSize;
use royale_model::{
    Action, Decision, Event, ExecType, ExecutionReport, InstrumentId, Nanos, OrdStatus, Order,
    OrderId, Price, Qty, RefusalCode, Seq, Tier, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// A decision with the event that it answered, and how things stood then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) decision: Decision,
    pub(crate) trigger: Option<Event>,
    pub(crate) scene: Scene,
    /// What it means for the house; nothing for a decision that asks for nothing.
    pub(crate) size: Option<HouseSize>,
    /// The slot's tier.
    pub(crate) tier: Tier,
}

/// Something that happened to an order after it was sent.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// The strategy asked for a cancel; the decision holds its reasons.
    CancelAsked(Box<Decision>),
    /// The gate's answer to that.
    CancelVerdict(Verdict),
    /// The cancel request went to the venue.
    CancelSent,
    /// The venue spoke.
    Report(ExecutionReport),
}

/// A step with its place and time.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// Sequence number of the event that it belongs to.
    pub seq: Seq,
    /// Its time.
    pub time: Nanos,
    /// What happened.
    pub step: Step,
}

impl Report {
    /// True for a fill.
    pub fn is_fill(&self) -> bool {
        matches!(&self.step, Step::Report(report) if report.exec == ExecType::Trade)
    }
}

/// One order and all that the journal says of it.
#[derive(Clone, Debug)]
pub struct OrderLife {
    /// Its id; the account is part of it.
    pub id: OrderId,
    /// What it trades.
    pub instrument: InstrumentId,
    ask: usize,
    /// The gate's answer to the decision, for this account.
    pub verdict: Option<Verdict>,
    /// What went to the venue; `None` for a refused decision.
    pub order: Option<Order>,
    /// What happened afterwards, in sequence.
    pub reports: Vec<Report>,
    /// Where it stands.
    pub status: OrdStatus,
    /// Filled so far.
    pub filled: Qty,
    /// Price × quantity of the fills, in 10⁻¹⁸ and without multiplier: for the average price.
    filled_cost: i128,
    /// Fees so far, in 10⁻⁹ of the instrument's currency.
    pub fees: i64,
}

impl OrderLife {
    /// What was sent; of a refused decision what was asked.
    pub(crate) fn qty(&self, decision: &Decision) -> Qty {
        self.order.as_ref().map_or(decision.qty, |order| order.qty)
    }
    /// Average price of the fills, rounded to 10⁻⁹; `None` before the first.
    pub fn average_price(&self) -> Option<Price> {
        let average = self.filled_cost.checked_div(i128::from(self.filled.raw()))?;
        i64::try_from(average).ok().map(Price::from_raw)
    }
    /// What is not filled; 0 for a dead order.
    pub fn remaining(&self) -> Qty {
        match &self.order {
            Some(order) if !self.status.is_final() => order.qty.saturating_sub(self.filled),
            _ => Qty::ZERO,
        }
    }
    /// True while the order can still fill.
    pub fn is_open(&self) -> bool {
        self.order.is_some() && !self.status.is_final()
    }
}

/// All orders of a run.
#[derive(Clone, Debug, Default)]
pub struct OrderLog {
    asks: Vec<Ask>,
    lives: Vec<OrderLife>,
    index: BTreeMap<OrderId, usize>,
    open: BTreeSet<OrderId>,
    /// The decision whose verdicts and orders are coming in: its place when it is a submit.
    current: Option<(Decision, Option<usize>)>,
    orphans: u64,
}

impl OrderLog {
    /// Takes a decision.
    pub(crate) fn decision(&mut self, ask: &Ask) {
        let decision = &ask.decision;
        match decision.action {
            Action::Submit => {
                self.asks.push(*ask);
                self.current = Some((*decision, Some(self.asks.len() - 1)));
                // The shadow order exists from the decision on, so that `explain` finds it even if
                // the journal ends here.
                self.begin(decision.order, decision.instrument, self.asks.len() - 1);
            }
            Action::Cancel => {
                self.current = Some((*decision, None));
                if let Some(life) = self.find_mut(decision.order) {
                    let step = Step::CancelAsked(Box::new(*decision));
                    life.reports.push(Report { seq: decision.seq, time: decision.time, step });
                }
            }
            // It names no order, and a verdict that followed would be nobody's.
            Action::Abstain => self.current = None,
        }
    }

    /// Takes a verdict; returns true when it answers a new order, false for a cancel.
    pub(crate) fn verdict(&mut self, verdict: &Verdict) -> bool {
        // A verdict is that of the decision before it, and of no other: its order says which.
        let answers = |decision: &Decision| {
            let account = verdict.order.account();
            decision.seq == verdict.seq
                && decision.slot == account.slot()
                && decision.order.on(account) == verdict.order
        };
        let ask = match &self.current {
            Some((decision, ask)) if answers(decision) => *ask,
            _ => {
                self.orphans += 1;
                return true;
            }
        };
        let Some(ask) = ask else {
            if let Some(life) = self.find_mut(verdict.order) {
                let step = Step::CancelVerdict(*verdict);
                life.reports.push(Report { seq: verdict.seq, time: verdict.time, step });
            }
            return false;
        };
        let life = self.begin(verdict.order, verdict.instrument, ask);
        life.verdict = Some(*verdict);
        if verdict.code != RefusalCode::Approved {
            life.status = OrdStatus::Rejected;
        }
        true
    }

    /// Takes what went to the venue.
    pub(crate) fn order(&mut self, order: &Order) {
        let Some(life) = self.find_mut(order.id) else {
            self.orphans += 1;
            return;
        };
        if order.is_cancel() {
            life.reports.push(Report { seq: order.seq, time: order.time, step: Step::CancelSent });
            if !life.status.is_final() {
                life.status = OrdStatus::PendingCancel;
            }
        } else {
            life.order = Some(*order);
            life.status = OrdStatus::PendingNew;
            self.open.insert(order.id);
        }
    }

    /// Takes a venue's word; returns the life that it belongs to.
    pub(crate) fn report(&mut self, event: &Event, report: &ExecutionReport) -> Option<&OrderLife> {
        let Some(&at) = self.index.get(&report.order) else {
            self.orphans += 1;
            return None;
        };
        let life = self.lives.get_mut(at)?;
        life.reports.push(Report {
            seq: event.seq(),
            time: event.time(),
            step: Step::Report(*report),
        });
        if report.exec == ExecType::Trade {
            life.filled = life.filled.saturating_add(report.last_qty);
            life.fees = life.fees.saturating_add(report.fee);
            let cost = i128::from(report.last_price.raw()) * i128::from(report.last_qty.raw());
            life.filled_cost = life.filled_cost.saturating_add(cost);
        }
        if let Some(next) = life.status.after(report.exec, report.is_final) {
            life.status = match next {
                // A refused cancel leaves an order that was partly filled partly filled.
                OrdStatus::New if life.filled.is_positive() => OrdStatus::PartiallyFilled,
                other => other,
            };
        }
        if life.status.is_final() {
            self.open.remove(&report.order);
        }
        Some(life)
    }

    /// An order by its id.
    pub fn find(&self, id: OrderId) -> Option<&OrderLife> {
        self.index.get(&id).and_then(|&at| self.lives.get(at))
    }
    /// The decision that an order came from.
    pub fn decision_of(&self, life: &OrderLife) -> Option<&Decision> {
        self.asks.get(life.ask).map(|ask| &ask.decision)
    }
    /// The same, with the event that it answered.
    pub(crate) fn ask_of(&self, life: &OrderLife) -> Option<&Ask> {
        self.asks.get(life.ask)
    }
    /// All orders, in the order of their decisions.
    pub fn lives(&self) -> &[OrderLife] {
        &self.lives
    }
    /// Orders that can still fill, by id.
    pub fn open(&self) -> impl Iterator<Item = &OrderLife> + '_ {
        self.open.iter().filter_map(|&id| self.find(id))
    }
    /// Records that named no known order: 0 in a journal of ours.
    pub fn orphans(&self) -> u64 {
        self.orphans
    }

    fn find_mut(&mut self, id: OrderId) -> Option<&mut OrderLife> {
        let at = *self.index.get(&id)?;
        self.lives.get_mut(at)
    }

    fn begin(&mut self, id: OrderId, instrument: InstrumentId, ask: usize) -> &mut OrderLife {
        let at = *self.index.entry(id).or_insert(self.lives.len());
        if at == self.lives.len() {
            self.lives.push(OrderLife {
                id,
                instrument,
                ask,
                verdict: None,
                order: None,
                reports: Vec::new(),
                status: OrdStatus::PendingNew,
                filled: Qty::ZERO,
                filled_cost: 0,
                fees: 0,
            });
        }
        &mut self.lives[at]
    }
}
