//! Signals that a strategy's own entry gates stopped: counts by gate, and each case in words.
//!
//! Owns what a failed gate is called in a sentence. Must never invent a number: value and limit
//! are fields of the decision.

use crate::sentence::{closing, join, reason_phrase};
use crate::text::human_nano;
use royale_model::{Attribution, Decision, Feature, Instrument, OrdType, Side};

/// Abstentions whose first failed gate is the same.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Abstention {
    /// The first gate that failed; `None` where the strategy named none.
    pub gate: Option<Feature>,
    /// How often.
    pub count: u64,
    /// The first case.
    pub first: Decision,
    /// The newest case.
    pub last: Decision,
}

/// The gates that a decision says failed, in the strategy's order.
pub(crate) fn failed(decision: &Decision) -> impl Iterator<Item = &Attribution> {
    decision
        .attributions()
        .iter()
        .filter(|reason| reason.feature.is_gate() && reason.contribution < 0)
}

/// An abstention as a sentence: what it considered, the gate that said no, and the others.
pub(crate) fn abstention_sentence(
    decision: &Decision,
    instrument: Option<&Instrument>,
    slot: &str,
) -> String {
    let symbol = instrument.map_or("an unknown instrument", |known| known.symbol.as_str());
    let verb = match decision.side {
        Side::Buy => "buying",
        Side::Sell => "selling",
    };
    let qty = human_nano(decision.qty.raw());
    let place = match decision.ord_type {
        OrdType::Market => "at the market".to_owned(),
        OrdType::Limit => format!("at {}", human_nano(decision.price.raw())),
    };
    let mut text = format!("{slot} considered {verb} {qty} {symbol} {place}, but ");
    let mut gates = failed(decision);
    let first = gates.next();
    match first {
        Some(gate) => text.push_str(&gate_phrase(gate, limit(decision))),
        None => text.push_str("stood aside"),
    }
    let more: Vec<String> = gates.map(reason_phrase).collect();
    if !more.is_empty() {
        text.push_str(&format!("; it failed {} too", join(&more)));
    }
    let is_told = |reason: &&Attribution| {
        reason.feature != Feature::GATE_LIMIT
            && !(reason.feature.is_gate() && reason.contribution < 0)
    };
    let rest: Vec<String> =
        decision.attributions().iter().filter(is_told).map(reason_phrase).collect();
    if !rest.is_empty() {
        text.push_str(&format!(". It saw {}", join(&rest)));
    }
    text.push_str(&closing(decision));
    text
}

/// The limit of the first gate that failed, where the record has it.
pub(crate) fn limit(decision: &Decision) -> Option<f32> {
    let found = decision.attributions().iter().find(|r| r.feature == Feature::GATE_LIMIT);
    found.map(|reason| reason.value)
}

fn gate_phrase(gate: &Attribution, limit: Option<f32>) -> String {
    let value = gate.value;
    let (what, than) = match gate.feature {
        Feature::GATE_EDGE => (format!("the edge {value} is below its margin"), ""),
        Feature::GATE_PRICE_CAP => (format!("the price {value} is above its cap"), ""),
        Feature::GATE_VWAP => {
            (format!("the spot is {value} sd from the session's average"), ", more than")
        }
        Feature::GATE_DRIFT => (format!("the spot drifted {value} sd against it"), ", more than"),
        Feature::GATE_SPIKE => {
            return format!("a spike of the spot keeps it out for another {value} s");
        }
        other => (format!("{} {value} is beyond its limit", other.name()), ""),
    };
    limit.map_or_else(|| what.clone(), |limit| format!("{what}{than} {limit}"))
}

#[cfg(test)]
mod tests {
    use crate::sentence;
    use royale_model::{
        Action, Decision, Feature, InstrumentId, Nanos, Price, Qty, Reasons, SlotId,
    };

    fn abstention(reasons: Reasons) -> Decision {
        let (slot, id) = (SlotId(0), InstrumentId(0));
        let mut decision = Decision::new(7, Nanos::ZERO, slot, id, Action::Abstain, &reasons);
        decision.qty = Qty::from_int(100);
        decision.price = "0.31".parse::<Price>().unwrap();
        decision.confidence_bp = 3_900;
        decision
    }

    #[test]
    fn an_abstention_says_which_gate_stopped_it_and_at_what_limit() {
        let reasons = Reasons::new()
            .because(Feature::GATE_EDGE, 0.05, 0.05)
            .because(Feature::GATE_PRICE_CAP, 0.31, -1.0)
            .because(Feature::GATE_VWAP, 1.5, 0.0)
            .because(Feature::GATE_SPIKE, 2.5, -1.0)
            .because(Feature::GATE_LIMIT, 0.3, 0.0);
        assert_eq!(
            sentence(&abstention(reasons), None, "edge"),
            "edge considered buying 100 an unknown instrument at 0.31, but the price 0.31 is above \
             its cap 0.3; it failed gate: pause after a spike (s) 2.5 (-1) too. It saw gate: edge \
             after fees (USD) 0.05 (+0.05) and gate: spot from session average (sd) 1.5 (0). Score -1.95, confidence 39 %, regime unknown."
        );
    }

    #[test]
    fn an_abstention_without_gates_is_told_too() {
        let foreign = Reasons::new().because(Feature::RULE, 1.0, 0.0);
        assert_eq!(
            sentence(&abstention(foreign), None, "edge"),
            "edge considered buying 100 an unknown instrument at 0.31, but stood aside. It saw rule \
             1 (0). Score 0, confidence 39 %, regime unknown."
        );
    }
}
