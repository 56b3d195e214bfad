//! When a slot runs: what is written of it, and what that means.
//!
//! Owns the syntax of `schedule` and its one spelling in the canonical text. The rules of time zones
//! are in `zone`; what is due when is the engine's.

use crate::choices::Missed;
use crate::read::Reader;
use crate::zone::Zone;
use core::fmt;
use royale_model::Nanos;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Shortest and longest period.
const PERIOD: (i64, i64) = (10 * SECOND, DAY);
/// More runs a day are a period.
const TIMES_MAX: usize = 24;

/// When a slot runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// On every event.
    Events,
    /// On timers, and not on market events.
    Timers(Timers),
}

/// The timers of a slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timers {
    /// What the clock shows when one is due.
    pub readings: Readings,
    /// Whose clock.
    pub zone: Zone,
    /// What becomes of runs that were due while nobody was there.
    pub missed: Missed,
}

/// Readings of a clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Readings {
    /// Every so often from midnight on: 10 seconds to a day.
    Every(Nanos),
    /// At these times of the day, as spans since midnight, rising.
    Daily(Vec<Nanos>),
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.write_str("events"),
            Self::Timers(timers) => timers.readings.fmt(f),
        }
    }
}

impl fmt::Display for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(period) => match period.raw() / SECOND {
                seconds if seconds % 3_600 == 0 => write!(f, "every {}h", seconds / 3_600),
                seconds if seconds % 60 == 0 => write!(f, "every {}m", seconds / 60),
                seconds => write!(f, "every {seconds}s"),
            },
            Self::Daily(times) => {
                for (at, time) in times.iter().enumerate() {
                    let minutes = time.raw() / (60 * SECOND);
                    let before = if at == 0 { "daily " } else { "," };
                    write!(f, "{before}{:02}:{:02}", minutes / 60, minutes % 60)?;
                }
                Ok(())
            }
        }
    }
}

/// The schedule of the slot under `path`; without one it runs on events.
pub(crate) fn schedule(reader: &mut Reader<'_>, path: impl Fn(&str) -> String) -> Schedule {
    let (schedule, timezone, missed) = (path("schedule"), path("timezone"), path("missed"));
    let is_written = |reader: &Reader<'_>, path: &str| reader.written.get(path).is_some();
    // Stands in for a faulty one: its other keys are not to blame.
    let faulty = Some(Readings::Every(Nanos::from_raw(PERIOD.1)));
    let readings = if is_written(reader, &schedule) {
        match reader.text(&schedule).map(|text| (text, readings(text))) {
            Some((_, Ok(readings))) => readings,
            Some((text, Err(remedy))) => {
                let what = format!("is {text:?}, which is no schedule");
                reader.fault(&schedule, what, remedy);
                faulty
            }
            None => faulty,
        }
    } else {
        None
    };
    let Some(readings) = readings else {
        for path in [timezone, missed] {
            if is_written(reader, &path) {
                let remedy = "remove it, or write timers such as `schedule = \"every 15m\"`";
                reader.fault(&path, "says nothing of a slot that runs on events", remedy);
            }
        }
        return Schedule::Events;
    };
    let mut zone = Zone::utc();
    if is_written(reader, &timezone)
        && let Some(name) = reader.text(&timezone)
    {
        match Zone::of(name) {
            Ok(found) => zone = found,
            Err(remedy) => {
                let what = format!("is {name:?}, which is no time zone");
                reader.fault(&timezone, what, remedy);
            }
        }
    }
    let missed = if is_written(reader, &missed) { reader.choice(&missed) } else { Missed::Skip };
    Schedule::Timers(Timers { readings, zone, missed })
}

/// What a text means; `None` for events. An error says what to write.
fn readings(text: &str) -> Result<Option<Readings>, String> {
    const REMEDY: &str = "write \"events\", \"every 10s\" to \"every 24h\", or \"daily 09:30\"";
    if text == "events" {
        return Ok(None);
    }
    let (kind, rest) = text.split_once(' ').ok_or(REMEDY)?;
    let rest = rest.trim();
    match kind {
        "every" => {
            let unit = match rest.chars().last() {
                Some('s') => SECOND,
                Some('m') => 60 * SECOND,
                Some('h') => 3_600 * SECOND,
                _ => return Err("write the unit, s, m or h: \"every 15m\"".to_owned()),
            };
            let count = whole(&rest[..rest.len() - 1]).ok_or(REMEDY)?;
            let period = count.saturating_mul(unit);
            if !(PERIOD.0..=PERIOD.1).contains(&period) {
                return Err(
                    "write \"every 10s\" at the least, \"every 24h\" at the most".to_owned()
                );
            }
            Ok(Some(Readings::Every(Nanos::from_raw(period))))
        }
        "daily" => {
            let times = rest.split(',').map(|time| time_of_day(time.trim()));
            let mut times: Vec<_> = times.collect::<Option<_>>().ok_or(
                "write each time as HH:MM from 00:00 to 23:59: \"daily 09:30,16:00\"".to_owned(),
            )?;
            times.sort_unstable();
            if times.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err("write each time once".to_owned());
            }
            if times.len() > TIMES_MAX {
                return Err(format!("write at most {TIMES_MAX} times, or a period"));
            }
            Ok(Some(Readings::Daily(times)))
        }
        _ => Err(REMEDY.to_owned()),
    }
}

/// `09:30` as a span since midnight.
fn time_of_day(text: &str) -> Option<Nanos> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| whole(digits).filter(|_| digits.len() == 2);
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let in_a_day = hours < 24 && minutes < 60;
    in_a_day.then(|| Nanos::from_secs(hours * 3_600 + minutes * 60))
}

/// Digits alone: `+5` parses as a number, but has one spelling here.
fn whole(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}
