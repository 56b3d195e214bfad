//! When a timer is due: readings of a zone's clock, as instants.
//!
//! Owns the arithmetic between a clock on the wall and the sequencer's time, clock changes included.
//! The zone is a plain table of offsets, so that no rule of a time zone is looked up here. Must never
//! allocate once it is built, nor read a clock.
//!
//! | the clock … | `Every` | `Daily` |
//! |---|---|---|
//! | skips a reading (spring) | due once, at the first moment after the gap | the same |
//! | shows a reading twice (autumn) | due both times | due the first time only |

use royale_model::Nanos;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Readings of a zone's clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Readings {
    /// All that lie a multiple of this after midnight; each midnight starts anew.
    Every(Nanos),
    /// These times of the day, as spans since midnight, rising.
    Daily(Box<[Nanos]>),
}

/// The instants at which a zone's clock shows certain readings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timetable {
    readings: Readings,
    offsets: Box<[(Nanos, Nanos)]>,
}

impl Timetable {
    /// The instants at which the clock shows `readings`. Each of `offsets` says from when on the
    /// clock is ahead of UTC by how much, rising in time; the first holds before its time too.
    ///
    /// # Errors
    /// No period or one above a day, times of day that do not rise or are not of a day, no offsets or
    /// some that do not rise or are a day or more.
    pub fn new(
        readings: Readings,
        offsets: impl Into<Box<[(Nanos, Nanos)]>>,
    ) -> Result<Self, &'static str> {
        let offsets = offsets.into();
        match &readings {
            Readings::Every(period) if !(1..=DAY).contains(&period.raw()) => {
                return Err("a period is above zero, and a day at most");
            }
            Readings::Daily(times) => {
                let of_a_day = |time: &Nanos| (0..DAY).contains(&time.raw());
                let rise = times.windows(2).all(|pair| pair[0] < pair[1]);
                if times.is_empty() || !rise || !times.iter().all(of_a_day) {
                    return Err("times of day rise, and there is one");
                }
            }
            Readings::Every(_) => {}
        }
        let rise = offsets.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if offsets.is_empty() || !rise || offsets.iter().any(|(_, ahead)| ahead.raw().abs() >= DAY)
        {
            return Err("offsets rise, are below a day, and there is one");
        }
        Ok(Self { readings, offsets })
    }

    /// The first due instant after `time`; `MAX` where there is none in the numbers.
    pub fn next_after(&self, time: Nanos) -> Nanos {
        // Far from the lower end of the numbers there is room for a day.
        let mut from = time.raw().max(i64::MIN / 2).saturating_add(1);
        let passed = self.offsets.partition_point(|(since, _)| since.raw() <= from);
        let first = passed.saturating_sub(1);
        for (at, (since, ahead)) in self.offsets.iter().enumerate().skip(first) {
            let (since, ahead) = (since.raw(), ahead.raw());
            let before = at.checked_sub(1).map_or(ahead, |before| self.offsets[before].1.raw());
            // Where the clock sprang over a reading, it counts at the first moment after.
            if from == since && self.reading_from(since + before) < since + ahead {
                return Nanos::from_raw(since);
            }
            let mut local = from.saturating_add(ahead);
            if let Readings::Daily(_) = self.readings
                && before > ahead
            {
                // Turned back: what was shown already does not count again.
                local = local.max(since + before);
            }
            let due = self.reading_from(local).saturating_sub(ahead);
            // Beyond the end of the numbers a due instant lies before its beginning.
            let until = self.offsets.get(at + 1).map_or(i64::MAX, |(next, _)| next.raw());
            if (from..until).contains(&due) {
                return Nanos::from_raw(due);
            }
            from = until;
        }
        Nanos::MAX
    }

    /// True for an instant that [`Timetable::next_after`] can answer.
    pub fn is_due(&self, time: Nanos) -> bool {
        self.next_after(Nanos::from_raw(time.raw().saturating_sub(1))) == time
    }

    /// The last due instant before `limit`; `known` is one.
    pub(super) fn last_before(&self, limit: Nanos, known: Nanos) -> Nanos {
        // Back from the limit by ever longer steps: a long hole costs no more than a short one.
        let mut back = SECOND;
        let mut due = loop {
            let probe = Nanos::from_raw(limit.raw().saturating_sub(back));
            if probe <= known {
                break known;
            }
            let due = self.next_after(probe);
            if due < limit {
                break due;
            }
            back = back.saturating_mul(2);
        };
        loop {
            let next = self.next_after(due);
            if next >= limit {
                return due;
            }
            due = next;
        }
    }

    /// The first reading at or after a clock's `local` time.
    fn reading_from(&self, local: i64) -> i64 {
        let (midnight, shown) = (local - local.rem_euclid(DAY), local.rem_euclid(DAY));
        let reading = match &self.readings {
            Readings::Every(period) => {
                let period = period.raw();
                (shown + period - 1) / period * period
            }
            Readings::Daily(times) => {
                let at = times.partition_point(|time| time.raw() < shown);
                times.get(at).map_or_else(|| DAY + times[0].raw(), |time| time.raw())
            }
        };
        let reading = match self.readings {
            // Each midnight starts anew.
            Readings::Every(_) => reading.min(DAY),
            Readings::Daily(_) => reading,
        };
        midnight.saturating_add(reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Nanos {
        let (hour, rest) = text.split_once(':').unwrap();
        let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
        let number = |text: &str| text.parse::<i64>().unwrap();
        Nanos::from_secs(number(hour) * 3_600 + number(minute) * 60 + number(second))
    }
    fn utc() -> Vec<(Nanos, Nanos)> {
        vec![(Nanos::ZERO, Nanos::ZERO)]
    }
    fn every(seconds: i64, offsets: Vec<(Nanos, Nanos)>) -> Timetable {
        Timetable::new(Readings::Every(Nanos::from_secs(seconds)), offsets).unwrap()
    }
    fn daily(times: &[&str], offsets: Vec<(Nanos, Nanos)>) -> Timetable {
        let times = times.iter().map(|time| at(time)).collect();
        Timetable::new(Readings::Daily(times), offsets).unwrap()
    }
    fn some(timetable: &Timetable, from: &str, count: usize) -> Vec<Nanos> {
        let first = timetable.next_after(Nanos::from_raw(at(from).raw() - 1));
        std::iter::successors(Some(first), |due| Some(timetable.next_after(*due)))
            .take(count)
            .collect()
    }
    fn list(times: &[&str]) -> Vec<Nanos> {
        times.iter().map(|time| at(time)).collect()
    }
    /// Two hours ahead from 02:00 on, of a clock that was one hour ahead: 03:00 becomes 04:00.
    fn spring() -> Vec<(Nanos, Nanos)> {
        vec![(Nanos::ZERO, at("1:00")), (at("2:00"), at("2:00"))]
    }
    /// One hour ahead from 02:00 on, of a clock that was two hours ahead: 04:00 becomes 03:00.
    fn autumn() -> Vec<(Nanos, Nanos)> {
        vec![(Nanos::ZERO, at("2:00")), (at("2:00"), at("1:00"))]
    }

    #[test]
    fn a_period_counts_from_midnight_and_every_midnight_starts_anew() {
        let quarter = every(900, utc());
        assert_eq!(some(&quarter, "9:00:01", 3), list(&["9:15", "9:30", "9:45"]));
        // Seven hours do not divide a day: the last stretch is three hours.
        assert_eq!(
            some(&every(7 * 3_600, utc()), "14:00", 4),
            list(&["14:00", "21:00", "24:00", "31:00"])
        );
        assert_eq!(some(&every(86_400, spring()), "0:00", 2), list(&["22:00", "46:00"]));
        assert_eq!(quarter.next_after(at("9:15")), at("9:30"), "strictly after");
        assert!(quarter.is_due(at("9:15")) && !quarter.is_due(at("9:15:01")));
    }

    #[test]
    fn a_reading_that_the_clock_skips_is_due_once_right_after_the_gap() {
        assert_eq!(some(&daily(&["3:30"], spring()), "0:00", 2), list(&["2:00", "25:30"]));
        // The gap's beginning is skipped, its end is shown.
        assert_eq!(
            some(&daily(&["3:00", "3:10", "4:00"], spring()), "0:00", 2),
            list(&["2:00", "25:00"])
        );
        assert_eq!(some(&every(1_200, spring()), "1:40", 3), list(&["1:40", "2:00", "2:20"]));
        assert_eq!(some(&every(5_400, spring()), "1:00", 3), list(&["2:00", "2:30", "4:00"]));
    }

    #[test]
    fn a_reading_that_comes_twice_is_due_twice_for_a_period_and_once_for_a_day() {
        assert_eq!(
            some(&daily(&["3:30", "4:00"], autumn()), "0:00", 3),
            list(&["1:30", "3:00", "26:30"])
        );
        assert_eq!(
            some(&every(1_800, autumn()), "1:00", 5),
            list(&["1:00", "1:30", "2:00", "2:30", "3:00"])
        );
        // Longer than the change: two hours by the clock are three.
        assert_eq!(some(&every(7_200, autumn()), "0:00", 3), list(&["0:00", "3:00", "5:00"]));
    }

    #[test]
    fn the_last_before_a_limit_is_found_from_either_side() {
        for timetable in
            [every(10, utc()), every(7 * 3_600, utc()), daily(&["9:30", "16:00"], spring())]
        {
            let known = timetable.next_after(Nanos::ZERO);
            for limit in ["31:00", "33:00:01", "1000:00", "99999:59:59"].map(at) {
                let last = timetable.last_before(limit, known);
                assert!(timetable.is_due(last) && last < limit, "{timetable:?} {limit:?}");
                assert!(timetable.next_after(last) >= limit, "{timetable:?} {limit:?}");
            }
            assert_eq!(timetable.last_before(Nanos::from_raw(known.raw() + 1), known), known);
        }
    }

    #[test]
    fn the_ends_of_the_numbers_are_no_accident() {
        for timetable in [every(10, autumn()), daily(&["0:00", "23:59"], spring())] {
            for time in [Nanos::MIN, Nanos::from_raw(-1), Nanos::ZERO, Nanos::MAX] {
                assert!(timetable.next_after(time) > time || time == Nanos::MAX);
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |readings, offsets: Vec<(Nanos, Nanos)>| {
            assert!(Timetable::new(readings, offsets).is_err());
        };
        refused(Readings::Every(Nanos::ZERO), utc());
        refused(Readings::Every(Nanos::from_secs(86_401)), utc());
        refused(Readings::Daily(Box::new([])), utc());
        refused(Readings::Daily([at("9:30"), at("9:30")].into()), utc());
        refused(Readings::Daily([at("24:00")].into()), utc());
        let minute = || Readings::Every(Nanos::from_secs(60));
        refused(minute(), vec![]);
        refused(minute(), vec![(Nanos::ZERO, Nanos::from_raw(DAY))]);
        refused(minute(), vec![utc()[0], utc()[0]]);
    }
}
