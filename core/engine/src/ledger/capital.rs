//! What a run starts with, and in which currency it is counted.

use royale_model::{Notional, Price, Text};

/// Starting capital.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capital {
    /// The currency in which equity is counted.
    pub currency: Text<8>,
    /// What each slot's shadow account starts with.
    pub per_slot: Notional,
    /// What the house account starts with.
    pub house: Notional,
    /// Currencies that count at a fixed rate: USDT at 1 USD.
    pub pegs: Vec<(Text<8>, Price)>,
}

impl Capital {
    /// The fixed rate of a currency; 1 for the capital's own.
    pub(super) fn peg(&self, currency: Text<8>) -> Option<Price> {
        if currency == self.currency {
            return Some(Price::ONE);
        }
        self.pegs.iter().find(|(code, _)| *code == currency).map(|&(_, rate)| rate)
    }
}
