//! A pair of quotes with its reasons, and how far prints reach.
//!
//! Owns what is derived from the model's answer: the places on the grid, the score, and k.

use crate::orders::Why;
use royale_model::{Feature, Instrument, Price, Quote, Reasons, Regime, Side};
use royale_quant::avellaneda::Quotes;
use royale_quant::ewma::TimeEwma;
use royale_quant::memory::{Memory, Passage};

/// Prints needed before the estimate of k counts, and their half-life in seconds.
const PRINTS_MIN: f64 = 20.0;
const PRINTS_HALF_LIFE_S: f64 = 300.0;

/// Where to quote, and what that is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Price to bid; `None` where that side is not quoted.
    pub(crate) bid: Option<Price>,
    /// Price to ask.
    pub(crate) ask: Option<Price>,
    /// What the contract is worth.
    pub(crate) anchor: f64,
    /// What it is worth to this maker.
    pub(crate) reservation: f64,
    /// The model's half spread.
    pub(crate) half_spread: f64,
    /// The maker's fee of a contract.
    pub(crate) fee: f64,
    /// Contracts held.
    pub(crate) inventory: f64,
}

/// The prices of two quotes: rounded away from the anchor, not nearer to it than `least`, and at
/// least one tick short of crossing.
pub(crate) fn on_grid(
    quotes: &Quotes,
    (anchor, least): (f64, f64),
    book: &Quote,
    contract: &Instrument,
) -> Option<(Price, Price)> {
    let tick = contract.tick;
    let bid = Price::from_f64_on_grid(quotes.bid.min(anchor - least), tick)?
        .min(book.ask.saturating_sub(tick).floor_to(tick));
    let ask = Price::from_f64_on_grid(quotes.ask.max(anchor + least), Price::from_raw(1))?
        .max(book.bid.saturating_add(tick))
        .ceil_to(tick);
    Some((bid, ask))
}

/// Score in USD a contract: what a fill earns against the anchor, after the maker's fee.
pub(crate) fn explain(plan: &Plan, side: Side, price: Price) -> Why {
    let sign = side.sign() as f64;
    let distance = (plan.anchor - price.to_f64()) * sign;
    let skew = (plan.anchor - plan.reservation) * sign;
    let reasons = Reasons::new()
        .because(Feature::HALF_SPREAD, plan.half_spread, plan.half_spread)
        .because(Feature::INVENTORY, plan.inventory, skew)
        .because(Feature::COST, plan.fee, -plan.fee)
        // The grid, the fee floor and the other side of the book move a quote away, never nearer.
        .because(Feature::RULE, 1.0, distance - plan.half_spread - skew)
        .because(Feature::FAIR_VALUE, plan.anchor, 0.0)
        .because(Feature::RESERVATION_PRICE, plan.reservation, 0.0);
    let confidence = if distance > 0.0 { 1.0 - plan.fee / distance } else { 0.0 };
    Why { confidence, regime: Regime::Unknown, reasons }
}

/// How far from the mid prints happen; the inverse of its mean is k.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach(TimeEwma);

impl Reach {
    /// No print yet.
    pub(crate) fn new() -> Option<Self> {
        TimeEwma::new(PRINTS_HALF_LIFE_S).ok().map(Self)
    }
    /// Takes a print.
    pub(crate) fn update(&mut self, now_ns: i64, print: Price, mid: Price) {
        let distance = print.saturating_sub(mid).abs().to_f64();
        self.0.update(now_ns.max(0).unsigned_abs(), distance);
    }
    /// The estimate within a tenth and ten times `configured`; that itself while prints are few.
    pub(crate) fn k(&self, now_ns: i64, configured: f64) -> f64 {
        let enough = self.0.weight_at(now_ns.max(0).unsigned_abs()) >= PRINTS_MIN;
        match self.0.mean().filter(|mean| enough && *mean > 0.0) {
            Some(mean) => (1.0 / mean).clamp(0.1 * configured, 10.0 * configured),
            None => configured,
        }
    }
}

impl Memory for Reach {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.0.pass(through)
    }
}
