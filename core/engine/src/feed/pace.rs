//! How fast a tape is played: as fast as possible, N times life, or at a fixed rate.
//!
//! A paced feed is an open loop: when an event is due does not depend on how the engine keeps up,
//! and its latency counts from that moment, so that a stall shows in every event that it delays.

use crate::link::Wait;
use quanta::Clock;
use royale_model::Nanos;
use std::time::Duration;

/// Speed of simulated time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// As fast as the machine can.
    Max,
    /// This many simulated seconds for each real one; stretches without events longer than
    /// `idle_max` of simulated time are skipped.
    Times {
        /// The factor, above zero.
        factor: f64,
        /// Longest quiet stretch that is waited for.
        idle_max: Nanos,
    },
    /// One event of the tape each `interval` of real time, whatever time it has: a load.
    Every {
        /// Real time between two events.
        interval: Duration,
    },
}

/// Longest nap, so that commands are heard.
const NAP: Duration = Duration::from_millis(2);

/// Holds events back until their moment in real time.
#[derive(Debug)]
pub struct Pacer {
    pace: Pace,
    naps: bool,
    /// None at full speed.
    ticker: Option<Ticker>,
    /// When the last event was due, as a reading of the counter, and its simulated time.
    last: Option<(u64, Nanos)>,
    /// Events of the tape so far, and when the first of them was due: for a fixed rate.
    count: u64,
    first: u64,
}

/// The counter that is read, and how fast it runs.
#[derive(Debug)]
struct Ticker {
    clock: Clock,
    /// Readings in a nanosecond.
    rate: f64,
}

impl Ticker {
    fn new() -> Self {
        const SPAN: u64 = 1 << 40;
        let clock = Clock::new();
        let rate = SPAN as f64 / clock.delta_as_nanos(0, SPAN).max(1) as f64;
        Self { clock, rate }
    }
}

impl Pacer {
    /// A pacer at this speed, for a thread that waits like this.
    pub fn new(pace: Pace, wait: Wait) -> Self {
        let naps = wait != Wait::Spin;
        // A clock is held against the system's for some milliseconds first: only where it is needed.
        let ticker = (pace != Pace::Max).then(Ticker::new);
        Self { pace, naps, ticker, last: None, count: 0, first: 0 }
    }

    /// When the next event is due, as a reading of the counter: one of the tape, or a report, at
    /// simulated time `time`. `None`: at once.
    fn due(&self, ticker: &Ticker, time: Nanos, is_tape: bool) -> Option<u64> {
        let (before, last) = self.last?;
        match self.pace {
            Pace::Max => None,
            Pace::Times { factor, idle_max } => {
                let quiet = time.since(last).raw().clamp(0, idle_max.raw().max(0));
                // From when the last one was due, not from now: lateness must not add up.
                Some(before.saturating_add((quiet as f64 / factor * ticker.rate) as u64))
            }
            Pace::Every { interval } => {
                let passed = interval.as_nanos() as f64 * self.count as f64 * ticker.rate;
                is_tape.then(|| self.first.saturating_add(passed as u64))
            }
        }
    }

    /// True when the event may go; else waits a little.
    #[inline]
    pub(super) fn is_due(&self, time: Nanos, is_tape: bool) -> bool {
        let Some(ticker) = &self.ticker else { return true };
        let Some(due) = self.due(ticker, time, is_tape) else { return true };
        let now = ticker.clock.raw();
        if now >= due {
            return true;
        }
        if self.naps {
            let left = Duration::from_nanos(ticker.clock.delta_as_nanos(now, due));
            std::thread::sleep(left.min(NAP));
        } else {
            std::hint::spin_loop();
        }
        false
    }

    /// Time stood still for so many readings of the counter: all that is due is due later.
    pub(super) fn stood_still(&mut self, readings: u64) {
        if let Some((due, _)) = &mut self.last {
            *due = due.saturating_add(readings);
        }
        self.first = self.first.saturating_add(readings);
    }

    /// The event goes now. From which moment its latency counts: `None`, from now. A thread that
    /// naps is late by its naps, which say nothing of the engine.
    #[inline]
    pub(super) fn goes(&mut self, time: Nanos, is_tape: bool) -> Option<u64> {
        let ticker = self.ticker.as_ref()?;
        let due = self.due(ticker, time, is_tape);
        let at = due.unwrap_or_else(|| ticker.clock.raw());
        if self.last.is_none() {
            self.first = at;
        }
        self.last = Some((at, time));
        self.count += u64::from(is_tape);
        due.filter(|_| !self.naps)
    }
}
