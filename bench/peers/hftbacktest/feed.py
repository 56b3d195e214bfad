"""The USD-M BTCUSDT recording as a list of market events under one clock rule.

Both sides of the comparison must see the same events, so this is the whole of it:

* Tick 0.1, lot 0.001; prices are integers of ticks, quantities integers of lots.
* Exchange time of every line = its recorded local_ns. Local time = that + 1 ms.
* bookTicker lines are not used.
* Before the REST snapshot line nothing exists: trades there are dropped, depth
  messages are kept in a buffer.
* At the snapshot line's time: the snapshot is the book, then the buffered depth
  messages with u >= lastUpdateId follow in order at that same time. (The first
  of them holds U <= lastUpdateId <= u. In this file it came before the snapshot.)
* After it: file order, each line at its own time. All times differ.
* Within a depth message: bids as listed, then asks as listed.
* Trades: aggressor sells if `m` is true, buys otherwise.
"""
import gzip
import json
import os
from decimal import Decimal

TICK = Decimal("0.1")
LOT = Decimal("0.001")
FEED_LATENCY_NS = 1_000_000
RECORDING = "binance_ws/usdm/btcusdt_20240808.gz"


def default_recording():
    return os.path.join(os.environ.get("ROYALE_SHARED", "../shared"), "data", RECORDING)


def whole(text, unit):
    count = Decimal(text) / unit
    if count != int(count):
        raise ValueError(f"{text} is no multiple of {unit}")
    return int(count)


def levels(pairs):
    return [(whole(price, TICK), whole(size, LOT)) for price, size in pairs]


def read(path):
    """-> list of (exchange ns, kind, body): kind snapshot | depth -> (bids, asks),
    kind trade -> (+1 buy or -1 sell, price ticks, size lots)."""
    events, buffer, snapshot_id, previous = [], [], None, None
    with gzip.open(path, "rt") as lines:
        for line in lines:
            stamp, body = line.split(" ", 1)
            now, item = int(stamp), json.loads(body)
            if "lastUpdateId" in item:
                if snapshot_id is not None:
                    raise ValueError("a second snapshot")
                snapshot_id = item["lastUpdateId"]
                events.append((now, "snapshot", (levels(item["bids"]), levels(item["asks"]))))
                pending = [(now, data) for data in buffer]
            elif item["stream"].endswith("@trade"):
                data = item["data"]
                if snapshot_id is not None:
                    events.append((now, "trade", (-1 if data["m"] else 1,
                                                  whole(data["p"], TICK), whole(data["q"], LOT))))
                continue
            elif "@depth" in item["stream"]:
                if snapshot_id is None:
                    buffer.append(item["data"])
                    continue
                pending = [(now, item["data"])]
            else:
                continue
            for at, data in pending:
                if data["u"] < snapshot_id:
                    continue
                if previous is None and not data["U"] <= snapshot_id <= data["u"]:
                    raise ValueError("the snapshot does not bridge")
                if previous is not None and data["pu"] != previous:
                    raise ValueError("the chain is broken")
                previous = data["u"]
                events.append((at, "depth", (levels(data["b"]), levels(data["a"]))))
    return events


class Book:
    """Plain price -> size dicts, sizes in lots."""

    def __init__(self):
        self.bids, self.asks = {}, {}

    def apply(self, body):
        for ladder, changes in zip((self.bids, self.asks), body):
            for price, size in changes:
                if size:
                    ladder[price] = size
                else:
                    ladder.pop(price, None)

    def best(self):
        return max(self.bids), min(self.asks)
