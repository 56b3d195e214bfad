//! The venue as one would write it without a thought for speed: it knows the whole tape and every
//! order from the start, sorts everything by time and goes through it once. Queue positions are
//! worked out from the whole history of the market whenever they are needed.
//!
//! Must share no code with the venue but the latency draws and the fee. The property tests hold
//! the venue to it.

use super::Input;
use royale_engine::sim::{FillModel, Purpose, QueueModel, SimParameters};
use royale_model::{
    Body, Event, EventFlags, ExecType, ExecutionReport, Instrument, InstrumentId, Liquidity,
    OrdType, Order, Price, Qty, RejectReason, Side, TimeInForce,
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

    fn cancel(&mut self, order: &Order) {
        match self.open.iter().position(|open| open.order.id == order.id) {
            Some(at) => {
                let open = self.open.remove(at);
                self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
            }
            None => self.say(order, ExecType::CancelRejected, 0, RejectReason::UnknownOrder),
        }
    }

    fn arrives(&mut self, order: &Order) {
        let at = order.instrument.index();
        let place = &self.places[at];
        let (price, qty) = (order.price.raw(), order.qty.raw());
        let opposite = place.ladder(order.side.opposite());
        let limit_order = order.ord_type == OrdType::Limit;
        let would_take = |p: i64| !beats(order.side, p, price);
        let closed = place.settled || place.void || place.expired(self.now);
        let refused = if closed || place.knows == Knows::Nothing {
            RejectReason::NotTradable
        } else if qty <= 0
            || qty % place.instrument.lot.raw() != 0
            || (limit_order && (price <= 0 || price % place.instrument.tick.raw() != 0))
        {
            RejectReason::OffGrid
        } else if self.open.len() == self.parameters.orders_max {
            RejectReason::TooManyOrders
        } else if limit_order
            && order.time_in_force == TimeInForce::PostOnly
            && opposite.first().is_some_and(|level| would_take(level.0))
        {
            RejectReason::PostOnlyWouldCross
        } else {
            RejectReason::None
        };
        if refused != RejectReason::None {
            self.say(order, ExecType::Rejected, qty, refused);
            return;
        }
        self.say(order, ExecType::New, qty, RejectReason::None);
        let place = &self.places[at];
        let joined = place.past.len();
        let mut open = Open { order: *order, leaves: qty, ahead: 0, joined, fresh: false };
        if place.knows == Knows::Prints {
            open.fresh = !limit_order || order.time_in_force != TimeInForce::PostOnly;
            self.open.push(open);
            return;
        }
        let account = order.id.account().raw();
        if self.partial() {
            let mut plan = Vec::new();
            let mut missing = qty;
            for (p, recorded) in opposite {
                let had = self.had(account, at, order.side.opposite(), p);
                let lot = self.places[at].instrument.lot.raw();
                let here = ((recorded - had).max(0) / lot * lot).min(missing);
                if would_take(p) && here > 0 {
                    plan.push((p, here));
                    missing -= here;
                }
            }
            if order.time_in_force != TimeInForce::FillOrKill || missing == 0 {
                for (p, here) in plan {
                    let side = order.side.opposite();
                    let when = self.places[at].past.len();
                    self.took.push(Took {
                        account,
                        instrument: at,
                        side,
                        price: p,
                        qty: here,
                        when,
                    });
                    self.fills(&mut open, p, here, Liquidity::Taker);
                }
            }
        } else if let Some(&(p, _)) = opposite.first().filter(|level| would_take(level.0)) {
            self.fills(&mut open, p, qty, Liquidity::Taker);
        }
        if open.leaves == 0 {
            return;
        }
        if stays(order) {
            let place = &mut self.places[at];
            let own = place.ladder(order.side);
            let hidden = place.knows == Knows::Quotes
                && own.first().is_none_or(|best| beats(order.side, best.0, price));
            let level = own.iter().find(|level| level.0 == price).map_or(0, |level| level.1);
            open.ahead = if hidden { i64::MAX } else { level };
            self.open.push(open);
        } else {
            self.say(order, ExecType::Canceled, open.leaves, RejectReason::None);
        }
    }

    /// What the account took of this level since it last changed.
    fn had(&self, account: u16, instrument: usize, side: Side, price: i64) -> i64 {
        if !self.parameters.consume_liquidity {
            return 0;
        }
        let past = &self.places[instrument].past;
        let changed = past.iter().rposition(|past| match *past {
            Past::Level { side: s, price: p, before, after } => {
                s == side && p == price && before != after
            }
            Past::Emptied | Past::Enriched => true,
            Past::Quoted { .. } | Past::Traded { .. } => false,
        });
        let own = self.took.iter().filter(|took| {
            took.account == account
                && took.instrument == instrument
                && took.side == side
                && took.price == price
                && changed.is_none_or(|changed| took.when > changed)
        });
        own.map(|took| took.qty).sum()
    }

    fn market(&mut self, event: &Event) {
        self.seen = event.time().raw();
        let now = self.now;
        for at in 0..self.places.len() {
            if self.places[at].expired(now) {
                self.now = self.places[at].instrument.expiry.raw();
                self.end_all(at);
                self.now = now;
            }
        }
        let at = event.instrument().index();
        match event.body() {
            Body::BookDelta(delta) => {
                self.learn(at, Knows::Book);
                let place = &mut self.places[at];
                if event.flags().has(EventFlags::CLEAR) {
                    place.void = false;
                    place.empty();
                }
                if !place.void {
                    self.level(at, delta.side, delta.price.raw(), delta.qty.raw().max(0));
                }
            }
            Body::Quote(quote) if self.places[at].knows <= Knows::Quotes => {
                self.learn(at, Knows::Quotes);
                self.places[at].void = false;
                let sides = [
                    (Side::Buy, quote.bid.raw(), quote.bid_qty.raw()),
                    (Side::Sell, quote.ask.raw(), quote.ask_qty.raw()),
                ];
                self.quoted(at, sides);
            }
            Body::Trade(trade) => {
                self.learn(at, Knows::Prints);
                let assumed = self.parameters.print_liquidity.raw();
                let qty = if trade.qty.raw() == 0 { assumed } else { trade.qty.raw() };
                if !self.places[at].void && !self.places[at].settled {
                    self.traded(at, trade.aggressor.map(Side::opposite), trade.price.raw(), qty);
                }
            }
            Body::Gap(_) => {
                let place = &mut self.places[at];
                place.void = place.knows >= Knows::Quotes;
                place.empty();
            }
            Body::Settlement(_) => {
                self.places[at].settled = true;
                self.end_all(at);
            }
            _ => {}
        }
    }

    /// Places of the open orders of one side, best price first, then oldest.
    fn line(&self, at: usize, side: Side) -> Vec<usize> {
        let mut line: Vec<usize> = (0..self.open.len())
            .filter(|&n| {
                self.open[n].order.instrument.index() == at && self.open[n].order.side == side
            })
            .collect();
        line.sort_by_key(|&n| self.open[n].order.price.raw() * -side.sign());
        line
    }

    fn end_all(&mut self, at: usize) {
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                let open = self.open[n].clone();
                self.say(&open.order, ExecType::Expired, open.leaves, RejectReason::None);
            }
        }
        self.open.retain(|open| open.order.instrument.index() != at);
    }

    fn learn(&mut self, at: usize, knows: Knows) {
        if self.places[at].knows >= knows {
            return;
        }
        self.places[at].knows = knows;
        if knows == Knows::Prints {
            return;
        }
        self.places[at].empty();
        self.places[at].past.push(Past::Enriched);
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                self.open[n].fresh = false;
                if !stays(&self.open[n].order) {
                    let open = self.open[n].clone();
                    self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
                    self.open[n].leaves = 0;
                }
            }
        }
        self.open.retain(|open| open.leaves > 0);
    }

    fn level(&mut self, at: usize, side: Side, price: i64, qty: i64) {
        let place = &mut self.places[at];
        let best = place.ladder(side).first().map(|level| level.0);
        let before = place.set(side, price, qty);
        place.past.push(Past::Level { side, price, before, after: qty });
        self.reached(at, side, best);
    }

    fn quoted(&mut self, at: usize, sides: [(Side, i64, i64); 2]) {
        let best = |place: &Place, side| place.ladder(side).first().copied();
        let old = [Side::Buy, Side::Sell].map(|side| best(&self.places[at], side));
        for ((side, price, qty), old) in sides.into_iter().zip(old) {
            let place = &mut self.places[at];
            let touch = (qty > 0).then_some((price, qty));
            if touch == old {
                continue;
            }
            place.levels(side).clear();
            place.set(side, price, qty);
            let same = old.filter(|old| touch.is_some_and(|touch| touch.0 == old.0));
            place.past.push(Past::Quoted { side, touch: touch.map(|touch| touch.0) });
            if let (Some(old), None) = (old, same) {
                // A level that is no longer shown: forget what was taken there, move no queue.
                self.took
                    .retain(|took| (took.instrument, took.side, took.price) != (at, side, old.0));
            }
            if let Some((price, after)) = touch {
                let before = same.map_or(0, |old| old.1);
                place.past.push(Past::Level { side, price, before, after });
            }
        }
        for (side, old) in [Side::Buy, Side::Sell].into_iter().zip(old) {
            self.reached(at, side, old.map(|old| old.0));
        }
    }

    /// Fills the orders of the other side that a better best of this side reaches.
    fn reached(&mut self, at: usize, side: Side, old: Option<i64>) {
        let Some(best) = self.places[at].ladder(side).first().map(|level| level.0) else { return };
        if old.is_some_and(|old| !beats(side, best, old)) {
            return;
        }
        for n in self.line(at, side.opposite()) {
            let mut open = self.open[n].clone();
            let price = open.order.price.raw();
            if !beats(side, price, best) {
                let all = open.leaves;
                self.fills(&mut open, price, all, Liquidity::Maker);
                self.open[n] = open;
            }
        }
        self.open.retain(|open| open.leaves > 0);
    }

    fn traded(&mut self, at: usize, passive: Option<Side>, price: i64, qty: i64) {
        let lot = self.places[at].instrument.lot.raw();
        let tick = self.places[at].instrument.tick.raw();
        let on_book = self.places[at].knows >= Knows::Quotes;
        let mut had: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
        for side in [Side::Buy, Side::Sell] {
            for n in self.line(at, side) {
                let mut open = self.open[n].clone();
                let own = open.order.price.raw();
                let account = open.order.id.account().raw();
                let (of_print, here) = had.get(&account).copied().unwrap_or((0, 0));
                let left = qty - of_print;
                let through = beats(side, own, price);
                if on_book {
                    if passive.is_some_and(|passive| passive != side) {
                        continue;
                    }
                    let at_price = own == price && passive.is_some();
                    let beyond = if at_price { lots(qty - self.ahead(&open), lot) } else { 0 };
                    let gets = match (through, at_price, self.partial()) {
                        (true, _, true) => left,
                        (true, _, false) => open.leaves,
                        (false, true, true) => (beyond - here).min(left),
                        (false, true, false) if beyond > 0 => open.leaves,
                        _ => 0,
                    };
                    let gets = (gets.max(0) / lot * lot).min(open.leaves);
                    if gets > 0 {
                        let here = here + if at_price { gets } else { 0 };
                        had.insert(account, (of_print + gets, here));
                        self.fills(&mut open, own, gets, Liquidity::Maker);
                    }
                } else {
                    let takes = if open.fresh { through || own == price } else { through };
                    let room = if self.partial() { left / lot * lot } else { open.leaves };
                    let whole = open.order.time_in_force == TimeInForce::FillOrKill;
                    let gets = if whole && room < open.leaves { 0 } else { room.min(open.leaves) };
                    if takes && gets > 0 {
                        had.insert(account, (of_print + gets, here));
                        let slip = tick * i64::from(self.parameters.print_slippage_ticks);
                        let slipped = price + slip * side.sign();
                        let slipped = if beats(side, slipped, own) { own } else { slipped };
                        let slipped = if slipped > 0 { slipped } else { price };
                        if open.fresh {
                            self.fills(&mut open, slipped, gets, Liquidity::Taker);
                        } else {
                            self.fills(&mut open, own, gets, Liquidity::Maker);
                        }
                    }
                    open.fresh = false;
                    if open.leaves > 0 && !stays(&open.order) {
                        self.say(&open.order, ExecType::Canceled, open.leaves, RejectReason::None);
                        open.leaves = 0;
                    }
                }
                self.open[n] = open;
            }
        }
        if on_book {
            self.places[at].past.push(Past::Traded { passive, price, qty });
        }
        self.open.retain(|open| open.leaves > 0);
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
