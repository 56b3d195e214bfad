//! How large the house's order is, beside the shadow account's: the one place where that is reckoned.
//!
//! Owns the rule. The gate asks it for each decision, and whoever explains an order asks it again.
//! Must never look at anything but the numbers that it is given.

use crate::ledger::Capital;
use royale_model::{Qty, SCALE, Side};

/// What a decision means for the house, with every number that it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HouseSize {
    /// What the shadow account trades.
    pub asked: Qty,
    /// The slot's share of the house, in basis points.
    pub share_bp: i64,
    /// House capital ÷ slot capital, in 10⁻⁹.
    pub scale: i64,
    /// The shadow's position before.
    pub shadow_held: Qty,
    /// The house's position on behalf of the slot before; looked at only where the shadow's is
    /// reduced.
    pub house_held: Qty,
    /// How much of what is asked reduces the shadow's position.
    pub closing: Qty,
    /// What the house closes of its own position, in whole lots.
    pub closed: Qty,
    /// What it opens, in whole lots.
    pub opened: Qty,
}

impl HouseSize {
    /// Of what reduces the shadow's position the same part of the house's, all of it for a full
    /// close; of the rest the slot's share. So the house follows the shadow home even where it could
    /// not follow it out exactly.
    #[inline(always)]
    pub fn new(
        (side, asked): (Side, Qty),
        lot: Qty,
        (share_bp, scale): (i64, i64),
        shadow_held: Qty,
        house_held: impl FnOnce() -> Qty,
    ) -> Self {
        let (qty, shadow) = (asked.raw(), shadow_held.raw());
        let reduces = |held: i64| match side {
            Side::Buy => held < 0,
            Side::Sell => held > 0,
        };
        let whole = |raw: i64| Qty::from_raw(raw).floor_to(lot);
        let closing = if reduces(shadow) { qty.min(shadow.saturating_abs()) } else { 0 };
        let mut size = Self {
            asked,
            share_bp,
            scale,
            shadow_held,
            house_held: Qty::ZERO,
            closing: Qty::from_raw(closing),
            closed: Qty::ZERO,
            opened: whole(share_of(qty - closing, share_bp, scale)),
        };
        if closing == 0 {
            return size;
        }
        size.house_held = house_held();
        let house = size.house_held.raw();
        if reduces(house) {
            let closed = i128::from(house.saturating_abs()) * i128::from(closing)
                / i128::from(shadow.saturating_abs());
            size.closed = whole(i64::try_from(closed).unwrap_or(0));
        }
        size
    }
    /// What the house trades.
    #[inline(always)]
    pub fn qty(&self) -> Qty {
        self.closed.saturating_add(self.opened)
    }
}

/// House capital ÷ slot capital, in 10⁻⁹: turns a shadow quantity into the house's.
pub fn house_scale(capital: &Capital) -> i64 {
    let scale = capital.house.raw() / (capital.per_slot.raw() / 1_000_000_000).max(1);
    i64::try_from(scale).unwrap_or(i64::MAX)
}

/// `share` basis points of a quantity, times `scale` in 10⁻⁹, rounded towards zero; nothing where it
/// does not fit.
fn share_of(qty: i64, share: i64, scale: i64) -> i64 {
    // The usual case without a division of 128 bits: house and slots have equal capital.
    if scale == SCALE
        && let Some(product) = qty.checked_mul(share)
    {
        return product / 10_000;
    }
    let product =
        i128::from(qty).saturating_mul(i128::from(share)).saturating_mul(i128::from(scale));
    i64::try_from(product / (10_000 * i128::from(SCALE))).unwrap_or(0)
}
