//! A decision with its reasons: what a strategy wants, how sure it is, and why.
//!
//! Three cache lines: one for the wish, two for up to eight attributions. Contributions are
//! integers (10⁻⁹ of score), so that they add up to the score exactly, not nearly.

use crate::book_side::Side;
use crate::ids::{InstrumentId, OrderId, Seq, SlotId};
use crate::order::{OrdType, TimeInForce};
use crate::regime::{Regime, RegimeOdds};
use crate::units::{Nanos, Price, Qty};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Attributions that a decision can carry.
pub const MAX_ATTRIBUTIONS: usize = 8;

/// What a strategy asks for.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum Action {
    /// A new order.
    Submit = 1,
    /// Cancel `order`.
    Cancel = 2,
    /// A signal was there, and the strategy's own entry gates said no: nothing is asked for. Price
    /// and quantity say what it would have done; it names no order and gets no verdict.
    Abstain = 3,
}

impl Action {
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Abstain => "abstain",
        }
    }
}

/// A named input of a decision. The numbers are stored, so they never change their meaning.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Feature(pub u16);

macro_rules! features {
    ($($(#[$doc:meta])* $constant:ident = $number:literal, $name:literal;)*) => {
        impl Feature {
            $($(#[$doc])* pub const $constant: Self = Self($number);)*

            /// Name with unit, for sentences and tables; `feature` for an unknown number.
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($number => $name,)*
                    _ => "feature",
                }
            }
            /// False for a number that names nothing.
            pub const fn is_known(self) -> bool {
                match self.0 {
                    $($number => true,)*
                    _ => false,
                }
            }
        }
    };
}

features! {
    /// Model probability minus the price to pay, after fees.
    EDGE = 1, "edge after fees";
    /// Model probability.
    FAIR_VALUE = 2, "fair value";
    /// Price of the market.
    MARKET_PRICE = 3, "market price";
    /// Distance of spot from strike in standard deviations to expiry.
    MONEYNESS = 4, "moneyness (sd)";
    /// Seconds to expiry.
    TIME_LEFT = 5, "time left (s)";
    /// Volatility per square root of a second.
    VOLATILITY = 6, "volatility (per √s)";
    /// Change of the odds over the window.
    ODDS_SHIFT = 7, "odds shift";
    /// Level of the odds.
    ODDS_LEVEL = 8, "odds level";
    /// Position that is held.
    INVENTORY = 9, "inventory";
    /// Price at which one more contract is indifferent.
    RESERVATION_PRICE = 10, "reservation price";
    /// Half the spread that is quoted.
    HALF_SPREAD = 11, "half spread";
    /// Fast minus slow average, in standard deviations.
    TREND = 12, "trend (sd)";
    /// Distance from the mean in standard deviations.
    Z_SCORE = 13, "z-score";
    /// Relative strength index, 0 to 100.
    RSI = 14, "RSI";
    /// (bid − ask) / (bid + ask) quantity.
    IMBALANCE = 15, "book imbalance";
    /// Signed change of the best quotes' quantity.
    ORDER_FLOW = 16, "order flow";
    /// Gain or loss of the position that is held, in standard deviations or price.
    OPEN_PROFIT = 17, "open profit";
    /// Seconds since the position was opened.
    HOLDING_TIME = 18, "holding time (s)";
    /// Cost of crossing: half spread and fee.
    COST = 19, "cost to trade";
    /// Width of the quoted market.
    SPREAD = 20, "spread";
    /// Momentum of the underlying.
    MOMENTUM = 21, "momentum";
    /// A rule that fired without a score of its own.
    RULE = 22, "rule";
    /// Entry gate: model minus price after fees, against the margin.
    GATE_EDGE = 23, "gate: edge after fees (USD)";
    /// Entry gate: what the side taken costs, against the cap.
    GATE_PRICE_CAP = 24, "gate: entry price (USD)";
    /// Entry gate: distance of the underlying from its session average, either way.
    GATE_VWAP = 25, "gate: spot from session average (sd)";
    /// Entry gate: drift of the underlying against the intended side; negative when it helps.
    GATE_DRIFT = 26, "gate: drift against the side (sd)";
    /// Entry gate: what is left of the pause after a spike of the underlying.
    GATE_SPIKE = 27, "gate: pause after a spike (s)";
    /// The limit of the first gate that failed, in that gate's unit.
    GATE_LIMIT = 28, "limit of the first gate that failed";
    /// Size: the Kelly stake after fees, as a share of the bankroll, of which a fraction is put down.
    SIZE_KELLY = 29, "size: Kelly stake (share of the bankroll)";
    /// Size: the position that the fraction of the Kelly stake names.
    SIZE_STAKE = 30, "size: position by the fraction of Kelly";
    /// Size: the money that is put down, where that bounds it; for a Kelly stake the position that the
    /// money pays for.
    SIZE_BUDGET = 31, "size: bound by the budget";
    /// Size: the largest position, where that bounds it.
    SIZE_POSITION = 32, "size: bound by the largest position";
    /// Size: the largest order, where that bounds it.
    SIZE_ORDER = 33, "size: bound by the largest order";
    /// Size: what the book offers at the price, where that bounds it.
    SIZE_BOOK = 34, "size: bound by what is offered";
    /// Size: the position that is closed.
    SIZE_CLOSE = 35, "size: what is held";
}

impl Feature {
    /// True for an entry gate's reading: with a negative share it is a gate that failed.
    pub const fn is_gate(self) -> bool {
        Self::GATE_EDGE.0 <= self.0 && self.0 <= Self::GATE_SPIKE.0
    }
    /// True for a step on the way to the quantity: it has no part in the score.
    pub const fn is_size(self) -> bool {
        Self::SIZE_KELLY.0 <= self.0 && self.0 <= Self::SIZE_CLOSE.0
    }
}

/// One reason: which input, its value, and how much of the score it makes.
#[derive(Clone, Copy, PartialEq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Attribution {
    /// Share of the score in 10⁻⁹; the shares of a decision add up to its score.
    pub contribution: i64,
    /// What the input was, for people.
    pub value: f32,
    /// Which input.
    pub feature: Feature,
    _pad: [u8; 2],
}

impl Attribution {
    const NONE: Self = Self { contribution: 0, value: 0.0, feature: Feature(0), _pad: [0; 2] };
}

/// Collects the reasons of a decision; the score is their sum, by construction.
///
/// ```
/// use royale_model::{Feature, Reasons};
/// let reasons = Reasons::new().because(Feature::EDGE, 0.04, 0.04).because(Feature::COST, 0.01, -0.01);
/// assert_eq!(reasons.score(), 30_000_000);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reasons {
    list: [Attribution; MAX_ATTRIBUTIONS],
    len: usize,
    score: i64,
}

impl Default for Reasons {
    fn default() -> Self {
        Self::new()
    }
}

impl Reasons {
    /// No reason yet.
    #[inline]
    pub fn new() -> Self {
        Self { list: [Attribution::NONE; MAX_ATTRIBUTIONS], len: 0, score: 0 }
    }
    /// Adds a reason: `value` is what was seen, `contribution` its signed share of the score.
    /// A ninth reason is added to the last one's share, so that the sum stays true.
    /// A contribution that is not finite counts as 0, and so does a value: one bad number in a
    /// strategy must not make a record that no reader accepts.
    #[inline]
    #[must_use]
    pub fn because(mut self, feature: Feature, value: f64, contribution: f64) -> Self {
        let nano = contribution * 1e9;
        let share = if nano.is_finite() { nano.clamp(-1e18, 1e18) as i64 } else { 0 };
        if self.len < MAX_ATTRIBUTIONS {
            let seen = value as f32;
            let value = if seen.is_finite() { seen } else { 0.0 };
            self.list[self.len] = Attribution { contribution: share, value, feature, _pad: [0; 2] };
            self.len += 1;
        } else {
            let last = &mut self.list[MAX_ATTRIBUTIONS - 1];
            last.contribution = last.contribution.saturating_add(share);
        }
        self.score = self.list.iter().fold(0_i64, |sum, a| sum.saturating_add(a.contribution));
        self
    }
    /// The sum of all contributions, in 10⁻⁹.
    #[inline]
    pub fn score(&self) -> i64 {
        self.score
    }
}

/// What a strategy wants, and why.
#[derive(Clone, Copy, PartialEq, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Decision {
    /// The event that it answers.
    pub seq: Seq,
    /// Its time.
    pub time: Nanos,
    /// The id that the new order gets, or the order to cancel (shadow account); none to abstain.
    pub order: OrderId,
    /// Limit price; for a market order 0.
    pub price: Price,
    /// Quantity for the shadow account; the house trades its share of it.
    pub qty: Qty,
    /// Sum of the attributions, in 10⁻⁹.
    pub score: i64,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Who decided.
    pub slot: SlotId,
    /// How sure, in basis points of probability, 0 to 10,000.
    pub confidence_bp: u16,
    /// Submit, cancel or abstain.
    pub action: Action,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// The market's state as the strategy itself sees it.
    pub regime: Regime,
    attribution_count: u8,
    /// The market's state as the house was last told.
    pub house_regime: RegimeOdds,
    attributions: [Attribution; MAX_ATTRIBUTIONS],
}

const _: () = assert!(size_of::<Decision>() == 192);

impl Decision {
    /// A decision without order yet: the slot's context fills in the rest.
    pub fn new(
        seq: Seq,
        time: Nanos,
        slot: SlotId,
        instrument: InstrumentId,
        action: Action,
        reasons: &Reasons,
    ) -> Self {
        Self {
            seq,
            time,
            order: OrderId::NONE,
            price: Price::ZERO,
            qty: Qty::ZERO,
            score: reasons.score,
            instrument,
            slot,
            confidence_bp: 0,
            action,
            side: Side::Buy,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillCancel,
            regime: Regime::Unknown,
            attribution_count: u8::try_from(reasons.len).unwrap_or(0),
            house_regime: RegimeOdds::UNKNOWN,
            attributions: reasons.list,
        }
    }

    /// Its reasons, in the order in which they were given.
    #[inline]
    pub fn attributions(&self) -> &[Attribution] {
        &self.attributions[..usize::from(self.attribution_count).min(MAX_ATTRIBUTIONS)]
    }

    /// Checks what foreign bytes or a foreign strategy could get wrong.
    ///
    /// # Errors
    /// Names the part that is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        if usize::from(self.attribution_count) > MAX_ATTRIBUTIONS {
            return Err("more than eight attributions");
        }
        let mut sum = 0_i64;
        for reason in self.attributions() {
            if !reason.value.is_finite() {
                return Err("attribution value is not finite");
            }
            sum = sum.saturating_add(reason.contribution);
        }
        if sum != self.score {
            return Err("attributions do not add up to the score");
        }
        if self.confidence_bp > 10_000 {
            return Err("confidence above 10,000 basis points");
        }
        if !self.house_regime.is_sound() {
            return Err("a regime with a probability above one");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_add_up_even_past_eight() {
        let mut reasons = Reasons::new();
        for n in 0..11 {
            reasons = reasons.because(Feature::RULE, f64::from(n), 0.1 * f64::from(n));
        }
        reasons = reasons.because(Feature::RULE, 1.0, f64::NAN);
        let decision =
            Decision::new(1, Nanos::ZERO, SlotId(0), InstrumentId(0), Action::Submit, &reasons);
        assert_eq!(decision.attributions().len(), MAX_ATTRIBUTIONS);
        assert_eq!(decision.check(), Ok(()));
        assert!((decision.score - 5_500_000_000).abs() < 20);
    }

    #[test]
    fn a_value_that_is_no_number_leaves_a_decision_that_readers_accept() {
        let mut reasons = Reasons::new();
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            reasons = reasons.because(Feature::RULE, value, 0.5);
        }
        let decision =
            Decision::new(1, Nanos::ZERO, SlotId(0), InstrumentId(0), Action::Abstain, &reasons);
        assert_eq!(decision.check(), Ok(()));
        assert!(decision.attributions().iter().all(|reason| reason.value == 0.0));
        assert_eq!(decision.score, 2_000_000_000);
    }

    #[test]
    fn a_decision_with_a_false_sum_is_caught() {
        let reasons = Reasons::new().because(Feature::EDGE, 1.0, 1.0);
        let mut decision =
            Decision::new(1, Nanos::ZERO, SlotId(0), InstrumentId(0), Action::Submit, &reasons);
        decision.score += 1;
        assert!(decision.check().is_err());
    }
}
