#!/usr/bin/env python3
"""Run orders.csv through hftbacktest and write every answer it gives.

    python3 -m venv VENV && VENV/bin/pip install -r requirements.txt
    VENV/bin/python run_hftbacktest.py --orders orders.csv --out expected

Market events come from feed.py (its docstring has the clock and bridging rules);
`--check-converter` also compares them with hftbacktest's own binancefutures
converter. Orders are sent at exactly time_ns of the local clock; order entry
and response take 5 ms each. A cancel is left out when the order is already
known to be done (hftbacktest would count its fill twice, see README.md).

Writes, for each of three queue models and two exchange models,
answers_<queue>_<exchange>.csv, and one summary.json. Columns of the answers:
order_id, event (accepted, partial, filled, expired, canceled, cancel_rejected),
local_ns (answer received), exch_ns (done at the exchange), side, price (of the
last execution of this answer), qty (executed in this answer, all levels),
last_qty (at `price` alone), leaves, liquidity (maker, taker), levels. `levels`
(price:qty|...) is NOT from hftbacktest, which tells only the last level of a
taking order: it is the walk over the replayed book, checked here against
what hftbacktest tells (qty, price, last_qty).
"""
import argparse
import csv
import json
import os
from decimal import Decimal

import numpy as np
from numba import njit

import hftbacktest as hbt
from hftbacktest.order import CANCELED, EXPIRED, FILLED, GTC, GTX, IOC, LIMIT, NEW, PARTIALLY_FILLED

import feed

ENTRY_NS = RESPONSE_NS = 5_000_000
QUEUES = {
    "risk_averse": lambda asset: asset.risk_adverse_queue_model(),
    "power_prob3": lambda asset: asset.power_prob_queue_model3(3.0),
    "log_prob": lambda asset: asset.log_prob_queue_model(),
}
EXCHANGES = {
    "no_partial": lambda asset: asset.no_partial_fill_exchange(),
    "partial": lambda asset: asset.partial_fill_exchange(),
}
FEES = {"zero": (0.0, 0.0), "flat": (0.01, 0.03)}      # dollars a fill: maker, taker
TIFS = {"GTC": GTC, "GTX": GTX, "IOC": IOC}
CANCEL_REJECTED = 100
NAMES = {NEW: "accepted", PARTIALLY_FILLED: "partial", FILLED: "filled", EXPIRED: "expired",
         CANCELED: "canceled", CANCEL_REJECTED: "cancel_rejected"}


def to_array(events):
    """feed.py events -> hftbacktest's event array."""
    rows = []
    both = hbt.EXCH_EVENT | hbt.LOCAL_EVENT
    for now, kind, body in events:
        if kind == "trade":
            taker, price, size = body
            flag = hbt.TRADE_EVENT | (hbt.BUY_EVENT if taker == 1 else hbt.SELL_EVENT)
            rows.append((both | flag, now, now + feed.FEED_LATENCY_NS, price / 10, size / 1000, 0, 0, 0.0))
            continue
        what = hbt.DEPTH_SNAPSHOT_EVENT if kind == "snapshot" else hbt.DEPTH_EVENT
        for side, changes in zip((hbt.BUY_EVENT, hbt.SELL_EVENT), body):
            for price, size in changes:
                rows.append((both | what | side, now, now + feed.FEED_LATENCY_NS,
                             price / 10, size / 1000, 0, 0, 0.0))
    return np.array(rows, dtype=hbt.types.event_dtype)


@njit
def scan(bt, count, sent, leaves, status, stamp, cancel_at, out, row):
    """Append a row for every order whose local state changed."""
    now = bt.current_timestamp
    orders = bt.orders(0)
    for i in range(count):
        if not sent[i]:
            continue
        order = orders.get(i + 1)
        if order is None:
            continue
        if order.status != status[i] or order.leaves_qty != leaves[i] or order.exch_timestamp != stamp[i]:
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = i + 1, order.status, now, order.exch_timestamp
            out[row, 4] = order.exec_price_tick
            out[row, 5] = round((leaves[i] - order.leaves_qty) * 1e6)
            out[row, 6] = round(order.exec_qty * 1e6)
            out[row, 7] = round(order.leaves_qty * 1e6)
            out[row, 8] = order.arr[0].maker
            row += 1
            status[i], leaves[i], stamp[i] = order.status, order.leaves_qty, order.exch_timestamp
        if cancel_at[i] > 0 and now >= cancel_at[i] + 10_000_000:
            if order.status != CANCELED:
                out[row, 0], out[row, 1], out[row, 2] = i + 1, CANCEL_REJECTED, now
                out[row, 3] = cancel_at[i] + 5_000_000
                out[row, 7] = round(order.leaves_qty * 1e6)
                row += 1
            cancel_at[i] = 0
    return row


@njit
def play(bt, times, ids, cancels, sides, tifs, prices, qtys, count, out):
    """-> (rows written, error code, order of the error)."""
    sent = np.zeros(count, np.bool_)
    leaves, status = np.zeros(count), np.zeros(count, np.int64)
    stamp, cancel_at = np.zeros(count, np.int64), np.zeros(count, np.int64)
    row = 0
    code = bt.elapse(0)
    if code != 0:
        return row, code, -1
    for k in range(len(times) + 1):
        # Wait for the time of action k, or for the end of the data after the last.
        while True:
            left = times[k] - bt.current_timestamp if k < len(times) else 1_000_000_000_000
            if left <= 0:
                break
            code = bt.wait_next_feed(True, left)
            if code != 0 and code != 1 and code != 2 and code != 3:
                return row, code, k
            if code != 2:
                row = scan(bt, count, sent, leaves, status, stamp, cancel_at, out, row)
            if code == 1:
                break
        if k == len(times):
            break
        i = ids[k] - 1
        if cancels[k] and (status[i] == FILLED or status[i] == EXPIRED or status[i] == CANCELED):
            continue
        if cancels[k]:
            code = bt.cancel(0, ids[k], False)
            cancel_at[i] = times[k]
        elif sides[k] > 0:
            code = bt.submit_buy_order(0, ids[k], prices[k], qtys[k], tifs[k], LIMIT, False)
        else:
            code = bt.submit_sell_order(0, ids[k], prices[k], qtys[k], tifs[k], LIMIT, False)
        if code != 0:
            return row, code, k
        if not cancels[k]:
            sent[i] = True
            leaves[i] = qtys[k]
    return row, 0, -1


def read_orders(path):
    with open(path, newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def run(array, orders, queue, exchange, fee):
    asset = hbt.BacktestAsset().data([array]).linear_asset(1.0)
    asset = asset.constant_order_latency(ENTRY_NS, RESPONSE_NS)
    asset = EXCHANGES[exchange](QUEUES[queue](asset))
    asset = asset.flat_per_trade_fee_model(*FEES[fee]).tick_size(0.1).lot_size(0.001)
    bt = hbt.HashMapMarketDepthBacktest([asset])
    count = max(int(order["order_id"]) for order in orders)
    out = np.zeros((20 * count, 9), np.int64)
    rows, code, at = play(
        bt, np.array([int(o["time_ns"]) for o in orders]),
        np.array([int(o["order_id"]) for o in orders]),
        np.array([o["action"] == "cancel" for o in orders]),
        np.array([1 if o["side"] == "buy" else -1 for o in orders]),
        np.array([TIFS[o["tif"]] for o in orders]),
        np.array([float(o["price"]) for o in orders]),
        np.array([float(o["qty"]) for o in orders]), count, out)
    values = bt.state_values(0)
    state = {name: getattr(values, name) for name in
             ("position", "balance", "fee", "num_trades", "trading_volume", "trading_value")}
    bt.close()
    if code:
        raise RuntimeError(f"{queue} {exchange}: hftbacktest error {code} before action {at} "
                           f"({orders[at] if 0 <= at < len(orders) else 'end'}), answers so far: {rows}\n"
                           f"{out[max(rows - 5, 0):rows]}")
    return sorted(out[:rows].tolist(), key=lambda row: (row[2], row[0])), state


def walk(events, orders):
    """order_id -> the opposite ladder when the order reaches the exchange, best first."""
    book, place, found = feed.Book(), 0, {}
    for order in orders:
        if order["action"] != "new":
            continue
        arrive = int(order["time_ns"]) + ENTRY_NS
        while place < len(events) and events[place][0] <= arrive:
            if events[place][1] != "trade":
                book.apply(events[place][2])
            place += 1
        buy = order["side"] == "buy"
        limit = feed.whole(order["price"], feed.TICK)
        ladder = book.asks if buy else book.bids
        found[int(order["order_id"])] = [(p, ladder[p]) for p in sorted(ladder, reverse=not buy)
                                         if (p <= limit if buy else p >= limit)]
    return found


def micro(value):
    return format((Decimal(value) / 1_000_000).quantize(feed.LOT), "f")


def answers(raw, orders, ladders, partial):
    """hftbacktest's rows -> printable rows, with the levels of taking orders."""
    new = {int(o["order_id"]): o for o in orders if o["action"] == "new"}
    for order_id, code, local, exch, tick, qty, last_qty, leaves, maker in raw:
        executed = qty > 0 and code != CANCEL_REJECTED
        levels = []
        if executed and maker:
            levels = [(tick, qty)]
        elif executed and not partial:
            levels = [(tick, qty)]
            if ladders[order_id][0][0] != tick:
                raise AssertionError(f"order {order_id}: taker price is not the best")
        elif executed:
            rest = qty
            for price, size in ladders[order_id]:
                take = min(size * 1000, rest)
                levels.append((price, take))
                rest -= take
                if not rest:
                    break
            # The rest of a GTC order beyond the book is filled at its own price.
            if rest:
                levels.append((feed.whole(new[order_id]["price"], feed.TICK), rest))
            if levels[-1] != (tick, last_qty):
                raise AssertionError(f"order {order_id}: walk {levels} but {tick} {last_qty}")
        yield {
            "order_id": order_id, "event": NAMES[code], "local_ns": local, "exch_ns": exch,
            "side": new[order_id]["side"], "price": str(tick * feed.TICK) if executed else "",
            "qty": micro(qty) if executed else "", "last_qty": micro(last_qty) if executed else "",
            "leaves": micro(leaves), "liquidity": ("maker" if maker else "taker") if executed else "",
            "levels": "|".join(f"{p * feed.TICK}:{micro(q)}" for p, q in levels)}


def totals(rows, fees):
    """Position, balance and fee from the answers, one fee per level filled."""
    position = balance = fee = Decimal(0)
    fills = {"maker": 0, "taker": 0}
    for row in rows:
        sign = 1 if row["side"] == "buy" else -1
        for level in filter(None, row["levels"].split("|")):
            price, qty = map(Decimal, level.split(":"))
            position += sign * qty
            balance -= sign * price * qty
            fee += Decimal(str(fees[row["liquidity"] == "taker"]))
            fills[row["liquidity"]] += 1
    return {"position": str(position), "balance": str(balance), "fee": str(fee), "fills": fills}


def check_converter(recording, events):
    """Our events after the snapshot against hftbacktest's converter, as a multiset by local time."""
    from hftbacktest.data.utils import binancefutures
    theirs = binancefutures.convert(recording, buffer_size=2_000_000)
    theirs = theirs[(theirs["ev"] & hbt.LOCAL_EVENT) == hbt.LOCAL_EVENT]
    mask = 0xFF | hbt.BUY_EVENT | hbt.SELL_EVENT
    start = events[0][0]
    ours = to_array([event for event in events if event[0] > start])
    # Its local times are moved by one constant: compare by rank from the end.
    shift = int(theirs["local_ts"][-1]) - int(ours["exch_ts"][-1])
    theirs = theirs[theirs["local_ts"] - shift > start]
    def keys(array, at):
        return sorted(zip(at.tolist(), (array["ev"] & mask).tolist(), array["px"].tolist(), array["qty"].tolist()))
    same = keys(ours, ours["exch_ts"]) == keys(theirs, theirs["local_ts"] - shift)
    print(f"converter: {len(ours)} events of ours, {len(theirs)} of its, local times moved by {shift} ns, "
          f"{'the same' if same else 'DIFFERENT'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", default=feed.default_recording(), help="Binance USD-M .gz file")
    parser.add_argument("--orders", default="orders.csv")
    parser.add_argument("--out", default="expected", help="folder for the answers")
    parser.add_argument("--check-converter", action="store_true")
    args = parser.parse_args()
    events, orders = feed.read(args.recording), read_orders(args.orders)
    array = to_array(events)
    if args.check_converter:
        check_converter(args.recording, events)
    ladders = walk(events, orders)
    os.makedirs(args.out, exist_ok=True)
    summary = {"hftbacktest": hbt.__version__, "events": len(array), "orders": len(orders), "runs": {}}
    for queue in QUEUES:
        for exchange in EXCHANGES:
            written = None
            for fee, rates in FEES.items():
                raw, state = run(array, orders, queue, exchange, fee)
                rows = list(answers(raw, orders, ladders, exchange == "partial"))
                if written is not None and rows != written:
                    raise AssertionError("fees changed the answers")
                written = rows
                events_seen = {}
                for row in rows:
                    events_seen[row["event"]] = events_seen.get(row["event"], 0) + 1
                summary["runs"][f"{queue}_{exchange}_{fee}"] = {
                    "answers": events_seen, "from_answers": totals(rows, rates), "hftbacktest_local_state": state}
            with open(f"{args.out}/answers_{queue}_{exchange}.csv", "w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(written[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(written)
            print(queue, exchange, len(written))
    with open(f"{args.out}/summary.json", "w", encoding="utf-8") as handle:
        json.dump(summary, handle, indent=1, sort_keys=True)
        handle.write("\n")


if __name__ == "__main__":
    main()
