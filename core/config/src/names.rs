//! Which words are names: slots, runs, currencies, venues, parameters.

use royale_model::Venue;

/// Venues whose fees can be overridden.
pub(crate) const VENUES: [Venue; 5] =
    [Venue::Kalshi, Venue::Coinbase, Venue::BinanceSpot, Venue::BinanceUsdm, Venue::BinanceCoinm];

/// The venue of this name.
pub(crate) fn venue(name: &str) -> Option<Venue> {
    VENUES.into_iter().find(|venue| venue.name() == name)
}

/// A slot or strategy.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=24).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A run: it becomes a folder's name, so no separators and no leading point.
pub(crate) fn is_label(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// A currency.
pub(crate) fn is_currency(text: &str) -> bool {
    (2..=8).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A strategy's parameter.
pub(crate) fn is_param(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A SHA-256 in hex.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// How an environment variable spells a segment of a path.
pub(crate) fn env_form(segment: &str) -> String {
    segment.to_ascii_uppercase().replace('-', "_")
}
