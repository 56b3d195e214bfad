/* The ABI of sandboxed strategies, version 1, for C: every number, record and call of docs/wasm-abi.md.
 *
 * Needs no library. Prices, quantities and money are int64_t in 10^-9, times are UTC nanoseconds, ids
 * of instruments are 0, 1, 2 .... Include it in one file of a strategy. Do not edit it: a test of the
 * host holds each number here against the host's own. */
#ifndef ROYALE_H
#define ROYALE_H

#include <stdint.h>

#define ROYALE_EXPORT(name) __attribute__((export_name(name)))
#define ROYALE_IMPORT(name) __attribute__((import_module("royale"), import_name(name)))

/* Says which version of the ABI the module speaks; the host never calls it. */
ROYALE_EXPORT("royale_abi_1") void royale_abi_1(void) {}

/* Numbers */

enum {
  ROYALE_ONE = 1000000000,

  /* royale_event.kind. Ignore those that are not here. */
  ROYALE_QUOTE = 1,
  ROYALE_TRADE = 2,
  ROYALE_LEVEL = 3,
  ROYALE_BAR = 4,
  ROYALE_ODDS = 5,
  ROYALE_GAP = 6,
  ROYALE_SETTLEMENT = 7,
  ROYALE_REPORT = 8,
  ROYALE_TIMER = 10,

  /* royale_event.flags of market data. LAST: the books are consistent. */
  ROYALE_FLAG_LAST = 1,
  ROYALE_FLAG_SNAPSHOT = 2,
  ROYALE_FLAG_CLEAR = 4,
  ROYALE_FLAG_SELL = 8, /* a level: of the asks; a trade: the aggressor sold */
  ROYALE_FLAG_BUY = 16, /* a trade: the aggressor bought */

  /* royale_event.flags of a report */
  ROYALE_REPORT_FINAL = 1, /* the order is dead */
  ROYALE_REPORT_MAKER = 2, /* else taker */
  ROYALE_REPORT_SELL = 4,  /* else buy */

  /* royale_event.word[...], by kind */
  ROYALE_QUOTE_BID = 0,
  ROYALE_QUOTE_BID_QTY = 1,
  ROYALE_QUOTE_ASK = 2,
  ROYALE_QUOTE_ASK_QTY = 3,
  ROYALE_TRADE_PRICE = 0,
  ROYALE_TRADE_QTY = 1,
  ROYALE_TRADE_NUMBER = 2,
  ROYALE_LEVEL_PRICE = 0,
  ROYALE_LEVEL_QTY = 1, /* what rests there now; 0: nothing */
  ROYALE_LEVEL_UPDATE = 2,
  ROYALE_BAR_OPEN = 0,
  ROYALE_BAR_HIGH_LOW = 1,      /* high - open << 32 | open - low, in ticks */
  ROYALE_BAR_CLOSE_SECONDS = 2, /* close - open, signed << 32 | seconds */
  ROYALE_BAR_VOLUME = 3,
  ROYALE_ODDS_BID = 0, /* probabilities: ROYALE_ONE is certainty */
  ROYALE_ODDS_ASK = 1,
  ROYALE_ODDS_LAST = 2,
  ROYALE_ODDS_VOLUME = 3,
  ROYALE_GAP_EXPECTED = 0,
  ROYALE_GAP_RECEIVED = 1,
  ROYALE_SETTLEMENT_VALUE = 0,
  ROYALE_REPORT_ORDER = 0,
  ROYALE_REPORT_PRICE = 1,
  ROYALE_REPORT_QTY = 2, /* of the fill; else what is left */
  ROYALE_REPORT_FEE = 3,
  ROYALE_TIMER_ID = 0,
  ROYALE_TIMER_DUE = 1,

  /* royale_event.code of a gap */
  ROYALE_GAP_RECONNECT = 1,
  ROYALE_GAP_SEQUENCE = 2,
  ROYALE_GAP_CORRUPT = 3,

  /* royale_event.code of a report */
  ROYALE_EXEC_NEW = 1,
  ROYALE_EXEC_TRADE = 2,
  ROYALE_EXEC_CANCELED = 3,
  ROYALE_EXEC_REJECTED = 4,
  ROYALE_EXEC_EXPIRED = 5,
  ROYALE_EXEC_CANCEL_REJECTED = 6,

  /* royale_event.reject of a report */
  ROYALE_REJECT_NONE = 0,
  ROYALE_REJECT_POST_ONLY_WOULD_CROSS = 1,
  ROYALE_REJECT_NOT_TRADABLE = 2,
  ROYALE_REJECT_UNKNOWN_ORDER = 3,
  ROYALE_REJECT_OFF_GRID = 4,
  ROYALE_REJECT_TOO_MANY_ORDERS = 5,
  ROYALE_REJECT_RISK_REFUSED = 6,
  ROYALE_REJECT_RISK_LIMIT = 7,

  /* royale_intent */
  ROYALE_BUY = 1,
  ROYALE_SELL = 2,
  ROYALE_MARKET_ORDER = 1,
  ROYALE_LIMIT_ORDER = 2,
  ROYALE_GOOD_TILL_CANCEL = 1,
  ROYALE_IMMEDIATE_OR_CANCEL = 3,
  ROYALE_FILL_OR_KILL = 4,
  ROYALE_POST_ONLY = 6,
  ROYALE_REGIME_UNKNOWN = 0,
  ROYALE_REGIME_BULL = 1,
  ROYALE_REGIME_BEAR = 2,
  ROYALE_REGIME_SIDEWAYS = 3,

  /* royale_market.flags */
  ROYALE_MARKET_BEST = 1,     /* bid and ask are known */
  ROYALE_MARKET_TRADE = 2,    /* the last trade is */
  ROYALE_MARKET_ODDS = 4,     /* the odds are */
  ROYALE_MARKET_MID = 8,      /* two-sided and not crossed: the middle is */
  ROYALE_MARKET_GAPPED = 16,  /* messages are missing: the book is void */
  ROYALE_MARKET_IN_BATCH = 32, /* the book may contradict itself */
  ROYALE_MARKET_SETTLED = 64,
  ROYALE_MARKET_BOOK = 128,

  /* royale_order.flags */
  ROYALE_ORDER_ACKNOWLEDGED = 1,
  ROYALE_ORDER_CANCEL_SENT = 2,

  /* royale_instrument.fee_kind */
  ROYALE_FEE_PROPORTIONAL = 1,
  ROYALE_FEE_QUADRATIC = 2,
  ROYALE_FEE_PER_CONTRACT = 3,

  /* royale_instrument.kind */
  ROYALE_KIND_EQUITY = 1,
  ROYALE_KIND_OPTION = 2,
  ROYALE_KIND_FUTURE = 3,
  ROYALE_KIND_FX_SPOT = 4,
  ROYALE_KIND_CRYPTO_SPOT = 5,
  ROYALE_KIND_PERP_LINEAR = 6,
  ROYALE_KIND_PERP_INVERSE = 7,
  ROYALE_KIND_BINARY_EVENT = 8,

  /* royale_instrument.venue */
  ROYALE_VENUE_SYNTHETIC = 0,
  ROYALE_VENUE_KALSHI = 1,
  ROYALE_VENUE_COINBASE = 2,
  ROYALE_VENUE_BINANCE_SPOT = 3,
  ROYALE_VENUE_BINANCE_USDM = 4,
  ROYALE_VENUE_BINANCE_COINM = 5,

  /* royale_instrument.settlement, .right */
  ROYALE_SETTLES_CASH = 1,
  ROYALE_SETTLES_PHYSICAL = 2,
  ROYALE_RIGHT_NONE = 0,
  ROYALE_RIGHT_PUT = 1,
  ROYALE_RIGHT_CALL = 2,

  /* royale_reason.feature: what was looked at */
  ROYALE_FEATURE_EDGE = 1,
  ROYALE_FEATURE_FAIR_VALUE = 2,
  ROYALE_FEATURE_MARKET_PRICE = 3,
  ROYALE_FEATURE_MONEYNESS = 4,
  ROYALE_FEATURE_TIME_LEFT = 5,
  ROYALE_FEATURE_VOLATILITY = 6,
  ROYALE_FEATURE_ODDS_SHIFT = 7,
  ROYALE_FEATURE_ODDS_LEVEL = 8,
  ROYALE_FEATURE_INVENTORY = 9,
  ROYALE_FEATURE_RESERVATION_PRICE = 10,
  ROYALE_FEATURE_HALF_SPREAD = 11,
  ROYALE_FEATURE_TREND = 12,
  ROYALE_FEATURE_Z_SCORE = 13,
  ROYALE_FEATURE_RSI = 14,
  ROYALE_FEATURE_IMBALANCE = 15,
  ROYALE_FEATURE_ORDER_FLOW = 16,
  ROYALE_FEATURE_OPEN_PROFIT = 17,
  ROYALE_FEATURE_HOLDING_TIME = 18,
  ROYALE_FEATURE_COST = 19,
  ROYALE_FEATURE_SPREAD = 20,
  ROYALE_FEATURE_MOMENTUM = 21,
  ROYALE_FEATURE_RULE = 22,
  ROYALE_FEATURE_GATE_EDGE = 23,
  ROYALE_FEATURE_GATE_PRICE_CAP = 24,
  ROYALE_FEATURE_GATE_VWAP = 25,
  ROYALE_FEATURE_GATE_DRIFT = 26,
  ROYALE_FEATURE_GATE_SPIKE = 27,
  ROYALE_FEATURE_GATE_LIMIT = 28,
  ROYALE_FEATURE_SIZE_KELLY = 29,
  ROYALE_FEATURE_SIZE_STAKE = 30,
  ROYALE_FEATURE_SIZE_BUDGET = 31,
  ROYALE_FEATURE_SIZE_POSITION = 32,
  ROYALE_FEATURE_SIZE_ORDER = 33,
  ROYALE_FEATURE_SIZE_BOOK = 34,
  ROYALE_FEATURE_SIZE_CLOSE = 35,

  /* Most of a kind */
  ROYALE_REASONS_MAX = 8,
  ROYALE_DECISIONS_MAX = 16, /* on one event */
  ROYALE_ORDERS_MAX = 128,   /* open at one time */
  ROYALE_LEVELS_MAX = 64,    /* from one call of royale_depth */
};

/* Which events the strategy wants, after its includes: the others pass it by, and cost nothing. One
 * ROYALE_EVENTS(...) for each kind, and ROYALE_LAST_OF_MESSAGE for quotes, levels and odds only where
 * the books are consistent. Without it the strategy is shown everything:
 *     ROYALE_WANTS(ROYALE_EVENTS(ROYALE_TRADE) | ROYALE_EVENTS(ROYALE_REPORT)) */
#define ROYALE_WANTS(mask) \
  ROYALE_EXPORT("wants") uint64_t wants(void) { return mask; }
#define ROYALE_EVENTS(kind) ((uint64_t)1 << (kind))
#define ROYALE_LAST_OF_MESSAGE 1

/* Of which instruments it wants market data, together with ROYALE_WANTS: a name for the instrument's id,
 * and 1 or 0. Settlements, reports and timers are shown in any case. Asked once, after init:
 *     ROYALE_WANTS_INSTRUMENT(id, id == mine) */
#define ROYALE_WANTS_INSTRUMENT(id, answer) \
  ROYALE_EXPORT("wants_instrument") int32_t wants_instrument(uint32_t id) { return answer; }

/* A `struct royale_beside` of the strategy's that the host fills in before each event: the touch, the
 * position and the open orders of the event's instrument, without a question and without fuel. Zeros
 * where the event is about none:
 *     static struct royale_beside beside;
 *     ROYALE_BESIDE(beside) */
#define ROYALE_BESIDE(record) \
  ROYALE_EXPORT("beside") int32_t royale_beside(void) { return (int32_t)(intptr_t)&(record); }

/* "No instrument", in an event and as an underlying. */
#define ROYALE_NO_INSTRUMENT 0xffffffff
/* What royale_on_grid answers where there is no such number. */
#define ROYALE_NO_NUMBER INT64_MIN

/* Records that the host writes */

struct royale_event {
  uint64_t seq;
  int64_t time; /* the only clock */
  int64_t venue_time;
  uint32_t instrument;
  uint8_t kind;
  uint8_t flags;
  uint8_t code;
  uint8_t reject;
  int64_t word[4];
};

struct royale_market {
  int64_t bid;
  int64_t bid_qty;
  int64_t ask;
  int64_t ask_qty;
  int64_t trade;
  int64_t trade_qty;
  int64_t trade_time;
  int64_t odds_bid;
  int64_t odds_ask;
  int64_t odds_last;
  int64_t odds_volume;
  int64_t odds_time;
  int64_t updated; /* when the pricing source last spoke */
  int64_t settled;
  int64_t mid;
  uint32_t flags;
  uint32_t zero;
};

struct royale_level {
  int64_t price;
  int64_t qty;
};

struct royale_position {
  int64_t held;      /* signed */
  int64_t entry;     /* average price; 0 when flat */
  int64_t if_bought; /* held, if all open buys filled */
  int64_t if_sold;   /* held, if all open sells filled */
};

struct royale_beside {
  int64_t bid;
  int64_t bid_qty;
  int64_t ask;
  int64_t ask_qty;
  int64_t mid;
  int64_t held;   /* the position, signed */
  uint32_t flags; /* as royale_market.flags */
  uint32_t orders; /* open in the instrument */
  uint32_t orders_in_all;
  uint32_t zero;
};

struct royale_order {
  uint64_t id;
  uint32_t instrument;
  uint8_t side;
  uint8_t flags;
  uint16_t zero;
  int64_t price;
  int64_t left;
  int64_t sent_at;
};

struct royale_instrument {
  char symbol[40]; /* texts are UTF-8, padded with zeros */
  char base[16];
  char quote[8];
  uint32_t id;
  uint32_t underlying;
  int64_t tick;
  int64_t lot;
  int64_t multiplier;
  int64_t expiry;
  int64_t strike;
  int64_t maker_fee;
  int64_t taker_fee;
  uint8_t fee_kind;
  uint8_t zero[7];
  uint8_t kind;
  uint8_t venue;
  uint8_t settlement;
  uint8_t right;
  uint32_t zero_end;
};

/* Records that the strategy writes */

struct royale_reason {
  uint16_t feature;
  uint16_t zero;
  float value;
  double contribution;
};

struct royale_reasons {
  uint32_t count;
  uint32_t zero;
  struct royale_reason list[ROYALE_REASONS_MAX];
};

struct royale_intent {
  uint32_t instrument;
  uint8_t side;
  uint8_t ord_type;
  uint8_t time_in_force;
  uint8_t regime;
  int64_t price; /* on the tick grid; 0 for a market order */
  int64_t qty;   /* on the lot grid */
  double confidence;
  struct royale_reasons reasons;
};

_Static_assert(sizeof(struct royale_event) == 64, "64 bytes");
_Static_assert(sizeof(struct royale_market) == 128, "128 bytes");
_Static_assert(sizeof(struct royale_beside) == 64, "64 bytes");
_Static_assert(sizeof(struct royale_order) == 40, "40 bytes");
_Static_assert(sizeof(struct royale_instrument) == 144, "144 bytes");
_Static_assert(sizeof(struct royale_intent) == 32 + 8 + 16 * ROYALE_REASONS_MAX, "168 bytes");

/* Calls. Answers are 1 and 0 for yes and no where nothing else is said. */

/* In init only: a setting of the user, or `otherwise`. */
ROYALE_IMPORT("param") double royale_param_of(const char *name, uint32_t length, double otherwise);
/* The setting with the name of a string constant. */
#define royale_param(name, otherwise) royale_param_of("" name, sizeof(name) - 1, otherwise)

/* Everywhere. */
ROYALE_IMPORT("instrument") int32_t royale_instrument(uint32_t id, struct royale_instrument *into);

/* In on_event only. */
ROYALE_IMPORT("now") int64_t royale_now(void);
ROYALE_IMPORT("market") int32_t royale_market(uint32_t id, struct royale_market *into);
/* How many levels of a side it wrote, from the touch outwards, at most `max`. */
ROYALE_IMPORT("depth")
int32_t royale_depth(uint32_t id, uint32_t side, struct royale_level *into, uint32_t max);
ROYALE_IMPORT("position") int32_t royale_position(uint32_t id, struct royale_position *into);
/* How many orders are open; writes the oldest `max` of them. */
ROYALE_IMPORT("orders") int32_t royale_orders(struct royale_order *into, uint32_t max);
/* The order's id, or 0. */
ROYALE_IMPORT("submit") uint64_t royale_submit(const struct royale_intent *intent);
ROYALE_IMPORT("cancel") int32_t royale_cancel(uint64_t order, const struct royale_reasons *why);
ROYALE_IMPORT("abstain") int32_t royale_abstain(const struct royale_intent *intent);

/* In import_state only: writes the predecessor's state; its length. */
ROYALE_IMPORT("take_state") int32_t royale_take_state(void *into);

/* Help */

/* What init returns: where the host writes each event. */
static inline int32_t royale_events_at(struct royale_event *event) {
  return (int32_t)(intptr_t)event;
}

/* What export_state returns. */
static inline uint64_t royale_state(const void *state, uint32_t length) {
  return (uint64_t)(uintptr_t)state << 32 | length;
}

/* Adds a reason: what was seen, and its signed share of the score. A ninth is dropped. */
static inline void royale_because(struct royale_reasons *reasons, uint16_t feature, double value,
                                  double contribution) {
  if (reasons->count < ROYALE_REASONS_MAX) {
    struct royale_reason reason = {feature, 0, (float)value, contribution};
    reasons->list[reasons->count++] = reason;
  }
}

/* For signals only, never for money: 10^-9 as a number. */
static inline double royale_number(int64_t raw) { return (double)raw / 1e9; }

/* The door from numbers to money: rounds to 10^-9, then down to a multiple of `grid`. */
static inline int64_t royale_on_grid(double number, int64_t grid) {
  double raw = number * 1e9;
  if (!(__builtin_fabs(raw) < 9223372036854775808.0) || grid <= 0) return ROYALE_NO_NUMBER;
  double whole = __builtin_trunc(raw);
  if (__builtin_fabs(raw - whole) >= 0.5) whole += raw < 0 ? -1.0 : 1.0;
  int64_t nearest = (int64_t)whole, over = nearest % grid;
  if (over < 0) over += grid;
  return nearest < INT64_MIN + over ? INT64_MIN : nearest - over;
}

/* a - b; at the ends of the range it stays there. */
static inline int64_t royale_minus(int64_t a, int64_t b) {
  int64_t difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? INT64_MIN : INT64_MAX;
}

#endif
