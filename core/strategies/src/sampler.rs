//! A price that comes when it comes, as a price at every instant of a grid.
//!
//! Owns previous-tick sampling: the price of an instant is the last one before it. On timers the
//! instants are the timers, which come before market events of their time: the price that one finds is
//! its own. Must never use a price from after an instant for it, nor call a long silence calm.

use crate::memory::moment;
use crate::rhythm::Rhythm;
use royale_model::Nanos;
use royale_quant::memory::{Memory, POSITIVE, Passage};

/// Longest silence that counts as an unmoved price; after it sampling starts anew.
pub(crate) const SILENCE_MAX: Nanos = Nanos::from_secs(30);

/// What a new price says about the instants that have passed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Passed {
    /// No instant passed.
    Nothing,
    /// `count` instants passed at which the price was `price`.
    Instants {
        /// The price before them.
        price: f64,
        /// How many.
        count: u32,
    },
    /// This very instant is one; the first comes nothing after itself.
    Timer {
        /// The price at the one before.
        before: f64,
        /// How long ago that was.
        waited: Nanos,
    },
    /// The feed was silent for too long (or time ran backwards): what was known is void.
    Broken,
}

/// Samples a price on a grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampler {
    grid: Nanos,
    rhythm: Rhythm,
    newest: Option<(Nanos, f64)>,
}

impl Sampler {
    /// On events, a sampler with instants `grid` apart, which must be above zero; on timers, one with
    /// each timer as an instant.
    pub(crate) fn new(grid: Nanos, rhythm: Rhythm) -> Self {
        assert!(grid > Nanos::ZERO, "a grid needs a distance");
        Self { grid, rhythm, newest: None }
    }
    /// Forgets every price.
    pub(crate) fn reset(&mut self) {
        self.newest = None;
    }

    /// Takes the next price.
    pub(crate) fn update(&mut self, now: Nanos, price: f64) -> Passed {
        let is_timer = self.rhythm != Rhythm::Events;
        let Some((time, before)) = self.newest.replace((now, price)) else {
            let first = Passed::Timer { before: price, waited: Nanos::ZERO };
            return if is_timer { first } else { Passed::Nothing };
        };
        let waited = now.since(time);
        if now < time || waited > self.rhythm.silence_max() {
            return Passed::Broken;
        }
        if is_timer {
            // Several runs of one moment find the same market.
            let is_new = waited > Nanos::ZERO;
            return if is_new { Passed::Timer { before, waited } } else { Passed::Nothing };
        }
        let cell = |time: Nanos| time.raw().div_euclid(self.grid.raw());
        match u32::try_from(cell(now) - cell(time)) {
            Ok(0) | Err(_) => Passed::Nothing,
            Ok(count) => Passed::Instants { price: before, count },
        }
    }
}

impl Memory for Sampler {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.maybe(&mut self.newest, |through, (time, price)| {
            moment(through, time)?;
            through.number(price, POSITIVE)
        })?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_the_price_from_before_it() {
        let mut sampler = Sampler::new(Nanos::from_secs(1), Rhythm::Events);
        let at = Nanos::from_millis;
        assert_eq!(sampler.update(at(100), 1.0), Passed::Nothing);
        assert_eq!(sampler.update(at(999), 2.0), Passed::Nothing);
        // A price exactly at an instant belongs to the cell that begins there.
        assert_eq!(sampler.update(at(1_000), 3.0), Passed::Instants { price: 2.0, count: 1 });
        assert_eq!(sampler.update(at(4_500), 4.0), Passed::Instants { price: 3.0, count: 3 });
        assert_eq!(sampler.update(at(34_500), 5.0), Passed::Instants { price: 4.0, count: 30 });
        assert_eq!(sampler.update(at(64_501), 6.0), Passed::Broken);
        assert_eq!(sampler.update(at(64_400), 7.0), Passed::Broken);
        assert_eq!(sampler.update(at(65_000), 8.0), Passed::Instants { price: 7.0, count: 1 });
    }

    #[test]
    fn a_timer_is_an_instant_with_the_price_that_it_finds() {
        let wait = Nanos::from_secs(900);
        let mut sampler = Sampler::new(Nanos::from_secs(1), Rhythm::Timers { wait });
        let (at, timer) = (Nanos::from_secs, |before, waited| Passed::Timer { before, waited });
        assert_eq!(sampler.update(at(900), 1.0), timer(1.0, Nanos::ZERO));
        assert_eq!(sampler.update(at(1_800), 2.0), timer(1.0, wait));
        assert_eq!(sampler.update(at(1_800), 2.0), Passed::Nothing, "a second run of one moment");
        assert_eq!(
            sampler.update(at(3_600), 3.0),
            timer(2.0, at(1_800)),
            "the clock was turned back"
        );
        assert_eq!(sampler.update(at(5_401), 4.0), Passed::Broken);
    }
}
