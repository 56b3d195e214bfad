//! Every interleaving of a tiny ring, and every value that the memory model lets a load see.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p royale-ring --release --test loom`. Each model counts the
//! executions that it explored and must not fall below a stated number: a model that explores
//! nothing proves nothing. The last test takes away what the protocol rests on, one piece at a time,
//! and demands that a model notices.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test may fall")]

use loom::thread;
use royale_ring::{Consumer, Line, Pillar, Producer, ring, without};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

fn numbered(number: u64) -> Line {
    Line { head: number, body: [number; 7] }
}

/// Runs `model` in every interleaving with up to three forced switches, and says how many.
fn explore(model: impl Fn() + Send + Sync + 'static) -> usize {
    let explored = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&explored);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        count.fetch_add(1, Relaxed);
        model();
    });
    explored.load(Relaxed)
}

fn push_singly(producer: &mut Producer, lines: u64) {
    for number in 0..lines {
        let line = numbered(number);
        while producer.push(line.head, &line.body).is_err() {
            thread::yield_now();
        }
    }
}

fn pop_singly(consumer: &mut Consumer, lines: u64) {
    for number in 0..lines {
        let line = loop {
            match consumer.pop() {
                Some(line) => break line,
                None => thread::yield_now(),
            }
        };
        assert_eq!(line, numbered(number));
    }
}

/// Through all slots more than twice: both parities, the full ring and the empty one.
fn wraps_around(capacity: usize, lines: u64) {
    let (mut producer, mut consumer) = ring(capacity);
    let writer = thread::spawn(move || push_singly(&mut producer, lines));
    pop_singly(&mut consumer, lines);
    assert!(consumer.is_empty());
    writer.join().unwrap();
}

fn in_batches() {
    const LINES: u64 = 6;
    let (mut producer, mut consumer) = ring(4);
    let writer = thread::spawn(move || {
        let mut numbers = 0..LINES;
        while !numbers.is_empty() {
            if producer.push_all(numbers.by_ref().take(3).map(numbered)) == 0 {
                thread::yield_now();
            }
        }
    });
    let mut next = 0;
    while next < LINES {
        let count = consumer.pop_many(4, |line| {
            assert_eq!(*line, numbered(next));
            next += 1;
        });
        if count == 0 {
            thread::yield_now();
        }
    }
    writer.join().unwrap();
}

fn the_producer_leaves() {
    let (mut producer, mut consumer) = ring(2);
    let writer = thread::spawn(move || push_singly(&mut producer, 2));
    let mut next = 0;
    loop {
        let abandoned = consumer.is_abandoned();
        match consumer.pop() {
            Some(line) => {
                assert_eq!(line, numbered(next));
                next += 1;
            }
            None if abandoned => break,
            None => thread::yield_now(),
        }
    }
    assert_eq!(next, 2, "abandoned and empty came before the last line");
    writer.join().unwrap();
}

fn the_consumer_leaves() {
    let (mut producer, mut consumer) = ring(2);
    let reader = thread::spawn(move || pop_singly(&mut consumer, 1));
    let mut number = 0;
    while !producer.is_abandoned() {
        let line = numbered(number);
        match producer.push(line.head, &line.body) {
            Ok(()) => number += 1,
            Err(_) => thread::yield_now(),
        }
    }
    assert!(number >= 1, "it cannot have popped what was not pushed");
    reader.join().unwrap();
}

fn at_least(least: usize, explored: usize) {
    println!("{explored} executions");
    assert!(explored >= least, "explored {explored} executions, at least {least} are expected");
}

#[test]
fn two_slots_wrap_around() {
    at_least(10_000, explore(|| wraps_around(2, 5)));
}

#[test]
fn four_slots_wrap_around_and_are_given_back_in_twos() {
    at_least(2_500, explore(|| wraps_around(4, 6)));
}

#[test]
fn batches_wrap_around() {
    at_least(100_000, explore(in_batches));
}

#[test]
fn the_last_line_comes_before_the_end() {
    at_least(120, explore(the_producer_leaves));
}

#[test]
fn a_consumer_may_leave_at_any_moment() {
    at_least(240, explore(the_consumer_leaves));
}

#[test]
fn the_models_fall_when_any_pillar_is_taken_away() {
    use Pillar::{
        BodyThenStamp, CopyThenPlace, GoneAcquires, GoneReleases, PlaceAcquires, PlaceReleases,
        StampAcquires, StampReleases,
    };
    let stream: fn() = || wraps_around(2, 5);
    for (pillar, model) in [
        (BodyThenStamp, stream),
        (StampReleases, stream),
        (StampAcquires, stream),
        (CopyThenPlace, stream),
        (PlaceReleases, stream),
        (PlaceAcquires, stream),
        (GoneReleases, the_producer_leaves),
        (GoneAcquires, the_producer_leaves),
    ] {
        // A thread of its own: what a fallen model leaves behind dies with it.
        let fell = std::thread::spawn(move || {
            without(pillar);
            catch_unwind(|| explore(model)).is_err()
        });
        assert!(fell.join().unwrap(), "nothing noticed that {pillar:?} is gone");
    }
}
