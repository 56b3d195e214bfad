//! When a slot runs: what can be written, what it means, and what the journal keeps of it.
#![expect(clippy::unwrap_used, reason = "tests")]

use royale_config::{Loader, Missed, Problems, Readings, Schedule, Settings, Timers, tzdb};
use royale_model::Nanos;

fn load(keys: &str) -> Result<Settings, Problems> {
    let text = format!(
        "schema_version = 1\nrun.name = \"t\"\nrun.tapes = []\n[[slot]]\nname = \"one\"\n\
         strategy = \"trend\"\nallocation_bp = 1\n{keys}\n"
    );
    Loader::text("x.toml", text, "").load()
}

fn timers(keys: &str) -> Timers {
    match load(keys).unwrap_or_else(|all| panic!("{keys}: {all}")).slots.remove(0).schedule {
        Schedule::Timers(timers) => timers,
        Schedule::Events => panic!("{keys}: no timers"),
    }
}

/// The only fault.
fn fault(keys: &str) -> String {
    let all = load(keys).unwrap_err();
    assert_eq!(all.len(), 1, "{keys}: {all}");
    all.to_string()
}

#[test]
fn a_schedule_means_what_it_says_and_has_one_spelling() {
    let seconds = Nanos::from_secs;
    for (written, means, spelled) in [
        ("every 10s", Readings::Every(seconds(10)), "every 10s"),
        ("every 60s", Readings::Every(seconds(60)), "every 1m"),
        ("every 90s", Readings::Every(seconds(90)), "every 90s"),
        ("every 120m", Readings::Every(seconds(7_200)), "every 2h"),
        ("every 24h", Readings::Every(seconds(86_400)), "every 24h"),
        ("daily 00:00", Readings::Daily(vec![seconds(0)]), "daily 00:00"),
        (
            "daily 16:00, 09:30",
            Readings::Daily(vec![seconds(34_200), seconds(57_600)]),
            "daily 09:30,16:00",
        ),
    ] {
        let keys = format!("schedule = \"{written}\"");
        assert_eq!(timers(&keys).readings, means, "{written}");
        let text = load(&keys).unwrap().canonical();
        assert!(text.contains(&format!("schedule = \"{spelled}\"\n")), "{text}");
    }
}

#[test]
fn without_more_words_it_is_utc_and_missed_runs_are_skipped() {
    let plain = timers("schedule = \"every 15m\"");
    assert_eq!((plain.zone.name.as_str(), plain.missed), ("UTC", Missed::Skip));
    assert_eq!(plain.zone.offsets, [(Nanos::ZERO, Nanos::ZERO)]);
    let written = timers(
        "schedule = \"daily 09:30\"\ntimezone = \"america/new_york\"\nmissed = \"catch-up\"",
    );
    assert_eq!(written.zone.name, "America/New_York", "as the database spells it");
    assert_eq!(written.missed, Missed::CatchUp);
    // 2026: to summer time on 8 March at 07:00 UTC, and back on 1 November at 06:00 UTC.
    let of_2026 = [(1_772_953_200, -4), (1_793_512_800, -5)]
        .map(|(since, hours)| (Nanos::from_secs(since), Nanos::from_secs(hours * 3_600)));
    assert!(written.zone.offsets.windows(2).any(|pair| pair == of_2026));
}

#[test]
fn what_is_no_schedule_is_answered_with_what_would_be_one() {
    for (keys, wanted) in [
        (
            "schedule = \"evry 15m\"",
            "x.toml:8:1: `slot.one.schedule` is \"evry 15m\", which is no schedule; write \
             \"events\", \"every 10s\" to \"every 24h\", or \"daily 09:30\"",
        ),
        ("schedule = \"every 9s\"", "write \"every 10s\" at the least, \"every 24h\" at the most"),
        ("schedule = \"every 25h\"", "at the most"),
        ("schedule = \"every 99999999999999999h\"", "at the most"),
        ("schedule = \"every 15\"", "write the unit, s, m or h: \"every 15m\""),
        ("schedule = \"every m\"", "write \"events\""),
        ("schedule = \"every +5m\"", "write \"events\""),
        ("schedule = \"every ä\"", "write the unit"),
        ("schedule = \"daily\"", "write \"events\""),
        ("schedule = \"daily 9:30\"", "HH:MM from 00:00 to 23:59"),
        ("schedule = \"daily 24:00\"", "HH:MM from 00:00 to 23:59"),
        ("schedule = \"daily 09:30,\"", "HH:MM"),
        ("schedule = \"daily 09:30,09:30\"", "write each time once"),
        ("schedule = 15", "`slot.one.schedule` is an integer; write \"events\", \"every 10s\""),
        ("timezone = \"UTC\"", "`slot.one.timezone` says nothing of a slot that runs on events"),
        ("schedule = \"events\"\nmissed = \"skip\"", "write timers such as"),
        ("schedule = \"every 1h\"\nmissed = \"catchup\"", "did you mean `catch-up`?"),
        // The other keys of a faulty one are not to blame.
        ("schedule = \"evry 1h\"\ntimezone = \"Europe/London\"\nmissed = \"once\"", "no schedule"),
        ("schedule = 1\ntimezone = \"Europe/London\"", "is an integer"),
    ] {
        let fault = fault(keys);
        assert!(fault.contains(wanted), "{keys}: {fault}");
    }
    let many: Vec<String> = (0..25).map(|minute| format!("09:{minute:02}")).collect();
    assert!(
        fault(&format!("schedule = \"daily {}\"", many.join(","))).contains("at most 24 times")
    );
}

#[test]
fn a_wrong_zone_is_answered_with_the_nearest() {
    for (written, wanted) in [
        (
            "America/NewYork",
            "is \"America/NewYork\", which is no time zone; did you mean `America/New_York`?",
        ),
        ("New York", "did you mean `America/New_York`?"),
        ("America/London", "did you mean `Europe/London`?"),
        ("Europe/Lodnon", "did you mean `Europe/London`?"),
        ("lord howe", "did you mean `Australia/Lord_Howe`?"),
        ("the office", "write an IANA name such as \"America/New_York\""),
        ("", "write an IANA name"),
        ("+01:00", "write an IANA name"),
    ] {
        let fault = fault(&format!("schedule = \"every 1h\"\ntimezone = \"{written}\""));
        assert!(fault.contains(wanted), "{written}: {fault}");
    }
}

#[test]
fn the_journal_keeps_the_schedule_and_a_slot_on_events_says_nothing_of_one() {
    let on_events = load("schedule = \"events\"").unwrap().canonical();
    assert_eq!(on_events, load("").unwrap().canonical());
    for word in ["schedule", "timezone", "missed", "tzdb"] {
        assert!(!on_events.contains(&format!("{word} =")), "{on_events}");
    }
    let keys = "schedule = \"daily 09:30\"\ntimezone = \"Europe/London\"\nmissed = \"once\"";
    let settings = load(keys).unwrap();
    let text = settings.canonical();
    let tail = "\n[[slot]]\nname = \"one\"\nallocation_bp = 1\nmissed = \"once\"\n\
                schedule = \"daily 09:30\"\nstrategy = \"trend\"\ntimezone = \"Europe/London\"\n";
    assert!(text.ends_with(tail), "{text}");
    assert!(text.contains(&format!("run.tzdb = \"{}\"\n", tzdb())), "{text}");
    let read = Settings::from_canonical(&text).unwrap();
    assert_eq!(read.slots, settings.slots);
    assert_eq!(read.canonical(), text);
}

/// Another version may mean other instants by the same words.
#[test]
fn another_version_of_the_time_zone_database_is_for_replays_only() {
    let pinned = |version| Loader::battle("").set("run.tzdb", version).load();
    let fault = pinned("1999a").unwrap_err().to_string();
    assert!(
        fault.contains(&format!("is \"1999a\", and this build holds \"{}\"", tzdb())),
        "{fault}"
    );
    assert_eq!(pinned(tzdb()).unwrap().run.tzdb, tzdb());
    let zone = "schedule = \"every 1h\"\ntimezone = \"Europe/London\"";
    let text = load(zone).unwrap().canonical();
    let older = text.replace(&format!("tzdb = \"{}\"", tzdb()), "tzdb = \"1999a\"");
    assert_ne!(older, text);
    let read = Settings::from_canonical(&older).unwrap();
    assert_eq!((read.run.tzdb.as_str(), read.canonical()), ("1999a", older));
}
