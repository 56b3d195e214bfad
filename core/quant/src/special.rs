//! Special functions behind the posteriors: the beta function and its incomplete form. Owns no
//! distribution; it must never call a transcendental function outside `libm`.

/// Terms of the continued fraction before it gives up. It needs about the root of the larger
/// parameter, so this is enough for counts of a hundred million.
const TERMS_MAX: u32 = 20_000;

/// Stands in for a zero denominator in Lentz's recurrence.
const TINY: f64 = 1e-300;

/// `ln B(a, b)` for positive `a` and `b`.
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    libm::lgamma(small) - ln_gamma_step(large, small)
}

/// `ln Γ(x + step) - ln Γ(x)` for positive `x` and `step`.
///
/// From 15 on by Stirling's series, whose next term is below `1e-15`: the difference of two large
/// logarithms would lose the digits that the difference of the series keeps.
///
/// Source: NIST Digital Library of Mathematical Functions, 5.11.1.
#[must_use]
pub fn ln_gamma_step(x: f64, step: f64) -> f64 {
    let end = x + step;
    if x < 15.0 {
        return libm::lgamma(end) - libm::lgamma(x);
    }
    let remainder = stirling(end) - stirling(x);
    (x - 0.5) * libm::log1p(step / x) + step * (libm::log(end) - 1.0) + remainder
}

/// `ln Γ(x) - (x - 1/2) ln x + x - ln(2π)/2` for `x` of 15 or more.
fn stirling(x: f64) -> f64 {
    let r = 1.0 / x;
    let r2 = r * r;
    let tail = r2 * (-1.0 / 1680.0 + r2 * (1.0 / 1188.0 - r2 * (691.0 / 360_360.0)));
    r * (1.0 / 12.0 + r2 * (-1.0 / 360.0 + r2 * (1.0 / 1260.0 + tail)))
}

/// The regularised incomplete beta function `I_x(a, b)`: the probability that a Beta(a, b) is at
/// most `x`. Zero below the unit interval and one above it; NaN where a parameter is not positive.
///
/// Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction), evaluated
/// with W. J. Lentz's recurrence as modified by I. J. Thompson and A. R. Barnett (1986).
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b));
    // The fraction converges fast on the side of the mean where the smaller tail lies.
    if x < (a + 1.0) / (a + b + 2.0) {
        (front * fraction(a, b, x) / a).min(1.0)
    } else {
        (1.0 - front * fraction(b, a, 1.0 - x) / b).max(0.0)
    }
}

/// The continued fraction of the incomplete beta function.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..=TERMS_MAX {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        value *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_parameters_give_binomial_sums() {
        // I_x(a, b) = P(Binomial(a + b - 1, x) >= a).
        for (a, b, x, expected) in [
            (2.0, 3.0, 0.4, 1.0 - 0.6_f64.powi(4) - 4.0 * 0.4 * 0.6_f64.powi(3)),
            (1.0, 1.0, 0.3, 0.3),
            (1.0, 5.0, 0.2, 1.0 - 0.8_f64.powi(5)),
            (7.0, 1.0, 0.9, 0.9_f64.powi(7)),
        ] {
            assert!((incomplete_beta(a, b, x) - expected).abs() < 1e-14, "{a} {b} {x}");
        }
        // Symmetry holds where the two halves take different ways.
        let (a, b, x) = (12.5, 1e5, 1.3e-4);
        assert!((incomplete_beta(a, b, x) + incomplete_beta(b, a, 1.0 - x) - 1.0).abs() < 1e-11);
    }

    #[test]
    fn the_ends_and_nonsense_are_defined() {
        assert_eq!((incomplete_beta(2.0, 3.0, -1.0), incomplete_beta(2.0, 3.0, 2.0)), (0.0, 1.0));
        assert!(incomplete_beta(0.0, 1.0, 0.5).is_nan());
        assert!(incomplete_beta(1.0, 1.0, f64::NAN).is_nan());
    }

    #[test]
    fn the_series_meets_the_logarithms_of_gamma() {
        for (x, step) in [(15.0, 0.5), (31.7, 3.0), (250.0, 12.5)] {
            let direct = libm::lgamma(x + step) - libm::lgamma(x);
            assert!((ln_gamma_step(x, step) / direct - 1.0).abs() < 1e-13, "{x} {step}");
        }
        // Γ(x + 1) = x Γ(x), also where the logarithms themselves have nine digits before the point.
        for x in [0.3, 14.9, 15.1, 1e4, 5e8] {
            assert!((ln_gamma_step(x, 1.0) / libm::log(x) - 1.0).abs() < 1e-14, "{x}");
        }
    }
}
