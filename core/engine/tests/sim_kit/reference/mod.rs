//! The venue as one would write it without a thought for speed: it knows the whole tape and every
//! order from the start, sorts everything by time and goes through it once. Queue positions are
//! worked out from the whole history of the market whenever they are needed.
//!
//! Must share no code with the venue but the latency draws and the fee. The property tests hold
//! the venue to it.

mod arrive;
mod market;

use super::Input;
use royale_engine::sim::{FillModel, Purpose, QueueModel, SimParameters};
use royale_model::{
    Event, ExecType, ExecutionReport, Instrument, InstrumentId, Liquidity, OrdType, Order, Price,
    Qty, RejectReason, Side, TimeInForce,
};
use std::collections::BTreeMap;

/// A report: when it reaches us, and what it says.
pub type Told = (i64, InstrumentId, ExecutionReport);

/// What happened to an instrument, in order.
#[derive(Clone, Copy)]
enum Past {
    Level { side: Side, price: i64, before: i64, after: i64 },
    Quoted { side: Side, touch: Option<i64> },
    Traded { passive: Option<Side>, price: i64, qty: i64 },
    Emptied,
    Enriched,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Knows {
    Nothing,
    Prints,
    Quotes,
    Book,
}

struct Place {
    instrument: Instrument,
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
    knows: Knows,
    void: bool,
    settled: bool,
    past: Vec<Past>,
}

#[derive(Clone)]
struct Open {
    order: Order,
    leaves: i64,
    /// Quantity ahead when it joined, and how long the past was then.
    ahead: i64,
    joined: usize,
    fresh: bool,
}

/// What an account took of a level, and how long the past was then.
struct Took {
    account: u16,
    instrument: usize,
    side: Side,
    price: i64,
    qty: i64,
    when: usize,
}

pub struct Reference<'a> {
    parameters: &'a SimParameters,
    places: Vec<Place>,
    open: Vec<Open>,
    took: Vec<Took>,
    told: Vec<Told>,
    now: i64,
    seen: i64,
    response: i64,
}

enum Happens<'a> {
    Market(&'a Event),
    New(&'a Order),
    Cancel(&'a Order),
}

/// All reports of a tape and all orders (in the order of their submission), in order of time.
pub fn simulate(
    instruments: &[Instrument],
    parameters: &SimParameters,
    tape: &[Event],
    orders: &[Order],
) -> Vec<Told> {
    let mut happens: Vec<((i64, u8, usize), Happens<'_>)> = Vec::new();
    for (nth, event) in tape.iter().enumerate() {
        happens.push(((event.venue_time().raw(), 0, nth), Happens::Market(event)));
    }
    let way = |order: &Order, purpose| {
        order.time.raw()
            + parameters.order_latency.draw(parameters.seed, order.id.index(), purpose).raw()
    };
    for (nth, order) in orders.iter().enumerate() {
        let happening = if order.is_cancel() {
            let own = orders[..nth].iter().filter(|own| !own.is_cancel() && own.id == order.id);
            let own = own.map(|own| way(own, Purpose::Order)).max().unwrap_or(i64::MIN);
            ((way(order, Purpose::Cancel).max(own), 1, nth), Happens::Cancel(order))
        } else {
            ((way(order, Purpose::Order), 1, nth), Happens::New(order))
        };
        happens.push(happening);
    }
    happens.sort_by_key(|&(when, _)| when);
    let place = |instrument: &Instrument| Place {
        instrument: *instrument,
        bids: BTreeMap::new(),
        asks: BTreeMap::new(),
        knows: Knows::Nothing,
        void: false,
        settled: false,
        past: Vec::new(),
    };
    let mut reference = Reference {
        parameters,
        places: instruments.iter().map(place).collect(),
        open: Vec::new(),
        took: Vec::new(),
        told: Vec::new(),
        now: 0,
        seen: i64::MIN,
        response: 0,
    };
    for ((time, _, _), happening) in &happens {
        reference.now = *time;
        match happening {
            Happens::Market(event) => reference.market(event),
            Happens::New(order) => reference.arrives(order),
            Happens::Cancel(order) => reference.cancel(order),
        }
    }
    // Stable: reports of one time keep the order in which they were made.
    reference.told.sort_by_key(|told| told.0);
    reference.told
}

fn beats(side: Side, price: i64, other: i64) -> bool {
    if side == Side::Buy { price > other } else { price < other }
}

impl Place {
    fn levels(&mut self, side: Side) -> &mut BTreeMap<i64, i64> {
        if side == Side::Buy { &mut self.bids } else { &mut self.asks }
    }
    /// Levels from the best outwards.
    fn ladder(&self, side: Side) -> Vec<(i64, i64)> {
        match side {
            Side::Buy => self.bids.iter().rev().map(|(&p, &q)| (p, q)).collect(),
            Side::Sell => self.asks.iter().map(|(&p, &q)| (p, q)).collect(),
        }
    }
    fn set(&mut self, side: Side, price: i64, qty: i64) -> i64 {
        let before = self.levels(side).remove(&price).unwrap_or(0);
        if qty > 0 {
            self.levels(side).insert(price, qty);
        }
        before
    }
    fn empty(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.past.push(Past::Emptied);
    }
    fn expired(&self, now: i64) -> bool {
        self.instrument.expiry.raw() > 0 && now >= self.instrument.expiry.raw()
    }
}

impl Reference<'_> {
    fn say(&mut self, order: &Order, exec: ExecType, last_qty: i64, reject: RejectReason) {
        let seed = self.parameters.seed;
        let way = self.parameters.response_latency.draw(seed, order.id.index(), Purpose::Response);
        let time = (self.now + way.raw()).max(self.seen);
        let is_final = !matches!(exec, ExecType::New | ExecType::CancelRejected);
        let report = ExecutionReport {
            order: order.id,
            exec,
            side: order.side,
            is_final,
            liquidity: Liquidity::Taker,
            last_price: Price::ZERO,
            last_qty: Qty::from_raw(last_qty),
            fee: 0,
            reject,
        };
        self.told.push((time, order.instrument, report));
    }

    fn fills(&mut self, open: &mut Open, price: i64, qty: i64, liquidity: Liquidity) {
        open.leaves -= qty;
        self.say(&open.order, ExecType::Trade, qty, RejectReason::None);
        let instrument = &self.places[open.order.instrument.index()].instrument;
        let fee = instrument.fee(Price::from_raw(price), Qty::from_raw(qty), liquidity);
        let report = &mut self.told.last_mut().unwrap().2;
        report.last_price = Price::from_raw(price);
        report.liquidity = liquidity;
        report.fee = fee.unwrap();
        report.is_final = open.leaves == 0;
    }

    fn partial(&self) -> bool {
        self.parameters.fill == FillModel::Partial
    }

    /// Quantity ahead of an order now, from everything that happened since it joined.
    fn ahead(&self, open: &Open) -> i64 {
        let place = &self.places[open.order.instrument.index()];
        let (side, price) = (open.order.side, open.order.price.raw());
        let lot = place.instrument.lot.raw();
        let (mut ahead, mut traded) = (open.ahead, 0_i64);
        for past in &place.past[open.joined..] {
            match *past {
                Past::Level { side: s, price: p, before, after } if s == side && p == price => {
                    ahead = self.moved(ahead, before, after, traded);
                    traded = 0;
                }
                Past::Traded { passive: Some(s), price: p, qty } if s == side && p == price => {
                    ahead -= qty;
                    traded += qty;
                    if lots(-ahead, lot) > 0 {
                        ahead = 0;
                    }
                }
                Past::Traded { passive, price: p, .. }
                    if passive.is_none_or(|s| s == side) && beats(side, price, p) =>
                {
                    ahead = 0;
                }
                Past::Quoted { side: s, touch }
                    if s == side && touch.is_none_or(|t| beats(side, price, t)) =>
                {
                    (ahead, traded) = (0, 0);
                }
                Past::Enriched => ahead = i64::MAX,
                _ => {}
            }
        }
        ahead
    }

    fn moved(&self, ahead: i64, before: i64, after: i64, traded: i64) -> i64 {
        let left = before - after - traded;
        let ahead = ahead.max(0);
        if self.parameters.queue == QueueModel::RiskAverse || left <= 0 {
            return ahead.min(after);
        }
        let unit = |raw: i64| raw as f64 / 1e9;
        let behind = (before - ahead).max(0);
        let f = |x: f64| match self.parameters.queue {
            QueueModel::ProbPower { power } => libm::pow(x, power),
            _ => libm::log(1.0 + x),
        };
        let (fb, fa) = (f(unit(behind)), f(unit(ahead)));
        let w = if fa + fb == 0.0 { 1.0 } else { fb / (fb + fa) };
        let c = unit(left);
        let estimate = unit(ahead) - (1.0 - w) * c + (unit(behind) - w * c).min(0.0);
        ((estimate * 1e9).round() as i64).clamp(0, ahead.min(after))
    }
}

fn stays(order: &Order) -> bool {
    order.ord_type == OrdType::Limit
        && matches!(order.time_in_force, TimeInForce::GoodTillCancel | TimeInForce::PostOnly)
}

/// The nearest number of whole lots, as a quantity.
fn lots(qty: i64, lot: i64) -> i64 {
    if qty <= 0 { 0 } else { (qty as f64 / lot as f64).round() as i64 * lot }
}

/// The market events of a script.
pub fn tape(inputs: &[Input]) -> Vec<Event> {
    let event = |input: &Input| match input {
        Input::Event(event) => Some(*event),
        Input::Order(_) | Input::Halt(_) => None,
    };
    inputs.iter().filter_map(event).collect()
}
