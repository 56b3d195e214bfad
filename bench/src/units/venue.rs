//! The order stage with the simulated venue behind it: an event without orders to look after, and
//! one with orders that rest in the book. The book's change is included: the venue looks at it before and after.

use super::gate::{WARM, parts, submit, traded, warm};
use super::{Recording, Sessions, Unit, Work, work};
use royale_engine::order::{Discard, OrderStage};
use royale_engine::sim::SimVenue;
use royale_engine::topology::Engine;
use royale_engine::{Market, Sink};
use royale_model::{Event, Instrument, Nanos, Price, Side};
use std::hint::black_box;
use std::sync::Arc;

/// Orders for each of two accounts, each a tick below the one before.
const RESTING: i64 = 16;

/// Few enough that the contract lives on and the market does not reach the orders.
const COUNT: usize = 3_000;

pub(super) fn units() -> Vec<Unit> {
    vec![
        Unit::new(
            "order/idle",
            "an event, its book included, nothing rests",
            COUNT,
            |sessions, count| Bench::prepare(sessions, count, 0).map(Bench::work),
        ),
        Unit::new(
            "order/resting",
            "an event, its book included, 32 orders rest",
            COUNT,
            |sessions, count| Bench::prepare(sessions, count, RESTING).map(Bench::work),
        ),
    ]
}

/// An order stage, its way back, and what comes next.
struct Bench {
    stage: OrderStage<Discard>,
    reports: rtrb::Consumer<Event>,
    market: Market,
    events: Vec<Event>,
}

impl Bench {
    fn prepare(sessions: &Sessions, count: usize, resting: i64) -> Result<Self, String> {
        let whole = sessions.kalshi(WARM + count)?;
        let Recording { preamble, events } = &whole;
        let begun = Recording { preamble: preamble.clone(), events: events[..WARM].to_vec() };
        let Engine { instruments, simulation, progress, recorder, latency, .. } = parts(&whole)?;
        let (reports_in, reports) = rtrb::RingBuffer::new(65_536);
        let venue = SimVenue::new(&instruments, &simulation);
        let orders_max = simulation.orders_max;
        let progress = Arc::clone(&progress);
        let latency = latency.order;
        let stage = OrderStage::new(recorder, venue, orders_max, reports_in, progress, latency);
        let (mut gate, market) = warm(stage, &begun, |limits| limits)?;
        let (contract, bid, _) = traded(&market)?;
        let tick = market.instrument(contract).map_or(Price::ONE, |found: &Instrument| found.tick);
        for step in 1..=resting {
            // Bids only: this market goes up. Far enough from the touch to stay there, near enough
            // for the gate.
            let price = bid.saturating_sub(Price::from_raw(tick.raw() * (12 + step)));
            let index = step.unsigned_abs();
            gate.decision(&submit(&begun, index, contract, Side::Buy, price), &market);
        }
        let events = whole.sequenced().split_off(WARM);
        Ok(Self { stage: gate.into_next(), reports, market, events })
    }

    fn work(self) -> Work {
        let Self { mut stage, mut reports, mut market, events } = self;
        work(move || {
            play(&mut stage, &mut reports, &mut market, &events);
            (stage, reports, market, events)
        })
    }
}

/// Reports wait in the ring until their moment, and come back as inputs, as the sequencer does it;
/// nobody answers them.
fn play(
    stage: &mut OrderStage<Discard>,
    reports: &mut rtrb::Consumer<Event>,
    market: &mut Market,
    events: &[Event],
) {
    for (at, event) in events.iter().enumerate() {
        while let Ok(&report) = reports.peek()
            && report.time() <= event.time()
        {
            show(stage, &report, market, event.venue_time());
            // It was there a moment ago.
            let _ = reports.pop();
        }
        let next = events.get(at + 1).unwrap_or(event);
        show(stage, black_box(event), market, next.venue_time());
    }
}

/// What whoever drives the thread does with an event.
#[inline(always)]
fn show(stage: &mut OrderStage<Discard>, event: &Event, market: &mut Market, next: Nanos) {
    stage.coming(event, market);
    market.apply(event);
    stage.event(event, market);
    stage.end(event, market, next);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    /// A unit that measured an empty book under the name of a full one would say nothing.
    #[test]
    fn what_should_rest_rests_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::cut(folder.path()).unwrap();
        let count = 2 * units()[1].count;
        for (steps, orders) in [(0, 0), (RESTING, 32)] {
            let mut bench = Bench::prepare(&sessions, count, steps).unwrap();
            play(&mut bench.stage, &mut bench.reports, &mut bench.market, &bench.events);
            assert_eq!(bench.stage.into_outcome().live_orders, orders);
        }
    }
}
