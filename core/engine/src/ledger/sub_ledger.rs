//! One account's books: positions by instrument, balances by currency.

use royale_model::{Instrument, InstrumentId, Notional, Position, Price, Qty};

/// The accounts of one currency, as in double-entry book-keeping: what is owned (cash, and the cost
/// of positions) equals what it came from (capital and realised profit) less what was spent (fees).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Balance {
    /// Cash; below zero when more was bought than there was.
    pub cash: Notional,
    /// Paid in at the start.
    pub capital: Notional,
    /// Profit of closed positions, before fees.
    pub realised: Notional,
    /// Fees paid.
    pub fees: Notional,
    /// Value of everything that was traded, both sides.
    pub turnover: Notional,
}

/// The books of one account.
#[derive(Clone, Debug)]
pub struct SubLedger {
    positions: Vec<Position>,
    balances: Vec<Balance>,
}

impl SubLedger {
    pub(super) fn new(instruments: usize, currencies: usize, capital: Notional) -> Self {
        let mut balances = vec![Balance::default(); currencies];
        if let Some(first) = balances.first_mut() {
            first.cash = capital;
            first.capital = capital;
        }
        Self { positions: vec![Position::default(); instruments], balances }
    }

    /// Books a trade of signed `qty`; returns the profit that it made real. All of it or nothing.
    pub(super) fn book(
        &mut self,
        instrument: &Instrument,
        currency: usize,
        price: Price,
        qty: Qty,
        fee: Notional,
    ) -> Option<Notional> {
        let mut position = *self.positions.get(instrument.id.index())?;
        let balance = *self.balances.get(currency)?;
        let (value, realised) = position.book(instrument, price, qty)?;
        let next = Balance {
            cash: balance.cash.checked_sub(value)?.checked_sub(fee)?,
            capital: balance.capital,
            realised: balance.realised.checked_add(realised)?,
            fees: balance.fees.checked_add(fee)?,
            turnover: balance.turnover.checked_add(value.abs())?,
        };
        self.positions[instrument.id.index()] = position;
        self.balances[currency] = next;
        Some(realised)
    }

    pub(super) fn clone_entry(&self, id: InstrumentId, currency: usize) -> (Position, Balance) {
        (self.position(id), self.balances.get(currency).copied().unwrap_or_default())
    }
    pub(super) fn restore_entry(
        &mut self,
        id: InstrumentId,
        currency: usize,
        entry: (Position, Balance),
    ) {
        if let Some(position) = self.positions.get_mut(id.index()) {
            *position = entry.0;
        }
        if let Some(balance) = self.balances.get_mut(currency) {
            *balance = entry.1;
        }
    }

    /// Position in one instrument.
    #[inline]
    pub fn position(&self, id: InstrumentId) -> Position {
        self.positions.get(id.index()).copied().unwrap_or_default()
    }
    /// Positions by instrument.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }
    /// Balances by currency ([`super::Ledger::currencies`]).
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }

    /// cash + cost of positions + fees − realised − capital: zero, or the books are wrong.
    pub(super) fn imbalance(&self, currency: usize, currency_of: &[usize]) -> Option<Notional> {
        let balance = self.balances.get(currency)?;
        let mut sum = balance.cash.checked_add(balance.fees)?;
        for (position, &of) in self.positions.iter().zip(currency_of) {
            if of == currency {
                sum = sum.checked_add(position.cost)?;
            }
        }
        sum.checked_sub(balance.realised)?.checked_sub(balance.capital)
    }
}
