//! The market: one event taken into book, quote, trade and odds.

use super::{Recording, Sessions, Unit, Work, work};
use royale_engine::Market;
use std::hint::black_box;

/// As in the corridor of `crate::engine_of`.
pub(super) const LEVELS: usize = 8192;

pub(super) fn units() -> Vec<Unit> {
    vec![
        Unit::new("market/kalshi", "an event", 20_000, |sessions: &Sessions, count| {
            sessions.kalshi(count).map(|recording| apply(&recording))
        }),
        Unit::new("market/binance", "an event", 20_000, |sessions: &Sessions, count| {
            sessions.binance(count).map(|recording| apply(&recording))
        }),
    ]
}

fn apply(recording: &Recording) -> Work {
    let mut market = Market::new(&recording.preamble.instruments, LEVELS);
    let events = recording.sequenced();
    work(move || {
        for event in &events {
            market.apply(black_box(event));
        }
        (market, events)
    })
}
