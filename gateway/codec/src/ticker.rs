//! What the name of a Kalshi market says: series, city, date, close, strike.
//!
//! Owns the grammar of tickers. Must never guess: a name is understood to its end or handed back
//! raw behind its series. Called by the importer, which compares names with the recorded times.
//!
//! Every form here was seen in recorded markets and its close compared with the recorded time. One
//! thing a name cannot tell: a series whose suffixes are arbitrary codes may hit a date by chance.

use jiff::civil;
use jiff::tz::TimeZone;
use royale_model::{Nanos, Price};

/// Hours of names are hours of New York. The rule is that of 2007 and later, which no name predates.
const US_EASTERN: &str = "EST5EDT,M3.2.0,M11.1.0";
/// Cities of the temperature series, as seen in recorded markets; others are no city.
const CITIES: [&str; 7] = ["AUS", "CHI", "DEN", "LAX", "MIA", "NY", "PHIL"];
const MONTHS: [&[u8; 3]; 12] = [
    b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC",
];
/// Longest name that is looked at; the longest recorded one has 33 bytes.
const LEN_MAX: usize = 128;

/// A day of the calendar in New York.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// 2000 to 2099.
    pub year: i16,
    /// From 1.
    pub month: i8,
    /// From 1.
    pub day: i8,
}

/// When the event is decided, as far as the name says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// In a month; the day is not in the name.
    Month {
        /// 2000 to 2099.
        year: i16,
        /// From 1.
        month: i8,
    },
    /// On a day; the hour is not in the name.
    Day(Date),
    /// At this time of New York.
    Time {
        /// Day.
        date: Date,
        /// 0 to 23.
        hour: i8,
        /// 0 to 59.
        minute: i8,
    },
}

/// What decides a market.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strike {
    /// `B38.5`: a bucket around this value; its width is not in the name.
    Bucket(Price),
    /// `T88`: beyond this value; whether above or below is not in the name.
    Threshold(Price),
}

/// A name and what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticker<'a> {
    /// `KXHIGHCHI`; everything before the first `-`.
    pub series: &'a str,
    /// `CHI`; of a temperature series with a known city only.
    pub city: Option<&'a str>,
    /// Month, day or time.
    pub when: Option<When>,
    /// Strike.
    pub strike: Option<Strike>,
    /// What stands behind the series and was not understood, whole; empty when all was.
    pub rest: &'a str,
}

impl<'a> Ticker<'a> {
    /// Reads a name; `None` where it is none: empty, not plain ASCII, or without a series.
    ///
    /// ```
    /// use royale_codec::ticker::{Strike, Ticker};
    /// let ticker = Ticker::parse(b"KXHIGHCHI-26FEB09-B38.5").unwrap();
    /// assert_eq!((ticker.series, ticker.city), ("KXHIGHCHI", Some("CHI")));
    /// assert_eq!(ticker.strike, Some(Strike::Bucket("38.5".parse().unwrap())));
    /// assert_eq!(Ticker::parse(b"CREDEF-24-Q4-1").unwrap().rest, "24-Q4-1");
    /// ```
    pub fn parse(name: &'a [u8]) -> Option<Self> {
        if name.len() > LEN_MAX || !name.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let name = std::str::from_utf8(name).ok()?;
        let (series, rest) = name.split_once('-').unwrap_or((name, ""));
        if series.is_empty() {
            return None;
        }
        let raw = Self { series, city: city(series), when: None, strike: None, rest };
        let (first, suffix) = match rest.split_once('-') {
            Some((first, suffix)) => (first, Some(suffix)),
            None => (rest, None),
        };
        let Some(when) = when(first.as_bytes()) else { return Some(raw) };
        let known = Self { when: Some(when), rest: "", ..raw };
        let Some(suffix) = suffix else { return Some(known) };
        if let Some(strike) = strike(suffix.as_bytes()) {
            return Some(Self { strike: Some(strike), ..known });
        }
        // The quarters of an hour repeat their minute: `26MAY132030-30`.
        let repeats = match when {
            When::Time { minute, .. } => two_digits(suffix.as_bytes()) == Some(minute),
            When::Month { .. } | When::Day(_) => false,
        };
        Some(if repeats { known } else { raw })
    }

    /// The close that the name says, where it says an hour. `None` too in the hour that the end of
    /// daylight saving repeats and in the one that its beginning skips.
    pub fn close_time(&self) -> Option<Nanos> {
        let Some(When::Time { date, hour, minute }) = self.when else { return None };
        let date = civil::Date::new(date.year, date.month, date.day).ok()?;
        let zone = TimeZone::posix(US_EASTERN).ok()?;
        let moment = zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
        let nanos = moment.unambiguous().ok()?.as_nanosecond();
        i64::try_from(nanos).ok().map(Nanos::from_raw)
    }

    /// What the series is about, in short: `BTC-15M` for `KXBTC15M`, `HIGHCHI` for `KXHIGHCHI`.
    pub fn subject(&self) -> String {
        let bare = self.series.strip_prefix("KX").filter(|bare| !bare.is_empty());
        let bare = bare.unwrap_or(self.series);
        match bare.strip_suffix("15M") {
            Some(coin) if !coin.is_empty() => format!("{coin}-15M"),
            _ => bare.to_owned(),
        }
    }
}

/// The city of a temperature series.
fn city(series: &str) -> Option<&str> {
    let bare = series.strip_prefix("KX").unwrap_or(series);
    let place = bare.strip_prefix("HIGH").or_else(|| bare.strip_prefix("LOW"))?;
    CITIES.contains(&place).then_some(place)
}

/// `25JAN`, `26FEB09`, `25FEB2117` (with the hour), `26MAY132030` (with hour and minute), `25FEB21H1600`.
fn when(text: &[u8]) -> Option<When> {
    let (month, rest) = text.split_at_checked(5)?;
    let year = 2000 + i16::from(two_digits(&month[..2])?);
    let place = MONTHS.iter().position(|name| name[..] == month[2..])?;
    let month = i8::try_from(place + 1).ok()?;
    if rest.is_empty() {
        return Some(When::Month { year, month });
    }
    let (day, time) = rest.split_at_checked(2)?;
    let date = Date { year, month, day: two_digits(day)? };
    civil::Date::new(date.year, date.month, date.day).ok()?;
    let (hour, minute) = match time {
        [] => return Some(When::Day(date)),
        [_, _] => (two_digits(time)?, 0),
        [_, _, _, _] | [b'H', _, _, _, _] => {
            let digits = &time[time.len() - 4..];
            (two_digits(&digits[..2])?, two_digits(&digits[2..])?)
        }
        _ => return None,
    };
    (hour < 24 && minute < 60).then_some(When::Time { date, hour, minute })
}

/// `B38.5`, `T88`, `T-0.12`; an exact decimal and nothing else.
fn strike(text: &[u8]) -> Option<Strike> {
    let (kind, number) = text.split_first()?;
    let first = *number.first()?;
    // A decimal as names have it: no plus sign, and a digit at both ends.
    let is_plain = first == b'-' || first.is_ascii_digit();
    if !is_plain || !number.last()?.is_ascii_digit() || number.starts_with(b"-.") {
        return None;
    }
    let value = Price::parse(number).ok()?;
    match kind {
        b'B' => Some(Strike::Bucket(value)),
        b'T' => Some(Strike::Threshold(value)),
        _ => None,
    }
}

fn two_digits(text: &[u8]) -> Option<i8> {
    match *text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
        }
        _ => None,
    }
}
