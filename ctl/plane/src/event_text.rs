//! Inputs, orders and reports in words: what an event says, with the numbers that it carries.
//!
//! Must never put a number into a sentence that the record does not hold.

use crate::funnel::reject_name;
use crate::quality::kind_name;
use crate::text::{human_nano, stamp};
use royale_model::{
    Body, Command, CommandCode, Event, ExecType, ExecutionReport, Instrument, Liquidity, Nanos,
    NotePurpose, OrdType, Order, RegimeOdds, Tier, Timer,
};

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
        Body::Command(command) => {
            let by = command_by(&command);
            format!("{} by {by}{}", command.code.name(), command_detail(&command))
        }
        Body::Note(note) => {
            let of = match note.purpose() {
                NotePurpose::Reason => "why the next command was given",
                NotePurpose::Refusal => "why the next command was refused",
            };
            format!("{of}: “{}”", String::from_utf8_lossy(note.text()))
        }
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
    let whose = match timer.id {
        Timer::EPOCH => "an epoch ends, and the house may be shared out anew".to_owned(),
        slot => format!("slot {slot}"),
    };
    format!("{whose}, due {}{made_up}", stamp(timer.due))
}

/// Who said a command.
pub(crate) fn command_by(command: &Command) -> String {
    match *command {
        Command { uid: Command::AGENT, .. } => "agent".to_owned(),
        Command { uid: 0, pid: 0, .. } => "engine".to_owned(),
        Command { uid, .. } => format!("user {uid}"),
    }
}

/// The state of the market that a command tells: `regime sideways 62.00 %`.
pub(crate) fn regime_text(number: i64) -> String {
    format!("regime {}", RegimeOdds::from_number(number).unwrap_or(RegimeOdds::UNKNOWN))
}

/// What a command is about, where it is about a slot or the market.
fn command_detail(command: &Command) -> String {
    let Command { slot, value, .. } = *command;
    match command.code {
        CommandCode::Allocate => format!(", {:.2} % to slot {slot}", value as f64 / 100.0),
        CommandCode::Install => format!(", version {value} in slot {slot}"),
        CommandCode::Regime => format!(", {}", regime_text(value)),
        CommandCode::Tier => match Tier::from_number(value) {
            Some(tier) => format!(", slot {slot} to {}", tier.name()),
            None => format!(", slot {slot}"),
        },
        CommandCode::Quarantine | CommandCode::Release | CommandCode::Rollback => {
            format!(", slot {slot}")
        }
        CommandCode::Halt
        | CommandCode::Resume
        | CommandCode::Stop
        | CommandCode::Freeze
        | CommandCode::Unfreeze
        | CommandCode::Refused => String::new(),
    }
}

pub(crate) fn order_sentence(order: &Order, instrument: Option<&Instrument>) -> String {
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

pub(crate) fn report_sentence(report: &ExecutionReport) -> String {
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
