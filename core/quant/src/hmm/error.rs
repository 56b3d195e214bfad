//! What the hidden Markov model says about data that it cannot work with. Owns the refusals of
//! batches and fits; constructors refuse with [`ParameterError`] as everywhere, and streamed data
//! is refused with `None`.

use std::fmt;

use crate::parameter::ParameterError;

/// Why a batch was refused or a fit came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmmError {
    /// Settings of a fit that make no sense.
    Settings(ParameterError),
    /// No observations, more than [`WINDOW_MAX`](crate::WINDOW_MAX), or numbers left over after
    /// the last whole observation.
    Length {
        /// Numbers given.
        numbers: usize,
    },
    /// A number that is NaN, infinite or above [`OBSERVATION_MAX`](super::OBSERVATION_MAX).
    Observation {
        /// Which observation, from 0.
        index: usize,
    },
    /// A coordinate hardly varies (or not at all): no variance can be estimated from it.
    NoSpread {
        /// Which coordinate, from 0.
        dimension: usize,
    },
    /// A state has contracted onto a point or a line: its variance fell under the floor.
    Collapsed {
        /// Which state, from 0.
        state: usize,
        /// The coordinate whose variance (given the coordinates before it) is under the floor.
        dimension: usize,
    },
}

impl fmt::Display for HmmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Length { numbers } => {
                write!(f, "{numbers} numbers are no whole count of observations within the limit")
            }
            Self::Observation { index } => {
                write!(f, "observation {index} is not finite or too large")
            }
            Self::NoSpread { dimension } => {
                write!(f, "coordinate {dimension} has no spread to estimate from")
            }
            Self::Collapsed { state, dimension } => {
                write!(f, "state {state} collapsed in coordinate {dimension}")
            }
        }
    }
}

impl std::error::Error for HmmError {}
