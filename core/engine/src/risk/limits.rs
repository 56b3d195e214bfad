//! The limits that the gate holds orders against. None of them can mean "off".

use royale_model::{InstrumentKind, Nanos, Notional, Qty};

/// Limits of a run; the same for every slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RiskLimits {
    /// R1: largest quantity of one order, by class of instrument; a class without one is refused.
    pub order_qty_max: Vec<(InstrumentKind, Qty)>,
    /// R2: largest |price × quantity × multiplier| of one order.
    pub order_notional_max: Notional,
    /// R3: farthest distance from the reference price, in 1/10,000 of it …
    pub price_collar_bps: u32,
    /// … or in ticks, whichever is wider.
    pub price_collar_ticks: u32,
    /// R7: largest worst-case |position| of a shadow account in one instrument.
    pub position_notional_max: Notional,
    /// R7: largest worst-case |position| of the house in one instrument.
    pub house_position_notional_max: Notional,
    /// R13: oldest market data on which an order may be based.
    pub feed_stale_after: Nanos,
    /// Live orders that one slot may have.
    pub open_orders_max: usize,
    /// The largest share of the house that a slot may be given, in basis points.
    pub allocation_bp_max: u16,
}

impl RiskLimits {
    /// The quantity limit of a class; zero, which refuses everything, where none was set.
    pub(super) fn order_qty_max(&self, kind: InstrumentKind) -> Qty {
        self.order_qty_max.iter().find(|(of, _)| *of == kind).map_or(Qty::ZERO, |&(_, limit)| limit)
    }
}
