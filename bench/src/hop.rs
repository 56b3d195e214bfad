//! One hop of a 64-byte line from one pinned thread to another: half of a round trip.
//!
//! Owns the ping-pong, the same loop for every queue. The clock is read around each whole round trip
//! and the result is halved; the figures therefore include half of a pair of readings, alike for
//! all. Each thread owns its handles: side by side in one stack frame they would share a cache line,
//! which once moved the figures by half from run to run. Called by `benches/ring.rs`.

use crate::cores::{Cores, Spread, pin};
use crate::link::{BareSlot, Crossbeam, Disruptor, Inlet, Link, Outlet, Ring, Rtrb};
use hdrhistogram::Histogram;
use royale_ring::{HEAD_MAX, Line};
use std::hint::{black_box, spin_loop};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the two threads run.
    pub cores: Cores,
    /// Lines in each ring.
    pub capacity: usize,
    /// How long a round lasts after its warm-up.
    pub round: Duration,
    /// Rounds for each queue; their medians count.
    pub rounds: usize,
    /// What an empty poll does.
    pub poll: Poll,
}

/// What a reader does when it found nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Poll {
    /// Look again at once.
    Plain,
    /// Tell the processor that this is a spin, then look again.
    SpinLoop,
}

/// The round trips of one round, in nanoseconds.
#[derive(Clone, Debug)]
pub struct RoundTrips(pub Histogram<u64>);

impl RoundTrips {
    /// The typical hop, in nanoseconds: the mean of the middle half of the round trips, halved. The
    /// counter may step by 10 ns (it does on Zen); a mean sees between the steps, where the median
    /// itself cannot.
    #[must_use]
    pub fn midmean_ns(&self) -> f64 {
        let total = self.0.len();
        let (low, high) = (total / 4, total - total / 4);
        let (mut before, mut sum) = (0, 0u128);
        for value in self.0.iter_recorded() {
            let after = before + value.count_at_value();
            let inside = after.min(high).saturating_sub(before.max(low));
            sum += u128::from(inside) * u128::from(value.value_iterated_to());
            before = after;
        }
        sum as f64 / (high - low).max(1) as f64 / 2.0
    }

    /// The hop at this quantile, in nanoseconds.
    #[must_use]
    pub fn hop_ns(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 2.0
    }
}

/// One quantile of a queue's hops over all rounds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quantile {
    /// In nanoseconds.
    pub ns: Spread,
    /// In typical hops of the first contender *in the same round*: the cores may move under a guest
    /// between two rounds, and a hop then costs four times as much for all.
    pub ratio: Spread,
}

/// One queue's hops over all rounds.
#[derive(Clone, Debug)]
pub struct Hops {
    /// The queue.
    pub name: &'static str,
    /// The typical hop: [`RoundTrips::midmean_ns`].
    pub p50: Quantile,
    /// The 99th percentile.
    pub p99: Quantile,
    /// The 99.9th percentile.
    pub p999: Quantile,
    /// The rounds, in their order.
    pub rounds: Vec<RoundTrips>,
}

impl Hops {
    /// The typical hop in those of another queue, round by round.
    #[must_use]
    pub fn beside(&self, other: &Self) -> Spread {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Spread::of(pairs.map(|(ours, theirs)| ours.midmean_ns() / theirs.midmean_ns()))
    }
}

/// A queue and how to measure one round of it.
pub type Contender = (&'static str, fn(&Plan) -> RoundTrips);

/// The yardstick first, the house's ring second, then the peers.
pub const CONTENDERS: [Contender; 5] = [
    ("bare slot (L)", measure::<BareSlot>),
    ("royale-ring", measure::<Ring>),
    ("rtrb", measure::<Rtrb>),
    ("disruptor", measure::<Disruptor>),
    ("crossbeam ArrayQueue", measure::<Crossbeam>),
];

/// Measures all these queues, round by round, each once in every round.
#[must_use]
pub fn compare(plan: &Plan, contenders: &[Contender]) -> Vec<Hops> {
    let mut rounds: Vec<Vec<RoundTrips>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..plan.rounds {
        for ((_, measure), rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(measure(plan));
        }
    }
    let yardsticks: Vec<f64> =
        rounds.first().into_iter().flatten().map(RoundTrips::midmean_ns).collect();
    let hops = contenders.iter().zip(rounds).map(|((name, _), rounds)| {
        let over = |figure: &dyn Fn(&RoundTrips) -> f64| Quantile {
            ns: Spread::of(rounds.iter().map(figure)),
            ratio: Spread::of(rounds.iter().zip(&yardsticks).map(|(r, l)| figure(r) / l)),
        };
        Hops {
            name,
            p50: over(&RoundTrips::midmean_ns),
            p99: over(&|round| round.hop_ns(0.99)),
            p999: over(&|round| round.hop_ns(0.999)),
            rounds,
        }
    });
    hops.collect()
}

/// One round over this queue.
#[must_use]
pub fn measure<L: Link>(plan: &Plan) -> RoundTrips {
    match plan.poll {
        Poll::Plain => play::<L>(plan, || {}),
        Poll::SpinLoop => play::<L>(plan, spin_loop),
    }
}

/// The head of the last ping, after which the other side stops.
const LAST: u64 = HEAD_MAX;
const WARM_UP_TRIPS: u64 = 5_000;
const TRIP_NS_MAX: u64 = 1_000_000_000;

fn play<L: Link>(plan: &Plan, idle: impl Fn() + Copy + Send + Sync) -> RoundTrips {
    let (mut ping, mut pinged) = L::open(plan.capacity);
    let (mut pong, mut ponged) = L::open(plan.capacity);
    // A blocking start: a spinning thread must not keep the other one from being pinned.
    let start = &Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(move || {
            pin(plan.cores.0[1]);
            start.wait();
            loop {
                let line = receive(&mut pinged, idle);
                if line.body[0] == LAST {
                    break;
                }
                pong.send(&line);
            }
        });
        let pings = scope.spawn(move || {
            pin(plan.cores.0[0]);
            let clock = quanta::Clock::new();
            let mut trips = Histogram::new_with_bounds(1, TRIP_NS_MAX, 3).expect("valid bounds");
            start.wait();
            let mut line = Line { head: 0, body: [0; 7] };
            let mut ends = u64::MAX;
            for number in 0.. {
                line = Line { head: number, body: [number; 7] };
                let sent = clock.raw();
                ping.send(&line);
                line = receive(&mut ponged, idle);
                let answered = read_clock(&clock);
                if number > WARM_UP_TRIPS {
                    trips.saturating_record(clock.delta_as_nanos(sent, answered));
                    if answered >= ends {
                        break;
                    }
                } else if number == WARM_UP_TRIPS {
                    ends = answered + raw_ticks(&clock, plan.round);
                }
            }
            black_box(line);
            ping.send(&Line { head: LAST, body: [LAST; 7] });
            trips
        });
        RoundTrips(pings.join().expect("the measuring thread does not panic"))
    })
}

#[inline(always)]
fn receive(inlet: &mut impl Inlet, idle: impl Fn()) -> Line {
    loop {
        match inlet.poll() {
            Some(line) => return black_box(line),
            None => idle(),
        }
    }
}

/// Reads the counter after everything before it: a processor that guesses the answer's arrival right
/// would otherwise read it before the answer is there.
#[inline(always)]
fn read_clock(clock: &quanta::Clock) -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a fence has no precondition, and every x86-64 processor has this one.
    unsafe {
        std::arch::x86_64::_mm_lfence();
    }
    clock.raw()
}

/// About this long, in the clock's raw unit.
fn raw_ticks(clock: &quanta::Clock, time: Duration) -> u64 {
    const SAMPLE: u64 = 1 << 20;
    let sample_ns = clock.delta_as_nanos(0, SAMPLE).max(1);
    (time.as_nanos() as u64).saturating_mul(SAMPLE) / sample_ns
}
