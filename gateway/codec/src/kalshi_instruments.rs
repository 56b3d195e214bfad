//! The instruments of a recorded Kalshi session: the spot and its event contracts.
//!
//! Owns the constants that the recording does not carry: ticks, lots and fee assumptions. Must never
//! look at prices to choose them. Called by `kalshi_session` and `kalshi_files`.

use crate::error::LineError;
use crate::kalshi::{MarketResult, SPOT_SYMBOL};
use crate::kalshi_files::Files;
use crate::ticker::Ticker;
use royale_model::{
    FeeKind, Fees, Instrument, InstrumentId, InstrumentKind, Nanos, Price, Qty, Text, Venue,
};

/// The spot instrument's id: it comes first, so that contracts can point to it.
pub(crate) const SPOT: InstrumentId = InstrumentId(0);
/// Every price of the nine recorded sessions is a multiple of 0.001.
pub(crate) const TICK: Price = Price::from_raw(1_000_000);
/// Contracts come in hundredths.
const LOT: Qty = Qty::from_raw(10_000_000);
/// Assumed: the series has quadratic fees with maker fees (a quarter of the taker's 0.07).
const FEES: Fees = Fees::new(FeeKind::Quadratic, 17_500_000, 70_000_000);
const SPOT_TICK: Price = Price::from_raw(10_000_000);
const SPOT_LOT: Qty = Qty::from_raw(10);
/// Assumed: nothing for makers, 5 basis points for takers.
const SPOT_FEES: Fees = Fees::new(FeeKind::Proportional, 0, 500_000);

/// What is known of one market.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Market {
    pub ticker: String,
    pub symbol: Text<40>,
    pub id: InstrumentId,
    pub close_time: Option<Nanos>,
    pub strike: Option<Price>,
    pub result: Option<bool>,
}

impl Market {
    pub fn new(ticker: &str) -> Result<Self, LineError> {
        let symbol = Text::new(ticker)
            .ok_or_else(|| LineError::field("market_ticker", "longer than 40 bytes"))?;
        Ok(Self {
            ticker: ticker.to_owned(),
            symbol,
            id: InstrumentId::NONE,
            close_time: None,
            strike: None,
            result: None,
        })
    }
}

/// Gives the markets their ids: by close time, then by name, after the spot.
pub(crate) fn name_markets(markets: &mut [Market]) {
    let mut order: Vec<usize> = (0..markets.len()).collect();
    order.sort_by_key(|&at| {
        (markets[at].close_time.unwrap_or(Nanos::MAX), markets[at].ticker.clone())
    });
    for (place, at) in (SPOT.0 + 1..).zip(order) {
        markets[at].id = InstrumentId(place);
    }
}

/// Merges what `market_results.json` says into the markets that were seen.
pub(crate) fn merge_results(markets: &mut [Market], results: &[MarketResult]) {
    for row in results {
        if let Some(market) = markets.iter_mut().find(|market| market.ticker == row.market) {
            market.result = row.result;
            market.close_time = market.close_time.or(row.close_time);
        }
    }
}

/// Where the recorded close is not the one that the market's own name says: one note for each.
pub(crate) fn check_names(files: &mut Files) {
    for market in &files.markets {
        let named = Ticker::parse(market.ticker.as_bytes()).and_then(|ticker| ticker.close_time());
        let (Some(named), Some(recorded)) = (named, market.close_time) else { continue };
        if named != recorded {
            let apart = recorded.since(named).as_secs_f64();
            files.report.notes.push(format!(
                "{}: recorded as closing {apart} s after the time in its name",
                market.ticker
            ));
        }
    }
}

/// The table: position is id.
pub(crate) fn table(files: &Files) -> Vec<Instrument> {
    let text = |name: &str| Text::new(name).unwrap_or(Text::EMPTY);
    let symbol = Text::new(SPOT_SYMBOL).unwrap_or(Text::EMPTY);
    let mut spot = Instrument::new(SPOT, symbol, InstrumentKind::CryptoSpot, Venue::Coinbase);
    spot.base = Text::new("BTC").unwrap_or(Text::EMPTY);
    spot.quote = text("USD");
    spot.tick = SPOT_TICK;
    spot.lot = SPOT_LOT;
    spot.fees = SPOT_FEES;
    let mut table = vec![spot];
    for market in &files.markets {
        let kind = InstrumentKind::BinaryEvent;
        let mut contract = Instrument::new(market.id, market.symbol, kind, Venue::Kalshi);
        // A subject of more than sixteen bytes is left out rather than cut.
        let subject = Ticker::parse(market.ticker.as_bytes()).map(|ticker| ticker.subject());
        contract.base = subject.and_then(|subject| Text::new(&subject)).unwrap_or(Text::EMPTY);
        contract.quote = text("USD");
        contract.underlying = SPOT;
        contract.tick = TICK;
        contract.lot = LOT;
        contract.expiry = market.close_time.unwrap_or(Nanos::ZERO);
        contract.strike = market.strike.unwrap_or(Price::ZERO);
        contract.fees = FEES;
        table.push(contract);
    }
    table.sort_by_key(|instrument| instrument.id);
    table
}
