// dip: buys one lot when the price is `drop` below the highest seen, and sells it at that high.
import * as royale from "./royale";
export { royale_abi_1 } from "./royale";

const INSTRUMENT: u32 = 0;

// Records lie at fixed places: nothing is allocated. The host writes each event to the first.
const event = changetype<royale.Event>(memory.data(royale.EVENT_BYTES, 8));
const instrument = changetype<royale.Instrument>(memory.data(royale.INSTRUMENT_BYTES, 8));
const position = changetype<royale.Position>(memory.data(royale.POSITION_BYTES, 8));
const intent = changetype<royale.Intent>(memory.data(royale.INTENT_BYTES, 8));

let drop: i64 = 0;
let lot: i64 = 0;
let high: i64 = 0;

export function init(instruments: i32): i32 {
  const usd = royale.param("drop", 50.0);
  if (instruments == 0 || !royale.instrument(INSTRUMENT, instrument)) return -1;
  if (!(usd >= 0.01 && usd <= 1e6)) return -2;
  drop = royale.onGrid(usd, 1);
  lot = instrument.lot;
  return royale.eventsAt(event);
}

/** Add what else you look at; without this function the host shows everything. */
export function wants(): u64 {
  return royale.events(royale.TRADE);
}

export function on_event(): void {
  if (event.kind != royale.TRADE || event.instrument != INSTRUMENT) return;
  if (royale.orders(0, 0) != 0) return;

  const price = event.word(royale.TRADE_PRICE);
  if (price > high) high = price;
  const below = royale.minus(high, price);
  royale.position(INSTRUMENT, position);

  let side: u8;
  if (position.held == 0 && below >= drop) {
    side = royale.BUY;
  } else if (position.held > 0 && below == 0) {
    side = royale.SELL;
  } else {
    return;
  }
  intent.instrument = INSTRUMENT;
  intent.side = side;
  intent.ord_type = royale.MARKET_ORDER;
  intent.time_in_force = royale.IMMEDIATE_OR_CANCEL;
  intent.regime = royale.REGIME_UNKNOWN;
  intent.price = 0;
  intent.qty = lot;
  intent.confidence = 0.5;
  const seen = royale.toNumber(below);
  intent.reasons.clear();
  intent.reasons.because(royale.FEATURE_MOMENTUM, -seen, seen);
  intent.reasons.because(royale.FEATURE_INVENTORY, royale.toNumber(position.held), 0.0);
  royale.submit(intent);
}
