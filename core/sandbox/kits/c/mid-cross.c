/* mid-cross: holds one lot while the fast average of a book's middle is above the slow one.
 *
 * Shows how to watch a book: it wants quotes and book levels of one instrument, each only where the
 * books are consistent, and reads the middle from what the host lays beside the event. */
#include "royale.h"

ROYALE_WANTS(ROYALE_EVENTS(ROYALE_QUOTE) | ROYALE_EVENTS(ROYALE_LEVEL) | ROYALE_LAST_OF_MESSAGE)

static struct royale_event event;
static double fast, slow;           /* averages, in the instrument's currency */
static double fast_span, slow_span; /* over how many changes of the book */
static uint64_t seen;               /* changes so far */
static uint32_t id;
static int64_t lot;

ROYALE_WANTS_INSTRUMENT(other, other == id)

static struct royale_beside beside;
ROYALE_BESIDE(beside)

ROYALE_EXPORT("init") int32_t init(uint32_t instruments) {
  struct royale_instrument instrument;
  double number = royale_param("instrument", 0.0);
  fast_span = royale_param("fast", 50.0);
  slow_span = royale_param("slow", 500.0);
  if (!(number >= 0.0 && number < (double)instruments)) return -1;
  id = (uint32_t)number;
  if (!royale_instrument(id, &instrument)) return -1;
  if (!(fast_span >= 1.0 && fast_span < slow_span && slow_span <= 1e6)) return -2;
  lot = instrument.lot;
  return royale_events_at(&event);
}

ROYALE_EXPORT("on_event") void on_event(void) {
  if (event.instrument != id || !(beside.flags & ROYALE_MARKET_MID)) return;
  double mid = royale_number(beside.mid);
  if (seen++ == 0) fast = slow = mid;
  fast += (mid - fast) * 2.0 / (fast_span + 1.0);
  slow += (mid - slow) * 2.0 / (slow_span + 1.0);
  if ((double)seen < slow_span || beside.orders_in_all != 0) return;

  double above = fast - slow;
  int64_t held = beside.held;
  uint8_t side;
  if (held == 0 && above > 0.0) {
    side = ROYALE_BUY;
  } else if (held > 0 && above < 0.0) {
    side = ROYALE_SELL;
  } else {
    return;
  }
  struct royale_intent intent = {
      .instrument = id,
      .side = side,
      .ord_type = ROYALE_MARKET_ORDER,
      .time_in_force = ROYALE_IMMEDIATE_OR_CANCEL,
      .regime = above > 0.0 ? ROYALE_REGIME_BULL : ROYALE_REGIME_BEAR,
      .qty = lot,
      .confidence = 0.5,
  };
  royale_because(&intent.reasons, ROYALE_FEATURE_MOMENTUM, above, above);
  royale_because(&intent.reasons, ROYALE_FEATURE_INVENTORY, royale_number(held), 0.0);
  royale_submit(&intent);
}
