//! Names of Kalshi markets: the forms by hand, any bytes, and all names of the recordings.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use royale_codec::ticker::{Date, Strike, Ticker, When};
use royale_model::{Nanos, Price};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn ticker(name: &str) -> Ticker<'_> {
    Ticker::parse(name.as_bytes()).unwrap()
}
fn price(text: &str) -> Price {
    text.parse().unwrap()
}
fn time(text: &str) -> Nanos {
    let time: jiff::Timestamp = text.parse().unwrap();
    Nanos::from_raw(i64::try_from(time.as_nanosecond()).unwrap())
}

#[test]
fn a_temperature_market_is_series_city_day_and_bucket() {
    let day = When::Day(Date { year: 2026, month: 2, day: 9 });
    let bucket = ticker("KXHIGHCHI-26FEB09-B38.5");
    assert_eq!((bucket.series, bucket.city, bucket.rest), ("KXHIGHCHI", Some("CHI"), ""));
    assert_eq!(bucket.when, Some(day));
    assert_eq!(bucket.strike, Some(Strike::Bucket(price("38.5"))));
    assert_eq!(bucket.close_time(), None, "a day is no time");
    let edge = ticker("HIGHMIA-24JUL14-T93");
    assert_eq!((edge.city, edge.strike), (Some("MIA"), Some(Strike::Threshold(price("93")))));
    assert_eq!(ticker("KXLOWDEN-26FEB09").city, Some("DEN"));
}

#[test]
fn no_other_series_has_a_city() {
    for name in ["KXHIGHXYZ-26FEB09", "KXHIGH-26FEB09", "KXRAINNY-26FEB09", "KXCHI", "KXHIGHCHIX"] {
        assert_eq!(ticker(name).city, None, "{name}");
    }
}

#[test]
fn a_quarter_of_an_hour_closes_at_its_time_of_new_york() {
    let summer = ticker("KXBTC15M-26MAY132030-30");
    let date = Date { year: 2026, month: 5, day: 13 };
    assert_eq!(summer.when, Some(When::Time { date, hour: 20, minute: 30 }));
    assert_eq!((summer.strike, summer.rest), (None, ""));
    assert_eq!(summer.close_time(), Some(time("2026-05-14T00:30:00Z")));
    assert_eq!(summer.subject(), "BTC-15M");
    let winter = ticker("KXETH15M-26JAN132030-30");
    assert_eq!(winter.close_time(), Some(time("2026-01-14T01:30:00Z")));
    let hourly = ticker("KXBTCD-25FEB2117-T97249.99");
    assert_eq!(hourly.close_time(), Some(time("2025-02-21T22:00:00Z")));
    assert_eq!(hourly.strike, Some(Strike::Threshold(price("97249.99"))));
    let index = ticker("KXINX-25FEB21H1600");
    assert_eq!(index.close_time(), Some(time("2025-02-21T21:00:00Z")));
}

#[test]
fn the_hours_that_daylight_saving_repeats_or_skips_are_no_time() {
    // 2026: from 8 March to 1 November.
    assert_eq!(ticker("X-26MAR080159").close_time(), Some(time("2026-03-08T06:59:00Z")));
    assert_eq!(ticker("X-26MAR080200").close_time(), None);
    assert_eq!(ticker("X-26MAR080300").close_time(), Some(time("2026-03-08T07:00:00Z")));
    assert_eq!(ticker("X-26NOV010059").close_time(), Some(time("2026-11-01T04:59:00Z")));
    assert_eq!(ticker("X-26NOV010130").close_time(), None);
    assert_eq!(ticker("X-26NOV010200").close_time(), Some(time("2026-11-01T07:00:00Z")));
}

#[test]
fn what_is_not_understood_to_its_end_is_handed_back_whole() {
    for (name, rest) in [
        ("CREDEF-24-Q4-1", "24-Q4-1"),
        ("OSCARNOMPIC-25-M17", "25-M17"),
        ("OSCARPIC-24-TB", "24-TB"),
        ("BTCD-24JUL15-17-63250", "24JUL15-17-63250"),
        ("BUGBASHNEW-30JUN19-5", "30JUN19-5"),
        ("MEISSNER-2431DEC", "2431DEC"),
        ("KX1SONG-DRAKE-DEC2725", "DRAKE-DEC2725"),
        ("X-26FEB30", "26FEB30"),
        ("X-26FEB09-B", "26FEB09-B"),
        ("X-26FEB09-B+1", "26FEB09-B+1"),
        ("X-26FEB09-B1.", "26FEB09-B1."),
        ("X-26FEB09-B1e5", "26FEB09-B1e5"),
        ("X-26FEB09-B0.1234567891", "26FEB09-B0.1234567891"),
        ("X-26FEB09-C1.0", "26FEB09-C1.0"),
        ("X-26FEB092400", "26FEB092400"),
        ("X-26FEB092060", "26FEB092060"),
        ("X-26FEB0920301", "26FEB0920301"),
        ("X-26FEB09G2030", "26FEB09G2030"),
        ("X-26feb09", "26feb09"),
        ("X-26FEB09-", "26FEB09-"),
        // The minute that is repeated has to be the minute.
        ("KXBTC15M-26MAY132030-45", "26MAY132030-45"),
        ("KXBTC15M-26MAY132030-30-1", "26MAY132030-30-1"),
    ] {
        let read = ticker(name);
        assert_eq!((read.rest, read.when, read.strike), (rest, None, None), "{name}");
    }
    let meeting = ticker("FED-25JAN-T3.25");
    assert_eq!(meeting.when, Some(When::Month { year: 2025, month: 1 }));
    assert_eq!(meeting.strike, Some(Strike::Threshold(price("3.25"))));
    let below_zero = ticker("SFRENTSY-24DEC31-T-0.12");
    assert_eq!(below_zero.strike, Some(Strike::Threshold(price("-0.12"))));
    assert_eq!((ticker("NETCHOICE").series, ticker("NETCHOICE").rest), ("NETCHOICE", ""));
    for name in ["", "-26FEB09", "KX HIGH", "KXÜ-26FEB09", "KX\n"] {
        assert_eq!(Ticker::parse(name.as_bytes()), None, "{name:?}");
    }
    assert_eq!(Ticker::parse(&[b'A'; 129]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(read) = Ticker::parse(&bytes) {
            let _ = (read.close_time(), read.subject());
            prop_assert!(!read.series.is_empty());
        }
    }

    /// Near misses: built from the pieces of real names. What is known or raw is the whole name.
    #[test]
    fn a_name_is_known_or_handed_back(
        name in "(KX)?(HIGH|LOW|BTC15M|[A-Z]{0,3})(CHI|NY)?(-[0-9]{2}(FEB|MAY|[A-Z]{3})?[0-9]{0,6})?(H[0-9]{4})?(-[BT]?-?[0-9.]{0,6}){0,2}"
    ) {
        let Some(read) = Ticker::parse(name.as_bytes()) else {
            prop_assert!(name.is_empty() || name.starts_with('-'));
            return Ok(());
        };
        prop_assert!(name.starts_with(read.series));
        prop_assert!(read.when.is_none() || read.rest.is_empty());
        prop_assert!(read.strike.is_none() || read.when.is_some());
        if read.when.is_none() && !read.rest.is_empty() {
            prop_assert_eq!(format!("{}-{}", read.series, read.rest), name.as_str());
        }
        let _ = read.close_time();
    }
}

/// A recorded file of the REST interface; `None`, and said so, when it is not there.
fn recorded(name: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared =
        std::env::var_os("ROYALE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data").join(name);
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("SKIPPED: ROYALE_SHARED: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_reader(zstd::Decoder::new(file).unwrap()).unwrap())
}

#[test]
fn the_open_events_of_2025_close_when_their_names_say() {
    let Some(file) = recorded("kalshi_rest_2025/events_20250220.json.zst") else { return };
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for event in file["events"].as_array().unwrap() {
        let name = event["event_ticker"].as_str().unwrap();
        let read = ticker(name);
        *counts.entry("all").or_default() += 1;
        let kind = match read.when {
            Some(When::Time { .. }) => "time",
            Some(When::Day(_)) => "day",
            Some(When::Month { .. }) => "month",
            None => "raw",
        };
        *counts.entry(kind).or_default() += 1;
        if read.city.is_some() {
            *counts.entry("city").or_default() += 1;
            assert!(event["category"].as_str().unwrap().contains("Weather"), "{name}");
        }
        assert_eq!(read.strike, None, "an event is not a market: {name}");
        if let Some(close) = read.close_time() {
            assert_eq!(close, time(event["strike_date"].as_str().unwrap()), "{name}");
        }
        // Arbitrary codes: none of them may look like a day.
        assert!(!name.starts_with("KXOSCARWINNERS") || read.when.is_none(), "{name}");
    }
    eprintln!("{counts:?}");
    assert_eq!((counts["all"], counts["city"], counts["time"]), (1_938, 14, 40));
}

#[test]
fn the_markets_of_2024_have_the_strikes_that_their_names_say() {
    let Some(file) = recorded("kalshi_rest_2024/market_data.json.zst") else { return };
    let (mut all, mut thresholds, mut buckets) = (0, 0, 0);
    for group in file.as_array().unwrap() {
        for market in group.as_object().unwrap().values().flat_map(|list| list.as_array().unwrap())
        {
            let name = market["_ticker"].as_str().unwrap();
            let read = ticker(name);
            all += 1;
            let number = |field: &str| market[field].as_f64();
            match read.strike {
                Some(Strike::Threshold(value)) => {
                    thresholds += 1;
                    let recorded = number("_floor_strike").or(number("_cap_strike"));
                    assert_eq!(recorded, Some(value.to_f64()), "{name}");
                }
                Some(Strike::Bucket(value)) => {
                    buckets += 1;
                    let (low, high) = (number("_floor_strike"), number("_cap_strike"));
                    assert!(low <= Some(value.to_f64()) && Some(value.to_f64()) <= high, "{name}");
                }
                None => assert!(read.rest.is_empty() || read.when.is_none(), "{name}"),
            }
        }
    }
    eprintln!("{all} markets, {thresholds} thresholds, {buckets} buckets");
    assert_eq!((all, thresholds, buckets), (291, 14, 0));
}

#[test]
fn the_markets_with_prices_of_2024_are_understood_but_for_one_series() {
    let Some(file) = recorded("kalshi_rest_2024/market_history.json.zst") else { return };
    let names: Vec<String> = file
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|g| g.as_object().unwrap().keys().cloned())
        .collect();
    assert_eq!(names.len(), 100);
    let mut raw = 0;
    for name in &names {
        let read = ticker(name);
        if read.series == "BTCD" {
            // An older form, `BTCD-24JUL15-17-63250`.
            assert!(!read.rest.is_empty(), "{name}");
            raw += 1;
            continue;
        }
        assert!(read.when.is_some() && read.strike.is_some(), "{name}");
        assert_eq!(read.city.is_some(), read.series.starts_with("HIGH"), "{name}");
    }
    eprintln!("{} understood, {raw} raw", names.len() - raw);
}
