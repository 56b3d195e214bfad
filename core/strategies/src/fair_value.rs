//! `fair-value`: buys what the model says is cheap, sells what it says is dear.
//!
//! Owns the comparison of the model's probability with the book of the live contract, and the size
//! by Kelly. An edge that an entry gate stops is an abstention. Must never decide on an old spot
//! price, inside a gap, or in the noise at the close.

use crate::gates::{self, Entry, Gates, Told};
use crate::instruments::{Contracts, is_sound};
use crate::memory;
use crate::orders::{
    Bound, Deal, Pace, Why, crossing_price, fee_per_unit, is_busy, is_price, kelly,
    least_taker_fee, whole_lots,
};
use crate::outlook::Outlook;
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::pricer::{self, Fair, Pricer};
use crate::rhythm::{is_recent, is_timer};
use royale_engine::{Book, Context, Level, Strategy};
use royale_model::{
    Event, EventKind, Feature, Instrument, InstrumentId, Liquidity, Nanos, Price, Qty, Reasons,
    Regime, Side,
};
use royale_quant::memory::{Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::number(
        "margin",
        0.03,
        (0.0, 1.0),
        "probability",
        "gate: enters only when model minus price minus fee is at least this",
    ),
    ParamSpec::number(
        "exit_margin",
        0.0,
        (-1.0, 1.0),
        "probability",
        "leaves a position when the price is better than the model by more than this, after fee",
    ),
    ParamSpec::switch("exits", true, "leaves early; false holds every position to settlement"),
    ParamSpec::number(
        "kelly_fraction",
        0.25,
        (0.0, 1.0),
        "share",
        "share of the Kelly stake that is put down",
    ),
    ParamSpec::number(
        "bankroll",
        100_000.0,
        (0.0, 1e9),
        "USD",
        "capital that the Kelly stake is a share of",
    ),
    ParamSpec::number(
        "budget",
        5_000.0,
        (0.0, 1e9),
        "USD",
        "most that can be lost on one contract: price × quantity, for a short (1 − price) × quantity",
    ),
    ParamSpec::number(
        "position_max",
        2_000.0,
        (0.0, 1e6),
        "contracts",
        "largest position, long or short",
    ),
    ParamSpec::number("order_max", 400.0, (0.0, 1e6), "contracts", "largest order"),
    ParamSpec::number("cooldown_s", 5.0, (0.0, 3600.0), "s", "least time between two orders"),
    ParamSpec::number(
        "close_min_s",
        30.0,
        (0.0, 3600.0),
        "s",
        "no order with less than this left to the close",
    ),
    ParamSpec::number("price_min", 0.05, (0.0, 1.0), "USD", "does not trade below this price"),
    ParamSpec::number("price_max", 0.95, (0.0, 1.0), "USD", "does not trade above this price"),
    gates::price_cap(),
    gates::vwap_sd_max(),
    gates::drift_window(),
    gates::drift_sd_max(),
    gates::spike_sd(),
    gates::spike_pause(),
    pricer::spot_age(),
    pricer::volatility_half_life(),
    pricer::volatility_floor(),
    pricer::basis(),
    pricer::averaging(),
];

/// See the card.
#[derive(Debug)]
pub struct FairValue {
    contracts: Contracts,
    pricer: Pricer,
    gates: Gates,
    /// The contract that is spoken of, and what was said of it.
    told: (InstrumentId, Told),
    pace: Pace,
    exit_margin: f64,
    exits: bool,
    kelly_fraction: f64,
    bankroll: f64,
    budget: f64,
    position_max: f64,
    order_max: f64,
    close_min_s: f64,
    price_min: f64,
    price_max: f64,
}

/// One side of the book against the model.
#[derive(Clone, Copy, Debug)]
struct Offer {
    side: Side,
    price: Price,
    available: Qty,
    /// Fee of one contract.
    fee: f64,
    /// Model minus price for a buy, price minus model for a sale, minus fee.
    edge: f64,
}

impl FairValue {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// No event contract, or parameters that contradict each other.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let (price_min, price_max) =
            (parameters.number("price_min"), parameters.number("price_max"));
        parameters.require("price_min", "below `price_max`", price_min < price_max)?;
        Ok(Self {
            contracts: Contracts::require(instruments, parameters)?,
            pricer: Pricer::new(parameters)?,
            pace: Pace::new(parameters.number("cooldown_s")),
            gates: Gates::new(parameters)?,
            told: (InstrumentId::NONE, Told::default()),
            exit_margin: parameters.number("exit_margin"),
            exits: parameters.switch("exits"),
            kelly_fraction: parameters.number("kelly_fraction"),
            bankroll: parameters.number("bankroll"),
            budget: parameters.number("budget"),
            position_max: parameters.number("position_max"),
            order_max: parameters.number("order_max"),
            close_min_s: parameters.number("close_min_s"),
            price_min,
            price_max,
        })
    }

    fn decide(&mut self, live: InstrumentId, context: &mut Context<'_>) {
        let now = context.now();
        let (Some(contract), Some(view)) = (context.instrument(live), context.market(live)) else {
            return;
        };
        if self.is_even(contract, &view.book, now) {
            return;
        }
        if !self.pace.may_exit(now) || !is_sound(context, live) || is_busy(context, live) {
            return;
        }
        if !is_sound(context, self.contracts.spot) || view.book.is_crossed() {
            return;
        }
        let Some(fair) = self.pricer.fair(contract, now) else { return };
        if fair.seconds_left < self.close_min_s {
            return;
        }
        let position = context.position(live).to_f64();
        for (side, level) in [(Side::Buy, view.book.best_ask()), (Side::Sell, view.book.best_bid())]
        {
            let reduces = position * side.sign() as f64;
            let least = if reduces < 0.0 { self.exit_margin } else { 0.0 };
            let offer = level.and_then(|level| self.offer(contract, &fair, side, level, least));
            let Some(offer) = offer else { continue };
            let (size, stopped) = if reduces < 0.0 {
                if !self.exits || offer.edge <= self.exit_margin {
                    continue;
                }
                (Size::new(-reduces, Feature::SIZE_CLOSE), None)
            } else {
                if offer.edge <= 0.0 || !self.pace.may_enter(now) {
                    continue;
                }
                let Some(readings) = self.gates.read(&offer.entry(), now, fair.volatility) else {
                    continue;
                };
                (self.stake(&offer, position.abs()), Some(readings))
            };
            let size = size
                .at_most(self.order_max, Feature::SIZE_ORDER)
                .at_most(offer.available.to_f64(), Feature::SIZE_BOOK);
            let Some(qty) = whole_lots(contract, size.qty) else { continue };
            let deal = Deal { instrument: live, side, qty, bound: size.bound };
            if let Some(readings) = &stopped {
                let failing = readings.failing();
                let is_news = self.told_of(live).is_news(side, failing);
                if failing != 0 {
                    // Explained when it is said, and that is once.
                    if is_news {
                        let why = Why { reasons: readings.reasons(), ..explain(&offer, &fair) };
                        context.abstain(&deal.up_to(offer.price, &why));
                    }
                    continue;
                }
            }
            let mut why = explain(&offer, &fair);
            if stopped.is_some() {
                let share = kelly(offer.edge, offer.cost());
                why.reasons = why.reasons.because(Feature::SIZE_KELLY, share, 0.0);
            }
            if context.submit(&deal.up_to(offer.price, &why)).is_some() {
                self.pace.went(now);
            }
            return;
        }
    }

    /// True when neither side of the book can have an edge, whatever the value is within its bounds:
    /// then there is nothing to decide, nor to say. Nearly always so, and much less work than to know
    /// the value.
    fn is_even(&self, contract: &Instrument, book: &Book, now: Nanos) -> bool {
        let value = self.pricer.outlook(contract.id, now);
        value.is_some_and(|value| self.nothing_pays(contract, book, value))
    }

    fn nothing_pays(&self, contract: &Instrument, book: &Book, value: &Outlook) -> bool {
        // A position may be left for less than another is entered for.
        let least = self.exit_margin.min(0.0);
        // An offer lies less than a tick behind the touch.
        let tick = contract.tick.to_f64();
        let (low, high) = (self.price_min - tick, self.price_max + tick);
        let pays = |side, level: Option<Level>| {
            level.is_some_and(|level| {
                (low..=high).contains(&level.price.to_f64())
                    && may_pay(contract, value, side, level.price, least)
            })
        };
        !pays(Side::Buy, book.best_ask()) && !pays(Side::Sell, book.best_bid())
    }

    /// What was said of this contract; nothing when it was another that we spoke of.
    fn told_of(&mut self, contract: InstrumentId) -> &mut Told {
        if self.told.0 != contract {
            self.told = (contract, Told::default());
        }
        &mut self.told.1
    }

    /// A level of the book as an offer; `None` where its price is out of range, or its edge is not
    /// above `least` even before the fee.
    fn offer(
        &self,
        contract: &Instrument,
        fair: &Fair,
        side: Side,
        level: Level,
        least: f64,
    ) -> Option<Offer> {
        let price = crossing_price(contract, side, level.price)?;
        let dollars = price.to_f64();
        if !(self.price_min..=self.price_max).contains(&dollars) {
            return None;
        }
        let before_fee = (fair.probability - dollars) * side.sign() as f64;
        if before_fee <= least && contract.fees.taker >= 0 {
            return None;
        }
        let most = whole_lots(contract, self.order_max.min(level.qty.to_f64()))?;
        let fee = fee_per_unit(contract, price, most, Liquidity::Taker)?;
        let edge = before_fee - fee;
        Some(Offer { side, price, available: level.qty, fee, edge })
    }

    /// Contracts by Kelly; a sale of yes at b is a purchase of no at 1 − b.
    fn stake(&self, offer: &Offer, held: f64) -> Size {
        let cost = offer.cost();
        let wanted = self.kelly_fraction * kelly(offer.edge, cost) * self.bankroll / cost;
        let position = Size::new(wanted, Feature::SIZE_STAKE)
            .at_most(self.budget / cost, Feature::SIZE_BUDGET)
            .at_most(self.position_max, Feature::SIZE_POSITION);
        // What is held counts: Kelly names the whole position, not one more order.
        Size { qty: position.qty - held, ..position }
    }
}

/// False where an offer at a touch has no edge above `least`, whatever the value is within its bounds
/// and however much is taken: a worse price than the touch has less.
fn may_pay(contract: &Instrument, value: &Outlook, side: Side, touch: Price, least: f64) -> bool {
    let price = touch.to_f64();
    let before_fee = match side {
        Side::Buy => value.high - price,
        Side::Sell => price - value.low,
    };
    least_taker_fee(contract, price).is_none_or(|fee| before_fee - fee > least)
}

/// A quantity on its way through the caps, and the last that made it smaller.
#[derive(Clone, Copy, Debug)]
struct Size {
    qty: f64,
    bound: Bound,
}

impl Size {
    fn new(qty: f64, by: Feature) -> Self {
        Self { qty, bound: Bound::new(by, qty) }
    }
    fn at_most(self, most: f64, by: Feature) -> Self {
        if most < self.qty { Self::new(most, by) } else { self }
    }
}

impl Offer {
    /// What one contract of the side that is bought costs, with its fee.
    fn cost(&self) -> f64 {
        let price = self.price.to_f64();
        self.fee + if self.side == Side::Buy { price } else { 1.0 - price }
    }
    /// The same for the gates: a sale of yes is a purchase of no.
    fn entry(&self) -> Entry {
        let price = match self.side {
            Side::Buy => self.price,
            Side::Sell => Price::ONE.saturating_sub(self.price),
        };
        Entry { side: self.side, edge: self.edge, price }
    }
}

/// Edge in probability: what the model adds to an even bet, what the market takes off, the fee.
fn explain(offer: &Offer, fair: &Fair) -> Why {
    let sign = offer.side.sign() as f64;
    let price = offer.price.to_f64();
    let confidence = match offer.side {
        Side::Buy => fair.probability,
        Side::Sell => 1.0 - fair.probability,
    };
    let reasons = Reasons::new()
        .because(Feature::FAIR_VALUE, fair.probability, (fair.probability - 0.5) * sign)
        .because(Feature::MARKET_PRICE, price, (0.5 - price) * sign)
        .because(Feature::COST, offer.fee, -offer.fee)
        .because(Feature::MONEYNESS, fair.moneyness(), 0.0)
        .because(Feature::TIME_LEFT, fair.seconds_left, 0.0)
        .because(Feature::VOLATILITY, fair.volatility, 0.0);
    Why { confidence, regime: Regime::Unknown, reasons }
}

impl Memory for FairValue {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.pricer.pass(through)?;
        self.gates.pass(through)?;
        memory::instrument(through, &mut self.told.0)?;
        self.told.1.pass(through)?;
        self.pace.pass(through)
    }
}

impl Strategy for FairValue {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let spot = self.contracts.spot;
        if event.instrument() == spot && event.kind() == EventKind::Gap {
            self.pricer.reset();
            self.gates.reset();
        }
        let is_timer = is_timer(event);
        if !is_timer && !is_price(event) {
            return;
        }
        let Some(live) = self.contracts.live(context) else { return };
        if is_timer && !is_recent(context, spot, self.pricer.spot_age_max()) {
            return;
        }
        if is_timer || event.instrument() == spot {
            let price = context.market(spot).and_then(|view| view.mid());
            let Some(price) = price.filter(|price| price.is_positive() && is_sound(context, spot))
            else {
                return;
            };
            self.gates.on_spot(context.now(), price, self.pricer.volatility());
            self.pricer.on_spot(context.now(), price.to_f64(), context.instrument(live));
        } else if event.instrument() != live {
            return;
        }
        self.decide(live, context);
    }
}

#[cfg(test)]
mod tests;
