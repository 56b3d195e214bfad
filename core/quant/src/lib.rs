//! Pure mathematics: indicators, volatility, pricing, regimes, portfolios, performance metrics.
//!
//! Owns every formula that works on floats, each with its source and its units. It knows no
//! venue, no clock, no file and no money type: numbers go in, numbers come out, and turning a
//! number into ticks, lots or an order is the caller's work.
//!
//! Four rules hold in every module.
//!
//! * **The same bits everywhere.** Transcendental functions come from the `libm` crate, never
//!   from the platform's C library; additions happen in one written order. A replay on another
//!   machine gives the same bits.
//! * **No allocation after construction.** A constructor may allocate its window; an `update`
//!   never does.
//! * **No panic from input.** Constructors refuse bad parameters with [`ParameterError`].
//! * **No silent poisoning.** An `update` that is given a NaN, an infinity or a magnitude above
//!   [`MAGNITUDE_MAX`] changes nothing and returns `None`; the next good value carries on from
//!   the state before. `None` therefore means "no number for this input": warming up, refused,
//!   or not defined.
#![forbid(unsafe_code)]

pub mod avellaneda;
pub mod bandit;
pub mod digital;
pub mod ewma;
pub mod flow;
pub mod hmm;
pub mod indicators;
pub mod memory;
pub mod metrics;
pub mod moments;
pub mod normal;
pub mod portfolio;
pub mod realised;
pub mod rng;
pub mod special;

mod checked;
mod parameter;
mod window;

pub use checked::MAGNITUDE_MAX;
pub use parameter::{ParameterError, WINDOW_MAX};
