#!/usr/bin/env python3
"""Read one recording the slow and plain way, and print what it holds as JSON.

This is the independent counterpart of the Rust readers and book builders: it
uses the Python standard library only (plus the `zstd` program for .zst files),
shares no code with them and keeps each book in a plain dict.

    read_recordings.py data/kalshi_btc15m/2026-05-14/20260514T010859Z
    read_recordings.py data/binance_ws/usdm/btcusdt_20240808.gz
    read_recordings.py --brief --expected tests/independent/expected

Numbers. Prices and sizes are parsed from their decimal strings into integers
of 1e-9; no float is ever involved.

Canonical book text (what every *_sha256 is taken over, UTF-8, "\\n" after each
line including the last, nothing at all for an empty book):

    yes <price 1e-9> <size 1e-9>     ascending price, then
    no <price 1e-9> <size 1e-9>      ascending price

with `bid` / `ask` in place of `yes` / `no` for Binance.

Kalshi rules
  * Replay order: (local_recv_ns, snapshot < delta < ticker, sequence_number,
    place in the file).
  * A side missing from a snapshot is an empty side. (The venue sends a snapshot
    with neither side when a market closes.)
  * Sequence numbers are followed per (connection_id, market). A snapshot whose
    number is 1, or that comes on another connection, starts anew; any other
    snapshot must carry on the count. Number == last + 1 is right; > last + 1 is
    one gap (missing += the difference); <= last is `duplicate` and is ignored.
    Deltas before any snapshot of their market are `before_snapshot`, ignored.
  * strict policy: after a gap or a negative level the book is invalid, and
    deltas are ignored (`ignored_invalid`) until the next snapshot of the market.
    The sequence is still followed meanwhile. The delta that reveals the gap is
    ignored, and so is the delta that would make a level negative.
    lenient policy: gaps are disregarded, and a level going negative is removed.
    On a clean recording both give the same book.
  * crossed: state after an applied delta in which best yes bid + best no bid
    >= 1, while both sides exist; `locked` are those of them where it is == 1.
  * checkpoints_sha256: over the canonical texts, one after the other, of the
    strict book after every 1,000th applied delta of the market. (The final book
    of a market that closed is empty, and so says little.)
  * ticker agreement (strict book): best yes bid and 1 - best no bid against
    yes_bid_dollars and yes_ask_dollars (absent side: 0 and 1). `exact`: the
    state at the ticker's place in the replay order. `within_50ms`: not exact,
    but some state in force at any moment of [t - 50 ms, t + 50 ms] agrees.
    `disagree`: neither. `no_book`: the book is not valid at the ticker.
    `exact_with_size` are those of `exact` where the two sizes agree too.
    The ticker comes through its own, slower channel, so local time blurs this
    test. `by_exchange_ms` is the sharp one: the ticker against the state after
    the market's last replayed line whose exchange ts_ms <= the ticker's ts_ms
    (a snapshot has no ts_ms and takes that of the line before it, 0 at first).

Binance rules (kind is seen from the data: `pu` = futures, `ps` = COIN-M)
  * File order. Depth messages are buffered while there is no synchronised book.
    A snapshot line met then is bridged at once with the buffer: messages older
    than the snapshot are dropped (spot u <= L, futures u < L); the first message
    left must hold U <= L + 1 <= u (spot) or U <= L <= u (futures), otherwise it
    is a `bridge_failure`, the buffer stays and the next snapshot is awaited. If
    nothing is left in the buffer, the next messages are tried the same way.
  * Then spot U == previous u + 1, futures pu == previous u. A message with
    u <= previous u is `stale`, ignored. Anything else is a gap: the book is
    invalid and that message is the first of a new buffer.
    A snapshot while the book is synchronised is counted and ignored.
  * crossed: best bid >= best ask after an applied message. checkpoints_sha256:
    as above, after every 1,000th applied depth message.
  * book_ticker: for each applied message with last id u, the bookTicker with the
    greatest id <= u (over the whole file) against the book's best after that
    message; `same_id` are those where the ids are equal.
A broken line is one that is not a JSON object with the fields needed here.
"""
import argparse
import bisect
import gzip
import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from functools import lru_cache

ONE = 1_000_000_000
WINDOW_NS = 50_000_000
CHECKPOINT = 1_000


@lru_cache(maxsize=1 << 20)
def nano(text):
    """Decimal string -> integer of 1e-9, exactly."""
    scaled = Decimal(text).scaleb(9)
    value = int(scaled)
    if value != scaled:
        raise ValueError(f"finer than 1e-9: {text}")
    return value


def plain(value):
    """Integer of 1e-9 -> shortest decimal string."""
    return format((Decimal(value).scaleb(-9)).normalize(), "f")


def canonical(first, first_levels, second, second_levels):
    lines = [f"{first} {p} {s}\n" for p, s in sorted(first_levels.items())]
    lines += [f"{second} {p} {s}\n" for p, s in sorted(second_levels.items())]
    return "".join(lines)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def read_bytes(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as handle:
        return handle.read()


def split_lines(data):
    lines = data.split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return lines


def parse_lines(lines, need):
    """-> (list of (place, object)), number of broken lines."""
    good, broken = [], 0
    for place, line in enumerate(lines):
        try:
            item = json.loads(line, parse_float=str)
            need(item)
        except (ValueError, KeyError, TypeError, ArithmeticError):
            broken += 1
            continue
        good.append((place, item))
    return good, broken


# ---------------------------------------------------------------- Kalshi

KALSHI_FILES = ["orderbook_snapshot", "orderbook_delta", "ticker", "control",
                "spot_coinbase_btcusd_matches", "book_checkpoints"]


def need_book_line(item):
    int(item["local_recv_ns"]), int(item["sequence_number"]), item["connection_id"]
    item["market_ticker"], item["payload_json"]["market_ticker"]


def need_delta(item):
    need_book_line(item)
    body = item["payload_json"]
    nano(body["price_dollars"]), nano(body["delta_fp"]), int(body["ts_ms"])
    if body["side"] not in ("yes", "no"):
        raise ValueError(body["side"])


def need_ticker(item):
    body = item["payload_json"]
    int(item["local_recv_ns"]), int(body["ts_ms"]), item["market_ticker"]
    nano(body["yes_bid_dollars"]), nano(body["yes_ask_dollars"])
    nano(body["yes_bid_size_fp"]), nano(body["yes_ask_size_fp"])


def need_spot(item):
    int(item["trade_id"]), nano(item["price"]), int(item["local_recv_ns"])


def need_control(item):
    item["event_type"], item["local_recv_ns"], item["market_ticker"]


def need_checkpoint(item):
    item["market_ticker"], item["checkpoint_ts"]


NEEDS = dict(zip(KALSHI_FILES, [need_book_line, need_delta, need_ticker, need_control,
                                need_spot, need_checkpoint]))


class Market:
    """One market's two bid ladders under both policies, and its counters."""

    def __init__(self):
        self.counts = dict.fromkeys([
            "snapshots", "snapshots_empty", "snapshots_one_sided", "deltas", "deltas_applied",
            "sequence_gaps", "sequence_missing", "duplicates", "before_snapshot", "negative_levels",
            "ignored_invalid", "crossed_states", "locked_states", "tickers"], 0)
        self.ticker_counts = dict.fromkeys(
            ["exact", "exact_with_size", "within_50ms", "disagree", "no_book"], 0)
        self.strict = {"yes": {}, "no": {}}
        self.lenient = {"yes": {}, "no": {}}
        self.valid = False
        self.seen_snapshot = False
        self.connection = None
        self.last = None
        self.checkpoints = hashlib.sha256()
        self.exchange_counts = dict.fromkeys(
            ["exact", "exact_with_size", "disagree", "no_book"], 0)
        self.times, self.exchange_times = [], []
        self.states = []                      # top of the strict book through time
        self.pending = []                     # tickers not exact at their moment
        self.tickers = []                     # (exchange ms, top)

    def text(self, book):
        return canonical("yes", book["yes"], "no", book["no"])

    def top(self):
        yes, no = self.strict["yes"], self.strict["no"]
        bid = max(yes, default=0)
        best_no = max(no, default=0)
        return bid, ONE - best_no, yes.get(bid, 0), no.get(best_no, 0)

    def note_state(self, now, exchange_ms):
        previous = self.exchange_times[-1] if self.exchange_times else 0
        self.times.append(now)
        self.exchange_times.append(previous if exchange_ms is None else exchange_ms)
        self.states.append(self.top() if self.valid else None)

    def sequence_ok(self, number, connection):
        """Follow the sequence; False when the line must be ignored as duplicate."""
        if connection == self.connection and number <= self.last:
            self.counts["duplicates"] += 1
            return False
        if connection == self.connection and number > self.last + 1:
            self.counts["sequence_gaps"] += 1
            self.counts["sequence_missing"] += number - self.last - 1
            self.valid = False
        self.connection, self.last = connection, number
        return True

    def snapshot(self, now, number, connection, body):
        self.counts["snapshots"] += 1
        if number == 1 or connection != self.connection:
            self.connection, self.last = connection, number
        elif not self.sequence_ok(number, connection):
            return
        sides = {}
        for side in ("yes", "no"):
            levels = body.get(f"{side}_dollars_fp") or []
            sides[side] = {nano(p): nano(s) for p, s in levels if nano(s) != 0}
        empty = sum(not levels for levels in sides.values())
        self.counts["snapshots_empty"] += empty == 2
        self.counts["snapshots_one_sided"] += empty == 1
        self.strict = {k: dict(v) for k, v in sides.items()}
        self.lenient = {k: dict(v) for k, v in sides.items()}
        self.valid = self.seen_snapshot = True
        self.note_state(now, None)

    def delta(self, now, number, connection, body):
        self.counts["deltas"] += 1
        if not self.seen_snapshot:
            self.counts["before_snapshot"] += 1
            return
        if not self.sequence_ok(number, connection):
            return
        side, price, change = body["side"], nano(body["price_dollars"]), nano(body["delta_fp"])
        ladder = self.lenient[side]
        ladder[price] = ladder.get(price, 0) + change
        if ladder[price] <= 0:
            del ladder[price]
        if self.valid:
            ladder = self.strict[side]
            size = ladder.get(price, 0) + change
            if size < 0:
                self.counts["negative_levels"] += 1
                self.valid = False
            elif size == 0:
                ladder.pop(price, None)
            else:
                ladder[price] = size
        if not self.valid:
            self.counts["ignored_invalid"] += 1
            self.note_state(now, body["ts_ms"])
            return
        self.counts["deltas_applied"] += 1
        yes, no = self.strict["yes"], self.strict["no"]
        if yes and no:
            both = max(yes) + max(no)
            self.counts["crossed_states"] += both >= ONE
            self.counts["locked_states"] += both == ONE
        self.note_state(now, body["ts_ms"])
        if self.counts["deltas_applied"] % CHECKPOINT == 0:
            self.checkpoints.update(self.text(self.strict).encode())

    def ticker(self, now, body):
        self.counts["tickers"] += 1
        want = (nano(body["yes_bid_dollars"]), nano(body["yes_ask_dollars"]))
        sizes = (nano(body["yes_bid_size_fp"]), nano(body["yes_ask_size_fp"]))
        self.tickers.append((body["ts_ms"], want, sizes))
        if not self.valid:
            self.ticker_counts["no_book"] += 1
        elif self.top()[:2] == want:
            self.ticker_counts["exact"] += 1
            self.ticker_counts["exact_with_size"] += self.top()[2:] == sizes
        else:
            self.pending.append((now, want))

    def finish(self):
        for now, want in self.pending:
            first = max(bisect.bisect_left(self.times, now - WINDOW_NS) - 1, 0)
            last = bisect.bisect_right(self.times, now + WINDOW_NS)
            near = any(state and state[:2] == want for state in self.states[first:last])
            self.ticker_counts["within_50ms" if near else "disagree"] += 1
        for exchange_ms, want, sizes in self.tickers:
            place = bisect.bisect_right(self.exchange_times, exchange_ms) - 1
            state = self.states[place] if place >= 0 else None
            if state is None:
                self.exchange_counts["no_book"] += 1
            elif state[:2] != want:
                self.exchange_counts["disagree"] += 1
            else:
                self.exchange_counts["exact"] += 1
                self.exchange_counts["exact_with_size"] += state[2:] == sizes


def read_kalshi(folder, brief):
    files, parsed = {}, {}
    for name in KALSHI_FILES:
        path = next((p for p in (f"{folder}/{name}.ndjson", f"{folder}/{name}.ndjson.zst")
                     if os.path.exists(p)), None)
        if path is None:
            parsed[name] = []
            continue
        lines = split_lines(read_bytes(path))
        parsed[name], broken = parse_lines(lines, NEEDS[name])
        times = [item.get("local_recv_ns", 0) for _, item in parsed[name]]
        backwards = sum(b < a for a, b in zip(times, times[1:]))
        files[name] = {"lines": len(lines), "broken": broken, "time_backwards": backwards}

    events = []
    for rank, name in enumerate(("orderbook_snapshot", "orderbook_delta", "ticker")):
        for place, item in parsed[name]:
            key = (item["local_recv_ns"], rank, item["sequence_number"] or 0, place)
            events.append((key, item))
    events.sort(key=lambda event: event[0])
    markets = {}
    for (now, rank, number, _), item in events:
        market = markets.setdefault(item["market_ticker"], Market())
        if rank == 2:
            market.ticker(now, item["payload_json"])
        else:
            step = market.snapshot if rank == 0 else market.delta
            step(now, number, item["connection_id"], item["payload_json"])

    control = {}
    facts = {}
    for _, item in parsed["control"]:
        control[item["event_type"]] = control.get(item["event_type"], 0) + 1
        if item["event_type"] == "watch_market":
            body = item["payload_json"]
            facts[body["market_ticker"]] = {"strike": str(body["strike"]),
                                            "close_time": body["close_time"]}
    results = {}
    results_path = f"{folder}/market_results.json"
    if os.path.exists(results_path):
        with open(results_path, encoding="utf-8") as handle:
            results = {row["market"]: row["result"] for row in json.load(handle)}

    out = {}
    for ticker, market in markets.items():
        market.finish()
        row = {**market.counts, "ticker_agreement": market.ticker_counts,
               "ticker_agreement_by_exchange_ms": market.exchange_counts,
               **facts.get(ticker, {"strike": None, "close_time": None}),
               "result": results.get(ticker), "valid_at_end": market.valid,
               "book_sha256": sha(market.text(market.strict)),
               "book_lenient_sha256": sha(market.text(market.lenient)),
               "book_levels": [len(market.strict["yes"]), len(market.strict["no"])],
               "checkpoints_sha256": market.checkpoints.hexdigest()}
        if not brief:
            row["book"] = {side: [[plain(p), plain(s)] for p, s in sorted(levels.items())]
                           for side, levels in market.strict.items()}
        out[ticker] = row

    spot = parsed["spot_coinbase_btcusd_matches"]
    ids = [int(item["trade_id"]) for _, item in spot]
    prices = [nano(item["price"]) for _, item in spot]
    kinds = {}
    for _, item in spot:
        kinds[item["raw_event_type"]] = kinds.get(item["raw_event_type"], 0) + 1
    totals = {key: sum(row[key] for row in out.values()) for key in Market().counts}
    for name, keys in (("ticker_agreement", Market().ticker_counts),
                       ("ticker_agreement_by_exchange_ms", Market().exchange_counts)):
        totals[name] = {key: sum(row[name][key] for row in out.values()) for key in keys}
    return {
        "kind": "kalshi", "id": os.path.basename(os.path.normpath(folder)),
        "files": files, "control": control, "markets": out, "totals": totals,
        "spot": {"trades": len(spot), "by_type": kinds,
                 "id_gaps": sum(b > a + 1 for a, b in zip(ids, ids[1:])),
                 "id_missing": sum(b - a - 1 for a, b in zip(ids, ids[1:]) if b > a + 1),
                 "id_repeats": sum(b <= a for a, b in zip(ids, ids[1:])),
                 "price_min": plain(min(prices)) if prices else None,
                 "price_max": plain(max(prices)) if prices else None},
    }


# ---------------------------------------------------------------- Binance


class BinanceBook:
    def __init__(self, futures):
        self.futures = futures
        self.bids, self.asks = {}, {}
        self.synced = False        # book is valid
        self.bridging = None       # lastUpdateId while the first message is awaited
        self.buffer = []
        self.last = None
        self.counts = dict.fromkeys([
            "snapshots", "snapshots_ignored", "bridges", "bridge_failures", "dropped_before_bridge",
            "chain_gaps", "stale", "depth_applied", "level_updates", "level_removals",
            "level_removals_absent", "crossed_states", "depth_left_in_buffer"], 0)
        self.checkpoints = hashlib.sha256()
        self.tops = []             # (u, best bid, size, best ask, size) after each message

    def snapshot(self, body):
        self.counts["snapshots"] += 1
        if self.synced:
            self.counts["snapshots_ignored"] += 1
            return
        self.bids = {nano(p): nano(s) for p, s in body["bids"]}
        self.asks = {nano(p): nano(s) for p, s in body["asks"]}
        self.bridging = body["lastUpdateId"]
        waiting, self.buffer = self.buffer, []
        for message in waiting:
            self.depth(message)

    def depth(self, message):
        if not self.synced and self.bridging is None:
            self.buffer.append(message)
        elif not self.synced:
            low, high, snap = message["U"], message["u"], self.bridging
            if high < snap or (high == snap and not self.futures):
                self.counts["dropped_before_bridge"] += 1
            elif low <= (snap if self.futures else snap + 1):
                self.synced, self.bridging = True, None
                self.counts["bridges"] += 1
                self.apply(message)
            else:
                self.counts["bridge_failures"] += 1
                self.bridging = None
                self.buffer.append(message)
        elif message["u"] <= self.last:
            self.counts["stale"] += 1
        elif (message["pu"] != self.last if self.futures else message["U"] != self.last + 1):
            self.counts["chain_gaps"] += 1
            self.synced = False
            self.buffer = [message]
        else:
            self.apply(message)

    def text(self):
        return canonical("bid", self.bids, "ask", self.asks)

    def apply(self, message):
        for levels, changes in ((self.bids, message["b"]), (self.asks, message["a"])):
            for price, size in changes:
                price, size = nano(price), nano(size)
                self.counts["level_updates"] += 1
                if size:
                    levels[price] = size
                    continue
                self.counts["level_removals"] += 1
                if levels.pop(price, None) is None:
                    self.counts["level_removals_absent"] += 1
        self.last = message["u"]
        self.counts["depth_applied"] += 1
        bid, ask = max(self.bids, default=0), min(self.asks, default=0)
        self.counts["crossed_states"] += bool(self.bids and self.asks and bid >= ask)
        if self.counts["depth_applied"] % CHECKPOINT == 0:
            self.checkpoints.update(self.text().encode())
        self.tops.append((self.last, bid, self.bids.get(bid, 0), ask, self.asks.get(ask, 0)))


def need_stream(item):
    if "lastUpdateId" in item:
        item["bids"], item["asks"]
        return
    data = item["data"]
    for key in {"depth": "U u b a", "bookTicker": "u b B a A", "trade": "t p q m"}[
            item["stream"].split("@")[1]].split():
        data[key]


def read_binance(path, brief):
    lines = split_lines(read_bytes(path))
    broken, backwards, previous = 0, 0, 0
    messages = []
    for line in lines:
        try:
            stamp, rest = line.split(b" ", 1)
            stamp, item = int(stamp), json.loads(rest, parse_float=str)
            need_stream(item)
        except (ValueError, KeyError, TypeError, IndexError):
            broken += 1
            continue
        backwards += stamp < previous
        previous = stamp
        messages.append(item)

    first_depth = next(m["data"] for m in messages if "@depth" in m.get("stream", ""))
    futures = "pu" in first_depth
    kind = "coinm" if "ps" in first_depth else "usdm" if futures else "spot"
    book = BinanceBook(futures)
    depth = 0
    tickers, trades = [], []
    for item in messages:
        if "lastUpdateId" in item:
            book.snapshot(item)
            continue
        name, data = item["stream"].split("@")[1], item["data"]
        if name == "depth":
            depth += 1
            book.depth(data)
        elif name == "bookTicker":
            tickers.append((data["u"], nano(data["b"]), nano(data["B"]), nano(data["a"]), nano(data["A"])))
        else:
            trades.append(data)
    book.counts["depth_left_in_buffer"] = len(book.buffer)

    tickers.sort()
    ids = [ticker[0] for ticker in tickers]
    agree = dict.fromkeys(["compared", "agree", "agree_price_only", "disagree",
                           "same_id_compared", "same_id_agree", "no_ticker_yet"], 0)
    for top in book.tops:
        place = bisect.bisect_right(ids, top[0]) - 1
        if place < 0:
            agree["no_ticker_yet"] += 1
            continue
        ticker = tickers[place]
        same = ticker[1:] == top[1:]
        agree["compared"] += 1
        agree["agree"] += same
        price_only = not same and (ticker[1], ticker[3]) == (top[1], top[3])
        agree["agree_price_only"] += price_only
        agree["disagree"] += not same and not price_only
        if ticker[0] == top[0]:
            agree["same_id_compared"] += 1
            agree["same_id_agree"] += same

    trade_ids = [trade["t"] for trade in trades]
    prices = [nano(trade["p"]) for trade in trades]
    kinds = {}
    for trade in trades:
        kinds[str(trade.get("X"))] = kinds.get(str(trade.get("X")), 0) + 1
    out = {
        "kind": kind, "id": os.path.basename(path).split(".")[0],
        "lines": len(lines), "broken": broken, "time_backwards": backwards,
        "depth": depth, "book_ticker": len(tickers), "trades": len(trades), **book.counts,
        "trade_types": kinds,
        "trade_id_gaps": sum(b > a + 1 for a, b in zip(trade_ids, trade_ids[1:])),
        "trade_id_repeats": sum(b <= a for a, b in zip(trade_ids, trade_ids[1:])),
        "trade_price_min": plain(min(prices)) if prices else None,
        "trade_price_max": plain(max(prices)) if prices else None,
        "trade_volume": plain(sum(nano(trade["q"]) for trade in trades)),
        "buyer_is_maker": sum(trade["m"] for trade in trades),
        "valid_at_end": book.synced, "last_update_id": book.last,
        "book_levels": [len(book.bids), len(book.asks)],
        "book_sha256": sha(book.text()),
        "checkpoints_sha256": book.checkpoints.hexdigest(),
        "book_ticker_agreement": agree,
    }
    if book.tops:
        _, bid, bid_size, ask, ask_size = book.tops[-1]
        out["best"] = {"bid": [plain(bid), plain(bid_size)], "ask": [plain(ask), plain(ask_size)]}
    if not brief:
        out["book"] = {side: [[plain(p), plain(s)] for p, s in sorted(levels.items())]
                       for side, levels in (("bid", book.bids), ("ask", book.asks))}
    return out


def read_any(path, brief):
    return (read_kalshi if os.path.isdir(path) else read_binance)(path, brief)


def all_recordings(shared):
    """(path, name of the expected file) of the fifteen recordings."""
    days = os.path.join(shared, "data", "kalshi_btc15m", "2026-05-14")
    for name in sorted(os.listdir(days)):
        yield os.path.join(days, name), name
    root = os.path.join(shared, "data", "binance_ws")
    for kind in ("spot", "usdm", "cm"):
        for name in sorted(os.listdir(os.path.join(root, kind))):
            yield os.path.join(root, kind, name), f"{kind}_{name.split('.')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="*", help="Kalshi session folder or Binance .gz file")
    parser.add_argument("--brief", action="store_true", help="leave the full final books out")
    parser.add_argument("--expected", metavar="DIR",
                        help="write <id>.json, without books, for every recording under the shared data")
    parser.add_argument("--shared", default=os.environ.get("ROYALE_SHARED", "../shared"),
                        help="folder holding data/ (default: $ROYALE_SHARED or ../shared)")
    args = parser.parse_args()
    if not args.path and not args.expected:
        parser.error("give a recording, or --expected DIR")
    for path in args.path:
        json.dump(read_any(path, args.brief), sys.stdout, indent=1, sort_keys=True)
        print()
    if args.expected:
        for path, name in all_recordings(args.shared):
            with open(os.path.join(args.expected, f"{name}.json"), "w", encoding="utf-8") as handle:
                json.dump(read_any(path, True), handle, indent=1, sort_keys=True)
                handle.write("\n")
            print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
