//! The ledger: double-entry, integer, a sub-ledger for each slot's shadow account and for each
//! slot's share of the house, and the house's own book beside them.
//!
//! Owns every amount of money of a run. Must never see a float. The risk stage keeps one to hold
//! limits against; `ctl` keeps another, folded from the journal by the same code.

mod capital;
mod sub_ledger;

pub use capital::Capital;
pub use sub_ledger::{Balance, SubLedger};

use royale_model::{
    Account, Body, Event, ExecType, Fill, Instrument, InstrumentId, InstrumentKind, Notional,
    Position, Price, Qty, SlotId, Text,
};

/// Why the books cannot be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LedgerError {
    /// An amount left the range of its integer.
    OutOfRange,
    /// A fill of an account or instrument that does not exist.
    Unknown,
}

/// What an event did to the books.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Booked {
    /// Nothing.
    Nothing,
    /// A fill of one account.
    Fill {
        /// Whose.
        account: Account,
        /// What.
        fill: Fill,
        /// Profit that it made real, before its fee.
        realised: Notional,
    },
    /// An instrument paid out to everybody who held it.
    Settled(InstrumentId),
}

/// The books of a run.
#[derive(Debug)]
pub struct Ledger {
    instruments: Vec<Instrument>,
    /// Index into `currencies` for each instrument.
    currency_of: Vec<usize>,
    currencies: Vec<Text<8>>,
    capital: Capital,
    marks: Vec<Option<Price>>,
    /// What each settled instrument paid: it is marked there for ever, and late fills close there.
    settled: Vec<Option<Price>>,
    /// Two for each slot: shadow, house share.
    accounts: Vec<SubLedger>,
    /// The house as the venue sees it: all its fills on one account.
    house: SubLedger,
}

impl Ledger {
    /// Empty books: each shadow account holds `capital.per_slot`, the house `capital.house`.
    pub fn new(instruments: &[Instrument], slots: usize, capital: &Capital) -> Self {
        let mut currencies = vec![capital.currency];
        let mut currency_of = Vec::with_capacity(instruments.len());
        for instrument in instruments {
            let currency = instrument.currency();
            let at = currencies.iter().position(|&known| known == currency).unwrap_or_else(|| {
                currencies.push(currency);
                currencies.len() - 1
            });
            currency_of.push(at);
        }
        let open = |amount| SubLedger::new(instruments.len(), currencies.len(), amount);
        let accounts =
            (0..slots).flat_map(|_| [open(capital.per_slot), open(Notional::ZERO)]).collect();
        let house = open(capital.house);
        Self {
            instruments: instruments.to_vec(),
            currency_of,
            currencies,
            capital: capital.clone(),
            marks: vec![None; instruments.len()],
            settled: vec![None; instruments.len()],
            accounts,
            house,
        }
    }

    /// Sets the price at which an instrument is valued; what is settled keeps its last.
    #[inline]
    pub fn mark(&mut self, id: InstrumentId, price: Price) {
        if let Some(mark) = self.marks.get_mut(id.index())
            && self.settled[id.index()].is_none()
        {
            *mark = Some(price);
        }
    }
    /// The price at which an instrument is valued.
    #[inline]
    pub fn mark_of(&self, id: InstrumentId) -> Option<Price> {
        self.marks.get(id.index()).copied().flatten()
    }

    /// Books fills and settlements; other events change nothing.
    ///
    /// # Errors
    /// Nothing is booked when an amount leaves its range or the account is unknown.
    #[inline]
    pub fn apply(&mut self, event: &Event) -> Result<Booked, LedgerError> {
        match event.body() {
            Body::ExecutionReport(report) if report.exec == ExecType::Trade => {
                let fill = Fill {
                    order: report.order,
                    side: report.side,
                    price: report.last_price,
                    qty: report.last_qty,
                    fee: report.fee,
                    liquidity: report.liquidity,
                };
                self.fill(report.order.account(), event.instrument(), fill)
            }
            Body::Settlement(settlement) => self.settle(event.instrument(), settlement.value),
            _ => Ok(Booked::Nothing),
        }
    }

    fn fill(
        &mut self,
        account: Account,
        id: InstrumentId,
        fill: Fill,
    ) -> Result<Booked, LedgerError> {
        let qty = Qty::from_raw(
            fill.qty.raw().checked_mul(fill.side.sign()).ok_or(LedgerError::OutOfRange)?,
        );
        let realised = self.book(account, id, fill.price, qty, Notional::from_nano(fill.fee))?;
        // Made before the settlement and heard of after it: the position is paid out like any other.
        let paid_out = match self.settled.get(id.index()).copied().flatten() {
            Some(value) => self.book(account, id, value, -qty, Notional::ZERO)?,
            None => Notional::ZERO,
        };
        let realised = realised.checked_add(paid_out).ok_or(LedgerError::OutOfRange)?;
        Ok(Booked::Fill { account, fill, realised })
    }

    /// Books a trade on an account, and on the house as a whole where it is a share of it.
    fn book(
        &mut self,
        account: Account,
        id: InstrumentId,
        price: Price,
        qty: Qty,
        fee: Notional,
    ) -> Result<Notional, LedgerError> {
        let instrument = self.instruments.get(id.index()).ok_or(LedgerError::Unknown)?;
        let currency = *self.currency_of.get(id.index()).ok_or(LedgerError::Unknown)?;
        let sub_ledger =
            self.accounts.get_mut(sub_ledger_index(account)).ok_or(LedgerError::Unknown)?;
        let before = account.is_house().then(|| sub_ledger.clone_entry(id, currency));
        let realised = sub_ledger
            .book(instrument, currency, price, qty, fee)
            .ok_or(LedgerError::OutOfRange)?;
        if let Some(before) = before
            && self.house.book(instrument, currency, price, qty, fee).is_none()
        {
            // Both books or neither: take the first entry back.
            sub_ledger.restore_entry(id, currency, before);
            return Err(LedgerError::OutOfRange);
        }
        Ok(realised)
    }

    fn settle(&mut self, id: InstrumentId, value: Price) -> Result<Booked, LedgerError> {
        let instrument = self.instruments.get(id.index()).ok_or(LedgerError::Unknown)?;
        let currency = *self.currency_of.get(id.index()).ok_or(LedgerError::Unknown)?;
        for sub_ledger in self.accounts.iter_mut().chain([&mut self.house]) {
            let qty = sub_ledger.position(id).qty;
            if !qty.is_zero() {
                sub_ledger
                    .book(instrument, currency, value, -qty, Notional::ZERO)
                    .ok_or(LedgerError::OutOfRange)?;
            }
        }
        self.mark(id, value);
        self.settled[id.index()] = Some(value);
        Ok(Booked::Settled(id))
    }

    /// Position of an account; flat for an unknown one.
    #[inline]
    pub fn position(&self, account: Account, id: InstrumentId) -> Position {
        self.accounts
            .get(sub_ledger_index(account))
            .map_or(Position::default(), |sub_ledger| sub_ledger.position(id))
    }
    /// Position of the house as a whole.
    #[inline]
    pub fn house_position(&self, id: InstrumentId) -> Position {
        self.house.position(id)
    }
    /// One account's books.
    pub fn account(&self, account: Account) -> Option<&SubLedger> {
        self.accounts.get(sub_ledger_index(account))
    }
    /// The house's books.
    pub fn house(&self) -> &SubLedger {
        &self.house
    }
    /// Currencies in the order of [`SubLedger::balances`]; the capital's currency is the first.
    pub fn currencies(&self) -> &[Text<8>] {
        &self.currencies
    }
    /// The instrument table.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
    /// Starting capital.
    pub fn capital(&self) -> &Capital {
        &self.capital
    }

    /// Equity of a slot's shadow account in the capital's currency: cash plus positions at their
    /// marks. `None` when a currency that is held cannot be converted, or out of range.
    pub fn slot_equity(&self, slot: SlotId) -> Option<Notional> {
        self.equity_of(self.accounts.get(sub_ledger_index(Account::shadow(slot)))?)
    }
    /// Profit of a slot's share of the house.
    pub fn house_share_profit(&self, slot: SlotId) -> Option<Notional> {
        self.equity_of(self.accounts.get(sub_ledger_index(Account::house(slot)))?)
    }
    /// Equity of the house.
    pub fn house_equity(&self) -> Option<Notional> {
        self.equity_of(&self.house)
    }
    /// Sum of |value| of all positions of a slot's shadow account, in the capital's currency.
    pub fn slot_exposure(&self, slot: SlotId) -> Option<Notional> {
        let sub_ledger = self.accounts.get(sub_ledger_index(Account::shadow(slot)))?;
        let mut sum = Notional::ZERO;
        for (at, instrument) in self.instruments.iter().enumerate() {
            let position = sub_ledger.positions().get(at)?;
            if !position.qty.is_zero() {
                let value = instrument.value(self.marks[at]?, position.qty)?.abs();
                sum = sum.checked_add(self.convert(value, self.currency_of[at])?)?;
            }
        }
        Some(sum)
    }

    /// An amount of one of the books' currencies in the capital's, as equity counts it. `None` when
    /// it cannot be converted, or out of range.
    pub fn in_capital(&self, amount: Notional, currency: Text<8>) -> Option<Notional> {
        self.convert(amount, self.currencies.iter().position(|&known| known == currency)?)
    }

    fn equity_of(&self, sub_ledger: &SubLedger) -> Option<Notional> {
        let mut sum = Notional::ZERO;
        for at in 0..self.currencies.len() {
            let mut amount = sub_ledger.balances().get(at)?.cash;
            for (index, position) in sub_ledger.positions().iter().enumerate() {
                if self.currency_of[index] == at && !position.qty.is_zero() {
                    // Without a mark a position is worth what it cost.
                    let value = match self.marks[index] {
                        Some(mark) => self.instruments[index].value(mark, position.qty)?,
                        None => position.cost,
                    };
                    amount = amount.checked_add(value)?;
                }
            }
            if amount != Notional::ZERO {
                sum = sum.checked_add(self.convert(amount, at)?)?;
            }
        }
        Some(sum)
    }

    /// An amount in the capital's currency: itself, by a peg, or by the mark of a pair that trades
    /// the coin against the capital's currency (or a pegged one).
    fn convert(&self, amount: Notional, currency: usize) -> Option<Notional> {
        if currency == 0 {
            return Some(amount);
        }
        let code = *self.currencies.get(currency)?;
        if let Some(rate) = self.capital.peg(code) {
            return amount.mul_div(rate.raw(), Price::ONE.raw());
        }
        self.instruments.iter().enumerate().find_map(|(at, pair)| {
            let against =
                self.capital.peg(pair.quote).filter(|_| pair.base.as_str() == code.as_str())?;
            let spot = matches!(pair.kind, InstrumentKind::CryptoSpot | InstrumentKind::FxSpot);
            let mark = self.marks[at].filter(|_| spot)?;
            amount.mul_div(mark.raw(), Price::ONE.raw())?.mul_div(against.raw(), Price::ONE.raw())
        })
    }

    /// Holds the books against themselves: every account balances in every currency, and the
    /// house's shares add up to the house.
    ///
    /// # Errors
    /// Names the account and currency that do not balance.
    pub fn check(&self) -> Result<(), String> {
        let named = self.accounts.iter().enumerate().map(|(at, a)| (format!("account {at}"), a));
        for (name, sub_ledger) in named.chain([("house".to_owned(), &self.house)]) {
            for (at, currency) in self.currencies.iter().enumerate() {
                let off = sub_ledger.imbalance(at, &self.currency_of);
                if off != Some(Notional::ZERO) {
                    return Err(format!("{name}, {currency}: books are off by {off:?}"));
                }
            }
        }
        for (at, currency) in self.currencies.iter().enumerate() {
            let shares = self.accounts.iter().skip(1).step_by(2);
            let sum = shares
                .map(|share| share.balances()[at].cash)
                .try_fold(Notional::ZERO, Notional::checked_add);
            let paid_in = if at == 0 { self.capital.house } else { Notional::ZERO };
            let house = self.house.balances()[at].cash;
            if sum.and_then(|sum| sum.checked_add(paid_in)) != Some(house) {
                return Err(format!("house, {currency}: shares hold {sum:?}, house {house}"));
            }
        }
        Ok(())
    }
}

fn sub_ledger_index(account: Account) -> usize {
    account.slot().index() * 2 + usize::from(account.is_house())
}

#[cfg(test)]
mod tests;
