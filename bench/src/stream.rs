//! How many 64-byte lines a second stream from one pinned thread to another.
//!
//! Owns the streaming loops, single and batched, the same for every queue. Each line's every word is
//! written and read: the reader adds them all up, and the sum is checked. Called by
//! `benches/ring.rs`.

use crate::cores::{Cores, Spread, pin};
use crate::link::{
    BatchInlet, BatchOutlet, Crossbeam, Disruptor, Inlet, Link, Outlet, Ring, Rtrb, numbered,
};
use royale_ring::Line;
use std::hint::spin_loop;
use std::sync::Barrier;
use std::thread;

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the two threads run.
    pub cores: Cores,
    /// Lines in the ring.
    pub capacity: usize,
    /// Lines sent in each round.
    pub lines: u64,
    /// Lines handled at once, where a queue can.
    pub batch: usize,
    /// Rounds for each queue; their medians count.
    pub rounds: usize,
}

/// One queue's throughput over all rounds, in millions of lines a second.
#[derive(Clone, PartialEq, Debug)]
pub struct Throughput {
    /// The queue, and how it was driven.
    pub name: &'static str,
    /// Millions of lines a second.
    pub mlines_s: Spread,
    /// In the first contender's throughput of the same round.
    pub ratio: Spread,
    /// Millions of lines a second, round by round.
    pub rounds: Vec<f64>,
}

impl Throughput {
    /// In another queue's throughput of the same round.
    #[must_use]
    pub fn beside(&self, other: &Self) -> Spread {
        Spread::of(self.rounds.iter().zip(&other.rounds).map(|(ours, theirs)| ours / theirs))
    }
}

/// A queue and how to measure one round of it.
pub type Contender = (&'static str, fn(&Plan) -> f64);

/// The yardstick first, then the house's ring, batched and single, then the peers.
pub const CONTENDERS: [Contender; 6] = [
    ("rtrb, chunks (S)", batched::<Rtrb>),
    ("royale-ring, batched", batched::<Ring>),
    ("disruptor, batched", batched::<Disruptor>),
    ("rtrb, push and pop", single::<Rtrb>),
    ("royale-ring, push and pop", single::<Ring>),
    ("crossbeam ArrayQueue", single::<Crossbeam>),
];

/// Measures all these queues, round by round, each once in every round.
#[must_use]
pub fn compare(plan: &Plan, contenders: &[Contender]) -> Vec<Throughput> {
    let mut rounds: Vec<Vec<f64>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..plan.rounds {
        for ((_, measure), rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(measure(plan));
        }
    }
    let yardsticks = rounds.first().cloned().unwrap_or_default();
    let throughputs = contenders.iter().zip(rounds).map(|((name, _), rounds)| Throughput {
        name,
        ratio: Spread::of(rounds.iter().zip(&yardsticks).map(|(ours, theirs)| ours / theirs)),
        mlines_s: Spread::of(rounds.iter().copied()),
        rounds,
    });
    throughputs.collect()
}

/// One line at a time; in millions of lines a second.
#[must_use]
pub fn single<L: Link>(plan: &Plan) -> f64 {
    stream::<L>(
        plan,
        |out, first, _| usize::from(out.send(&numbered(first))),
        |inlet, _, sum| {
            let Some(line) = inlet.poll() else { return 0 };
            *sum = sum.wrapping_add(words(&line));
            1
        },
    )
}

/// In batches; in millions of lines a second.
#[must_use]
pub fn batched<L: Link>(plan: &Plan) -> f64
where
    L::Out: BatchOutlet,
    L::In: BatchInlet,
{
    stream::<L>(plan, BatchOutlet::send_run, |inlet, most, sum| {
        let mut batch = 0u64;
        let count = inlet.poll_run(most, |line| batch = batch.wrapping_add(words(line)));
        *sum = sum.wrapping_add(batch);
        count
    })
}

#[inline(always)]
fn words(line: &Line) -> u64 {
    line.body.iter().fold(line.head, |sum, word| sum.wrapping_add(*word))
}

fn stream<L: Link>(
    plan: &Plan,
    send: impl Fn(&mut L::Out, u64, usize) -> usize + Send + Sync,
    take: impl Fn(&mut L::In, usize, &mut u64) -> usize + Send + Sync,
) -> f64 {
    let (mut outlet, mut inlet) = L::open(plan.capacity);
    let start = &Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(move || {
            pin(plan.cores.0[1]);
            start.wait();
            let mut sent = 0;
            while sent < plan.lines {
                let most = plan.batch.min((plan.lines - sent) as usize);
                match send(&mut outlet, sent, most) {
                    0 => spin_loop(),
                    count => sent += count as u64,
                }
            }
        });
        let reader = scope.spawn(move || {
            pin(plan.cores.0[0]);
            let clock = quanta::Clock::new();
            start.wait();
            let began = clock.raw();
            let (mut taken, mut sum) = (0, 0u64);
            while taken < plan.lines {
                match take(&mut inlet, plan.batch, &mut sum) {
                    0 => spin_loop(),
                    count => taken += count as u64,
                }
            }
            let nanos = clock.delta_as_nanos(began, clock.raw());
            let numbers = plan.lines.wrapping_mul(plan.lines.wrapping_sub(1)) / 2;
            assert_eq!(sum, numbers.wrapping_mul(8), "a line was lost, doubled or torn");
            plan.lines as f64 * 1e3 / nanos as f64
        });
        reader.join().expect("the reading thread does not panic")
    })
}
