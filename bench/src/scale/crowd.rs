//! Quotes of many instruments.
//!
//! Owns the synthetic market: as many perpetuals as asked for, and quotes of them in turn or at
//! random. Must never depend on a clock or on the machine.

use crate::streams::{SEED, Stream};
use royale_model::{
    Body, Event, EventFlags, Instrument, InstrumentId, InstrumentKind, Nanos, Price, Qty, Quote,
    Stamp, Text, Venue,
};
use royale_quant::rng::SplitMix64;

/// Which instrument the next quote is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visit {
    /// The next one, round and round.
    InTurn,
    /// Any, each as often as the others.
    AtRandom,
}

/// So many quotes of so many instruments: each one a walk by itself, a tick apart, a millisecond
/// between two quotes.
///
/// # Errors
/// There are no instruments.
pub fn crowd(instruments: usize, quotes: usize, visit: Visit) -> Result<Stream, String> {
    let table: Vec<Instrument> = (0..instruments).map(perpetual).collect();
    let mut bids = vec![Price::from_int(60_000); instruments];
    let mut random = SplitMix64::from_seed(SEED);
    let mut events = Vec::with_capacity(quotes);
    for number in 0..quotes {
        let bits = random.next_u64();
        let at = match visit {
            Visit::InTurn => number % instruments.max(1),
            // The high half: the low bits decide on prices and quantities.
            Visit::AtRandom => (bits >> 32) as usize % instruments.max(1),
        };
        let (Some(instrument), Some(bid)) = (table.get(at), bids.get_mut(at)) else {
            return Err("a market needs an instrument".to_owned());
        };
        match bits % 64 {
            0 => *bid = bid.saturating_add(instrument.tick),
            1 => *bid = bid.saturating_add(-instrument.tick),
            _ => {}
        }
        let lots = |bits: u64| Qty::from_raw((1 + bits as i64 % 1_000) * instrument.lot.raw());
        let quote = Quote {
            bid: *bid,
            bid_qty: lots(bits >> 8 & 0xfff),
            ask: bid.saturating_add(instrument.tick),
            ask_qty: lots(bits >> 20 & 0xfff),
        };
        let time = Nanos::from_raw(1_723_100_000_000_000_000 + number as i64 * 1_000_000);
        let stamp = Stamp { seq: 0, time, venue_time: time, instrument: instrument.id };
        events.push(Event::new(stamp, Body::Quote(quote), EventFlags::LAST));
    }
    Ok(Stream { instruments: table, events, messages: quotes })
}

/// The `index`-th instrument: as BTCUSDT is listed, under a name of its own.
fn perpetual(index: usize) -> Instrument {
    let id = InstrumentId(index as u32);
    let symbol = Text::new(&format!("P{index:05}")).unwrap_or_default();
    let mut perp = Instrument::new(id, symbol, InstrumentKind::PerpLinear, Venue::BinanceUsdm);
    perp.base = Text::new("BTC").unwrap_or_default();
    perp.quote = Text::new("USDT").unwrap_or_default();
    perp.tick = Price::from_raw(100_000_000);
    perp.lot = Qty::from_raw(1_000_000);
    perp
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn every_instrument_is_visited_as_often_as_the_line_says() {
        let visits = |visit| {
            let mut visits = [0_u32; 50];
            let stream = crowd(50, 50_000, visit).unwrap();
            stream.events.iter().for_each(|event| visits[event.instrument().index()] += 1);
            (*visits.iter().min().unwrap(), *visits.iter().max().unwrap())
        };
        assert_eq!(visits(Visit::InTurn), (1_000, 1_000));
        // Three standard deviations and some around 1,000.
        let (fewest, most) = visits(Visit::AtRandom);
        assert!(fewest > 870 && most < 1_130 && fewest != most, "{fewest} to {most}");
        assert!(crowd(0, 1, Visit::InTurn).is_err());
    }
}
