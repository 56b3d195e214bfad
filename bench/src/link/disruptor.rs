//! The `disruptor` crate with its event poller, so that the waiting is ours, as for the others.

use super::{Aligned, BatchInlet, BatchOutlet, Inlet, Link, Outlet, numbered};
use disruptor::{
    BusySpin, EventPoller, Producer, SingleConsumerBarrier, SingleProducer, SingleProducerBarrier,
    build_single_producer,
};
use royale_ring::Line;

/// The `disruptor` crate, as a link.
pub struct Disruptor;

/// Its writing end.
pub struct Out(SingleProducer<Aligned, SingleConsumerBarrier>);

/// Its reading end.
pub struct In(EventPoller<Aligned, SingleProducerBarrier>);

impl Link for Disruptor {
    type Out = Out;
    type In = In;
    fn open(capacity: usize) -> (Out, In) {
        let builder = build_single_producer(capacity, || Aligned(numbered(0)), BusySpin);
        let (poller, builder) = builder.new_event_poller();
        (Out(builder.build()), In(poller))
    }
}

impl Outlet for Out {
    #[inline(always)]
    fn send(&mut self, line: &Line) -> bool {
        self.0.try_publish(|slot| slot.0 = *line).is_ok()
    }
}

impl Inlet for In {
    #[inline(always)]
    fn poll(&mut self) -> Option<Line> {
        let mut events = self.0.take(1).ok()?;
        (&mut events).next().map(|aligned| aligned.0)
    }
}

impl BatchOutlet for Out {
    #[inline(always)]
    fn send_run(&mut self, first: u64, most: usize) -> usize {
        let published = self.0.try_batch_publish(most, |slots| {
            for (slot, number) in slots.zip(first..) {
                slot.0 = numbered(number);
            }
        });
        if published.is_ok() { most } else { 0 }
    }
}

impl BatchInlet for In {
    #[inline(always)]
    fn poll_run(&mut self, most: usize, mut next: impl FnMut(&Line)) -> usize {
        let Ok(mut events) = self.0.take(most as u64) else { return 0 };
        let mut count = 0;
        for line in &mut events {
            next(&line.0);
            count += 1;
        }
        count
    }
}
