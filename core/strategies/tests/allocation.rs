//! Nothing is allocated after construction: a counting allocator watches a whole lively day.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
mod random;

use harness::*;
use random::lively_day;
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::{
    Action, Body, ExecType, ExecutionReport, InstrumentId, Liquidity, Price, RejectReason, Stamp,
    Timer,
};
use royale_model::{Event, EventFlags, Nanos, TimeInForce};
use royale_strategies::{NAMES, Rhythm, build_on};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting what this thread asks of it.
struct Counting;

// SAFETY: every call is handed to the system's allocator unchanged; the counter is a `const`
// thread-local `Cell`, which neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// A timer at an event's place and time.
fn timer(event: &Event, due: Nanos) -> Event {
    let (seq, time, instrument) = (event.seq(), event.time(), InstrumentId::NONE);
    let stamp = Stamp { seq, time, venue_time: Nanos::ZERO, instrument };
    Event::new(stamp, Body::Timer(Timer { id: 0, due }), EventFlags::LAST)
}

#[test]
fn nothing_is_allocated_after_construction() {
    let (table, tape) = (event_table(), lively_day(7));
    assert!(allocations() > 0, "the counter counts");
    let wait = Nanos::from_secs(10);
    let on_timers = ["fair-value", "trend", "mean-reversion"];
    let on_timers = on_timers.map(|name| (name, Rhythm::Timers { wait }));
    for (name, rhythm) in NAMES.map(|name| (name, Rhythm::Events)).into_iter().chain(on_timers) {
        let mut strategy = build_on(name, &BTreeMap::new(), &table, rhythm).unwrap();
        let (mut market, mut portfolio) = (Market::new(&table, 32), Portfolio::new(table.len()));
        let mut outbox = Outbox::default();
        let (mut decided, mut abstained) = (0, 0);
        let mut successor = build_on(name, &BTreeMap::new(), &table, rhythm).unwrap();
        let mut state = vec![0; 64 << 10];
        let before = allocations();
        let mut due = wait;
        for event in &tape {
            market.apply(event);
            portfolio.apply(event);
            let event = match rhythm {
                Rhythm::Events => *event,
                Rhythm::Timers { .. } if event.time() < due => continue,
                Rhythm::Timers { .. } => timer(event, due),
            };
            let event = &event;
            due = due.plus(wait);
            let mut context =
                Context::new(SLOT, event.seq(), event.time(), &market, &mut portfolio, &mut outbox);
            strategy.on_event(event, &mut context);
            decided += outbox.decisions().len();
            for at in 0..outbox.decisions().len() {
                let decision = outbox.decisions()[at];
                if decision.action == Action::Abstain {
                    abstained += 1;
                    continue;
                }
                let rests = decision.time_in_force == TimeInForce::PostOnly;
                let report = ExecutionReport {
                    order: decision.order,
                    exec: if rests { ExecType::New } else { ExecType::Canceled },
                    side: decision.side,
                    is_final: !rests,
                    liquidity: Liquidity::Taker,
                    last_price: Price::ZERO,
                    last_qty: decision.qty,
                    fee: 0,
                    reject: RejectReason::None,
                };
                let stamp = Stamp {
                    seq: event.seq(),
                    time: event.time(),
                    venue_time: Nanos::ZERO,
                    instrument: decision.instrument,
                };
                let report =
                    Event::new(stamp, Body::ExecutionReport(report), EventFlags::default());
                portfolio.apply(&report);
            }
            outbox.clear();
        }
        let length = strategy.export_state(&mut state).unwrap();
        assert!(successor.import_state(&state[..length]), "{name}");
        assert_eq!(allocations() - before, 0, "{name}, {decided} decisions");
        assert!(decided > 0 || name != "fair-value");
        assert!(
            name != "fair-value" || rhythm != Rhythm::Events || abstained > 0,
            "abstentions were watched too"
        );
    }
}
