//! Where the money came from: each account's profit as a sum of named parts, exact to the unit.
//!
//! Owns the walk decision → order → fill → settlement and the reference prices along it. The books
//! are the ledger's: this follows them and is held against them by [`check`](Attributor::check).
//! Must never change an amount that the ledger keeps, or hide a difference in a part. Fed by the
//! board; the formulas are in `docs/attribution.md`.

mod capital;
mod factors;
mod line;
mod lots;
mod marks;
mod parts;
mod rows;
mod views;

pub(crate) use capital::ShareTrail;
pub use rows::{AllocationRow, Attribution, AttributionRow, FactorRow};

use crate::accounts::Accounts;
use factors::Weights;
use line::{Line, Prices};
use marks::MarkTrail;
use parts::Parts;
use royale_engine::ledger::Booked;
use royale_model::{
    Account, Body, Decision, Event, EventKind, ExecType, Fill, Instrument, InstrumentId, Liquidity,
    Notional, Order, OrderId, Price, SlotId,
};
use std::collections::BTreeMap;

/// What an order was asked for, and at which prices.
#[derive(Clone, Copy, Debug)]
struct Origin {
    weights: Weights,
    /// The mark when the strategy decided.
    decision: Option<Price>,
    /// The mark when the venue had the order.
    arrival: Option<Price>,
}

/// The parts of every account's profit.
#[derive(Debug)]
pub(crate) struct Attributor {
    marks: Vec<MarkTrail>,
    paid_out: Vec<Option<Price>>,
    /// The newest decision to submit: orders that follow it are its.
    asked: Option<Origin>,
    origins: BTreeMap<OrderId, Origin>,
    /// By account (shadow and house of slot 0, of slot 1, …), then by instrument.
    lines: Vec<Vec<Line>>,
    failures: u64,
}

impl Attributor {
    pub(crate) fn new(instruments: usize, slots: usize) -> Self {
        Self {
            marks: vec![MarkTrail::default(); instruments],
            paid_out: vec![None; instruments],
            asked: None,
            origins: BTreeMap::new(),
            lines: vec![vec![Line::default(); instruments]; slots * 2],
            failures: 0,
        }
    }

    /// Takes a decision to submit, as the marks stood when it was made.
    pub(crate) fn decision(&mut self, decision: &Decision, mark: Option<Price>) {
        let weights = Weights::of(decision.attributions());
        self.asked = Some(Origin { weights, decision: mark, arrival: None });
    }

    /// Takes what went to the venue.
    pub(crate) fn order(&mut self, order: &Order) {
        if let Some(origin) = self.asked.filter(|_| !order.is_cancel()) {
            self.origins.insert(order.id, origin);
        }
    }

    /// Takes an event after the accounts took it; `booked` is what they made of it.
    pub(crate) fn event(&mut self, event: &Event, booked: Booked, accounts: &Accounts) {
        let id = event.instrument();
        if let (true, Some(mark)) = (event.kind().is_market() && event.is_last(), accounts.mark(id))
            && event.kind() != EventKind::Settlement
            && let Some(trail) = self.marks.get_mut(id.index())
        {
            trail.push(event.venue_time(), mark);
        }
        let Some(instrument) = accounts.instrument(id) else { return };
        let done = match (event.body(), booked) {
            (Body::ExecutionReport(report), booked) => {
                let trail = self.marks.get(id.index());
                let arrived = trail.and_then(|trail| trail.at(event.venue_time()));
                let is_heard = matches!(report.exec, ExecType::New | ExecType::Trade);
                if let Some(origin) = self.origins.get_mut(&report.order).filter(|_| is_heard) {
                    origin.arrival = origin.arrival.or(arrived);
                }
                // What fills a resting order moves the market in the same moment: its price is
                // held against the market before.
                let market = match report.liquidity {
                    Liquidity::Maker => trail.and_then(|trail| trail.before(event.venue_time())),
                    Liquidity::Taker => arrived,
                };
                match booked {
                    Booked::Fill { account, fill, .. } => {
                        self.fill(instrument, account, &fill, market)
                    }
                    Booked::Nothing | Booked::Settled(_) => Some(()),
                }
            }
            (Body::Settlement(settlement), Booked::Settled(_)) => {
                self.settle(instrument, settlement.value)
            }
            _ => Some(()),
        };
        self.failures += u64::from(done.is_none());
    }

    fn fill(
        &mut self,
        instrument: &Instrument,
        account: Account,
        fill: &Fill,
        market: Option<Price>,
    ) -> Option<()> {
        let origin = self.origins.get(&fill.order);
        let prices = Prices::of(
            origin.and_then(|origin| origin.decision),
            origin.and_then(|origin| origin.arrival),
            market,
            fill.price,
        );
        let weights = origin.map(|origin| origin.weights).unwrap_or_default();
        let line = line_mut(&mut self.lines, account, instrument.id)?;
        let signed = fill.qty.raw().checked_mul(fill.side.sign())?;
        line.fill(instrument, signed, &prices, Notional::from_nano(fill.fee), &weights)?;
        match self.paid_out.get(instrument.id.index()).copied().flatten() {
            // Heard of after the settlement: it is paid out at once, like any other.
            Some(value) => line.settle(instrument, Some(value), value),
            None => Some(()),
        }
    }

    fn settle(&mut self, instrument: &Instrument, value: Price) -> Option<()> {
        let at = instrument.id.index();
        let last = self.marks.get(at).and_then(MarkTrail::last);
        *self.paid_out.get_mut(at)? = Some(value);
        for lines in &mut self.lines {
            lines.get_mut(at)?.settle(instrument, last, value)?;
        }
        Some(())
    }

    fn lines(&self, account: Account) -> &[Line] {
        self.lines.get(account_index(account)).map_or(&[], Vec::as_slice)
    }

    /// The parts of an account's profit in the capital's currency, at the present marks. `None`
    /// where the equity cannot be computed either.
    pub(crate) fn parts(&self, account: Account, accounts: &Accounts) -> Option<Parts> {
        let mut native = vec![Parts::default(); accounts.currencies().len()];
        for (id, line) in (0..).map(InstrumentId).zip(self.lines(account)) {
            if line.is_used() {
                let sum = native.get_mut(accounts.currency_index(id)?)?;
                *sum = sum.plus(&line.parts(accounts.value_of(account, id)?)?)?;
            }
        }
        let mut parts = Parts::default();
        for (&currency, sum) in accounts.currencies().iter().zip(&native) {
            if *sum != Parts::default() {
                parts = parts.plus(&sum.map(|amount| accounts.convert(amount, currency))?)?;
            }
        }
        parts.rounding = accounts.change(account)?.checked_sub(parts.total()?)?;
        Some(parts)
    }

    /// Profit by reason, in the capital's currency: of closed lots, of open ones. `None` stands for
    /// what no reason explains.
    pub(crate) fn factors(&self, account: Account, accounts: &Accounts) -> Option<factors::Table> {
        let mut table = factors::Table::new();
        for (id, line) in (0..).map(InstrumentId).zip(self.lines(account)) {
            let currency = accounts.instrument(id)?.currency();
            if !line.is_used() {
                continue;
            }
            for (feature, (closed, open)) in line.factors(accounts.value_of(account, id)?)? {
                let entry = table.entry(feature).or_default();
                entry.0 = entry.0.checked_add(accounts.convert(closed, currency)?)?;
                entry.1 = entry.1.checked_add(accounts.convert(open, currency)?)?;
            }
        }
        Some(table)
    }

    /// Fills of an account, and those of them whose decision had no reference price.
    pub(crate) fn fills(&self, account: Account) -> (u64, u64) {
        self.lines(account).iter().fold((0, 0), |(fills, blind), line| {
            (fills + line.fills(), blind + line.unreferenced())
        })
    }

    /// Holds every account's parts against the ledger, in each currency and to the unit. The marks
    /// cancel out: what adds up once adds up at every price.
    pub(crate) fn check(&self, accounts: &Accounts) -> Result<(), String> {
        if self.failures > 0 {
            return Err(format!("{} fills could not be attributed", self.failures));
        }
        for (index, lines) in self.lines.iter().enumerate() {
            let slot = SlotId(u16::try_from(index / 2).unwrap_or(u16::MAX));
            let is_house = index % 2 == 1;
            let account = if is_house { Account::house(slot) } else { Account::shadow(slot) };
            let name = if is_house { "house share" } else { "shadow account" };
            let mut sums = vec![Some(Notional::ZERO); accounts.currencies().len()];
            for (id, line) in (0..).map(InstrumentId).zip(lines) {
                let held = accounts.position(account, id).qty.raw();
                if line.held() != held {
                    let found = line.held();
                    return Err(format!("{name} of slot {slot:?}: holds {held}, followed {found}"));
                }
                line.check().map_err(|why| format!("{name} of slot {slot:?}: {why}"))?;
                if let Some(sum) = accounts.currency_index(id).and_then(|at| sums.get_mut(at)) {
                    *sum = sum.and_then(|sum| sum.checked_add(line.cash()?));
                }
            }
            for ((&currency, sum), balance) in
                accounts.currencies().iter().zip(sums).zip(accounts.balances(account))
            {
                let booked = balance.cash.checked_sub(balance.capital);
                if sum.is_none() || sum != booked {
                    return Err(format!(
                        "{name} of slot {slot:?}, {currency}: parts make {sum:?}, books {booked:?}"
                    ));
                }
            }
            self.check_rounding(account, accounts)
                .map_err(|why| format!("{name} of slot {slot:?}: {why}"))?;
        }
        Ok(())
    }

    /// Conversion may leave a few units of 10⁻¹⁸, never more: a part that lost money would show here.
    fn check_rounding(&self, account: Account, accounts: &Accounts) -> Result<(), String> {
        let Some(parts) = self.parts(account, accounts) else { return Ok(()) };
        let units = 16 * accounts.currencies().len().saturating_sub(1);
        match i128::try_from(units).is_ok_and(|most| parts.rounding.raw().abs() <= most) {
            true => Ok(()),
            false => Err(format!("{} is left over", parts.rounding)),
        }
    }
}

fn account_index(account: Account) -> usize {
    account.slot().index() * 2 + usize::from(account.is_house())
}

fn line_mut(lines: &mut [Vec<Line>], account: Account, id: InstrumentId) -> Option<&mut Line> {
    lines.get_mut(account_index(account))?.get_mut(id.index())
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_engine::ledger::Capital;
    use royale_model::{
        EventFlags, ExecutionReport, InstrumentKind, Nanos, Qty, RejectReason, Side, Stamp, Text,
        Venue,
    };

    /// One fill of 2 at 100, followed as `follow` says instead of as it was booked.
    fn checked(follow: impl Fn(Booked) -> Vec<Booked>) -> Result<(), String> {
        let text = Text::new("BTC-USD").unwrap();
        let (id, kind) = (InstrumentId(0), InstrumentKind::CryptoSpot);
        let mut coin = Instrument::new(id, text, kind, Venue::Coinbase);
        coin.quote = Text::new("USD").unwrap();
        let (per_slot, house) = (Notional::from_int(1_000), Notional::ZERO);
        let capital = Capital { currency: coin.quote, per_slot, house, pegs: Vec::new() };
        let (mut accounts, mut attributor) =
            (Accounts::new(&[coin], 1, &capital), Attributor::new(1, 1));
        let report = ExecutionReport {
            order: OrderId::new(Account::shadow(SlotId(0)), 1),
            exec: ExecType::Trade,
            side: Side::Buy,
            is_final: true,
            liquidity: Liquidity::Taker,
            last_price: Price::from_int(100),
            last_qty: Qty::from_int(2),
            fee: 1,
            reject: RejectReason::None,
        };
        let now = Nanos::from_secs(1);
        let stamp = Stamp { seq: 1, time: now, venue_time: now, instrument: id };
        let event = Event::new(stamp, Body::ExecutionReport(report), EventFlags::LAST);
        for booked in follow(accounts.apply(&event)) {
            attributor.event(&event, booked, &accounts);
        }
        attributor.check(&accounts)
    }

    #[test]
    fn a_fill_that_is_missed_or_taken_twice_or_at_another_price_is_noticed() {
        assert_eq!(checked(|booked| vec![booked]), Ok(()));
        assert!(checked(|_| Vec::new()).unwrap_err().contains("holds"));
        assert!(checked(|booked| vec![booked, booked]).unwrap_err().contains("holds"));
        let dearer = |booked| match booked {
            Booked::Fill { account, fill, realised } => {
                let fill = Fill { price: Price::from_int(101), ..fill };
                vec![Booked::Fill { account, fill, realised }]
            }
            other => vec![other],
        };
        assert!(checked(dearer).unwrap_err().contains("parts make"));
    }
}
