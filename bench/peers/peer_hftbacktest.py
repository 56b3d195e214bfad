"""hftbacktest's half: each backtest once, as rows of JSON (see README.md).

ROIVectorMarketDepth, NoPartialFillExchange, risk-averse queue, constant latencies. The strategy is
compiled by numba and run on a short piece of the stream first; what is timed is the run alone.
"""

import argparse
import json
import os
import time

import numpy as np
from numba import njit

import hftbacktest as hbt
from hftbacktest.order import GTX, IOC, LIMIT, NEW, NONE

import streams

BOTH = hbt.EXCH_EVENT | hbt.LOCAL_EVENT
BID = int(BOTH | hbt.DEPTH_EVENT | hbt.BUY_EVENT)
ASK = int(BOTH | hbt.DEPTH_EVENT | hbt.SELL_EVENT)
CLEAR_BID = int(BOTH | hbt.DEPTH_CLEAR_EVENT | hbt.BUY_EVENT)
CLEAR_ASK = int(BOTH | hbt.DEPTH_CLEAR_EVENT | hbt.SELL_EVENT)
# Longer than any silence in the streams.
PATIENCE_NS = 3_600_000_000_000
FEED, END = 2, 1


@njit
def depth_rows(events_time, words, tick, lot, out):
    """Quotes as changes of two levels: nothing for a side that stayed, one row for a new quantity,
    two for a new price. The new level comes before the old one goes, and the side that steps back
    first: so no row crosses the book and no search for the next level takes more than a step."""
    row = 0
    old = np.zeros(4, np.int64)
    for i in range(len(events_time)):
        bid, bid_qty, ask, ask_qty = words[i]
        for turn in range(2):
            is_bid = (bid < old[0]) == (turn == 0)
            kind = BID if is_bid else ASK
            price, qty = (bid, bid_qty) if is_bid else (ask, ask_qty)
            was, was_qty = (old[0], old[1]) if is_bid else (old[2], old[3])
            stayed = price == was and qty == was_qty
            # A quote that says nothing new is still one that a strategy wakes up for.
            if stayed and (turn == 0 or row > 0 and out[row - 1]["exch_ts"] == events_time[i]):
                continue
            out[row]["ev"], out[row]["exch_ts"] = kind, events_time[i]
            out[row]["px"], out[row]["qty"] = price // tick / 10.0, qty // lot / 1000.0
            row += 1
            if price != was and was != 0:
                out[row]["ev"], out[row]["exch_ts"] = kind, events_time[i]
                out[row]["px"], out[row]["qty"] = was // tick / 10.0, 0.0
                row += 1
        old[:] = words[i]
    return row


def l1_array(events):
    out = np.zeros(4 * len(events), hbt.event_dtype)
    rows = depth_rows(events["time"], events["words"], streams.TICK_RAW, streams.LOT_RAW, out)
    return seen_later(out[:rows])


def l2_array(events):
    clears = np.flatnonzero(events["flags"] & streams.FLAG_CLEAR)
    out = np.zeros(len(events), hbt.event_dtype)
    sells = (events["flags"] & streams.FLAG_SELL) != 0
    out["ev"] = np.where(sells, ASK, BID)
    out["exch_ts"] = events["time"]
    out["px"] = events["words"][:, 0] // streams.TICK_RAW / 10.0
    out["qty"] = events["words"][:, 1] // streams.LOT_RAW / 1000.0
    # A snapshot begins with an empty book.
    empty = np.zeros(2 * len(clears), hbt.event_dtype)
    empty["ev"] = np.tile([CLEAR_BID, CLEAR_ASK], len(clears))
    empty["exch_ts"] = np.repeat(events["time"][clears], 2)
    empty["px"] = np.nan
    return seen_later(np.insert(out, np.repeat(clears, 2), empty))


def seen_later(array):
    """Local times, and once more the last row a second later: a run ends with its last row, before
    the strategy hears of it, and what is under way then never comes home."""
    array = np.append(array, array[-1:])
    array["exch_ts"][-1] += 1_000_000_000
    array["local_ts"] = array["exch_ts"] + streams.FEED_LATENCY_NS
    return array


def backtest(array, middle):
    """A fresh engine. Levels farther than a tenth from the middle are outside its range: hftbacktest
    skips them, as users of this book let it do."""
    asset = (
        hbt.BacktestAsset()
        .data([array])
        .linear_asset(1.0)
        .constant_order_latency(streams.ORDER_LATENCY_NS, streams.RESPONSE_LATENCY_NS)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(streams.TICK)
        .lot_size(streams.LOT)
        .roi_lb(round(0.9 * middle))
        .roi_ub(round(1.1 * middle))
    )
    return hbt.ROIVectorMarketDepthBacktest([asset])


@njit
def periodic(bt, every, takes, lot):
    """-> (messages, orders, code of the last wait)."""
    left, messages, order = every, 0, 0
    depth = bt.depth(0)
    orders = bt.orders(0)
    while True:
        code = bt.wait_next_feed(False, PATIENCE_NS)
        if code != FEED:
            return messages, order, code
        messages += 1
        left -= 1
        if left > 0:
            continue
        left = every
        last = orders.get(order)
        if last is not None and last.status == NEW and last.req == NONE:
            bt.cancel(0, order, False)
        bt.clear_inactive_orders(0)
        order += 1
        if bt.position(0) > 0:
            price = depth.best_bid if takes else depth.best_ask
            code = bt.submit_sell_order(0, order, price, lot, IOC if takes else GTX, LIMIT, False)
        else:
            price = depth.best_ask if takes else depth.best_bid
            code = bt.submit_buy_order(0, order, price, lot, IOC if takes else GTX, LIMIT, False)
        if code != 0:
            return messages, order, code


def measure(array, every, takes, middle):
    bt = backtest(array, middle)
    start, start_cpu = time.perf_counter(), time.thread_time()
    messages, orders, code = periodic(bt, every, takes, streams.LOT)
    took = time.perf_counter() - start, time.thread_time() - start_cpu
    state = bt.state_values(0)
    found = {"fills": int(state.num_trades), "cash_micro": round(state.balance * 1e6)}
    bt.close()
    if code != END:
        raise RuntimeError(f"hftbacktest ended with code {code} after {messages} messages")
    return took, messages, orders, found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="folder that `peers data` wrote")
    parser.add_argument("--cpu", type=int, help="pin the run to this cpu")
    parser.add_argument("--only", default="", help="only the works whose name contains this")
    arguments = parser.parse_args()
    if arguments.cpu is not None:
        os.sched_setaffinity(0, {arguments.cpu})
    for feed, convert in (("l1", l1_array), ("l2", l2_array)):
        works = [(f"backtest-{feed}-{style}", style) for style in ("taking", "resting")]
        works = [(work, style) for work, style in works if arguments.only in work]
        if not works:
            continue
        events = streams.read(arguments.data, feed)
        every = streams.every(events)
        wakes = len(np.unique(events["time"]))
        middle = float(np.median(events["words"][:, 0])) / 1e9
        array = convert(events)
        # Not measured: compiles, and wakes up the machine.
        measure(array[: len(array) // 20].copy(), every, True, middle)
        for work, style in works:
            took, messages, orders, found = measure(array, every, style == "taking", middle)
            if messages != wakes:
                raise RuntimeError(f"{work}: woken {messages} times by {wakes} messages")
            print(
                json.dumps(
                    {
                        "work": work,
                        "peer": f"hftbacktest {hbt.__version__}",
                        "unit": "M events/s",
                        "value": len(events) / took[0] / 1e6,
                        "cpu_value": len(events) / took[1] / 1e6,
                        "events": len(events),
                        "rows": len(array),
                        "every": every,
                        "orders": orders,
                        **found,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
