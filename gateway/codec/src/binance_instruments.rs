//! The instruments of Binance recordings: known ones from a table, others from what was seen.
//!
//! Owns ticks, lots, multipliers and fee assumptions by market kind, and the symbols on our tapes:
//! spot `BTCUSDT`, USD-M `BTCUSDT.USDM`, COIN-M `BTCUSD_PERP` (the venue's own, unique already).
//! Called by `binance_session`.

use crate::binance::Kind;
use royale_model::{
    FeeKind, Fees, Instrument, InstrumentId, InstrumentKind, Price, Qty, Text, Venue,
};

/// Assumed, regular tier without rebates: spot 10/10, futures 2/5 basis points.
const SPOT_FEES: Fees = Fees::new(FeeKind::Proportional, 1_000_000, 1_000_000);
const FUTURES_FEES: Fees = Fees::new(FeeKind::Proportional, 200_000, 500_000);

/// Venue symbol, kind, tick and lot in 10⁻⁹, whole multiplier.
const KNOWN: [(&str, Kind, i64, i64, i64); 6] = [
    ("BTCUSDT", Kind::Spot, 10_000_000, 10_000, 1),
    ("ETHUSDT", Kind::Spot, 10_000_000, 100_000, 1),
    ("BTCUSDT", Kind::Usdm, 100_000_000, 1_000_000, 1),
    ("ETHUSDT", Kind::Usdm, 10_000_000, 1_000_000, 1),
    ("BTCUSD_PERP", Kind::Coinm, 100_000_000, 1_000_000_000, 100),
    ("ETHUSD_PERP", Kind::Coinm, 10_000_000, 1_000_000_000, 10),
];

/// Quote currencies by which an unknown pair is split.
const QUOTES: [&str; 9] = ["USDT", "USDC", "FDUSD", "TUSD", "USD", "BTC", "ETH", "BNB", "EUR"];

/// The instrument, and a note when its grid had to be guessed from `seen` (the greatest common
/// divisors of all prices and sizes). `None` when the symbol cannot be split or is too long.
pub(crate) fn instrument(
    id: InstrumentId,
    symbol: &str,
    kind: Kind,
    seen: (i64, i64),
) -> Option<(Instrument, Option<String>)> {
    let (suffix, class, venue, fees) = match kind {
        Kind::Spot => ("", InstrumentKind::CryptoSpot, Venue::BinanceSpot, SPOT_FEES),
        Kind::Usdm => (".USDM", InstrumentKind::PerpLinear, Venue::BinanceUsdm, FUTURES_FEES),
        Kind::Coinm => ("", InstrumentKind::PerpInverse, Venue::BinanceCoinm, FUTURES_FEES),
    };
    let pair = symbol.split('_').next().unwrap_or(symbol);
    let quote = QUOTES.iter().find(|quote| pair.len() > quote.len() && pair.ends_with(**quote))?;
    let mut made = Instrument::new(id, Text::new(&format!("{symbol}{suffix}"))?, class, venue);
    made.base = Text::new(&pair[..pair.len() - quote.len()])?;
    made.quote = Text::new(quote)?;
    made.fees = fees;
    let known = KNOWN.iter().find(|row| row.0 == symbol && row.1 == kind);
    let (tick, lot, multiplier) =
        known.map_or((seen.0, seen.1, default_face(kind, symbol)), |row| (row.2, row.3, row.4));
    made.tick = Price::from_raw(tick.max(1));
    made.lot = Qty::from_raw(lot.max(1));
    made.multiplier = Qty::from_int(multiplier);
    let note = known.is_none().then(|| {
        format!(
            "{symbol}: not in the table of instruments; tick {} and lot {} are the greatest common \
             divisors of what was seen, multiplier {multiplier} is assumed",
            made.tick, made.lot
        )
    });
    Some((made, note))
}

/// COIN-M contracts are 100 USD for BTC and 10 USD for all others.
fn default_face(kind: Kind, symbol: &str) -> i64 {
    match kind {
        Kind::Coinm if symbol.starts_with("BTC") => 100,
        Kind::Coinm => 10,
        Kind::Spot | Kind::Usdm => 1,
    }
}
