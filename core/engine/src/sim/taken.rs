//! What each account took from recorded levels that have not changed since.
//!
//! Owns the memory of the last [`ENTRIES`] takings; when it is full the oldest is forgotten, and
//! its level is whole again for that account. Must never touch the book itself: an account's
//! takings are its own affair. The exchange asks before a fill and notes after it.

use super::latency::mix;
use crate::present;
use royale_model::{Account, Price, Qty, Side, SlotId};

/// Takings that are remembered, over all accounts and instruments.
pub const ENTRIES: usize = 4_096;

/// Chains of the hash table; about as many as takings, so that a chain is short.
const CHAINS: usize = ENTRIES;

const NONE: u32 = u32::MAX;

/// A level of one instrument, in the book that has stood since its last snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct LevelKey {
    instrument: u32,
    /// How often the instrument's book had been made anew.
    book: u32,
    side: Side,
    price: Price,
}

#[derive(Clone, Copy, Debug)]
struct Taking {
    account: Account,
    qty: Qty,
    level: LevelKey,
    next: u32,
    is_linked: bool,
}

/// A ring of takings, each threaded into the chain of its level.
#[derive(Debug)]
pub(super) struct Taken {
    ring: Vec<Taking>,
    oldest: usize,
    chains: Vec<u32>,
    /// Takings that still count; without one there is nothing to look for.
    linked: usize,
    /// How often each instrument's book was made anew.
    books: Vec<u32>,
}

impl Taken {
    pub(super) fn new(instruments: usize) -> Self {
        let level = LevelKey { instrument: 0, book: 0, side: Side::Buy, price: Price::ZERO };
        let account = Account::shadow(SlotId(0));
        let blank = Taking { account, qty: Qty::ZERO, level, next: NONE, is_linked: false };
        Self {
            ring: present::vec(ENTRIES, blank),
            oldest: 0,
            chains: vec![NONE; CHAINS],
            linked: 0,
            books: vec![0; instruments],
        }
    }

    /// True when every level is whole for everybody.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.linked == 0
    }

    /// What the account has had of this level.
    pub(super) fn get(&self, account: Account, instrument: usize, side: Side, price: Price) -> Qty {
        let level = self.level(instrument, side, price);
        self.find(account, level).map_or(Qty::ZERO, |at| self.ring[at as usize].qty)
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
        let level = self.level(instrument, side, price);
        if let Some(at) = self.find(account, level) {
            let taking = &mut self.ring[at as usize];
            taking.qty = taking.qty.saturating_add(qty);
            return;
        }
        let place = if self.ring.len() < ENTRIES {
            self.ring.len()
        } else {
            let place = self.oldest;
            self.oldest = (self.oldest + 1) % ENTRIES;
            if self.ring[place].is_linked {
                let chain = chain_of(&self.ring[place].level);
                self.unlink(chain, |at, _| at == place as u32);
            }
            place
        };
        let chain = chain_of(&level);
        let taking = Taking { account, qty, level, next: self.chains[chain], is_linked: true };
        self.chains[chain] = place as u32;
        self.linked += 1;
        match self.ring.get_mut(place) {
            Some(old) => *old = taking,
            None => self.ring.push(taking),
        }
    }

    /// The level changed: it is whole again for everybody.
    #[inline]
    pub(super) fn level_changed(&mut self, instrument: usize, side: Side, price: Price) {
        if !self.is_empty() {
            self.forget(self.level(instrument, side, price));
        }
    }

    #[inline(never)]
    fn forget(&mut self, level: LevelKey) {
        let chain = chain_of(&level);
        if self.chains[chain] != NONE {
            self.unlink(chain, |_, taking| taking.level == level);
        }
    }

    /// The whole book is new.
    pub(super) fn book_changed(&mut self, instrument: usize) {
        self.books[instrument] = self.books[instrument].wrapping_add(1);
    }

    fn level(&self, instrument: usize, side: Side, price: Price) -> LevelKey {
        LevelKey { instrument: instrument as u32, book: self.books[instrument], side, price }
    }

    /// Takes what `goes` out of a chain.
    fn unlink(&mut self, chain: usize, goes: impl Fn(u32, &Taking) -> bool) {
        let mut before = NONE;
        let mut at = self.chains[chain];
        while at != NONE {
            let taking = self.ring[at as usize];
            if goes(at, &taking) {
                self.ring[at as usize].is_linked = false;
                self.linked -= 1;
                match before {
                    NONE => self.chains[chain] = taking.next,
                    _ => self.ring[before as usize].next = taking.next,
                }
            } else {
                before = at;
            }
            at = taking.next;
        }
    }

    fn find(&self, account: Account, level: LevelKey) -> Option<u32> {
        let mut at = self.chains[chain_of(&level)];
        while at != NONE {
            let taking = &self.ring[at as usize];
            if taking.account == account && taking.level == level {
                return Some(at);
            }
            at = taking.next;
        }
        None
    }
}

fn chain_of(level: &LevelKey) -> usize {
    let owner = u64::from(level.instrument) << 1 | u64::from(level.side == Side::Sell);
    let bits = mix(level.price.raw() as u64 ^ owner.rotate_left(48));
    (bits % CHAINS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

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
