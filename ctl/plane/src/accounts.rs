//! The board's window on the engine's own ledger: the money is computed there and nowhere else.
//!
//! Marks follow the market by the engine's own [`Market`]: the middle of the book, else the last
//! trade. Must never add or round money by itself. If the ledger's words change, this file changes.

use royale_engine::Market;
pub use royale_engine::ledger::Capital;
use royale_engine::ledger::{Balance, Booked, Ledger, SubLedger};
pub use royale_engine::risk::Shares;
use royale_engine::risk::{HouseSize, house_scale};
use royale_model::{
    Account, Decision, Event, EventKind, Instrument, InstrumentId, InstrumentKind, Notional,
    Position, Price, Qty, SlotId, Text,
};

/// Levels a side of the books that give the marks.
const BOOK_LEVELS: usize = 4_096;

/// Money that the run started with, and the shares of the house; from the run's configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stakes {
    /// Starting capital and its currency.
    pub capital: Capital,
    /// The slots' shares of the house capital at the start.
    pub shares: Shares,
    /// Slots in which nobody trades at the start.
    pub vacant: Vec<SlotId>,
    /// What no order may pass.
    pub caps: Caps,
}

/// The gate's limits on size, as the run's configuration has them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Caps {
    /// R1: the largest quantity of an order, by class of instrument.
    pub order_qty: Vec<(InstrumentKind, Qty)>,
    /// R2: the most that an order may be worth.
    pub order: Notional,
    /// R7: the largest position of a shadow account in one instrument.
    pub position: Notional,
    /// R7: the largest position of the house in one instrument.
    pub house_position: Notional,
}

/// Equity and positions of all accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    ledger: Ledger,
    market: Market,
    failures: u64,
}

impl Accounts {
    pub(crate) fn new(instruments: &[Instrument], slots: usize, capital: &Capital) -> Self {
        Self {
            ledger: Ledger::new(instruments, slots, capital),
            market: Market::new(instruments, BOOK_LEVELS),
            failures: 0,
        }
    }

    /// Takes an event; says what it did to the books.
    pub(crate) fn apply(&mut self, event: &Event) -> Booked {
        self.market.apply(event);
        if event.kind().is_market() && event.is_last() && event.kind() != EventKind::Settlement {
            let id = event.instrument();
            if let Some(mid) = self.market.view(id).and_then(|view| view.mid()) {
                self.ledger.mark(id, mid);
            }
        }
        self.ledger.apply(event).unwrap_or_else(|_| {
            self.failures += 1;
            Booked::Nothing
        })
    }

    pub(crate) fn slot_equity(&self, slot: SlotId) -> Option<Notional> {
        self.ledger.slot_equity(slot)
    }
    pub(crate) fn house_equity(&self) -> Option<Notional> {
        self.ledger.house_equity()
    }
    pub(crate) fn house_share_profit(&self, slot: SlotId) -> Option<Notional> {
        self.ledger.house_share_profit(slot)
    }
    pub(crate) fn slot_exposure(&self, slot: SlotId) -> Option<Notional> {
        self.ledger.slot_exposure(slot)
    }
    pub(crate) fn shadow(&self, slot: SlotId) -> Option<&SubLedger> {
        self.ledger.account(Account::shadow(slot))
    }
    pub(crate) fn house(&self) -> &SubLedger {
        self.ledger.house()
    }
    pub(crate) fn position(&self, account: Account, id: InstrumentId) -> Position {
        self.ledger.position(account, id)
    }
    pub(crate) fn house_position(&self, id: InstrumentId) -> Position {
        self.ledger.house_position(id)
    }
    /// What a decision means for the house, as things stand; nothing for an unknown instrument.
    pub(crate) fn house_size(&self, decision: &Decision, share_bp: i64) -> Option<HouseSize> {
        let Decision { slot, instrument, side, qty, .. } = *decision;
        let lot = self.market.instrument(instrument)?.lot;
        let held = |account| self.ledger.position(account, instrument).qty;
        let shares = (share_bp, house_scale(self.ledger.capital()));
        let shadow = held(Account::shadow(slot));
        Some(HouseSize::new((side, qty), lot, shares, shadow, || held(Account::house(slot))))
    }
    pub(crate) fn mark(&self, id: InstrumentId) -> Option<Price> {
        self.ledger.mark_of(id)
    }
    pub(crate) fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.ledger.instruments().get(id.index())
    }
    /// Currencies in the order of [`balances`](Self::balances).
    pub(crate) fn currencies(&self) -> &[Text<8>] {
        self.ledger.currencies()
    }
    /// Place of an instrument's currency among them.
    pub(crate) fn currency_index(&self, id: InstrumentId) -> Option<usize> {
        let currency = self.instrument(id)?.currency();
        self.currencies().iter().position(|&known| known == currency)
    }
    pub(crate) fn balances(&self, account: Account) -> &[Balance] {
        self.ledger.account(account).map_or(&[], SubLedger::balances)
    }
    /// What a position is worth as the ledger counts it: at the mark, at cost without one.
    pub(crate) fn value_of(&self, account: Account, id: InstrumentId) -> Option<Notional> {
        let position = self.ledger.position(account, id);
        match self.mark(id).filter(|_| !position.qty.is_zero()) {
            Some(mark) => self.instrument(id)?.value(mark, position.qty),
            None => Some(position.cost),
        }
    }
    /// Equity of an account minus what it began with.
    pub(crate) fn change(&self, account: Account) -> Option<Notional> {
        if account.is_house() {
            return self.house_share_profit(account.slot());
        }
        self.slot_equity(account.slot())?.checked_sub(self.ledger.capital().per_slot)
    }
    /// Profit of an account's closed positions before fees, in the capital's currency.
    pub(crate) fn realised(&self, account: Account) -> Option<Notional> {
        let pairs = self.currencies().iter().zip(self.balances(account));
        pairs.into_iter().try_fold(Notional::ZERO, |sum, (&currency, balance)| {
            sum.checked_add(self.convert(balance.realised, currency)?)
        })
    }
    /// An amount in the capital's currency, as the ledger converts: by peg or by the coin's mark.
    pub(crate) fn convert(&self, amount: Notional, currency: Text<8>) -> Option<Notional> {
        if amount == Notional::ZERO {
            return Some(amount);
        }
        self.ledger.in_capital(amount, currency)
    }
    /// An amount in the capital's currency, by its pegs; `None` for a currency without one.
    pub(crate) fn in_capital(&self, amount: Notional, currency: Text<8>) -> Option<Notional> {
        let capital = self.ledger.capital();
        if currency == capital.currency {
            return Some(amount);
        }
        let (_, rate) = capital.pegs.iter().find(|(code, _)| *code == currency)?;
        amount.mul_div(rate.raw(), Price::ONE.raw())
    }
    /// Fees and turnover of an account in the capital's currency; a currency without a peg is
    /// left out.
    pub(crate) fn costs(&self, books: &SubLedger) -> (Notional, Notional) {
        let pairs = self.ledger.currencies().iter().zip(books.balances());
        pairs.fold((Notional::ZERO, Notional::ZERO), |(fees, turnover), (&currency, balance)| {
            let plus = |sum: Notional, amount| {
                self.in_capital(amount, currency).and_then(|a| sum.checked_add(a)).unwrap_or(sum)
            };
            (plus(fees, balance.fees), plus(turnover, balance.turnover))
        })
    }
    /// Fills that the ledger could not book: 0 in a journal of ours.
    pub(crate) fn failures(&self) -> u64 {
        self.failures
    }
    /// Holds the books against themselves.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.ledger.check()
    }
}
