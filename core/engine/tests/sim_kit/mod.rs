//! A desk to test the venue from: a market made by hand, orders by hand, reports as lines.
//!
//! `sequencers` drives the venue, `reference` is the twin that it is held to.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "this is test code, though not inside a test function")]

pub mod reference;
mod sequencers;

#[allow(unused_imports, reason = "each test file uses its part")]
pub use sequencers::{Run, Sequenced, run, run_split};

use royale_engine::Market;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters, SimVenue};
use royale_model::{
    Account, Body, BookDelta, Event, EventFlags, ExecType, ExecutionReport, Gap, GapReason,
    Instrument, InstrumentId, InstrumentKind, Liquidity, Nanos, OrdType, Order, OrderId, Price,
    Qty, Quote, Settlement, Side, SlotId, Stamp, Text, TimeInForce, Trade, Venue,
};

/// Feed 0 ns, order 10 ns, response 10 ns; partial fills, risk-averse queue, liquidity consumed.
pub fn parameters() -> SimParameters {
    SimParameters {
        seed: 1,
        feed_latency: LatencyModel::Constant { nanos: 1 },
        order_latency: LatencyModel::Constant { nanos: 10 },
        response_latency: LatencyModel::Constant { nanos: 10 },
        queue: QueueModel::RiskAverse,
        fill: FillModel::Partial,
        consume_liquidity: true,
        print_slippage_ticks: 1,
        print_liquidity: Qty::from_raw(2),
        orders_max: 1_024,
    }
}

/// An instrument whose tick and lot are 10⁻⁹: raw numbers are prices and quantities.
pub fn instrument(id: u32) -> Instrument {
    let symbol = Text::new("TEST").unwrap();
    let mut instrument =
        Instrument::new(InstrumentId(id), symbol, InstrumentKind::CryptoSpot, Venue::Synthetic);
    instrument.tick = Price::from_raw(1);
    instrument.lot = Qty::from_raw(1);
    instrument
}

/// An input of a scenario.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Something happens at the venue or comes from outside.
    Event(Event),
    /// An order or cancel request, decided at its time.
    Order(Order),
    /// A halt.
    Halt(Nanos),
}

impl Input {
    /// When it is sequenced.
    pub fn time(&self) -> Nanos {
        match self {
            Self::Event(event) => event.time(),
            Self::Order(order) => order.time,
            Self::Halt(time) => *time,
        }
    }
}

/// The venue's thread's market, with room for few levels.
pub fn market(instruments: &[Instrument]) -> Market {
    Market::new(instruments, 64)
}

/// A market event of instrument 0 that happens at `tau` and is seen at `seen`.
pub fn event(tau: i64, seen: i64, body: Body, flags: EventFlags) -> Event {
    let stamp = Stamp {
        seq: 0,
        time: Nanos::from_raw(seen),
        venue_time: Nanos::from_raw(tau),
        instrument: InstrumentId(0),
    };
    Event::new(stamp, body, flags)
}

/// A market and the orders of a script, in order of time.
pub struct Desk {
    instruments: Vec<Instrument>,
    parameters: SimParameters,
    pub inputs: Vec<Input>,
}

pub fn desk() -> Desk {
    desk_with(parameters())
}
pub fn desk_with(parameters: SimParameters) -> Desk {
    Desk { instruments: vec![instrument(0)], parameters, inputs: Vec::new() }
}
pub fn desk_expiring_at(expiry: i64) -> Desk {
    let mut desk = desk();
    desk.instruments[0].expiry = Nanos::from_raw(expiry);
    desk
}

impl Desk {
    fn event(&mut self, at: i64, body: Body, flags: EventFlags) {
        self.inputs.push(Input::Event(event(at, at, body, flags)));
    }
    pub fn snapshot(&mut self, at: i64, bids: &[(i64, i64)], asks: &[(i64, i64)]) {
        let mut flags = EventFlags::SNAPSHOT.with(EventFlags::CLEAR);
        let bids = bids.iter().map(|&level| (Side::Buy, level));
        let asks = asks.iter().map(|&level| (Side::Sell, level));
        for (side, (price, qty)) in bids.chain(asks) {
            self.event(at, delta(side, price, qty), flags);
            flags = EventFlags::SNAPSHOT;
        }
    }
    pub fn delta(&mut self, at: i64, side: Side, price: i64, qty: i64) {
        self.event(at, delta(side, price, qty), EventFlags::LAST);
    }
    pub fn delta_seen(&mut self, tau: i64, seen: i64, side: Side, price: i64, qty: i64) {
        let body = delta(side, price, qty);
        self.inputs.push(Input::Event(event(tau, seen, body, EventFlags::LAST)));
    }
    pub fn trade(&mut self, at: i64, aggressor: Side, price: i64, qty: i64) {
        self.event(at, trade(Some(aggressor), price, qty), EventFlags::LAST);
    }
    pub fn quote(&mut self, at: i64, bid: (i64, i64), ask: (i64, i64)) {
        self.event(at, quote(bid, ask), EventFlags::LAST);
    }
    pub fn gap(&mut self, at: i64) {
        self.event(at, gap(), EventFlags::LAST);
    }
    pub fn settle(&mut self, at: i64) {
        self.event(at, Body::Settlement(Settlement { value: Price::ONE }), EventFlags::LAST);
    }
    pub fn order(
        &mut self,
        at: i64,
        index: u64,
        side: Side,
        life: TimeInForce,
        price: i64,
        qty: i64,
    ) {
        self.order_of(0, at, index, side, life, price, qty);
    }
    #[expect(clippy::too_many_arguments, reason = "an order has that many parts")]
    pub fn order_of(
        &mut self,
        slot: u16,
        at: i64,
        index: u64,
        side: Side,
        life: TimeInForce,
        price: i64,
        qty: i64,
    ) {
        let id = OrderId::new(Account::shadow(SlotId(slot)), index);
        self.inputs.push(Input::Order(order(id, at, side, OrdType::Limit, life, price, qty)));
    }
    pub fn cancel(&mut self, at: i64, index: u64) {
        let id = OrderId::new(Account::shadow(SlotId(0)), index);
        self.inputs.push(Input::Order(Order::cancel(
            0,
            Nanos::from_raw(at),
            id,
            InstrumentId(0),
            Side::Buy,
        )));
    }
    pub fn halt(&mut self, at: i64) {
        self.inputs.push(Input::Halt(Nanos::from_raw(at)));
    }
    /// Runs the script to its end; the reports up to a time, as lines.
    pub fn until(&self, end: i64) -> Vec<String> {
        let mut venue = SimVenue::new(&self.instruments, &self.parameters);
        let mut market = market(&self.instruments);
        let run = run(&mut market, &mut venue, &self.inputs, |_: &Event, _: &mut Vec<Order>| {});
        run.reports().filter(|event| event.time().raw() <= end).map(line).collect()
    }
}

pub fn delta(side: Side, price: i64, qty: i64) -> Body {
    let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
    Body::BookDelta(BookDelta { price, qty, side, update_id: 0 })
}
pub fn trade(aggressor: Option<Side>, price: i64, qty: i64) -> Body {
    let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
    Body::Trade(Trade { price, qty, trade_id: 0, aggressor })
}
pub fn quote(bid: (i64, i64), ask: (i64, i64)) -> Body {
    Body::Quote(Quote {
        bid: Price::from_raw(bid.0),
        bid_qty: Qty::from_raw(bid.1),
        ask: Price::from_raw(ask.0),
        ask_qty: Qty::from_raw(ask.1),
    })
}
pub fn gap() -> Body {
    Body::Gap(Gap { expected: 1, received: 2, reason: GapReason::Sequence })
}
pub fn order(
    id: OrderId,
    at: i64,
    side: Side,
    ord_type: OrdType,
    life: TimeInForce,
    price: i64,
    qty: i64,
) -> Order {
    let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
    let at = Nanos::from_raw(at);
    Order::new_single(0, at, id, InstrumentId(0), side, ord_type, life, price, qty)
}

/// What a report says.
pub fn report(event: &Event) -> ExecutionReport {
    match event.body() {
        Body::ExecutionReport(report) => report,
        other => panic!("not a report: {other:?}"),
    }
}

/// A report as a line to compare.
pub fn line(event: &Event) -> String {
    let report = report(event);
    let mut line = format!("{} {} {:?}", event.time().raw(), report.order, report.exec);
    line += &match report.exec {
        ExecType::Trade => {
            let maker = if report.liquidity == Liquidity::Maker { 'M' } else { 'T' };
            format!(" {}@{} {maker}", report.last_qty.raw(), report.last_price.raw())
        }
        ExecType::Rejected | ExecType::CancelRejected => format!(" {:?}", report.reject),
        ExecType::New | ExecType::Canceled | ExecType::Expired => {
            format!(" {}", report.last_qty.raw())
        }
    };
    if report.is_final { line + " final" } else { line }
}
