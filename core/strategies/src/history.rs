//! What a price was some time ago: prices on a grid, in a ring of fixed size.
//!
//! Owns integer prices, so that a comparison with a threshold is exact. Must never answer for a
//! time before its first price.

use crate::memory::price;
use crate::sampler::SILENCE_MAX;
use royale_model::{Nanos, Price};
use royale_quant::memory::{Memory, Passage};

/// The price at each of the last instants of a grid.
#[derive(Clone, Debug)]
pub(crate) struct History {
    grid: Nanos,
    ring: Box<[Price]>,
    /// Cell of the newest price, and that price.
    newest: Option<(i64, Price)>,
    /// First cell at whose beginning the price was known.
    known_from: i64,
}

impl History {
    /// Prices at instants `grid` apart, as far back as `window`.
    pub(crate) fn new(grid: Nanos, window: Nanos) -> Self {
        assert!(grid > Nanos::ZERO && window >= grid, "a window holds at least one instant");
        // The instant at or before the beginning of the window, and the one that passes now.
        let instants = usize::try_from(window.raw() / grid.raw()).unwrap_or(0) + 2;
        Self {
            grid,
            ring: vec![Price::ZERO; instants].into_boxed_slice(),
            newest: None,
            known_from: 0,
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        self.newest = None;
    }

    /// Takes a price. After a long silence, or when time runs backwards, history starts anew.
    pub(crate) fn update(&mut self, now: Nanos, price: Price) {
        let cell = self.cell(now);
        match self.newest {
            Some((last, before))
                if cell >= last && cell - last <= SILENCE_MAX.raw() / self.grid.raw() =>
            {
                // Cell c begins at instant c, where the price was the last one before it.
                for passed in last + 1..=cell {
                    *self.slot(passed) = before;
                }
            }
            _ => self.known_from = cell.saturating_add(1),
        }
        self.newest = Some((cell, price));
    }

    /// The price at the last instant that is not after `time`; `None` before the first.
    pub(crate) fn at(&self, time: Nanos) -> Option<Price> {
        let (newest, _) = self.newest?;
        let cell = self.cell(time);
        let oldest = newest.saturating_sub(self.ring.len() as i64 - 1).max(self.known_from);
        (oldest..=newest).contains(&cell).then(|| self.ring[self.place(cell)])
    }

    /// Until when a price at `now` falls into one cell with those to come, and a look `window` back from
    /// each of them does, too: until then the same price makes the same history.
    pub(crate) fn stands_until(&self, now: Nanos, window: Nanos) -> Nanos {
        let end = |time| Nanos::from_raw((self.cell(time) + 1).saturating_mul(self.grid.raw()));
        let then = Nanos::from_raw(now.raw().saturating_sub(window.raw()));
        end(now).min(end(then).plus(window))
    }

    fn cell(&self, time: Nanos) -> i64 {
        time.raw().div_euclid(self.grid.raw())
    }
    fn place(&self, cell: i64) -> usize {
        cell.rem_euclid(self.ring.len() as i64) as usize
    }
    fn slot(&mut self, cell: i64) -> &mut Price {
        let place = self.place(cell);
        &mut self.ring[place]
    }
}

impl Memory for History {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // Cells that a time can be in.
        let cells = self.cell(Nanos::MIN)..=self.cell(Nanos::MAX);
        through.maybe(&mut self.newest, |through, (cell, last)| {
            through.whole(cell, cells)?;
            price(through, last)
        })?;
        through.whole(&mut self.known_from, ..)?;
        self.ring.iter_mut().try_for_each(|past| price(through, past).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_price_makes_the_same_history_for_a_while() {
        let (at, price) = (Nanos::from_millis, Price::from_raw);
        // A window of whole cells, and one where the look back comes to another cell first.
        for (window, now, ends) in [(3_000, 8_000, 9_000), (2_300, 8_100, 8_300)] {
            let mut history = History::new(Nanos::from_secs(1), at(window));
            for second in 0..8 {
                history.update(at(second * 1_000), price(second));
            }
            history.update(at(now), price(9));
            let until = history.stands_until(at(now), at(window));
            let (before, after) = (Nanos::from_raw(until.raw() - 1), until);
            assert_eq!(until, at(ends), "{window}");
            let seen = |history: &History, time: Nanos| {
                history.at(Nanos::from_raw(time.raw() - at(window).raw()))
            };
            let (first, kept) = (seen(&history, at(now)), history.clone());
            history.update(before, price(9));
            assert_eq!(seen(&history, before), first, "{window}");
            assert_eq!((&history.ring, history.newest), (&kept.ring, kept.newest), "{window}");
            history.update(after, price(9));
            assert_ne!((seen(&history, after), history.newest), (first, kept.newest), "{window}");
        }
    }

    #[test]
    fn the_past_is_what_was_known_at_the_instant() {
        let mut history = History::new(Nanos::from_secs(1), Nanos::from_secs(3));
        let (at, price) = (Nanos::from_millis, Price::from_raw);
        history.update(at(500), price(1));
        assert_eq!(history.at(at(500)), None, "nothing was known at instant 0");
        history.update(at(900), price(2));
        history.update(at(1_000), price(3));
        assert_eq!(history.at(at(1_999)), Some(price(2)), "the last before instant 1");
        history.update(at(4_200), price(4));
        assert_eq!(history.at(at(4_200)), Some(price(3)));
        assert_eq!(history.at(at(1_200)), Some(price(2)), "three seconds back");
        assert_eq!(history.at(at(999)), None);
        history.update(at(6_000), price(5));
        assert_eq!(history.at(at(2_999)), Some(price(3)), "the ring holds window and one more");
        assert_eq!(history.at(at(1_500)), None, "overwritten");
        assert_eq!(history.at(at(6_999)), Some(price(4)));
        assert_eq!(history.at(at(7_000)), None, "the future");
        history.update(at(60_000), price(6));
        assert_eq!(history.at(at(59_000)), None, "silence is not history");
    }
}
