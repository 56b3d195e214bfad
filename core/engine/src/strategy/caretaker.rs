//! What is said in the name of a slot whose strategy cannot speak for itself any more, or may not.

use super::context::{Context, Intent};
use super::portfolio::OpenOrder;
use royale_model::{
    Body, Event, ExecType, Feature, InstrumentId, OrdType, Price, Reasons, Regime, RejectReason,
    Side, TimeInForce,
};

/// Cancels live orders up to number `last`, as far as one event's outbox goes; false when there is none
/// any more.
pub(super) fn call_back(context: &mut Context<'_>, last: u64) -> bool {
    let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.0);
    let is_meant = |order: &&OpenOrder| order.id.index() <= last;
    while let Some(order) =
        context.open_orders().iter().filter(is_meant).find(|order| !order.cancel_sent)
    {
        if !context.cancel(order.id, &reasons) {
            break;
        }
    }
    context.open_orders().iter().any(|order| is_meant(&order))
}

/// Asks for the end of a position; false when there is none, or an order for it is on its way.
pub(super) fn give_up(context: &mut Context<'_>, id: InstrumentId) -> bool {
    let held = context.position(id);
    // Without two sides there is no price to hold an order at the market against: the gate says no.
    let is_priced = context.market(id).is_some_and(|view| view.two_sided_mid().is_some());
    if held.is_zero()
        || !is_priced
        || context.open_orders().iter().any(|order| order.instrument == id)
    {
        return false;
    }
    let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.0).because(
        Feature::INVENTORY,
        held.to_f64(),
        0.0,
    );
    let order = context.submit(&Intent {
        instrument: id,
        side: if held.is_positive() { Side::Sell } else { Side::Buy },
        ord_type: OrdType::Market,
        time_in_force: TimeInForce::ImmediateOrCancel,
        price: Price::ZERO,
        qty: held.abs(),
        confidence: 1.0,
        regime: Regime::Unknown,
        reasons,
    });
    order.is_some()
}

/// True when an order later than number `last` asked our own gate for more than a limit allows.
pub(super) fn breaks_a_limit(event: &Event, last: u64) -> bool {
    matches!(event.body(), Body::ExecutionReport(report)
            if report.exec == ExecType::Rejected
                && report.reject == RejectReason::RiskLimit
                && report.order.index() > last)
}
