/* dip: buys one lot when the price is `drop` below the highest seen, and sells it at that high. */
#include "royale.h"

static const uint32_t INSTRUMENT = 0;

ROYALE_WANTS(ROYALE_EVENTS(ROYALE_TRADE)) /* add what else you look at */

static struct royale_event event; /* the host writes each event here */
static int64_t drop, lot, high;

ROYALE_EXPORT("init") int32_t init(uint32_t instruments) {
  struct royale_instrument instrument;
  double usd = royale_param("drop", 50.0);
  if (instruments == 0 || !royale_instrument(INSTRUMENT, &instrument)) return -1;
  if (!(usd >= 0.01 && usd <= 1e6)) return -2;
  drop = royale_on_grid(usd, 1);
  lot = instrument.lot;
  return royale_events_at(&event);
}

ROYALE_EXPORT("on_event") void on_event(void) {
  if (event.kind != ROYALE_TRADE || event.instrument != INSTRUMENT) return;
  if (royale_orders(0, 0) != 0) return;

  int64_t price = event.word[ROYALE_TRADE_PRICE];
  if (price > high) high = price;
  int64_t below = royale_minus(high, price);
  struct royale_position position;
  royale_position(INSTRUMENT, &position);

  uint8_t side;
  if (position.held == 0 && below >= drop) {
    side = ROYALE_BUY;
  } else if (position.held > 0 && below == 0) {
    side = ROYALE_SELL;
  } else {
    return;
  }
  struct royale_intent intent = {
      .instrument = INSTRUMENT,
      .side = side,
      .ord_type = ROYALE_MARKET_ORDER,
      .time_in_force = ROYALE_IMMEDIATE_OR_CANCEL,
      .regime = ROYALE_REGIME_UNKNOWN,
      .qty = lot,
      .confidence = 0.5,
  };
  double seen = royale_number(below);
  royale_because(&intent.reasons, ROYALE_FEATURE_MOMENTUM, -seen, seen);
  royale_because(&intent.reasons, ROYALE_FEATURE_INVENTORY, royale_number(position.held), 0.0);
  royale_submit(&intent);
}
