//! What an event contract is worth: the probability that the closing average is at or above the
//! strike, from the spot price, its volatility, and the time left.
//!
//! Owns the spot price as last seen, its volatility and the part of the closing average that has
//! been seen already. Must never look at the contract's own price.

use crate::outlook::{Basis, Outlook};
use crate::sampler::SILENCE_MAX;
use royale_model::{Instrument, InstrumentId, Nanos};
use royale_quant::digital::AverageSettlement;
use royale_quant::memory::{AMOUNT, Memory, POSITIVE, Passage};
use royale_quant::realised::{RealisedSettings, RealisedVolatility};

use crate::memory::moment;
use crate::orders::span;
use crate::parameter::{BuildError, ParamSpec, Parameters};

/// One basis point.
const BASIS_POINT: f64 = 1e-4;

/// Parameters of the model, for the tables of the strategies that use it.
pub(crate) const fn volatility_half_life() -> ParamSpec {
    ParamSpec::number(
        "volatility_half_life_s",
        120.0,
        (5.0, 3600.0),
        "s",
        "time in which a squared return loses half its weight in the volatility",
    )
    .remembered()
}
/// Lower bound of the volatility.
pub(crate) const fn volatility_floor() -> ParamSpec {
    ParamSpec::number(
        "volatility_floor",
        3.5e-5,
        (0.0, 0.01),
        "1/√s",
        "volatility is taken as at least this; 3.5e-5 is 20 % a year",
    )
}
/// How far our spot price may be from the index.
pub(crate) const fn basis() -> ParamSpec {
    ParamSpec::number(
        "basis_bp",
        1.0,
        (0.0, 100.0),
        "bp",
        "standard deviation of the difference between this spot price and the settlement index",
    )
}
/// How old the spot price may be.
pub(crate) const fn spot_age() -> ParamSpec {
    ParamSpec::number(
        "spot_age_max_s",
        5.0,
        (0.1, 300.0),
        "s",
        "no price without a spot print in this time",
    )
}
/// Length of the closing average.
pub(crate) const fn averaging() -> ParamSpec {
    ParamSpec::number(
        "averaging_s",
        60.0,
        (0.0, 3600.0),
        "s",
        "the contract settles on the average of this long before its expiry; 0 for one price",
    )
    .remembered()
}

/// A contract's value, and what it was made of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Fair {
    /// Probability of yes.
    pub(crate) probability: f64,
    /// Volatility per √s that was used, floor included.
    pub(crate) volatility: f64,
    /// Seconds to expiry.
    pub(crate) seconds_left: f64,
}

impl Fair {
    /// Distance of spot from strike in standard deviations to expiry: for reasons, not for every event.
    pub(crate) fn moneyness(&self) -> f64 {
        royale_quant::normal::quantile(self.probability).clamp(-9.0, 9.0)
    }
}

/// Prices the contracts of one underlying.
#[derive(Clone, Debug)]
pub(crate) struct Pricer {
    volatility: RealisedVolatility,
    blank: RealisedVolatility,
    spot: Option<(Nanos, f64)>,
    closing: Closing,
    /// Where the last value stays until the next print of the spot.
    outlook: Option<Outlook>,
    volatility_floor: f64,
    basis: f64,
    spot_age_max: Nanos,
    averaging: Nanos,
    averaging_s: f64,
}

/// The part of the closing average that lies behind us.
#[derive(Clone, Copy, Debug, Default)]
struct Closing {
    /// Of the contract that expires at this time.
    expiry: Nanos,
    /// Sum of price × seconds since the window opened.
    price_seconds: f64,
    /// Seconds that went into it.
    seconds: f64,
}

impl Pricer {
    /// A pricer that has seen nothing, by the parameters above.
    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, BuildError> {
        let settings = RealisedSettings {
            grid_ns: 1_000_000_000,
            half_life_s: parameters.number("volatility_half_life_s"),
            returns_min: 60,
            gap_ns_max: SILENCE_MAX.raw().unsigned_abs(),
        };
        let volatility = RealisedVolatility::new(settings).map_err(|error| {
            let (strategy, requirement) = (parameters.strategy(), error.requirement);
            BuildError::Contradiction { strategy, parameter: error.parameter, requirement }
        })?;
        Ok(Self {
            blank: volatility.clone(),
            volatility,
            spot: None,
            closing: Closing::default(),
            outlook: None,
            volatility_floor: parameters.number("volatility_floor"),
            basis: parameters.number("basis_bp") * BASIS_POINT,
            spot_age_max: span(parameters.number("spot_age_max_s")),
            averaging: span(parameters.number("averaging_s")),
            averaging_s: parameters.number("averaging_s"),
        })
    }

    /// Takes a spot price; `live` is the contract whose closing average it may belong to.
    pub(crate) fn on_spot(&mut self, now: Nanos, price: f64, live: Option<&Instrument>) {
        if let Some((time, before)) = self.spot {
            if now < time || now.since(time) > SILENCE_MAX {
                self.reset();
            } else if let Some(contract) = live {
                self.closing.add(contract.expiry, self.averaging, (time, now), before);
            }
        }
        self.spot = Some((now, price));
        self.outlook = None;
        self.volatility.update(now.raw().max(0).unsigned_abs(), price);
    }

    /// Forgets everything: after a gap.
    pub(crate) fn reset(&mut self) {
        self.volatility.clone_from(&self.blank);
        self.spot = None;
        self.closing = Closing::default();
        self.outlook = None;
    }

    /// Age from which a spot price is none.
    pub(crate) fn spot_age_max(&self) -> Nanos {
        self.spot_age_max
    }

    /// Volatility per √s, floor included; `None` until enough is known.
    pub(crate) fn volatility(&self) -> Option<f64> {
        self.volatility.value().map(|value| value.max(self.volatility_floor))
    }

    /// Bounds of the contract's value, where they are known: then there is a value, too.
    #[inline]
    pub(crate) fn outlook(&self, contract: InstrumentId, now: Nanos) -> Option<&Outlook> {
        self.outlook.as_ref().filter(|outlook| outlook.covers(contract, now))
    }

    /// The contract's value now; `None` without strike, fresh spot, known volatility or time left,
    /// and in the closing window when its beginning was not seen.
    pub(crate) fn fair(&mut self, contract: &Instrument, now: Nanos) -> Option<Fair> {
        let (time, spot) = self.spot?;
        if now < time || now.since(time) > self.spot_age_max {
            return None;
        }
        let volatility = self.volatility()?;
        let strike = contract.strike.to_f64();
        let seconds_left = contract.expiry.since(now).as_secs_f64();
        if strike <= 0.0 || seconds_left <= 0.0 {
            return None;
        }
        let mut settlement = AverageSettlement::unobserved(self.averaging_s, 0.0);
        if seconds_left < self.averaging_s {
            let seen_s = self.averaging_s - seconds_left;
            let mut closing = self.closing;
            closing.add(contract.expiry, self.averaging, (time, now), spot);
            // A second of slack: the last print before the window may be that much older.
            if closing.seconds + 1.0 < seen_s || closing.seconds <= 0.0 {
                return None;
            }
            settlement.observed_average = closing.price_seconds / closing.seconds;
            settlement.observed_fraction = seen_s / self.averaging_s;
        }
        let widened = self.widened(volatility, seconds_left, settlement.observed_fraction)?;
        let probability = settlement.probability(spot, strike, widened, seconds_left)?;
        let basis = Basis {
            now,
            fresh_until: time.plus(self.spot_age_max),
            averaging: self.averaging,
            probability,
            variances: (volatility * volatility, self.basis * self.basis),
        };
        self.outlook = Outlook::new(contract, &basis);
        Some(Fair { probability, volatility, seconds_left })
    }

    /// The volatility that gives the variance to expiry plus that of the basis. The basis is the
    /// same in the seen and the unseen part of the average, so the unseen part has to carry both.
    fn widened(&self, volatility: f64, seconds_left: f64, seen: f64) -> Option<f64> {
        let window = self.averaging_s.min(seconds_left);
        let effective_s = seconds_left - window + window / 3.0;
        let to_come = 1.0 - seen;
        let basis = self.basis * self.basis / (to_come * to_come * effective_s);
        let widened = (volatility * volatility + basis).sqrt();
        (widened.is_finite() && widened > 0.0).then_some(widened)
    }
}

impl Memory for Pricer {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // It is derived from the rest.
        self.outlook = None;
        self.volatility.pass(through)?;
        through.maybe(&mut self.spot, |through, (time, price)| {
            moment(through, time)?;
            through.number(price, POSITIVE)
        })?;
        moment(through, &mut self.closing.expiry)?;
        through.number(&mut self.closing.price_seconds, AMOUNT)?;
        through.number(&mut self.closing.seconds, AMOUNT)?;
        Some(())
    }
}

impl Closing {
    /// Adds a price that stood from one time to another, as far as that lies in the window.
    fn add(&mut self, expiry: Nanos, averaging: Nanos, (from, to): (Nanos, Nanos), price: f64) {
        if self.expiry != expiry {
            *self = Self { expiry, ..Self::default() };
        }
        let open = Nanos::from_raw(expiry.raw().saturating_sub(averaging.raw()));
        let seconds = to.min(expiry).since(from.max(open)).as_secs_f64();
        if seconds > 0.0 {
            self.price_seconds += price * seconds;
            self.seconds += seconds;
        }
    }
}
