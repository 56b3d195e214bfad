//! The venue itself: orders arrive late, wait in the queue, fill against the recorded book.
//!
//! Owns simulated time: what has arrived, what may still arrive, and which reports are certain. It keeps no
//! book: an order meets the market of the thread, as long as the venue hears of an event before it
//! changes that market ([`SimVenue::coming`]). Must never hand out a report that one which is still
//! unknown could precede. The order stage gives it events, promises and orders, and takes its reports back
//! to the sequencer. The rules of time stand in `docs/simulated-venue.md`.

use super::arrivals::{Arrivals, Message};
use super::exchange::{Exchange, Moment};
use super::latency::Purpose;
use super::parameters::SimParameters;
use crate::market::Market;
use crate::present;
use crate::risk::ApprovedOrder;
use crate::sink::Promise;
use royale_model::{Event, ExecutionReport, Instrument, InstrumentId, Nanos, Order};

/// A venue that fills against the recorded market. One for all accounts; accounts do not meet.
#[derive(Debug)]
pub struct SimVenue {
    exchange: Exchange,
    arrivals: Arrivals,
    parameters: SimParameters,
    /// Time of the last event given, whatever its kind.
    last_input: Nanos,
    /// Times of the last market event: when we saw it, and when it happened.
    last_market: Moment,
    /// The last promise.
    promised_input: Nanos,
    promised_market: Nanos,
    /// Shortest ways there, back, and both.
    order_shortest: Nanos,
    response_shortest: Nanos,
    round_trip: Nanos,
    /// True while no order lives or is under way and no report is out: then nothing happens before an
    /// event, and whoever asks when something may happen next is told at once.
    idle: bool,
    /// Room for a halt to list what it cancels.
    sweep: Vec<Order>,
}

/// Things that should not happen, counted since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SimCounters {
    /// Messages and reports for which memory had to grow beyond the start's.
    pub overgrown: u64,
    /// New orders whose id was live already; they were ignored.
    pub duplicates: u64,
    /// Fills whose fee could not be computed; they were free.
    pub fees_unknown: u64,
}

impl SimVenue {
    /// A venue of these instruments.
    pub fn new(instruments: &[Instrument], parameters: &SimParameters) -> Self {
        let order_shortest = parameters.order_latency.shortest();
        let response_shortest = parameters.response_latency.shortest();
        let orders_max = parameters.orders_max.max(1);
        // An order, its cancel and a halt's cancel can be under way for each live order, and as
        // much again for orders that have not come to rest.
        let under_way_max = orders_max.saturating_mul(4).saturating_add(1_024);
        Self {
            exchange: Exchange::new(instruments, parameters),
            arrivals: Arrivals::new(under_way_max),
            parameters: *parameters,
            last_input: Nanos::MIN,
            last_market: Moment { now: Nanos::MIN, published: Nanos::MIN },
            promised_input: Nanos::MIN,
            promised_market: Nanos::MIN,
            order_shortest,
            response_shortest,
            round_trip: order_shortest.plus(response_shortest),
            idle: true,
            sweep: present::vec(orders_max.saturating_mul(2), present::NO_ORDER),
        }
    }

    /// Takes an order or a cancel request, sent at `order.time`; it arrives later.
    pub fn submit(&mut self, order: &ApprovedOrder) {
        self.submit_scripted(order.order());
    }

    /// Takes an order that no gate has seen: for scripts that compare this venue with another
    /// simulator. It moves nobody's money; the corridor has no such order to give.
    pub fn submit_scripted(&mut self, order: &Order) {
        let (message, purpose) = if order.is_cancel() {
            (Message::Cancel, Purpose::Cancel)
        } else {
            (Message::New, Purpose::Order)
        };
        let time = order.time.plus(self.draw(order, purpose));
        self.idle = false;
        self.arrivals.push(time, message, *order);
    }

    /// Sends a report that no order caused: the gate refused one that was decided at `decided`.
    /// Its strategy hears of it as soon as a venue could have answered, and not before; like any
    /// report it may be answered, so the venue does not work past it.
    pub fn report_refusal(&mut self, id: InstrumentId, report: ExecutionReport, decided: Nanos) {
        let time = decided.plus(self.round_trip);
        self.idle = false;
        self.exchange.outbox.push(time, decided, id, report);
    }

    /// A sequenced event is about to change the market: what happened before it happens now, in the
    /// market as it still is: reports that it proves to be seen, arrivals, expiries. Nothing where nothing
    /// is under way.
    #[inline(always)]
    pub fn coming(&mut self, event: &Event, market: &Market) {
        if self.idle {
            return;
        }
        self.exchange.outbox.seen(event);
        if event.kind().is_market() {
            let moment = self.moment_of(event);
            while self.arrivals.next_time().is_some_and(|next| next < moment.now) {
                self.arrive_next(market);
            }
            self.exchange.expire_until(moment);
        }
    }

    /// Takes a sequenced event in that has changed the market, after [`SimVenue::coming`] and whatever was
    /// submitted in answer to it.
    #[inline(always)]
    pub fn on_event(&mut self, event: &Event, market: &Market) {
        if event.kind().is_market() {
            self.last_market = self.moment_of(event);
            if event.instrument().index() < self.exchange.floors.len() {
                self.exchange.market_event(event, market, self.last_market);
            }
        }
        // The sequencer's time does not run backwards.
        debug_assert!(event.time() >= self.last_input, "{event:?} after {:?}", self.last_input);
        self.last_input = event.time();
        if !self.idle {
            self.idle = self.arrivals.next_time().is_none() && self.exchange.is_idle();
        }
    }

    /// When a market event happens at the venue, where time does not run backwards, and when it is
    /// seen.
    #[inline(always)]
    fn moment_of(&self, event: &Event) -> Moment {
        let published = event.time();
        Moment { now: event.venue_time().min(published).max(self.last_market.now), published }
    }

    /// Works ahead as far as the promise allows.
    pub fn on_promise(&mut self, promise: &Promise, market: &Market) {
        self.promised_input = self.promised_input.max(promise.input_not_before);
        self.expect_market(promise.market_not_before, market);
    }

    /// The next market event happens at this time or later: works ahead as far as that allows.
    #[inline(always)]
    pub fn expect_market(&mut self, not_before: Nanos, market: &Market) {
        self.promised_market = self.promised_market.max(not_before);
        // Each arrival may make a report that a strategy answers: look at the limit anew.
        while !self.idle
            && let Some(next) = self.arrivals.next_time()
            && next < self.arrival_limit()
        {
            self.arrive_next(market);
        }
    }

    /// Cancels everything that rests or is on its way (the halt's second half).
    pub fn cancel_all(&mut self, now: Nanos) {
        self.idle = false;
        let mut sweep = core::mem::take(&mut self.sweep);
        sweep.clear();
        for live in self.exchange.orders.iter() {
            sweep.push(Order::cancel(0, now, live.id, live.instrument, live.side));
        }
        self.arrivals.list_new(now, &mut sweep);
        // How far the venue has worked ahead must not show in the order of the answers.
        sweep.sort_unstable_by_key(|cancel| cancel.id);
        for order in &sweep {
            let time = now.plus(self.draw(order, Purpose::Cancel));
            self.arrivals.push(time, Message::Sweep, *order);
        }
        self.sweep = sweep;
    }

    /// The next report that is ready, in the order in which they must be sequenced.
    /// Its `time` is when it reaches us, its `venue_time` when it was made.
    ///
    /// Each report must come back through [`SimVenue::on_event`] once it is sequenced: until then
    /// a strategy may still answer it, and the venue does not work past that answer.
    #[inline]
    pub fn pop_report(&mut self) -> Option<Event> {
        if self.idle || self.exchange.outbox.is_empty() {
            return None;
        }
        self.pop_ready()
    }

    #[inline(never)]
    fn pop_ready(&mut self) -> Option<Event> {
        let horizon = self.horizon();
        self.exchange.outbox.pop(horizon)
    }

    /// Every report that reaches us before this time is already out.
    ///
    /// No report that is not made yet can have an earlier time than the earliest of these:
    /// * an order that is not submitted yet is decided at the next input or later, then travels
    ///   there and back;
    /// * a message under way reports when it has arrived and the report has travelled;
    /// * a resting order fills at a market event yet to come, and its report does not overtake it.
    #[inline]
    pub fn horizon(&self) -> Nanos {
        if self.idle {
            let next_input = self.promised_input.max(self.last_input);
            return next_input.plus(self.round_trip);
        }
        self.horizon_at_work()
    }

    #[inline(always)]
    fn horizon_at_work(&self) -> Nanos {
        let unsubmitted = self.next_input().plus(self.round_trip);
        // No market event comes before the promised input.
        let next_seen = self.last_input.max(self.promised_input);
        let under_way = self.arrivals.next_time().map_or(Nanos::MAX, |arrives| {
            // A message that arrives after the promised market event is taken after it.
            let seen = if arrives >= self.promised_market { next_seen } else { self.last_input };
            arrives.plus(self.response_shortest).max(seen)
        });
        let resting = if self.exchange.orders.len() == 0 {
            Nanos::MAX
        } else {
            // An order that expires does so at its expiry, though the next event shows it.
            let next_happens =
                self.last_market.now.max(self.promised_market).min(self.exchange.next_expiry);
            next_happens.plus(self.response_shortest).max(next_seen)
        };
        unsubmitted.min(under_way).min(resting)
    }

    /// Live orders: those that rest, and those that wait for a print.
    pub fn live_orders(&self) -> usize {
        self.exchange.orders.len()
    }

    /// Things that should not happen.
    pub fn counters(&self) -> SimCounters {
        SimCounters {
            overgrown: self.arrivals.overgrown() + self.exchange.outbox.overgrown(),
            duplicates: self.exchange.duplicates,
            fees_unknown: self.exchange.fees_unknown,
        }
    }

    /// The time before which no input can come that a strategy could still answer.
    fn next_input(&self) -> Nanos {
        let unanswered = self.exchange.outbox.earliest_unanswered();
        self.promised_input.min(unanswered).max(self.last_input)
    }

    /// What arrives before this can be taken now: neither a market event nor an order that is not
    /// submitted yet can come before it.
    fn arrival_limit(&self) -> Nanos {
        self.promised_market.min(self.next_input().plus(self.order_shortest))
    }

    /// Takes the next message, which has arrived.
    #[inline(never)]
    fn arrive_next(&mut self, market: &Market) {
        let Some(arrival) = self.arrivals.pop() else { return };
        let order = &arrival.order;
        let moment = Moment { now: arrival.time, published: self.last_market.published };
        let response = self.draw(order, Purpose::Response);
        match arrival.message {
            Message::New => self.exchange.arrive_new(order, market, response, moment),
            Message::Cancel => self.exchange.arrive_cancel(order, response, moment),
            Message::Sweep => {
                self.exchange.arrive_sweep(order, moment);
            }
        }
    }

    /// One way of one order's messages. The number is the order's count within its account, so
    /// that every account draws the same latencies: the race is fair, and nobody's draws depend on
    /// who else takes part. All reports of one order take equally long, so they stay in order.
    fn draw(&self, order: &Order, purpose: Purpose) -> Nanos {
        let model = match purpose {
            Purpose::Feed => &self.parameters.feed_latency,
            Purpose::Order | Purpose::Cancel => &self.parameters.order_latency,
            Purpose::Response => &self.parameters.response_latency,
        };
        model.draw(self.parameters.seed, order.id.index(), purpose)
    }
}
