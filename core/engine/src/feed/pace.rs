//! How fast a tape is played: as fast as possible, or N times life.

use royale_model::Nanos;
use std::time::{Duration, Instant};

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
}

/// Holds events back until their moment in real time.
#[derive(Debug)]
pub struct Pacer {
    pace: Pace,
    /// Real and simulated time of the last event.
    last: Option<(Instant, Nanos)>,
}

impl Pacer {
    /// A pacer at this speed.
    pub fn new(pace: Pace) -> Self {
        Self { pace, last: None }
    }
    /// How long an event of simulated time `time` must still wait; zero when it may go.
    pub(super) fn wait_for(&mut self, time: Nanos) -> Duration {
        let Pace::Times { factor, idle_max } = self.pace else { return Duration::ZERO };
        let Some((at, before)) = self.last else { return Duration::ZERO };
        let quiet = time.since(before).raw().clamp(0, idle_max.raw().max(0));
        let due = at + Duration::from_nanos((quiet as f64 / factor) as u64);
        due.saturating_duration_since(Instant::now())
    }
    /// An event of simulated time `time` goes now.
    pub(super) fn went(&mut self, time: Nanos) {
        let Pace::Times { factor, idle_max } = self.pace else { return };
        // From the moment that was due, not from now: lateness must not add up.
        let next = match self.last {
            Some((at, before)) => {
                let quiet = time.since(before).raw().clamp(0, idle_max.raw().max(0));
                at + Duration::from_nanos((quiet as f64 / factor) as u64)
            }
            None => Instant::now(),
        };
        self.last = Some((next, time));
    }
}
