//! What is believed of the slots' returns: over all weather, and in each weather by itself.
//!
//! Owns the two, and how far each is believed. What a regime is told apart by may foretell nothing;
//! then a belief of each regime by itself has only split its evidence. So the one over all weather
//! is always there, and the other counts as much as the weather's forecast is trusted.

use crate::simulate::{HOUSE_DISCOUNTS, HOUSE_PRIOR_WEIGHT, HOUSE_SWITCHING};
use crate::weather::Weather;
use royale_quant::ParameterError;
use royale_quant::bandit::{Allocator, AllocatorSettings, Measure, NormalGamma, Outcome, Student};

/// A part of the belief that counts for less than this is left out.
const WEIGHT_MIN: f64 = 1e-3;

/// Posteriors of all slots.
#[derive(Debug)]
pub struct Belief {
    in_all: Allocator,
    in_each: Allocator,
}

/// One way to see the slots, how far it is believed, and each slot's mean return by it.
#[derive(Clone, Debug)]
pub struct View {
    /// Adds up to about one over all views.
    pub weight: f64,
    /// Slot by slot.
    pub means: Vec<Student>,
}

impl Belief {
    /// Nothing known of returns of about this size.
    ///
    /// # Errors
    /// No slots, or a size that is none: nobody has earned or lost anything yet.
    pub fn new(slots: usize, deviation: f64) -> Result<Self, ParameterError> {
        let prior = NormalGamma::expecting(0.0, deviation, HOUSE_PRIOR_WEIGHT)?;
        let allocator = |regimes| {
            Allocator::new(AllocatorSettings {
                arms: slots,
                regimes,
                prior,
                discounts: HOUSE_DISCOUNTS.to_vec(),
                switching: HOUSE_SWITCHING,
                measure: Measure::AgainstField,
            })
        };
        Ok(Self { in_all: allocator(1)?, in_each: allocator(Weather::REGIMES)? })
    }

    /// An epoch is over: what was earned in it, and how probable each regime was.
    pub fn learn(&mut self, regimes: &[f64], seen: &[Outcome]) {
        self.in_all.learn(&[1.0], seen);
        self.in_each.learn(regimes, seen);
    }

    /// All ways to see the slots, when the regimes of the next epoch are this probable and that
    /// forecast is trusted so far.
    pub fn views(&self, regimes: &[f64], trust: f64) -> Vec<View> {
        let mut views = Vec::new();
        let mut add = |belief: &Allocator, regimes: &[f64], part: f64| {
            for (memory, believed) in belief.memory_weights().iter().enumerate() {
                for (regime, probable) in regimes.iter().enumerate() {
                    let weight = part * believed * probable;
                    if weight >= WEIGHT_MIN {
                        let means = belief.means(memory, regime).collect();
                        views.push(View { weight, means });
                    }
                }
            }
        };
        add(&self.in_all, &[1.0], 1.0 - trust);
        add(&self.in_each, regimes, trust);
        views
    }
}
