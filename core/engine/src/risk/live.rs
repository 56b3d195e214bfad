//! Live orders as the gate counts them: from the moment of approval, acknowledged or not.
//!
//! Owns what may still fill, and its sums: they are kept as orders come and go, so that a decision
//! does not add them up again. Must never allocate after construction. The risk stage owns one.

use crate::present;
use royale_model::{
    Account, ExecType, ExecutionReport, InstrumentId, Order, OrderId, Qty, RefusalCode, SCALE, Side,
};

use super::gate::Refusal;

/// An order that may still fill.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: OrderId,
    instrument: InstrumentId,
    side: Side,
    remaining: Qty,
}

/// The live orders of all accounts. Fixed capacity for each.
#[derive(Debug)]
pub(super) struct LiveOrders {
    /// Two for each slot: shadow, house.
    accounts: Vec<Vec<Live>>,
    /// What could still be added to each position that has a limit, by side: a row of all instruments
    /// for the house as a whole, then one for each shadow account. Between zero and `Qty::MAX`: R7
    /// refuses what would not fit.
    pending: Vec<[Qty; 2]>,
    instruments: usize,
    capacity: usize,
}

impl LiveOrders {
    /// Room for `capacity` orders of each account.
    pub(super) fn new(slots: usize, instruments: usize, capacity: usize) -> Self {
        let (id, instrument) = (OrderId::NONE, InstrumentId::NONE);
        let blank = Live { id, instrument, side: Side::Buy, remaining: Qty::ZERO };
        Self {
            accounts: (0..slots * 2).map(|_| present::vec(capacity, blank)).collect(),
            pending: vec![[Qty::ZERO; 2]; (slots + 1) * instruments],
            instruments,
            capacity,
        }
    }

    /// True for an order that may still fill.
    pub(super) fn contains(&self, id: OrderId) -> bool {
        let orders = self.accounts.get(place(id.account()));
        orders.is_some_and(|orders| orders.iter().any(|live| live.id == id))
    }

    /// There is room for one more order of this account.
    #[inline]
    pub(super) fn room(&self, account: Account) -> Result<(), Refusal> {
        let Some(orders) = self.accounts.get(place(account)) else {
            return Err(Refusal::new(RefusalCode::Malformed, 0, 0));
        };
        if orders.len() >= self.capacity {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(SCALE);
            let (actual, limit) = (count(orders.len()), count(self.capacity));
            return Err(Refusal::new(RefusalCode::TooManyOrders, actual, limit));
        }
        Ok(())
    }

    /// What the live orders of one side could still add: of the account, or of the house as a whole.
    #[inline]
    pub(super) fn pending(&self, account: Account, instrument: InstrumentId, side: Side) -> Qty {
        let sums = self.pending.get(self.cell(account, instrument));
        sums.map_or(Qty::ZERO, |sums| sums[lane(side)])
    }

    /// The same for one account alone, counted order by order.
    #[cold]
    pub(super) fn own_pending(&self, account: Account, id: InstrumentId, side: Side) -> Qty {
        let orders = self.accounts.get(place(account)).into_iter().flatten();
        orders
            .filter(|live| (live.instrument, live.side) == (id, side))
            .fold(Qty::ZERO, |sum, live| sum.saturating_add(live.remaining))
    }

    /// The live order at this place of an account's list, and what it could still add together with
    /// those of its side before it; none behind the last.
    #[cold]
    pub(super) fn nth(
        &self,
        account: Account,
        at: usize,
    ) -> Option<(OrderId, InstrumentId, Side, Qty)> {
        let orders = self.accounts.get(place(account))?;
        let Live { id, instrument, side, .. } = *orders.get(at)?;
        let alike = |live: &&Live| (live.instrument, live.side) == (instrument, side);
        let sum = orders[..=at].iter().filter(alike);
        let sum = sum.fold(Qty::ZERO, |sum, live| sum.saturating_add(live.remaining));
        Some((id, instrument, side, sum))
    }

    /// Counts an approved order; the caller looked for [`LiveOrders::room`] first.
    #[inline]
    pub(super) fn add(&mut self, order: &Order) {
        let Order { id, instrument, side, qty, .. } = *order;
        let account = id.account();
        if let Some(orders) = self.accounts.get_mut(place(account)) {
            debug_assert!(orders.len() < self.capacity);
            orders.push(Live { id, instrument, side, remaining: qty });
            self.change(account, instrument, side, qty.raw());
        }
    }

    /// Takes a report in.
    #[inline]
    pub(super) fn apply(&mut self, report: &ExecutionReport) {
        let account = report.order.account();
        let Some(orders) = self.accounts.get_mut(place(account)) else { return };
        let Some(at) = orders.iter().position(|live| live.id == report.order) else { return };
        let live = &mut orders[at];
        let Live { instrument, side, remaining, .. } = *live;
        let gone = match report.exec {
            _ if report.is_final => remaining,
            // Never more than there was, whatever a venue says.
            ExecType::Trade => report.last_qty.max(Qty::ZERO).min(remaining),
            _ => return,
        };
        live.remaining = Qty::from_raw(remaining.raw() - gone.raw());
        if report.is_final {
            orders.swap_remove(at);
        }
        self.change(account, instrument, side, -gone.raw());
    }

    /// No sum overflows: what is taken off was added, and R7 has looked at what is added.
    #[inline]
    fn change(&mut self, account: Account, instrument: InstrumentId, side: Side, by: i64) {
        let cell = self.cell(account, instrument);
        if let Some(sums) = self.pending.get_mut(cell) {
            let sum = &mut sums[lane(side)];
            *sum = Qty::from_raw(sum.raw() + by);
        }
    }

    /// Where the sums of an account, or of the house, in an instrument of the table are.
    #[inline]
    fn cell(&self, account: Account, instrument: InstrumentId) -> usize {
        debug_assert!(instrument.index() < self.instruments);
        let row = if account.is_house() { 0 } else { account.slot().index() + 1 };
        row * self.instruments + instrument.index()
    }
}

fn lane(side: Side) -> usize {
    usize::from(side == Side::Sell)
}

/// Where an account's orders are.
fn place(account: Account) -> usize {
    account.slot().index() * 2 + usize::from(account.is_house())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use royale_model::{Liquidity, Nanos, OrdType, Price, RejectReason, SlotId, TimeInForce};

    fn order(id: OrderId, instrument: InstrumentId, side: Side, qty: Qty) -> Order {
        let (kind, life) = (OrdType::Limit, TimeInForce::GoodTillCancel);
        Order::new_single(1, Nanos::ZERO, id, instrument, side, kind, life, Price::ONE, qty)
    }

    fn report(id: OrderId, exec: ExecType, last_qty: Qty, is_final: bool) -> ExecutionReport {
        ExecutionReport {
            order: id,
            exec,
            side: Side::Buy,
            is_final,
            liquidity: Liquidity::Maker,
            last_price: Price::ONE,
            last_qty,
            fee: 0,
            reject: RejectReason::None,
        }
    }

    proptest! {
        /// A sum that drifts away from its orders would let a position pass its limit, or block a
        /// slot for good.
        #[test]
        fn the_sums_are_those_of_the_orders(
            steps in prop::collection::vec((0_u16..2, any::<bool>(), 0_u64..12, 0..8_u8, 1..40_i64), 1..200),
        ) {
            let mut fast = LiveOrders::new(2, 2, 8);
            let mut twin: Vec<Live> = Vec::new();
            for (n, (slot, is_house, index, what, qty)) in steps.into_iter().enumerate() {
                let slot = SlotId(slot);
                let account = if is_house { Account::house(slot) } else { Account::shadow(slot) };
                let (id, qty) = (OrderId::new(account, index), Qty::from_int(qty));
                let known = twin.iter().position(|live| live.id == id);
                prop_assert_eq!(fast.contains(id), known.is_some());
                let count = twin.iter().filter(|live| live.id.account() == account).count();
                prop_assert_eq!(fast.room(account).is_ok(), count < 8);
                if let Some(at) = known {
                    let (exec, is_final) = match what {
                        0..4 => (ExecType::Trade, what == 0),
                        4 => (ExecType::New, false),
                        _ => (ExecType::Canceled, true),
                    };
                    fast.apply(&report(id, exec, qty, is_final));
                    let live = &mut twin[at];
                    if exec == ExecType::Trade {
                        live.remaining = live.remaining.saturating_sub(qty).max(Qty::ZERO);
                    }
                    if is_final {
                        twin.swap_remove(at);
                    }
                } else if count < 8 {
                    let instrument = InstrumentId((n % 2) as u32);
                    let side = if what % 2 == 0 { Side::Buy } else { Side::Sell };
                    fast.add(&order(id, instrument, side, qty));
                    twin.push(Live { id, instrument, side, remaining: qty });
                }
                for instrument in [InstrumentId(0), InstrumentId(1)] {
                    for side in [Side::Buy, Side::Sell] {
                        let sum = |whose: &dyn Fn(Account) -> bool| {
                            let mine = twin.iter().filter(|live| whose(live.id.account()));
                            mine.filter(|live| live.instrument == instrument && live.side == side)
                                .fold(Qty::ZERO, |sum, live| sum.saturating_add(live.remaining))
                        };
                        let shadow = Account::shadow(slot);
                        let of_shadow = fast.pending(shadow, instrument, side);
                        prop_assert_eq!(of_shadow, sum(&|account| account == shadow));
                        let of_house = fast.pending(Account::house(slot), instrument, side);
                        prop_assert_eq!(of_house, sum(&Account::is_house));
                    }
                }
            }
        }
    }
}
