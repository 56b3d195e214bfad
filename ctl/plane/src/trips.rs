//! Round trips: from flat to flat, what one account made on one instrument, and why.
//!
//! A trip's profit is the sum of its cash flows, in integers: the money itself is the ledger's, and
//! the board's test holds both to the same cent. A fill that turns a position round ends one trip
//! and begins the next; its fee is split by quantity.

use royale_model::{
    Account, ExecutionReport, Instrument, InstrumentId, Nanos, Notional, OrderId, Price, Qty, Seq,
    Side,
};
use std::collections::BTreeMap;

/// How a trip ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closing {
    /// By an order.
    Order(OrderId),
    /// The instrument paid out.
    Settlement,
}

/// A closed round trip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundTrip {
    /// Whose.
    pub account: Account,
    /// On what.
    pub instrument: InstrumentId,
    /// The opening side: `Buy` for a long trip.
    pub side: Side,
    /// Quantity that was opened in all.
    pub qty: Qty,
    /// When the first fill came.
    pub opened: Nanos,
    /// When the position was flat again.
    pub closed: Nanos,
    /// Sequence number of the closing event.
    pub closed_seq: Seq,
    /// Average price of the opening fills.
    pub entry: Price,
    /// Average price of the closing fills, or the settlement value.
    pub exit: Price,
    /// Profit after fees, in the instrument's currency.
    pub pnl: Notional,
    /// Fees, in 10⁻⁹ of the currency; they are in `pnl` already.
    pub fees: i64,
    /// The order that opened it: its decision is the reason.
    pub entry_order: OrderId,
    /// What closed it.
    pub closing: Closing,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    side: Side,
    held: i64,
    opened: Nanos,
    order: OrderId,
    entry: (i128, i64),
    exit: (i128, i64),
    cash: Notional,
    fees: i64,
}

/// Open and closed trips of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Trips {
    open: BTreeMap<(Account, InstrumentId), Open>,
    closed: Vec<RoundTrip>,
}

impl Trips {
    /// Takes a fill.
    pub(crate) fn fill(
        &mut self,
        at: (Seq, Nanos),
        instrument: &Instrument,
        report: &ExecutionReport,
    ) {
        let side = report.side;
        let key = (report.order.account(), instrument.id);
        let qty = report.last_qty.raw();
        let held =
            self.open.get(&key).map_or(0, |open| if open.side == side { 0 } else { open.held });
        let closing = qty.min(held);
        let closing_fee = split(report.fee, closing, qty);
        if closing > 0 {
            let fill = Part { price: report.last_price, qty: closing, fee: closing_fee };
            self.reduce(key, instrument, side, &fill);
            self.close_if_flat(key, at, Closing::Order(report.order));
        }
        if qty > closing {
            let fill = Part {
                price: report.last_price,
                qty: qty - closing,
                fee: report.fee.saturating_sub(closing_fee),
            };
            self.open_or_add(key, at.1, instrument, side, &fill, report.order);
        }
    }

    /// An instrument paid `value`: every open trip on it ends.
    pub(crate) fn settle(&mut self, at: (Seq, Nanos), instrument: &Instrument, value: Price) {
        let keys: Vec<_> =
            self.open.keys().filter(|(_, id)| *id == instrument.id).copied().collect();
        for key in keys {
            let Some(open) = self.open.get(&key).copied() else { continue };
            let fill = Part { price: value, qty: open.held, fee: 0 };
            self.reduce(key, instrument, open.side.opposite(), &fill);
            self.close_if_flat(key, at, Closing::Settlement);
        }
    }

    /// Closed trips, in the order in which they closed.
    pub fn closed(&self) -> &[RoundTrip] {
        &self.closed
    }

    fn reduce(
        &mut self,
        key: (Account, InstrumentId),
        instrument: &Instrument,
        side: Side,
        part: &Part,
    ) {
        let Some(open) = self.open.get_mut(&key) else { return };
        open.held -= part.qty;
        add(&mut open.exit, part);
        part.pay(open, instrument, side);
    }

    fn open_or_add(
        &mut self,
        key: (Account, InstrumentId),
        now: Nanos,
        instrument: &Instrument,
        side: Side,
        part: &Part,
        order: OrderId,
    ) {
        let open = self.open.entry(key).or_insert(Open {
            side,
            held: 0,
            opened: now,
            order,
            entry: (0, 0),
            exit: (0, 0),
            cash: Notional::ZERO,
            fees: 0,
        });
        open.held = open.held.saturating_add(part.qty);
        add(&mut open.entry, part);
        part.pay(open, instrument, side);
    }

    fn close_if_flat(&mut self, key: (Account, InstrumentId), at: (Seq, Nanos), closing: Closing) {
        let Some(open) = self.open.get(&key).filter(|open| open.held == 0).copied() else { return };
        self.open.remove(&key);
        let fees = Notional::from_nano(open.fees);
        self.closed.push(RoundTrip {
            account: key.0,
            instrument: key.1,
            side: open.side,
            qty: Qty::from_raw(open.entry.1),
            opened: open.opened,
            closed: at.1,
            closed_seq: at.0,
            entry: average(open.entry),
            exit: average(open.exit),
            pnl: open.cash.checked_sub(fees).unwrap_or(open.cash),
            fees: open.fees,
            entry_order: open.order,
            closing,
        });
    }
}

/// A fill or a part of one.
struct Part {
    price: Price,
    qty: i64,
    fee: i64,
}

impl Part {
    /// Books the cash flow: what is bought costs its value, what is sold brings it.
    fn pay(&self, open: &mut Open, instrument: &Instrument, side: Side) {
        let signed = Qty::from_raw(self.qty.saturating_mul(side.sign()));
        let value = instrument.value(self.price, signed).unwrap_or(Notional::ZERO);
        open.cash = open.cash.checked_sub(value).unwrap_or(open.cash);
        open.fees = open.fees.saturating_add(self.fee);
    }
}

fn add(sum: &mut (i128, i64), part: &Part) {
    sum.0 = sum.0.saturating_add(i128::from(part.price.raw()) * i128::from(part.qty));
    sum.1 = sum.1.saturating_add(part.qty);
}

fn average((cost, qty): (i128, i64)) -> Price {
    let raw = cost.checked_div(i128::from(qty)).unwrap_or(0);
    Price::from_raw(i64::try_from(raw).unwrap_or(i64::MAX))
}

/// `part` of `whole` of a fee, rounded towards zero; the other part takes the rest.
fn split(fee: i64, part: i64, whole: i64) -> i64 {
    let share = (i128::from(fee) * i128::from(part)).checked_div(i128::from(whole)).unwrap_or(0);
    i64::try_from(share).unwrap_or(fee)
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{ExecType, InstrumentKind, Liquidity, RejectReason, SlotId, Text, Venue};

    fn coin() -> Instrument {
        let symbol = Text::new("BTC-USD").unwrap();
        let mut coin =
            Instrument::new(InstrumentId(0), symbol, InstrumentKind::CryptoSpot, Venue::Coinbase);
        coin.quote = Text::new("USD").unwrap();
        coin
    }

    fn fill(index: u64, price: i64, qty: i64, fee: i64) -> ExecutionReport {
        ExecutionReport {
            order: OrderId::new(Account::shadow(SlotId(0)), index),
            exec: ExecType::Trade,
            side: Side::Buy,
            is_final: true,
            liquidity: Liquidity::Taker,
            last_price: Price::from_int(price),
            last_qty: Qty::from_int(qty),
            fee,
            reject: RejectReason::None,
        }
    }

    #[test]
    fn a_fill_that_turns_round_ends_one_trip_and_begins_the_next() {
        let (coin, mut trips) = (coin(), Trips::default());
        let at = |n: u64| (n, Nanos::from_secs(i64::try_from(n).unwrap()));
        trips.fill(at(1), &coin, &fill(1, 100, 2, 2_000_000_000));
        trips.fill(at(2), &coin, &fill(2, 110, 2, 2_000_000_000));
        // Sells 6: closes 4 at 120, opens a short of 2; fee 3 is split 2 : 1.
        let sell = ExecutionReport { side: Side::Sell, ..fill(3, 120, 6, 3_000_000_000) };
        trips.fill(at(3), &coin, &sell);
        trips.settle(at(4), &coin, Price::from_int(150));
        let [long, short] = trips.closed() else { panic!("two trips") };
        // 4·120 − 2·100 − 2·110 − (2 + 2 + 2) = 54
        assert_eq!(long.pnl, Notional::from_int(54));
        assert_eq!((long.entry, long.exit), (Price::from_int(105), Price::from_int(120)));
        assert_eq!(long.entry_order.index(), 1);
        // 2·120 − 2·150 − 1 = −61
        assert_eq!(short.pnl, Notional::from_int(-61));
        assert_eq!((short.side, short.closing), (Side::Sell, Closing::Settlement));
    }
}
