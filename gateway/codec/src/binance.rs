//! Lines of a recorded Binance stream: `<local ns> <raw JSON>` to typed messages.
//!
//! Owns the field names of depthUpdate, bookTicker, trade and the REST depth snapshot, for spot,
//! USD-M and COIN-M. Must never keep state. Called by `binance_session`.

use crate::error::LineError;
use crate::number;
use royale_model::{Nanos, Price, Qty, Quote, Side, Trade};
use serde::Deserialize;

/// The market kinds, in the order of instrument ids; their sync rules differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Spot.
    Spot,
    /// USD-margined futures.
    Usdm,
    /// Coin-margined futures.
    Coinm,
}

/// A level as the venue sends it: absolute size, 0 removes.
pub type Level = (Price, Qty);

/// Changes of a book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Depth {
    /// First update number in it.
    pub first: u64,
    /// Last update number in it.
    pub last: u64,
    /// Last number of the message before (futures).
    pub previous: Option<u64>,
    /// When the venue says that it happened.
    pub venue_time: Nanos,
    /// Changed bids.
    pub bids: Vec<Level>,
    /// Changed asks.
    pub asks: Vec<Level>,
}

/// A whole book from REST.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The last update number in it.
    pub last: u64,
    /// When the venue says that it was taken; 0 when it does not say (spot).
    pub venue_time: Nanos,
    /// All bids.
    pub bids: Vec<Level>,
    /// All asks.
    pub asks: Vec<Level>,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Changes of a book.
    Depth(Depth),
    /// A whole book.
    Snapshot(Snapshot),
    /// Best bid and ask.
    Quote {
        /// Its update number.
        id: u64,
        /// When the venue says that it happened; 0 when it does not say (spot).
        venue_time: Nanos,
        /// The prices.
        quote: Quote,
    },
    /// A trade print.
    Trade {
        /// When the venue says that it happened.
        venue_time: Nanos,
        /// The print.
        trade: Trade,
        /// False for insurance fund and auto-deleveraging prints.
        is_market: bool,
    },
}

/// A decoded line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    /// When the recorder received it.
    pub local_time: Nanos,
    /// The venue's symbol; a REST snapshot may carry none.
    pub symbol: Option<&'a str>,
    /// The kind of market, where the message shows it.
    pub kind: Option<Kind>,
    /// What it says.
    pub message: Message,
}

#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(default, borrow)]
    stream: Option<&'a str>,
    #[serde(default, borrow)]
    data: Option<RawData<'a>>,
    #[serde(default, rename = "lastUpdateId")]
    last_update_id: Option<u64>,
    #[serde(default, borrow)]
    symbol: Option<&'a str>,
    #[serde(default, rename = "T")]
    transaction_time: Option<i64>,
    #[serde(default, borrow)]
    bids: Option<Vec<[&'a str; 2]>>,
    #[serde(default, borrow)]
    asks: Option<Vec<[&'a str; 2]>>,
}

/// `b` and `a` are lists of levels in a depth message and prices in a bookTicker.
#[derive(Deserialize)]
#[serde(untagged)]
enum LevelsOrPrice<'a> {
    #[serde(borrow)]
    Price(&'a str),
    #[serde(borrow)]
    Levels(Vec<[&'a str; 2]>),
}

#[derive(Deserialize)]
struct RawData<'a> {
    s: &'a str,
    #[serde(default, rename = "E")]
    event_time: Option<i64>,
    #[serde(default, rename = "T")]
    transaction_time: Option<i64>,
    #[serde(default, rename = "U")]
    first: Option<u64>,
    #[serde(default)]
    u: Option<u64>,
    #[serde(default)]
    pu: Option<u64>,
    #[serde(default, borrow)]
    b: Option<LevelsOrPrice<'a>>,
    #[serde(default, borrow)]
    a: Option<LevelsOrPrice<'a>>,
    #[serde(default, rename = "B", borrow)]
    bid_size: Option<&'a str>,
    #[serde(default, rename = "A", borrow)]
    ask_size: Option<&'a str>,
    #[serde(default)]
    t: Option<u64>,
    #[serde(default, borrow)]
    p: Option<&'a str>,
    #[serde(default, borrow)]
    q: Option<&'a str>,
    #[serde(default)]
    m: Option<bool>,
    #[serde(default, rename = "X", borrow)]
    kind: Option<&'a str>,
}

fn missing(field: &'static str) -> LineError {
    LineError::field(field, "missing")
}

/// Decodes one line.
///
/// # Errors
/// Anything that is not such a line with believable numbers.
pub fn line(text: &[u8]) -> Result<Decoded<'_>, LineError> {
    let space = text
        .iter()
        .position(|&byte| byte == b' ')
        .ok_or_else(|| LineError::field("local time", "no space behind it"))?;
    let local: i64 = std::str::from_utf8(&text[..space])
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| LineError::field("local time", "not a number"))?;
    let local_time = number::local_time("local time", local)?;
    let raw: RawLine<'_> = serde_json::from_slice(&text[space + 1..])?;
    if let Some(last) = raw.last_update_id {
        let venue_time = millis("T", raw.transaction_time)?;
        let message = Message::Snapshot(Snapshot {
            last,
            venue_time,
            bids: levels("bids", raw.bids.as_deref())?,
            asks: levels("asks", raw.asks.as_deref())?,
        });
        return Ok(Decoded { local_time, symbol: raw.symbol, kind: None, message });
    }
    let stream = raw.stream.ok_or_else(|| missing("stream"))?;
    let data = raw.data.as_ref().ok_or_else(|| missing("data"))?;
    let channel = stream.split('@').nth(1).unwrap_or("");
    let (kind, message) = match channel {
        "depth" => depth(data)?,
        "bookTicker" => quote(data)?,
        "trade" => trade(data)?,
        _ => return Err(LineError::field("stream", "neither depth nor bookTicker nor trade")),
    };
    // COIN-M symbols are told by their name: `BTCUSD_PERP`, `ETHUSD_241227`.
    let coin = data.s.split_once('_').is_some_and(|(pair, _)| pair.ends_with("USD"));
    let kind = if coin { Kind::Coinm } else { kind };
    Ok(Decoded { local_time, symbol: Some(data.s), kind: Some(kind), message })
}

fn millis(field: &'static str, raw: Option<i64>) -> Result<Nanos, LineError> {
    raw.map_or(Ok(Nanos::ZERO), |ms| number::venue_millis(field, ms))
}

fn levels(field: &'static str, raw: Option<&[[&str; 2]]>) -> Result<Vec<Level>, LineError> {
    let raw = raw.ok_or_else(|| missing(field))?;
    raw.iter()
        .map(|[price, size]| Ok((number::price(field, price)?, number::size(field, size)?)))
        .collect()
}

fn futures(flag: bool) -> Kind {
    if flag { Kind::Usdm } else { Kind::Spot }
}

fn depth(data: &RawData<'_>) -> Result<(Kind, Message), LineError> {
    let side = |field, side: &Option<LevelsOrPrice<'_>>| match side {
        Some(LevelsOrPrice::Levels(list)) => levels(field, Some(list)),
        _ => Err(missing(field)),
    };
    let depth = Depth {
        first: data.first.ok_or_else(|| missing("U"))?,
        last: data.u.ok_or_else(|| missing("u"))?,
        previous: data.pu,
        venue_time: millis("T", data.transaction_time.or(data.event_time))?,
        bids: side("b", &data.b)?,
        asks: side("a", &data.a)?,
    };
    if depth.first > depth.last {
        return Err(LineError::field("U", "above u"));
    }
    Ok((futures(data.pu.is_some()), Message::Depth(depth)))
}

fn quote(data: &RawData<'_>) -> Result<(Kind, Message), LineError> {
    let price = |field, price: &Option<LevelsOrPrice<'_>>| match price {
        Some(LevelsOrPrice::Price(text)) => number::price(field, text),
        _ => Err(missing(field)),
    };
    let size = |field, size: Option<&str>| number::size(field, size.ok_or_else(|| missing(field))?);
    let quote = Quote {
        bid: price("b", &data.b)?,
        bid_qty: size("B", data.bid_size)?,
        ask: price("a", &data.a)?,
        ask_qty: size("A", data.ask_size)?,
    };
    let id = data.u.ok_or_else(|| missing("u"))?;
    let venue_time = millis("T", data.transaction_time.or(data.event_time))?;
    let message = Message::Quote { id, venue_time, quote };
    Ok((futures(data.transaction_time.is_some()), message))
}

fn trade(data: &RawData<'_>) -> Result<(Kind, Message), LineError> {
    let text = |field, text: Option<_>| text.ok_or_else(|| missing(field));
    let buyer_is_maker = data.m.ok_or_else(|| missing("m"))?;
    let trade = Trade {
        price: number::price("p", text("p", data.p)?)?,
        qty: number::size("q", text("q", data.q)?)?,
        trade_id: data.t.ok_or_else(|| missing("t"))?,
        aggressor: Some(if buyer_is_maker { Side::Sell } else { Side::Buy }),
    };
    let venue_time = millis("T", data.transaction_time.or(data.event_time))?;
    let is_market = data.kind.is_none_or(|kind| kind == "MARKET");
    Ok((futures(data.kind.is_some()), Message::Trade { venue_time, trade, is_market }))
}
