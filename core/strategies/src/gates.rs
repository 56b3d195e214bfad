//! Entry gates: the reasons for which a strategy lets a signal pass by, in one fixed order.
//!
//! Owns the limits, and what the gates know of the underlying: its session average, its recent
//! drift, its last spike. All gates are read even after the first has failed, so that the record
//! shows each. Must never gate an exit, nor answer about an underlying that it does not know yet.

use crate::history::History;
use crate::memory::{self, moment};
use crate::orders::span;
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::rhythm::Rhythm;
use crate::sampler::SILENCE_MAX;
use crate::session::Session;
use royale_model::{Feature, Nanos, Price, Reasons, Side};
use royale_quant::memory::{Memory, Passage};

/// Gates in the order in which they are read and recorded.
const GATES: usize = 5;
/// Distance of the instants at which the underlying's past is known.
const GRID: Nanos = Nanos::from_millis(100);
/// What counts as the last return.
const SECOND: Nanos = Nanos::from_secs(1);
/// What a failing gate contributes to the score, in USD. An event contract pays 1 at most, so no
/// edge outweighs a veto: the score of an abstention is never above 0.
const VETO: f64 = -1.0;

/// Most that is paid for the side taken.
pub(crate) const fn price_cap() -> ParamSpec {
    ParamSpec::number(
        "price_cap",
        0.95,
        (0.0, 1.0),
        "USD",
        "gate: never pays more than this for yes, nor for no",
    )
}
/// How far the underlying may be from its session average.
pub(crate) const fn vwap_sd_max() -> ParamSpec {
    ParamSpec::number(
        "vwap_sd_max",
        4.0,
        (0.0, 1e6),
        "sd",
        "gate: no entry with the spot farther than this from the average of the session's prints",
    )
}
/// The window of the drift.
pub(crate) const fn drift_window() -> ParamSpec {
    ParamSpec::number(
        "drift_window_s",
        30.0,
        (1.0, 60.0),
        "s",
        "time over which the drift of the spot is measured",
    )
    .remembered()
}
/// How far the underlying may have gone against the side.
pub(crate) const fn drift_sd_max() -> ParamSpec {
    ParamSpec::number(
        "drift_sd_max",
        3.0,
        (0.0, 1e6),
        "sd",
        "gate: no entry when the spot went farther than this against the side in that time",
    )
}
/// What counts as a spike.
pub(crate) const fn spike_sd() -> ParamSpec {
    ParamSpec::number(
        "spike_sd",
        6.0,
        (1.0, 1e6),
        "sd",
        "a move of the spot within 1 s beyond this many standard deviations is a spike",
    )
}
/// How long a spike blocks.
pub(crate) const fn spike_pause() -> ParamSpec {
    ParamSpec::number(
        "spike_pause_s",
        5.0,
        (0.0, 600.0),
        "s",
        "gate: no entry for this long after a spike; 0 for no pause",
    )
}

/// An entry that a signal asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Buy yes, or sell it (which buys no).
    pub(crate) side: Side,
    /// Model minus price after fees, in USD for each contract.
    pub(crate) edge: f64,
    /// Price of the side taken: that of yes for a buy, that of no for a sale.
    pub(crate) price: Price,
}

/// One gate as it was read.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Reading {
    feature: Feature,
    value: f64,
    limit: f64,
    passes: bool,
}

/// All gates as they were read for one entry.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Readings([Reading; GATES]);

impl Readings {
    /// The gates that failed, as a set: bit n is gate n. Empty when the entry may go.
    pub(crate) fn failing(&self) -> u8 {
        (0..GATES).filter(|&at| !self.0[at].passes).fold(0, |set, at| set | 1 << at)
    }
    /// The record of an abstention: each gate's value, then the limit of the first that failed.
    /// The edge contributes itself when it passes; others that pass, nothing; a failing gate −1.
    pub(crate) fn reasons(&self) -> Reasons {
        let mut reasons = Reasons::new();
        for gate in &self.0 {
            let share = match gate {
                Reading { passes: false, .. } => VETO,
                Reading { feature: Feature::GATE_EDGE, .. } => gate.value,
                _ => 0.0,
            };
            reasons = reasons.because(gate.feature, gate.value, share);
        }
        match self.0.iter().find(|gate| !gate.passes) {
            Some(first) => reasons.because(Feature::GATE_LIMIT, first.limit, 0.0),
            None => reasons,
        }
    }
}

/// The gates of one strategy on one underlying.
#[derive(Clone, Debug)]
pub(crate) struct Gates {
    margin: f64,
    price_cap: Price,
    vwap_sd_max: f64,
    drift_window: Nanos,
    drift_sd_max: f64,
    spike_sd: f64,
    spike_pause: Nanos,
    rhythm: Rhythm,
    history: History,
    session: Session,
    spot: Option<(Nanos, Price)>,
    blocked_until: Nanos,
}

impl Gates {
    /// Gates that have seen nothing, by the parameters above and `margin`.
    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, BuildError> {
        let cap = Price::from_f64_on_grid(parameters.number("price_cap"), Price::from_raw(1));
        parameters.require("price_cap", "a price", cap.is_some())?;
        let drift_window = span(parameters.number("drift_window_s"));
        Ok(Self {
            margin: parameters.number("margin"),
            price_cap: cap.unwrap_or(Price::ZERO),
            vwap_sd_max: parameters.number("vwap_sd_max"),
            drift_window,
            drift_sd_max: parameters.number("drift_sd_max"),
            spike_sd: parameters.number("spike_sd"),
            spike_pause: span(parameters.number("spike_pause_s")),
            rhythm: parameters.rhythm(),
            history: History::new(GRID, drift_window.max(SECOND)),
            session: Session::default(),
            spot: None,
            blocked_until: Nanos::MIN,
        })
    }

    /// Takes a print of the underlying; `volatility` per √s is what was known before it, so that a
    /// spike is not measured by itself.
    pub(crate) fn on_spot(&mut self, now: Nanos, price: Price, volatility: Option<f64>) {
        if self.spot.is_some_and(|(time, _)| now < time || now.since(time) > SILENCE_MAX) {
            self.reset();
        }
        self.history.update(now, price);
        self.session.add(price.to_f64());
        // The last return is that of a second; on timers it is that since the one before.
        let (before, seconds) = match (self.rhythm, self.spot.replace((now, price))) {
            (Rhythm::Events, _) => (self.history.at(before(now, SECOND)), 1.0),
            (Rhythm::Timers { .. }, Some((time, last))) => {
                (Some(last), now.since(time).as_secs_f64())
            }
            (Rhythm::Timers { .. }, None) => (None, 0.0),
        };
        if let (Some(before), Some(volatility)) = (before, volatility)
            && growth(before, price).abs() > self.spike_sd * volatility * seconds.sqrt()
        {
            self.blocked_until = Nanos::from_raw(now.raw().saturating_add(self.spike_pause.raw()));
        }
    }

    /// Forgets everything: after a gap, and with each session.
    pub(crate) fn reset(&mut self) {
        self.history.reset();
        self.session = Session::default();
        self.spot = None;
        self.blocked_until = Nanos::MIN;
    }

    /// Reads every gate; `None` while the underlying's past is not known.
    pub(crate) fn read(&self, entry: &Entry, now: Nanos, volatility: f64) -> Option<Readings> {
        let (time, spot) = self.spot?;
        let then = before(now, self.drift_window);
        // A spot that has stood since before the window has not moved in it.
        let past = if time <= then { spot } else { self.history.at(then)? };
        let expected = volatility * self.drift_window.as_secs_f64().sqrt();
        (expected > 0.0).then_some(())?;
        // Adding 0 turns −0 into 0: it is printed.
        let against = -growth(past, spot) * entry.side.sign() as f64 / expected + 0.0;
        let distance = self.session.distance(spot.to_f64());
        let pause = self.blocked_until.since(now).max(Nanos::ZERO);
        let gate = |feature, value, limit, passes| Reading { feature, value, limit, passes };
        let at_most = |feature, value, limit| gate(feature, value, limit, value <= limit);
        let (price, cap) = (entry.price, self.price_cap);
        let cheap = price <= cap;
        Some(Readings([
            gate(Feature::GATE_EDGE, entry.edge, self.margin, entry.edge >= self.margin),
            gate(Feature::GATE_PRICE_CAP, price.to_f64(), cap.to_f64(), cheap),
            at_most(Feature::GATE_VWAP, distance, self.vwap_sd_max),
            at_most(Feature::GATE_DRIFT, against, self.drift_sd_max),
            at_most(Feature::GATE_SPIKE, pause.as_secs_f64(), 0.0),
        ]))
    }
}

impl Memory for Gates {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.history.pass(through)?;
        self.session.pass(through)?;
        through.maybe(&mut self.spot, |through, (time, spot)| {
            moment(through, time)?;
            memory::price(through, spot)
        })?;
        moment(through, &mut self.blocked_until)?;
        Some(())
    }
}

/// A moment that lies so far back.
fn before(now: Nanos, by: Nanos) -> Nanos {
    Nanos::from_raw(now.raw().saturating_sub(by.raw()))
}

/// Simple return from one price to another; 0 from a price that is none.
fn growth(from: Price, to: Price) -> f64 {
    if from.is_positive() { to.saturating_sub(from).to_f64() / from.to_f64() } else { 0.0 }
}

/// What was said last about one contract, so that it is not said on every event.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Told {
    /// Sets of failing gates: for buys, for sales.
    sets: [u8; 2],
}

impl Told {
    /// Takes the set that fails now; true when it has to be said: it is not empty, and not the one
    /// of the last signal on this side.
    pub(crate) fn is_news(&mut self, side: Side, failing: u8) -> bool {
        let told = &mut self.sets[usize::from(side == Side::Sell)];
        std::mem::replace(told, failing) != failing && failing != 0
    }
}

impl Memory for Told {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.sets.iter_mut().try_for_each(|set| through.whole(set, ..1 << GATES).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_value::PARAMETERS;
    use crate::parameter::ParamValue;

    /// Volatility of the fixtures: over 25 s of drift the deviation is 5e-5, of 80,000 USD 4 USD.
    const VOLATILITY: f64 = 1e-5;
    const EDGE: usize = 0;
    const CAP: usize = 1;
    const VWAP: usize = 2;
    const DRIFT: usize = 3;
    const SPIKE: usize = 4;

    /// Loose but for what is written.
    fn gates(written: &[(&str, f64)]) -> Gates {
        let loose = [("vwap_sd_max", 1e6), ("drift_sd_max", 1e6), ("spike_sd", 1e6)];
        let exact = [("drift_window_s", 25.0), ("margin", 0.03), ("price_cap", 1.0)];
        let all = loose.iter().chain(&exact).chain(written);
        let map = all.map(|&(name, value)| (name.to_owned(), ParamValue::Number(value))).collect();
        Gates::new(&Parameters::check("fair-value", PARAMETERS, &map).unwrap()).unwrap()
    }
    fn at(millis: i64) -> Nanos {
        Nanos::from_millis(millis)
    }
    fn usd(dollars: f64) -> Price {
        Price::from_f64_on_grid(dollars, Price::from_raw(1)).unwrap()
    }
    /// A print every half second of 80,000 and `wiggle` above it by turns, up to 60 s.
    fn quiet(gates: &mut Gates, wiggle: f64) {
        for step in 0..120 {
            let price = usd(80_000.0 + wiggle * (step % 2) as f64);
            gates.on_spot(at(step * 500), price, Some(VOLATILITY));
        }
        gates.on_spot(at(60_000), usd(80_000.0), Some(VOLATILITY));
    }
    fn entry(side: Side, edge: f64, price: &str) -> Entry {
        Entry { side, edge, price: price.parse().unwrap() }
    }
    fn read(gates: &Gates, side: Side, now: Nanos) -> Readings {
        gates.read(&entry(side, 0.05, "0.31"), now, VOLATILITY).unwrap()
    }
    /// Exactly this gate fails.
    fn only(at: usize) -> u8 {
        1 << at
    }

    #[test]
    fn the_edge_gate_passes_at_the_margin_itself() {
        let mut gates = gates(&[]);
        quiet(&mut gates, 1.0);
        let failing = |edge| {
            let entry = entry(Side::Buy, edge, "0.31");
            gates.read(&entry, at(60_000), VOLATILITY).unwrap().failing()
        };
        assert_eq!((failing(0.03), failing(0.029_999_999)), (0, only(EDGE)));
    }

    #[test]
    fn never_pay_more_than_thirty_cents_means_thirty_passes() {
        let mut gates = gates(&[("price_cap", 0.30)]);
        quiet(&mut gates, 1.0);
        let failing = |price| {
            let entry = entry(Side::Sell, 0.05, price);
            gates.read(&entry, at(60_000), VOLATILITY).unwrap().failing()
        };
        assert_eq!((failing("0.30"), failing("0.300000001")), (0, only(CAP)));
    }

    #[test]
    fn the_session_gate_blocks_both_ways_beyond_its_deviations() {
        // Prints at 80,000 and 80,002 by turns: mean 80,000.99, deviation 1.
        let far = |price, limit| {
            let mut gates = gates(&[("vwap_sd_max", limit)]);
            quiet(&mut gates, 2.0);
            gates.on_spot(at(60_100), usd(price), Some(VOLATILITY));
            read(&gates, Side::Buy, at(60_100))
        };
        for price in [80_006.0, 79_996.0] {
            let value = far(price, 9.0).0[VWAP].value;
            // The new print is one of 122: it pulls mean and deviation a little.
            assert!((4.0..5.2).contains(&value), "{value}");
            assert_eq!(far(price, value).failing(), 0, "at the limit it passes");
            assert_eq!(far(price, value - 1e-9).failing(), only(VWAP));
        }
        assert_eq!(far(80_002.0, 1.5).failing(), 0);
    }

    #[test]
    fn drift_counts_against_the_side_only_and_over_its_window_only() {
        // From 80,000 to 79,992 within 25 s: −1e-4, two deviations of 5e-5.
        let mut gates = gates(&[("drift_sd_max", 2.0)]);
        quiet(&mut gates, 1.0);
        gates.on_spot(at(84_900), usd(79_992.0), Some(VOLATILITY));
        // Just before the print the window's beginning is known: 59.9 s is 80,001, so −1.125e-4.
        let buy = read(&gates, Side::Buy, at(84_900));
        assert!((buy.0[DRIFT].value - 2.25).abs() < 0.001, "{buy:?}");
        assert_eq!(buy.failing(), only(DRIFT));
        let sell = read(&gates, Side::Sell, at(84_900));
        assert!(sell.0[DRIFT].value < 0.0 && sell.failing() == 0, "it helps a sale: {sell:?}");
        // The window begins at 60.1 s now, where the price was 80,000: exactly two deviations.
        let later = read(&gates, Side::Buy, at(85_100));
        assert!((later.0[DRIFT].value - 2.0).abs() < 1e-9, "{later:?}");
        // Long after, nothing moved within the window.
        assert_eq!(read(&gates, Side::Buy, at(109_900)).0[DRIFT].value, 0.0);
    }

    #[test]
    fn a_drift_at_its_limit_passes() {
        let drift = |limit| {
            let mut gates = gates(&[("drift_sd_max", limit)]);
            quiet(&mut gates, 0.0);
            gates.on_spot(at(80_000), usd(79_992.0), Some(VOLATILITY));
            read(&gates, Side::Buy, at(80_000))
        };
        let value = drift(9.0).0[DRIFT].value;
        assert_eq!((drift(value).failing(), drift(value - 1e-12).failing()), (0, only(DRIFT)));
    }

    #[test]
    fn a_spike_blocks_for_its_pause_and_not_a_nanosecond_longer() {
        // Six deviations of 1e-5 in a second are 4.8 USD.
        let spike = |price| {
            let mut gates = gates(&[("spike_sd", 6.0), ("spike_pause_s", 5.0)]);
            quiet(&mut gates, 0.0);
            gates.on_spot(at(61_000), usd(price), Some(VOLATILITY));
            gates
        };
        for price in [80_004.9, 79_995.1] {
            let gates = spike(price);
            let reading = read(&gates, Side::Buy, at(61_000));
            assert_eq!((reading.0[SPIKE].value, reading.failing()), (5.0, only(SPIKE)));
            let last = Nanos::from_raw(at(66_000).raw() - 1);
            assert_eq!(read(&gates, Side::Buy, last).failing(), only(SPIKE));
            assert_eq!(read(&gates, Side::Sell, at(66_000)).failing(), 0);
        }
        assert_eq!(read(&spike(80_004.7), Side::Buy, at(61_000)).failing(), 0);
    }

    #[test]
    fn a_slow_move_is_no_spike() {
        let mut gates = gates(&[("spike_sd", 6.0)]);
        quiet(&mut gates, 0.0);
        // A print at the very instant counts as later: three steps of 1.5 USD, not two.
        for step in 1..=20 {
            let price = usd(80_000.0 + 1.5 * step as f64);
            gates.on_spot(at(60_000 + 500 * step), price, Some(VOLATILITY));
            assert_eq!(read(&gates, Side::Buy, at(60_000 + 500 * step)).failing(), 0);
        }
    }

    #[test]
    fn all_gates_are_on_record_and_the_first_that_failed_says_its_limit() {
        let mut gates = gates(&[("price_cap", 0.30), ("spike_sd", 6.0)]);
        quiet(&mut gates, 1.0);
        gates.on_spot(at(61_000), usd(80_010.0), Some(VOLATILITY));
        let reasons = |edge| {
            let entry = entry(Side::Buy, edge, "0.31");
            gates.read(&entry, at(61_000), VOLATILITY).unwrap().reasons()
        };
        let list = |reasons: &Reasons| {
            use royale_model::{Action, Decision, InstrumentId, SlotId};
            let (slot, id) = (SlotId(0), InstrumentId(0));
            let decision = Decision::new(1, at(0), slot, id, Action::Abstain, reasons);
            decision.check().unwrap();
            let pairs = decision.attributions().iter();
            pairs.map(|a| (a.feature, a.value, a.contribution)).collect::<Vec<_>>()
        };
        let both = list(&reasons(0.05));
        assert_eq!(both.len(), 6);
        assert_eq!(both[EDGE], (Feature::GATE_EDGE, 0.05, 50_000_000));
        assert_eq!(both[CAP], (Feature::GATE_PRICE_CAP, 0.31, -1_000_000_000));
        assert_eq!((both[VWAP].2, both[DRIFT].2), (0, 0), "what passes contributes nothing");
        assert_eq!(both[SPIKE], (Feature::GATE_SPIKE, 5.0, -1_000_000_000));
        assert_eq!(both[5], (Feature::GATE_LIMIT, 0.3, 0));
        let first = list(&reasons(0.01));
        assert_eq!((first[EDGE].2, first[5].1), (-1_000_000_000, 0.03));
        // The greatest edge that there can be does not outweigh a veto.
        assert!(reasons(1.0).score() <= 0);
    }

    #[test]
    fn an_unknown_past_answers_nothing() {
        let mut gates = gates(&[]);
        let ask = |gates: &Gates, millis| {
            gates.read(&entry(Side::Buy, 0.05, "0.31"), at(millis), VOLATILITY)
        };
        assert_eq!(ask(&gates, 0), None);
        gates.on_spot(at(50), usd(80_000.0), None);
        for millis in (1_000..=25_000).step_by(1_000) {
            gates.on_spot(at(millis), usd(80_000.0), None);
            assert_eq!(ask(&gates, millis), None, "{millis} ms");
        }
        gates.on_spot(at(25_100), usd(80_000.0), None);
        assert!(ask(&gates, 25_100).is_some());
        // Silence and gaps end a session: neither average nor spike outlives it.
        gates.on_spot(at(55_101), usd(90_000.0), Some(VOLATILITY));
        assert_eq!(ask(&gates, 55_101), None);
        assert_eq!(gates.session.distance(90_000.0), 0.0);
        assert_eq!(gates.blocked_until, Nanos::MIN);
    }

    #[test]
    fn a_set_is_said_once_until_it_changes() {
        let mut told = Told::default();
        let mut say = |side, set| told.is_news(side, set);
        assert!(say(Side::Buy, 2) && !say(Side::Buy, 2), "once");
        assert!(say(Side::Sell, 2), "each side for itself");
        assert!(say(Side::Buy, 3) && say(Side::Buy, 2), "a change is news, back again too");
        assert!(!say(Side::Buy, 0) && say(Side::Buy, 2), "so is failing after passing");
    }
}
