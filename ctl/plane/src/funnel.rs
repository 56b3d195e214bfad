//! Why a slot did not trade: from decisions through the gate and the venue to fills, with counts.
//!
//! Owns one funnel for each slot. A refusal keeps its first and its last case with their numbers,
//! so that `why-not` can show the rule at work.

use crate::abstention::{Abstention, failed};
use crate::reasons::adds_up;
use royale_model::{
    Decision, ExecType, ExecutionReport, Feature, RefusalCode, RejectReason, Verdict,
};
use std::collections::BTreeMap;

/// One rule that refused, and how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// True for the house account, false for the slot's shadow account.
    pub is_house: bool,
    /// The rule.
    pub code: RefusalCode,
    /// How often.
    pub count: u64,
    /// The first case.
    pub first: Verdict,
    /// The newest case.
    pub last: Verdict,
}

/// What became of the decisions of one slot.
#[derive(Clone, Debug, Default)]
pub struct Funnel {
    /// Decisions to submit.
    pub submits: u64,
    /// Decisions to cancel.
    pub cancels: u64,
    /// Submits that every rule approved: shadow, house.
    pub approved: [u64; 2],
    /// Submits that a rule refused: shadow, house.
    pub refused: [u64; 2],
    /// Cancels that a rule refused, both accounts.
    pub cancels_refused: u64,
    /// New orders that went to the venue: shadow, house.
    pub sent: [u64; 2],
    /// Orders that the venue refused: shadow, house.
    pub rejected: [u64; 2],
    /// Fills: shadow, house.
    pub fills: [u64; 2],
    /// Orders that died by cancel or expiry: shadow, house.
    pub ended: [u64; 2],
    /// Signals that the strategy's own gates stopped.
    pub abstentions: u64,
    /// Decisions and abstentions whose contributions do not add up to the score: 0 in a journal of
    /// ours, whose engine adds them up and whose reader takes no others.
    pub inexact: u64,
    /// Decisions and abstentions without any reason.
    pub without_reason: u64,
    /// Reasons that name a feature which there is not.
    pub unnamed_features: u64,
    abstained: BTreeMap<Option<Feature>, Abstention>,
    refusals: BTreeMap<(bool, u8), Refusal>,
    rejects: BTreeMap<&'static str, u64>,
}

impl Funnel {
    pub(crate) fn verdict(&mut self, verdict: &Verdict, is_submit: bool) {
        let is_house = verdict.order.account().is_house();
        if verdict.is_approved() {
            self.approved[usize::from(is_house)] += u64::from(is_submit);
            return;
        }
        if is_submit {
            self.refused[usize::from(is_house)] += 1;
        } else {
            self.cancels_refused += 1;
        }
        self.refusals
            .entry((is_house, verdict.code as u8))
            .and_modify(|refusal| {
                refusal.count += 1;
                refusal.last = *verdict;
            })
            .or_insert(Refusal {
                is_house,
                code: verdict.code,
                count: 1,
                first: *verdict,
                last: *verdict,
            });
    }

    pub(crate) fn submit(&mut self, decision: &Decision) {
        self.submits += 1;
        self.reasons(decision);
    }

    /// Checks what an author of a strategy attached.
    fn reasons(&mut self, decision: &Decision) {
        let reasons = decision.attributions();
        self.inexact += u64::from(!adds_up(decision));
        self.without_reason += u64::from(reasons.is_empty());
        let unnamed = reasons.iter().filter(|reason| !reason.feature.is_known()).count();
        self.unnamed_features += u64::try_from(unnamed).unwrap_or(u64::MAX);
    }

    pub(crate) fn abstention(&mut self, decision: &Decision) {
        self.abstentions += 1;
        self.reasons(decision);
        let gate = failed(decision).next().map(|reason| reason.feature);
        let (first, last) = (*decision, *decision);
        let case = self.abstained.entry(gate).or_insert(Abstention { gate, count: 0, first, last });
        case.count += 1;
        case.last = last;
    }

    pub(crate) fn report(&mut self, report: &ExecutionReport) {
        let at = usize::from(report.order.account().is_house());
        match report.exec {
            ExecType::Trade => self.fills[at] += 1,
            // Our own gate's refusal comes back as a report too; it is counted at its verdict.
            ExecType::Rejected if report.reject.is_our_own() => {}
            ExecType::Rejected => {
                self.rejected[at] += 1;
                *self.rejects.entry(reject_name(report.reject)).or_default() += 1;
            }
            ExecType::Canceled | ExecType::Expired => self.ended[at] += 1,
            ExecType::New | ExecType::CancelRejected => {}
        }
    }

    /// Rules that refused, most frequent first.
    pub fn refusals(&self) -> Vec<Refusal> {
        let mut all: Vec<Refusal> = self.refusals.values().copied().collect();
        all.sort_by_key(|refusal| std::cmp::Reverse(refusal.count));
        all
    }
    /// Abstentions by the first gate that failed, most frequent first.
    pub fn abstained(&self) -> Vec<Abstention> {
        let mut all: Vec<Abstention> = self.abstained.values().copied().collect();
        all.sort_by_key(|case| std::cmp::Reverse(case.count));
        all
    }
    /// The venue's reasons for refusing orders, with counts.
    pub fn rejects(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.rejects.iter().map(|(&name, &count)| (name, count))
    }
}

/// Name of a venue's reason.
pub fn reject_name(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::None => "no reason given",
        RejectReason::PostOnlyWouldCross => "post-only order would have crossed",
        RejectReason::NotTradable => "instrument does not trade",
        RejectReason::UnknownOrder => "no live order of that id",
        RejectReason::OffGrid => "price or quantity off the grid",
        RejectReason::TooManyOrders => "the venue's table of orders is full",
        RejectReason::RiskLimit => "more than our own risk gate allows; it never left",
        RejectReason::RiskRefused => "refused by our own risk gate; it never left",
    }
}
