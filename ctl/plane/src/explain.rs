//! The whole story of one order, step by step, from the journal's words alone.

use crate::funnel::reject_name;
use crate::orders::{OrderLife, OrderLog, Step as LifeStep};
use crate::quality::kind_name;
use crate::sentence::{sentence, verdict_sentence};
use crate::text::{human_nano, stamp};
use royale_model::{
    Body, Event, ExecType, ExecutionReport, Instrument, Liquidity, Nanos, OrdType, Order, Seq,
    Timer,
};
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    /// The order.
    pub order: String,
    /// Whose decision.
    pub slot: String,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// What it trades.
    pub instrument: String,
    /// Where it stands.
    pub status: &'static str,
    /// Step by step.
    pub steps: Vec<Step>,
}

/// Tells the story of `life`.
pub(crate) fn explain(
    log: &OrderLog,
    life: &OrderLife,
    instruments: &[Instrument],
    slots: &[String],
) -> Explanation {
    let instrument = instruments.get(life.instrument.index());
    let slot = slots.get(life.id.account().slot().index()).map_or("unknown slot", String::as_str);
    let mut steps = Vec::new();
    let mut tell = |seq: Seq, time: Nanos, what: &'static str, text: String| {
        steps.push(Step { seq, time: stamp(time), what, text });
    };
    if let Some(event) = log.trigger_of(life) {
        tell(event.seq(), event.time(), "event", event_sentence(event, instruments));
    }
    if let Some(decision) = log.decision_of(life) {
        tell(decision.seq, decision.time, "decision", sentence(decision, instrument, slot));
    }
    if let Some(verdict) = &life.verdict {
        tell(verdict.seq, verdict.time, "verdict", verdict_sentence(verdict));
    }
    if let Some(order) = &life.order {
        tell(order.seq, order.time, "order", order_sentence(order, instrument));
    }
    for report in &life.reports {
        let (what, text) = match &report.step {
            LifeStep::CancelAsked(decision) => ("cancel", sentence(decision, instrument, slot)),
            LifeStep::CancelVerdict(verdict) => ("verdict", verdict_sentence(verdict)),
            LifeStep::CancelSent => ("cancel", "The cancel request went to the venue.".to_owned()),
            LifeStep::Report(report) => ("report", report_sentence(report)),
        };
        tell(report.seq, report.time, what, text);
    }
    Explanation {
        order: life.id.to_string(),
        slot: slot.to_owned(),
        account: if life.id.account().is_house() { "house" } else { "shadow" },
        instrument: instrument.map_or(String::new(), |known| known.symbol.to_string()),
        status: crate::rows::status_name(life.status),
        steps,
    }
}

/// An event in words, with the numbers that it carries.
pub fn event_sentence(event: &Event, instruments: &[Instrument]) -> String {
    let symbol = instruments
        .get(event.instrument().index())
        .map_or(String::new(), |known| format!(" on {}", known.symbol));
    let number = human_nano;
    let detail = match event.body() {
        Body::Quote(quote) => format!(
            "bid {} × {}, ask {} × {}",
            number(quote.bid.raw()),
            number(quote.bid_qty.raw()),
            number(quote.ask.raw()),
            number(quote.ask_qty.raw())
        ),
        Body::Trade(trade) => {
            let who = trade.aggressor.map_or("", |side| match side {
                royale_model::Side::Buy => ", the buyer crossed",
                royale_model::Side::Sell => ", the seller crossed",
            });
            // Some sources do not tell the quantity; then it is 0.
            let qty = match trade.qty.raw() {
                0 => String::new(),
                raw => format!("{} ", number(raw)),
            };
            format!("{qty}at {}{who}", number(trade.price.raw()))
        }
        Body::BookDelta(delta) => format!(
            "{} rests at {} on the {} side",
            number(delta.qty.raw()),
            number(delta.price.raw()),
            delta.side.name()
        ),
        Body::Bar(bar) => format!("a bar of {} s, open {}", bar.seconds, number(bar.open.raw())),
        Body::Odds(odds) => format!(
            "bid {}, ask {}, last {}",
            number(odds.bid.raw()),
            number(odds.ask.raw()),
            number(odds.last.raw())
        ),
        Body::Gap(gap) => format!("expected message {}, got {}", gap.expected, gap.received),
        Body::Settlement(settlement) => format!("settled at {}", number(settlement.value.raw())),
        Body::ExecutionReport(report) => {
            format!("order {}: {}", report.order, report_sentence(&report))
        }
        Body::Command(command) => format!("{} by user {}", command.code.name(), command.uid),
        Body::Note(note) => String::from_utf8_lossy(note.text()).into_owned(),
        Body::Timer(timer) => timer_sentence(&timer, event.time()),
    };
    format!("{}{symbol}: {detail}", kind_name(event.kind()))
}

/// Which slot, when it was due, and how late it is where it was missed.
fn timer_sentence(timer: &Timer, time: Nanos) -> String {
    let late = time.since(timer.due);
    let made_up = match late > Nanos::ZERO {
        true => format!(", missed and made up {:.1} s later", late.as_secs_f64()),
        false => String::new(),
    };
    format!("slot {}, due {}{made_up}", timer.id, stamp(timer.due))
}

fn order_sentence(order: &Order, instrument: Option<&Instrument>) -> String {
    let symbol = instrument.map_or("an unknown instrument", |known| known.symbol.as_str());
    let (side, qty) = (order.side.name(), human_nano(order.qty.raw()));
    let price = human_nano(order.price.raw());
    match order.ord_type {
        OrdType::Limit => format!("Sent: {side} {qty} {symbol}, limit {price}."),
        OrdType::Market => {
            format!("Sent: {side} {qty} {symbol} at the market, worst acceptable price {price}.")
        }
    }
}

fn report_sentence(report: &ExecutionReport) -> String {
    let (qty, price) = (human_nano(report.last_qty.raw()), human_nano(report.last_price.raw()));
    let end = if report.is_final { " Nothing is left of the order." } else { "" };
    match report.exec {
        ExecType::New => "The venue has the order.".to_owned(),
        ExecType::Trade => {
            let role = match report.liquidity {
                Liquidity::Maker => "maker",
                Liquidity::Taker => "taker",
            };
            format!("Filled {qty} at {price} as {role}, fee {}.{end}", human_nano(report.fee))
        }
        ExecType::Canceled => format!("Cancelled with {qty} left."),
        ExecType::Rejected => format!("Rejected: {}.", reject_name(report.reject)),
        ExecType::Expired => format!("Expired with {qty} left: the instrument stopped trading."),
        ExecType::CancelRejected => {
            format!("The cancel was rejected: {}.", reject_name(report.reject))
        }
    }
}
