//! A fill, and the position that fills add up to: average cost, exact to the last unit.

use crate::book_side::Side;
use crate::ids::OrderId;
use crate::instrument::{Instrument, Liquidity};
use crate::units::{Notional, Price, Qty};

/// One execution of one order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fill {
    /// Which order.
    pub order: OrderId,
    /// Its side.
    pub side: Side,
    /// At which price.
    pub price: Price,
    /// How much, above zero.
    pub qty: Qty,
    /// Fee in 10⁻⁹ of the instrument's currency.
    pub fee: i64,
    /// Gave or took liquidity.
    pub liquidity: Liquidity,
}

/// What is held of one instrument, and what it cost.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Position {
    /// Signed quantity.
    pub qty: Qty,
    /// Signed value at which the open quantity was entered ([`Instrument::value`]).
    pub cost: Notional,
    /// Profit of what was closed, before fees.
    pub realised: Notional,
}

impl Position {
    /// Books `qty` (signed) at `price`. Returns the value that changed hands and the profit that
    /// became real; `None`, with nothing changed, when the numbers leave their range.
    ///
    /// Average cost: closing a part takes its share of the cost, rounded towards zero; what rounding
    /// leaves stays in the cost, so nothing is ever lost:
    /// value paid = change of cost − profit realised, exactly.
    pub fn book(
        &mut self,
        instrument: &Instrument,
        price: Price,
        qty: Qty,
    ) -> Option<(Notional, Notional)> {
        let value = instrument.value(price, qty)?;
        let held = self.qty.raw();
        let closing = if held.signum() * qty.raw().signum() < 0 {
            Qty::from_raw(held.abs().min(qty.raw().checked_abs()?).checked_mul(qty.raw().signum())?)
        } else {
            Qty::ZERO
        };
        let (closed_value, released) = if closing.is_zero() {
            (Notional::ZERO, Notional::ZERO)
        } else if closing.raw() == -held {
            (instrument.value(price, closing)?, self.cost)
        } else {
            let share = self.cost.mul_div(closing.raw().checked_abs()?, held.checked_abs()?)?;
            (instrument.value(price, closing)?, share)
        };
        let opened_value = value.checked_sub(closed_value)?;
        let realised = (-closed_value).checked_sub(released)?;
        let next = Self {
            qty: self.qty.checked_add(qty)?,
            cost: self.cost.checked_add(opened_value)?.checked_sub(released)?,
            realised: self.realised.checked_add(realised)?,
        };
        *self = next;
        Some((value, realised))
    }

    /// Profit that would become real at `mark`; `None` out of range.
    pub fn unrealised(&self, instrument: &Instrument, mark: Price) -> Option<Notional> {
        instrument.value(mark, self.qty)?.checked_sub(self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{InstrumentId, Venue};
    use crate::instrument::InstrumentKind;
    use crate::text::Text;

    fn spot() -> Instrument {
        let symbol = Text::new("BTC-USD").unwrap();
        let mut spot =
            Instrument::new(InstrumentId(0), symbol, InstrumentKind::CryptoSpot, Venue::Coinbase);
        spot.quote = Text::new("USD").unwrap();
        spot
    }

    #[test]
    fn reversing_realises_the_old_and_opens_the_rest() {
        let spot = spot();
        let mut position = Position::default();
        let (price, qty) = (Price::from_int, Qty::from_int);
        position.book(&spot, price(100), qty(2)).unwrap();
        position.book(&spot, price(110), qty(2)).unwrap();
        let (value, realised) = position.book(&spot, price(120), qty(-6)).unwrap();
        assert_eq!(value, Notional::from_int(-720));
        assert_eq!(realised, Notional::from_int(60), "4 × (120 − 105)");
        assert_eq!(position.qty, qty(-2));
        assert_eq!(position.cost, Notional::from_int(-240));
        assert_eq!(position.unrealised(&spot, price(110)), Some(Notional::from_int(20)));
    }

    #[test]
    fn rounding_of_average_cost_loses_nothing() {
        let spot = spot();
        let mut position = Position::default();
        let third: Price = "0.333333333".parse().unwrap();
        let mut paid = Notional::ZERO;
        let unit = Qty::from_raw(1);
        for (price, qty) in [(third, Qty::from_raw(7)), (Price::from_raw(5), unit)] {
            paid = paid.checked_add(position.book(&spot, price, qty).unwrap().0).unwrap();
        }
        for _ in 0..8 {
            let (value, _) = position.book(&spot, third, -unit).unwrap();
            paid = paid.checked_add(value).unwrap();
            let balance = position.cost.checked_sub(position.realised).unwrap();
            assert_eq!(paid, balance, "what was paid is cost or loss");
        }
        assert_eq!((position.qty, position.cost), (Qty::ZERO, Notional::ZERO));
    }

    #[test]
    fn out_of_range_changes_nothing() {
        let spot = spot();
        let mut position = Position { qty: Qty::MAX, ..Position::default() };
        let before = position;
        assert_eq!(position.book(&spot, Price::ONE, Qty::ONE), None);
        assert_eq!(position, before);
    }
}
