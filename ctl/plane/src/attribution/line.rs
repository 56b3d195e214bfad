//! One account on one instrument: its fills, each taken apart at four reference prices.
//!
//! For a fill of signed quantity q, with v the instrument's value function:
//!
//! ```text
//! −v(fill) = −v(decision) + [v(decision) − v(arrival)] + [v(arrival) − v(market)] + [v(market) − v(fill)]
//!             signal         latency                      queue                    slippage
//! ```
//!
//! It telescopes, so the sum is the cash flow whatever the references are. This is Perold's
//! implementation shortfall (1988), cut at arrival and at the fill as Wagner and Edwards do (1993).

use super::factors::{Table, Weights};
use super::lots::Lots;
use super::parts::Parts;
use royale_model::{Instrument, Notional, Price, Qty};

/// The prices of a fill: its own and its three references.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    decision: Price,
    arrival: Price,
    market: Price,
    fill: Price,
    has_reference: bool,
}

impl Prices {
    /// A reference that the journal does not hold is replaced by the next one on the way, and
    /// the fill is counted: its parts move into the signal.
    pub(super) fn of(
        decision: Option<Price>,
        arrival: Option<Price>,
        market: Option<Price>,
        fill: Price,
    ) -> Self {
        let market = market.unwrap_or(fill);
        let arrival = arrival.unwrap_or(market);
        let has_reference = decision.is_some();
        Self { decision: decision.unwrap_or(arrival), arrival, market, fill, has_reference }
    }
}

/// What one account did on one instrument, in the instrument's currency.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    held: i64,
    /// Σ v(decision) of all fills, and v(last mark) of what was paid out.
    reference: Notional,
    /// The parts but the signal, which needs a mark.
    parts: Parts,
    lots: Lots,
    fills: u64,
    unreferenced: u64,
}

impl Line {
    /// Takes a fill of signed `qty`.
    pub(super) fn fill(
        &mut self,
        instrument: &Instrument,
        qty: i64,
        prices: &Prices,
        fee: Notional,
        weights: &Weights,
    ) -> Option<()> {
        let value = |price| instrument.value(price, Qty::from_raw(qty));
        let paid = value(prices.fill)?;
        // A mark in halves of a tick may have no exact value where the fill has one: then the next
        // price on the way is the reference.
        let market = value(prices.market).unwrap_or(paid);
        let arrival = value(prices.arrival).unwrap_or(market);
        let exact = value(prices.decision);
        let decision = exact.unwrap_or(arrival);
        self.fills += 1;
        self.unreferenced += u64::from(!prices.has_reference || exact.is_none());
        let parts = Parts {
            latency: decision.checked_sub(arrival)?,
            queue: arrival.checked_sub(market)?,
            slippage: market.checked_sub(paid)?,
            fees: -fee,
            ..Parts::default()
        };
        self.parts = self.parts.plus(&parts)?;
        self.trade(qty, decision, decision, weights)
    }

    /// The instrument paid `value` a unit; its last mark was `last`.
    pub(super) fn settle(
        &mut self,
        instrument: &Instrument,
        last: Option<Price>,
        value: Price,
    ) -> Option<()> {
        let qty = self.held.checked_neg()?;
        if qty == 0 {
            return Some(());
        }
        let paid = instrument.value(value, Qty::from_raw(qty))?;
        let before = last.and_then(|last| instrument.value(last, Qty::from_raw(qty)));
        let before = before.unwrap_or(paid);
        self.parts.settlement = self.parts.settlement.checked_add(before.checked_sub(paid)?)?;
        self.trade(qty, before, paid, &Weights::default())
    }

    /// Books signed `qty` at its `reference`; lots close at `exit`.
    fn trade(
        &mut self,
        qty: i64,
        reference: Notional,
        exit: Notional,
        weights: &Weights,
    ) -> Option<()> {
        self.reference = self.reference.checked_add(reference)?;
        let against = self.held.signum() * qty.signum() < 0;
        let size = qty.checked_abs()?;
        let closing = if against { size.min(self.held.checked_abs()?) } else { 0 };
        let closed = exit.mul_div(closing, size)?;
        if closing > 0 {
            self.lots.close(closing, closed)?;
        }
        if size > closing {
            self.lots.open(size - closing, exit.checked_sub(closed)?, weights);
        }
        self.held = self.held.checked_add(qty)?;
        Some(())
    }

    /// The parts when what is held is worth `value`.
    pub(super) fn parts(&self, value: Notional) -> Option<Parts> {
        Some(Parts { signal: value.checked_sub(self.reference)?, ..self.parts })
    }
    /// Signal and settlement by reason when what is held is worth `value`.
    pub(super) fn factors(&self, value: Notional) -> Option<Table> {
        self.lots.factors(value)
    }
    /// Signed quantity.
    pub(super) fn held(&self) -> i64 {
        self.held
    }
    /// True when there was a fill.
    pub(super) fn is_used(&self) -> bool {
        self.fills > 0
    }
    pub(super) fn fills(&self) -> u64 {
        self.fills
    }
    pub(super) fn unreferenced(&self) -> u64 {
        self.unreferenced
    }
    /// All parts without what is held: the cash that went in and out.
    pub(super) fn cash(&self) -> Option<Notional> {
        self.parts(Notional::ZERO)?.total()
    }
    /// Holds the lots against the parts.
    pub(super) fn check(&self) -> Result<(), String> {
        let expected = self.parts(Notional::ZERO).and_then(|parts| parts.market());
        let found = self.lots.balance();
        if found.is_some() && found == expected {
            return Ok(());
        }
        Err(format!("reasons explain {found:?} of {expected:?}"))
    }
}
