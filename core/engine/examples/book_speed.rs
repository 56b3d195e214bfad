//! Nanoseconds that a book update and a venue's event take, on streams like those of our venues:
//! `cargo run --release -p royale-engine --example book_speed`.

#[path = "../tests/sim_kit/mod.rs"]
mod sim_kit;

use royale_engine::Book;
use royale_engine::book::naive::NaiveBook;
use royale_engine::sim::SimVenue;
use royale_engine::sink::Promise;
use royale_model::{
    Account, EventFlags, InstrumentId, Nanos, OrdType, Order, OrderId, Price, Qty, Side, SlotId,
    TimeInForce,
};
use std::hint::black_box;
use std::time::Instant;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        self.0 >> 33
    }
    fn one_in(&mut self, sides: u64) -> bool {
        self.next().is_multiple_of(sides)
    }
}

/// Updates around a touch that wanders; `depth` says how far from it an update lies.
fn stream(levels: i64, mut depth: impl FnMut(&mut Dice) -> i64) -> Vec<(Side, Price, Qty)> {
    let mut dice = Dice(7);
    let mut touch = 1_000_000_i64;
    let mut updates = Vec::new();
    for distance in 0..levels {
        updates.push((Side::Buy, Price::from_raw(touch - 1 - distance), Qty::ONE));
        updates.push((Side::Sell, Price::from_raw(touch + 1 + distance), Qty::ONE));
    }
    for _ in 0..1_000_000 {
        touch += i64::from(dice.one_in(64)) - i64::from(dice.one_in(64));
        let distance = 1 + depth(&mut dice).min(levels);
        let buy = dice.one_in(2);
        let price = if buy { touch - distance } else { touch + distance };
        // Three of ten updates empty a level.
        let qty = if dice.next() % 10 < 3 {
            Qty::ZERO
        } else {
            Qty::from_raw(1 + (dice.next() % 1_000) as i64)
        };
        let side = if buy { Side::Buy } else { Side::Sell };
        updates.push((side, Price::from_raw(price), qty));
    }
    updates
}

fn main() {
    book_update_times();
    venue_event_times();
}

fn book_update_times() {
    type Depth = fn(&mut Dice) -> i64;
    let near: Depth = |dice| (dice.next() % 16).min(dice.next() % 16) as i64;
    let mixed: Depth = |dice| {
        let octave = dice.next() % 12;
        (dice.next() % (1 << (octave + 1))) as i64
    };
    let deep: Depth = |dice| (dice.next() % 5_000) as i64;
    for (name, levels, depth) in [
        ("kalshi: 100 levels, near the touch", 100, near),
        ("binance: 1,000 levels, octaves", 1_000, mixed),
        ("binance: 5,000 levels, octaves", 5_000, mixed),
        ("worst: 5,000 levels, anywhere", 5_000, deep),
    ] {
        let updates = stream(levels, depth);
        let mut best = f64::MAX;
        for _ in 0..5 {
            let mut book = Book::with_capacity(levels as usize + 64);
            let start = Instant::now();
            for &(side, price, qty) in &updates {
                black_box(book.set(side, price, qty));
            }
            best = best.min(start.elapsed().as_nanos() as f64 / updates.len() as f64);
            black_box(&book);
        }
        let mut naive = NaiveBook::default();
        let start = Instant::now();
        for &(side, price, qty) in &updates {
            naive.set(side, price, qty);
        }
        let twin = start.elapsed().as_nanos() as f64 / updates.len() as f64;
        black_box(&naive);
        println!("{name}: {best:.1} ns an update, the naive book {twin:.1}");
    }
}

/// What the venue costs an event when nobody trades, and when sixteen accounts quote.
fn venue_event_times() {
    for accounts in [0_u16, 1, 16] {
        let updates = stream(1_000, |dice| (dice.next() % 16).min(dice.next() % 16) as i64);
        let mut venue = SimVenue::new(&[sim_kit::instrument(0)], &sim_kit::parameters());
        let mut count = 0_u64;
        let start = Instant::now();
        for (nth, &(side, price, qty)) in updates.iter().enumerate() {
            let time = 1_000 + nth as i64 * 50;
            venue.on_promise(&Promise {
                id: 0,
                market_not_before: Nanos::from_raw(time),
                input_not_before: Nanos::from_raw(time),
            });
            while let Some(report) = venue.pop_report() {
                venue.on_event(&report);
                count += 1;
            }
            let body = sim_kit::delta(side, price.raw(), qty.raw());
            venue.on_event(&sim_kit::event(time, time, body, EventFlags::LAST));
            if nth % 100 == 0 {
                for slot in 0..accounts {
                    let id = OrderId::new(Account::shadow(SlotId(slot)), nth as u64 + 1);
                    let price = price.raw();
                    let life = TimeInForce::GoodTillCancel;
                    let order = sim_kit::order(id, time, side, OrdType::Limit, life, price, 5);
                    venue.submit_scripted(&order);
                    let later = Nanos::from_raw(time + 2_000);
                    venue.submit_scripted(&Order::cancel(0, later, id, InstrumentId(0), Side::Buy));
                }
            }
        }
        let each = start.elapsed().as_nanos() as f64 / updates.len() as f64;
        println!("{accounts} accounts: {each:.1} ns an event with its promise, {count} reports");
    }
}
