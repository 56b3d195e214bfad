//! Hidden Markov models with normal emissions: which of a few regimes a series is in. Owns the
//! model, its inference, its fit and the live tracker; it must never decide what to do about a
//! regime, nor let a live output see an observation that comes after it.
//!
//! | | |
//! |---|---|
//! | [`GaussianHmm`] | parameters, and inference and fit over a series at hand |
//! | [`OnlineFilter`] | the same filter, one observation at a time |
//! | [`StateLabels`], [`Regime`] | names for states that outlive a fit |
//! | [`RegimeTracker`] | fit and filter together, live, with the score of its own forecast |
//!
//! # Model
//!
//! A state `s_t` in `1..K` that nobody sees: `P(s_1 = i) = π_i`, `P(s_{t+1} = j | s_t = i) = A_ij`.
//! Each observation `x_t`, of `D` coordinates, is normal given the state:
//! `b_i(x) = N(x; μ_i, Σ_i)`, with `Σ_i` diagonal or full.
//!
//! # Inference
//!
//! ```text
//! predicted  p_j(t) = Σ_i f_i(t-1) A_ij          p(1) = π
//! evidence   c(t)   = Σ_j p_j(t) b_j(x_t)        ln p(x_1..x_T) = Σ_t ln c(t)
//! filtered   f_j(t) = p_j(t) b_j(x_t) / c(t)     = P(s_t = j | x_1..x_t)
//! ahead      β_i(t) = Σ_j A_ij b_j(x_{t+1}) β_j(t+1) / c(t+1)       β(T) = 1
//! smoothed   γ_i(t) = f_i(t) β_i(t)              = P(s_t = i | x_1..x_T)
//! moves      ξ_ij(t) = γ_i(t) A_ij b_j(x_{t+1}) β_j(t+1) / Σ_k A_ik b_k(x_{t+1}) β_k(t+1)
//! path       v_j(t) = max_i v_i(t-1) A_ij · b_j(x_t)                (Viterbi)
//! ```
//!
//! All of it in logarithms, so that neither the length of a series nor an observation sixty
//! deviations away underflows.
//!
//! # Fit
//!
//! Baum–Welch, plain maximum likelihood without priors. One step, with `n_i = Σ_t γ_i(t)`:
//!
//! ```text
//! π_i = γ_i(1)      A_ij = Σ_t ξ_ij(t) / Σ_jt ξ_ij(t)
//! μ_i = Σ_t γ_i(t) x_t / n_i      Σ_i = Σ_t γ_i(t) (x_t - μ_i)(x_t - μ_i)ᵀ / n_i
//! ```
//!
//! The likelihood has no upper bound where a state contracts onto one value, as it will on a
//! series with many equal values (returns of exactly zero): see [`FitSettings::variance_share_min`]
//! and [`OnCollapse`]. What the series says nothing about stays as it was: see
//! [`GaussianHmm::fit`].
//!
//! Sources: L. R. Rabiner, "A Tutorial on Hidden Markov Models and Selected Applications in Speech
//! Recognition" (1989); L. E. Baum, T. Petrie, G. Soules, N. Weiss (1970); A. J. Viterbi (1967);
//! for regimes of markets J. D. Hamilton, "A New Approach to the Economic Analysis of
//! Nonstationary Time Series and the Business Cycle" (1989).

mod batch;
mod baum_welch;
mod emission;
mod error;
mod fit;
mod labels;
mod log_space;
mod model;
mod online;
mod recursion;
mod skill;
mod spread;
mod start;
mod tracker;

pub use batch::{Inference, ViterbiPath};
pub use baum_welch::VISITS_MIN;
pub use emission::CovarianceType;
pub use error::HmmError;
pub use fit::{FitReport, FitSettings, OnCollapse};
pub use labels::{Regime, StateLabels, StateOrder};
pub use model::{Covariances, GaussianHmm, HmmParameters};
pub use online::OnlineFilter;
pub use skill::ForecastSkill;
pub use start::{BLOCK, STAY};
pub use tracker::{RegimeSettings, RegimeTracker};

/// Most states of a model.
pub const STATES_MAX: usize = 16;

/// Most coordinates of an observation. With the limits on observations and on what counts as
/// positive definite it keeps every squared distance below the largest double.
pub const DIMENSIONS_MAX: usize = 8;

/// Largest magnitude of an observation or a mean: its square is still a usable variance.
pub const OBSERVATION_MAX: f64 = 1e29;
