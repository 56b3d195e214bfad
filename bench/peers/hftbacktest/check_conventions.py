#!/usr/bin/env python3
"""Play orders.csv by the conventions in README.md alone, and compare with expected/.

Standard library only: if this small simulator, which knows hftbacktest by the
README's list and nothing else, gives every answer of the six runs, then the list
is right and complete for them. It looks at the best prices once per depth
message rather than once per row, as our own exchange may.
"""
import argparse
import csv
import math

import feed

LATENCY_NS = 5_000_000


def power3(front, back):
    return 1 - (front / (front + back)) ** 3 if front + back else math.nan


def log(front, back):
    below = math.log(1 + back) + math.log(1 + front)
    return math.log(1 + back) / below if below else math.nan


QUEUES = {"risk_averse": None, "power_prob3": power3, "log_prob": log}


class Order:
    def __init__(self, row):
        self.id, self.side = int(row["order_id"]), 1 if row["side"] == "buy" else -1
        self.price, self.leaves = feed.whole(row["price"], feed.TICK), feed.whole(row["qty"], feed.LOT)
        self.tif, self.front, self.traded = row["tif"], 0.0, 0.0
        self.done_local = None


class Exchange:
    def __init__(self, probability, partial):
        self.book, self.probability, self.partial = feed.Book(), probability, partial
        self.resting, self.answers = {}, []

    def answer(self, now, order, event, levels=(), maker=False):
        self.answers.append((order.id, event, now, order.leaves, tuple(levels), maker))
        if event in ("filled", "expired", "canceled"):
            self.resting.pop(order.id, None)
            order.done_local = now + LATENCY_NS

    def make(self, now, order, qty):
        order.leaves -= qty
        self.answer(now, order, "partial" if order.leaves else "filled", [(order.price, qty)], True)

    def market(self, now, kind, body):
        if kind == "trade":
            return self.trade(now, *body)
        ladders = (self.book.bids, self.book.asks)
        known = all(ladders)
        old = self.book.best() if known else None
        for side, ladder, changes in zip((1, -1), ladders, body):
            mine = [order for order in self.resting.values() if order.side == side]
            for price, size in changes:
                for order in mine:
                    if order.price == price:
                        self.queue(order, ladder.get(price, 0) / 1000, size / 1000)
                if size:
                    ladder[price] = size
                else:
                    ladder.pop(price, None)
        if known:
            bid, ask = self.book.best()
            for order in list(self.resting.values()):
                if (order.side == -1 and bid > old[0] and order.price <= bid
                        or order.side == 1 and ask < old[1] and order.price >= ask):
                    self.make(now, order, order.leaves)

    def queue(self, order, before, after):
        if self.probability is None:
            order.front = min(order.front, after)
            return
        change, order.traded = before - after - order.traded, 0.0
        if change < 0:
            order.front = min(order.front, after)
            return
        back = before - order.front
        weight = self.probability(order.front, back)
        estimate = order.front - (1 - weight) * change + min(back - weight * change, 0)
        order.front = after if math.isnan(estimate) else min(estimate, after)

    def trade(self, now, taker, price, size):
        for order in list(self.resting.values()):
            if order.side == taker:
                continue
            if (order.price - price) * order.side > 0:
                self.make(now, order, order.leaves)
            elif order.price == price:
                order.front -= size / 1000
                order.traded += size / 1000
                excess = math.floor(-order.front * 1000 + 0.5)
                if excess > 0:
                    order.front = 0.0
                    self.make(now, order, min(excess, order.leaves) if self.partial else order.leaves)

    def arrive(self, now, order):
        bid, ask = self.book.best()
        far = ask if order.side == 1 else bid
        if (order.price - far) * order.side < 0:
            if order.tif == "IOC":
                return self.answer(now, order, "expired")
            ladder = self.book.bids if order.side == 1 else self.book.asks
            order.front = ladder.get(order.price, 0) / 1000
            self.resting[order.id] = order
            return self.answer(now, order, "accepted")
        if order.tif == "GTX":
            return self.answer(now, order, "expired")
        levels = [(far, order.leaves)]
        if self.partial:
            ladder, levels, rest = (self.book.asks if order.side == 1 else self.book.bids), [], order.leaves
            for price in sorted(ladder, reverse=order.side == -1):
                if (price - order.price) * order.side > 0 or not rest:
                    break
                levels.append((price, min(rest, ladder[price])))
                rest -= levels[-1][1]
            if rest and order.tif == "GTC":
                levels.append((order.price, rest))
        order.leaves -= sum(qty for _, qty in levels)
        self.answer(now, order, "expired" if order.leaves else "filled", levels)

    def cancel(self, now, order):
        self.answer(now, order, "canceled" if order.id in self.resting else "cancel_rejected")


def play(events, rows, probability, partial):
    exchange, orders, place = Exchange(probability, partial), {}, 0
    for row in rows:
        sent = int(row["time_ns"])
        now = sent + LATENCY_NS
        while place < len(events) and events[place][0] <= now:
            exchange.market(*events[place])
            place += 1
        if row["action"] == "new":
            order = orders[int(row["order_id"])] = Order(row)
            exchange.arrive(now, order)
        else:
            order = orders[int(row["order_id"])]
            if order.done_local is None or order.done_local > sent:
                exchange.cancel(now, order)
    for event in events[place:]:
        exchange.market(*event)
    return sorted(exchange.answers, key=lambda answer: (answer[2], answer[0]))


def expected(path):
    with open(path, newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            levels = tuple((feed.whole(p, feed.TICK), feed.whole(q, feed.LOT))
                           for p, q in (level.split(":") for level in row["levels"].split("|") if level))
            yield (int(row["order_id"]), row["event"], int(row["exch_ns"]),
                   feed.whole(row["leaves"], feed.LOT), levels, row["liquidity"] == "maker")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", default=feed.default_recording(), help="Binance USD-M .gz file")
    parser.add_argument("--orders", default="orders.csv")
    parser.add_argument("--expected", default="expected")
    args = parser.parse_args()
    events = feed.read(args.recording)
    with open(args.orders, newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    wrong = 0
    for queue, probability in QUEUES.items():
        for exchange in ("no_partial", "partial"):
            mine = play(events, rows, probability, exchange == "partial")
            theirs = list(expected(f"{args.expected}/answers_{queue}_{exchange}.csv"))
            missing = [answer for answer in theirs if answer not in set(mine)]
            extra = [answer for answer in mine if answer not in set(theirs)]
            print(queue, exchange, len(theirs), "answers:", "equal" if mine == theirs else "DIFFERENT")
            for name, some in (("only hftbacktest", missing), ("only here", extra)):
                for answer in some[:5]:
                    print("  ", name, answer)
            wrong += mine != theirs
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
