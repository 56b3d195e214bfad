//! Which regime the market is in, by the returns of one reference instrument.
//!
//! Owns the meeting of epochs, which have holes where nobody was there, and the regime tracker, which
//! wants returns at regular distances. A regime that foretells nothing counts for nothing: its
//! forecast is mixed with what is usual by how well it has foretold so far.

use royale_config::SlotRegime;
use royale_model::Nanos;
use royale_quant::ParameterError;
use royale_quant::hmm::{FitSettings, OnCollapse, RegimeSettings, RegimeTracker, StateOrder};

/// The weather.
#[derive(Debug)]
pub struct Weather {
    epoch: Nanos,
    tracker: RegimeTracker,
    last: Option<(Nanos, f64)>,
}

impl Weather {
    /// Bearish, sideways, bullish.
    pub const REGIMES: usize = 3;

    /// Nothing seen, at epochs of this length.
    ///
    /// # Errors
    /// None that a caller could cause: the settings are constants.
    pub fn new(epoch: Nanos) -> Result<Self, ParameterError> {
        let settings = RegimeSettings {
            states: Self::REGIMES,
            window: 480,
            observations_min: 60,
            refit_every: 20,
            steps_per_update: 3,
            fit: FitSettings {
                steps_max: 50,
                tolerance: 0.01,
                variance_share_min: 1e-4,
                on_collapse: OnCollapse::Hold,
            },
            order: StateOrder::MeanAndVariance,
            score_half_life: 120.0,
        };
        Ok(Self { epoch, tracker: RegimeTracker::new(settings)?, last: None })
    }

    /// The reference's price at the end of an epoch. What lies beyond a hole is no return.
    pub fn take(&mut self, time: Nanos, price: Option<f64>) {
        let price = price.filter(|price| *price > 0.0);
        if let (Some((then, before)), Some(price)) = (self.last, price)
            && time.since(then).raw() <= self.epoch.raw() + self.epoch.raw() / 2
        {
            self.tracker.update(libm::log(price / before));
        }
        self.last = price.map(|price| (time, price));
    }

    /// Probabilities of the regimes in the epoch that has ended; equal before they are known.
    pub fn now(&self) -> Vec<f64> {
        self.tempered(self.tracker.probabilities())
    }
    /// Probabilities of the regimes in the epoch that begins.
    pub fn forecast(&self) -> Vec<f64> {
        self.tempered(self.tracker.forecast())
    }

    /// False as long as too little was seen to tell regimes apart.
    pub fn is_known(&self) -> bool {
        self.tracker.fits() > 0
    }

    /// How far the forecast is to be trusted, from 0 to 1: as far as it has foretold more than the
    /// usual shares of the regimes did.
    pub fn trust(&self) -> f64 {
        if self.is_known() { self.tracker.skill().trust() } else { 0.0 }
    }

    fn tempered(&self, probabilities: Option<&[f64]>) -> Vec<f64> {
        let (Some(told), Some(usual)) = (probabilities, self.tracker.shares()) else {
            return vec![1.0 / Self::REGIMES as f64; Self::REGIMES];
        };
        let trust = self.trust();
        told.iter().zip(usual).map(|(told, usual)| trust * told + (1.0 - trust) * usual).collect()
    }

    /// How much of its share a slot that needs this regime keeps: 1 before the weather is known.
    pub fn fits(&self, needs: SlotRegime) -> f64 {
        if !self.is_known() {
            return 1.0;
        }
        let forecast = self.forecast();
        let sideways = forecast.get(1).copied().unwrap_or(1.0).clamp(0.0, 1.0);
        match needs {
            SlotRegime::Any => 1.0,
            SlotRegime::Sideways => sideways,
            SlotRegime::Trending => 1.0 - sideways,
        }
    }
}
