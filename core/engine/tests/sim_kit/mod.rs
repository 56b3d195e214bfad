//! A desk to test the venue from: a market made by hand, orders by hand, reports as lines.
//!
//! It also holds the smallest sequencer that keeps the promise protocol: it releases inputs in
//! order of time, asks before it releases what is not certain, and feeds every report back.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "this is test code, though not inside a test function")]

pub mod reference;

use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters, SimVenue};
use royale_engine::sink::Promise;
use royale_model::{
    Account, Body, BookDelta, Command, CommandCode, Event, EventFlags, ExecType, ExecutionReport,
    Gap, GapReason, Instrument, InstrumentId, InstrumentKind, Liquidity, Nanos, OrdType, Order,
    OrderId, Price, Qty, Quote, Settlement, Side, SlotId, Stamp, Text, TimeInForce, Trade, Venue,
};
use std::collections::VecDeque;

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
        book_levels: 64,
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
        self.inputs.push(Input::Order(Order::cancel(0, Nanos::from_raw(at), id, InstrumentId(0))));
    }
    pub fn halt(&mut self, at: i64) {
        self.inputs.push(Input::Halt(Nanos::from_raw(at)));
    }
    /// Runs the script to its end; the reports up to a time, as lines.
    pub fn until(&self, end: i64) -> Vec<String> {
        let mut venue = SimVenue::new(&self.instruments, &self.parameters);
        let run = run(&mut venue, &self.inputs, |_: &Event, _: &mut Vec<Order>| {});
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

fn is_market(input: &Input) -> Option<Nanos> {
    match input {
        Input::Event(event) => match event.body() {
            Body::Command(_) | Body::Timer(_) | Body::ExecutionReport(_) => None,
            _ => Some(event.venue_time()),
        },
        Input::Order(_) | Input::Halt(_) => None,
    }
}

/// What was sequenced, in order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Sequenced {
    /// The n-th input of the script.
    Input(usize),
    /// A report.
    Report(Event),
}

/// A run's sequence, and all orders in the order of their submission.
#[derive(Default, Debug)]
pub struct Run {
    pub sequence: Vec<Sequenced>,
    pub orders: Vec<Order>,
}

impl Run {
    pub fn reports(&self) -> impl Iterator<Item = &Event> {
        self.sequence.iter().filter_map(|one| match one {
            Sequenced::Report(event) => Some(event),
            Sequenced::Input(_) => None,
        })
    }
}

/// What a strategy answers to a report: orders decided at the report's time.
pub trait Answer: FnMut(&Event, &mut Vec<Order>) {}
impl<F: FnMut(&Event, &mut Vec<Order>)> Answer for F {}

/// The stages behind the sequencer: the venue, and a strategy that answers reports.
struct Stages<'a, F> {
    venue: &'a mut SimVenue,
    inputs: &'a [Input],
    answer: F,
    run: Run,
}

impl<F: Answer> Stages<'_, F> {
    fn take(&mut self, one: Sequenced) {
        self.run.sequence.push(one);
        match one {
            Sequenced::Report(event) => {
                self.venue.on_event(&event);
                let mut orders = Vec::new();
                (self.answer)(&event, &mut orders);
                for order in &orders {
                    self.venue.submit_scripted(order);
                }
                self.run.orders.extend(orders);
            }
            Sequenced::Input(at) => match &self.inputs[at] {
                Input::Event(event) => self.venue.on_event(event),
                Input::Order(order) => {
                    self.venue.submit_scripted(order);
                    self.run.orders.push(*order);
                }
                Input::Halt(time) => {
                    let code = CommandCode::Halt;
                    let body = Body::Command(Command { code, uid: 0, pid: 0, slot: 0, value: 0 });
                    let time = time.raw();
                    self.venue.on_event(&event(time, time, body, EventFlags::default()));
                    self.venue.cancel_all(Nanos::from_raw(time));
                }
            },
        }
    }
}

/// For each input, when the next market event from there on happens at the venue.
fn next_market(inputs: &[Input]) -> Vec<Nanos> {
    let mut next = vec![Nanos::MAX; inputs.len() + 1];
    for at in (0..inputs.len()).rev() {
        next[at] = is_market(&inputs[at]).unwrap_or(next[at + 1]);
    }
    next
}

/// Drives the venue through a script, with everything on one thread.
///
/// The rules: reports that are out and due go first; an input goes when it is earlier than the
/// horizon; else the venue is promised that input. When a report comes out of that it is sequenced
/// and everything is asked anew; when none does, the input goes.
pub fn run(venue: &mut SimVenue, inputs: &[Input], answer: impl Answer) -> Run {
    let next_market = next_market(inputs);
    let mut stages = Stages { venue, inputs, answer, run: Run::default() };
    let mut at = 0;
    let mut ready: Option<Event> = None;
    loop {
        let candidate = inputs.get(at).map_or(Nanos::MAX, Input::time);
        ready = ready.or_else(|| stages.venue.pop_report());
        if ready.is_none() && candidate >= stages.venue.horizon() {
            stages.venue.on_promise(&Promise {
                id: 0,
                market_not_before: next_market[at],
                input_not_before: candidate,
            });
            ready = stages.venue.pop_report();
        }
        if let Some(event) = ready.filter(|event| event.time() <= candidate) {
            ready = None;
            stages.take(Sequenced::Report(event));
        } else if at < inputs.len() {
            stages.take(Sequenced::Input(at));
            at += 1;
        } else {
            return stages.run;
        }
    }
}

/// The same with the sequencer on a thread of its own, in effect: what it releases travels by a
/// ring, what the venue says comes back by another, and `toss` decides who works next.
pub fn run_split(
    venue: &mut SimVenue,
    inputs: &[Input],
    answer: impl Answer,
    mut toss: impl FnMut() -> bool,
) -> Run {
    enum Down {
        One(Sequenced),
        Ask(Promise),
    }
    enum Up {
        Report(Event),
        Horizon(Nanos),
        Answered,
    }
    let next_market = next_market(inputs);
    let mut stages = Stages { venue, inputs, answer, run: Run::default() };
    let (mut down, mut up) = (VecDeque::new(), VecDeque::new());
    // What the sequencer knows.
    let (mut at, mut horizon, mut known) = (0, Nanos::MIN, VecDeque::<Event>::new());
    let mut asked = false;
    let mut certain = false;
    loop {
        if toss() {
            // The venue's thread takes one message.
            match down.pop_front() {
                Some(Down::One(one)) => stages.take(one),
                Some(Down::Ask(promise)) => stages.venue.on_promise(&promise),
                None => continue,
            }
            while let Some(event) = stages.venue.pop_report() {
                up.push_back(Up::Report(event));
            }
            up.push_back(Up::Horizon(stages.venue.horizon()));
            up.push_back(Up::Answered);
            continue;
        }
        // The sequencer's thread first hears all, then releases one input or asks.
        let mut heard = 0;
        while let Some(one) = up.pop_front() {
            match one {
                Up::Report(event) => known.push_back(event),
                Up::Horizon(time) => horizon = time,
                Up::Answered => heard += 1,
            }
        }
        _ = heard;
        let candidate = inputs.get(at).map_or(Nanos::MAX, Input::time);
        let idle = down.is_empty();
        if let Some(event) = known.front().copied().filter(|event| event.time() <= candidate) {
            known.pop_front();
            down.push_back(Down::One(Sequenced::Report(event)));
            (asked, certain) = (false, false);
        } else if at < inputs.len() && (candidate < horizon || certain) {
            down.push_back(Down::One(Sequenced::Input(at)));
            at += 1;
            (asked, certain) = (false, false);
        } else if !asked {
            down.push_back(Down::Ask(Promise {
                id: 0,
                market_not_before: next_market[at],
                input_not_before: candidate,
            }));
            asked = true;
        } else if idle && at < inputs.len() {
            // The promise was heard and no report came of it: the input is next.
            certain = true;
        } else if idle {
            return stages.run;
        }
    }
}
