//! From a wish to an order on the grid: sizes, prices, costs, and the pace of orders.
//!
//! Owns the conversion of float signals to `Price` and `Qty`. Must never round in favour of the
//! strategy: quantities and budgets are rounded down, prices to cross are rounded away.

use crate::memory::moment;
use royale_engine::{Context, Intent};
use royale_model::{
    Event, EventKind, Feature, FeeKind, Instrument, InstrumentId, InstrumentKind, Liquidity, Nanos,
    OrdType, Price, Qty, Reasons, Regime, Side, TimeInForce,
};
use royale_quant::memory::{Memory, Passage};

/// How sure, in which regime, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Why {
    /// 0 to 1.
    pub(crate) confidence: f64,
    /// The market's state as seen.
    pub(crate) regime: Regime,
    /// The reasons.
    pub(crate) reasons: Reasons,
}

/// Why a quantity is not larger: the least of all that bounds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// What bounds it, one of [`Feature::is_size`].
    by: Feature,
    /// Its value, in the feature's unit.
    at: f64,
}

impl Bound {
    /// A bound by `by`, whose value is `at`.
    pub(crate) fn new(by: Feature, at: f64) -> Self {
        Self { by, at }
    }
}

/// What is traded: instrument, side, quantity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deal {
    /// Instrument.
    pub(crate) instrument: InstrumentId,
    /// Side.
    pub(crate) side: Side,
    /// Quantity, on the lot grid.
    pub(crate) qty: Qty,
    /// Why it is not larger.
    pub(crate) bound: Bound,
}

impl Deal {
    /// Take what is there up to a price, cancel the rest.
    pub(crate) fn up_to(self, price: Price, why: &Why) -> Intent {
        self.intent(OrdType::Limit, TimeInForce::ImmediateOrCancel, price, why)
    }
    /// Take what is there at any price, cancel the rest.
    pub(crate) fn at_market(self, why: &Why) -> Intent {
        self.intent(OrdType::Market, TimeInForce::ImmediateOrCancel, Price::ZERO, why)
    }
    /// Rest at a price, never cross.
    pub(crate) fn resting(self, price: Price, why: &Why) -> Intent {
        self.intent(OrdType::Limit, TimeInForce::PostOnly, price, why)
    }
    fn intent(
        self,
        ord_type: OrdType,
        time_in_force: TimeInForce,
        price: Price,
        why: &Why,
    ) -> Intent {
        Intent {
            instrument: self.instrument,
            side: self.side,
            ord_type,
            time_in_force,
            price,
            qty: self.qty,
            confidence: why.confidence,
            regime: why.regime,
            reasons: why.reasons.because(self.bound.by, self.bound.at, 0.0),
        }
    }
}

/// True for events on which a strategy may decide: prints, and the last event of a message.
/// Execution reports, settlements, gaps, bars, commands and timers are not market prices.
#[inline]
pub(crate) fn is_price(event: &Event) -> bool {
    match event.kind() {
        EventKind::Trade => true,
        EventKind::Quote | EventKind::BookDelta | EventKind::Odds => event.is_last(),
        _ => false,
    }
}

/// Quantity on the lot grid that is worth at most `budget` of the currency in which the
/// instrument is priced; `None` below one lot.
pub(crate) fn qty_worth(instrument: &Instrument, price: Price, budget: f64) -> Option<Qty> {
    let unit = match instrument.kind {
        // A contract of an inverse perpetual is worth `multiplier` units of the quote currency.
        InstrumentKind::PerpInverse => instrument.multiplier.to_f64(),
        _ => price.to_f64() * instrument.multiplier.to_f64(),
    };
    (price.is_positive() && unit > 0.0).then_some(())?;
    Qty::from_f64_on_grid(budget / unit, instrument.lot).filter(|qty| qty.is_positive())
}

/// A quantity on the lot grid; `None` below one lot.
pub(crate) fn whole_lots(instrument: &Instrument, qty: f64) -> Option<Qty> {
    Qty::from_f64_on_grid(qty, instrument.lot).filter(|qty| qty.is_positive())
}

/// What a unit of a fill costs in fees, in the instrument's currency. The fee of the whole
/// quantity is spread over it, so that rounding to cents counts.
pub(crate) fn fee_per_unit(
    instrument: &Instrument,
    price: Price,
    qty: Qty,
    liquidity: Liquidity,
) -> Option<f64> {
    let fee = instrument.fee(price, qty, liquidity)?;
    qty.is_positive().then(|| Price::from_raw(fee).to_f64() / qty.to_f64())
}

/// Bounds a taker's fee of one unit from below, whatever the quantity: what it is before it is rounded,
/// which is against us. `None` where it is a rebate, or grows faster than the price: then a worse price
/// can be the better deal.
#[inline]
pub(crate) fn least_taker_fee(instrument: &Instrument, price: f64) -> Option<f64> {
    let fees = &instrument.fees;
    if !(0..=Price::ONE.raw()).contains(&fees.taker) {
        return None;
    }
    let is_quadratic = fees.kind == FeeKind::Quadratic && (0.0..=1.0).contains(&price);
    Some(if is_quadratic { fees.taker as f64 * 1e-9 * price * (1.0 - price) } else { 0.0 })
}

/// Bounds how far [`fee_per_unit`] of one quantity moves when the price of an event contract moves by at
/// most `price`: the parabola's steepness is the rate, and each of the two is rounded up by less than a
/// cent. `None` for other schedules.
pub(crate) fn fee_reach(
    instrument: &Instrument,
    price: f64,
    qty: Qty,
    liquidity: Liquidity,
) -> Option<f64> {
    let rate = match liquidity {
        Liquidity::Maker => instrument.fees.maker,
        Liquidity::Taker => instrument.fees.taker,
    };
    let is_known = instrument.fees.kind == FeeKind::Quadratic && qty.is_positive();
    is_known.then(|| Price::from_raw(rate).abs().to_f64() * price + 0.01 / qty.to_f64())
}

/// Kelly's stake for a bet that costs `cost` and pays 1 with a probability `edge` above it, as a
/// share of the bankroll: (p − c) / (1 − c). Zero for a bet that cannot win.
pub(crate) fn kelly(edge: f64, cost: f64) -> f64 {
    if cost < 1.0 { (edge / (1.0 - cost)).max(0.0) } else { 0.0 }
}

/// The price to cross at: on the grid, not worse for us than one tick past `touch`, never short
/// of it. `None` where the instrument has no such price.
pub(crate) fn crossing_price(instrument: &Instrument, side: Side, touch: Price) -> Option<Price> {
    let price = match side {
        Side::Buy => touch.ceil_to(instrument.tick),
        Side::Sell => touch.floor_to(instrument.tick),
    };
    // Rounding stops at the end of the numbers, which is on no grid.
    (instrument.allows(price) && price.is_on(instrument.tick)).then_some(price)
}

/// True while an order on the instrument is live or under way.
#[inline]
pub(crate) fn is_busy(context: &Context<'_>, id: InstrumentId) -> bool {
    context.open_orders().iter().any(|order| order.instrument == id)
}

/// A span of whole and broken seconds, as written in parameters.
pub(crate) fn span(seconds: f64) -> Nanos {
    // The door from floats for prices serves spans too: nanoseconds are 10⁻⁹ seconds.
    Price::from_f64_on_grid(seconds, Price::from_raw(1))
        .map_or(Nanos::MAX, |exact| Nanos::from_raw(exact.raw()))
}

/// The least time between two orders. A refusal costs a wait like a fill: it cannot become a flood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    between: Nanos,
    last: Nanos,
}

impl Pace {
    /// Longest wait between two tries to leave a position.
    const EXIT_BETWEEN: Nanos = Nanos::from_secs(1);

    /// At most one order in so many seconds.
    pub(crate) fn new(seconds: f64) -> Self {
        Self { between: span(seconds), last: Nanos::MIN }
    }
    /// True when an order that opens or adds may go.
    pub(crate) fn may_enter(&self, now: Nanos) -> bool {
        now.since(self.last) >= self.between
    }
    /// True when an order that closes may go: never later than one second after the last order.
    pub(crate) fn may_exit(&self, now: Nanos) -> bool {
        now.since(self.last) >= self.between.min(Self::EXIT_BETWEEN)
    }
    /// An order went.
    pub(crate) fn went(&mut self, now: Nanos) {
        self.last = now;
    }
}

impl Memory for Pace {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        moment(through, &mut self.last).map(drop)
    }
}

/// The closing order for a position, if there is one to close.
pub(crate) fn closing(instrument: &Instrument, position: Qty) -> Option<Deal> {
    let qty = position.abs().floor_to(instrument.lot);
    let side = if position.raw() > 0 { Side::Sell } else { Side::Buy };
    let bound = Bound::new(Feature::SIZE_CLOSE, position.abs().to_f64());
    qty.is_positive().then_some(Deal { instrument: instrument.id, side, qty, bound })
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{Text, Venue};

    /// Once an order of `imbalance` for 9,223,372,036.854775807: found by random tapes.
    #[test]
    fn a_price_that_cannot_be_rounded_to_the_grid_is_no_price() {
        let symbol = Text::new("BTCUSDT").unwrap_or(Text::EMPTY);
        let kind = InstrumentKind::PerpLinear;
        let mut perp = Instrument::new(InstrumentId(0), symbol, kind, Venue::BinanceUsdm);
        perp.tick = Price::from_raw(100_000_000);
        assert_eq!(crossing_price(&perp, Side::Buy, Price::MAX), None);
        let touch = Price::from_raw(80_000_050_000_000);
        let up = Price::from_raw(80_000_100_000_000);
        assert_eq!(crossing_price(&perp, Side::Buy, touch), Some(up));
        assert_eq!(crossing_price(&perp, Side::Sell, touch), Some(Price::from_int(80_000)));
    }
}
