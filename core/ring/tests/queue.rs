//! The ring as its users see it: a queue that keeps order and content, says when it is full, and
//! tells each end when the other one is gone.
#![cfg(not(any(loom, shuttle)))]
#![allow(clippy::unwrap_used, reason = "a test may fall")]

use proptest::prelude::*;
use royale_ring::{Full, HEAD_MAX, Line, ring};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

fn numbered(number: u64) -> Line {
    let mut body = [number; 7];
    body[6] = !number;
    Line { head: HEAD_MAX - number, body }
}

#[derive(Clone, Debug)]
enum Act {
    Push,
    PushAll(usize),
    Pop,
    PopMany(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Push),
        1 => (0..70usize).prop_map(Act::PushAll),
        3 => Just(Act::Pop),
        1 => (0..70usize).prop_map(Act::PopMany),
    ]
}

proptest! {
    #[test]
    fn a_ring_is_a_bounded_queue(
        capacity in 0..70usize,
        acts in prop::collection::vec(act(), 0..200),
    ) {
        let (mut producer, mut consumer) = ring(capacity);
        let capacity = producer.capacity();
        // What the consumer keeps back for a moment can make the ring look full, no more than that.
        let kept_back_max = (capacity / 8).max(1) - 1;
        let mut queue = VecDeque::new();
        let mut numbers = 0..;
        for act in acts {
            match act {
                Act::Push => {
                    let line = numbered(numbers.start);
                    if producer.push(line.head, &line.body) == Ok(()) {
                        queue.push_back(numbered(numbers.next().unwrap()));
                    } else {
                        prop_assert!(queue.len() + kept_back_max >= capacity, "full too early");
                    }
                }
                Act::PushAll(most) => {
                    let first = numbers.start;
                    let count = producer.push_all(numbers.by_ref().take(most).map(numbered));
                    prop_assert_eq!(numbers.start, first + count as u64, "took a line it lost");
                    queue.extend((first..numbers.start).map(numbered));
                    prop_assert!(count == most || queue.len() + kept_back_max >= capacity);
                }
                Act::Pop => prop_assert_eq!(consumer.pop(), queue.pop_front()),
                Act::PopMany(most) => {
                    let mut popped = Vec::new();
                    let count = consumer.pop_many(most, |line| popped.push(*line));
                    prop_assert_eq!(count, most.min(queue.len()), "popped too few or too many");
                    prop_assert_eq!(popped, queue.drain(..count).collect::<Vec<_>>());
                }
            }
            prop_assert!(queue.len() <= capacity, "pushed into a full ring");
            prop_assert_eq!(consumer.is_empty(), queue.is_empty());
        }
    }
}

#[test]
fn a_ring_found_empty_has_all_its_room_again() {
    let (mut producer, mut consumer) = ring(64);
    for few in 0..64 {
        assert_eq!(producer.push_all((0..few).map(numbered)), few as usize);
        while consumer.pop().is_some() {}
        assert_eq!(producer.push_all((0..64).map(numbered)), 64, "after {few} lines");
        assert_eq!(producer.push(0, &[0; 7]), Err(Full));
        assert_eq!(consumer.pop_many(64, |_| {}), 64);
        assert_eq!(consumer.pop_many(64, |_| {}), 0);
    }
}

#[test]
fn millions_of_lines_arrive_in_order_and_whole() {
    const LINES: u64 = 3_000_000;
    let (mut producer, mut consumer) = ring(64);
    let writer = thread::spawn(move || {
        let mut numbers = 0..LINES;
        while !numbers.is_empty() {
            // Now and then one line, otherwise as many as there is room for.
            let count = if numbers.start % 3 == 0 {
                let line = numbered(numbers.start);
                let pushed = producer.push(line.head, &line.body).is_ok();
                if pushed {
                    numbers.next();
                }
                usize::from(pushed)
            } else {
                producer.push_all(numbers.by_ref().take(50).map(numbered))
            };
            if count == 0 {
                thread::yield_now();
            }
        }
    });
    let mut next = 0;
    loop {
        let abandoned = consumer.is_abandoned();
        let mut check = |line: &Line| {
            assert_eq!(*line, numbered(next));
            next += 1;
        };
        let mut count = consumer.pop_many(40, &mut check);
        if let Some(line) = consumer.pop() {
            check(&line);
            count += 1;
        }
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
fn what_was_pushed_outlives_the_producer() {
    let (mut producer, mut consumer) = ring(8);
    assert!(!consumer.is_abandoned());
    producer.push(1, &[2; 7]).unwrap();
    drop(producer);
    assert!(consumer.is_abandoned());
    assert_eq!(consumer.pop(), Some(Line { head: 1, body: [2; 7] }));
    assert_eq!(consumer.pop(), None);
}

#[test]
fn a_producer_learns_that_nobody_reads() {
    let (producer, consumer) = ring(8);
    assert!(!producer.is_abandoned());
    drop(consumer);
    assert!(producer.is_abandoned());
}

#[test]
fn a_source_that_panics_does_not_make_the_producer_write_a_line_twice() {
    let (mut producer, mut consumer) = ring(8);
    let faulty = (0..8).map(|number| if number == 3 { panic!("on purpose") } else { number });
    let result = catch_unwind(AssertUnwindSafe(|| producer.push_all(faulty.map(numbered))));
    assert!(result.is_err());
    assert_eq!(producer.push_all((3..8).map(numbered)), 5);
    for number in 0..8 {
        assert_eq!(consumer.pop(), Some(numbered(number)));
    }
    assert_eq!(consumer.pop(), None);
}

#[test]
fn a_reader_that_panics_loses_no_other_line() {
    let (mut producer, mut consumer) = ring(32);
    assert_eq!(producer.push_all((0..32).map(numbered)), 32);
    let result = catch_unwind(AssertUnwindSafe(|| {
        consumer.pop_many(32, |line| assert!(*line != numbered(5), "on purpose"));
    }));
    assert!(result.is_err());
    for number in 6..32 {
        assert_eq!(consumer.pop(), Some(numbered(number)));
    }
    assert_eq!(consumer.pop(), None);
    assert_eq!(producer.push_all((0..32).map(numbered)), 32, "room was lost");
}
