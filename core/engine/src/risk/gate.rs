//! The rules themselves: pure functions from a decision and the state to a refusal or nothing.
//!
//! Cheap and stateless rules first. Each refusal names the number it looked at and the limit.

use super::limits::RiskLimits;
use crate::market::MarketView;
use royale_model::{
    Action, Decision, Instrument, InstrumentKind, Nanos, Notional, OrdType, Price, Qty,
    RefusalCode, Side, TimeInForce,
};

/// A rule that refused, with the number that it saw and the limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) code: RefusalCode,
    pub(super) actual: i64,
    pub(super) limit: i64,
}

impl Refusal {
    pub(super) fn new(code: RefusalCode, actual: i64, limit: i64) -> Self {
        Self { code, actual, limit }
    }
}

/// Is the decision one that a correct strategy could make? Strangers' strategies are not trusted.
pub(super) fn well_formed(decision: &Decision) -> Result<(), Refusal> {
    let market_rests = decision.ord_type == OrdType::Market
        && !matches!(
            decision.time_in_force,
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
        );
    if decision.check().is_err() || decision.action != Action::Submit || market_rests {
        return Err(Refusal::new(RefusalCode::Malformed, 0, 0));
    }
    Ok(())
}

/// R11: the instrument trades now.
pub(super) fn tradable(
    instrument: &Instrument,
    view: &MarketView,
    now: Nanos,
) -> Result<(), Refusal> {
    let expired = instrument.expiry > Nanos::ZERO && now >= instrument.expiry;
    if expired || view.settled.is_some() {
        return Err(Refusal::new(RefusalCode::NotTradable, 0, 0));
    }
    Ok(())
}

/// R13: its data is fresh and whole.
pub(super) fn fresh(view: &MarketView, now: Nanos, limits: &RiskLimits) -> Result<(), Refusal> {
    if view.gapped {
        return Err(Refusal::new(RefusalCode::FeedGap, 0, 0));
    }
    let age = now.since(view.updated);
    if age > limits.feed_stale_after {
        let limit = limits.feed_stale_after.raw();
        return Err(Refusal::new(RefusalCode::StaleFeed, age.raw(), limit));
    }
    Ok(())
}

/// R3, first half: what prices are held against. A two-sided, uncrossed market; where the source has
/// neither book nor quote, its last trade (`fresh` saw to its age).
pub(super) fn reference(view: &MarketView) -> Result<Price, Refusal> {
    let has_touch = view.has_book() || view.quote.is_some();
    let price = if has_touch { view.two_sided_mid() } else { view.trade.map(|trade| trade.price) };
    price
        .filter(|price| price.is_positive())
        .ok_or_else(|| Refusal::new(RefusalCode::PriceCollar, 0, 0))
}

/// R1: 0 < quantity ≤ limit, on the lot grid.
pub(super) fn quantity(
    instrument: &Instrument,
    qty: Qty,
    limits: &RiskLimits,
) -> Result<(), Refusal> {
    let limit = limits.order_qty_max(instrument.kind);
    if !qty.is_positive() || !qty.is_on(instrument.lot) || qty > limit {
        return Err(Refusal::new(RefusalCode::OrderQty, qty.raw(), limit.raw()));
    }
    Ok(())
}

/// R3: within the collar around the reference. Returns the price that the venue gets: the limit
/// price, or for a market order the collar's bound.
pub(super) fn collar(
    instrument: &Instrument,
    reference: Price,
    decision: &Decision,
    limits: &RiskLimits,
) -> Result<Price, Refusal> {
    // What does not fit is as wide as there is; 64 bits divide by a constant without dividing.
    let times = |price: Price, times: u32| price.raw().checked_mul(i64::from(times));
    let by_bps = match times(reference, limits.price_collar_bps) {
        Some(product) => product / 10_000,
        None => wide(i128::from(reference.raw()) * i128::from(limits.price_collar_bps) / 10_000),
    };
    let by_ticks = times(instrument.tick, limits.price_collar_ticks).unwrap_or(i64::MAX);
    let width = Price::from_raw(by_bps.max(by_ticks));
    let highest = reference.saturating_add(width);
    let lowest = reference.saturating_sub(width);
    if decision.ord_type == OrdType::Market {
        // Inside the collar, on the grid, and a price that can exist here.
        let bound = match decision.side {
            Side::Buy => highest.floor_to(instrument.tick),
            Side::Sell => lowest.ceil_to(instrument.tick).max(instrument.tick),
        };
        let top = Price::ONE.saturating_sub(instrument.tick);
        let bound = if instrument.allows(bound) { bound } else { bound.min(top) };
        return Ok(bound);
    }
    let price = decision.price;
    if !instrument.allows(price) || !price.is_on(instrument.tick) {
        return Err(Refusal::new(RefusalCode::PriceCollar, price.raw(), instrument.tick.raw()));
    }
    if price > highest {
        return Err(Refusal::new(RefusalCode::PriceCollar, price.raw(), highest.raw()));
    }
    if price < lowest {
        return Err(Refusal::new(RefusalCode::PriceCollar, price.raw(), lowest.raw()));
    }
    Ok(price)
}

fn wide(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// R2: |price × quantity × multiplier| ≤ limit; what cannot be computed is refused.
pub(super) fn notional(
    instrument: &Instrument,
    prices: [Price; 2],
    qty: Qty,
    limits: &RiskLimits,
) -> Result<(), Refusal> {
    let limit = limits.order_notional_max;
    match at_risk(instrument, prices, qty) {
        Some(value) if value <= limit.raw() => Ok(()),
        value => Err(Refusal::new(
            RefusalCode::OrderNotional,
            in_nano(value),
            in_nano(Some(limit.raw())),
        )),
    }
}

/// R7: position plus everything live on this side plus this order, at this price, ≤ limit.
/// What makes the position smaller passes.
pub(super) fn position(
    instrument: &Instrument,
    prices: [Price; 2],
    side: Side,
    held: Qty,
    pending: Qty,
    qty: Qty,
    limit: i128,
) -> Result<(), Refusal> {
    let more = pending.saturating_add(qty);
    let worst = match side {
        Side::Buy => held.saturating_add(more),
        Side::Sell => held.saturating_sub(more),
    };
    let reduces = worst.abs() <= held.abs() && worst.raw().signum() * held.raw().signum() >= 0;
    match at_risk(instrument, prices, worst.abs()) {
        Some(value) if value <= limit || reduces => Ok(()),
        value => Err(Refusal::new(RefusalCode::Position, in_nano(value), in_nano(Some(limit)))),
    }
}

/// |value| in 10⁻¹⁸ of the quote currency, at the dearer of the prices: a sale may fill far above
/// its limit. For an inverse contract that is its face value; an event contract risks what may have
/// to be paid for it, p bought or 1 − p sold.
fn at_risk(instrument: &Instrument, prices: [Price; 2], qty: Qty) -> Option<i128> {
    let dearest = prices.into_iter().fold(Price::ZERO, |dearest, price| match instrument.kind {
        InstrumentKind::PerpInverse => Price::ONE,
        InstrumentKind::BinaryEvent => dearest.max(price).max(Price::ONE.saturating_sub(price)),
        _ => dearest.max(price),
    });
    Notional::of(dearest, qty, instrument.multiplier).map(|value| value.abs().raw())
}

/// For the verdict's record: 10⁻¹⁸ to 10⁻⁹, held at the ends.
fn in_nano(value: Option<i128>) -> i64 {
    value.map_or(i64::MAX, |value| i64::try_from(value / 1_000_000_000).unwrap_or(i64::MAX))
}
