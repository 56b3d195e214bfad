//! The ABI of sandboxed strategies, version 1, for Rust without `std`: every number, record and call
//! of docs/wasm-abi.md.
//!
//! Prices, quantities and money are `i64` in 10⁻⁹, times are UTC nanoseconds, ids of instruments are
//! 0, 1, 2 …. All `unsafe` of a strategy is in this file. Do not edit it: a test of the host holds
//! each number here against the host's own.

// A strategy uses a part of it.
#![allow(dead_code, unused_macros)]

// Numbers

pub const ONE: i64 = 1_000_000_000;

// Event.kind. Ignore those that are not here.
pub const QUOTE: u8 = 1;
pub const TRADE: u8 = 2;
pub const LEVEL: u8 = 3;
pub const BAR: u8 = 4;
pub const ODDS: u8 = 5;
pub const GAP: u8 = 6;
pub const SETTLEMENT: u8 = 7;
pub const REPORT: u8 = 8;
pub const TIMER: u8 = 10;

// Event.flags of market data. LAST: the books are consistent.
pub const FLAG_LAST: u8 = 1;
pub const FLAG_SNAPSHOT: u8 = 2;
pub const FLAG_CLEAR: u8 = 4;
pub const FLAG_SELL: u8 = 8; // a level: of the asks; a trade: the aggressor sold
pub const FLAG_BUY: u8 = 16; // a trade: the aggressor bought

// Event.flags of a report
pub const REPORT_FINAL: u8 = 1; // the order is dead
pub const REPORT_MAKER: u8 = 2; // else taker
pub const REPORT_SELL: u8 = 4; // else buy

// Event.word[...], by kind
pub const QUOTE_BID: usize = 0;
pub const QUOTE_BID_QTY: usize = 1;
pub const QUOTE_ASK: usize = 2;
pub const QUOTE_ASK_QTY: usize = 3;
pub const TRADE_PRICE: usize = 0;
pub const TRADE_QTY: usize = 1;
pub const TRADE_NUMBER: usize = 2;
pub const LEVEL_PRICE: usize = 0;
pub const LEVEL_QTY: usize = 1; // what rests there now; 0: nothing
pub const LEVEL_UPDATE: usize = 2;
pub const BAR_OPEN: usize = 0;
pub const BAR_HIGH_LOW: usize = 1; // high - open << 32 | open - low, in ticks
pub const BAR_CLOSE_SECONDS: usize = 2; // close - open, signed << 32 | seconds
pub const BAR_VOLUME: usize = 3;
pub const ODDS_BID: usize = 0; // probabilities: ONE is certainty
pub const ODDS_ASK: usize = 1;
pub const ODDS_LAST: usize = 2;
pub const ODDS_VOLUME: usize = 3;
pub const GAP_EXPECTED: usize = 0;
pub const GAP_RECEIVED: usize = 1;
pub const SETTLEMENT_VALUE: usize = 0;
pub const REPORT_ORDER: usize = 0;
pub const REPORT_PRICE: usize = 1;
pub const REPORT_QTY: usize = 2; // of the fill; else what is left
pub const REPORT_FEE: usize = 3;
pub const TIMER_ID: usize = 0;
pub const TIMER_DUE: usize = 1;

// Event.code of a gap
pub const GAP_RECONNECT: u8 = 1;
pub const GAP_SEQUENCE: u8 = 2;
pub const GAP_CORRUPT: u8 = 3;

// Event.code of a report
pub const EXEC_NEW: u8 = 1;
pub const EXEC_TRADE: u8 = 2;
pub const EXEC_CANCELED: u8 = 3;
pub const EXEC_REJECTED: u8 = 4;
pub const EXEC_EXPIRED: u8 = 5;
pub const EXEC_CANCEL_REJECTED: u8 = 6;

// Event.reject of a report
pub const REJECT_NONE: u8 = 0;
pub const REJECT_POST_ONLY_WOULD_CROSS: u8 = 1;
pub const REJECT_NOT_TRADABLE: u8 = 2;
pub const REJECT_UNKNOWN_ORDER: u8 = 3;
pub const REJECT_OFF_GRID: u8 = 4;
pub const REJECT_TOO_MANY_ORDERS: u8 = 5;
pub const REJECT_RISK_REFUSED: u8 = 6;
pub const REJECT_RISK_LIMIT: u8 = 7;

// Intent
pub const BUY: u8 = 1;
pub const SELL: u8 = 2;
pub const MARKET_ORDER: u8 = 1;
pub const LIMIT_ORDER: u8 = 2;
pub const GOOD_TILL_CANCEL: u8 = 1;
pub const IMMEDIATE_OR_CANCEL: u8 = 3;
pub const FILL_OR_KILL: u8 = 4;
pub const POST_ONLY: u8 = 6;
pub const REGIME_UNKNOWN: u8 = 0;
pub const REGIME_BULL: u8 = 1;
pub const REGIME_BEAR: u8 = 2;
pub const REGIME_SIDEWAYS: u8 = 3;

// Market.flags
pub const MARKET_BEST: u32 = 1; // bid and ask are known
pub const MARKET_TRADE: u32 = 2; // the last trade is
pub const MARKET_ODDS: u32 = 4; // the odds are
pub const MARKET_MID: u32 = 8; // two-sided and not crossed: the middle is
pub const MARKET_GAPPED: u32 = 16; // messages are missing: the book is void
pub const MARKET_IN_BATCH: u32 = 32; // the book may contradict itself
pub const MARKET_SETTLED: u32 = 64;
pub const MARKET_BOOK: u32 = 128;

// Order.flags
pub const ORDER_ACKNOWLEDGED: u8 = 1;
pub const ORDER_CANCEL_SENT: u8 = 2;

// Instrument.fee_kind
pub const FEE_PROPORTIONAL: u8 = 1;
pub const FEE_QUADRATIC: u8 = 2;
pub const FEE_PER_CONTRACT: u8 = 3;

// Instrument.kind
pub const KIND_EQUITY: u8 = 1;
pub const KIND_OPTION: u8 = 2;
pub const KIND_FUTURE: u8 = 3;
pub const KIND_FX_SPOT: u8 = 4;
pub const KIND_CRYPTO_SPOT: u8 = 5;
pub const KIND_PERP_LINEAR: u8 = 6;
pub const KIND_PERP_INVERSE: u8 = 7;
pub const KIND_BINARY_EVENT: u8 = 8;

// Instrument.venue
pub const VENUE_SYNTHETIC: u8 = 0;
pub const VENUE_KALSHI: u8 = 1;
pub const VENUE_COINBASE: u8 = 2;
pub const VENUE_BINANCE_SPOT: u8 = 3;
pub const VENUE_BINANCE_USDM: u8 = 4;
pub const VENUE_BINANCE_COINM: u8 = 5;

// Instrument.settlement, .right
pub const SETTLES_CASH: u8 = 1;
pub const SETTLES_PHYSICAL: u8 = 2;
pub const RIGHT_NONE: u8 = 0;
pub const RIGHT_PUT: u8 = 1;
pub const RIGHT_CALL: u8 = 2;

// Reason.feature: what was looked at
pub const FEATURE_EDGE: u16 = 1;
pub const FEATURE_FAIR_VALUE: u16 = 2;
pub const FEATURE_MARKET_PRICE: u16 = 3;
pub const FEATURE_MONEYNESS: u16 = 4;
pub const FEATURE_TIME_LEFT: u16 = 5;
pub const FEATURE_VOLATILITY: u16 = 6;
pub const FEATURE_ODDS_SHIFT: u16 = 7;
pub const FEATURE_ODDS_LEVEL: u16 = 8;
pub const FEATURE_INVENTORY: u16 = 9;
pub const FEATURE_RESERVATION_PRICE: u16 = 10;
pub const FEATURE_HALF_SPREAD: u16 = 11;
pub const FEATURE_TREND: u16 = 12;
pub const FEATURE_Z_SCORE: u16 = 13;
pub const FEATURE_RSI: u16 = 14;
pub const FEATURE_IMBALANCE: u16 = 15;
pub const FEATURE_ORDER_FLOW: u16 = 16;
pub const FEATURE_OPEN_PROFIT: u16 = 17;
pub const FEATURE_HOLDING_TIME: u16 = 18;
pub const FEATURE_COST: u16 = 19;
pub const FEATURE_SPREAD: u16 = 20;
pub const FEATURE_MOMENTUM: u16 = 21;
pub const FEATURE_RULE: u16 = 22;
pub const FEATURE_GATE_EDGE: u16 = 23;
pub const FEATURE_GATE_PRICE_CAP: u16 = 24;
pub const FEATURE_GATE_VWAP: u16 = 25;
pub const FEATURE_GATE_DRIFT: u16 = 26;
pub const FEATURE_GATE_SPIKE: u16 = 27;
pub const FEATURE_GATE_LIMIT: u16 = 28;
pub const FEATURE_SIZE_KELLY: u16 = 29;
pub const FEATURE_SIZE_STAKE: u16 = 30;
pub const FEATURE_SIZE_BUDGET: u16 = 31;
pub const FEATURE_SIZE_POSITION: u16 = 32;
pub const FEATURE_SIZE_ORDER: u16 = 33;
pub const FEATURE_SIZE_BOOK: u16 = 34;
pub const FEATURE_SIZE_CLOSE: u16 = 35;

// Most of a kind
pub const REASONS_MAX: usize = 8;
pub const DECISIONS_MAX: usize = 16; // on one event
pub const ORDERS_MAX: usize = 128; // open at one time
pub const LEVELS_MAX: usize = 64; // from one call of depth

// Which events a strategy wants, for `Strategy::WANTS`
pub const EVERYTHING: u64 = u64::MAX - LAST_OF_MESSAGE;
/// Of quotes, levels and odds only those after which the books are consistent.
pub const LAST_OF_MESSAGE: u64 = 1;
/// The events of a kind.
pub const fn events(kind: u8) -> u64 {
    1 << kind
}

/// "No instrument", in an event and as an underlying.
pub const NO_INSTRUMENT: u32 = 0xffff_ffff;

// Records that the host writes

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Event {
    pub seq: u64,
    pub time: i64, // the only clock
    pub venue_time: i64,
    pub instrument: u32,
    pub kind: u8,
    pub flags: u8,
    pub code: u8,
    pub reject: u8,
    pub word: [i64; 4],
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Market {
    pub bid: i64,
    pub bid_qty: i64,
    pub ask: i64,
    pub ask_qty: i64,
    pub trade: i64,
    pub trade_qty: i64,
    pub trade_time: i64,
    pub odds_bid: i64,
    pub odds_ask: i64,
    pub odds_last: i64,
    pub odds_volume: i64,
    pub odds_time: i64,
    pub updated: i64, // when the pricing source last spoke
    pub settled: i64,
    pub mid: i64,
    pub flags: u32,
    pub zero: u32,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Level {
    pub price: i64,
    pub qty: i64,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Position {
    pub held: i64,      // signed
    pub entry: i64,     // average price; 0 when flat
    pub if_bought: i64, // held, if all open buys filled
    pub if_sold: i64,   // held, if all open sells filled
}

/// What lies beside an event: [`beside`].
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Beside {
    pub bid: i64,
    pub bid_qty: i64,
    pub ask: i64,
    pub ask_qty: i64,
    pub mid: i64,
    pub held: i64,   // the position, signed
    pub flags: u32,  // as Market.flags
    pub orders: u32, // open in the instrument
    pub orders_in_all: u32,
    pub zero: u32,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Order {
    pub id: u64,
    pub instrument: u32,
    pub side: u8,
    pub flags: u8,
    pub zero: u16,
    pub price: i64,
    pub left: i64,
    pub sent_at: i64,
}

/// Texts are UTF-8, padded with zeros.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Instrument {
    pub symbol: [u8; 40],
    pub base: [u8; 16],
    pub quote: [u8; 8],
    pub id: u32,
    pub underlying: u32,
    pub tick: i64,
    pub lot: i64,
    pub multiplier: i64,
    pub expiry: i64,
    pub strike: i64,
    pub maker_fee: i64,
    pub taker_fee: i64,
    pub fee_kind: u8,
    pub zero: [u8; 7],
    pub kind: u8,
    pub venue: u8,
    pub settlement: u8,
    pub right: u8,
    pub zero_end: u32,
}

// Records that the strategy writes

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Reason {
    pub feature: u16,
    pub zero: u16,
    pub value: f32,
    pub contribution: f64,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Reasons {
    pub count: u32,
    pub zero: u32,
    pub list: [Reason; REASONS_MAX],
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Intent {
    pub instrument: u32,
    pub side: u8,
    pub ord_type: u8,
    pub time_in_force: u8,
    pub regime: u8,
    pub price: i64, // on the tick grid; 0 for a market order
    pub qty: i64,   // on the lot grid
    pub confidence: f64,
    pub reasons: Reasons,
}

impl Reasons {
    /// No reason yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more reason: what was seen, and its signed share of the score. A ninth is dropped.
    pub fn because(mut self, feature: u16, value: f64, contribution: f64) -> Self {
        if let Some(reason) = self.list.get_mut(self.count as usize) {
            *reason = Reason { feature, zero: 0, value: value as f32, contribution };
            self.count += 1;
        }
        self
    }
}

// Calls

/// A strategy: what a module is to the host, in Rust's words. [`strategy`] makes the exports.
pub trait Strategy: Sized {
    /// Which events it is shown: `events(TRADE) | events(REPORT)`. The others cost nothing.
    const WANTS: u64 = EVERYTHING;
    /// Called once. The number of an error is shown to the user; it is 0 or below.
    fn init(instruments: u32) -> Result<Self, i32>;
    /// Called for each event.
    fn on_event(&mut self, event: &Event);
}

/// A strategy that wants the market data of some instruments only. [`wants_instrument`] makes the export.
pub trait WantsInstrument: Strategy {
    /// Asked once for each instrument, after `init`. Settlements, reports and timers are shown in any
    /// case.
    fn wants_instrument(&self, id: u32) -> bool;
}

/// Words of a state that is handed over, at most.
pub const STATE_WORDS: usize = 64;

/// A strategy that hands its state over to a successor. [`hand_over`] makes the exports.
pub trait HandOver: Strategy {
    /// Names the layout of the words: another layout, another number.
    const LAYOUT: u64;
    /// Writes its state; how many words it has.
    fn export(&self, words: &mut [u64; STATE_WORDS]) -> usize;
    /// Takes a state over. False: it does not fit, and nothing has changed.
    fn import(&mut self, words: &[u64]) -> bool;
}

/// In `init` only: a setting of the user, or `otherwise`.
pub fn param(name: &str, otherwise: f64) -> f64 {
    // SAFETY: the host reads the bytes of `name`.
    unsafe { host::param(name.as_ptr(), name.len(), otherwise) }
}

/// Everywhere.
pub fn instrument(id: u32) -> Option<Instrument> {
    // SAFETY: any bytes are a record of integers.
    let mut record: Instrument = unsafe { core::mem::zeroed() };
    // SAFETY: the host writes one record.
    (unsafe { host::instrument(id, &mut record) } != 0).then(|| record)
}

/// In `on_event` only, like all below.
pub fn now() -> i64 {
    // SAFETY: touches no memory.
    unsafe { host::now() }
}

pub fn market(id: u32) -> Option<Market> {
    let mut record = Market::default();
    // SAFETY: the host writes one record.
    (unsafe { host::market(id, &mut record) } != 0).then(|| record)
}

/// How many levels of a side it wrote, from the touch outwards.
pub fn depth(id: u32, side: u8, into: &mut [Level]) -> usize {
    // SAFETY: the host writes `into.len()` records at most.
    unsafe { host::depth(id, side.into(), into.as_mut_ptr(), into.len()) as usize }
}

pub fn position(id: u32) -> Option<Position> {
    let mut record = Position::default();
    // SAFETY: the host writes one record.
    (unsafe { host::position(id, &mut record) } != 0).then(|| record)
}

/// How many orders are open; writes the oldest of them.
pub fn orders(into: &mut [Order]) -> usize {
    // SAFETY: the host writes `into.len()` records at most.
    unsafe { host::orders(into.as_mut_ptr(), into.len()) as usize }
}

/// The order's id.
pub fn submit(intent: &Intent) -> Option<u64> {
    // SAFETY: the host reads one record.
    Some(unsafe { host::submit(intent) }).filter(|id| *id != 0)
}

pub fn cancel(order: u64, why: &Reasons) -> bool {
    // SAFETY: the host reads one record.
    unsafe { host::cancel(order, why) != 0 }
}

pub fn abstain(intent: &Intent) -> bool {
    // SAFETY: the host reads one record.
    unsafe { host::abstain(intent) != 0 }
}

mod host {
    use super::{Instrument, Intent, Level, Market, Order, Position, Reasons};

    #[link(wasm_import_module = "royale")]
    extern "C" {
        pub fn param(name: *const u8, length: usize, otherwise: f64) -> f64;
        pub fn instrument(id: u32, into: *mut Instrument) -> i32;
        pub fn now() -> i64;
        pub fn market(id: u32, into: *mut Market) -> i32;
        pub fn depth(id: u32, side: u32, into: *mut Level, max: usize) -> i32;
        pub fn position(id: u32, into: *mut Position) -> i32;
        pub fn orders(into: *mut Order, max: usize) -> i32;
        pub fn submit(intent: *const Intent) -> u64;
        pub fn cancel(order: u64, why: *const Reasons) -> i32;
        pub fn abstain(intent: *const Intent) -> i32;
        pub fn take_state(into: *mut u64) -> i32;
    }
}

// Help

/// For signals only, never for money: 10⁻⁹ as a number.
pub fn to_f64(raw: i64) -> f64 {
    raw as f64 / 1e9
}

/// The door from numbers to money: rounds to 10⁻⁹, then down to a multiple of `grid`.
pub fn on_grid(number: f64, grid: i64) -> Option<i64> {
    let raw = number * 1e9;
    let in_range = raw > -9223372036854775808.0 && raw < 9223372036854775808.0;
    if !in_range || grid <= 0 {
        return None;
    }
    let whole = raw as i64;
    // `core` cannot round before Rust 1.85: half away from zero, as the host does.
    let rest = raw - whole as f64;
    let away = i64::from(rest >= 0.5) - i64::from(rest <= -0.5);
    let nearest = whole.saturating_add(away);
    Some(nearest.saturating_sub(nearest.rem_euclid(grid)))
}

// What the host calls

/// Where the strategy and its events live. A module has one thread, so nobody shares it.
pub struct Home<S>(core::cell::UnsafeCell<(Event, Option<S>)>);

// SAFETY: WebAssembly without threads.
unsafe impl<S> Sync for Home<S> {}

impl<S: Strategy> Home<S> {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let event = Event {
            seq: 0,
            time: 0,
            venue_time: 0,
            instrument: 0,
            kind: 0,
            flags: 0,
            code: 0,
            reject: 0,
            word: [0; 4],
        };
        Self(core::cell::UnsafeCell::new((event, None)))
    }

    pub fn init(&self, instruments: u32) -> i32 {
        // SAFETY: the host calls one function at a time, and none of them calls another.
        let (event, strategy) = unsafe { &mut *self.0.get() };
        match S::init(instruments) {
            Ok(ready) => *strategy = Some(ready),
            Err(number) => return number,
        }
        event as *mut Event as i32
    }

    pub fn on_event(&self) {
        // SAFETY: as above. The host has written the event before the call.
        let (event, strategy) = unsafe { &mut *self.0.get() };
        if let Some(strategy) = strategy {
            strategy.on_event(event);
        }
    }
}

impl<S: WantsInstrument> Home<S> {
    pub fn wants_instrument(&self, id: u32) -> i32 {
        // SAFETY: as above.
        let (_, strategy) = unsafe { &*self.0.get() };
        strategy.as_ref().map_or(false, |it| it.wants_instrument(id)).into()
    }
}

/// Where the host lays what it knows beside an event. [`beside`] makes one.
pub struct BesidePlace(core::cell::UnsafeCell<[u64; core::mem::size_of::<Beside>() / 8]>);

// SAFETY: WebAssembly without threads.
unsafe impl Sync for BesidePlace {}

impl BesidePlace {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(core::cell::UnsafeCell::new([0; core::mem::size_of::<Beside>() / 8]))
    }

    pub fn at(&self) -> i32 {
        self.0.get() as i32
    }

    /// What lies there now: in `on_event`, what is known of the event's instrument.
    pub fn read(&self) -> Beside {
        // SAFETY: any bytes are a record of integers, and the host writes only between calls.
        unsafe { *self.0.get().cast::<Beside>() }
    }
}

/// Where a state lies while it is handed over.
pub struct Luggage(core::cell::UnsafeCell<[u64; STATE_WORDS]>);

// SAFETY: WebAssembly without threads.
unsafe impl Sync for Luggage {}

impl Luggage {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(core::cell::UnsafeCell::new([0; STATE_WORDS]))
    }

    pub fn export<S: HandOver>(&self, home: &Home<S>) -> u64 {
        // SAFETY: the host calls one function at a time, and none of them calls another.
        let (words, strategy) = unsafe { (&mut *self.0.get(), &(*home.0.get()).1) };
        match strategy.as_ref().map(|strategy| strategy.export(words)) {
            Some(count) if (1..=STATE_WORDS).contains(&count) => {
                (words.as_ptr() as u64) << 32 | 8 * count as u64
            }
            _ => 0,
        }
    }

    pub fn import<S: HandOver>(&self, home: &Home<S>, length: u32) -> i32 {
        let length = length as usize;
        if length % 8 != 0 || length > 8 * STATE_WORDS {
            return 0;
        }
        // SAFETY: as above.
        let (words, strategy) = unsafe { (&mut *self.0.get(), &mut (*home.0.get()).1) };
        // SAFETY: the host writes `length` bytes, for which there is room.
        unsafe { host::take_state(words.as_mut_ptr()) };
        let taken = strategy.as_mut().map_or(false, |it| it.import(&words[..length / 8]));
        taken.into()
    }
}

/// Exports a strategy: `royale::strategy!(Dip);`, once.
macro_rules! strategy {
    ($strategy:ty) => {
        static HOME: $crate::royale::Home<$strategy> = $crate::royale::Home::new();

        #[no_mangle]
        pub extern "C" fn royale_abi_1() {}

        #[no_mangle]
        pub extern "C" fn init(instruments: u32) -> i32 {
            HOME.init(instruments)
        }

        #[no_mangle]
        pub extern "C" fn wants() -> u64 {
            <$strategy as $crate::royale::Strategy>::WANTS
        }

        #[no_mangle]
        pub extern "C" fn on_event() {
            HOME.on_event()
        }
    };
}
pub(crate) use strategy;

/// Exports which instruments it wants: `royale::wants_instrument!(Dip);`, after `strategy!`.
macro_rules! wants_instrument {
    ($strategy:ty) => {
        #[no_mangle]
        pub extern "C" fn wants_instrument(id: u32) -> i32 {
            HOME.wants_instrument(id)
        }
    };
}
#[allow(unused_imports)] // Most strategies look at every instrument.
pub(crate) use wants_instrument;

/// Has the host lay the touch, the position and the open orders of each event's instrument beside it,
/// without a question and without fuel: `royale::beside!(BESIDE);`, then `BESIDE.read()`.
macro_rules! beside {
    ($name:ident) => {
        static $name: $crate::royale::BesidePlace = $crate::royale::BesidePlace::new();

        #[no_mangle]
        pub extern "C" fn beside() -> i32 {
            $name.at()
        }
    };
}
#[allow(unused_imports)] // Some strategies ask.
pub(crate) use beside;

/// Exports what hands its state over: `royale::hand_over!(Dip);`, after `strategy!`.
macro_rules! hand_over {
    ($strategy:ty) => {
        static LUGGAGE: $crate::royale::Luggage = $crate::royale::Luggage::new();

        #[no_mangle]
        pub extern "C" fn state_layout() -> u64 {
            <$strategy as $crate::royale::HandOver>::LAYOUT
        }

        #[no_mangle]
        pub extern "C" fn export_state() -> u64 {
            LUGGAGE.export(&HOME)
        }

        #[no_mangle]
        pub extern "C" fn import_state(length: u32) -> i32 {
            LUGGAGE.import(&HOME, length)
        }
    };
}
#[allow(unused_imports)] // Most strategies hand nothing over.
pub(crate) use hand_over;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
