//! The strategy of the comparison with peers: one order every so many messages, nothing else.
//!
//! Owns a count. Must never look at more than position and touch: peers run the same few lines in
//! their own languages (`bench/peers`), and what is compared is the engine around it.

use royale_engine::strategy::{Context, Intent, Strategy};
use royale_model::{
    Event, EventKind, Feature, InstrumentId, OrdType, OrderId, Reasons, Regime, Side, TimeInForce,
};

/// What kind of order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// One lot at the opposite best price, cancelled at once where it does not fill.
    Taking,
    /// One lot at the own best price, after the one before was cancelled where it still rests.
    Resting,
}

/// Buys a lot where it has none, sells it where it has, on every `every`-th message.
#[derive(Debug)]
pub struct Periodic {
    style: Style,
    every: u64,
    left: u64,
    last: Option<OrderId>,
}

impl Periodic {
    /// An order on every `every`-th message.
    pub fn new(style: Style, every: u64) -> Self {
        Self { style, every, left: every, last: None }
    }

    fn act(&mut self, id: InstrumentId, context: &mut Context<'_>) {
        let Some(quote) = context.market(id).and_then(|view| view.best()) else { return };
        let Some(instrument) = context.instrument(id) else { return };
        let side = if context.position(id).is_positive() { Side::Sell } else { Side::Buy };
        let (own, opposite) = match side {
            Side::Buy => (quote.bid, quote.ask),
            Side::Sell => (quote.ask, quote.bid),
        };
        let reasons = Reasons::new().because(Feature::MARKET_PRICE, quote.bid.to_f64(), 1.0);
        let last = context.open_orders().iter().find(|order| Some(order.id) == self.last);
        if let Some(last) = last.filter(|order| order.acknowledged).map(|order| order.id) {
            context.cancel(last, &reasons);
        }
        let (time_in_force, price) = match self.style {
            Style::Taking => (TimeInForce::ImmediateOrCancel, opposite),
            Style::Resting => (TimeInForce::PostOnly, own),
        };
        self.last = context.submit(&Intent {
            instrument: id,
            side,
            ord_type: OrdType::Limit,
            time_in_force,
            price,
            qty: instrument.lot,
            confidence: 1.0,
            regime: Regime::Unknown,
            reasons,
        });
    }
}

impl Strategy for Periodic {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        // In an execution report the bit of `LAST` says something else.
        let is_market = event.kind() != EventKind::ExecutionReport;
        if !(is_market && event.is_last()) {
            return;
        }
        self.left -= 1;
        if self.left == 0 {
            self.left = self.every;
            self.act(event.instrument(), context);
        }
    }
}
