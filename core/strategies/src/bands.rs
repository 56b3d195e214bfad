//! Bars made of prices, and what Bollinger's bands and the RSI say when one closes.
//!
//! Owns the bars. Must never use a price that came after a bar for it.

use crate::orders::span;
use crate::parameter::Parameters;
use crate::sampler::{Passed, Sampler};
use royale_model::Nanos;
use royale_quant::ParameterError;
use royale_quant::indicators::{RollingMoments, Rsi};
use royale_quant::memory::{Memory, Passage};

/// Bars, bands and RSI of one price.
#[derive(Debug)]
pub(crate) struct Bands {
    bars: Sampler,
    moments: RollingMoments,
    rsi: Rsi,
    /// As built, to start anew from.
    blank: (RollingMoments, Rsi),
}

/// What the last bar says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Reading {
    /// Distance of its close from the mean, in deviations.
    pub(crate) z: f64,
    /// Relative strength index.
    pub(crate) rsi: f64,
    /// The deviation, above zero.
    pub(crate) deviation: f64,
}

impl Bands {
    /// By the parameters `bar_s`, `window` and `rsi_window`; on timers each of them closes a bar.
    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, ParameterError> {
        let moments = RollingMoments::new(parameters.number("window") as usize)?;
        let rsi = Rsi::new(parameters.number("rsi_window") as usize)?;
        let bar = span(parameters.number("bar_s"));
        Ok(Self {
            bars: Sampler::new(bar, parameters.rhythm()),
            blank: (moments.clone(), rsi.clone()),
            moments,
            rsi,
        })
    }

    /// Forgets everything: after a gap.
    pub(crate) fn reset(&mut self) {
        self.bars.reset();
        self.moments.clone_from(&self.blank.0);
        self.rsi.clone_from(&self.blank.1);
    }

    /// Takes a price into the bars; the reading when a bar closed.
    pub(crate) fn update(&mut self, now: Nanos, price: f64) -> Option<Reading> {
        match self.bars.update(now, price) {
            Passed::Nothing => None,
            Passed::Broken => {
                self.reset();
                match self.bars.update(now, price) {
                    Passed::Timer { .. } => self.close(price),
                    _ => None,
                }
            }
            Passed::Instants { price: close, count } => {
                (0..count).fold(None, |_, _| self.close(close))
            }
            Passed::Timer { .. } => self.close(price),
        }
    }

    /// A bar closes at a price.
    fn close(&mut self, close: f64) -> Option<Reading> {
        let mean = self.moments.update(close);
        let rsi = self.rsi.update(close);
        self.reading(close, mean, rsi)
    }

    fn reading(&self, close: f64, mean: Option<f64>, rsi: Option<f64>) -> Option<Reading> {
        let deviation = self.moments.deviation().filter(|deviation| *deviation > 0.0)?;
        Some(Reading { z: (close - mean?) / deviation, rsi: rsi?, deviation })
    }
}

impl Memory for Bands {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.bars.pass(through)?;
        self.moments.pass(through)?;
        self.rsi.pass(through)
    }
}
