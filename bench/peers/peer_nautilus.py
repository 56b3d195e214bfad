"""NautilusTrader's half: the L1 backtests once, as rows of JSON (see README.md).

BacktestEngine with a strategy in Python, as its users write one; risk engine on, logging off,
latency on the way to the venue. What is timed is `BacktestEngine.run` alone.
"""

import argparse
import json
import os
import time
from decimal import Decimal

import numpy as np
import nautilus_trader
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import FillModel, LatencyModel
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, BookType, OmsType, OrderSide, TimeInForce
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

import streams

VENUE = Venue("BINANCE")


class Periodic(Strategy):
    """One order on every `every`-th quote."""

    def __init__(self, instrument, every, takes):
        super().__init__()
        self.instrument = instrument
        self.every = self.left = every
        self.takes = takes
        self.lot = instrument.make_qty(Decimal("0.001"))
        self.last = None
        self.quotes = self.orders = self.fills = 0

    def on_start(self):
        self.subscribe_quote_ticks(self.instrument.id)

    def on_quote_tick(self, tick):
        self.quotes += 1
        self.left -= 1
        if self.left:
            return
        self.left = self.every
        if self.last is not None and self.last.is_open:
            self.cancel_order(self.last)
        is_long = self.portfolio.is_net_long(self.instrument.id)
        self.last = self.order_factory.limit(
            instrument_id=self.instrument.id,
            order_side=OrderSide.SELL if is_long else OrderSide.BUY,
            quantity=self.lot,
            price=tick.bid_price if is_long == self.takes else tick.ask_price,
            time_in_force=TimeInForce.IOC if self.takes else TimeInForce.GTC,
            post_only=not self.takes,
        )
        self.orders += 1
        self.submit_order(self.last)

    def on_order_filled(self, event):
        self.fills += 1


def ticks(events, instrument):
    words = events["words"]
    price = {p: instrument.make_price(p / 1e9) for p in np.unique(words[:, [0, 2]]).tolist()}
    qty = {q: instrument.make_qty(q / 1e9) for q in np.unique(words[:, [1, 3]]).tolist()}
    times = events["time"].tolist()
    later = (events["time"] + streams.FEED_LATENCY_NS).tolist()
    return [
        QuoteTick(instrument.id, price[bid], price[ask], qty[bid_qty], qty[ask_qty], at, seen)
        for (bid, bid_qty, ask, ask_qty), at, seen in zip(words.tolist(), times, later)
    ]


def measure(quotes, instrument, every, takes):
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id="BENCH-001",
            logging=LoggingConfig(bypass_logging=True),
            risk_engine=RiskEngineConfig(max_order_submit_rate="1000000/00:00:01"),
            run_analysis=False,
        )
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=None,
        starting_balances=[Money(1_000_000, USDT)],
        book_type=BookType.L1_MBP,
        fill_model=FillModel(),
        latency_model=LatencyModel(base_latency_nanos=streams.ORDER_LATENCY_NS),
    )
    engine.add_instrument(instrument)
    engine.add_data(quotes)
    strategy = Periodic(instrument, every, takes)
    engine.add_strategy(strategy)
    start, start_cpu = time.perf_counter(), time.thread_time()
    engine.run()
    took = time.perf_counter() - start, time.thread_time() - start_cpu
    engine.dispose()
    return took, strategy


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="folder that `peers data` wrote")
    parser.add_argument("--cpu", type=int, help="pin the run to this cpu")
    parser.add_argument("--only", default="", help="only the works whose name contains this")
    parser.add_argument("--quotes", type=int, default=300_000, help="so many of the stream's first")
    arguments = parser.parse_args()
    works = [("backtest-l1-taking", True), ("backtest-l1-resting", False)]
    works = [(work, takes) for work, takes in works if arguments.only in work]
    if not works:
        return
    if arguments.cpu is not None:
        os.sched_setaffinity(0, {arguments.cpu})
    instrument = TestInstrumentProvider.btcusdt_perp_binance()
    events = streams.read(arguments.data, "l1")[: arguments.quotes]
    every = streams.every(events)
    quotes = ticks(events, instrument)
    # Not measured: wakes up the machine.
    measure(quotes[: len(quotes) // 10], instrument, every, True)
    for work, takes in works:
        took, strategy = measure(quotes, instrument, every, takes)
        if strategy.quotes != len(quotes):
            raise RuntimeError(f"{work}: {strategy.quotes} of {len(quotes)} quotes came")
        print(
            json.dumps(
                {
                    "work": work,
                    "peer": f"nautilus_trader {nautilus_trader.__version__}",
                    "unit": "M events/s",
                    "value": len(quotes) / took[0] / 1e6,
                    "cpu_value": len(quotes) / took[1] / 1e6,
                    "events": len(quotes),
                    "every": every,
                    "orders": strategy.orders,
                    "fills": strategy.fills,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
