//! Reasons as plain English, from the record alone.
//!
//! Every number in a sentence is a field of the decision or the verdict, in its own unit; nothing
//! is computed, compared or looked up elsewhere. The order of reasons is the strategy's own.

use crate::abstention::abstention_sentence;
use crate::text::human_nano;
use royale_model::{
    Action, Attribution, Decision, Instrument, OrdType, RefusalCode, RegimeOdds, TimeInForce,
    Verdict,
};

/// A decision as a sentence or two: what, and why.
pub fn sentence(decision: &Decision, instrument: Option<&Instrument>, slot: &str) -> String {
    if decision.action == Action::Abstain {
        return abstention_sentence(decision, instrument, slot);
    }
    let mut text = format!("{slot} decided to {}", action_phrase(decision, instrument));
    let (mut pro, mut contra, mut neutral) = (Vec::new(), Vec::new(), Vec::new());
    // How large it is, the paragraph on the size tells.
    for reason in decision.attributions().iter().filter(|reason| !reason.feature.is_size()) {
        match reason.contribution {
            1.. => pro.push(reason_phrase(reason)),
            0 => neutral.push(reason_phrase(reason)),
            _ => contra.push(reason_phrase(reason)),
        }
    }
    if pro.is_empty() && contra.is_empty() && neutral.is_empty() {
        text.push_str(". It gave no reason");
    }
    for (word, list) in [("because of", pro), ("against", contra), ("having seen", neutral)] {
        if !list.is_empty() {
            text.push_str(&format!(", {word} {}", join(&list)));
        }
    }
    text.push_str(&closing(decision));
    text
}

/// The end of every sentence: score, and how sure where that means anything.
pub(crate) fn closing(decision: &Decision) -> String {
    let mut text = format!(". Score {}", signed_nano(decision.score));
    if decision.action != Action::Cancel {
        text.push_str(&format!(", confidence {}", basis_points(decision.confidence_bp)));
        text.push_str(&format!(", regime {}", decision.regime.name()));
        if decision.house_regime != RegimeOdds::UNKNOWN {
            text.push_str(&format!(", the house's {}", decision.house_regime));
        }
    }
    text.push('.');
    text
}

/// What is wanted: `buy 10 BTC-USD at 61,803.1 or better (limit, post only)`.
pub fn action_phrase(decision: &Decision, instrument: Option<&Instrument>) -> String {
    let symbol = instrument.map_or("an unknown instrument", |known| known.symbol.as_str());
    if decision.action == Action::Cancel {
        return format!("cancel order {} on {symbol}", decision.order);
    }
    let qty = human_nano(decision.qty.raw());
    let side = decision.side.name();
    let life = match decision.time_in_force {
        TimeInForce::GoodTillCancel => "good till cancelled",
        TimeInForce::ImmediateOrCancel => "immediate or cancel",
        TimeInForce::FillOrKill => "fill or kill",
        TimeInForce::PostOnly => "post only",
    };
    match decision.ord_type {
        OrdType::Market => format!("{side} {qty} {symbol} at the market ({life})"),
        OrdType::Limit => {
            let price = human_nano(decision.price.raw());
            format!("{side} {qty} {symbol} at {price} or better (limit, {life})")
        }
    }
}

/// The reason with the largest share, for a table cell: `edge after fees 0.04 (+0.04)`.
pub fn short_reason(decision: &Decision) -> String {
    decision
        .attributions()
        .iter()
        .max_by_key(|reason| reason.contribution.unsigned_abs())
        .map_or_else(|| "no reason given".to_owned(), short_phrase)
}

/// A reason with four decimals: a table has no room for nine.
fn short_phrase(reason: &Attribution) -> String {
    const STEP: i64 = 100_000;
    let name = reason.feature.name();
    let value = format!("{:.4}", reason.value);
    let value = match value.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0",
        text => text,
    };
    format!("{name} {value} ({})", signed_nano(reason.contribution / STEP * STEP))
}

/// The gate's answer as a sentence.
pub fn verdict_sentence(verdict: &Verdict) -> String {
    let (number, meaning) = rule(verdict.code);
    if verdict.is_approved() {
        return "The risk gate approved it: every rule passed.".to_owned();
    }
    let name = verdict.code.name();
    let place = if number.is_empty() { name.to_owned() } else { format!("{name}, rule {number}") };
    let unit = if verdict.code == RefusalCode::StaleFeed { " s" } else { "" };
    let numbers = if verdict.actual == 0 && verdict.limit == 0 {
        String::new()
    } else if verdict.code == RefusalCode::NoAllocation {
        // A share is a number without a limit to hold it against.
        format!(" Its share is {}.", human_nano(verdict.actual))
    } else {
        let (actual, limit) = (human_nano(verdict.actual), human_nano(verdict.limit));
        format!(" It looked at {actual}{unit}, the limit is {limit}{unit}.")
    };
    format!("The risk gate refused it ({place}): {meaning}.{numbers}")
}

/// The number of a rule in `docs/reliability.md` (empty where it has none) and what it says.
pub fn rule(code: RefusalCode) -> (&'static str, &'static str) {
    match code {
        RefusalCode::Approved => ("", "all rules passed"),
        RefusalCode::OrderQty => {
            ("R1", "the quantity is not above zero, above the limit or off the lot grid")
        }
        RefusalCode::OrderNotional => {
            ("R2", "the order's value is above the limit or cannot be computed")
        }
        RefusalCode::PriceCollar => {
            ("R3", "the price is off the tick grid, outside the collar or has no reference")
        }
        RefusalCode::Position => {
            ("R7", "position and live orders together could pass the position limit")
        }
        RefusalCode::StaleFeed => ("R13", "the instrument's data is too old or is not there yet"),
        RefusalCode::FeedGap => {
            ("R13", "messages of the instrument are missing, and no snapshot has come since")
        }
        RefusalCode::Halted => ("R14", "trading is halted"),
        RefusalCode::NotTradable => ("R11", "the instrument is unknown, expired or settled"),
        RefusalCode::NoAllocation => {
            ("", "the house gives this slot no share, or the share rounds to nothing")
        }
        RefusalCode::UnknownOrder => ("", "the cancel names no live order of this slot"),
        RefusalCode::Malformed => ("", "the decision is malformed"),
        RefusalCode::TooManyOrders => ("", "the table of live orders is full"),
    }
}

pub(crate) fn reason_phrase(reason: &Attribution) -> String {
    let name = reason.feature.name();
    format!("{name} {} ({})", reason.value, signed_nano(reason.contribution))
}

fn signed_nano(nano: i64) -> String {
    if nano > 0 { format!("+{}", human_nano(nano)) } else { human_nano(nano) }
}

/// 6,250 basis points are 62.5 %.
fn basis_points(points: u16) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(crate) fn join(list: &[String]) -> String {
    match list {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{
        Feature, InstrumentId, Nanos, OrderId, Price, Qty, Reasons, Regime, SlotId,
    };

    fn decision() -> Decision {
        let reasons = Reasons::new()
            .because(Feature::EDGE, 0.04, 0.04)
            .because(Feature::COST, 0.015, -0.01)
            .because(Feature::TIME_LEFT, 310.0, 0.0)
            .because(Feature::SIZE_ORDER, 10.0, 0.0);
        let mut decision =
            Decision::new(7, Nanos::ZERO, SlotId(0), InstrumentId(0), Action::Submit, &reasons);
        decision.qty = Qty::from_int(10);
        decision.price = "0.48".parse::<Price>().unwrap();
        decision.confidence_bp = 6_250;
        decision.regime = Regime::Bull;
        decision
    }

    #[test]
    fn a_sentence_says_what_the_record_says() {
        assert_eq!(
            sentence(&decision(), None, "edge"),
            "edge decided to buy 10 an unknown instrument at 0.48 or better (limit, good till \
             cancelled), because of edge after fees 0.04 (+0.04), against cost to trade 0.015 \
             (-0.01), having seen time left (s) 310 (0). Score +0.03, confidence 62.5 %, regime \
             bull."
        );
        assert_eq!(short_reason(&decision()), "edge after fees 0.04 (+0.04)");
    }

    #[test]
    fn no_number_is_invented() {
        let decision = decision();
        let known = ["10", "0.48", "0.04", "+0.04", "0.015", "-0.01", "310", "0", "+0.03", "62.5"];
        let text = sentence(&decision, None, "edge");
        for word in text.split(|c: char| c.is_whitespace() || "(),".contains(c)) {
            let word = word.trim_end_matches('.');
            if word.parse::<f64>().is_ok() {
                assert!(known.contains(&word), "{word} is not in the record");
            }
        }
    }

    #[test]
    fn a_refusal_names_its_rule_and_its_numbers() {
        let verdict = Verdict::new(
            7,
            Nanos::ZERO,
            OrderId::NONE,
            InstrumentId(0),
            RefusalCode::Position,
            120_000_000_000,
            100_000_000_000,
        );
        assert_eq!(
            verdict_sentence(&verdict),
            "The risk gate refused it (position, rule R7): position and live orders together could \
             pass the position limit. It looked at 120, the limit is 100."
        );
    }
}
