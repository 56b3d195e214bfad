//! A price that comes when it comes, as a price at every instant of a grid.
//!
//! Owns previous-tick sampling: the price of an instant is the last one before it. Must never use
//! a price from after an instant for it, nor call a long silence calm.

use royale_model::Nanos;

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
    /// The feed was silent for too long (or time ran backwards): what was known is void.
    Broken,
}

/// Samples a price on a grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampler {
    grid: Nanos,
    newest: Option<(Nanos, f64)>,
}

impl Sampler {
    /// A sampler with instants `grid` apart, which must be above zero.
    pub(crate) fn new(grid: Nanos) -> Self {
        assert!(grid > Nanos::ZERO, "a grid needs a distance");
        Self { grid, newest: None }
    }

    /// Takes the next price.
    pub(crate) fn update(&mut self, now: Nanos, price: f64) -> Passed {
        let Some((time, before)) = self.newest.replace((now, price)) else {
            return Passed::Nothing;
        };
        if now < time || now.since(time) > SILENCE_MAX {
            return Passed::Broken;
        }
        let cell = |time: Nanos| time.raw().div_euclid(self.grid.raw());
        match u32::try_from(cell(now) - cell(time)) {
            Ok(0) | Err(_) => Passed::Nothing,
            Ok(count) => Passed::Instants { price: before, count },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_the_price_from_before_it() {
        let mut sampler = Sampler::new(Nanos::from_secs(1));
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
}
