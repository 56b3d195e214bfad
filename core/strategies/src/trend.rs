//! `trend`: follows a drift of the price until it turns.
//!
//! Owns the entry on the trend in standard deviations and the trailing stop. Must never decide on
//! less than a second's news: the gauge speaks once a second, or once a timer.

use crate::gauge::{Trend as Reading, TrendGauge};
use crate::instruments::{is_sound, price_source};
use crate::orders::{Bound, Deal, Pace, Why, closing, is_busy, is_price, qty_worth};
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::rhythm::{is_recent, is_timer};
use crate::sampler::SILENCE_MAX;
use royale_engine::{Context, Strategy};
use royale_model::{
    Event, EventKind, Feature, Instrument, InstrumentId, Price, Qty, Reasons, Regime, Side,
};
use royale_quant::MAGNITUDE_MAX;
use royale_quant::memory::{Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::text(
        "symbol",
        "",
        "what to trade; empty: the spot under the event contracts, else the first instrument",
    )
    .remembered(),
    ParamSpec::number("fast_s", 60.0, (1.0, 31_536_000.0), "s", "half-life of the fast average")
        .remembered(),
    ParamSpec::number("slow_s", 240.0, (2.0, 31_536_000.0), "s", "half-life of the slow average")
        .remembered(),
    ParamSpec::number(
        "entry",
        2.0,
        (0.0, 10.0),
        "sd",
        "opens when the trend is beyond this many standard deviations",
    ),
    ParamSpec::number("exit", 0.0, (-10.0, 10.0), "sd", "closes when the trend falls below this"),
    ParamSpec::number(
        "trail",
        2.0,
        (0.1, 100.0),
        "sd",
        "closes when the price gave back this many standard deviations of one slow half-life",
    ),
    ParamSpec::number("order_notional", 5_000.0, (0.0, 1e9), "USD", "value of a position"),
    ParamSpec::number("cooldown_s", 30.0, (0.0, 3600.0), "s", "least time between two entries"),
];

/// See the card.
#[derive(Debug)]
pub struct Trend {
    instrument: InstrumentId,
    gauge: TrendGauge,
    pace: Pace,
    entry: f64,
    exit: f64,
    /// Trailing stop for a volatility of 1 per √s.
    trail: f64,
    order_notional: f64,
    /// Best price since the position was opened; zero when flat.
    best: f64,
}

impl Trend {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// An unknown symbol, or parameters that contradict each other.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let (fast, slow) = (parameters.number("fast_s"), parameters.number("slow_s"));
        parameters.require("fast_s", "below `slow_s`", fast < slow)?;
        let (entry, exit) = (parameters.number("entry"), parameters.number("exit"));
        parameters.require("exit", "below `entry`", exit < entry)?;
        Ok(Self {
            instrument: price_source(instruments, parameters)?,
            gauge: gauge(parameters, "fast_s", fast, slow)?,
            pace: Pace::new(parameters.number("cooldown_s")),
            entry,
            exit,
            trail: parameters.number("trail") * slow.sqrt(),
            order_notional: parameters.number("order_notional"),
            best: 0.0,
        })
    }

    fn enter(&mut self, trend: &Reading, price: Price, context: &mut Context<'_>) {
        let side = if trend.score > 0.0 { Side::Buy } else { Side::Sell };
        if trend.score.abs() <= self.entry || !self.pace.may_enter(context.now()) {
            return;
        }
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let Some(qty) = qty_worth(instrument, price, self.order_notional) else { return };
        let why = self.explain(trend, side, None);
        let bound = Bound::new(Feature::SIZE_BUDGET, self.order_notional);
        let deal = Deal { instrument: self.instrument, side, qty, bound };
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(context.now());
            self.best = price.to_f64();
        }
    }

    fn leave(&mut self, trend: &Reading, price: Price, position: Qty, context: &mut Context<'_>) {
        let sign = if position.is_positive() { 1.0 } else { -1.0 };
        let (now, last) = (context.now(), price.to_f64());
        if self.best == 0.0 {
            self.best = last;
        }
        self.best = if sign > 0.0 { self.best.max(last) } else { self.best.min(last) };
        let given_back = (self.best - last) * sign / self.best;
        let reversed = trend.score * sign < self.exit;
        let stopped = given_back >= self.trail * trend.volatility;
        if !(reversed || stopped) || !self.pace.may_exit(now) {
            return;
        }
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let Some(deal) = closing(instrument, position) else { return };
        let why = self.explain(trend, deal.side, Some(-given_back));
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(now);
            self.best = 0.0;
        }
    }

    /// Closes a position whose trend was lost in a gap or a long silence: no reason, no position.
    fn abandon(&mut self, position: Qty, context: &mut Context<'_>) {
        let now = context.now();
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let Some(deal) = closing(instrument, position).filter(|_| self.pace.may_exit(now)) else {
            return;
        };
        let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.0).because(
            Feature::INVENTORY,
            position.to_f64(),
            0.0,
        );
        let why = Why { confidence: 1.0, regime: Regime::Unknown, reasons };
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(now);
            self.best = 0.0;
        }
    }

    /// Score in standard deviations, in favour of the order; the rest is what it was made of.
    fn explain(&self, trend: &Reading, side: Side, profit: Option<f64>) -> Why {
        let reasons = Reasons::new()
            .because(Feature::TREND, trend.score, trend.score * side.sign() as f64)
            .because(Feature::VOLATILITY, trend.volatility, 0.0);
        let reasons = match profit {
            Some(profit) => reasons.because(Feature::OPEN_PROFIT, profit, 0.0),
            None => reasons,
        };
        let confidence = 2.0 * royale_quant::normal::cdf(trend.score.abs()) - 1.0;
        Why { confidence, regime: trend.regime(self.entry), reasons }
    }
}

/// A gauge by parameters that have been checked already; `fast` names the shorter half-life.
pub(crate) fn gauge(
    parameters: &Parameters<'_>,
    fast: &'static str,
    fast_s: f64,
    slow_s: f64,
) -> Result<TrendGauge, BuildError> {
    // An average that is shorter than the time between two prices is the last price.
    let rhythm = parameters.rhythm();
    let requirement = "at least the time between two timers of the schedule";
    parameters.require(fast, requirement, fast_s >= rhythm.wait_s())?;
    TrendGauge::new(fast_s, slow_s, 30, rhythm).map_err(|error| BuildError::Contradiction {
        strategy: parameters.strategy(),
        parameter: error.parameter,
        requirement: error.requirement,
    })
}

impl Memory for Trend {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.gauge.pass(through)?;
        self.pace.pass(through)?;
        through.number(&mut self.best, 0.0..=MAGNITUDE_MAX)?;
        Some(())
    }
}

impl Strategy for Trend {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let is_own = event.instrument() == self.instrument;
        if is_own && event.kind() == EventKind::Gap {
            self.gauge.reset();
        }
        let is_sample = (is_own && is_price(event))
            || (is_timer(event) && is_recent(context, self.instrument, SILENCE_MAX));
        if !is_sample || !is_sound(context, self.instrument) {
            return;
        }
        let price = context.market(self.instrument).and_then(|view| view.mid());
        let Some(price) = price.filter(|price| price.is_positive()) else { return };
        let trend = self.gauge.update(context.now(), price.to_f64());
        if is_busy(context, self.instrument) {
            return;
        }
        let position = context.position(self.instrument);
        let Some(trend) = trend else {
            if !position.is_zero() && !self.gauge.is_warm() {
                self.abandon(position, context);
            }
            return;
        };
        if position.is_zero() {
            self.enter(&trend, price, context);
        } else {
            self.leave(&trend, price, position, context);
        }
    }
}
