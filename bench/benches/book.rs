//! The book alone: what an update and the look at the touch after it cost on recorded streams.
//!
//! `cargo bench -p royale-bench --bench book` compares ours with an ordered map (the naive book)
//! and with a sorted array, on the six Binance books and on a Kalshi session, as they come; then
//! with a thousand books in rotation, so that hardly one is still in a cache when its turn comes.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use royale_bench::session;
use royale_engine::book::naive::NaiveBook;
use royale_engine::{Book, Level};
use royale_model::{Body, EventFlags, Instrument, Price, Qty, Side};
use std::hint::black_box;

/// One change of one book.
#[derive(Clone, Copy)]
struct Update {
    price: Price,
    qty: Qty,
    book: usize,
    side: Side,
    clears: bool,
}

trait Ladder {
    fn clear(&mut self);
    fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty;
    fn best(&self, side: Side) -> Option<Level>;
}

impl Ladder for Book {
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        Self::set(self, side, price, qty)
    }
    fn best(&self, side: Side) -> Option<Level> {
        Self::best(self, side)
    }
}

impl Ladder for NaiveBook {
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        Self::set(self, side, price, qty)
    }
    fn best(&self, side: Side) -> Option<Level> {
        Self::best(self, side)
    }
}

/// Bids and asks in arrays, best last, found by binary search.
#[derive(Default)]
struct Sorted([Vec<(i64, Qty)>; 2]);

/// Turns the prices of asks around.
fn mirror(side: Side) -> (usize, i64) {
    if side == Side::Buy { (0, 0) } else { (1, -1) }
}

impl Ladder for Sorted {
    fn clear(&mut self) {
        self.0.iter_mut().for_each(Vec::clear);
    }
    fn set(&mut self, side: Side, price: Price, qty: Qty) -> Qty {
        let (nth, mirror) = mirror(side);
        let (levels, key) = (&mut self.0[nth], price.raw() ^ mirror);
        match levels.binary_search_by_key(&key, |level| level.0) {
            Ok(at) if qty.is_positive() => std::mem::replace(&mut levels[at].1, qty),
            Ok(at) => levels.remove(at).1,
            Err(at) if qty.is_positive() => {
                levels.insert(at, (key, qty));
                Qty::ZERO
            }
            Err(_) => Qty::ZERO,
        }
    }
    fn best(&self, side: Side) -> Option<Level> {
        let (nth, mirror) = mirror(side);
        self.0[nth].last().map(|&(key, qty)| Level { price: Price::from_raw(key ^ mirror), qty })
    }
}

fn recorded(name: &str) -> (Vec<Instrument>, Vec<Update>) {
    let (preamble, events) = session(name).expect("a bundled recording");
    let updates = events.iter().filter_map(|event| {
        let Body::BookDelta(delta) = event.body() else { return None };
        let clears = event.flags().has(EventFlags::CLEAR);
        let book = event.instrument().index();
        Some(Update { price: delta.price, qty: delta.qty, book, side: delta.side, clears })
    });
    (preamble.instruments, updates.collect())
}

fn apply(book: &mut impl Ladder, update: &Update) {
    if update.clears {
        book.clear();
    }
    black_box(book.set(update.side, update.price, update.qty));
    black_box(book.best(update.side));
}

/// A recorded stream begins with a snapshot, so it can be played again and again.
fn play<L: Ladder>(books: &mut [L], updates: &[Update]) {
    for update in updates {
        apply(&mut books[update.book], update);
    }
}

fn as_recorded(criterion: &mut Criterion) {
    for (name, file, levels) in [
        ("book, Binance, six instruments", "binance-6x-20240808.tapez", 8_192),
        ("book, Kalshi, two markets", "kalshi-btc15m-20260514T010859Z.tapez", 1_024),
    ] {
        let (table, updates) = recorded(file);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(updates.len() as u64)).sample_size(10);
        let mut books: Vec<Book> =
            table.iter().map(|i| Book::with_capacity(i.tick, levels)).collect();
        group.bench_function("ours", |bencher| bencher.iter(|| play(&mut books, &updates)));
        let mut books: Vec<NaiveBook> =
            table.iter().map(|_| NaiveBook::with_capacity(levels)).collect();
        group.bench_function("ordered map", |bencher| bencher.iter(|| play(&mut books, &updates)));
        let mut books: Vec<Sorted> = table.iter().map(|_| Sorted::default()).collect();
        group.bench_function("sorted array", |bencher| bencher.iter(|| play(&mut books, &updates)));
        group.finish();
    }
}

/// Books in rotation, and the updates that each of them gets in one turn of the bench.
const ROTATION: usize = 1_000;
const TURNS: usize = 200;

fn in_rotation(criterion: &mut Criterion) {
    for (name, file, levels) in [
        ("book, Binance, a thousand in rotation", "binance-6x-20240808.tapez", 2_048),
        ("book, Kalshi, a thousand in rotation", "kalshi-btc15m-20260514T010859Z.tapez", 512),
    ] {
        let (table, updates) = recorded(file);
        // One instrument's stream, in its middle: its books have long filled.
        let busiest = table.len() - 1;
        let updates: Vec<Update> = updates.into_iter().filter(|u| u.book == busiest).collect();
        let (past, present) = updates.split_at(updates.len() / 2);
        let present = &present[..TURNS];
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements((ROTATION * TURNS) as u64)).sample_size(10);
        let tick = table[busiest].tick;
        let ours = || Book::with_capacity(tick, levels);
        group.bench_function("ours", |bencher| {
            let mut books = filled(ours, past);
            bencher.iter(|| rotate(&mut books, present));
        });
        group.bench_function("ordered map", |bencher| {
            let mut books = filled(|| NaiveBook::with_capacity(levels), past);
            bencher.iter(|| rotate(&mut books, present));
        });
        group.bench_function("sorted array", |bencher| {
            let mut books = filled(Sorted::default, past);
            bencher.iter(|| rotate(&mut books, present));
        });
        group.finish();
    }
}

fn filled<L: Ladder>(book: impl Fn() -> L, past: &[Update]) -> Vec<L> {
    let last = &past[past.len().saturating_sub(20_000)..];
    let one = || {
        let mut book = book();
        last.iter().for_each(|update| apply(&mut book, update));
        book
    };
    (0..ROTATION).map(|_| one()).collect()
}

fn rotate<L: Ladder>(books: &mut [L], updates: &[Update]) {
    for update in updates {
        for book in &mut *books {
            apply(book, update);
        }
    }
}

criterion_group!(benches, as_recorded, in_rotation);
criterion_main!(benches);
