//! Bars made of prices, and what Bollinger's bands and the RSI say when one closes.
//!
//! Owns the bars. Must never use a price that came after a bar for it.

use crate::orders::span;
use crate::parameter::Parameters;
use crate::sampler::{Passed, Sampler};
use royale_model::Nanos;
use royale_quant::ParameterError;
use royale_quant::indicators::{RollingMoments, Rsi};

/// Bars, bands and RSI of one price.
#[derive(Debug)]
pub(crate) struct Bands {
    bar: Nanos,
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
    /// By the parameters `bar_s`, `window` and `rsi_window`.
    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, ParameterError> {
        let moments = RollingMoments::new(parameters.number("window") as usize)?;
        let rsi = Rsi::new(parameters.number("rsi_window") as usize)?;
        let bar = span(parameters.number("bar_s"));
        Ok(Self {
            bar,
            bars: Sampler::new(bar),
            blank: (moments.clone(), rsi.clone()),
            moments,
            rsi,
        })
    }

    /// Forgets everything: after a gap.
    pub(crate) fn reset(&mut self) {
        self.bars = Sampler::new(self.bar);
        self.moments.clone_from(&self.blank.0);
        self.rsi.clone_from(&self.blank.1);
    }

    /// Takes a price into the bars; the reading when a bar closed.
    pub(crate) fn update(&mut self, now: Nanos, price: f64) -> Option<Reading> {
        match self.bars.update(now, price) {
            Passed::Nothing => None,
            Passed::Broken => {
                self.reset();
                self.bars.update(now, price);
                None
            }
            Passed::Instants { price: close, count } => {
                let mut reading = None;
                for _ in 0..count {
                    let mean = self.moments.update(close);
                    let rsi = self.rsi.update(close);
                    reading = self.reading(close, mean, rsi);
                }
                reading
            }
        }
    }

    fn reading(&self, close: f64, mean: Option<f64>, rsi: Option<f64>) -> Option<Reading> {
        let deviation = self.moments.deviation().filter(|deviation| *deviation > 0.0)?;
        Some(Reading { z: (close - mean?) / deviation, rsi: rsi?, deviation })
    }
}
