//! `dip` of docs/strategies/authoring.md, natively: the twin of `guests/dip.wat`.

use royale_engine::{Context, Intent, Strategy};
use royale_model::{
    Body, Event, Feature, InstrumentId, OrdType, Price, Reasons, Regime, Side, TimeInForce,
};

/// Buys one lot of instrument 0 when its price is `drop` below the highest seen, and sells it there.
pub struct Dip {
    pub drop: Price,
    pub high: Price,
}

impl Strategy for Dip {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let Body::Trade(trade) = event.body() else { return };
        let id = InstrumentId(0);
        let Some(instrument) = context.instrument(id) else { return };
        if event.instrument() != id || !context.open_orders().is_empty() {
            return;
        }
        self.high = self.high.max(trade.price);
        let below = self.high.saturating_sub(trade.price);
        let held = context.position(id);
        let side = if held.is_zero() && below >= self.drop {
            Side::Buy
        } else if held.is_positive() && below.is_zero() {
            Side::Sell
        } else {
            return;
        };
        let reasons = Reasons::new()
            .because(Feature::MOMENTUM, -below.to_f64(), below.to_f64())
            .because(Feature::INVENTORY, held.to_f64(), 0.0);
        context.submit(&Intent {
            instrument: id,
            side,
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::ImmediateOrCancel,
            price: Price::ZERO,
            qty: instrument.lot,
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons,
        });
    }
}
