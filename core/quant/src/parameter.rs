//! What a constructor says when a parameter makes no sense. Owns the limits on parameters; it
//! must never be returned for streamed data, which is refused by `None` instead.

use std::fmt;

use crate::checked::is_positive;

/// Longest window of any rolling statistic, in samples: a limit on memory (8 MiB of doubles).
pub const WINDOW_MAX: usize = 1 << 20;

/// A constructor's refusal: which parameter, and what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// Name of the parameter as in the constructor's signature.
    pub parameter: &'static str,
    /// What the parameter has to be.
    pub requirement: &'static str,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}", self.parameter, self.requirement)
    }
}

impl std::error::Error for ParameterError {}

/// Checks a window length in samples.
pub(crate) fn check_window(name: &'static str, window: usize) -> Result<(), ParameterError> {
    require(name, "between 1 and 1048576", (1..=WINDOW_MAX).contains(&window))
}

/// Checks a parameter that must be finite and above zero.
pub(crate) fn check_positive(name: &'static str, value: f64) -> Result<(), ParameterError> {
    require(name, "finite and above zero", is_positive(value))
}

/// Turns a condition into a refusal that names the parameter.
pub(crate) fn require(
    parameter: &'static str,
    requirement: &'static str,
    holds: bool,
) -> Result<(), ParameterError> {
    if holds { Ok(()) } else { Err(ParameterError { parameter, requirement }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_parameter_and_requirement() {
        let error = check_window("slow", 0).unwrap_err();
        assert_eq!(error.to_string(), "slow must be between 1 and 1048576");
        assert!(check_window("slow", WINDOW_MAX).is_ok());
        assert!(check_window("slow", WINDOW_MAX + 1).is_err());
        assert!(check_positive("k", f64::NAN).is_err());
    }
}
