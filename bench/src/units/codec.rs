//! The codec: a packed tape's events, and the recorded lines of two venues.
//!
//! The lines are worded anew from the bundled tapes, because the recordings themselves are not in
//! the tree: same fields, same order, prices and sizes of the tape.

use super::{Recording, Unit, Work, work};
use royale_codec::{binance, kalshi, pack, unpack};
use royale_model::{Body, BookDelta, Event, Price, Qty, Side};
use std::fmt::Write as _;
use std::hint::black_box;

pub(super) fn units() -> Vec<Unit> {
    vec![
        Unit::new("codec/tape", "an event of a packed tape", 10_000, |sessions, count| {
            tape(&sessions.kalshi(count)?)
        }),
        Unit::new("codec/kalshi", "a line: one level of a book", 5_000, |sessions, count| {
            let lines = kalshi_lines(&sessions.kalshi(2 * count)?);
            decode(lines, count, |line| kalshi::delta(line).is_ok())
        }),
        Unit::new("codec/binance", "a line: a depth message", 500, |sessions, count| {
            let lines = binance_lines(&sessions.binance(super::EVENTS_MAX)?);
            decode(lines, count, |line| binance::line(line).is_ok())
        }),
    ]
}

fn tape(recording: &Recording) -> Result<Work, String> {
    let bytes = pack(&recording.preamble, &recording.events).map_err(|error| error.to_string())?;
    Ok(work(move || unpack(black_box(&bytes))))
}

fn decode(
    mut lines: Vec<String>,
    count: usize,
    decodes: impl Fn(&[u8]) -> bool + Send + 'static,
) -> Result<Work, String> {
    if lines.len() < count {
        return Err(format!("the session makes {} lines, not {count}", lines.len()));
    }
    lines.truncate(count);
    if let Some(line) = lines.iter().find(|line| !decodes(line.as_bytes())) {
        return Err(format!("no line of the venue: {line}"));
    }
    Ok(work(move || {
        let decoded = lines.iter().filter(|line| decodes(black_box(line.as_bytes()))).count();
        (decoded, lines)
    }))
}

/// A line of `orderbook_delta` for each change of an event contract's book.
fn kalshi_lines(recording: &Recording) -> Vec<String> {
    let line = |(event, sequence): (&Event, u64)| {
        let Body::BookDelta(delta) = event.body() else { return None };
        let BookDelta { price, qty, side, .. } = delta;
        let instrument = recording.preamble.instruments.get(event.instrument().index())?;
        // An ask for yes is a bid for no at what is left of the dollar.
        let (name, price) = match side {
            Side::Buy => ("yes", price),
            Side::Sell => ("no", Price::ONE.saturating_sub(price)),
        };
        let market = instrument.symbol;
        Some(format!(
            r#"{{"connection_id":"c1","event_type":"orderbook_delta","exchange_ts":"2026-05-14T00:24:{:02}.{:06}Z","local_recv_ns":{},"market_ticker":"{market}","sequence_number":{sequence},"payload_json":{{"market_ticker":"{market}","side":"{name}","price_dollars":"{price}","price_cents":0,"delta_fp":"{qty}"}}}}"#,
            sequence % 60,
            sequence * 7_919 % 1_000_000,
            event.time().raw(),
        ))
    };
    recording.events.iter().zip(1..).filter_map(line).collect()
}

/// A depth message for each batch of changes to a book.
fn binance_lines(recording: &Recording) -> Vec<String> {
    const LEVELS_MAX: usize = 64;
    let (mut lines, mut batch) = (Vec::new(), Vec::new());
    for (event, update) in recording.events.iter().zip(1_u64..) {
        let Body::BookDelta(delta) = event.body() else { continue };
        batch.push(delta);
        if !event.is_last() {
            continue;
        }
        // A snapshot of thousands of levels is no depth message.
        if batch.len() <= LEVELS_MAX {
            let side = |side| levels(batch.iter().filter(|delta| delta.side == side));
            let (bids, asks) = (side(Side::Buy), side(Side::Sell));
            let (time, millis) = (event.time().raw(), event.time().raw() / 1_000_000);
            lines.push(format!(
                r#"{time} {{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":{millis},"T":{millis},"s":"BTCUSDT","U":{update},"u":{update},"pu":{},"b":[{bids}],"a":[{asks}]}}}}"#,
                update - 1,
            ));
        }
        batch.clear();
    }
    lines
}

fn levels<'a>(deltas: impl Iterator<Item = &'a BookDelta>) -> String {
    let mut text = String::new();
    for BookDelta { price, qty, .. } in deltas {
        let (price, qty): (&Price, &Qty) = (price, qty);
        let comma = if text.is_empty() { "" } else { "," };
        // A string takes all that is written to it.
        let _ = write!(text, r#"{comma}["{price}","{qty}"]"#);
    }
    text
}
