//! What a unit of a signal has been worth: the move of the price that followed it.
//!
//! Owns the regression of moves on signals, learnt as the run goes. Must never use a move before
//! it has happened.

use crate::memory::moment;
use crate::sampler::SILENCE_MAX;
use royale_model::Nanos;
use royale_quant::ParameterError;
use royale_quant::ewma::TimeEwma;
use royale_quant::memory::{Memory, Passage, USABLE};

/// Distance of the samples.
const GRID: Nanos = Nanos::from_secs(1);

/// Regression through zero of the move over a horizon on the signal at its beginning, with old
/// pairs fading and a prior that counts like `prior_weight` pairs of a full signal:
/// β = (n₀ β₀ + Σ w s Δ) / (n₀ + Σ w s²).
#[derive(Clone, Debug)]
pub(crate) struct Impact {
    prior_weight: f64,
    /// Signal and mid at the last instants; as many as the horizon has seconds.
    ring: Box<[(f64, f64)]>,
    next: usize,
    filled: usize,
    newest: Option<(Nanos, f64, f64)>,
    /// End of the second that the newest state came in; `MIN`: not known.
    second_ends: Nanos,
    /// Mean of signal × move.
    products: TimeEwma,
    /// Mean of signal².
    squares: TimeEwma,
    blank: TimeEwma,
}

impl Impact {
    /// A regression over `horizon_s` seconds in which pairs lose half their weight every
    /// `half_life_s`.
    pub(crate) fn new(
        horizon_s: u32,
        half_life_s: f64,
        prior_weight: f64,
    ) -> Result<Self, ParameterError> {
        let blank = TimeEwma::new(half_life_s)?;
        let ring = vec![(0.0, 0.0); horizon_s.max(1) as usize].into_boxed_slice();
        Ok(Self {
            prior_weight,
            ring,
            next: 0,
            filled: 0,
            newest: None,
            second_ends: Nanos::MIN,
            products: blank,
            squares: blank,
            blank,
        })
    }

    /// Forgets everything: after a gap, or for another contract.
    pub(crate) fn reset(&mut self) {
        (self.next, self.filled, self.newest) = (0, 0, None);
        (self.products, self.squares) = (self.blank, self.blank);
    }

    /// Takes the state of the market; samples the one before at every second that has passed.
    #[inline]
    pub(crate) fn update(&mut self, now: Nanos, signal: f64, mid: f64) {
        let in_one_second = |(time, ..): (Nanos, f64, f64)| time <= now && now < self.second_ends;
        // Nearly every event comes in the second of the one before: then there is nothing to divide.
        if !self.newest.is_some_and(in_one_second) {
            self.pass_to(now);
        }
        self.newest = Some((now, signal, mid));
    }

    /// Samples the newest state at every second that has passed since.
    #[inline(never)]
    fn pass_to(&mut self, now: Nanos) {
        let cell = |time: Nanos| time.raw().div_euclid(GRID.raw());
        if let Some((time, signal, mid)) = self.newest {
            if now < time || now.since(time) > SILENCE_MAX {
                (self.next, self.filled) = (0, 0);
            } else {
                for instant in cell(time) + 1..=cell(now) {
                    self.sample(instant.saturating_mul(GRID.raw()), signal, mid);
                }
            }
        }
        self.second_ends = Nanos::from_raw((cell(now) + 1).saturating_mul(GRID.raw()));
    }

    fn sample(&mut self, time_ns: i64, signal: f64, mid: f64) {
        let (signal_then, mid_then) = std::mem::replace(&mut self.ring[self.next], (signal, mid));
        self.next = (self.next + 1) % self.ring.len();
        if self.filled < self.ring.len() {
            self.filled += 1;
            return;
        }
        let time_ns = time_ns.max(0).unsigned_abs();
        self.products.update(time_ns, signal_then * (mid - mid_then));
        self.squares.update(time_ns, signal_then * signal_then);
    }

    /// The move expected of a full signal; `prior` is what it is worth before anything is learnt.
    pub(crate) fn worth(&self, prior: f64) -> f64 {
        let now_ns = match self.newest {
            Some((now, ..)) => now.raw().max(0).unsigned_abs(),
            None => return prior,
        };
        let weight = self.squares.weight_at(now_ns);
        let sum = |mean: &TimeEwma| weight * mean.mean().unwrap_or(0.0);
        let below = self.prior_weight + sum(&self.squares);
        let worth = (self.prior_weight * prior + sum(&self.products)) / below;
        if below > 0.0 && worth.is_finite() { worth } else { prior }
    }
}

impl Memory for Impact {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // It is derived from the newest state.
        self.second_ends = Nanos::MIN;
        let filled = through.ring(&mut self.next, &mut self.filled, self.ring.len())?;
        for (signal, mid) in &mut self.ring[..filled] {
            through.number(signal, USABLE)?;
            through.number(mid, USABLE)?;
        }
        through.maybe(&mut self.newest, |through, (time, signal, mid)| {
            moment(through, time)?;
            through.number(signal, USABLE)?;
            through.number(mid, USABLE)
        })?;
        self.products.pass(through)?;
        self.squares.pass(through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worth_is_learnt_from_the_move_that_followed_and_no_sooner() {
        let mut impact = Impact::new(2, 1e9, 10.0).unwrap();
        let at = |second: i64| Nanos::from_millis(second * 1_000 + 500);
        // Sampled at 1 s, 2 s, 3 s, 4 s: signals 0.5, 1, −1, 0; mids 10, 11, 12, 14.
        impact.update(at(0), 0.5, 10.0);
        impact.update(at(1), 1.0, 11.0);
        impact.update(at(2), -1.0, 12.0);
        assert_eq!(impact.worth(3.0), 3.0, "two samples are no pair");
        impact.update(at(3), 0.0, 14.0);
        // First pair: 0.5 and 12 − 10.
        let first = (10.0 * 3.0 + 0.5 * 2.0) / (10.0 + 0.25);
        assert!((impact.worth(3.0) - first).abs() < 1e-6, "{}", impact.worth(3.0));
        impact.update(at(4), 0.0, 99.0);
        // Second pair: 1 and 14 − 11; the 99 is of an instant that has not passed.
        let second = (10.0 * 3.0 + 0.5 * 2.0 + 1.0 * 3.0) / (10.0 + 0.25 + 1.0);
        assert!((impact.worth(3.0) - second).abs() < 1e-6, "{}", impact.worth(3.0));
        impact.reset();
        assert_eq!(impact.worth(3.0), 3.0);
    }

    #[test]
    fn without_prior_and_pairs_the_prior_stands() {
        let mut impact = Impact::new(1, 60.0, 0.0).unwrap();
        impact.update(Nanos::from_secs(1), 0.0, 1.0);
        assert_eq!(impact.worth(0.25), 0.25);
    }
}
