//! Streaming technical indicators, one noun a file. Each owns its window and nothing else: feed
//! it one value per bar (or tick) with `update` and read `None` until it has warmed up. Warm-up
//! lengths and seeds are those of TA-Lib, so that a chart elsewhere shows the same line.
//!
//! An unusable input (NaN, infinite, above [`crate::MAGNITUDE_MAX`]) returns `None` and changes
//! nothing. `value()` repeats the last result, also after a refused input.

mod atr;
mod bollinger;
mod donchian;
mod ema;
mod extreme;
mod macd;
mod rate_of_change;
mod rolling;
mod rsi;
mod sma;
mod wilder;
mod z_score;

pub use atr::Atr;
pub use bollinger::{BollingerBands, BollingerValue};
pub use donchian::{DonchianChannel, DonchianValue};
pub use ema::Ema;
pub use extreme::{RollingMax, RollingMin};
pub use macd::{Macd, MacdValue};
pub use rate_of_change::RateOfChange;
pub use rolling::RollingMoments;
pub use rsi::Rsi;
pub use sma::Sma;
pub use z_score::ZScore;
