//! Nanoseconds a book update takes, on streams like those of our venues. Run with
//! `cargo nextest run --release -p royale-engine --run-ignored only --no-capture book_update`.

use royale_engine::Book;
use royale_model::{Price, Qty, Side};
use std::hint::black_box;
use std::time::Instant;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        self.0 >> 33
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
        touch += (dice.next() % 64 == 0) as i64 - (dice.next() % 64 == 0) as i64;
        let distance = 1 + depth(&mut dice).min(levels);
        let buy = dice.next() % 2 == 0;
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

#[test]
#[ignore = "a measurement, for a release build"]
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
        println!("{name}: {best:.1} ns an update");
    }
}
