"""The streams that `peers data` writes, as the arrays that peers want.

A file is a row of 64-byte events, the memory of `royale_model::Event`: the very events of our own
side, so a peer cannot get another market by mistake. Prices and quantities are in 10^-9.
"""

import os

import numpy as np

TICK, LOT = 0.1, 0.001
TICK_RAW, LOT_RAW = 100_000_000, 1_000_000
FEED_LATENCY_NS = 1_000_000
ORDER_LATENCY_NS = RESPONSE_LATENCY_NS = 5_000_000
EVENTS_PER_ORDER = 100
KIND_QUOTE, KIND_DELTA = 1, 3
FLAG_LAST, FLAG_CLEAR, FLAG_SELL = 1, 4, 8

EVENT = np.dtype(
    [
        ("seq", "<u8"),
        ("time", "<i8"),
        ("venue_time", "<i8"),
        ("instrument", "<u4"),
        ("kind", "u1"),
        ("flags", "u1"),
        ("minor", "<u2"),
        ("words", "<i8", 4),
    ]
)
assert EVENT.itemsize == 64


def read(folder, feed):
    """All events of `l1` or `l2`."""
    events = np.fromfile(os.path.join(folder, f"{feed}.events"), dtype=EVENT)
    kind = KIND_QUOTE if feed == "l1" else KIND_DELTA
    if len(events) == 0 or not (events["kind"] == kind).all():
        raise ValueError(f"{feed}.events does not hold what `peers data` writes")
    return events


def every(events):
    """Messages from one order to the next, as our side counts them."""
    messages = int(np.count_nonzero(events["flags"] & FLAG_LAST))
    return max(EVENTS_PER_ORDER * messages // len(events), 1)
