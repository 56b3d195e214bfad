//! Lines of a recorded Kalshi session: JSON text to typed facts, nothing remembered.
//!
//! Owns the field names of the recorder's envelope, of Kalshi's messages inside it and of the
//! Coinbase matches beside it. Must never keep state or skip a field silently: a line is a fact or
//! a [`LineError`]. Called by `kalshi_session`.
//!
//! Prices are keyed by `price_dollars`; the recording's `price_cents` is rounded and is not read.

use crate::error::LineError;
use crate::number;
use royale_model::{Nanos, Price, Qty};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What every book, ticker and control line carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Envelope<'a> {
    /// When the recorder received it.
    pub local_time: Nanos,
    /// The market.
    pub market: &'a str,
    /// The connection that it came through.
    pub connection: &'a str,
    /// Place in the connection's sequence; 0 where there is none.
    pub sequence: u64,
    /// When the exchange says that it happened; 0 when it does not say.
    pub venue_time: Nanos,
}

/// `yes` or `no`: whose bids a level belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Bids for yes.
    Yes,
    /// Bids for no: a bid at q is an offer of yes at 1 − q.
    No,
}

/// A whole book: bids for yes and bids for no.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BookSnapshot {
    /// Price and size.
    pub yes: Vec<(Price, Qty)>,
    /// Price (of no) and size.
    pub no: Vec<(Price, Qty)>,
}

/// A change of one level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BookChange {
    /// Which ladder.
    pub outcome: Outcome,
    /// The level, in that ladder's own price.
    pub price: Price,
    /// Added to what rests there.
    pub change: Qty,
}

/// The market's own summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticker {
    /// Best bid for yes; 0 for none.
    pub bid: Price,
    /// Size there.
    pub bid_size: Qty,
    /// Best ask for yes; 1 for none.
    pub ask: Price,
    /// Size there.
    pub ask_size: Qty,
    /// Last traded price.
    pub last: Price,
    /// Size of the last trade; 0 when not said.
    pub last_size: Qty,
    /// Contracts traded since listing.
    pub volume: Qty,
}

/// What the recorder says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// A market will be watched.
    Watch {
        /// Its end, where known.
        close_time: Option<Nanos>,
        /// Its strike, where known.
        strike: Option<Price>,
    },
    /// A connection was made.
    Connected,
    /// Anything else; of no consequence.
    Other,
}

/// One Coinbase trade.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpotMatch {
    /// When the recorder received it.
    pub local_time: Nanos,
    /// When Coinbase says that it happened.
    pub venue_time: Nanos,
    /// Its price.
    pub price: Price,
    /// Its number.
    pub trade_id: u64,
    /// The print from before the subscription, sent once as a greeting.
    pub is_last_match: bool,
}

/// The outcome of one market.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarketResult {
    /// The market.
    pub market: String,
    /// `true` for yes; `None` when not decided.
    pub result: Option<bool>,
    /// Its end, where known.
    pub close_time: Option<Nanos>,
}

#[derive(Deserialize)]
struct RawEnvelope<'a, P> {
    #[serde(default)]
    connection_id: Option<&'a str>,
    local_recv_ns: i64,
    market_ticker: &'a str,
    sequence_number: Option<u64>,
    #[serde(default)]
    exchange_ts: Option<&'a str>,
    #[serde(default)]
    event_type: Option<&'a str>,
    payload_json: P,
}

impl<'a, P> RawEnvelope<'a, P> {
    fn envelope(&self) -> Result<Envelope<'a>, LineError> {
        if self.market_ticker.is_empty() {
            return Err(LineError::field("market_ticker", "empty"));
        }
        let venue_time = match self.exchange_ts {
            Some(text) => number::iso_time("exchange_ts", text)?,
            None => Nanos::ZERO,
        };
        Ok(Envelope {
            local_time: number::local_time("local_recv_ns", self.local_recv_ns)?,
            market: self.market_ticker,
            connection: self.connection_id.unwrap_or(""),
            sequence: self.sequence_number.unwrap_or(0),
            venue_time,
        })
    }
    /// The same with a sequence number that must be there.
    fn sequenced(&self, market: &str) -> Result<Envelope<'a>, LineError> {
        if self.sequence_number.is_none_or(|number| number == 0) {
            return Err(LineError::field("sequence_number", "missing"));
        }
        if market != self.market_ticker {
            return Err(LineError::field("market_ticker", "payload and envelope disagree"));
        }
        self.envelope()
    }
}

#[derive(Deserialize)]
struct RawSnapshot<'a> {
    market_ticker: &'a str,
    #[serde(default, borrow)]
    yes_dollars_fp: Option<Vec<[&'a str; 2]>>,
    #[serde(default, borrow)]
    no_dollars_fp: Option<Vec<[&'a str; 2]>>,
}

/// Decodes a line of `orderbook_snapshot`. A missing side is an empty side.
///
/// # Errors
/// Anything that is not such a line with believable numbers.
pub fn snapshot(line: &[u8]) -> Result<(Envelope<'_>, BookSnapshot), LineError> {
    let raw: RawEnvelope<'_, RawSnapshot<'_>> = serde_json::from_slice(line)?;
    let envelope = raw.sequenced(raw.payload_json.market_ticker)?;
    let yes = ladder("yes_dollars_fp", raw.payload_json.yes_dollars_fp.as_deref())?;
    let no = ladder("no_dollars_fp", raw.payload_json.no_dollars_fp.as_deref())?;
    Ok((envelope, BookSnapshot { yes, no }))
}

fn ladder(
    field: &'static str,
    levels: Option<&[[&str; 2]]>,
) -> Result<Vec<(Price, Qty)>, LineError> {
    let levels = levels.unwrap_or_default();
    let mut ladder = Vec::with_capacity(levels.len());
    for [price, size] in levels {
        let (price, size) = (number::inner_probability(field, price)?, number::size(field, size)?);
        if !size.is_zero() {
            ladder.push((price, size));
        }
    }
    ladder.sort_unstable();
    if ladder.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(LineError::field(field, "the same price twice"));
    }
    Ok(ladder)
}

#[derive(Deserialize)]
struct RawDelta<'a> {
    market_ticker: &'a str,
    price_dollars: &'a str,
    delta_fp: &'a str,
    side: &'a str,
}

/// Decodes a line of `orderbook_delta`.
///
/// # Errors
/// Anything that is not such a line with believable numbers.
pub fn delta(line: &[u8]) -> Result<(Envelope<'_>, BookChange), LineError> {
    let raw: RawEnvelope<'_, RawDelta<'_>> = serde_json::from_slice(line)?;
    let body = &raw.payload_json;
    let envelope = raw.sequenced(body.market_ticker)?;
    let outcome = match body.side {
        "yes" => Outcome::Yes,
        "no" => Outcome::No,
        _ => return Err(LineError::field("side", "neither yes nor no")),
    };
    let price = number::inner_probability("price_dollars", body.price_dollars)?;
    let change = Qty::parse(body.delta_fp.as_bytes())
        .map_err(|error| LineError::field("delta_fp", error))?;
    Ok((envelope, BookChange { outcome, price, change }))
}

#[derive(Deserialize)]
struct RawTicker<'a> {
    price_dollars: &'a str,
    yes_bid_dollars: &'a str,
    yes_bid_size_fp: &'a str,
    yes_ask_dollars: &'a str,
    yes_ask_size_fp: &'a str,
    volume_fp: &'a str,
    #[serde(default)]
    last_trade_size_fp: Option<&'a str>,
}

/// Decodes a line of `ticker`.
///
/// # Errors
/// Anything that is not such a line with believable numbers.
pub fn ticker(line: &[u8]) -> Result<(Envelope<'_>, Ticker), LineError> {
    let raw: RawEnvelope<'_, RawTicker<'_>> = serde_json::from_slice(line)?;
    let body = &raw.payload_json;
    let ticker = Ticker {
        bid: number::probability("yes_bid_dollars", body.yes_bid_dollars)?,
        bid_size: number::size("yes_bid_size_fp", body.yes_bid_size_fp)?,
        ask: number::probability("yes_ask_dollars", body.yes_ask_dollars)?,
        ask_size: number::size("yes_ask_size_fp", body.yes_ask_size_fp)?,
        last: number::probability("price_dollars", body.price_dollars)?,
        last_size: number::size("last_trade_size_fp", body.last_trade_size_fp.unwrap_or("0"))?,
        volume: number::size("volume_fp", body.volume_fp)?,
    };
    Ok((raw.envelope()?, ticker))
}

#[derive(Deserialize)]
struct RawWatch<'a> {
    #[serde(default)]
    close_time: Option<&'a str>,
    #[serde(default, borrow)]
    strike: Option<&'a RawValue>,
}

/// Decodes a line of `control`.
///
/// # Errors
/// Anything that is not such a line.
pub fn control(line: &[u8]) -> Result<(Envelope<'_>, Control), LineError> {
    let raw: RawEnvelope<'_, &RawValue> = serde_json::from_slice(line)?;
    let control = match raw.event_type {
        Some("watch_market") => {
            let watch: RawWatch<'_> = serde_json::from_str(raw.payload_json.get())?;
            let close_time = watch.close_time.map(|text| number::iso_time("close_time", text));
            let strike = watch.strike.map(|text| number::price("strike", number_text(text)));
            Control::Watch { close_time: close_time.transpose()?, strike: strike.transpose()? }
        }
        Some("ws_connected") => Control::Connected,
        Some(_) => Control::Other,
        None => return Err(LineError::field("event_type", "missing")),
    };
    Ok((raw.envelope()?, control))
}

/// The exact text of a JSON number, also where it was written as a string.
fn number_text(raw: &RawValue) -> &str {
    let text = raw.get();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

#[derive(Deserialize)]
struct RawMatch<'a> {
    exchange_ts_utc: &'a str,
    local_recv_ns: i64,
    #[serde(borrow)]
    price: &'a RawValue,
    raw_event_type: &'a str,
    #[serde(borrow)]
    trade_id: &'a RawValue,
    symbol: &'a str,
}

/// Decodes a line of `spot_coinbase_btcusd_matches`.
///
/// # Errors
/// Anything that is not such a line with believable numbers.
pub fn spot_match(line: &[u8]) -> Result<SpotMatch, LineError> {
    let raw: RawMatch<'_> = serde_json::from_slice(line)?;
    if raw.symbol != SPOT_SYMBOL {
        return Err(LineError::field("symbol", format!("only {SPOT_SYMBOL} is expected")));
    }
    let is_last_match = match raw.raw_event_type {
        "match" => false,
        "last_match" => true,
        _ => return Err(LineError::field("raw_event_type", "neither match nor last_match")),
    };
    Ok(SpotMatch {
        local_time: number::local_time("local_recv_ns", raw.local_recv_ns)?,
        venue_time: number::iso_time("exchange_ts_utc", raw.exchange_ts_utc)?,
        price: number::price("price", number_text(raw.price))?,
        trade_id: number_text(raw.trade_id)
            .parse()
            .map_err(|error| LineError::field("trade_id", error))?,
        is_last_match,
    })
}

/// The spot instrument of these recordings.
pub const SPOT_SYMBOL: &str = "BTC-USD";

#[derive(Deserialize)]
struct RawResult {
    market: String,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    close_time: Option<String>,
}

/// Decodes the whole of `market_results.json`.
///
/// # Errors
/// Anything that is not a list of results.
pub fn market_results(text: &[u8]) -> Result<Vec<MarketResult>, LineError> {
    let raw: Vec<RawResult> = serde_json::from_slice(text)?;
    raw.into_iter()
        .map(|row| {
            let result = match row.result.as_deref() {
                Some("yes") => Some(true),
                Some("no") => Some(false),
                None | Some("") => None,
                Some(_) => return Err(LineError::field("result", "neither yes nor no")),
            };
            let close_time =
                row.close_time.map(|text| number::iso_time("close_time", &text)).transpose()?;
            Ok(MarketResult { market: row.market, result, close_time })
        })
        .collect()
}
