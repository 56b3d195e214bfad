//! What kept the signals of a slot from becoming fills: every reason on the way, with its count.
//!
//! Owns the one list over all stages, for the shadow account: it takes every signal of its slot at full
//! size. An order that was filled in part met no obstacle.

use crate::Board;
use crate::funnel::reject_name;
use crate::orders::{OrderLife, Step};
use royale_model::{ExecType, OrdStatus, SlotId};
use serde::Serialize;
use std::collections::BTreeMap;

/// A reason why signals did not become fills.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Obstacle {
    /// `gate` (the strategy's own), `risk` or `venue`.
    pub stage: &'static str,
    /// What it was.
    pub reason: String,
    /// How often.
    pub count: u64,
}

impl Board {
    /// What stood in a slot's way, most frequent first.
    pub fn obstacles(&self, slot: SlotId) -> Vec<Obstacle> {
        let Some(funnel) = self.funnel(slot) else { return Vec::new() };
        let gates = funnel.abstained().into_iter().map(|case| {
            let reason = case.gate.map_or("no gate named", |gate| gate.name()).to_owned();
            Obstacle { stage: "gate", reason, count: case.count }
        });
        let shadow = funnel.refusals().into_iter().filter(|refusal| !refusal.is_house);
        let risk = shadow.map(|refusal| Obstacle {
            stage: "risk",
            reason: refusal.code.name().to_owned(),
            count: refusal.count,
        });
        let mut at_venue: BTreeMap<&'static str, u64> = BTreeMap::new();
        let lives = self.orders().lives().iter();
        let own =
            lives.filter(|life| life.id.account().slot() == slot && !life.id.account().is_house());
        for reason in own.filter_map(end_without_a_fill) {
            *at_venue.entry(reason).or_default() += 1;
        }
        let venue = at_venue.into_iter().map(|(reason, count)| Obstacle {
            stage: "venue",
            reason: reason.to_owned(),
            count,
        });
        let mut all: Vec<Obstacle> = gates.chain(risk).chain(venue).collect();
        all.sort_by_key(|obstacle| std::cmp::Reverse(obstacle.count));
        all
    }
}

/// Why an order that went out came to nothing; nothing for one that was filled, or lives.
fn end_without_a_fill(life: &OrderLife) -> Option<&'static str> {
    if life.order.is_none() || life.filled.is_positive() {
        return None;
    }
    let was_called_back = || life.reports.iter().any(|step| step.step == Step::CancelSent);
    let reject = || {
        life.reports.iter().find_map(|one| match &one.step {
            Step::Report(report) if report.exec == ExecType::Rejected => Some(report.reject),
            _ => None,
        })
    };
    match life.status {
        OrdStatus::Rejected => Some(reject().map_or("rejected", reject_name)),
        OrdStatus::Canceled if was_called_back() => Some("called back before anything filled"),
        OrdStatus::Canceled => Some("cancelled with nothing to fill it, or by a halt"),
        OrdStatus::Expired => Some("the instrument stopped trading before anything filled"),
        OrdStatus::PendingNew
        | OrdStatus::New
        | OrdStatus::PartiallyFilled
        | OrdStatus::PendingCancel
        | OrdStatus::Filled => None,
    }
}
