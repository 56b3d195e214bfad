//! The regime of a live series: a model that is fitted again and again on what has passed, and
//! filtered in between. Owns when a fit begins, how it is spread over observations, and when its
//! result takes over; it must never let an observation influence an output before it.

use super::STATES_MAX;
use super::baum_welch::BaumWelch;
use super::emission::CovarianceType;
use super::error::HmmError;
use super::fit::{FitSettings, OnCollapse};
use super::labels::{Regime, StateLabels, StateOrder};
use super::log_space::log_sum_exp;
use super::model::{GaussianHmm, is_observable};
use super::online::OnlineFilter;
use super::skill::ForecastSkill;
use super::start::{check_shape, set_start};
use crate::parameter::{ParameterError, require};
use crate::window::Window;

/// Settings of a [`RegimeTracker`]. All counts are observations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimeSettings {
    /// Regimes to tell apart.
    pub states: usize,
    /// How far back a fit looks.
    pub window: usize,
    /// Observations before the first fit: at least ten a state, at most the window.
    pub observations_min: usize,
    /// Observations from the beginning of one fit to that of the next.
    pub refit_every: usize,
    /// Steps of a fit done in one update: the cost of an update is bounded by it. A fit must be
    /// over before the next begins: `refit_every · steps_per_update` exceeds the steps of a fit.
    pub steps_per_update: usize,
    /// How each fit goes.
    pub fit: FitSettings,
    /// How states are named.
    pub order: StateOrder,
    /// Half-life of the scores.
    pub score_half_life: f64,
}

impl Default for RegimeSettings {
    /// Three regimes of one-minute log returns over a day, fitted anew every hour.
    fn default() -> Self {
        Self {
            states: 3,
            window: 1440,
            observations_min: 240,
            refit_every: 60,
            steps_per_update: 1,
            fit: FitSettings {
                steps_max: 50,
                tolerance: 0.01,
                variance_share_min: 1e-4,
                on_collapse: OnCollapse::Hold,
            },
            order: StateOrder::MeanAndVariance,
            score_half_life: 240.0,
        }
    }
}

impl RegimeSettings {
    fn check(&self) -> Result<(), ParameterError> {
        check_shape(self.states, 1)?;
        self.fit.check()?;
        let enough = 10 * self.states..=self.window;
        let has_enough = enough.contains(&self.observations_min);
        require("observations_min", "from ten a state up to the window", has_enough)?;
        require("refit_every", "above zero", self.refit_every > 0)?;
        let steps = self.refit_every.saturating_mul(self.steps_per_update);
        let is_over = steps > self.fit.steps_max;
        require("steps_per_update", "enough to end a fit before the next", is_over)
    }
}

/// Regimes of a series of regularly spaced returns, such as one-minute log returns.
///
/// * **Start.** Every fit starts from the window itself, as in [`GaussianHmm::start_for`].
/// * **Taking over.** When a fit is over, its states are sorted by the chosen order, the filter
///   goes through the window once under the new model, beginning from the states' shares of the
///   window, and is up to date. Until then the old model goes on.
/// * **No dead ends.** Maximum likelihood gives zero to a move that the window did not show, and a
///   filter that believes it could never make it. With `ε = 1/window` every row of transitions,
///   and the shares, become `(1-ε)·p + ε/K`.
/// * **Scores.** Each observation scores the forecast made before it, against the same model
///   without knowledge of the present regime (the states' shares as weights). What the filter
///   says of the window when a model takes over is not scored: the fit has seen it.
/// * **Failures.** A window without spread, or a collapse under [`OnCollapse::Refuse`], leaves the
///   old model in place and is counted.
///
/// Gaps and bad prices are the caller's work: one wild print stretches a state over the whole
/// window.
///
/// ```
/// use royale_quant::hmm::{RegimeSettings, RegimeTracker};
///
/// let mut tracker = RegimeTracker::new(RegimeSettings::default())?;
/// assert_eq!(tracker.update(0.000_3), None); // not ready: no fit yet
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RegimeTracker {
    settings: RegimeSettings,
    window: Window,
    since_fit: usize,
    work: BaumWelch,
    blocks: Vec<(f64, usize)>,
    draft: GaussianHmm,
    is_fitting: bool,
    filter: OnlineFilter,
    shares: Box<[f64]>,
    log_shares: Box<[f64]>,
    skill: ForecastSkill,
    fits: u64,
    failures: u64,
    last_failure: Option<HmmError>,
}

impl RegimeTracker {
    /// A tracker that has seen nothing. Allocates all that it will ever need: about
    /// `8·(3·states + 4)` bytes for each observation of the window.
    ///
    /// # Errors
    /// If a setting makes no sense.
    pub fn new(settings: RegimeSettings) -> Result<Self, ParameterError> {
        let window = Window::new("window", settings.window)?;
        settings.check()?;
        let draft = GaussianHmm::blank(settings.states, 1, CovarianceType::Diagonal);
        Ok(Self {
            window,
            since_fit: settings.refit_every,
            work: BaumWelch::new(&draft, settings.window, settings.fit),
            blocks: Vec::with_capacity(settings.window),
            is_fitting: false,
            filter: OnlineFilter::new(draft.clone()),
            shares: vec![0.0; settings.states].into_boxed_slice(),
            log_shares: vec![0.0; settings.states].into_boxed_slice(),
            skill: ForecastSkill::new(settings.score_half_life)?,
            fits: 0,
            failures: 0,
            last_failure: None,
            draft,
            settings,
        })
    }

    /// Takes a return; the most probable regime now, `None` before the first fit. An unusable
    /// return gives `None` and changes nothing.
    pub fn update(&mut self, log_return: f64) -> Option<Regime> {
        if !is_observable(log_return) {
            return None;
        }
        if self.fits > 0 {
            self.filter_and_score(log_return);
        }
        self.window.push(log_return);
        self.since_fit += 1;
        let is_due = self.since_fit >= self.settings.refit_every;
        if is_due && self.window.len() >= self.settings.observations_min {
            self.begin_fit();
        }
        if self.is_fitting {
            self.go_on_with_fit();
        }
        self.regime()
    }

    /// The most probable regime; `None` before the first fit.
    #[must_use]
    pub fn regime(&self) -> Option<Regime> {
        let probabilities = self.probabilities()?;
        let mut most = 0;
        for (rank, p) in probabilities.iter().enumerate() {
            if *p > probabilities[most] {
                most = rank;
            }
        }
        Some(Regime::of_rank(most, probabilities.len()))
    }

    /// Probabilities of the regimes now, the most bearish first; `None` before the first fit.
    #[must_use]
    pub fn probabilities(&self) -> Option<&[f64]> {
        (self.fits > 0).then(|| self.filter.filtered())
    }

    /// Probabilities of the regimes at the next observation, in the same order.
    #[must_use]
    pub fn forecast(&self) -> Option<&[f64]> {
        (self.fits > 0).then(|| self.filter.predicted())
    }

    /// Shares of the regimes in the window of the last fit, in the same order: what to believe
    /// where the forecast is not to be trusted.
    #[must_use]
    pub fn shares(&self) -> Option<&[f64]> {
        (self.fits > 0).then_some(&*self.shares)
    }

    /// How well the regime has forecast, against the shares.
    #[must_use]
    pub fn skill(&self) -> &ForecastSkill {
        &self.skill
    }

    /// The model in use, its states in the order of the regimes.
    #[must_use]
    pub fn model(&self) -> Option<&GaussianHmm> {
        (self.fits > 0).then(|| self.filter.model())
    }

    /// Models that have taken over.
    #[must_use]
    pub fn fits(&self) -> u64 {
        self.fits
    }

    /// Fits that came to nothing.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// Why the last of them did.
    #[must_use]
    pub fn last_failure(&self) -> Option<HmmError> {
        self.last_failure
    }

    fn filter_and_score(&mut self, log_return: f64) {
        let mut buffers = [[0.0; STATES_MAX]; 2];
        let [densities, terms] = buffers.each_mut().map(|b| &mut b[..self.shares.len()]);
        self.filter.model().emission.log_densities(&[log_return], densities);
        let (relative, densest) = self.filter.absorb(densities);
        for ((term, share), density) in terms.iter_mut().zip(&self.log_shares).zip(&*densities) {
            *term = share + (density - densest);
        }
        let baseline = log_sum_exp(terms);
        self.skill.update(baseline + densest, relative - baseline);
    }

    fn begin_fit(&mut self) {
        self.since_fit = 0;
        let series = self.window.in_order();
        let begun = self
            .work
            .begin(series)
            .and_then(|()| set_start(&mut self.draft, self.work.observations(), &mut self.blocks));
        match begun {
            Ok(()) => self.is_fitting = true,
            Err(error) => self.fail(error),
        }
    }

    fn go_on_with_fit(&mut self) {
        for _ in 0..self.settings.steps_per_update {
            match self.work.advance(&mut self.draft) {
                Ok(None) => {}
                Ok(Some(_)) => return self.take_over(),
                Err(error) => return self.fail(error),
            }
        }
    }

    fn fail(&mut self, error: HmmError) {
        self.is_fitting = false;
        self.failures += 1;
        self.last_failure = Some(error);
    }

    /// Puts the fitted model to work.
    fn take_over(&mut self) {
        let states = self.settings.states;
        let draft = &mut self.draft;
        self.work.occupancy(&mut draft.start);
        let doubt = 1.0 / self.settings.window as f64;
        for p in draft.start.iter_mut().chain(draft.transition.iter_mut()) {
            *p = (1.0 - doubt) * *p + doubt / states as f64;
        }
        self.filter.restart(draft, &StateLabels::new(draft, self.settings.order));
        self.shares.copy_from_slice(self.filter.model().start());
        self.log_shares.copy_from_slice(&self.filter.model().log_start);
        for x in self.window.in_order() {
            // All of them are usable: an unusable one never came into the window.
            let _score = self.filter.update(&[x]);
        }
        self.is_fitting = false;
        self.fits += 1;
    }
}
