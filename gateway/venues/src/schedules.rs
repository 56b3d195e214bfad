//! From the schedules of a configuration to the engine's timetables, and what a journal must keep of them.
//!
//! Owns the meeting of the time zone database, which the configuration looks into, and the engine, which
//! knows offsets alone.

use crate::assemble;
use crate::exit::Failure;
use royale_config::{self as config, Settings, Slot, Timers};
use royale_engine::feed::{Missed, Readings, Schedule, Timetable};
use royale_model::{Body, Event, Nanos, Timer};

/// When the slots run, in their order.
pub fn schedules(settings: &Settings) -> Result<Vec<Option<Schedule>>, Failure> {
    let of_slot = |slot: &Slot| match &slot.schedule {
        config::Schedule::Events => Ok(None),
        config::Schedule::Timers(timers) => {
            let timetable = timetable(timers).map_err(|error| {
                Failure::Configuration(format!("slot `{}`: {error}", slot.name))
            })?;
            let missed = match timers.missed {
                config::Missed::Skip => Missed::Skip,
                config::Missed::Once => Missed::Once,
                config::Missed::CatchUp => Missed::CatchUp,
            };
            Ok(Some(Schedule { timetable, missed }))
        }
    };
    settings.slots.iter().map(of_slot).collect()
}

fn timetable(timers: &Timers) -> Result<Timetable, &'static str> {
    let readings = match &timers.readings {
        config::Readings::Every(period) => Readings::Every(*period),
        config::Readings::Daily(times) => Readings::Daily(times.clone().into()),
    };
    Timetable::new(readings, timers.zone.offsets.clone())
}

/// Longest time between two runs of a slot on timers, but for clock changes.
pub fn longest_wait(readings: &config::Readings) -> Nanos {
    const DAY: i64 = 86_400_000_000_000;
    match readings {
        config::Readings::Every(period) => *period,
        config::Readings::Daily(times) => {
            let next = times.iter().skip(1).map(|time| time.raw());
            let first = times.first().map(|first| first.raw() + DAY);
            let gaps = times.iter().zip(next.chain(first)).map(|(time, next)| next - time.raw());
            Nanos::from_raw(gaps.max().unwrap_or(DAY))
        }
    }
}

/// Holds the timers of a journal against its slots' schedules: a replay takes their places from the
/// journal, so a forged one would not differ. Without the time zone database that the run had, only that
/// the slot has timers.
pub fn check_recorded<'a>(
    settings: &Settings,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<(), Failure> {
    let schedules = schedules(settings)?;
    let epochs = assemble::epochs(settings, false).and_then(|epochs| epochs.schedule());
    let same_rules = settings.run.tzdb == config::tzdb();
    for event in events {
        let Body::Timer(Timer { id, due }) = event.body() else { continue };
        let slot = match id {
            Timer::EPOCH => epochs.as_ref(),
            _ => usize::try_from(id).ok().and_then(|at| schedules.get(at)?.as_ref()),
        };
        let is_due = |schedule: &Schedule| !same_rules || schedule.timetable.is_due(due);
        if !slot.is_some_and(is_due) || due > event.time() {
            return Err(Failure::Mismatch(format!(
                "record of event {}: no schedule has a timer {id} that is due at {} ns",
                event.seq(),
                due.raw()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use royale_config::Loader;

    fn load(schedule: &str, timezone: &str) -> Settings {
        let text = format!(
            "schema_version = 1\nrun = {{ name = \"t\", tapes = [] }}\n[[slot]]\nname = \"one\"\n\
             strategy = \"trend\"\nallocation_bp = 1\nschedule = \"{schedule}\"\n\
             timezone = \"{timezone}\"\n"
        );
        Loader::text("t.toml", text, "").load().unwrap()
    }

    /// Every clock change of three years in three zones, one of them by half an hour, as another
    /// implementation of another database reads the clock, minute by minute.
    #[test]
    fn due_times_around_clock_changes_are_those_of_python() {
        let table = include_str!("../tests/clocks/clocks.csv");
        let mut lines = 0;
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split(';').collect();
            let [zone, schedule, begins, minutes, due] = fields[..] else { panic!("{line}") };
            let settings = load(schedule, zone);
            let schedules = schedules(&settings).unwrap();
            let timetable = &schedules[0].as_ref().unwrap().timetable;
            let begins: jiff::Timestamp = begins.replace('Z', ":00Z").parse().unwrap();
            let minute = |n: i64| Nanos::from_secs(begins.as_second() + 60 * n);
            let first = Nanos::from_raw(minute(0).raw() - 1);
            let next = |time: &Nanos| Some(timetable.next_after(*time));
            let found: Vec<_> = std::iter::successors(next(&first), next)
                .take_while(|time| *time < minute(minutes.parse().unwrap()))
                .collect();
            let wanted: Vec<_> = due.split(' ').map(|n| minute(n.parse().unwrap())).collect();
            assert_eq!(found, wanted, "{zone} {schedule} {begins}");
            lines += 1;
        }
        assert_eq!(lines, 3 * 6 * 6, "three zones, six changes, six schedules");
    }

    #[test]
    fn the_longest_wait_of_a_day_is_over_night() {
        let wait = |schedule: &str| match &load(schedule, "UTC").slots[0].schedule {
            config::Schedule::Timers(timers) => {
                longest_wait(&timers.readings).raw() / 60_000_000_000
            }
            config::Schedule::Events => panic!("no timers"),
        };
        assert_eq!(wait("every 15m"), 15);
        assert_eq!(wait("daily 09:30"), 24 * 60);
        assert_eq!(wait("daily 16:00,09:30"), 24 * 60 - 390);
    }
}
