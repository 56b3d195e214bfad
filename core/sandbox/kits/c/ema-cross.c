/* ema-cross: holds one lot while the fast average of trade prices is above the slow one.
 *
 * Shows how state is handed over: a successor goes on with the averages of its predecessor, where
 * both count over the same numbers of trades, and need not warm up again. */
#include "royale.h"

static const uint32_t INSTRUMENT = 0;

ROYALE_WANTS(ROYALE_EVENTS(ROYALE_TRADE))

/* What is handed over. Another layout needs another number in state_layout. */
struct state {
  double fast, slow;           /* averages, in USD */
  double fast_span, slow_span; /* over how many trades */
  uint64_t seen;               /* trades so far */
};

static struct royale_event event;
static struct state state, offered;
static int64_t lot;

ROYALE_EXPORT("init") int32_t init(uint32_t instruments) {
  struct royale_instrument instrument;
  state.fast_span = royale_param("fast", 50.0);
  state.slow_span = royale_param("slow", 500.0);
  if (instruments == 0 || !royale_instrument(INSTRUMENT, &instrument)) return -1;
  if (!(state.fast_span >= 1.0 && state.fast_span < state.slow_span && state.slow_span <= 1e6))
    return -2;
  lot = instrument.lot;
  return royale_events_at(&event);
}

ROYALE_EXPORT("on_event") void on_event(void) {
  if (event.kind != ROYALE_TRADE || event.instrument != INSTRUMENT) return;
  double price = royale_number(event.word[ROYALE_TRADE_PRICE]);
  if (state.seen++ == 0) state.fast = state.slow = price;
  state.fast += (price - state.fast) * 2.0 / (state.fast_span + 1.0);
  state.slow += (price - state.slow) * 2.0 / (state.slow_span + 1.0);
  if ((double)state.seen < state.slow_span || royale_orders(0, 0) != 0) return;

  double above = state.fast - state.slow;
  struct royale_position position;
  royale_position(INSTRUMENT, &position);
  uint8_t side;
  if (position.held == 0 && above > 0.0) {
    side = ROYALE_BUY;
  } else if (position.held > 0 && above < 0.0) {
    side = ROYALE_SELL;
  } else {
    return;
  }
  struct royale_intent intent = {
      .instrument = INSTRUMENT,
      .side = side,
      .ord_type = ROYALE_MARKET_ORDER,
      .time_in_force = ROYALE_IMMEDIATE_OR_CANCEL,
      .regime = above > 0.0 ? ROYALE_REGIME_BULL : ROYALE_REGIME_BEAR,
      .qty = lot,
      .confidence = 0.5,
  };
  royale_because(&intent.reasons, ROYALE_FEATURE_MOMENTUM, above, above);
  royale_because(&intent.reasons, ROYALE_FEATURE_INVENTORY, royale_number(position.held), 0.0);
  royale_submit(&intent);
}

ROYALE_EXPORT("state_layout") uint64_t state_layout(void) {
  return 0x656d615f63726f31; /* "ema_cro1" */
}

ROYALE_EXPORT("export_state") uint64_t export_state(void) {
  return royale_state(&state, sizeof state);
}

ROYALE_EXPORT("import_state") int32_t import_state(uint32_t length) {
  if (length != sizeof offered) return 0;
  royale_take_state(&offered);
  if (offered.fast_span != state.fast_span || offered.slow_span != state.slow_span) return 0;
  state = offered;
  return 1;
}
