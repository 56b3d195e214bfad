//! `event-momentum`: trades the spot when the odds of its event contract shift.
//!
//! Owns the two rules on the odds and the exit of the spot position. Comparisons with thresholds
//! are made on integer prices: at a threshold means at it, to the last digit.

use crate::history::History;
use crate::instruments::{Contracts, is_sound};
use crate::memory::{self, moment};
use crate::odds::{Rules, Signal, odds_of};
use crate::orders::{Bound, Deal, Pace, Why, closing, is_busy, is_price, qty_worth, span};
use crate::parameter::{BuildError, ParamSpec, Parameters};
use royale_engine::{Context, MarketView, Strategy};
use royale_model::{
    Event, EventKind, Feature, Instrument, InstrumentId, Nanos, Price, Reasons, Regime, Side,
};
use royale_quant::memory::{Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::number(
        "shift_min",
        0.15,
        (0.000_000_001, 1.0),
        "probability",
        "trades when the odds moved by at least this over the window (at exactly this it trades)",
    ),
    ParamSpec::number("window_s", 60.0, (1.0, 900.0), "s", "window of the shift").remembered(),
    ParamSpec::number(
        "level_min",
        0.70,
        (0.5, 1.0),
        "probability",
        "buys above these odds, sells below one minus them (at exactly these it does nothing)",
    ),
    ParamSpec::number(
        "spread_max",
        0.10,
        (0.0, 1.0),
        "USD",
        "odds from a wider book are not odds and are ignored",
    )
    .remembered(),
    ParamSpec::number("hold_s", 120.0, (1.0, 3600.0), "s", "leaves after this time"),
    ParamSpec::number(
        "revert",
        0.05,
        (0.0, 1.0),
        "probability",
        "leaves when the odds come back by at least this from where it entered",
    ),
    ParamSpec::number(
        "stop_bp",
        20.0,
        (0.1, 10_000.0),
        "bp",
        "leaves when the spot price moved against the position by at least this",
    ),
    ParamSpec::number("order_notional", 5_000.0, (0.0, 1e9), "USD", "value of a position"),
    ParamSpec::number("cooldown_s", 30.0, (0.0, 3600.0), "s", "least time between two entries"),
];

/// Distance of the instants at which the odds are remembered.
const GRID: Nanos = Nanos::from_millis(250);
/// An even bet.
const EVEN: Price = Price::from_raw(500_000_000);

/// See the card.
#[derive(Debug)]
pub struct EventMomentum {
    contracts: Contracts,
    rules: Rules,
    history: History,
    pace: Pace,
    live: InstrumentId,
    /// A rule that has fired waits until its condition has been false once.
    armed: Armed,
    /// The last odds, and what they said.
    heard: Option<Heard>,
    entry: Option<Entry>,
    hold: Nanos,
    window: Nanos,
    revert: Price,
    spread_max: Price,
    stop: f64,
    order_notional: f64,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    shift: bool,
    level: bool,
}

/// Odds, how long they are held against the same past, and whether a rule fires on them.
#[derive(Clone, Copy, Debug)]
struct Heard {
    odds: Price,
    from: Nanos,
    until: Nanos,
    fires: bool,
}

/// What was true when the position was opened.
#[derive(Clone, Copy, Debug)]
struct Entry {
    time: Nanos,
    odds: Price,
    side: Side,
    contract: InstrumentId,
}

impl Default for Entry {
    /// None yet: what a memory is read into.
    fn default() -> Self {
        let (time, odds) = (Nanos::MIN, Price::ZERO);
        Self { time, odds, side: Side::Buy, contract: InstrumentId::NONE }
    }
}

impl EventMomentum {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// No event contract with an underlying.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let exact = |name| {
            let price = Price::from_f64_on_grid(parameters.number(name), Price::from_raw(1));
            price.unwrap_or(Price::MAX)
        };
        let window = span(parameters.number("window_s"));
        Ok(Self {
            contracts: Contracts::require(instruments, parameters)?,
            rules: Rules { shift_min: exact("shift_min"), level_min: exact("level_min") },
            history: History::new(GRID, window),
            pace: Pace::new(parameters.number("cooldown_s")),
            live: InstrumentId::NONE,
            armed: Armed { shift: true, level: true },
            heard: None,
            entry: None,
            hold: span(parameters.number("hold_s")),
            window,
            revert: exact("revert"),
            spread_max: exact("spread_max"),
            stop: parameters.number("stop_bp") * 1e-4,
            order_notional: parameters.number("order_notional"),
        })
    }

    /// Forgets the odds: after a gap, or for another contract.
    fn reset(&mut self) {
        self.history.reset();
        self.heard = None;
    }

    /// Takes the odds in and enters when a rule fires.
    fn on_odds(&mut self, odds: Price, context: &mut Context<'_>) {
        let now = context.now();
        let spot = self.contracts.spot;
        let flat = self.entry.is_none() && context.position(spot).is_zero();
        // Most events leave the odds as they were: held against the same past they say the same.
        let again = |last: &Heard| last.odds == odds && last.from <= now && now < last.until;
        let heard = self.heard.filter(again);
        if heard.is_some_and(|last| !(last.fires && flat)) {
            return;
        }
        self.history.update(now, odds);
        let before = self.history.at(Nanos::from_raw(now.raw().saturating_sub(self.window.raw())));
        let signal = self.rules.signal(odds, before);
        self.armed.shift |= signal.by_shift.is_none();
        self.armed.level |= signal.by_level.is_none();
        let by_shift = signal.by_shift.filter(|_| self.armed.shift);
        let by_level = signal.by_level.filter(|_| self.armed.level);
        let by_either = by_shift.or(by_level);
        let until = self.history.stands_until(now, self.window);
        self.heard = Some(Heard { odds, from: now, until, fires: by_either.is_some() });
        let Some(side) = by_either else { return };
        if !flat || is_busy(context, spot) || !self.pace.may_enter(now) || !is_sound(context, spot)
        {
            return;
        }
        let (Some(instrument), Some(price)) =
            (context.instrument(spot), context.market(spot).and_then(MarketView::mid))
        else {
            return;
        };
        let Some(qty) = qty_worth(instrument, price, self.order_notional) else { return };
        let why = entry_reasons(&signal, side, by_shift == Some(side), by_level == Some(side));
        let bound = Bound::new(Feature::SIZE_BUDGET, self.order_notional);
        let deal = Deal { instrument: spot, side, qty, bound };
        if context.submit(&deal.at_market(&why)).is_some() {
            // Both rules have spoken: neither fires again on the same condition.
            self.armed = Armed { shift: by_shift.is_none(), level: by_level.is_none() };
            self.pace.went(now);
            self.entry = Some(Entry { time: now, odds, side, contract: self.live });
        }
    }

    /// Leaves the spot position when its reason or its time is over.
    fn leave(&mut self, odds: Option<Price>, context: &mut Context<'_>) {
        let spot = self.contracts.spot;
        let (now, position) = (context.now(), context.position(spot));
        if is_busy(context, spot) {
            return;
        }
        if position.is_zero() {
            // Filled in no part, or closed: the entry is over either way.
            self.entry = None;
            return;
        }
        let (Some(instrument), Some(price)) =
            (context.instrument(spot), context.market(spot).and_then(MarketView::mid))
        else {
            return;
        };
        let sign = if position.is_positive() { 1 } else { -1 };
        let (open, last) = (context.entry_price(spot).to_f64(), price.to_f64());
        let gain = if open > 0.0 { (last / open - 1.0) * f64::from(sign) } else { 0.0 };
        let entry = self.entry;
        let rotated = entry.is_none_or(|entry| entry.contract != self.live);
        let held = entry.map_or(Nanos::MAX, |entry| now.since(entry.time));
        let back = match (entry, odds) {
            (Some(entry), Some(odds)) => match entry.side {
                Side::Buy => entry.odds.saturating_sub(odds),
                Side::Sell => odds.saturating_sub(entry.odds),
            },
            _ => Price::ZERO,
        };
        let reverted = odds.is_some() && back >= self.revert;
        if !(rotated || held >= self.hold || reverted || gain <= -self.stop) {
            return;
        }
        if !self.pace.may_exit(now) || !is_sound(context, spot) {
            return;
        }
        let Some(deal) = closing(instrument, position) else { return };
        let reasons = Reasons::new()
            .because(Feature::ODDS_SHIFT, -back.to_f64(), back.to_f64())
            .because(Feature::HOLDING_TIME, held.as_secs_f64(), 0.0)
            .because(Feature::OPEN_PROFIT, gain, 0.0);
        let why = Why { confidence: 1.0, regime: Regime::Unknown, reasons };
        if context.submit(&deal.at_market(&why)).is_some() {
            self.pace.went(now);
        }
    }
}

/// Score in probability: how far the odds moved, or how far they are beyond the level.
fn entry_reasons(signal: &Signal, side: Side, by_shift: bool, by_level: bool) -> Why {
    let sign = side.sign() as f64;
    let (odds, shift) = (signal.odds.to_f64(), signal.shift.to_f64());
    let counts = |counts: bool, part: f64| if counts { part * sign } else { 0.0 };
    let (from_shift, from_level) =
        (counts(by_shift, shift), counts(by_level, signal.beyond.to_f64()));
    let reasons = Reasons::new().because(Feature::ODDS_SHIFT, shift, from_shift).because(
        Feature::ODDS_LEVEL,
        odds,
        from_level,
    );
    let confidence = 0.5 + 0.5 * (from_shift + from_level).clamp(0.0, 1.0);
    let even = EVEN.to_f64();
    let regime = if odds > even { Regime::Bull } else { Regime::Bear };
    Why { confidence, regime, reasons }
}

impl Memory for EventMomentum {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // It is derived from the rest.
        self.heard = None;
        self.history.pass(through)?;
        self.pace.pass(through)?;
        memory::instrument(through, &mut self.live)?;
        through.flag(&mut self.armed.shift)?;
        through.flag(&mut self.armed.level)?;
        through.maybe(&mut self.entry, |through, entry| {
            moment(through, &mut entry.time)?;
            memory::price(through, &mut entry.odds)?;
            let mut bought = entry.side == Side::Buy;
            through.flag(&mut bought)?;
            entry.side = if bought { Side::Buy } else { Side::Sell };
            memory::instrument(through, &mut entry.contract)
        })?;
        Some(())
    }
}

impl Strategy for EventMomentum {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if event.kind() == EventKind::Gap && event.instrument() == self.live {
            self.reset();
        }
        if !is_price(event) {
            return;
        }
        let live = self.contracts.live(context);
        if live != Some(self.live) {
            self.live = live.unwrap_or(InstrumentId::NONE);
            self.reset();
            self.armed = Armed { shift: true, level: true };
        }
        let is_odds = event.instrument() == self.live && is_sound(context, self.live);
        let odds = context
            .market(self.live)
            .filter(|_| is_odds)
            .and_then(|view| odds_of(view, self.spread_max));
        if self.entry.is_some() || !context.position(self.contracts.spot).is_zero() {
            self.leave(odds, context);
        }
        if let Some(odds) = odds {
            self.on_odds(odds, context);
        }
    }
}
