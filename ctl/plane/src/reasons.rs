//! The reasons of a decision taken apart: every share, its part of the score, and whether they add up.
//!
//! Owns the check for authors of strategies: the engine adds contributions up itself and no reader
//! takes a decision in which they do not, so a difference here means that somebody else wrote it.

use crate::text::human_nano;
use royale_model::{Action, Attribution, Decision, Feature, Instrument, InstrumentKind, OrdType};
use royale_model::{Nanos, Price, Qty, Regime, RegimeOdds, Side};
use serde::Serialize;

/// One reason.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ReasonRow {
    /// What was looked at, with its unit.
    pub feature: &'static str,
    /// What was seen, with the digits that the record has.
    pub value: f64,
    /// Its signed share of the score, exact.
    pub contribution: String,
    /// The same in hundredths of the score, one decimal; nothing where the score is 0.
    pub percent_of_score: Option<String>,
}

/// All reasons of a decision.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ReasonTable {
    /// One by one, in the strategy's order.
    pub reasons: Vec<ReasonRow>,
    /// What a score is without any reason: 0.
    pub baseline: String,
    /// The contributions added up, exact.
    pub sum: String,
    /// The decision's score, exact.
    pub score: String,
    /// True when the sum is the score less the baseline, to the last digit.
    pub adds_up: bool,
    /// How sure the strategy was, in basis points of probability.
    pub confidence_bp: u16,
    /// The market's state as it saw it.
    pub regime: &'static str,
    /// The market's state as the house was last told before it.
    pub house_regime: RegimeView,
}

/// A state of the market with its probability.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RegimeView {
    /// `bull`, `bear`, `sideways`, or `unknown` where nobody has said.
    pub regime: &'static str,
    /// Its probability, in basis points; none where nobody has said.
    pub probability_bp: Option<u16>,
}

impl From<RegimeOdds> for RegimeView {
    fn from(odds: RegimeOdds) -> Self {
        let regime = odds.regime();
        let probability_bp = (regime != Regime::Unknown).then_some(odds.bp());
        Self { regime: regime.name(), probability_bp }
    }
}

/// True when a decision's contributions add up to its score.
pub fn adds_up(decision: &Decision) -> bool {
    sum(decision) == i128::from(decision.score)
}

fn sum(decision: &Decision) -> i128 {
    decision.attributions().iter().map(|reason| i128::from(reason.contribution)).sum()
}

/// The reasons of `decision`.
pub(crate) fn reason_table(decision: &Decision) -> ReasonTable {
    let row = |reason: &Attribution| ReasonRow {
        feature: reason.feature.name(),
        // The shortest decimal that names the record's number, not its neighbour in double precision.
        value: reason.value.to_string().parse().unwrap_or_else(|_| f64::from(reason.value)),
        contribution: exact(reason.contribution.into()),
        percent_of_score: percent(reason.contribution, decision.score),
    };
    ReasonTable {
        reasons: decision.attributions().iter().map(row).collect(),
        baseline: "0".to_owned(),
        sum: exact(sum(decision)),
        score: exact(decision.score.into()),
        adds_up: adds_up(decision),
        confidence_bp: decision.confidence_bp,
        regime: decision.regime.name(),
        house_regime: decision.house_regime.into(),
    }
}

impl ReasonTable {
    /// The check as a sentence.
    pub fn check(&self) -> String {
        let Self { sum, score, .. } = self;
        match (self.adds_up, self.reasons.len()) {
            (true, 0) => format!("no reason was given; the score is {score}"),
            (true, _) => format!("contributions add up to {sum}: the score, exactly"),
            (false, _) => format!("contributions add up to {sum}, not {score}"),
        }
    }
}

fn exact(nano: i128) -> String {
    i64::try_from(nano)
        .map_or_else(|_| format!("{nano}e-9"), |raw| Price::from_raw(raw).to_string())
}

fn percent(part: i64, whole: i64) -> Option<String> {
    let tenths = (i128::from(part) * 1_000).checked_div(i128::from(whole))?;
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    Some(format!("{sign}{}.{}", tenths / 10, tenths % 10))
}

/// What the market was when a decision was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Scene {
    /// The instrument's mark.
    pub(crate) mark: Option<Price>,
    /// The mark of what it is about.
    pub(crate) spot: Option<Price>,
}

/// A decision as a trader says it: `SELL 400 KX-1 YES @ 0.58: fair value 0.47 (+0.03); …`. Numbers
/// are rounded for the eye, times and volatility are in units that people use. `qty` is what was sent,
/// or what would have been.
pub(crate) fn headline(
    decision: &Decision,
    qty: Qty,
    scene: &Scene,
    instrument: Option<&Instrument>,
) -> String {
    let symbol = instrument.map_or("an unknown instrument", |known| known.symbol.as_str());
    let is_event = instrument.is_some_and(|known| known.kind == InstrumentKind::BinaryEvent);
    let yes = if is_event { " YES" } else { "" };
    let verb = match (decision.action, decision.side) {
        (Action::Cancel, _) => return format!("CANCEL {} on {symbol}{yes}", decision.order),
        (Action::Submit, Side::Buy) => "BUY",
        (Action::Submit, Side::Sell) => "SELL",
        (Action::Abstain, Side::Buy) => "NO TRADE, would buy",
        (Action::Abstain, Side::Sell) => "NO TRADE, would sell",
    };
    let price = match decision.ord_type {
        OrdType::Market => "market".to_owned(),
        OrdType::Limit => human_nano(decision.price.raw()),
    };
    let qty = human_nano(qty.raw());
    // How large it is has a paragraph of its own.
    let why = decision.attributions().iter().filter(|reason| !reason.feature.is_size());
    let mut parts: Vec<String> = why.map(phrase).collect();
    let strike = instrument.map(|known| known.strike).filter(|strike| strike.is_positive());
    let told = [("market", scene.mark), ("spot", scene.spot), ("strike", strike)];
    let told = told.map(|(name, at)| at.map(|at| format!("{name} {}", human_nano(at.raw()))));
    let told: Vec<String> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        parts.push(told.join(", "));
    }
    if parts.is_empty() {
        parts.push("no reason given".to_owned());
    }
    format!("{verb} {qty} {symbol}{yes} @ {price}: {}", parts.join("; "))
}

fn phrase(reason: &Attribution) -> String {
    const SECONDS_A_YEAR: f64 = 365.0 * 86_400.0;
    let value = f64::from(reason.value);
    let seen = match reason.feature {
        Feature::TIME_LEFT => format!("{} left", minutes(value)),
        Feature::VOLATILITY => {
            format!("vol {:.0} % a year", value * SECONDS_A_YEAR.sqrt() * 100.0)
        }
        feature => format!("{} {}", feature.name(), short(value)),
    };
    match reason.contribution {
        0 => seen,
        share => format!("{seen} ({}{})", if share > 0 { "+" } else { "" }, nano_short(share)),
    }
}

/// Seconds as people say them: `4m12s`, `107.9s` below two minutes.
fn minutes(seconds: f64) -> String {
    if !(0.0..1e9).contains(&seconds) {
        return format!("{seconds} s");
    }
    let whole = Nanos::from_secs(seconds as i64).as_secs_f64() as u64;
    match whole {
        0..=59 => format!("{seconds:.1}s"),
        60..=3_599 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3_600, whole % 3_600 / 60),
    }
}

/// Four decimals at most.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

fn nano_short(nano: i64) -> String {
    short(nano as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{InstrumentId, Reasons, SlotId, Text, Venue};

    fn decision() -> Decision {
        let reasons = Reasons::new()
            .because(Feature::FAIR_VALUE, 0.55, 0.09)
            .because(Feature::COST, 0.0171, -0.03)
            .because(Feature::TIME_LEFT, 252.4, 0.0)
            .because(Feature::VOLATILITY, 0.000_055_2, 0.0);
        let id = InstrumentId(0);
        let mut decision = Decision::new(7, Nanos::ZERO, SlotId(0), id, Action::Submit, &reasons);
        (decision.side, decision.qty) = (Side::Sell, Qty::from_int(40));
        decision.price = "0.62".parse().unwrap();
        decision
    }

    #[test]
    fn a_trader_reads_one_line() {
        let (kind, venue) = (InstrumentKind::BinaryEvent, Venue::Kalshi);
        let mut contract =
            Instrument::new(InstrumentId(0), Text::new("KX-1").unwrap(), kind, venue);
        contract.strike = Price::from_int(79_578);
        let scene = Scene { mark: None, spot: Some(Price::from_int(79_431)) };
        assert_eq!(
            headline(&decision(), decision().qty, &scene, Some(&contract)),
            "SELL 40 KX-1 YES @ 0.62: fair value 0.55 (+0.09); cost to trade 0.0171 (-0.03); 4m12s \
             left; vol 31 % a year; spot 79,431, strike 79,578"
        );
    }

    #[test]
    fn shares_are_parts_of_the_score_and_their_sum_is_held_against_it() {
        let table = reason_table(&decision());
        let shares: Vec<_> =
            table.reasons.iter().filter_map(|row| row.percent_of_score.as_deref()).collect();
        assert_eq!(shares, ["150.0", "-50.0", "0.0", "0.0"]);
        assert_eq!(table.check(), "contributions add up to 0.06: the score, exactly");
        let mut forged = decision();
        forged.score += 1;
        let table = reason_table(&forged);
        assert!(!table.adds_up);
        assert_eq!(table.check(), "contributions add up to 0.06, not 0.060000001");
    }
}
