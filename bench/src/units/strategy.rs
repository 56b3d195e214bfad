//! Each native strategy by itself: what it does with an event, its book's change included.
//!
//! A strategy is shown what it saw in a run of its own, reports on its orders among it, so that it
//! is in the state that it would be in; what it decides goes nowhere.

use super::market::LEVELS;
use super::{Recording, Sessions, Unit, Work, corridor, work};
use crate::engine_of;
use royale_engine::latency::LatencyLevel;
use royale_engine::order::Recorder;
use royale_engine::progress::Progress;
use royale_engine::risk::ApprovedOrder;
use royale_engine::sink::Promise;
use royale_engine::strategy::StrategyStage;
use royale_engine::{Market, Sink};
use royale_model::{Decision, Event, Nanos, Order, SlotChange, SlotId, Verdict};
use royale_strategies::{Native, registry};
use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::sync::Arc;

/// Those that trade more than event contracts.
const ANYWHERE: [&str; 3] = ["trend", "mean-reversion", "imbalance"];

pub(super) fn units() -> Vec<Unit> {
    let unit = |name: &'static str, session: &str, read: Read| {
        let prepare = move |sessions: &Sessions, count| prepare(name, &read(sessions, count)?);
        let (name, what) = (format!("strategy/{name}/{session}"), "an event, its book included");
        Unit::new(name, what, 20_000, prepare)
    };
    let kalshi = registry::NAMES.iter().map(|name| unit(name, "kalshi", Sessions::kalshi));
    let binance = ANYWHERE.iter().map(|name| unit(name, "binance", Sessions::binance));
    kalshi.chain(binance).collect()
}

type Read = fn(&Sessions, usize) -> Result<Recording, String>;

fn prepare(name: &str, recording: &Recording) -> Result<Work, String> {
    let Recording { preamble, events } = recording;
    let build = || -> Result<Native, String> {
        registry::build(name, &BTreeMap::new(), &preamble.instruments).map_err(|e| e.to_string())
    };
    let tape = VecDeque::from(events.clone());
    let inputs = Inputs(Vec::with_capacity(events.len() * 2));
    let engine = engine_of(preamble, vec![build()?], tape, inputs, LatencyLevel::Off)?;
    let Inputs(inputs) = corridor::run(engine)?.order.recorder;
    let mut market = Market::new(&preamble.instruments, LEVELS);
    let progress = Arc::new(Progress::default());
    let mut stage =
        StrategyStage::new(Nowhere, &preamble.instruments, SlotId(0), vec![build()?], progress);
    Ok(work(move || {
        for event in &inputs {
            market.apply(black_box(event));
            stage.event(event, &market);
        }
        (stage, market, inputs)
    }))
}

/// Keeps the inputs of a run.
struct Inputs(Vec<Event>);

impl Recorder for Inputs {
    fn event(&mut self, event: &Event) {
        self.0.push(*event);
    }
    fn decision(&mut self, _: &Decision) {}
    fn slot(&mut self, _: &SlotChange) {}
    fn verdict(&mut self, _: &Verdict) {}
    fn order(&mut self, _: &Order) {}
    fn failed(&self) -> bool {
        false
    }
}

/// A stage behind which there is nothing.
pub(super) struct Nowhere;

impl Sink for Nowhere {
    fn coming(&mut self, _: &Event, _: &Market) {}
    #[inline]
    fn event(&mut self, event: &Event, _: &Market) {
        black_box(event);
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, _: &Market) {
        black_box(decision);
    }
    fn slot(&mut self, _: &SlotChange) {}
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        black_box(verdict);
    }
    #[inline]
    fn order(&mut self, order: &ApprovedOrder) {
        black_box(order);
    }
    fn end(&mut self, _: &Event, _: &Market, _: Nanos) {}
    fn promise(&mut self, _: &Promise, _: &Market) {}
    fn finish(&mut self, _: &Market) {}
}
