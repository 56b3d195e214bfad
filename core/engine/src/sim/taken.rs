//! What each account took from recorded levels that have not changed since.
//!
//! Owns the memory of the last [`ENTRIES`] takings of each account; when that is full its oldest is
//! forgotten, and the level is whole again for that account. Nobody can push another's takings out.
//! Must never touch the book itself: an account's takings are its own affair. The exchange asks
//! before a fill and notes after it.

use super::latency::mix;
use royale_model::{Account, Price, Qty, Side, SlotId};

/// Takings that are remembered of each account, over all instruments.
pub const ENTRIES: usize = 512;

/// Accounts with a memory of their own: shadow and house of 64 slots. Later slots share with earlier
/// ones.
const ACCOUNTS: usize = 128;

/// Chains of the hash table; as many as takings that ever count at once, so that a chain is short.
const CHAINS: usize = 8_192;

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

/// A ring of takings for each account, each taking threaded into the chain of its level.
#[derive(Debug)]
pub(super) struct Taken {
    /// Ring after ring.
    takings: Vec<Taking>,
    /// The place in its ring that each account overwrites next.
    oldest: [u16; ACCOUNTS],
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
            // No zeros: the pages are there once it is written.
            takings: vec![blank; ACCOUNTS * ENTRIES],
            oldest: [0; ACCOUNTS],
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
        self.find(account, level).map_or(Qty::ZERO, |at| self.takings[at as usize].qty)
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
            let taking = &mut self.takings[at as usize];
            taking.qty = taking.qty.saturating_add(qty);
            return;
        }
        let place = self.make_room(account);
        let chain = chain_of(&level);
        let taking = Taking { account, qty, level, next: self.chains[chain], is_linked: true };
        self.takings[place] = taking;
        self.chains[chain] = place as u32;
        self.linked += 1;
    }

    /// The place of the account's oldest taking, which is forgotten.
    fn make_room(&mut self, account: Account) -> usize {
        let ring = (account.slot().index() * 2 + usize::from(account.is_house())) % ACCOUNTS;
        let oldest = &mut self.oldest[ring];
        let place = ring * ENTRIES + usize::from(*oldest);
        *oldest = (*oldest + 1) % ENTRIES as u16;
        if self.takings[place].is_linked {
            let chain = chain_of(&self.takings[place].level);
            self.unlink(chain, |at, _| at == place as u32);
        }
        place
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
            let taking = self.takings[at as usize];
            if goes(at, &taking) {
                self.takings[at as usize].is_linked = false;
                self.linked -= 1;
                match before {
                    NONE => self.chains[chain] = taking.next,
                    _ => self.takings[before as usize].next = taking.next,
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
            let taking = &self.takings[at as usize];
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
    fn the_oldest_taking_of_the_account_is_forgotten_first_and_nobody_elses() {
        let mut taken = Taken::new(3);
        let account = Account::shadow(SlotId(1));
        let price = |raw: usize| Price::from_raw(raw as i64);
        let others =
            [Account::house(SlotId(1)), Account::shadow(SlotId(0)), Account::house(SlotId(63))];
        for other in others {
            taken.add(other, 0, Side::Buy, price(7), Qty::ONE);
        }
        for n in 0..ENTRIES + 10 {
            taken.add(account, n % 3, Side::Buy, price(n), Qty::ONE);
        }
        for n in 0..ENTRIES + 10 {
            let expected = if n < 10 { Qty::ZERO } else { Qty::ONE };
            assert_eq!(taken.get(account, n % 3, Side::Buy, price(n)), expected, "{n}");
        }
        for other in others {
            assert_eq!(
                taken.get(other, 0, Side::Buy, price(7)),
                Qty::ONE,
                "{other:?} was pushed out"
            );
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
