#!/usr/bin/env python3
"""Make dirty recordings out of clean ones, always the same way.

    make_dirty.py OUT                      from $ROYALE_SHARED (or --shared)
    make_dirty.py OUT --expected DIR       also write what the reader finds in them

Takes the first 2,000 deltas of one Kalshi session and the first 400 depth
messages of a USD-M and of a spot Binance file, and writes OUT/kalshi/ (a session
folder of plain .ndjson files), OUT/usdm_btcusdt.gz and OUT/spot_btcusdt.gz.
What was planted, and where, is printed and written to OUT/planted.json; lines
are counted from 1 in the file written. The recordings themselves are never
committed: they carry the data of their sources.
"""
import argparse
import gzip
import hashlib
import json
import os

import read_recordings as reader
from read_recordings import ONE, nano, plain

KALSHI_SESSION = "kalshi_btc15m/2026-05-14/20260514T010859Z"
DELTAS = 2_000
DEPTHS = 400


def text(item):
    return json.dumps(item, separators=(",", ":"), sort_keys=True)


def cut(line):
    """The first 60 % of a line: what a crash in the middle of a write leaves."""
    return line[: len(line) * 6 // 10]


def load(folder, name):
    path = f"{folder}/{name}.ndjson"
    path = path if os.path.exists(path) else path + ".zst"
    return [json.loads(line) for line in reader.split_lines(reader.read_bytes(path))]


class KalshiDirt:
    def __init__(self, folder):
        self.snapshot = load(folder, "orderbook_snapshot")[0]
        self.deltas = load(folder, "orderbook_delta")[:DELTAS]
        self.end = self.deltas[-1]["local_recv_ns"]
        until = [item for name in ("ticker", "control", "spot_coinbase_btcusd_matches")
                 for item in [[x for x in load(folder, name) if x["local_recv_ns"] <= self.end]]]
        self.tickers, self.control, self.spot = until
        self.connection = self.snapshot["connection_id"]
        self.number = 0
        self.connections = 1
        self.book = {side: {nano(p): nano(s) for p, s in self.snapshot["payload_json"][f"{side}_dollars_fp"]}
                     for side in ("yes", "no")}
        self.out = {"orderbook_snapshot": [], "orderbook_delta": []}
        self.planted = []

    def note(self, what, file, lines=None):
        line = len(lines if lines is not None else self.out[file])
        self.planted.append({"what": what, "file": f"{file}.ndjson", "line": line})

    def next_number(self):
        self.number += 1
        return self.number

    def write_snapshot(self, now):
        body = dict(self.snapshot["payload_json"])
        for side in ("yes", "no"):
            body[f"{side}_dollars_fp"] = [[f"{p / ONE:.4f}", f"{s / ONE:.2f}"]
                                          for p, s in sorted(self.book[side].items())]
        self.out["orderbook_snapshot"].append(text({
            **self.snapshot, "connection_id": self.connection, "local_recv_ns": now,
            "sequence_number": self.next_number(), "payload_json": body}))

    def write_delta(self, item):
        line = text({**item, "connection_id": self.connection, "sequence_number": self.next_number()})
        self.out["orderbook_delta"].append(line)
        return line

    def forged(self, near, side, price, change):
        body = {**near["payload_json"], "side": side, "price_dollars": f"{price / ONE:.4f}",
                "price_cents": round(price * 100 / ONE), "delta_fp": f"{change / ONE:.2f}"}
        return {**near, "payload_json": body}

    def reconnect(self, now):
        self.connections += 1
        self.connection = f"{self.snapshot['connection_id']}-again-{self.connections}"
        self.number = 0
        for kind in ("ws_connected", "ws_subscribed"):
            first = next(item for item in self.control if item["event_type"] == kind)
            self.control.append({**first, "connection_id": self.connection, "local_recv_ns": now})

    def quiet(self, wish):
        """First delta from `wish` on after which there is room on the clock."""
        times = [item["local_recv_ns"] for item in self.deltas]
        return next(i for i in range(wish, DELTAS) if times[i] > times[i - 1] + 1)

    def run(self):
        self.write_snapshot(self.snapshot["local_recv_ns"])
        stale_at, reconnect_at, resync_at, again_at = map(self.quiet, (450, 660, 1260, 1750))
        crossing = None
        for i, item in enumerate(self.deltas, 1):
            body = item["payload_json"]
            ladder, price = self.book[body["side"]], nano(body["price_dollars"])
            ladder[price] = ladder.get(price, 0) + nano(body["delta_fp"])
            if not ladder[price]:
                del ladder[price]
            now = item["local_recv_ns"]
            if i == 600:
                self.next_number()
                self.note("a delta is lost: a sequence gap shows at this line's successor", "orderbook_delta")
                continue
            if i == 1700:
                line = self.write_delta(item)
                self.out["orderbook_delta"][-1] = cut(line)
                self.note("line cut short in place, its delta is lost: a gap follows", "orderbook_delta")
                continue
            line = self.write_delta(item)
            if i == 200:
                self.out["orderbook_delta"].insert(-1, cut(line))
                self.planted.append({"what": "cut line, then the whole line again: nothing is lost",
                                     "file": "orderbook_delta.ndjson", "line": len(self.out["orderbook_delta"]) - 1})
            elif i == 400:
                self.out["orderbook_delta"].append(line)
                self.note("the line before, repeated", "orderbook_delta")
            elif i == stale_at:
                old = json.loads(self.out["orderbook_delta"][-20])
                self.out["orderbook_delta"].append(text({**old, "local_recv_ns": now + 1}))
                self.note("a delta 19 lines old, delivered again now", "orderbook_delta")
            elif i == reconnect_at:
                self.reconnect(now + 1)
                self.write_snapshot(now + 1)
                self.note("reconnect: new connection id, snapshot with sequence 1", "orderbook_snapshot")
            elif i == 1200:
                best = max(self.book["yes"])
                self.write_delta(self.forged(item, "yes", best, -self.book["yes"][best] - ONE))
                self.note("forged delta takes a level to -1.00", "orderbook_delta")
            elif i == resync_at:
                self.write_snapshot(now + 1)
                self.note("snapshot on the same connection, sequence carried on", "orderbook_snapshot")
            elif i == 1500:
                crossing = ONE - max(self.book["no"]) + ONE // 100
                self.write_delta(self.forged(item, "yes", crossing, 5 * ONE))
                self.note("forged delta crosses the book by one cent", "orderbook_delta")
            elif i == 1503:
                self.write_delta(self.forged(item, "yes", crossing, -5 * ONE))
                self.note("forged delta uncrosses the book", "orderbook_delta")
            elif i == again_at:
                self.reconnect(now + 1)
                self.write_snapshot(now + 1)
                self.note("reconnect after the cut line", "orderbook_snapshot")

        tickers = [text(item) for item in self.tickers]
        tickers.insert(3, "")
        self.planted.append({"what": "empty line", "file": "ticker.ndjson", "line": 4})
        tickers.insert(5, '["not", "an object"]')
        self.planted.append({"what": "JSON but no object", "file": "ticker.ndjson", "line": 6})
        spot = [text(item) for item in self.spot]
        del spot[10]
        self.planted.append({"what": "a trade is lost before this line",
                             "file": "spot_coinbase_btcusd_matches.ndjson", "line": 11})
        spot.insert(20, spot[19])
        self.planted.append({"what": "the trade before, repeated",
                             "file": "spot_coinbase_btcusd_matches.ndjson", "line": 21})
        self.control.sort(key=lambda item: item["local_recv_ns"])
        return {**self.out, "ticker": tickers, "spot_coinbase_btcusd_matches": spot,
                "control": [text(item) for item in self.control]}


def kalshi(shared, out):
    folder = os.path.join(shared, "data", KALSHI_SESSION)
    dirt = KalshiDirt(folder)
    files = dirt.run()
    target = os.path.join(out, "kalshi")
    os.makedirs(target, exist_ok=True)
    with open(f"{folder}/market_results.json", encoding="utf-8") as handle:
        results = handle.read()
    with open(f"{target}/market_results.json", "w", encoding="utf-8") as handle:
        handle.write(results)
    hashes = {}
    for name, lines in files.items():
        data = "".join(line + "\n" for line in lines)
        hashes[f"{name}.ndjson"] = hashlib.sha256(data.encode()).hexdigest()
        with open(f"{target}/{name}.ndjson", "w", encoding="utf-8") as handle:
            handle.write(data)
    return target, {"from": KALSHI_SESSION, "planted": dirt.planted, "sha256": hashes}


def rest_snapshot(book, update_id):
    """A REST answer of 1,000 levels a side, as of update_id."""
    bids = sorted(book.bids.items(), reverse=True)[:1000]
    asks = sorted(book.asks.items())[:1000]
    return text({"lastUpdateId": update_id, "bids": [[plain(p), plain(s)] for p, s in bids],
                 "asks": [[plain(p), plain(s)] for p, s in asks]})


def binance(shared, out, name, target):
    lines = [line.decode() for line in
             reader.split_lines(reader.read_bytes(os.path.join(shared, "data", "binance_ws", name)))]
    book, written, planted = None, [], []
    depth, trades, old_snapshot, good_snapshot, crossing, repeat = 0, 0, None, None, None, None

    def put(stamp, body, what=None):
        written.append(f"{stamp} {body}")
        if what:
            planted.append({"what": what, "line": len(written)})

    for line in lines:
        stamp, body = line.split(" ", 1)
        item = json.loads(body)
        if book is None and "@depth" in item.get("stream", ""):
            book = reader.BinanceBook("pu" in item["data"])
        if "lastUpdateId" in item:
            book.snapshot(item)
            put(stamp, body)
            continue
        if "@trade" in item["stream"]:
            trades += 1
            if trades == 20:
                planted.append({"what": "a trade is lost after this line", "line": len(written)})
                continue
            put(stamp, body)
            if trades == 40:
                put(stamp, body, "the trade before, repeated")
            continue
        if "@depth" not in item["stream"]:
            put(stamp, body)
            continue
        depth += 1
        data = item["data"]
        book.depth(json.loads(body)["data"])
        if depth == 60:
            put(stamp, cut(body), "cut line, then the whole line: nothing is lost")
        if depth == 120:
            planted.append({"what": "a depth message is lost after this line: a chain gap", "line": len(written)})
            continue
        if depth == 260:
            put(stamp, cut(body), "depth message cut short in place: a chain gap follows")
            continue
        if depth == 200:
            crossing = f"{min(book.asks) / ONE:.2f}"
            data["b"].append([crossing, "1.000"])
            put(stamp, json.dumps(item, separators=(",", ":")), "a forged bid at the best ask is added here")
        elif depth == 201:
            data["b"] = [level for level in data["b"] if nano(level[0]) != nano(crossing)]
            data["b"].append([crossing, "0.000"])
            put(stamp, json.dumps(item, separators=(",", ":")), "and the forged bid is removed here")
        else:
            put(stamp, body)
        if depth == 80:
            put(stamp, body, "the depth message before, repeated: stale")
        elif depth == 100:
            repeat = body
        elif depth == 105:
            put(stamp, repeat, "a depth message five messages old, delivered again: stale")
        elif depth in (138, 270):
            good_snapshot = rest_snapshot(book, data["u"])
        elif depth == 255:
            old_snapshot = rest_snapshot(book, data["u"])
        elif depth in (142, 274):
            put(stamp, good_snapshot, "REST snapshot as of a message 4 back: bridges")
        elif depth == 264:
            put(stamp, old_snapshot, "REST snapshot older than the gap: must not bridge")
        elif depth == 330:
            put(stamp, rest_snapshot(book, data["u"]), "REST snapshot while in step: not needed")
        elif depth == DEPTHS:
            break
    data = "".join(line + "\n" for line in written).encode()
    path = os.path.join(out, f"{target}.gz")
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as handle:
        handle.write(data)
    return path, {"from": f"binance_ws/{name}", "planted": planted,
                  "sha256": {"uncompressed": hashlib.sha256(data).hexdigest()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="folder to write to")
    parser.add_argument("--expected", metavar="DIR", help="write dirty_<name>.json of the reader's findings here")
    parser.add_argument("--shared", default=os.environ.get("ROYALE_SHARED", "../shared"),
                        help="folder holding data/ (default: $ROYALE_SHARED or ../shared)")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    made = {"kalshi": kalshi(args.shared, args.out)}
    for name, target in (("usdm/btcusdt_20240808.gz", "usdm_btcusdt"), ("spot/btcusdt_20240808.gz", "spot_btcusdt")):
        made[target] = binance(args.shared, args.out, name, target)
    planted = {name: facts for name, (_, facts) in made.items()}
    report = json.dumps(planted, indent=1, sort_keys=True) + "\n"
    with open(os.path.join(args.out, "planted.json"), "w", encoding="utf-8") as handle:
        handle.write(report)
    print(report, end="")
    if args.expected:
        for name, (path, facts) in made.items():
            found = {**reader.read_any(path, True), "dirty": facts}
            with open(os.path.join(args.expected, f"dirty_{name}.json"), "w", encoding="utf-8") as handle:
                handle.write(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
