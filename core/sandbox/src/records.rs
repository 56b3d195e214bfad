//! The records of the ABI that cross between host and guest: their bytes are those of these types.
//!
//! Must match `docs/wasm-abi.md`. What a guest writes becomes a value only through `TryFromBytes`.

use royale_engine::strategy::OpenOrder;
use royale_engine::{Context, Level, MarketView};
use royale_model::{
    InstrumentId, MAX_ATTRIBUTIONS, Nanos, OrdType, OrderId, Price, Qty, Quote, Regime, Side,
    TimeInForce,
};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

#[cfg(not(target_endian = "little"))]
compile_error!("guests are little-endian, and events are handed over as they lie in memory");

/// Levels that one call gives at most.
pub(crate) const LEVELS_MAX: usize = 64;

/// What is known of one instrument's market.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct MarketRecord {
    bid: i64,
    bid_qty: i64,
    ask: i64,
    ask_qty: i64,
    trade: i64,
    trade_qty: i64,
    trade_time: i64,
    odds_bid: i64,
    odds_ask: i64,
    odds_last: i64,
    odds_volume: i64,
    odds_time: i64,
    updated: i64,
    settled: i64,
    mid: i64,
    flags: u32,
    zero: u32,
}

const _: () = assert!(size_of::<MarketRecord>() == 128);

const BEST: u32 = 1;
const TRADE: u32 = 2;
const ODDS: u32 = 4;
const MID: u32 = 8;
const GAPPED: u32 = 16;
const IN_BATCH: u32 = 32;
const SETTLED: u32 = 64;
const BOOK: u32 = 128;

/// What is known of a market; its best and its middle have been looked up.
#[inline]
fn flags(view: &MarketView, best: Option<Quote>, mid: Option<Price>) -> u32 {
    let flag = |flag: u32, set: bool| if set { flag } else { 0 };
    flag(BEST, best.is_some())
        | flag(TRADE, view.trade.is_some())
        | flag(ODDS, view.odds.is_some())
        | flag(MID, mid.is_some())
        | flag(GAPPED, view.gapped)
        | flag(IN_BATCH, view.in_batch)
        | flag(SETTLED, view.settled.is_some())
        | flag(BOOK, view.has_book())
}

impl MarketRecord {
    pub(crate) fn of(view: &MarketView) -> Self {
        let (best, trade, odds, mid) = (view.best(), view.trade, view.odds, view.two_sided_mid());
        Self {
            bid: best.map_or(0, |best| best.bid.raw()),
            bid_qty: best.map_or(0, |best| best.bid_qty.raw()),
            ask: best.map_or(0, |best| best.ask.raw()),
            ask_qty: best.map_or(0, |best| best.ask_qty.raw()),
            trade: trade.map_or(0, |trade| trade.price.raw()),
            trade_qty: trade.map_or(0, |trade| trade.qty.raw()),
            trade_time: trade.map_or(0, |_| view.trade_time.raw()),
            odds_bid: odds.map_or(0, |odds| odds.bid.raw()),
            odds_ask: odds.map_or(0, |odds| odds.ask.raw()),
            odds_last: odds.map_or(0, |odds| odds.last.raw()),
            odds_volume: odds.map_or(0, |odds| odds.volume.raw()),
            odds_time: odds.map_or(0, |_| view.odds_time.raw()),
            updated: if view.updated == Nanos::MIN { 0 } else { view.updated.raw() },
            settled: view.settled.map_or(0, Price::raw),
            mid: mid.map_or(0, Price::raw),
            flags: flags(view, best, mid),
            zero: 0,
        }
    }
}

/// One level of a book.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct LevelRecord {
    price: Price,
    qty: Qty,
}

impl LevelRecord {
    pub(crate) fn of(level: Level) -> Self {
        Self { price: level.price, qty: level.qty }
    }
}

/// What the guest's own account holds of one instrument.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct PositionRecord {
    held: Qty,
    entry: Price,
    if_bought: Qty,
    if_sold: Qty,
}

impl PositionRecord {
    pub(crate) fn of(id: InstrumentId, context: &Context<'_>) -> Self {
        Self {
            held: context.position(id),
            entry: context.entry_price(id),
            if_bought: context.worst_position(id, Side::Buy),
            if_sold: context.worst_position(id, Side::Sell),
        }
    }
}

/// What lies beside an event: the questions that most guests ask of its instrument, answered. No more
/// than one line of the cache: the whole of the other records would cost more than the questions.
#[derive(Default, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct BesideRecord {
    bid: i64,
    bid_qty: i64,
    ask: i64,
    ask_qty: i64,
    mid: i64,
    held: Qty,
    flags: u32,
    /// Open orders in the instrument.
    orders: u32,
    orders_in_all: u32,
    zero: u32,
}

const _: () = assert!(size_of::<BesideRecord>() == 64);

impl BesideRecord {
    /// Zeros where there is no such instrument.
    #[inline]
    pub(crate) fn of(id: InstrumentId, context: &Context<'_>) -> Self {
        let Some(view) = context.market(id) else { return Self::default() };
        let (best, mid, open) = (view.best(), view.two_sided_mid(), context.open_orders());
        Self {
            bid: best.map_or(0, |best| best.bid.raw()),
            bid_qty: best.map_or(0, |best| best.bid_qty.raw()),
            ask: best.map_or(0, |best| best.ask.raw()),
            ask_qty: best.map_or(0, |best| best.ask_qty.raw()),
            mid: mid.map_or(0, Price::raw),
            held: context.position(id),
            flags: flags(view, best, mid),
            orders: open.iter().filter(|order| order.instrument == id).count() as u32,
            orders_in_all: open.len() as u32,
            zero: 0,
        }
    }
}

/// One live order of the guest.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct OrderRecord {
    id: OrderId,
    instrument: InstrumentId,
    side: Side,
    flags: u8,
    zero: [u8; 2],
    price: Price,
    left: Qty,
    sent_at: i64,
}

const _: () = assert!(size_of::<OrderRecord>() == 40);

impl OrderRecord {
    pub(crate) fn of(order: &OpenOrder) -> Self {
        Self {
            id: order.id,
            instrument: order.instrument,
            side: order.side,
            flags: u8::from(order.acknowledged) | u8::from(order.cancel_sent) << 1,
            zero: [0; 2],
            price: order.price,
            left: order.remaining,
            sent_at: order.sent_at.raw(),
        }
    }
}

/// What stands before the reasons of an intent. Reading it checks its enums.
#[derive(TryFromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct IntentHead {
    pub(crate) instrument: InstrumentId,
    pub(crate) side: Side,
    pub(crate) ord_type: OrdType,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) regime: Regime,
    pub(crate) price: Price,
    pub(crate) qty: Qty,
    pub(crate) confidence: f64,
}

const _: () = assert!(size_of::<IntentHead>() == 32);

/// How many reasons follow.
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct ReasonsHead {
    pub(crate) count: u32,
    _unread: u32,
}

impl ReasonsHead {
    /// The count, where there may be so many.
    pub(crate) fn len(&self) -> Option<usize> {
        usize::try_from(self.count).ok().filter(|count| *count <= MAX_ATTRIBUTIONS)
    }
}

/// One reason.
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct ReasonRecord {
    pub(crate) feature: u16,
    _unread: u16,
    pub(crate) value: f32,
    pub(crate) contribution: f64,
}

const _: () = assert!(size_of::<ReasonRecord>() == 16);
