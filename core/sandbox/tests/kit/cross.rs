//! `ema-cross` and `mid-cross` of the kits, natively.

use royale_engine::{Context, Intent, Strategy};
use royale_model::{
    Body, Event, Feature, InstrumentId, OrdType, Price, Reasons, Regime, Side, TimeInForce,
};

/// Whose prices are averaged.
#[derive(Clone, Copy)]
pub enum Watch {
    /// Trades: `ema-cross`.
    Trades,
    /// The middle of the book at each of its changes: `mid-cross`.
    Book,
}

/// Holds one lot while the fast average is above the slow one.
pub struct Cross {
    watch: Watch,
    id: InstrumentId,
    fast: f64,
    slow: f64,
    fast_span: f64,
    slow_span: f64,
    seen: u64,
}

impl Cross {
    /// Over so many prices of that instrument.
    pub fn new(watch: Watch, id: InstrumentId, fast_span: f64, slow_span: f64) -> Self {
        Self { watch, id, fast: 0.0, slow: 0.0, fast_span, slow_span, seen: 0 }
    }

    fn price(&self, event: &Event, context: &Context<'_>) -> Option<Price> {
        if event.instrument() != self.id {
            return None;
        }
        match (self.watch, event.body()) {
            (Watch::Trades, Body::Trade(trade)) => Some(trade.price),
            (Watch::Book, Body::Quote(_) | Body::BookDelta(_)) if event.is_last() => {
                context.market(self.id)?.mid()
            }
            _ => None,
        }
    }
}

impl Strategy for Cross {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let Some(price) = self.price(event, context) else { return };
        let price = price.to_f64();
        if self.seen == 0 {
            (self.fast, self.slow) = (price, price);
        }
        self.seen += 1;
        self.fast += (price - self.fast) * 2.0 / (self.fast_span + 1.0);
        self.slow += (price - self.slow) * 2.0 / (self.slow_span + 1.0);
        if (self.seen as f64) < self.slow_span || !context.open_orders().is_empty() {
            return;
        }
        let above = self.fast - self.slow;
        let held = context.position(self.id);
        let side = if held.is_zero() && above > 0.0 {
            Side::Buy
        } else if held.is_positive() && above < 0.0 {
            Side::Sell
        } else {
            return;
        };
        let Some(instrument) = context.instrument(self.id) else { return };
        let reasons = Reasons::new().because(Feature::MOMENTUM, above, above).because(
            Feature::INVENTORY,
            held.to_f64(),
            0.0,
        );
        context.submit(&Intent {
            instrument: self.id,
            side,
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::ImmediateOrCancel,
            price: Price::ZERO,
            qty: instrument.lot,
            confidence: 0.5,
            regime: if above > 0.0 { Regime::Bull } else { Regime::Bear },
            reasons,
        });
    }
}
