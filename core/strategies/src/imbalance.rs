//! `imbalance`: takes the book when more is bid than asked and that is worth more than it costs.
//!
//! Owns the signal (depth and order flow), what a unit of it has been worth lately, and the short
//! position that follows. Must never trade when the expected move does not pay spread and fees.

use crate::impact::Impact;
use crate::instruments::{Contracts, is_sound, named, seconds_left};
use crate::memory::{self, moment};
use crate::orders::{
    Bound, Deal, Pace, Why, closing, crossing_price, fee_per_unit, is_busy, is_price, qty_worth,
    span, whole_lots,
};
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::pressure::{Pressure, Signal};
use royale_engine::{Context, Strategy};
use royale_model::{
    Event, EventKind, Feature, Instrument, InstrumentId, InstrumentKind, Liquidity, Nanos, Qty,
    Quote, Reasons, Regime, Side,
};
use royale_quant::memory::{Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::text(
        "symbol",
        "",
        "what to trade; empty: the live event contract, else the first instrument",
    )
    .remembered(),
    ParamSpec::number("levels", 5.0, (1.0, 10.0), "levels", "depth of the book that counts")
        .remembered(),
    ParamSpec::number("decay", 0.5, (0.0, 1.0), "share", "weight of a level against the one above")
        .remembered(),
    ParamSpec::number(
        "book_weight",
        0.5,
        (0.0, 1.0),
        "share",
        "weight of the book in the signal; the rest is order flow",
    )
    .remembered(),
    ParamSpec::number("flow_half_life_s", 5.0, (0.5, 600.0), "s", "memory of the order flow")
        .remembered(),
    ParamSpec::number(
        "horizon_s",
        10.0,
        (1.0, 600.0),
        "s",
        "time over which the signal is held against the move that follows",
    )
    .remembered(),
    ParamSpec::number("learn_half_life_s", 300.0, (10.0, 86_400.0), "s", "memory of that worth")
        .remembered(),
    ParamSpec::number(
        "prior_weight",
        60.0,
        (0.0, 1e6),
        "samples",
        "weight of the prior that a full signal is worth half the spread",
    ),
    ParamSpec::number("signal_min", 0.3, (0.0, 1.0), "share", "ignores weaker signals"),
    ParamSpec::number(
        "margin",
        0.0,
        (0.0, 1e9),
        "USD",
        "least gain expected of a unit after spread and fees both ways",
    ),
    ParamSpec::number("hold_s", 10.0, (0.5, 3600.0), "s", "leaves after this time"),
    ParamSpec::number("order_max", 400.0, (0.0, 1e6), "contracts", "order in event contracts"),
    ParamSpec::number("order_notional", 5_000.0, (0.0, 1e9), "USD", "order elsewhere"),
    ParamSpec::number("cooldown_s", 5.0, (0.0, 3600.0), "s", "least time between two entries"),
    ParamSpec::number("close_min_s", 60.0, (0.0, 3600.0), "s", "is flat before the close"),
];

/// See the card.
#[derive(Debug)]
pub struct Imbalance {
    target: Target,
    instrument: InstrumentId,
    pressure: Pressure,
    impact: Impact,
    pace: Pace,
    opened: Nanos,
    signal_min: f64,
    margin: f64,
    hold: Nanos,
    order_max: f64,
    order_notional: f64,
    close_min_s: f64,
}

/// What is traded.
#[derive(Clone, Debug)]
enum Target {
    /// The contract that lives.
    Live(Contracts),
    /// One instrument for the whole run.
    Fixed(InstrumentId),
}

impl Imbalance {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// An unknown symbol, or an empty table.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let symbol = parameters.text("symbol");
        let target = match Contracts::find(instruments) {
            Some(contracts) if symbol.is_empty() => Target::Live(contracts),
            None if symbol.is_empty() => {
                Target::Fixed(crate::instruments::price_source(instruments, parameters)?)
            }
            _ => Target::Fixed(named(instruments, parameters, symbol)?),
        };
        let refuse = |error: royale_quant::ParameterError| BuildError::Contradiction {
            strategy: parameters.strategy(),
            parameter: error.parameter,
            requirement: error.requirement,
        };
        let impact = Impact::new(
            parameters.number("horizon_s") as u32,
            parameters.number("learn_half_life_s"),
            parameters.number("prior_weight"),
        );
        Ok(Self {
            target,
            instrument: InstrumentId::NONE,
            pressure: Pressure::new(parameters).map_err(refuse)?,
            impact: impact.map_err(refuse)?,
            pace: Pace::new(parameters.number("cooldown_s")),
            opened: Nanos::MIN,
            signal_min: parameters.number("signal_min"),
            margin: parameters.number("margin"),
            hold: span(parameters.number("hold_s")),
            order_max: parameters.number("order_max"),
            order_notional: parameters.number("order_notional"),
            close_min_s: parameters.number("close_min_s"),
        })
    }

    fn reset(&mut self) {
        self.pressure.reset();
        self.impact.reset();
    }

    fn enter(&mut self, signal: &Signal, quote: &Quote, context: &mut Context<'_>) {
        let now = context.now();
        let Some(instrument) = context.instrument(self.instrument) else { return };
        if signal.sum.abs() < self.signal_min || !self.pace.may_enter(now) {
            return;
        }
        // There has to be time left to hold and to leave.
        if seconds_left(instrument, now) < self.close_min_s + self.hold.as_secs_f64() {
            return;
        }
        let side = if signal.sum > 0.0 { Side::Buy } else { Side::Sell };
        let (touch, available) = match side {
            Side::Buy => (quote.ask, quote.ask_qty),
            Side::Sell => (quote.bid, quote.bid_qty),
        };
        let spread = quote.ask.saturating_sub(quote.bid).to_f64();
        let worth = self.impact.worth(0.5 * spread);
        let before_fees = worth * signal.sum.abs() - spread;
        // Where fees are no rebates, most signals end here.
        if before_fees <= self.margin && instrument.fees.taker >= 0 {
            return;
        }
        let Some(price) = crossing_price(instrument, side, touch) else { return };
        let (wanted, bound) = match instrument.kind {
            InstrumentKind::BinaryEvent => (
                whole_lots(instrument, self.order_max),
                Bound::new(Feature::SIZE_ORDER, self.order_max),
            ),
            _ => (
                qty_worth(instrument, price, self.order_notional),
                Bound::new(Feature::SIZE_BUDGET, self.order_notional),
            ),
        };
        let Some(wanted) = wanted else { return };
        let qty = wanted.min(available.floor_to(instrument.lot));
        let is_all = qty < wanted;
        let bound = if is_all { Bound::new(Feature::SIZE_BOOK, available.to_f64()) } else { bound };
        let Some(fee) = fee_per_unit(instrument, price, qty, Liquidity::Taker) else { return };
        if before_fees - 2.0 * fee <= self.margin {
            return;
        }
        let why = self.explain(signal, side, worth, (spread, fee));
        let deal = Deal { instrument: self.instrument, side, qty, bound };
        if context.submit(&deal.up_to(price, &why)).is_some() {
            self.pace.went(now);
            self.opened = now;
        }
    }

    fn leave(&mut self, signal: &Signal, quote: &Quote, position: Qty, context: &mut Context<'_>) {
        let now = context.now();
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let sign = if position.is_positive() { 1.0 } else { -1.0 };
        let held = now.since(self.opened);
        let turned = signal.sum * sign <= -self.signal_min;
        let closes = seconds_left(instrument, now) < self.close_min_s;
        if !(held >= self.hold || turned || closes) || !self.pace.may_exit(now) {
            return;
        }
        let Some(deal) = closing(instrument, position) else { return };
        let touch = if deal.side == Side::Buy { quote.ask } else { quote.bid };
        let Some(price) = crossing_price(instrument, deal.side, touch) else { return };
        let reasons = Reasons::new().because(Feature::IMBALANCE, signal.sum, 0.0).because(
            Feature::HOLDING_TIME,
            held.as_secs_f64(),
            0.0,
        );
        let why = Why { confidence: 1.0, regime: Regime::Unknown, reasons };
        if context.submit(&deal.up_to(price, &why)).is_some() {
            self.pace.went(now);
        }
    }

    /// Score in the price's currency a unit: the expected move less spread and both fees.
    fn explain(&self, signal: &Signal, side: Side, worth: f64, cost: (f64, f64)) -> Why {
        let sign = side.sign() as f64;
        let (spread, fee) = cost;
        let book_weight = self.pressure.book_weight;
        let of_book = worth * book_weight * signal.book * sign;
        let of_flow = worth * (1.0 - book_weight) * signal.flow * sign;
        let reasons = Reasons::new()
            .because(Feature::IMBALANCE, signal.book, of_book)
            .because(Feature::ORDER_FLOW, signal.flow, of_flow)
            .because(Feature::SPREAD, spread, -spread)
            .because(Feature::COST, 2.0 * fee, -2.0 * fee);
        let confidence = 0.5 + 0.5 * signal.sum.abs();
        Why { confidence, regime: Regime::Unknown, reasons }
    }
}

impl Memory for Imbalance {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        memory::instrument(through, &mut self.instrument)?;
        self.pressure.pass(through)?;
        self.impact.pass(through)?;
        self.pace.pass(through)?;
        moment(through, &mut self.opened).map(drop)
    }
}

impl Strategy for Imbalance {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let target = match &mut self.target {
            Target::Fixed(id) => *id,
            Target::Live(contracts) => match contracts.live(context) {
                Some(id) => id,
                None => return,
            },
        };
        if target != self.instrument {
            self.instrument = target;
            self.reset();
        }
        if event.instrument() != target {
            return;
        }
        if event.kind() == EventKind::Gap {
            self.reset();
        }
        let Some(view) = context.market(target) else { return };
        self.pressure.see(event, view);
        if !is_price(event) || !is_sound(context, target) {
            return;
        }
        let Some(quote) = view.best() else { return };
        if !quote.bid_qty.is_positive() || !quote.ask_qty.is_positive() || quote.bid >= quote.ask {
            return;
        }
        let now = context.now();
        let Some(signal) = self.pressure.signal(now, &quote, view) else { return };
        let mid = 0.5 * (quote.bid.to_f64() + quote.ask.to_f64());
        self.impact.update(now, signal.sum, mid);
        if is_busy(context, target) {
            return;
        }
        let position = context.position(target);
        if position.is_zero() {
            self.enter(&signal, &quote, context);
        } else {
            self.leave(&signal, &quote, position, context);
        }
    }
}
