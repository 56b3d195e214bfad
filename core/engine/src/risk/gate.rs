//! The rules themselves: pure functions from a decision and the state to a refusal or nothing.
//!
//! Cheap and stateless rules first. Each refusal names the number it looked at and the limit.

use super::limits::RiskLimits;
use crate::market::MarketView;
use royale_model::{
    Action, Decision, Instrument, InstrumentKind, Nanos, Notional, OrdType, Price, Qty,
    RefusalCode, SCALE, Side, TimeInForce,
};

/// A rule that refused, with the number that it saw and the limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) code: RefusalCode,
    pub(super) actual: i64,
    pub(super) limit: i64,
}

impl Refusal {
    /// Never inlined: nothing of a refusal is prepared on the way of a decision that passes.
    #[cold]
    #[inline(never)]
    pub(super) fn new(code: RefusalCode, actual: i64, limit: i64) -> Self {
        Self { code, actual, limit }
    }
}

/// Is the decision one that a correct strategy could make? Strangers' strategies are not trusted.
#[inline]
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
#[inline]
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
#[inline]
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
#[inline]
pub(super) fn reference(view: &MarketView) -> Result<Price, Refusal> {
    let has_touch = view.has_book() || view.quote.is_some();
    let price = if has_touch { view.two_sided_mid() } else { view.trade.map(|trade| trade.price) };
    price
        .filter(|price| price.is_positive())
        .ok_or_else(|| Refusal::new(RefusalCode::PriceCollar, 0, 0))
}

/// R1: 0 < quantity ≤ limit, on the lot grid.
#[inline]
pub(super) fn quantity(instrument: &Instrument, qty: Qty, limit: Qty) -> Result<(), Refusal> {
    if !qty.is_positive() || !qty.is_on(instrument.lot) || qty > limit {
        return Err(Refusal::new(RefusalCode::OrderQty, qty.raw(), limit.raw()));
    }
    Ok(())
}

/// R3: within the collar around the reference. Returns the price that the venue gets: the limit
/// price, or for a market order the collar's bound.
#[inline]
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
    if decision.ord_type == OrdType::Market {
        // Inside the collar, on the grid, and a price that can exist here.
        let bound = match decision.side {
            Side::Buy => reference.saturating_add(width).floor_to(instrument.tick),
            Side::Sell => {
                reference.saturating_sub(width).ceil_to(instrument.tick).max(instrument.tick)
            }
        };
        let top = Price::ONE.saturating_sub(instrument.tick);
        let bound = if instrument.allows(bound) { bound } else { bound.min(top) };
        return Ok(bound);
    }
    let price = decision.price;
    if !instrument.allows(price) || !price.is_on(instrument.tick) {
        return Err(Refusal::new(RefusalCode::PriceCollar, price.raw(), instrument.tick.raw()));
    }
    // Both are above zero: their difference has room.
    if (price.raw() - reference.raw()).abs() > width.raw() {
        let bound = if price > reference {
            reference.saturating_add(width)
        } else {
            reference.saturating_sub(width)
        };
        return Err(Refusal::new(RefusalCode::PriceCollar, price.raw(), bound.raw()));
    }
    Ok(price)
}

fn wide(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// R2: |price × quantity × multiplier| ≤ limit; what cannot be computed is refused.
#[inline]
pub(super) fn notional(
    instrument: &Instrument,
    dearest: Price,
    qty: Qty,
    limit: Notional,
) -> Result<(), Refusal> {
    match at_risk(instrument, dearest, qty) {
        Some(value) if value <= limit => Ok(()),
        value => {
            Err(Refusal::new(RefusalCode::OrderNotional, in_nano(value), in_nano(Some(limit))))
        }
    }
}

/// R7: position plus everything live on this side plus this order, at this price, ≤ limit.
/// What makes the position smaller passes; what cannot be counted is refused.
#[inline]
pub(super) fn position(
    instrument: &Instrument,
    dearest: Price,
    side: Side,
    held: Qty,
    pending: Qty,
    qty: Qty,
    limit: Notional,
) -> Result<(), Refusal> {
    let worst = pending.checked_add(qty).and_then(|more| worst(side, held, more));
    let value = worst.and_then(|worst| at_risk(instrument, dearest, worst.abs()));
    match (value, worst) {
        (Some(value), Some(worst)) if value <= limit || is_smaller(worst, held) => Ok(()),
        _ => Err(Refusal::new(RefusalCode::Position, in_nano(value), in_nano(Some(limit)))),
    }
}

/// True where so much more of a side makes the position smaller, and does not turn it.
pub(super) fn reduces(side: Side, held: Qty, more: Qty) -> bool {
    worst(side, held, more).is_some_and(|worst| is_smaller(worst, held))
}

#[inline]
fn worst(side: Side, held: Qty, more: Qty) -> Option<Qty> {
    match side {
        Side::Buy => held.checked_add(more),
        Side::Sell => held.checked_sub(more),
    }
}

#[inline]
fn is_smaller(worst: Qty, held: Qty) -> bool {
    worst.abs() <= held.abs() && worst.raw().signum() * held.raw().signum() >= 0
}

/// What a unit may cost at worst, the price that R2 and R7 count with: the dearer of order and
/// reference, since a sale may fill far above its limit. Of an inverse contract it is the face
/// value; an event contract risks what may have to be paid for it, p bought or 1 − p sold.
#[inline]
pub(super) fn dearest(instrument: &Instrument, price: Price, reference: Price) -> Price {
    let dearer = price.max(reference).max(Price::ZERO);
    match instrument.kind {
        InstrumentKind::PerpInverse => Price::ONE,
        InstrumentKind::BinaryEvent => dearer.max(Price::ONE.saturating_sub(price.min(reference))),
        _ => dearer,
    }
}

/// |value| in the quote currency.
fn at_risk(instrument: &Instrument, dearest: Price, qty: Qty) -> Option<Notional> {
    Notional::of(dearest, qty, instrument.multiplier).map(Notional::abs)
}

/// For the verdict's record: 10⁻¹⁸ to 10⁻⁹, held at the ends.
#[cold]
fn in_nano(value: Option<Notional>) -> i64 {
    let nano = |value: Notional| i64::try_from(value.raw() / i128::from(SCALE));
    value.map_or(i64::MAX, |value| nano(value).unwrap_or(i64::MAX))
}
