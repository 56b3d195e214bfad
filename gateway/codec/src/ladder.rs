//! The importer's own book: two sorted sides, plain and slow, and its canonical text.
//!
//! Owns what an importer must remember to turn relative changes into absolute sizes and to judge a
//! recording. Must never be used on a hot path. Called by the importers of Kalshi and Binance.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Applied messages between two checkpoints.
const CHECKPOINT: u64 = 1_000;

/// Price to size, both in 10⁻⁹.
pub(crate) type Side = BTreeMap<i64, i64>;

/// Best bid and ask with their sizes; 0 for what is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Top {
    pub bid: i64,
    pub ask: i64,
    pub bid_size: i64,
    pub ask_size: i64,
}

impl Top {
    pub fn same_prices(self, other: Self) -> bool {
        self.bid == other.bid && self.ask == other.ask
    }
}

/// Two sides and the hash of their checkpoints.
pub(crate) struct Ladder {
    names: [&'static str; 2],
    pub first: Side,
    pub second: Side,
    applied: u64,
    checkpoints: Sha256,
}

impl Ladder {
    pub fn new(names: [&'static str; 2]) -> Self {
        Self {
            names,
            first: Side::new(),
            second: Side::new(),
            applied: 0,
            checkpoints: Sha256::new(),
        }
    }

    /// Sets a level; 0 removes it.
    pub fn set(side: &mut Side, price: i64, size: i64) {
        if size == 0 {
            side.remove(&price);
        } else {
            side.insert(price, size);
        }
    }

    /// Counts an applied message; every thousandth goes into the checkpoint hash.
    pub fn note_applied(&mut self) {
        self.applied += 1;
        if self.applied.is_multiple_of(CHECKPOINT) {
            let text = self.text();
            self.checkpoints.update(text.as_bytes());
        }
    }

    /// `<name> <price> <size>` a line, ascending, first side then second.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, side) in self.names.iter().zip([&self.first, &self.second]) {
            for (price, size) in side {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name} {price} {size}");
            }
        }
        text
    }

    pub fn book_sha256(&self) -> String {
        hex(&Sha256::digest(self.text().as_bytes()))
    }

    pub fn checkpoints_sha256(&self) -> String {
        hex(&self.checkpoints.clone().finalize())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
