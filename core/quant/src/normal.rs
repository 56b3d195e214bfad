//! The standard normal distribution: density, distribution function, quantile. Owns the only
//! route from a standard score to a probability and back; it must never call a transcendental
//! function outside `libm`, since prices and random draws hang on its bits.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Density `exp(-x²/2) / √(2π)`. NaN in, NaN out.
#[must_use]
pub fn pdf(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt()
}

/// `P(Z <= x) = erfc(-x/√2) / 2`. NaN in, NaN out.
///
/// The complementary error function keeps relative accuracy in the lower tail, where
/// `(1 + erf)/2` would cancel to zero. Relative error is about `1e-16 · max(1, x²)`, since the
/// rounding of `x/√2` is amplified by the steepness of the tail.
#[must_use]
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The `x` with `cdf(x) = p`: Wichura's algorithm AS 241 (PPND16), relative error about `1e-16`
/// over the whole range. `p = 0` gives `-inf`, `p = 1` gives `+inf`, anything outside `[0, 1]`
/// (or NaN) gives NaN.
///
/// No Newton step follows: the rational approximation is already as good as `cdf` itself, so a
/// refinement through `cdf` would add noise, not digits. Near `p = 1` the input has lost the
/// digits of `1 - p`; use `-quantile(1 - p)` with the small probability where it is known.
///
/// Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution",
/// Applied Statistics 37 (1988) 477-484.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180625 - centred * centred;
        return centred * horner(&CENTRE_TOP, r) / horner(&CENTRE_BOTTOM, r);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(centred);
    }
    let r = (-libm::log(tail)).sqrt();
    let x = if r <= 5.0 {
        horner(&MIDDLE_TOP, r - 1.6) / horner(&MIDDLE_BOTTOM, r - 1.6)
    } else {
        horner(&FAR_TOP, r - 5.0) / horner(&FAR_BOTTOM, r - 5.0)
    };
    x.copysign(centred)
}

/// A polynomial with the coefficient of the highest power first.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

// Coefficients of AS 241, rounded to doubles, highest power first.

const CENTRE_TOP: [f64; 8] = [
    2509.0809287301227,
    33430.57558358813,
    67265.7709270087,
    45921.95393154987,
    13731.69376550946,
    1971.5909503065513,
    133.14166789178438,
    3.3871328727963665,
];
const CENTRE_BOTTOM: [f64; 8] = [
    5226.495278852854,
    28729.085735721943,
    39307.89580009271,
    21213.794301586597,
    5394.196021424751,
    687.1870074920579,
    42.31333070160091,
    1.0,
];
const MIDDLE_TOP: [f64; 8] = [
    0.0007745450142783414,
    0.022723844989269184,
    0.2417807251774506,
    1.2704582524523684,
    3.6478483247632045,
    5.769497221460691,
    4.630337846156546,
    1.4234371107496835,
];
const MIDDLE_BOTTOM: [f64; 8] = [
    1.0507500716444169e-09,
    0.0005475938084995345,
    0.015198666563616457,
    0.14810397642748008,
    0.6897673349851,
    1.6763848301838038,
    2.053191626637759,
    1.0,
];
const FAR_TOP: [f64; 8] = [
    2.0103343992922881e-07,
    2.7115555687434876e-05,
    0.0012426609473880784,
    0.026532189526576124,
    0.29656057182850487,
    1.7848265399172913,
    5.463784911164114,
    6.657904643501103,
];
const FAR_BOTTOM: [f64; 8] = [
    2.0442631033899397e-15,
    1.421511758316446e-07,
    1.8463183175100548e-05,
    0.0007868691311456133,
    0.014875361290850615,
    0.1369298809227358,
    0.599832206555888,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_are_defined() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert_eq!(quantile(0.5), 0.0);
        for bad in [-1e-9, 1.0 + 1e-9, f64::NAN, f64::INFINITY] {
            assert!(quantile(bad).is_nan());
        }
        assert_eq!(cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(cdf(f64::INFINITY), 1.0);
        assert!(cdf(f64::NAN).is_nan() && pdf(f64::NAN).is_nan());
        assert!((pdf(0.0) - 0.398_942_280_401_432_7).abs() < 1e-16);
    }

    #[test]
    fn quantile_undoes_cdf_over_the_lower_half() {
        for step in 0..=3700 {
            let x = -f64::from(step) * 0.01;
            let back = quantile(cdf(x));
            let bound = 1e-15 * (1.0 + x.abs());
            assert!((back - x).abs() <= bound, "{x} came back as {back}");
        }
    }

    #[test]
    fn symmetry_holds_to_the_last_bit() {
        for step in 1..64 {
            let p = f64::from(step) / 64.0;
            assert_eq!(quantile(p), -quantile(1.0 - p));
        }
    }
}
