// The ABI of sandboxed strategies, version 1, for AssemblyScript: every number, record and call of
// docs/wasm-abi.md.
//
// Prices, quantities and money are i64 in 10⁻⁹, times are UTC nanoseconds, ids of instruments are
// 0, 1, 2 …. Nothing here allocates, and no strategy should: records lie at fixed places in the
// memory. Do not edit it: a test of the host holds each number here against the host's own.

/** Says which version of the ABI the module speaks; the host never calls it. */
export function royale_abi_1(): void {}

// Numbers

export const ONE: i64 = 1_000_000_000;

// Event.kind. Ignore those that are not here.
export const QUOTE: u8 = 1;
export const TRADE: u8 = 2;
export const LEVEL: u8 = 3;
export const BAR: u8 = 4;
export const ODDS: u8 = 5;
export const GAP: u8 = 6;
export const SETTLEMENT: u8 = 7;
export const REPORT: u8 = 8;
export const TIMER: u8 = 10;

// Event.flags of market data. LAST: the books are consistent.
export const FLAG_LAST: u8 = 1;
export const FLAG_SNAPSHOT: u8 = 2;
export const FLAG_CLEAR: u8 = 4;
export const FLAG_SELL: u8 = 8; // a level: of the asks; a trade: the aggressor sold
export const FLAG_BUY: u8 = 16; // a trade: the aggressor bought

// Event.flags of a report
export const REPORT_FINAL: u8 = 1; // the order is dead
export const REPORT_MAKER: u8 = 2; // else taker
export const REPORT_SELL: u8 = 4; // else buy

// Event.word(...), by kind
export const QUOTE_BID: i32 = 0;
export const QUOTE_BID_QTY: i32 = 1;
export const QUOTE_ASK: i32 = 2;
export const QUOTE_ASK_QTY: i32 = 3;
export const TRADE_PRICE: i32 = 0;
export const TRADE_QTY: i32 = 1;
export const TRADE_NUMBER: i32 = 2;
export const LEVEL_PRICE: i32 = 0;
export const LEVEL_QTY: i32 = 1; // what rests there now; 0: nothing
export const LEVEL_UPDATE: i32 = 2;
export const BAR_OPEN: i32 = 0;
export const BAR_HIGH_LOW: i32 = 1; // high - open << 32 | open - low, in ticks
export const BAR_CLOSE_SECONDS: i32 = 2; // close - open, signed << 32 | seconds
export const BAR_VOLUME: i32 = 3;
export const ODDS_BID: i32 = 0; // probabilities: ONE is certainty
export const ODDS_ASK: i32 = 1;
export const ODDS_LAST: i32 = 2;
export const ODDS_VOLUME: i32 = 3;
export const GAP_EXPECTED: i32 = 0;
export const GAP_RECEIVED: i32 = 1;
export const SETTLEMENT_VALUE: i32 = 0;
export const REPORT_ORDER: i32 = 0;
export const REPORT_PRICE: i32 = 1;
export const REPORT_QTY: i32 = 2; // of the fill; else what is left
export const REPORT_FEE: i32 = 3;
export const TIMER_ID: i32 = 0;
export const TIMER_DUE: i32 = 1;

// Event.code of a gap
export const GAP_RECONNECT: u8 = 1;
export const GAP_SEQUENCE: u8 = 2;
export const GAP_CORRUPT: u8 = 3;

// Event.code of a report
export const EXEC_NEW: u8 = 1;
export const EXEC_TRADE: u8 = 2;
export const EXEC_CANCELED: u8 = 3;
export const EXEC_REJECTED: u8 = 4;
export const EXEC_EXPIRED: u8 = 5;
export const EXEC_CANCEL_REJECTED: u8 = 6;

// Event.reject of a report
export const REJECT_NONE: u8 = 0;
export const REJECT_POST_ONLY_WOULD_CROSS: u8 = 1;
export const REJECT_NOT_TRADABLE: u8 = 2;
export const REJECT_UNKNOWN_ORDER: u8 = 3;
export const REJECT_OFF_GRID: u8 = 4;
export const REJECT_TOO_MANY_ORDERS: u8 = 5;
export const REJECT_RISK_REFUSED: u8 = 6;
export const REJECT_RISK_LIMIT: u8 = 7;

// Intent
export const BUY: u8 = 1;
export const SELL: u8 = 2;
export const MARKET_ORDER: u8 = 1;
export const LIMIT_ORDER: u8 = 2;
export const GOOD_TILL_CANCEL: u8 = 1;
export const IMMEDIATE_OR_CANCEL: u8 = 3;
export const FILL_OR_KILL: u8 = 4;
export const POST_ONLY: u8 = 6;
export const REGIME_UNKNOWN: u8 = 0;
export const REGIME_BULL: u8 = 1;
export const REGIME_BEAR: u8 = 2;
export const REGIME_SIDEWAYS: u8 = 3;

// Market.flags
export const MARKET_BEST: u32 = 1; // bid and ask are known
export const MARKET_TRADE: u32 = 2; // the last trade is
export const MARKET_ODDS: u32 = 4; // the odds are
export const MARKET_MID: u32 = 8; // two-sided and not crossed: the middle is
export const MARKET_GAPPED: u32 = 16; // messages are missing: the book is void
export const MARKET_IN_BATCH: u32 = 32; // the book may contradict itself
export const MARKET_SETTLED: u32 = 64;
export const MARKET_BOOK: u32 = 128;

// Order.flags
export const ORDER_ACKNOWLEDGED: u8 = 1;
export const ORDER_CANCEL_SENT: u8 = 2;

// Instrument.fee_kind
export const FEE_PROPORTIONAL: u8 = 1;
export const FEE_QUADRATIC: u8 = 2;
export const FEE_PER_CONTRACT: u8 = 3;

// Instrument.kind
export const KIND_EQUITY: u8 = 1;
export const KIND_OPTION: u8 = 2;
export const KIND_FUTURE: u8 = 3;
export const KIND_FX_SPOT: u8 = 4;
export const KIND_CRYPTO_SPOT: u8 = 5;
export const KIND_PERP_LINEAR: u8 = 6;
export const KIND_PERP_INVERSE: u8 = 7;
export const KIND_BINARY_EVENT: u8 = 8;

// Instrument.venue
export const VENUE_SYNTHETIC: u8 = 0;
export const VENUE_KALSHI: u8 = 1;
export const VENUE_COINBASE: u8 = 2;
export const VENUE_BINANCE_SPOT: u8 = 3;
export const VENUE_BINANCE_USDM: u8 = 4;
export const VENUE_BINANCE_COINM: u8 = 5;

// Instrument.settlement, .right
export const SETTLES_CASH: u8 = 1;
export const SETTLES_PHYSICAL: u8 = 2;
export const RIGHT_NONE: u8 = 0;
export const RIGHT_PUT: u8 = 1;
export const RIGHT_CALL: u8 = 2;

// Reason.feature: what was looked at
export const FEATURE_EDGE: u16 = 1;
export const FEATURE_FAIR_VALUE: u16 = 2;
export const FEATURE_MARKET_PRICE: u16 = 3;
export const FEATURE_MONEYNESS: u16 = 4;
export const FEATURE_TIME_LEFT: u16 = 5;
export const FEATURE_VOLATILITY: u16 = 6;
export const FEATURE_ODDS_SHIFT: u16 = 7;
export const FEATURE_ODDS_LEVEL: u16 = 8;
export const FEATURE_INVENTORY: u16 = 9;
export const FEATURE_RESERVATION_PRICE: u16 = 10;
export const FEATURE_HALF_SPREAD: u16 = 11;
export const FEATURE_TREND: u16 = 12;
export const FEATURE_Z_SCORE: u16 = 13;
export const FEATURE_RSI: u16 = 14;
export const FEATURE_IMBALANCE: u16 = 15;
export const FEATURE_ORDER_FLOW: u16 = 16;
export const FEATURE_OPEN_PROFIT: u16 = 17;
export const FEATURE_HOLDING_TIME: u16 = 18;
export const FEATURE_COST: u16 = 19;
export const FEATURE_SPREAD: u16 = 20;
export const FEATURE_MOMENTUM: u16 = 21;
export const FEATURE_RULE: u16 = 22;
export const FEATURE_GATE_EDGE: u16 = 23;
export const FEATURE_GATE_PRICE_CAP: u16 = 24;
export const FEATURE_GATE_VWAP: u16 = 25;
export const FEATURE_GATE_DRIFT: u16 = 26;
export const FEATURE_GATE_SPIKE: u16 = 27;
export const FEATURE_GATE_LIMIT: u16 = 28;
export const FEATURE_SIZE_KELLY: u16 = 29;
export const FEATURE_SIZE_STAKE: u16 = 30;
export const FEATURE_SIZE_BUDGET: u16 = 31;
export const FEATURE_SIZE_POSITION: u16 = 32;
export const FEATURE_SIZE_ORDER: u16 = 33;
export const FEATURE_SIZE_BOOK: u16 = 34;
export const FEATURE_SIZE_CLOSE: u16 = 35;

// Most of a kind
export const REASONS_MAX: u32 = 8;
export const DECISIONS_MAX: u32 = 16; // on one event
export const ORDERS_MAX: u32 = 128; // open at one time
export const LEVELS_MAX: u32 = 64; // from one call of depth

// Which events a strategy wants: what its function `wants` returns. The others cost nothing.

/** Of quotes, levels and odds only those after which the books are consistent. */
export const LAST_OF_MESSAGE: u64 = 1;
/** The events of a kind: `events(TRADE) | events(REPORT)`. */
export function events(kind: u8): u64 {
  return (<u64>1) << kind;
}

// Of which instruments it wants market data: a function `wants_instrument(id: u32): i32`, asked once for each
// after `init`, says 1 or 0. Settlements, reports and timers are shown in any case.

/** "No instrument", in an event and as an underlying. */
export const NO_INSTRUMENT: u32 = 0xffffffff;
/** What onGrid answers where there is no such number. */
export const NO_NUMBER: i64 = i64.MIN_VALUE;

// Records that the host writes. Fields of a text hold its UTF-8 bytes, padded with zeros.

@unmanaged
export class Event {
  seq: u64;
  time: i64; // the only clock
  venue_time: i64;
  instrument: u32;
  kind: u8;
  flags: u8;
  code: u8;
  reject: u8;
  word0: i64;
  word1: i64;
  word2: i64;
  word3: i64;

  /** One of the four words. */
  @inline
  word(at: i32): i64 {
    return load<i64>(changetype<usize>(this) + (<usize>at << 3), offsetof<Event>("word0"));
  }
}

@unmanaged
export class Market {
  bid: i64;
  bid_qty: i64;
  ask: i64;
  ask_qty: i64;
  trade: i64;
  trade_qty: i64;
  trade_time: i64;
  odds_bid: i64;
  odds_ask: i64;
  odds_last: i64;
  odds_volume: i64;
  odds_time: i64;
  updated: i64; // when the pricing source last spoke
  settled: i64;
  mid: i64;
  flags: u32;
  zero: u32;
}

@unmanaged
export class Level {
  price: i64;
  qty: i64;
}

@unmanaged
export class Position {
  held: i64; // signed
  entry: i64; // average price; 0 when flat
  if_bought: i64; // held, if all open buys filled
  if_sold: i64; // held, if all open sells filled
}

/** What the host lays beside each event, where a function `beside(): i32` says where: `besideAt`. */
@unmanaged
export class Beside {
  bid: i64;
  bid_qty: i64;
  ask: i64;
  ask_qty: i64;
  mid: i64;
  held: i64; // the position, signed
  flags: u32; // as Market.flags
  orders: u32; // open in the instrument
  orders_in_all: u32;
  zero: u32;
}

@unmanaged
export class Order {
  id: u64;
  instrument: u32;
  side: u8;
  flags: u8;
  zero: u16;
  price: i64;
  left: i64;
  sent_at: i64;
}

@unmanaged
export class Instrument {
  symbol0: u64;
  symbol1: u64;
  symbol2: u64;
  symbol3: u64;
  symbol4: u64;
  base0: u64;
  base1: u64;
  quote: u64;
  id: u32;
  underlying: u32;
  tick: i64;
  lot: i64;
  multiplier: i64;
  expiry: i64;
  strike: i64;
  maker_fee: i64;
  taker_fee: i64;
  fee_kind: u8;
  zero0: u8;
  zero1: u8;
  zero2: u8;
  zero3: u8;
  zero4: u8;
  zero5: u8;
  zero6: u8;
  kind: u8;
  venue: u8;
  settlement: u8;
  right: u8;
  zero_end: u32;
}

// Records that the strategy writes

@unmanaged
export class Reason {
  feature: u16;
  zero: u16;
  value: f32;
  contribution: f64;
}

@unmanaged
export class Reasons {
  count: u32;
  zero: u32;
  // Here the list begins: REASONS_MAX of Reason.

  /** Forgets all reasons: before the first `because`. */
  clear(): void {
    this.count = 0;
  }

  /** Adds a reason: what was seen, and its signed share of the score. A ninth is dropped. */
  because(feature: u16, value: f64, contribution: f64): void {
    if (this.count >= REASONS_MAX) return;
    const list = changetype<usize>(this) + offsetof<Reasons>();
    const reason = changetype<Reason>(list + this.count * offsetof<Reason>());
    reason.feature = feature;
    reason.value = <f32>value;
    reason.contribution = contribution;
    this.count += 1;
  }
}

@unmanaged
export class Intent {
  instrument: u32;
  side: u8;
  ord_type: u8;
  time_in_force: u8;
  regime: u8;
  price: i64; // on the tick grid; 0 for a market order
  qty: i64; // on the lot grid
  confidence: f64;
  // Here its reasons begin.

  /** Its reasons. */
  @inline
  get reasons(): Reasons {
    return changetype<Reasons>(changetype<usize>(this) + offsetof<Intent>());
  }
}

// Places for records: `const position = changetype<Position>(memory.data(POSITION_BYTES, 8));`

export const EVENT_BYTES: i32 = 64;
export const MARKET_BYTES: i32 = 128;
export const LEVEL_BYTES: i32 = 16;
export const POSITION_BYTES: i32 = 32;
export const BESIDE_BYTES: i32 = 64;
export const ORDER_BYTES: i32 = 40;
export const INSTRUMENT_BYTES: i32 = 144;
export const REASONS_BYTES: i32 = 136;
export const INTENT_BYTES: i32 = 168;

// Calls. Answers are 1 and 0 for yes and no where nothing else is said.

@external("royale", "param")
declare function paramOf(name: usize, length: i32, otherwise: f64): f64;

/** In init only: a setting of the user, or `otherwise`. */
export function param(name: string, otherwise: f64): f64 {
  const place = memory.data(64);
  const length = String.UTF8.byteLength(name);
  if (length > 64) unreachable();
  String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, place);
  return paramOf(place, length, otherwise);
}

// Everywhere.

@external("royale", "instrument")
export declare function instrument(id: u32, into: Instrument): i32;

// In on_event only.

@external("royale", "now")
export declare function now(): i64;

@external("royale", "market")
export declare function market(id: u32, into: Market): i32;

/** How many levels of a side it wrote to `into`, from the touch outwards, at most `max`. */
@external("royale", "depth")
export declare function depth(id: u32, side: u32, into: usize, max: u32): i32;

@external("royale", "position")
export declare function position(id: u32, into: Position): i32;

/** How many orders are open; writes the oldest `max` of them to `into`. */
@external("royale", "orders")
export declare function orders(into: usize, max: u32): i32;

/** The order's id, or 0. */
@external("royale", "submit")
export declare function submit(intent: Intent): u64;

@external("royale", "cancel")
export declare function cancel(order: u64, why: Reasons): i32;

@external("royale", "abstain")
export declare function abstain(intent: Intent): i32;

/** In import_state only: writes the predecessor's state to `into`; its length. */
@external("royale", "take_state")
export declare function takeState(into: usize): i32;

// Help

/** What init returns: where the host writes each event. */
export function eventsAt(event: Event): i32 {
  return <i32>changetype<usize>(event);
}

/** What beside returns: where the host writes what it knows of each event's instrument. */
export function besideAt(beside: Beside): i32 {
  return <i32>changetype<usize>(beside);
}

/** What export_state returns. */
export function stateAt(state: usize, length: u32): u64 {
  return (<u64>state << 32) | length;
}

/** For signals only, never for money: 10⁻⁹ as a number. */
export function toNumber(raw: i64): f64 {
  return <f64>raw / 1e9;
}

/** The door from numbers to money: rounds to 10⁻⁹, then down to a multiple of `grid`. */
export function onGrid(number: f64, grid: i64): i64 {
  const raw = number * 1e9;
  if (!(abs(raw) < 9223372036854775808.0) || grid <= 0) return NO_NUMBER;
  let whole = trunc(raw);
  if (abs(raw - whole) >= 0.5) whole += raw < 0 ? -1.0 : 1.0;
  const nearest = <i64>whole;
  let over = nearest % grid;
  if (over < 0) over += grid;
  return nearest < i64.MIN_VALUE + over ? i64.MIN_VALUE : nearest - over;
}

/** a − b; at the ends of the range it stays there. */
export function minus(a: i64, b: i64): i64 {
  const difference = a - b;
  if (((a ^ b) & (a ^ difference)) >= 0) return difference;
  return b > 0 ? i64.MIN_VALUE : i64.MAX_VALUE;
}
