//! The strategy of the gate's load: features on every quote, an order on every so many.
//!
//! Owns two averages and a count. It does what a small strategy does, so that the way from a tick to
//! an order goes through all that belongs to it, and so regularly that each run has as many orders.

use royale_engine::strategy::{Context, Intent, Strategy};
use royale_model::{Event, EventKind, Feature, OrdType, Quote, Reasons, Regime, Side, TimeInForce};
use royale_quant::flow::BestQuotes;
use royale_quant::indicators::Ema;

/// Orders a lot at the opposite price on every n-th quote, and says why.
#[derive(Clone, Debug)]
pub struct Probe {
    every: u64,
    left: u64,
    fair: Ema,
    pressure: Ema,
}

impl Probe {
    /// An order on every `every`-th quote.
    ///
    /// # Errors
    /// Never: the window is above zero.
    pub fn new(every: u64) -> Result<Self, String> {
        let average = || Ema::new(100).map_err(|error| error.to_string());
        Ok(Self { every, left: every, fair: average()?, pressure: average()? })
    }

    fn order(&self, quote: &Quote, event: &Event, context: &mut Context<'_>) {
        let id = event.instrument();
        let Some(instrument) = context.instrument(id) else { return };
        let side = if context.position(id).is_positive() { Side::Sell } else { Side::Buy };
        let price = if side == Side::Buy { quote.ask } else { quote.bid };
        let fair = self.fair.value().unwrap_or_default();
        let pressure = self.pressure.value().unwrap_or_default();
        context.submit(&Intent {
            instrument: id,
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::ImmediateOrCancel,
            price,
            qty: instrument.lot,
            confidence: 0.5 + 0.5 * pressure.abs(),
            regime: Regime::Unknown,
            reasons: Reasons::new().because(Feature::EDGE, fair - price.to_f64(), 0.5).because(
                Feature::MARKET_PRICE,
                price.to_f64(),
                0.25,
            ),
        });
    }
}

impl Strategy for Probe {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if event.kind() != EventKind::Quote {
            return;
        }
        let Some(quote) = context.market(event.instrument()).and_then(|view| view.best()) else {
            return;
        };
        let best = BestQuotes {
            bid: quote.bid.to_f64(),
            bid_quantity: quote.bid_qty.to_f64(),
            ask: quote.ask.to_f64(),
            ask_quantity: quote.ask_qty.to_f64(),
        };
        if let (Some(fair), Some(pressure)) = (best.microprice(), best.imbalance()) {
            self.fair.update(fair);
            self.pressure.update(pressure);
        }
        self.left -= 1;
        if self.left == 0 {
            self.left = self.every;
            self.order(&quote, event, context);
        }
    }
}
