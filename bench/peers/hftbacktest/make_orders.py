#!/usr/bin/env python3
"""Write orders.csv: a fixed script of about 300 orders for the recorded minutes.

The generator looks at the whole recording, the future included, so that each
order meets the situation it is meant for. It uses no random numbers beyond a
small fixed generator, and so gives the same file every time.

Columns: time_ns (local clock), order_id, action new|cancel, side buy|sell,
type limit|market, tif GTC|IOC|GTX, price, qty, why. A `market` order is sent as
a limit IOC at the price given. Cancels repeat side, type, tif, price and qty; a
cancel is NOT sent when the final answer to its order has been received locally
at time_ns or before. cancel_race<n>: the cancel reaches the exchange n ns after
the market event that is sure to fill the order (0 = the very same nanosecond).
"""
import argparse
import bisect
import csv
from decimal import Decimal

import feed

ENTRY_NS = 5_000_000
SECOND = 1_000_000_000
KINDS = ["best", "behind", "cross_post_only", "walk", "too_large", "market",
         "marketable_gtc", "cancel_race", "ioc_no_fill", "front", "too_large_tie"]

# Orders whose rest would be met to the lot by a partial fill: hftbacktest 2.4.4
# then stops with InvalidOrderStatus (its issue #312). One lot more avoids it.
ONE_LOT_MORE = {69, 202}


class Rolls:
    """A 64-bit linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


class History:
    """The book at chosen times, walked forward once."""

    def __init__(self, events):
        self.events = events
        self.place = 0
        self.book = feed.Book()

    def at(self, now):
        """Book after all events up to and including `now`."""
        while self.place < len(self.events) and self.events[self.place][0] <= now:
            _, kind, body = self.events[self.place]
            if kind != "trade":
                self.book.apply(body)
            self.place += 1
        return self.book


def wide_moments(events):
    """Times of the depth messages after which the spread is two ticks or more."""
    book = feed.Book()
    for now, kind, body in events:
        if kind != "trade":
            book.apply(body)
            bid, ask = book.best()
            if ask - bid >= 2:
                yield now


def reaches(events):
    """(time, side that comes, the price up to which it surely fills resting orders)."""
    for now, kind, body in events:
        if kind == "trade":
            taker, price, _ = body
            yield now, taker, price - taker
        else:
            bids, asks = ([p for p, size in changes if size] for changes in body)
            if bids:
                yield now, 1, max(bids)
            if asks:
                yield now, -1, min(asks)


def plan(events, count, rolls):
    """(arrival, kind, running number), in order of arrival."""
    start, end = events[0][0] + 2 * SECOND, events[-1][0] - 8 * SECOND
    wide = [now + 1_000 for now in wide_moments(events) if start < now < end][::2]
    rest = count - len(wide)
    step = (end - start) // rest
    planned = [(start + n * step + rolls.below(step // 2), KINDS[n % len(KINDS)], n) for n in range(rest)]
    return sorted(planned + [(now, "spread", n) for n, now in enumerate(wide)])


def script(events, count):
    rolls, history = Rolls(20240808), History(events)
    depths = [now for now, kind, _ in events if kind == "depth"]
    reach = list(reaches(events))
    reach_times = [now for now, _, _ in reach]
    rows = []
    last = 0
    for order_id, (arrive, kind, number) in enumerate(plan(events, count, rolls), 1):
        side = 1 if (number // len(KINDS) + number) % 2 == 0 else -1
        arrive = max(arrive, last + 1)
        # Ties: reach the exchange at the very nanosecond of a depth message.
        if kind in ("too_large_tie", "walk") and number % 3:
            arrive = depths[bisect.bisect_left(depths, arrive)]
        book = history.at(arrive)
        last = arrive
        bid, ask = book.best()
        own, far = (bid, ask) if side == 1 else (ask, bid)
        far_sizes = book.asks if side == 1 else book.bids
        ladder = sorted(far_sizes, reverse=side == -1)
        cancel_after, tif, kind_of, why = None, "GTC", "limit", kind
        small = 1 + rolls.below(40)
        price, qty = own, small
        if kind == "best":
            cancel_after = (3 + rolls.below(15)) * SECOND
            tif = "GTX" if rolls.below(2) else "GTC"
            qty = 1 + rolls.below(900) if number % 5 == 0 else small
        elif kind == "behind":
            price, cancel_after = own - side * (1 + rolls.below(60)), (10 + rolls.below(30)) * SECOND
        elif kind == "spread":
            price, cancel_after = own + side * (1 + rolls.below(max(ask - bid - 1, 1))), (2 + rolls.below(10)) * SECOND
        elif kind == "front":
            # An empty price behind the best: no queue ahead.
            near = book.bids if side == 1 else book.asks
            price = next(p for p in range(own, own - side * 1000, -side) if p not in near)
            cancel_after = (10 + rolls.below(30)) * SECOND
        elif kind == "cross_post_only":
            price, tif = far + side * rolls.below(20), "GTX"
        elif kind == "walk":
            depth = 2 + rolls.below(4)
            price, tif = ladder[depth] + side * 5, "IOC"
            qty = sum(far_sizes[p] for p in ladder[:depth]) + max(1, far_sizes[ladder[depth]] // 2)
        elif kind in ("too_large", "too_large_tie"):
            depth = 1 + rolls.below(5)
            price, tif = ladder[depth], "IOC"
            qty = sum(far_sizes[p] for p in ladder[: depth + 1]) + 500 + rolls.below(2000)
        elif kind == "market":
            price, tif, kind_of = far + side * 600, "IOC", "market"
        elif kind == "marketable_gtc":
            price, qty = far + side * rolls.below(3), 1 + min(small, far_sizes[far] // 3)
        elif kind == "ioc_no_fill":
            price, tif = far - side * (1 + rolls.below(30)), "IOC"
        elif kind == "cancel_race":
            # Cancel to arrive about when the market is sure to fill the order:
            # a trade through its price, or the opposite side quoted at it.
            hit = next((now for now, taker, worst in reach[bisect.bisect(reach_times, arrive + SECOND // 5):]
                        if taker == -side and (price - worst) * side >= 0), None)
            if hit is not None:
                shift = (-2_000_000, -1, 0, 1, 2_000_000, 6_000_000)[rolls.below(6)]
                cancel_after = max(hit + shift - arrive, 12_000_000)
                why = f"cancel_race{shift:+d}"
        qty += order_id in ONE_LOT_MORE
        row = [arrive - ENTRY_NS, order_id, "new", "buy" if side == 1 else "sell", kind_of, tif,
               str(price * feed.TICK), str(Decimal(qty) * feed.LOT), why]
        rows.append(row)
        if cancel_after and arrive + cancel_after < events[-1][0]:
            rows.append([arrive - ENTRY_NS + cancel_after, order_id, "cancel"] + row[3:])
    rows.sort(key=lambda row: row[0])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", default=feed.default_recording(), help="Binance USD-M .gz file")
    parser.add_argument("--count", type=int, default=300, help="number of orders")
    parser.add_argument("--out", default="orders.csv")
    args = parser.parse_args()
    with open(args.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["time_ns", "order_id", "action", "side", "type", "tif", "price", "qty", "why"])
        writer.writerows(script(feed.read(args.recording), args.count))


if __name__ == "__main__":
    main()
