//! Many random interleavings of a larger ring than loom could exhaust.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test -p royale-ring --release --test shuttle`. Shuttle switches
//! threads at every atomic access, with sequential consistency; weak memory is loom's part.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test may fall")]

use royale_ring::{Line, ring};
use shuttle::thread;

const SCHEDULES: usize = 20_000;
const LINES: u64 = 100;

fn numbered(number: u64) -> Line {
    Line { head: number, body: [number; 7] }
}

fn stream() {
    let (mut producer, mut consumer) = ring(16);
    let writer = thread::spawn(move || {
        let mut numbers = 0..LINES;
        while !numbers.is_empty() {
            let most = 1 + numbers.start as usize % 20;
            if producer.push_all(numbers.by_ref().take(most).map(numbered)) == 0 {
                thread::yield_now();
            }
        }
    });
    let mut next = 0;
    loop {
        let abandoned = consumer.is_abandoned();
        let count = consumer.pop_many(20, |line| {
            assert_eq!(*line, numbered(next));
            next += 1;
        });
        if count == 0 {
            if abandoned {
                break;
            }
            thread::yield_now();
        }
    }
    assert_eq!(next, LINES);
    writer.join().unwrap();
}

#[test]
fn a_larger_ring_keeps_order_under_random_schedules() {
    shuttle::check_random(stream, SCHEDULES);
}

#[test]
fn a_larger_ring_keeps_order_when_few_switches_are_well_chosen() {
    shuttle::check_pct(stream, SCHEDULES, 3);
}
