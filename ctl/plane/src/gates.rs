//! The gates that a decision met: the strategy's own, then the rules of the risk gate, passed or failed.
//!
//! Must never call a gate passed that was not asked: the rules behind the one that refused were not.

use crate::abstention::{failed, limit};
use crate::sentence::rule;
use crate::text::human_nano;
use royale_engine::risk::ASKED_IN_ORDER;
use royale_model::{Decision, RefusalCode, Verdict};
use serde::Serialize;

/// A gate and its answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GateAnswer {
    /// `own` (the strategy's) or `risk`.
    pub stage: &'static str,
    /// Its name; of a rule with its number, where it has one.
    pub gate: String,
    /// False for the one that said no.
    pub passed: bool,
    /// What it saw, where the record has it.
    pub actual: Option<String>,
    /// What it held that against, where the record has it.
    pub limit: Option<String>,
}

/// The gates of a decision, in the order in which they were asked.
pub(crate) fn gate_rows(decision: &Decision, verdict: Option<&Verdict>) -> Vec<GateAnswer> {
    let limit_of_first = limit(decision).map(|limit| limit.to_string());
    let first = failed(decision).next().map(|reason| reason.feature);
    let own = decision.attributions().iter().filter(|reason| reason.feature.is_gate());
    let own = own.map(|reason| GateAnswer {
        stage: "own",
        gate: reason.feature.name().trim_start_matches("gate: ").to_owned(),
        passed: reason.contribution >= 0,
        actual: Some(reason.value.to_string()),
        limit: limit_of_first.clone().filter(|_| first == Some(reason.feature)),
    });
    own.chain(verdict.into_iter().flat_map(risk_rows)).collect()
}

fn risk_rows(verdict: &Verdict) -> Vec<GateAnswer> {
    let passes = |code: &RefusalCode| !verdict.order.account().is_house() || is_asked_again(*code);
    let before = ASKED_IN_ORDER.into_iter().filter(passes);
    let mut rows: Vec<GateAnswer> =
        before.take_while(|code| *code != verdict.code).map(passed).collect();
    if verdict.code == RefusalCode::NoAllocation {
        // The house has no quantity to ask the rules about.
        rows.clear();
    }
    if !verdict.is_approved() {
        rows.push(GateAnswer {
            passed: false,
            actual: Some(human_nano(verdict.actual)),
            limit: Some(human_nano(verdict.limit)),
            ..passed(verdict.code)
        });
    }
    rows
}

/// What depends on the account is asked for the house, too.
fn is_asked_again(code: RefusalCode) -> bool {
    use RefusalCode::{OrderNotional, OrderQty, Position, TooManyOrders};
    matches!(code, OrderQty | OrderNotional | TooManyOrders | Position)
}

fn passed(code: RefusalCode) -> GateAnswer {
    // A gate is called by what it asks, a refusal by what was wrong.
    let name = match code {
        RefusalCode::Malformed => "well-formed",
        RefusalCode::Halted => "halt",
        RefusalCode::NotTradable => "tradable",
        RefusalCode::FeedGap => "gap",
        RefusalCode::StaleFeed => "stale",
        RefusalCode::OrderQty => "quantity",
        RefusalCode::PriceCollar => "collar",
        RefusalCode::OrderNotional => "notional",
        RefusalCode::TooManyOrders => "live orders",
        other => other.name(),
    };
    let gate = match rule(code).0 {
        "" => name.to_owned(),
        number => format!("{number} {name}"),
    };
    GateAnswer { stage: "risk", gate, passed: true, actual: None, limit: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{Account, Action, Feature, InstrumentId, Nanos, OrderId, Reasons, SlotId};

    fn told(account: Account, code: RefusalCode) -> Vec<(String, bool)> {
        let reasons = Reasons::new().because(Feature::GATE_EDGE, 0.05, 0.05);
        let (slot, id) = (SlotId(0), InstrumentId(0));
        let decision = Decision::new(1, Nanos::ZERO, slot, id, Action::Submit, &reasons);
        let order = OrderId::new(account, 1);
        let verdict = Verdict::new(1, Nanos::ZERO, order, id, code, 5, 4);
        let rows = gate_rows(&decision, Some(&verdict));
        rows.into_iter().map(|row| (row.gate, row.passed)).collect()
    }

    #[test]
    fn what_was_not_asked_is_neither_passed_nor_failed() {
        let (shadow, house) = (Account::shadow(SlotId(0)), Account::house(SlotId(0)));
        let names = |account, code, passed: bool| -> Vec<String> {
            let all = told(account, code).into_iter();
            all.filter(|(_, was)| *was == passed).map(|(gate, _)| gate).collect()
        };
        let edge = "edge after fees (USD)";
        let all = told(shadow, RefusalCode::Approved);
        assert!(all.len() == 11 && all.iter().all(|(_, passed)| *passed), "{all:?}");
        assert_eq!(
            names(shadow, RefusalCode::NotTradable, true),
            [edge, "well-formed", "R14 halt"]
        );
        assert_eq!(names(shadow, RefusalCode::NotTradable, false), ["R11 tradable"]);
        let of_house = [edge, "R1 quantity", "R2 notional", "live orders"];
        assert_eq!(names(house, RefusalCode::Position, true), of_house);
        assert_eq!(names(house, RefusalCode::NoAllocation, true), [edge]);
    }
}
