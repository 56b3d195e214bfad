//! What is traded: one model for every class, where tick, lot, multiplier, fees and settlement are data.
//!
//! An [`Instrument`] is a fixed-size record: the run's table of them lies in each journal's header.

use crate::decimal::SCALE;
use crate::ids::{InstrumentId, Venue};
use crate::text::Text;
use crate::units::{Nanos, Notional, Price, Qty};
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The class of an instrument; it decides how value and profit are computed.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum InstrumentKind {
    /// A share.
    Equity = 1,
    /// A listed option on `underlying`, with `strike` and `expiry`.
    Option = 2,
    /// A dated future.
    Future = 3,
    /// A currency pair.
    FxSpot = 4,
    /// A coin against a currency.
    CryptoSpot = 5,
    /// A perpetual whose profit is in the quote currency.
    PerpLinear = 6,
    /// A perpetual in contracts of `multiplier` quote units, whose profit is in the base coin.
    PerpInverse = 7,
    /// Pays 1 if the event happens, else 0. Its price is a probability.
    BinaryEvent = 8,
}

impl InstrumentKind {
    /// Every class, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Equity,
        Self::Option,
        Self::Future,
        Self::FxSpot,
        Self::CryptoSpot,
        Self::PerpLinear,
        Self::PerpInverse,
        Self::BinaryEvent,
    ];
}

/// What changes hands in the end (FIX tag 1193).
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum SettlementMethod {
    /// Money: the difference to the final value, or the payout.
    Cash = 1,
    /// The thing itself: a share, a coin, a currency.
    Physical = 2,
}

impl SettlementMethod {
    /// What a class settles in, where the contract does not say otherwise.
    const fn of(kind: InstrumentKind) -> Self {
        match kind {
            InstrumentKind::Equity
            | InstrumentKind::Option
            | InstrumentKind::FxSpot
            | InstrumentKind::CryptoSpot => Self::Physical,
            InstrumentKind::Future
            | InstrumentKind::PerpLinear
            | InstrumentKind::PerpInverse
            | InstrumentKind::BinaryEvent => Self::Cash,
        }
    }
}

/// Which right an option gives (FIX tag 201).
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum OptionRight {
    /// It is no option.
    None = 0,
    /// To sell at the strike.
    Put = 1,
    /// To buy at the strike.
    Call = 2,
}

/// Whether a fill gave liquidity or took it (FIX tag 851).
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Liquidity {
    /// The order rested.
    Maker = 1,
    /// The order crossed.
    Taker = 2,
}

/// The shape of a venue's fee.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum FeeKind {
    /// rate × notional, rounded up to 10⁻⁹ of the currency.
    Proportional = 1,
    /// rate × contracts × p × (1 − p), rounded up to a cent for each fill (Kalshi).
    Quadratic = 2,
    /// rate in currency for each contract.
    PerContract = 3,
}

/// A fee schedule: rates are in 10⁻⁹ (0.07 is 70,000,000); a maker rebate is negative.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Fees {
    /// Rate for resting orders.
    pub maker: i64,
    /// Rate for crossing orders.
    pub taker: i64,
    /// The formula.
    pub kind: FeeKind,
    _pad: [u8; 7],
}

impl Fees {
    /// No fee.
    pub const NONE: Self = Self::new(FeeKind::Proportional, 0, 0);

    /// A schedule from rates in 10⁻⁹.
    pub const fn new(kind: FeeKind, maker: i64, taker: i64) -> Self {
        Self { maker, taker, kind, _pad: [0; 7] }
    }
}

/// One tradable thing. Money in it is exact: see [`Instrument::check`].
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Instrument {
    /// The venue's name for it.
    pub symbol: Text<40>,
    /// What is bought: `BTC`, `SPY`, or the event's series.
    pub base: Text<16>,
    /// What it is priced in: `USD`.
    pub quote: Text<8>,
    /// Its place in the table.
    pub id: InstrumentId,
    /// The instrument that an option or event contract is about, or `NONE`.
    pub underlying: InstrumentId,
    /// Smallest price step.
    pub tick: Price,
    /// Smallest quantity step.
    pub lot: Qty,
    /// Units of base for each contract (quote units for an inverse perpetual).
    pub multiplier: Qty,
    /// Last moment of trading; 0 for none.
    pub expiry: Nanos,
    /// Strike of an option or threshold of an event; 0 for none.
    pub strike: Price,
    /// What trading costs.
    pub fees: Fees,
    /// Its class.
    pub kind: InstrumentKind,
    /// Where it trades.
    pub venue: Venue,
    /// What changes hands in the end.
    pub settlement: SettlementMethod,
    /// Which right it gives: an option's own.
    pub right: OptionRight,
    _pad: [u8; 4],
}

impl Instrument {
    /// An instrument with tick and lot of one unit, no expiry and no fees, settled as its class
    /// usually is; set the rest by field, an option's right among it.
    pub fn new(id: InstrumentId, symbol: Text<40>, kind: InstrumentKind, venue: Venue) -> Self {
        Self {
            symbol,
            base: Text::EMPTY,
            quote: Text::EMPTY,
            id,
            underlying: InstrumentId::NONE,
            tick: Price::ONE,
            lot: Qty::ONE,
            multiplier: Qty::ONE,
            expiry: Nanos::ZERO,
            strike: Price::ZERO,
            fees: Fees::NONE,
            kind,
            venue,
            settlement: SettlementMethod::of(kind),
            right: OptionRight::None,
            _pad: [0; 4],
        }
    }

    /// Checks what exact money needs.
    ///
    /// # Errors
    /// Names the first field that cannot be right.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.symbol.as_str().is_empty() {
            return Err("symbol is empty");
        }
        if self.currency().as_str().is_empty() {
            return Err("settlement currency is empty");
        }
        if (self.kind == InstrumentKind::Option) != (self.right != OptionRight::None) {
            return Err("an option is a put or a call, and nothing else is");
        }
        if !self.tick.is_positive() || !self.lot.is_positive() || !self.multiplier.is_positive() {
            return Err("tick, lot and multiplier must be above zero");
        }
        if self.kind != InstrumentKind::PerpInverse
            && Notional::of(self.tick, self.lot, self.multiplier).is_none()
        {
            return Err("tick × lot × multiplier is finer than 10⁻¹⁸");
        }
        Ok(())
    }

    /// The currency that profit and fees are in.
    #[inline]
    pub fn currency(&self) -> Text<8> {
        if self.kind == InstrumentKind::PerpInverse {
            // A base longer than eight bytes fails `check`, as no settlement currency.
            Text::new(self.base.as_str()).unwrap_or(Text::EMPTY)
        } else {
            self.quote
        }
    }

    /// True for prices that can exist here: above zero, and below one for an event contract.
    #[inline]
    pub fn allows(&self, price: Price) -> bool {
        price.is_positive()
            && (self.kind != InstrumentKind::BinaryEvent || price.raw() < Price::ONE.raw())
    }

    /// Signed value of `qty` at `price`, in [`Instrument::currency`]. `None` on overflow, off-grid
    /// fineness, or a price ≤ 0 of an inverse contract.
    ///
    /// Linear: price × qty × multiplier. Inverse: −qty × multiplier / price, so that, as for a
    /// linear contract, value(exit) − value(entry) is the profit of a long position:
    /// n·m·(1/entry − 1/exit). It is rounded towards zero at 10⁻¹⁸ of the coin.
    #[inline]
    pub fn value(&self, price: Price, qty: Qty) -> Option<Notional> {
        if self.kind == InstrumentKind::PerpInverse {
            let face = i128::from(qty.raw()) * i128::from(self.multiplier.raw());
            if !price.is_positive() {
                return None;
            }
            // face is in 10⁻¹⁸, price in 10⁻⁹: × 10⁹ keeps the quotient in 10⁻¹⁸.
            let raw = face.checked_mul(i128::from(SCALE))? / i128::from(price.raw());
            return Some(Notional::from_raw(-raw));
        }
        Notional::of(price, qty, self.multiplier)
    }

    /// The fee of a fill in 10⁻⁹ of [`Instrument::currency`]; negative is a rebate.
    /// `None` on overflow.
    ///
    /// Rounding is against us: up to 10⁻⁹, or up to a cent for the quadratic schedule
    /// (general formula of Kalshi's fee page: ⌈0.07 · C · P · (1 − P)⌉ to the cent).
    pub fn fee(&self, price: Price, qty: Qty, liquidity: Liquidity) -> Option<i64> {
        let rate = match liquidity {
            Liquidity::Maker => self.fees.maker,
            Liquidity::Taker => self.fees.taker,
        };
        if self.fees.kind == FeeKind::Quadratic
            && (Price::ZERO..=Price::ONE).contains(&price)
            && let Ok(rate) = u64::try_from(rate)
        {
            return usual_quadratic(price, qty, rate);
        }
        let rate = i128::from(rate);
        let scale = i128::from(SCALE);
        let nano = match self.fees.kind {
            FeeKind::Proportional => {
                let notional = self.value(price, qty)?.abs().raw();
                ceil_div(notional.checked_mul(rate)?, scale * scale)
            }
            FeeKind::PerContract => ceil_div(i128::from(qty.raw()).abs() * rate, scale),
            FeeKind::Quadratic => {
                let p = i128::from(price.raw());
                let spread = p.checked_mul(scale - p)?;
                let exact = spread.checked_mul(i128::from(qty.raw()).abs())?.checked_mul(rate)?;
                ceil_div(exact, CENT_IN_10_36TH.cast_signed()) * i128::from(CENT)
            }
        };
        i64::try_from(nano).ok()
    }
}

/// A cent in 10⁻⁹ of its currency.
const CENT: i64 = 10_000_000;
/// A cent in 10⁻³⁶: the unit of rate × quantity × p × (1 − p).
const CENT_IN_10_36TH: u128 = 10_u128.pow(34);

/// Quotient rounded towards plus infinity; the divisor is above zero.
fn ceil_div(value: i128, divisor: i128) -> i128 {
    // Rounded towards zero, and a division of 128 bits is a call: the rest is cheaper multiplied.
    let quotient = value / divisor;
    quotient + i128::from(value - quotient * divisor > 0)
}

/// The quadratic schedule for a probability and a rate that is no rebate, without a division of
/// 128 bits: strategies ask for it at every change of a book.
#[inline]
fn usual_quadratic(price: Price, qty: Qty, rate: u64) -> Option<i64> {
    let p = price.raw().unsigned_abs();
    // At most 10¹⁸ / 4.
    let spread = p * (Price::ONE.raw().unsigned_abs() - p);
    let exact = u128::from(spread) * u128::from(qty.raw().unsigned_abs());
    // As far as the general case reaches, so that no fee depends on which case it is.
    let exact = exact.checked_mul(u128::from(rate)).filter(|exact| *exact <= i128::MAX as u128)?;
    // The quotient of the upper halves, the divisor's rounded up, is never too large, and at
    // most one too small: its error is below (2⁶⁴ + h + 1) / h² for the divisor's upper half h.
    let mut cents = (exact >> 64) as u64 / ((CENT_IN_10_36TH >> 64) as u64 + 1);
    let mut rest = exact - u128::from(cents) * CENT_IN_10_36TH;
    if rest >= CENT_IN_10_36TH {
        cents += 1;
        rest -= CENT_IN_10_36TH;
    }
    cents += u64::from(rest > 0);
    i64::try_from(cents).ok()?.checked_mul(CENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_contract() -> Instrument {
        let id = InstrumentId(0);
        let symbol = Text::new("KXBTC15M-26MAY132030-30").unwrap();
        let mut contract = Instrument::new(id, symbol, InstrumentKind::BinaryEvent, Venue::Kalshi);
        contract.quote = Text::new("USD").unwrap();
        contract.tick = Price::from_raw(1_000_000);
        contract.lot = Qty::from_raw(10_000_000);
        contract.fees = Fees::new(FeeKind::Quadratic, 17_500_000, 70_000_000);
        contract
    }

    #[test]
    fn kalshi_fee_rounds_up_to_the_cent() {
        let contract = event_contract();
        let price = |text: &str| text.parse::<Price>().unwrap();
        // 0.07 · 100 · 0.5 · 0.5 = 1.75
        let fee = contract.fee(price("0.5"), Qty::from_int(100), Liquidity::Taker);
        assert_eq!(fee, Some(1_750_000_000));
        // 0.07 · 1 · 0.5 · 0.5 = 0.0175 → 0.02
        assert_eq!(contract.fee(price("0.5"), Qty::ONE, Liquidity::Taker), Some(20_000_000));
        // 0.07 · 1 · 0.01 · 0.99 = 0.000693 → 0.01
        assert_eq!(contract.fee(price("0.01"), Qty::ONE, Liquidity::Taker), Some(10_000_000));
        // 0.0175 · 100 · 0.5 · 0.5 = 0.4375 → 0.44
        let fee = contract.fee(price("0.5"), Qty::from_int(100), Liquidity::Maker);
        assert_eq!(fee, Some(440_000_000));
        // Selling costs what buying costs.
        let sold = contract.fee(price("0.5"), Qty::from_int(-1), Liquidity::Taker);
        assert_eq!(sold, Some(20_000_000));
    }

    /// The usual case is computed in a way of its own; it must be the same money.
    #[test]
    fn a_fee_without_long_divisions_is_the_same_fee() {
        let mut contract = event_contract();
        let reference = |price: Price, qty: Qty, rate: i64| {
            let (p, one) = (i128::from(price.raw()), i128::from(SCALE));
            let exact = (p * (one - p)).checked_mul(i128::from(qty.raw()))?;
            let exact = exact.checked_mul(i128::from(rate))?;
            let cent = 10_i128.pow(34);
            let cents = exact / cent + i128::from(exact % cent != 0);
            i64::try_from(cents * i128::from(CENT)).ok()
        };
        let rates = [0, 1, 17_500_000, 70_000_000, SCALE, 2 * SCALE, i64::MAX];
        let just_above = 4 * 10_i64.pow(16) + 1;
        let quantities = [1, 333_333_333, 400 * SCALE, just_above - 1, just_above, i64::MAX];
        // Prices and quantities of which the fee is a whole number of cents, and their neighbours.
        let prices = (0..=100).flat_map(|cent| [-1, 0, 1].map(|off| cent * CENT + off));
        let in_range = |raw: &i64| (0..=SCALE).contains(raw);
        for price in prices.filter(in_range).map(Price::from_raw) {
            for (rate, qty) in rates.iter().flat_map(|&rate| quantities.map(|qty| (rate, qty))) {
                contract.fees = Fees::new(FeeKind::Quadratic, rate, rate);
                let qty = Qty::from_raw(qty);
                let fee = contract.fee(price, qty, Liquidity::Taker);
                assert_eq!(fee, reference(price, qty, rate), "{price} {qty} {rate}");
            }
        }
    }

    #[test]
    fn event_prices_lie_strictly_between_zero_and_one() {
        let contract = event_contract();
        assert!(contract.check().is_ok());
        for (text, allowed) in [("0", false), ("0.001", true), ("0.999", true), ("1", false)] {
            assert_eq!(contract.allows(text.parse().unwrap()), allowed, "{text}");
        }
    }

    #[test]
    fn inverse_profit_is_paid_in_coin() {
        let symbol = Text::new("BTCUSD_PERP").unwrap();
        let mut perp = Instrument::new(
            InstrumentId(1),
            symbol,
            InstrumentKind::PerpInverse,
            Venue::BinanceCoinm,
        );
        perp.base = Text::new("BTC").unwrap();
        perp.quote = Text::new("USD").unwrap();
        perp.multiplier = Qty::from_int(100);
        perp.fees = Fees::new(FeeKind::Proportional, 0, 500_000);
        // Ten contracts of 100 USD, 50,000 → 62,500: 1000 · (1/50000 − 1/62500) = 0.004 BTC.
        let qty = Qty::from_int(10);
        let entry = perp.value(Price::from_int(50_000), qty).unwrap();
        let exit = perp.value(Price::from_int(62_500), qty).unwrap();
        assert_eq!(exit.checked_sub(entry).unwrap().to_string(), "0.004");
        assert_eq!(perp.currency().as_str(), "BTC");
        // 0.05 % of 0.02 BTC.
        assert_eq!(perp.fee(Price::from_int(50_000), qty, Liquidity::Taker), Some(10_000));
        assert_eq!(perp.value(Price::ZERO, qty), None);
    }

    #[test]
    fn a_rebate_is_rounded_against_us_too() {
        let mut coin = event_contract();
        coin.kind = InstrumentKind::CryptoSpot;
        coin.fees = Fees::new(FeeKind::Proportional, -1, 0);
        // −10⁻⁹ of 1.5 is −1.5 × 10⁻⁹: we are paid one unit, not two.
        let fee = coin.fee("1.5".parse().unwrap(), Qty::ONE, Liquidity::Maker);
        assert_eq!(fee, Some(-1));
    }
}
