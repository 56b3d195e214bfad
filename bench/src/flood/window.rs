//! What one window, or several of one kind, showed of the engine's latency.

use hdrhistogram::Histogram;
use std::time::Duration;

/// What a window adds to the engine's histogram and to the clients' counts.
#[derive(Clone, Debug)]
pub struct Window {
    /// Latency of all inputs that were worked off in it, in nanoseconds.
    pub histogram: Histogram<u64>,
    /// How many of them were commands and their notes.
    pub commands: u64,
    /// Requests that were answered, by whoever it was.
    pub answered: u64,
    /// How long it was.
    pub length: Duration,
    /// Cpu time of those who answered.
    pub answering: Duration,
    /// How long the hot thread waited for its cpu, which somebody else had, since the window before.
    pub waited: Duration,
}

impl Window {
    /// What lies between two readings of a histogram that only grows.
    ///
    /// # Errors
    /// The later reading has less in it: they are not of one run.
    pub fn between(
        before: &Histogram<u64>,
        mut after: Histogram<u64>,
    ) -> Result<Histogram<u64>, String> {
        after
            .subtract(before)
            .map_err(|error| format!("two readings of one histogram: {error}"))?;
        Ok(after)
    }

    /// Inputs that were not commands: market data, and the venue's reports.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.histogram.len().saturating_sub(self.commands)
    }

    /// So much of the *events* took no longer, in nanoseconds.
    ///
    /// The engine's histogram counts commands too, which are quick, and 15,000 quick ones a second
    /// would make every percentile look better. So each of them is taken for quicker than the result:
    /// that is never too low, and too high by as many commands as were slower.
    #[must_use]
    pub fn quantile_ns(&self, share: f64) -> f64 {
        let (all, events) = (self.histogram.len(), self.events());
        if events == 0 {
            return f64::NAN;
        }
        let slower = (1.0 - share) * events as f64;
        self.histogram.value_at_quantile(1.0 - slower / all as f64) as f64
    }

    /// Requests that were answered in a second.
    #[must_use]
    pub fn answered_a_second(&self) -> f64 {
        self.answered as f64 / self.length.as_secs_f64()
    }

    /// So much of the window's length.
    #[must_use]
    pub fn share(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.length.as_secs_f64()
    }

    /// Windows as if they were one; none of none.
    ///
    /// # Errors
    /// Their histograms have other bounds.
    pub fn pooled<'a>(windows: impl IntoIterator<Item = &'a Self>) -> Result<Option<Self>, String> {
        let mut pool: Option<Self> = None;
        for window in windows {
            let Some(pool) = &mut pool else {
                pool = Some(window.clone());
                continue;
            };
            pool.histogram.add(&window.histogram).map_err(|error| error.to_string())?;
            pool.commands += window.commands;
            pool.answered += window.answered;
            pool.length += window.length;
            pool.answering += window.answering;
            pool.waited += window.waited;
        }
        Ok(pool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: impl IntoIterator<Item = (u64, u64)>) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, (1 << 38) - 1, 3).unwrap();
        values.into_iter().for_each(|(value, count)| histogram.record_n(value, count).unwrap());
        histogram
    }

    fn window(values: impl IntoIterator<Item = (u64, u64)>, commands: u64) -> Window {
        let second = Duration::from_secs(1);
        let histogram = histogram(values);
        let (answering, waited) = (second / 4, second / 1_000);
        Window { histogram, commands, answered: 10, length: second, answering, waited }
    }

    #[test]
    fn a_window_has_what_came_in_it_and_nothing_from_before() {
        let before = histogram([(1_000, 500), (1_000_000, 50)]);
        let after = histogram([(1_000, 1_499), (1_500, 1), (1_000_000, 50)]);
        let found = Window::between(&before, after.clone()).unwrap();
        assert_eq!(found, histogram([(1_000, 999), (1_500, 1)]));
        assert!(found.max() < 1_600, "the slow ones were before");
        assert!(Window::between(&after, before).is_err(), "time does not run backwards");
    }

    #[test]
    fn quick_commands_do_not_hide_slow_events() {
        // Of 10,000 events 20 are slow: more than one in a thousand.
        let calm = window([(1_000, 9_980), (50_000, 20)], 0);
        assert!(calm.quantile_ns(0.999) > 49_000.0);
        // The same with 15,000 commands among them: of all inputs less than one in a thousand.
        let inputs = [(300, 15_000), (1_000, 9_980), (50_000, 20)];
        assert!(window(inputs, 0).quantile_ns(0.999) < 2_000.0, "what a plain percentile says");
        let flooded = window(inputs, 15_000);
        assert_eq!(flooded.events(), 10_000);
        for share in [0.5, 0.99, 0.999] {
            assert_eq!(flooded.quantile_ns(share), calm.quantile_ns(share), "{share}");
        }
    }

    #[test]
    fn a_pool_weighs_every_event_the_same() {
        let (long, short) = (window([(1_000, 9_000)], 0), window([(2_000, 1_000)], 200));
        let pool = Window::pooled([&long, &short]).unwrap().unwrap();
        assert_eq!((pool.histogram.len(), pool.events(), pool.answered), (10_000, 9_800, 20));
        assert!(pool.quantile_ns(0.85) < 1_100.0 && pool.quantile_ns(0.95) > 1_900.0);
        assert_eq!((pool.answered_a_second(), pool.share(pool.answering)), (10.0, 0.25));
        assert_eq!(pool.share(pool.waited), 0.001);
        assert!(Window::pooled([]).unwrap().is_none());
    }
}
