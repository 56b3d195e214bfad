//! What each account took from recorded levels that have not changed since.
//!
//! Owns the memory of the last [`ENTRIES`] takings; when it is full the oldest is forgotten, and
//! its level is whole again for that account. Must never touch the book itself: an account's
//! takings are its own affair. The exchange asks before a fill and notes after it.

use royale_model::{Account, Price, Qty, Side};

/// Takings that are remembered, over all accounts and instruments.
pub const ENTRIES: usize = 4_096;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Taking {
    account: Account,
    side: Side,
    price: Price,
    qty: Qty,
    /// Instrument whose list it is in; `NONE` when it is forgotten.
    instrument: u32,
    next: u32,
}

/// A ring of takings, each threaded into the list of its instrument.
#[derive(Debug)]
pub(super) struct Taken {
    ring: Vec<Taking>,
    oldest: usize,
    heads: Vec<u32>,
}

impl Taken {
    pub(super) fn new(instruments: usize) -> Self {
        Self { ring: Vec::with_capacity(ENTRIES), oldest: 0, heads: vec![NONE; instruments] }
    }

    /// What the account has had of this level.
    pub(super) fn get(&self, account: Account, instrument: usize, side: Side, price: Price) -> Qty {
        self.find(account, instrument, side, price)
            .map_or(Qty::ZERO, |at| self.ring[at as usize].qty)
    }

    /// Notes that the account took from a level.
    pub(super) fn add(
        &mut self,
        account: Account,
        instrument: usize,
        side: Side,
        price: Price,
        qty: Qty,
    ) {
        if let Some(at) = self.find(account, instrument, side, price) {
            let taking = &mut self.ring[at as usize];
            taking.qty = taking.qty.saturating_add(qty);
            return;
        }
        let next = self.heads[instrument];
        let owner = instrument as u32;
        let taking = Taking { account, side, price, qty, instrument: owner, next };
        if self.ring.len() < ENTRIES {
            self.heads[instrument] = self.ring.len() as u32;
            self.ring.push(taking);
            return;
        }
        let place = self.oldest;
        self.oldest = (self.oldest + 1) % ENTRIES;
        self.unlink(place as u32);
        // Unlinking may have changed the head that the new entry goes before.
        self.ring[place] = Taking { next: self.heads[instrument], ..taking };
        self.heads[instrument] = place as u32;
    }

    /// The level changed: it is whole again for everybody.
    #[inline]
    pub(super) fn level_changed(&mut self, instrument: usize, side: Side, price: Price) {
        if self.heads[instrument] != NONE {
            self.forget(instrument, |taking| taking.side == side && taking.price == price);
        }
    }

    /// The whole book is new.
    #[inline]
    pub(super) fn book_changed(&mut self, instrument: usize) {
        if self.heads[instrument] != NONE {
            self.forget(instrument, |_| true);
        }
    }

    fn forget(&mut self, instrument: usize, goes: impl Fn(&Taking) -> bool) {
        let mut before = NONE;
        let mut at = self.heads[instrument];
        while at != NONE {
            let taking = self.ring[at as usize];
            if goes(&taking) {
                self.ring[at as usize].instrument = NONE;
                match before {
                    NONE => self.heads[instrument] = taking.next,
                    _ => self.ring[before as usize].next = taking.next,
                }
            } else {
                before = at;
            }
            at = taking.next;
        }
    }

    fn unlink(&mut self, place: u32) {
        let owner = self.ring[place as usize].instrument;
        if owner == NONE {
            return;
        }
        let after = self.ring[place as usize].next;
        let mut at = self.heads[owner as usize];
        if at == place {
            self.heads[owner as usize] = after;
            return;
        }
        while at != NONE {
            if self.ring[at as usize].next == place {
                self.ring[at as usize].next = after;
                return;
            }
            at = self.ring[at as usize].next;
        }
    }

    fn find(&self, account: Account, instrument: usize, side: Side, price: Price) -> Option<u32> {
        let mut at = self.heads[instrument];
        while at != NONE {
            let taking = &self.ring[at as usize];
            if taking.price == price && taking.side == side && taking.account == account {
                return Some(at);
            }
            at = taking.next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::SlotId;

    #[test]
    fn the_oldest_taking_is_forgotten_first() {
        let mut taken = Taken::new(3);
        let account = Account::shadow(SlotId(1));
        let price = |raw: usize| Price::from_raw(raw as i64);
        for n in 0..ENTRIES + 10 {
            taken.add(account, n % 3, Side::Buy, price(n), Qty::ONE);
        }
        for n in 0..ENTRIES + 10 {
            let expected = if n < 10 { Qty::ZERO } else { Qty::ONE };
            assert_eq!(taken.get(account, n % 3, Side::Buy, price(n)), expected, "{n}");
        }
        taken.level_changed(100 % 3, Side::Buy, price(100));
        assert_eq!(taken.get(account, 100 % 3, Side::Buy, price(100)), Qty::ZERO);
        assert_eq!(taken.get(account, 103 % 3, Side::Buy, price(103)), Qty::ONE);
        taken.book_changed(1);
        for n in 10..ENTRIES + 10 {
            if n % 3 == 1 {
                assert_eq!(taken.get(account, 1, Side::Buy, price(n)), Qty::ZERO);
            }
        }
    }
}
