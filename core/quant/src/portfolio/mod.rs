//! Portfolios: how returns move together, and what to hold of each. Owns covariance estimates,
//! allocation by hierarchical risk parity and its peers, Kelly stakes, and the risk of given
//! positions. It must never round to lots or apply a limit: weights and fractions go out, and
//! caps come after.
//!
//! Nothing here is for the path of an event, except the `update` of the two streaming estimates
//! ([`WindowCovariance`], [`EwmaCovariance`]), which do not allocate. The rest is for timers and
//! reports: it allocates, and takes up to milliseconds for 64 series.
//!
//! Conventions: returns are simple, a table of them has one row a period; weights sum to 1;
//! fractions are of the bankroll. `docs/portfolio.md` has formulas, pitfalls and sources.

mod cholesky;
mod correlation;
mod covariance;
mod eigen;
mod ewma_covariance;
mod hrp;
mod leaves;
mod linkage;
mod matrix;
mod risk;
mod sample;
mod shrinkage;
mod simplex;
mod weights;
mod window_covariance;

pub mod kelly;

pub use correlation::Correlation;
pub use covariance::Covariance;
pub use ewma_covariance::{EwmaCovariance, EwmaMean};
pub use hrp::{Allocation, Distance, Hrp, Riskless, hrp_weights};
pub use leaves::LeafOrder;
pub use linkage::{Linkage, Merge};
pub use risk::PortfolioRisk;
pub use shrinkage::LedoitWolf;
pub use weights::{equal_risk, inverse_variance, minimum_variance};
pub use window_covariance::WindowCovariance;

/// Most series that a matrix may have: a limit on memory and on the time of `O(n³)` methods.
pub const ASSETS_MAX: usize = 256;
