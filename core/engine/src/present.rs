//! Memory that is there before it is needed.
//!
//! A collection that only reserves its memory takes a page fault at the first touch of every page,
//! in the middle of a run. These are written once from end to end.

use royale_model::{
    Body, Event, EventFlags, InstrumentId, Nanos, Order, OrderId, Side, Stamp, Timer,
};
use std::collections::{BinaryHeap, VecDeque};

/// An order that is none, to write memory with.
pub(crate) const NO_ORDER: Order =
    Order::cancel(0, Nanos::ZERO, OrderId::NONE, InstrumentId::NONE, Side::Buy);

/// An event before all others that says nothing.
pub(crate) fn no_event() -> Event {
    let time = Nanos::MIN;
    let stamp = Stamp { seq: 0, time, venue_time: time, instrument: InstrumentId::NONE };
    Event::new(stamp, Body::Timer(Timer { id: 0, due: time }), EventFlags::default())
}

/// An empty vector whose `capacity` places have all been written.
pub(crate) fn vec<T: Clone>(capacity: usize, blank: T) -> Vec<T> {
    let mut vec = vec![blank; capacity];
    // The compiler must not find out that nobody reads what was written.
    std::hint::black_box(vec.as_mut_slice());
    vec.clear();
    vec
}

/// So many bytes.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut vec = vec![1; count];
    std::hint::black_box(vec.as_mut_slice()).fill(0);
    vec
}

/// So many zeros, each of which has been written: memory that the system hands out as zero is not
/// there until then.
pub(crate) fn zeros(count: usize) -> Vec<i64> {
    let mut vec = vec![1; count];
    std::hint::black_box(vec.as_mut_slice()).fill(0);
    vec
}

/// An empty heap, likewise.
pub(crate) fn heap<T: Clone + Ord>(capacity: usize, blank: T) -> BinaryHeap<T> {
    BinaryHeap::from(vec(capacity, blank))
}

/// An empty queue, likewise.
pub(crate) fn queue<T: Clone>(capacity: usize, blank: T) -> VecDeque<T> {
    VecDeque::from(vec(capacity, blank))
}
