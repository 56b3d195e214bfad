//! The one gate that every streaming input passes. It owns what counts as a usable number; it
//! must never repair a number, only accept or refuse it.

/// Largest magnitude that an `update` accepts. Its fourth power times any realistic count is far
/// below the largest double, so sums of fourth powers cannot overflow.
pub const MAGNITUDE_MAX: f64 = 1e60;

/// Smallest number that counts as above zero, so that a division by it cannot overflow.
pub(crate) const MAGNITUDE_MIN: f64 = 1e-60;

/// True for finite numbers of at most [`MAGNITUDE_MAX`]; false for NaN.
pub(crate) fn is_usable(x: f64) -> bool {
    x.abs() <= MAGNITUDE_MAX
}

/// True for usable numbers above zero (and not below 1e-60): prices, quantities, spans of time.
pub(crate) fn is_positive(x: f64) -> bool {
    x >= MAGNITUDE_MIN && is_usable(x)
}

/// The number if finite, `None` if a division made it infinite or undefined.
pub(crate) fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_infinity_and_giants_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e61, -1e61] {
            assert!(!is_usable(bad));
            assert!(!is_positive(bad));
        }
        assert!(is_usable(0.0) && is_usable(-1e60) && is_positive(1e-60));
        assert!(!is_positive(1e-61) && !is_positive(0.0) && !is_positive(-1.0));
    }
}
