//! No allocation after `new`: counted, on a busy script.

mod sim_kit;

use royale_engine::Book;
use royale_engine::sim::{SimCounters, SimVenue};
use royale_engine::sink::Promise;
use royale_model::{
    Account, EventFlags, InstrumentId, Nanos, OrdType, Order, OrderId, Price, Qty, Side, SlotId,
    TimeInForce,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

// The test harness allocates on its own thread whenever it likes: each thread counts for itself.
thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps GlobalAlloc's contract, which is the system's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `at` came from `alloc` above, that is from the system.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

#[test]
fn nothing_allocates_once_the_venue_and_the_book_stand() {
    let parameters = sim_kit::parameters();
    let mut venue = SimVenue::new(&[sim_kit::instrument(0)], &parameters);
    let mut market = sim_kit::market(&[sim_kit::instrument(0)]);
    let mut book = Book::with_capacity(Price::from_raw(1), 32);
    let mut roll = 1_u64;
    let mut below = |sides: u64| {
        roll = roll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((roll >> 33) % sides) as i64
    };
    let before = ALLOCATIONS.get();
    let mut reports = 0_u64;
    let mut seen = Nanos::ZERO;
    for step in 0..200_000_i64 {
        let happens = 1_000 + step * 3;
        // Nothing is seen before a report that was seen already.
        let time = happens.max(seen.raw());
        let side = if below(2) == 0 { Side::Buy } else { Side::Sell };
        let away = 1 + below(40);
        let price = 1_000 + if side == Side::Buy { -away } else { away };
        let body = if below(4) == 0 {
            sim_kit::trade(Some(side), price, 1 + below(9))
        } else {
            sim_kit::delta(side, price, below(9))
        };
        // Over more ticks than the window of a small book has, and more levels than it holds.
        book.set(side, Price::from_raw(price * 37), Qty::from_raw(below(3)));
        let at = Nanos::from_raw(time);
        let promise = Promise { id: 0, market_not_before: at, input_not_before: at };
        venue.on_promise(&promise, &market);
        while let Some(report) = venue.pop_report() {
            venue.coming(&report, &market);
            venue.on_event(&report, &market);
            seen = report.time();
            reports += 1;
        }
        let event = sim_kit::event(happens, time.max(seen.raw()), body, EventFlags::LAST);
        venue.coming(&event, &market);
        market.apply(&event);
        venue.on_event(&event, &market);
        if below(3) == 0 {
            let account = Account::shadow(SlotId(below(5) as u16));
            let id = OrderId::new(account, step as u64 + 1);
            let lives = [
                TimeInForce::GoodTillCancel,
                TimeInForce::ImmediateOrCancel,
                TimeInForce::FillOrKill,
                TimeInForce::PostOnly,
            ];
            let life = lives[below(4) as usize];
            let order = sim_kit::order(id, time, side, OrdType::Limit, life, price, 1 + below(9));
            venue.submit_scripted(&order);
            venue.submit_scripted(&Order::cancel(
                0,
                at.plus(Nanos::from_raw(90)),
                id,
                InstrumentId(0),
                Side::Buy,
            ));
        }
        if step % 50_000 == 0 {
            venue.cancel_all(at);
        }
    }
    let allocations = ALLOCATIONS.get() - before;
    assert!(reports > 100_000, "too quiet to mean anything: {reports}");
    assert_eq!(allocations, 0);
    assert_eq!(venue.counters(), SimCounters::default());
    assert_eq!(market.levels_dropped(), 0);
}
