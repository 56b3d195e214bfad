//! The window through which a strategy sees the market and speaks.

use super::portfolio::{OpenOrder, Portfolio};
use crate::market::{Market, MarketView};
use crate::present;
use royale_model::{
    Account, Action, Decision, Fault, Instrument, InstrumentId, Nanos, OrdType, OrderId, Price,
    Qty, Reasons, Regime, RegimeOdds, Seq, Side, SlotId, TimeInForce,
};

/// Decisions that one slot may make on one event; more are dropped and counted.
pub const DECISIONS_PER_EVENT: usize = 16;

/// A new order as a strategy words it.
#[derive(Clone, Copy, Debug)]
pub struct Intent {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// Limit price, on the tick grid; ignored for market orders.
    pub price: Price,
    /// Quantity, on the lot grid.
    pub qty: Qty,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// The market's state as seen.
    pub regime: Regime,
    /// Why.
    pub reasons: Reasons,
}

/// Where decisions wait until the strategy returns. Fixed size.
#[derive(Debug)]
pub struct Outbox {
    decisions: Vec<Decision>,
    overflow: u64,
    fault: Option<Fault>,
}

impl Default for Outbox {
    fn default() -> Self {
        let (instrument, reasons) = (InstrumentId::NONE, Reasons::new());
        let blank = Decision::new(0, Nanos::ZERO, SlotId(0), instrument, Action::Abstain, &reasons);
        Self { decisions: present::vec(DECISIONS_PER_EVENT, blank), overflow: 0, fault: None }
    }
}

impl Outbox {
    /// What was decided, in order.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }
    /// Decisions that did not fit since the start.
    pub fn overflow(&self) -> u64 {
        self.overflow
    }
    /// Why the strategy cannot go on: it said so, or a decision contradicts itself.
    pub fn fault(&self) -> Option<Fault> {
        let is_sane = |decision: &Decision| decision.check().is_ok();
        self.fault.or_else(|| (!self.decisions.iter().all(is_sane)).then_some(Fault::Malformed))
    }
    /// True when nothing was said.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.decisions.is_empty() && self.fault.is_none()
    }
    /// True when both ask for the same orders and cancels, whatever their reasons.
    pub(super) fn asks_for_the_same(&self, other: &Self) -> bool {
        self.wishes().eq(other.wishes())
    }
    fn wishes(&self) -> impl Iterator<Item = impl PartialEq> {
        self.decisions.iter().filter(|d| d.action != Action::Abstain).map(wish)
    }
    /// Forgets what was said after the first `count` decisions.
    pub(super) fn truncate(&mut self, count: usize) {
        self.fault = None;
        self.decisions.truncate(count);
    }
    /// Forgets what was said.
    pub fn clear(&mut self) {
        self.fault = None;
        self.decisions.clear();
    }
    fn push(&mut self, decision: Decision) -> bool {
        if self.decisions.len() == DECISIONS_PER_EVENT {
            self.overflow += 1;
            return false;
        }
        self.decisions.push(decision);
        true
    }
}

/// What a decision asks for, without its reasons.
fn wish(d: &Decision) -> impl PartialEq {
    let what = (d.action, d.order, d.instrument, d.side, d.price, d.qty);
    (what, d.ord_type, d.time_in_force)
}

/// The window: market, own portfolio, and the outbox.
#[derive(Debug)]
pub struct Context<'a> {
    slot: SlotId,
    seq: Seq,
    now: Nanos,
    market: &'a Market,
    portfolio: &'a mut Portfolio,
    outbox: &'a mut Outbox,
}

impl<'a> Context<'a> {
    /// A window for one slot on one event.
    pub fn new(
        slot: SlotId,
        seq: Seq,
        now: Nanos,
        market: &'a Market,
        portfolio: &'a mut Portfolio,
        outbox: &'a mut Outbox,
    ) -> Self {
        Self { slot, seq, now, market, portfolio, outbox }
    }

    /// The time of the event: the only clock.
    #[inline]
    pub fn now(&self) -> Nanos {
        self.now
    }
    /// The instrument table.
    #[inline]
    pub fn instruments(&self) -> &'a [Instrument] {
        self.market.instruments()
    }
    /// One instrument.
    #[inline]
    pub fn instrument(&self, id: InstrumentId) -> Option<&'a Instrument> {
        self.market.instrument(id)
    }
    /// Book, last trade, odds and state of one instrument.
    #[inline]
    pub fn market(&self, id: InstrumentId) -> Option<&'a MarketView> {
        self.market.view(id)
    }
    /// The market's state as the house was last told, with its probability.
    #[inline]
    pub fn house_regime(&self) -> RegimeOdds {
        self.market.regime()
    }
    /// Position of the shadow account: filled orders only, signed.
    #[inline]
    pub fn position(&self, id: InstrumentId) -> Qty {
        self.portfolio.position(id)
    }
    /// Average price at which the position was opened; zero when flat.
    #[inline]
    pub fn entry_price(&self, id: InstrumentId) -> Price {
        self.portfolio.entry_price(id)
    }
    /// Position if every live buy (or sell) order filled: what to size against.
    #[inline]
    pub fn worst_position(&self, id: InstrumentId, side: Side) -> Qty {
        self.portfolio.worst_position(id, side)
    }
    /// Live orders, oldest first; sent and unacknowledged ones included.
    #[inline]
    pub fn open_orders(&self) -> &[OpenOrder] {
        self.portfolio.open_orders()
    }

    /// Asks for a new order. Returns its id, or `None` when the outbox is full, when too many orders
    /// wait for their last report, or when the slot spoke too often
    /// ([`super::DECISIONS_PER_SECOND`]).
    /// What becomes of it comes back as execution reports, refusals by risk included.
    pub fn submit(&mut self, intent: &Intent) -> Option<OrderId> {
        if self.portfolio.is_full() || !self.portfolio.afford(self.now) {
            return None;
        }
        let id = self.portfolio.next_order_id(Account::shadow(self.slot));
        let mut decision = self.decision(Action::Submit, intent);
        decision.order = id;
        if !self.outbox.push(decision) {
            return None;
        }
        self.portfolio.sent(OpenOrder {
            id,
            instrument: intent.instrument,
            side: intent.side,
            price: intent.price,
            remaining: intent.qty,
            sent_at: self.now,
            acknowledged: false,
            cancel_sent: false,
        });
        Some(id)
    }

    /// Says that the strategy cannot go on: its slot is disarmed after this event, what it decided on
    /// it is not passed on, and its live orders are called back. For the hosts of foreign code.
    pub fn give_up(&mut self, fault: Fault) {
        self.outbox.fault.get_or_insert(fault);
    }

    /// Says that there was a signal and that the strategy's own gates said no; `intent` is what it
    /// would have asked for. Only the record changes: no order id, no verdict, no order. False when
    /// the outbox is full or the slot spoke too often.
    pub fn abstain(&mut self, intent: &Intent) -> bool {
        if !self.portfolio.afford(self.now) {
            return false;
        }
        let decision = self.decision(Action::Abstain, intent);
        self.outbox.push(decision)
    }

    /// An intent as a decision that names no order yet.
    fn decision(&self, action: Action, intent: &Intent) -> Decision {
        let (instrument, reasons) = (intent.instrument, &intent.reasons);
        let mut decision =
            Decision::new(self.seq, self.now, self.slot, instrument, action, reasons);
        decision.side = intent.side;
        decision.ord_type = intent.ord_type;
        decision.time_in_force = intent.time_in_force;
        decision.price = intent.price;
        decision.qty = intent.qty;
        decision.confidence_bp = basis_points(intent.confidence);
        decision.regime = intent.regime;
        decision.house_regime = self.market.regime();
        decision
    }

    /// Asks to cancel a live order; asking twice does nothing. False when there is nothing to do.
    pub fn cancel(&mut self, id: OrderId, reasons: &Reasons) -> bool {
        let Some(order) = self.portfolio.find(id).filter(|order| !order.cancel_sent) else {
            return false;
        };
        let mut decision =
            Decision::new(self.seq, self.now, self.slot, order.instrument, Action::Cancel, reasons);
        decision.order = id;
        decision.side = order.side;
        decision.price = order.price;
        decision.house_regime = self.market.regime();
        if !self.outbox.push(decision) {
            return false;
        }
        self.portfolio.cancel_sent(id);
        true
    }
}

/// Probability to basis points; what is not a number is no confidence.
fn basis_points(confidence: f64) -> u16 {
    if confidence.is_finite() { (confidence.clamp(0.0, 1.0) * 10_000.0) as u16 } else { 0 }
}
