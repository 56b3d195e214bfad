//! Where a contract's value stays while nothing but time passes.
//!
//! Owns the bounds and how long they hold. Must never say more than the formula of the value allows:
//! within the bounds a strategy decides without computing the value, and must decide the same.
//!
//! Before the closing window the value is Φ(d) with d = L/√V − √V/2 (`royale_quant::digital`): L does
//! not change with time, and V is the variance per second times the time that counts, plus that of the
//! basis. So
//!
//! ```text
//! ∂Φ(d) / ∂ ln V = −φ(d) (d + √V) / 2        |x φ(x)| ≤ 0.242,  φ(x) ≤ 0.399
//! ```
//!
//! While √V ≤ 0.1 that is at most 0.141, and ln V falls by at most (time that passes) ÷ (time that counts
//! at the end).

use royale_model::{Instrument, InstrumentId, Nanos};

/// Longest time that is looked ahead: prints of the spot, which change the value, come sooner.
const AHEAD_MAX: Nanos = Nanos::from_millis(500);
/// Before the closing window nothing of it is seen, whatever the rounding of seconds.
const SHORT_OF_CLOSING: Nanos = Nanos::from_millis(1);
/// Bound of |∂Φ/∂ ln V|, and the variance up to which it holds.
const STEEPNESS: f64 = 0.141;
const VARIANCE_MAX: f64 = 0.01;
/// More than all roundings together.
const ROUNDING: f64 = 1e-9;

/// Bounds of a contract's value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlook {
    contract: InstrumentId,
    from: Nanos,
    /// As long as nothing else changes, up to this moment.
    pub(crate) until: Nanos,
    /// The probability of yes is at least this …
    pub(crate) low: f64,
    /// … and at most this.
    pub(crate) high: f64,
}

/// What a value was made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    /// When.
    pub(crate) now: Nanos,
    /// From then on the spot price is too old.
    pub(crate) fresh_until: Nanos,
    /// The closing window's length.
    pub(crate) averaging: Nanos,
    /// The value.
    pub(crate) probability: f64,
    /// Variance per second, and of the basis.
    pub(crate) variances: (f64, f64),
}

impl Outlook {
    /// `None` where the bounds would say nothing.
    pub(crate) fn new(contract: &Instrument, of: &Basis) -> Option<Self> {
        let short = of.averaging.plus(SHORT_OF_CLOSING);
        let closing = Nanos::from_raw(contract.expiry.raw().saturating_sub(short.raw()));
        let until = of.now.plus(AHEAD_MAX).min(of.fresh_until).min(closing);
        // The window's seconds count for a third of what they last.
        let counts = |now: Nanos| {
            contract.expiry.since(now).as_secs_f64() - of.averaging.as_secs_f64() * (2.0 / 3.0)
        };
        let (per_second, basis) = of.variances;
        let at_end = counts(until);
        // Some of it is left: `until` lies before the closing window.
        let holds = of.now < until && per_second * counts(of.now) + basis <= VARIANCE_MAX;
        let passes = until.since(of.now).as_secs_f64();
        let reach = STEEPNESS * passes / at_end + ROUNDING;
        holds.then_some(Self {
            contract: contract.id,
            from: of.now,
            until,
            low: of.probability - reach,
            high: of.probability + reach,
        })
    }

    /// True when it speaks of this contract at this time.
    #[inline]
    pub(crate) fn covers(&self, contract: InstrumentId, now: Nanos) -> bool {
        self.contract == contract && self.from <= now && now <= self.until
    }
}

#[cfg(test)]
mod tests;
