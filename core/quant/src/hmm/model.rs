//! The model itself: chances to start, to move and what is emitted. Owns the check of its
//! parameters; a model that exists is sound, and nothing outside this module changes one.

use super::emission::{CovarianceType, Emission};
use super::labels::StateLabels;
use super::{DIMENSIONS_MAX, OBSERVATION_MAX, STATES_MAX};
use crate::parameter::{ParameterError, require};

/// How far a row of probabilities may sum from one: what decimal text of nine digits leaves.
const SUM_ERROR_MAX: f64 = 1e-9;

/// Covariances of all states, one after the other.
#[derive(Clone, Copy, Debug)]
pub enum Covariances<'a> {
    /// `K·D` variances.
    Diagonal(&'a [f64]),
    /// `K` symmetric matrices of `D·D` numbers, row by row.
    Full(&'a [f64]),
}

/// Parameters of a model with `K` states and `D` coordinates, all in the unit of the observations.
#[derive(Clone, Copy, Debug)]
pub struct HmmParameters<'a> {
    /// `K` probabilities of the first state.
    pub start: &'a [f64],
    /// `K·K` probabilities of the next state, row by row: `[i·K + j]` leads from `i` to `j`.
    pub transition: &'a [f64],
    /// `K·D` means, state by state.
    pub means: &'a [f64],
    /// The covariances, state by state.
    pub covariances: Covariances<'a>,
}

/// A hidden Markov model with normal emissions. Formulas and conventions: [the module](super).
///
/// ```
/// use royale_quant::hmm::{Covariances, GaussianHmm, HmmParameters};
///
/// let calm_and_wild = GaussianHmm::new(HmmParameters {
///     start: &[0.5, 0.5],
///     transition: &[0.95, 0.05, 0.10, 0.90],
///     means: &[0.0, 0.0],
///     covariances: Covariances::Diagonal(&[1.0, 9.0]),
/// })?;
/// let inference = calm_and_wild.filter(&[0.1, -0.2, 6.0]).expect("usable numbers");
/// assert!(inference.of(1)[0] > 0.8 && inference.of(2)[1] > 0.9);
/// # Ok::<(), royale_quant::ParameterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianHmm {
    pub(super) start: Box<[f64]>,
    pub(super) transition: Box<[f64]>,
    pub(super) log_start: Box<[f64]>,
    pub(super) log_transition: Box<[f64]>,
    pub(super) emission: Emission,
}

impl GaussianHmm {
    /// A model with these parameters.
    ///
    /// # Errors
    /// If there is no state or no coordinate or too many ([`STATES_MAX`], [`DIMENSIONS_MAX`]), a
    /// slice has the wrong length, a probability is outside `[0, 1]`, a row does not sum to one
    /// within `1e-9`, a mean is not finite or above [`OBSERVATION_MAX`], or a covariance is not
    /// finite, symmetric and positive definite.
    pub fn new(parameters: HmmParameters<'_>) -> Result<Self, ParameterError> {
        let HmmParameters { start, transition, means, covariances } = parameters;
        let states = start.len();
        require("start", "of 1 to 16 states", (1..=STATES_MAX).contains(&states))?;
        let dimensions = means.len() / states;
        let is_whole = dimensions * states == means.len();
        let in_limit = (1..=DIMENSIONS_MAX).contains(&dimensions);
        require("means", "1 to 8 numbers for each state", is_whole && in_limit)?;
        require("transition", "a square with a row for each state", {
            transition.len() == states * states
        })?;
        require("start", "probabilities that sum to one", is_distribution(start))?;
        require("transition", "rows of probabilities that sum to one", {
            transition.chunks_exact(states).all(is_distribution)
        })?;
        require("means", "finite and at most 1e29", means.iter().all(|x| is_observable(*x)))?;
        let (kind, covariances) = match covariances {
            Covariances::Diagonal(variances) => (CovarianceType::Diagonal, variances),
            Covariances::Full(matrices) => (CovarianceType::Full, matrices),
        };
        let entries = kind.entries(dimensions);
        require("covariances", "one variance for each mean, or one matrix for each state", {
            covariances.len() == states * entries
        })?;
        let mut model = Self::blank(states, dimensions, kind);
        let rows = means.chunks_exact(dimensions).zip(covariances.chunks_exact(entries));
        for (state, (mean, covariance)) in rows.enumerate() {
            require("covariances", "symmetric", {
                kind == CovarianceType::Diagonal || is_symmetric(covariance, dimensions)
            })?;
            let set = model.emission.set(state, mean, covariance, &[0.0; 8][..dimensions]);
            require("covariances", "finite and positive definite", set.is_ok())?;
        }
        model.start.copy_from_slice(start);
        model.transition.copy_from_slice(transition);
        model.take_logarithms();
        Ok(model)
    }

    /// A model of this shape that is still to be filled.
    pub(super) fn blank(states: usize, dimensions: usize, kind: CovarianceType) -> Self {
        let zeros = |count| vec![0.0; count].into_boxed_slice();
        Self {
            start: zeros(states),
            transition: zeros(states * states),
            log_start: zeros(states),
            log_transition: zeros(states * states),
            emission: Emission::blank(states, dimensions, kind),
        }
    }

    /// Brings the logarithms in line with `start` and `transition`.
    pub(super) fn take_logarithms(&mut self) {
        let pairs = self.log_start.iter_mut().zip(&self.start);
        for (log, p) in pairs.chain(self.log_transition.iter_mut().zip(&self.transition)) {
            *log = libm::log(*p);
        }
    }

    /// Takes over another model of the same shape, with its states in the order of their ranks,
    /// and does not allocate.
    pub(super) fn copy_sorted(&mut self, other: &Self, labels: &StateLabels) {
        let states = self.states();
        for rank in 0..states {
            let state = labels.state(rank);
            self.start[rank] = other.start[state];
            for next in 0..states {
                self.transition[rank * states + next] =
                    other.transition[state * states + labels.state(next)];
            }
            self.emission.copy_state(rank, &other.emission, state);
        }
        self.take_logarithms();
    }

    /// Number of states `K`.
    #[must_use]
    pub fn states(&self) -> usize {
        self.start.len()
    }

    /// Numbers in one observation, `D`.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.emission.dimensions()
    }

    /// Which entries the covariances have.
    #[must_use]
    pub fn covariance_type(&self) -> CovarianceType {
        self.emission.kind()
    }

    /// Probabilities of the first state.
    #[must_use]
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// Probabilities of the next state, row by row.
    #[must_use]
    pub fn transition(&self) -> &[f64] {
        &self.transition
    }

    /// A state's mean.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn mean(&self, state: usize) -> &[f64] {
        self.emission.mean(state)
    }

    /// A state's variances, or its covariance matrix row by row.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn covariance(&self, state: usize) -> &[f64] {
        self.emission.covariance(state)
    }

    /// Writes the logarithms of the density of an observation in each state, per unit of the
    /// observation; `None` and nothing written if it is unusable or a slice has the wrong length.
    #[must_use]
    pub fn log_densities(&self, x: &[f64], out: &mut [f64]) -> Option<()> {
        if !self.accepts(x) || out.len() != self.states() {
            return None;
        }
        self.emission.log_densities(x, out);
        Some(())
    }

    /// True for an observation of the right length with usable numbers only.
    pub(super) fn accepts(&self, x: &[f64]) -> bool {
        x.len() == self.dimensions() && x.iter().all(|x| is_observable(*x))
    }
}

/// True for finite numbers within the limit; false for NaN.
pub(super) fn is_observable(x: f64) -> bool {
    x.abs() <= OBSERVATION_MAX
}

/// True for probabilities that sum to one.
fn is_distribution(row: &[f64]) -> bool {
    let sum = row.iter().fold(0.0, |sum, p| sum + p);
    row.iter().all(|p| (0.0..=1.0).contains(p)) && (sum - 1.0).abs() <= SUM_ERROR_MAX
}

/// True if a matrix equals its mirror image, up to the rounding of whoever computed it.
fn is_symmetric(matrix: &[f64], dimensions: usize) -> bool {
    let mut pairs = (0..dimensions).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.all(|(i, j)| {
        let (below, above) = (matrix[i * dimensions + j], matrix[j * dimensions + i]);
        (below - above).abs() <= 1e-9 * below.abs().max(above.abs())
    })
}
