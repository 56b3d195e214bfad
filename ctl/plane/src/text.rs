//! Numbers and times as people read them. Money keeps its exact form in data; here it is rounded
//! for the eye, half away from zero, with separators of thousands.

use royale_model::{Nanos, Notional};

/// Money with two decimals: `1,234.50`, `-0.25`.
pub fn human(amount: Notional) -> String {
    grouped(amount.raw(), Notional::SCALE, 2)
}

/// Money with two decimals and a sign: `+12.00`; zero has none.
pub fn human_signed(amount: Notional) -> String {
    let text = human(amount);
    if amount.raw() > 0 && text != "0.00" { format!("+{text}") } else { text }
}

/// A count of 10⁻⁹ with up to nine decimals, without trailing zeros, with separators.
pub fn human_nano(nano: i64) -> String {
    let text = grouped(i128::from(nano), 1_000_000_000, 9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A ratio as a signed percentage with two decimals: `+1.25 %`.
pub fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return "n/a".to_owned();
    }
    let shown = ratio * 100.0;
    // A rounded nothing has no sign.
    if shown.abs() < 0.005 { "0.00 %".to_owned() } else { format!("{shown:+.2} %") }
}

/// A ratio as a plain percentage with one decimal: `62.5 %`.
pub fn share(ratio: f64) -> String {
    if ratio.is_finite() { format!("{:.1} %", ratio * 100.0) } else { "n/a".to_owned() }
}

fn grouped(raw: i128, scale: i128, places: u32) -> String {
    let unit = scale / 10_i128.pow(places);
    let magnitude = raw.unsigned_abs();
    let rounded = (magnitude + unit.unsigned_abs() / 2) / unit.unsigned_abs();
    let base = 10_u128.pow(places);
    let (whole, rest) = (rounded / base, rounded % base);
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    if raw < 0 && rounded != 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(&format!(".{rest:0width$}", width = places as usize));
    out
}

/// A time of the journal in UTC: `2026-05-13 20:15:00.123`.
pub fn stamp(time: Nanos) -> String {
    let (seconds, nanos) =
        (time.raw().div_euclid(1_000_000_000), time.raw().rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute) = (second / 3_600, second % 3_600 / 60);
    let milli = nanos / 1_000_000;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}.{milli:03}", second % 60)
}

/// Days since 1970 to year, month, day (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_for_the_eye_only() {
        assert_eq!(human(Notional::from_nano(1_234_567_895_000_000)), "1,234,567.90");
        assert_eq!(human(Notional::from_nano(-4_000_000)), "0.00", "no minus before nothing");
        assert_eq!(human(Notional::from_nano(-250_000_000)), "-0.25");
        assert_eq!(human_signed(Notional::from_int(12)), "+12.00");
        assert_eq!(human_nano(-1_500_000_000), "-1.5");
        assert_eq!(human_nano(480_000_000), "0.48");
        assert_eq!(human_nano(61_803_100_000_000), "61,803.1");
    }

    #[test]
    fn times_are_civil() {
        assert_eq!(stamp(Nanos::ZERO), "1970-01-01 00:00:00.000");
        assert_eq!(stamp(Nanos::from_secs(951_782_400)), "2000-02-29 00:00:00.000");
        assert_eq!(stamp(Nanos::from_millis(1_778_703_600_123)), "2026-05-13 20:20:00.123");
        assert_eq!(stamp(Nanos::from_secs(-1)), "1969-12-31 23:59:59.000");
    }

    #[test]
    fn ratios_that_are_no_number_say_so() {
        assert_eq!(percent(0.0125), "+1.25 %");
        assert_eq!(percent(-0.000_001), "0.00 %");
        assert_eq!(percent(f64::NAN), "n/a");
    }
}
