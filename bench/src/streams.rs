//! The two market-data streams on which backtests are compared with peers.
//!
//! Owns what is in them: peers get the same events as a file (`peers data`), so nothing here may
//! depend on a clock or on the machine. Called by `bin/peers`.

use crate::session;
use royale_model::{
    Body, Event, EventFlags, EventKind, Instrument, InstrumentId, InstrumentKind, Nanos, Price,
    Qty, Quote, Stamp, Text, Venue,
};
use royale_quant::rng::SplitMix64;

/// Seed of the quotes.
pub const SEED: u64 = 20_240_808;
/// Quotes, unless asked otherwise.
pub const QUOTES: usize = 2_000_000;
/// One quote in this many moves the price, unless asked otherwise: as recorded of BTCUSDT.
pub const MOVES: u64 = 32;
/// How often the recorded depth is played.
pub const REPEATS: usize = 5;
/// Where the recorded depth comes from, and which instrument of it is taken.
const TAPE: (&str, Venue, &str) = ("binance-6x-20240808.tapez", Venue::BinanceUsdm, "BTCUSDT.USDM");

/// A stream and the one instrument that it is about.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The table of one.
    pub instruments: Vec<Instrument>,
    /// In order of time; the last event of each moment, and only that, carries `LAST`.
    pub events: Vec<Event>,
    /// Moments: what a strategy wakes up for.
    pub messages: usize,
}

/// BTCUSDT as Binance lists it: tick 0.1, lot 0.001. No fees, since no peer charges any here.
fn instrument() -> Instrument {
    let symbol = Text::new("BTCUSDT").unwrap_or_default();
    let kind = InstrumentKind::PerpLinear;
    let mut perp = Instrument::new(InstrumentId(0), symbol, kind, Venue::BinanceUsdm);
    perp.base = Text::new("BTC").unwrap_or_default();
    perp.quote = Text::new("USDT").unwrap_or_default();
    perp.tick = Price::from_raw(100_000_000);
    perp.lot = Qty::from_raw(1_000_000);
    perp
}

/// A random walk of best bid and ask, one tick apart, starting at 60,000.0.
///
/// Half a millisecond to one and a half lies between two quotes. One quote in `moves`, on average,
/// moves both prices a tick up or down and draws both quantities anew (1 to 1,000 lots); the
/// others change the quantity of one side.
pub fn quotes(count: usize, moves: u64) -> Stream {
    let instrument = instrument();
    let mut random = SplitMix64::from_seed(SEED);
    let lots = |bits: u64| Qty::from_raw((1 + bits as i64 % 1_000) * instrument.lot.raw());
    let mut time = 1_723_100_000_000_000_000;
    let mut bid = Price::from_int(60_000);
    let mut qty = [lots(1), lots(2)];
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let bits = random.next_u64();
        time += 500_000 + (bits >> 40) as i64 % 1_000_000;
        let draws = [lots(bits & 0xffff), lots(bits >> 16 & 0xffff)];
        let choice = random.next_u64();
        if (choice >> 8).is_multiple_of(moves.max(1)) {
            let step = if choice & 1 == 0 { instrument.tick } else { -instrument.tick };
            bid = bid.saturating_add(step);
            qty = draws;
        } else {
            let side = usize::from(choice & 1 == 0);
            qty[side] = draws[side];
        }
        let ask = bid.saturating_add(instrument.tick);
        let quote = Quote { bid, bid_qty: qty[0], ask, ask_qty: qty[1] };
        events.push(event(Nanos::from_raw(time), Body::Quote(quote), EventFlags::LAST));
    }
    Stream { instruments: vec![instrument], events, messages: count }
}

/// The changes of the bundled BTCUSDT book, played `repeats` times over: each time from the
/// snapshot on, a millisecond after the time before ended. Without the trades: they come in bursts
/// of hundreds within a millisecond, and an order on every so many of them would fill any limit.
///
/// # Errors
/// The recording is missing or damaged.
pub fn depth(repeats: usize) -> Result<Stream, String> {
    let (file, venue, symbol) = TAPE;
    let (preamble, recorded) = session(file)?;
    let found =
        preamble.instruments.iter().find(|i| i.venue == venue && i.symbol.as_str() == symbol);
    let id = found.ok_or_else(|| format!("{file} has no {symbol}"))?.id;
    let is_wanted =
        |event: &&Event| event.instrument() == id && event.kind() == EventKind::BookDelta;
    let one: Vec<Event> = recorded.iter().filter(is_wanted).copied().collect();
    let starts = |e: &Event| e.flags().has(EventFlags::CLEAR);
    // What comes before the snapshot is about a book that nobody knows.
    let first = one.iter().position(starts).ok_or_else(|| format!("{file} has no snapshot"))?;
    let one = &one[first..];
    let (Some(begin), Some(end)) = (one.first(), one.last()) else {
        return Err(format!("{file} has no {symbol}"));
    };
    let span = end.time().since(begin.time()).plus(Nanos::from_millis(1)).raw();
    let mut events = Vec::with_capacity(one.len() * repeats);
    let mut messages = 0;
    for repeat in 0..repeats as i64 {
        for (at, recorded) in one.iter().enumerate() {
            let is_last = one.get(at + 1).is_none_or(|next| next.time() > recorded.time());
            messages += usize::from(is_last);
            let mut flags = if is_last { EventFlags::LAST } else { EventFlags::default() };
            if starts(recorded) {
                flags = flags.with(EventFlags::CLEAR);
            }
            let time = recorded.time().plus(Nanos::from_raw(span * repeat));
            events.push(event(time, recorded.body(), flags));
        }
    }
    Ok(Stream { instruments: vec![instrument()], events, messages })
}

fn event(time: Nanos, body: Body, flags: EventFlags) -> Event {
    let stamp = Stamp { seq: 0, time, venue_time: time, instrument: InstrumentId(0) };
    Event::new(stamp, body, flags)
}
