//! Plays a recording to a module and prints what it decides, and why: what an author looks at instead of
//! a log. Every order is filled at the price of the last trade, so that the strategy goes through
//! its motions; what it would earn is for a real run to say.
//!
//! `cargo run --release -p royale-sandbox --example play -- MODULE TAPE [NAME=VALUE]…`

use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::*;
use royale_sandbox::{Guest, Host, Limits};
use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// Decisions that are printed; the rest is counted.
const PRINTED_MAX: usize = 50;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, tape, settings @ ..] = arguments.as_slice() else {
        return Err("usage: play MODULE TAPE [NAME=VALUE]…".into());
    };
    let mut parameters = BTreeMap::new();
    for setting in settings {
        let (name, value) = setting.split_once('=').ok_or("a setting is NAME=VALUE")?;
        parameters.insert(name.to_owned(), value.parse()?);
    }
    let (preamble, events) = royale_codec::unpack(&std::fs::read(tape)?)?;
    let host = Host::new(&Limits { guests_max: 1, ..Limits::default() })?;
    let module = host.module(&std::fs::read(module)?)?;
    let card = module.card();
    println!("{} bytes, {} of memory, asks for {:?}", card.bytes, card.memory_bytes, card.imports);
    let mut guest = module.instantiate(&parameters, &preamble.instruments)?;
    play(&mut guest, &preamble.instruments, events)
}

fn play(guest: &mut Guest, table: &[Instrument], events: Vec<Event>) -> Result<(), Box<dyn Error>> {
    let (mut market, mut portfolio) = (Market::new(table, 256), Portfolio::new(table.len()));
    let mut outbox = Outbox::default();
    let mut out = io::stdout().lock();
    let (mut seq, mut count) = (0, 0);
    let mut tape = events.into_iter();
    let mut reports = VecDeque::new();
    while let Some(event) = reports.pop_front().or_else(|| tape.next()) {
        seq += 1;
        let event = event.sequenced(seq, event.time());
        market.apply(&event);
        portfolio.apply(&event);
        outbox.clear();
        let mut context =
            Context::new(SlotId(0), seq, event.time(), &market, &mut portfolio, &mut outbox);
        guest.on_event(&event, &mut context);
        if let Some(fault) = outbox.fault() {
            return Err(format!("disarmed on event {seq}, {event:?}: {fault:?}").into());
        }
        for decision in outbox.decisions() {
            count += 1;
            if count <= PRINTED_MAX {
                print(&mut out, decision)?;
            }
            if decision.action == Action::Abstain {
                continue;
            }
            let trade = market.view(decision.instrument).and_then(|view| view.trade);
            reports.extend(trade.map(|trade| answer(decision, trade.price)));
        }
    }
    writeln!(out, "{count} decisions on {seq} events")?;
    Ok(())
}

fn print(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    let Decision { seq, price, qty, instrument, .. } = decision;
    let (action, side) = (decision.action.name(), decision.side.name());
    write!(out, "{seq}: {action} {side} {qty} of instrument {} at {price}", instrument.0)?;
    for reason in decision.attributions() {
        write!(out, "; {} {}", reason.feature.name(), reason.value)?;
        write!(out, " ({:+})", Price::from_raw(reason.contribution))?;
    }
    writeln!(out)
}

/// Fills an order, confirms a cancel.
fn answer(decision: &Decision, price: Price) -> Event {
    let is_cancel = decision.action == Action::Cancel;
    let exec = if is_cancel { ExecType::Canceled } else { ExecType::Trade };
    let report = ExecutionReport {
        order: decision.order,
        exec,
        side: decision.side,
        is_final: true,
        liquidity: Liquidity::Taker,
        last_price: price,
        last_qty: decision.qty,
        fee: 0,
        reject: RejectReason::None,
    };
    let stamp = Stamp {
        seq: 0,
        time: decision.time,
        venue_time: decision.time,
        instrument: decision.instrument,
    };
    Event::new(stamp, Body::ExecutionReport(report), EventFlags::default())
}
