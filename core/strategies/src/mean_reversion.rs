//! `mean-reversion`: buys what fell too far from its mean, sells what rose too far.
//!
//! Owns the bars made of prints, the agreement of Bollinger's z-score and the RSI, and the exits.
//! Must never open a position in a trending regime.

use crate::bands::{Bands, Reading};
use crate::gauge::{Trend, TrendGauge};
use crate::instruments::{is_sound, price_source};
use crate::memory::moment;
use crate::orders::{Bound, Deal, Pace, Why, closing, is_busy, is_price, qty_worth, span};
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::rhythm::{Rhythm, is_recent, is_timer};
use crate::sampler::SILENCE_MAX;
use crate::trend::gauge;
use royale_engine::{Context, Strategy};
use royale_model::{
    Event, EventKind, Feature, Instrument, InstrumentId, Nanos, Price, Qty, Reasons, Regime, Side,
};
use royale_quant::memory::{AMOUNT, Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::text(
        "symbol",
        "",
        "what to trade; empty: the spot under the event contracts, else the first instrument",
    )
    .remembered(),
    ParamSpec::number("bar_s", 5.0, (1.0, 30.0), "s", "length of a bar").remembered(),
    ParamSpec::number("window", 20.0, (2.0, 10_000.0), "bars", "window of mean and deviation")
        .remembered(),
    ParamSpec::number("rsi_window", 14.0, (2.0, 10_000.0), "bars", "window of the RSI")
        .remembered(),
    ParamSpec::number("z_entry", 2.0, (0.1, 10.0), "sd", "opens at this distance from the mean"),
    ParamSpec::number(
        "rsi_low",
        30.0,
        (0.0, 50.0),
        "RSI",
        "buys only at or below this; sells only at or above 100 minus this",
    ),
    ParamSpec::number("z_exit", 0.0, (-10.0, 10.0), "sd", "closes when this close to the mean"),
    ParamSpec::number(
        "stop",
        2.0,
        (0.1, 100.0),
        "sd",
        "closes at a loss of this many deviations, as they were when it opened",
    ),
    ParamSpec::number("hold_s", 180.0, (1.0, 31_536_000.0), "s", "closes after this time"),
    ParamSpec::number(
        "trend_fast_s",
        60.0,
        (1.0, 31_536_000.0),
        "s",
        "fast half-life of the regime",
    )
    .remembered(),
    ParamSpec::number(
        "trend_slow_s",
        240.0,
        (2.0, 31_536_000.0),
        "s",
        "slow half-life of the regime",
    )
    .remembered(),
    ParamSpec::number(
        "trend_max",
        2.0,
        (0.1, 100.0),
        "sd",
        "stands aside while the trend is at or beyond this",
    ),
    ParamSpec::number("order_notional", 5_000.0, (0.0, 1e9), "USD", "value of a position"),
    ParamSpec::number("cooldown_s", 30.0, (0.0, 3600.0), "s", "least time between two entries"),
];

/// See the card.
#[derive(Debug)]
pub struct MeanReversion {
    instrument: InstrumentId,
    bands: Bands,
    gauge: TrendGauge,
    pace: Pace,
    z_entry: f64,
    rsi_low: f64,
    z_exit: f64,
    stop: f64,
    hold: Nanos,
    trend_max: f64,
    order_notional: f64,
    opened: Option<Opened>,
}

/// What was true when the position was opened.
#[derive(Clone, Copy, Default, Debug)]
struct Opened {
    time: Nanos,
    deviation: f64,
}

impl MeanReversion {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// An unknown symbol, or parameters that contradict each other.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let (fast, slow) = (parameters.number("trend_fast_s"), parameters.number("trend_slow_s"));
        parameters.require("trend_fast_s", "below `trend_slow_s`", fast < slow)?;
        let (z_entry, z_exit) = (parameters.number("z_entry"), parameters.number("z_exit"));
        parameters.require("z_exit", "below `z_entry`", z_exit < z_entry)?;
        let bars_by_length = parameters.rhythm() == Rhythm::Events;
        let requirement = "left out on timers: each of them closes a bar";
        let holds = bars_by_length || !parameters.is_written("bar_s");
        parameters.require("bar_s", requirement, holds)?;
        let refuse = |error: royale_quant::ParameterError| BuildError::Contradiction {
            strategy: parameters.strategy(),
            parameter: error.parameter,
            requirement: error.requirement,
        };
        Ok(Self {
            instrument: price_source(instruments, parameters)?,
            bands: Bands::new(parameters).map_err(refuse)?,
            gauge: gauge(parameters, "trend_fast_s", fast, slow)?,
            pace: Pace::new(parameters.number("cooldown_s")),
            z_entry,
            rsi_low: parameters.number("rsi_low"),
            z_exit,
            stop: parameters.number("stop"),
            hold: span(parameters.number("hold_s")),
            trend_max: parameters.number("trend_max"),
            order_notional: parameters.number("order_notional"),
            opened: None,
        })
    }

    fn reset(&mut self) {
        self.bands.reset();
        self.gauge.reset();
    }

    fn enter(&mut self, reading: &Reading, price: Price, context: &mut Context<'_>) {
        // An unknown regime is no sideways regime.
        let Some(trend) = self.gauge.value() else { return };
        let side = if reading.z <= -self.z_entry && reading.rsi <= self.rsi_low {
            Side::Buy
        } else if reading.z >= self.z_entry && reading.rsi >= 100.0 - self.rsi_low {
            Side::Sell
        } else {
            return;
        };
        let now = context.now();
        let is_trending = trend.regime(self.trend_max) != Regime::Sideways;
        if is_trending || !self.pace.may_enter(now) {
            return;
        }
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let Some(qty) = qty_worth(instrument, price, self.order_notional) else { return };
        let bound = Bound::new(Feature::SIZE_BUDGET, self.order_notional);
        let deal = Deal { instrument: self.instrument, side, qty, bound };
        let why = self.explain(reading, Some(&trend), side);
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(now);
            self.opened = Some(Opened { time: now, deviation: reading.deviation });
        }
    }

    /// `reading` is there when a bar closed; loss and time are looked at on every price.
    fn leave(
        &mut self,
        reading: Option<Reading>,
        price: Price,
        position: Qty,
        context: &mut Context<'_>,
    ) {
        let now = context.now();
        let sign = if position.is_positive() { 1.0 } else { -1.0 };
        let gain = (price.to_f64() - context.entry_price(self.instrument).to_f64()) * sign;
        let opened = self.opened.unwrap_or(Opened { time: Nanos::MIN, deviation: 0.0 });
        let held = now.since(opened.time);
        let is_home = reading.is_some_and(|reading| reading.z * sign >= -self.z_exit);
        let is_lost = gain <= -self.stop * opened.deviation;
        if !(is_home || is_lost || held >= self.hold) || !self.pace.may_exit(now) {
            return;
        }
        let Some(instrument) = context.instrument(self.instrument) else { return };
        let Some(deal) = closing(instrument, position) else { return };
        let mut reasons = Reasons::new().because(Feature::OPEN_PROFIT, gain, 0.0).because(
            Feature::HOLDING_TIME,
            held.as_secs_f64(),
            0.0,
        );
        if let Some(reading) = reading {
            reasons = reasons.because(Feature::Z_SCORE, reading.z, reading.z * sign);
        }
        let trend = self.gauge.value();
        let regime = trend.map_or(Regime::Unknown, |trend| trend.regime(self.trend_max));
        let why = Why { confidence: 1.0, regime, reasons };
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(now);
        }
    }

    /// Score in standard deviations: the distance beyond the mean that is bet upon, less the part
    /// of it that the trend explains.
    fn explain(&self, reading: &Reading, trend: Option<&Trend>, side: Side) -> Why {
        let sign = side.sign() as f64;
        let drift = trend.map_or(0.0, |trend| trend.score);
        let regime = trend.map_or(Regime::Unknown, |trend| trend.regime(self.trend_max));
        let reasons = Reasons::new()
            .because(Feature::Z_SCORE, reading.z, -reading.z * sign)
            .because(Feature::RSI, reading.rsi, 0.0)
            .because(Feature::TREND, drift, 0.0);
        let confidence = 2.0 * royale_quant::normal::cdf(reading.z.abs()) - 1.0;
        let against = (drift.abs() / self.trend_max).clamp(0.0, 1.0);
        Why { confidence: confidence * (1.0 - 0.5 * against), regime, reasons }
    }
}

impl Memory for MeanReversion {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.bands.pass(through)?;
        self.gauge.pass(through)?;
        self.pace.pass(through)?;
        through.maybe(&mut self.opened, |through, opened| {
            moment(through, &mut opened.time)?;
            through.number(&mut opened.deviation, AMOUNT)
        })?;
        Some(())
    }
}

impl Strategy for MeanReversion {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let is_own = event.instrument() == self.instrument;
        if is_own && event.kind() == EventKind::Gap {
            self.reset();
        }
        let is_sample = (is_own && is_price(event))
            || (is_timer(event) && is_recent(context, self.instrument, SILENCE_MAX));
        if !is_sample || !is_sound(context, self.instrument) {
            return;
        }
        let price = context.market(self.instrument).and_then(|view| view.mid());
        let Some(price) = price.filter(|price| price.is_positive()) else { return };
        let now = context.now();
        self.gauge.update(now, price.to_f64());
        let reading = self.bands.update(now, price.to_f64());
        if is_busy(context, self.instrument) {
            return;
        }
        let position = context.position(self.instrument);
        if !position.is_zero() {
            self.leave(reading, price, position, context);
        } else if let Some(reading) = reading {
            self.enter(&reading, price, context);
        }
    }
}
