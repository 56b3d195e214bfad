//! The risk gate: a decision that passes every rule, and one that a late rule refuses.
//!
//! Owns the orders that other units need too, since only the gate can approve one.

use super::market::LEVELS;
use super::strategy::Nowhere;
use super::{Recording, Unit, Work, work};
use crate::engine_of;
use royale_engine::latency::LatencyLevel;
use royale_engine::order::Discard;
use royale_engine::risk::{RiskLimits, RiskStage};
use royale_engine::topology::Engine;
use royale_engine::{Market, Sink};
use royale_model::{
    Account, Action, Body, Decision, Event, EventFlags, ExecType, ExecutionReport, InstrumentId,
    InstrumentKind, Liquidity, Notional, OrderId, Price, Qty, Reasons, RejectReason, Side, SlotId,
    Stamp,
};
use royale_strategies::Native;
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

/// Events after which the books are full and a price is known.
pub(super) const WARM: usize = 2_000;

pub(super) fn units() -> Vec<Unit> {
    let approved = "a decision approved for both accounts, and both orders ended";
    vec![
        Unit::new("risk/approve", approved, 5_000, |sessions, count| {
            approve(&sessions.kalshi(WARM)?, count)
        }),
        Unit::new(
            "risk/refuse",
            "a decision beyond the notional limit",
            10_000,
            |sessions, count| refuse(&sessions.kalshi(WARM)?, count),
        ),
    ]
}

/// An engine's parts: the limits and assumptions of [`engine_of`], for one slot.
pub(super) fn parts(
    recording: &Recording,
) -> Result<Engine<Native, VecDeque<Event>, Discard>, String> {
    let nobody = Vec::new();
    let tape = VecDeque::new();
    let mut parts = engine_of(&recording.preamble, nobody, tape, Discard, LatencyLevel::Off)?;
    parts.allocation_bp = vec![1_666];
    Ok(parts)
}

/// A gate in front of `next` that has seen all of the recording, and the market then.
pub(super) fn warm<S: Sink>(
    next: S,
    recording: &Recording,
    limits: impl FnOnce(RiskLimits) -> RiskLimits,
) -> Result<(RiskStage<S>, Market), String> {
    let parts = parts(recording)?;
    let (table, progress) = (&parts.instruments, Arc::clone(&parts.progress));
    let (capital, limits) = (&parts.capital, limits(parts.limits));
    let mut gate = RiskStage::new(next, table, capital, limits, &parts.allocation_bp, progress);
    let mut market = Market::new(table, LEVELS);
    for event in recording.sequenced() {
        gate.coming(&event, &market);
        market.apply(&event);
        gate.event(&event, &market);
        gate.end(&event, &market, event.venue_time());
    }
    Ok((gate, market))
}

/// The event contract that is being traded, and its best bid and ask.
pub(super) fn traded(market: &Market) -> Result<(InstrumentId, Price, Price), String> {
    let found = market.instruments().iter().find_map(|instrument| {
        let view = market.view(instrument.id)?;
        view.two_sided_mid()?;
        let quote = view.best()?;
        let contract = instrument.kind == InstrumentKind::BinaryEvent;
        contract.then_some((instrument.id, quote.bid, quote.ask))
    });
    found.ok_or_else(|| "no event contract has two sides".to_owned())
}

/// The `index`-th decision (from 1) of slot 0, made on the last event of the recording.
pub(super) fn submit(
    recording: &Recording,
    index: u64,
    instrument: InstrumentId,
    side: Side,
    price: Price,
) -> Decision {
    let (seq, time) = recording
        .sequenced()
        .last()
        .map_or_else(Default::default, |event| (event.seq(), event.time()));
    let reasons = Reasons::new();
    let mut decision = Decision::new(seq, time, SlotId(0), instrument, Action::Submit, &reasons);
    decision.order = OrderId::new(Account::shadow(SlotId(0)), index);
    decision.side = side;
    decision.price = price;
    decision.qty = Qty::from_int(50);
    decision
}

fn approve(recording: &Recording, count: usize) -> Result<Work, String> {
    let (mut gate, market) = warm(Nowhere, recording, |limits| limits)?;
    let decisions = decisions(recording, &market, count)?;
    let ended = |decision: &Decision| {
        let report = |account| cancelled(decision, decision.order.on(account));
        (*decision, [Account::shadow(SlotId(0)), Account::house(SlotId(0))].map(report))
    };
    let lives: Vec<(Decision, [Event; 2])> = decisions.iter().map(ended).collect();
    Ok(work(move || {
        for (decision, reports) in &lives {
            gate.decision(black_box(decision), &market);
            for report in reports {
                gate.event(report, &market);
            }
        }
        (gate, market, lives)
    }))
}

fn refuse(recording: &Recording, count: usize) -> Result<Work, String> {
    let tight = |limits| RiskLimits { order_notional_max: Notional::from_int(1), ..limits };
    let (mut gate, market) = warm(Nowhere, recording, tight)?;
    let decisions = decisions(recording, &market, count)?;
    Ok(work(move || {
        for decision in &decisions {
            gate.decision(black_box(decision), &market);
        }
        (gate, market, decisions)
    }))
}

/// Bids and offers around the touch.
fn decisions(
    recording: &Recording,
    market: &Market,
    count: usize,
) -> Result<Vec<Decision>, String> {
    let (instrument, bid, ask) = traded(market)?;
    let one = |index: u64| {
        let (side, price) =
            if index.is_multiple_of(2) { (Side::Buy, bid) } else { (Side::Sell, ask) };
        submit(recording, index, instrument, side, price)
    };
    Ok((1..=count as u64).map(one).collect())
}

fn cancelled(decision: &Decision, order: OrderId) -> Event {
    let Decision { seq, time, instrument, side, qty, .. } = *decision;
    let report = ExecutionReport {
        order,
        exec: ExecType::Canceled,
        side,
        is_final: true,
        liquidity: Liquidity::Maker,
        last_price: Price::ZERO,
        last_qty: qty,
        fee: 0,
        reject: RejectReason::None,
    };
    let stamp = Stamp { seq, time, venue_time: time, instrument };
    Event::new(stamp, Body::ExecutionReport(report), EventFlags::default())
}
