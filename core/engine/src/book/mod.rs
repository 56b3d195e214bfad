//! The level-2 order book: price levels with the quantity that rests there.

mod grid;
mod half;
mod ladder;
mod levels;
pub mod naive;

pub use ladder::Book;

use royale_model::{Price, Qty};

/// One price level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Level {
    /// Its price.
    pub price: Price,
    /// What rests there; above zero.
    pub qty: Qty,
}
