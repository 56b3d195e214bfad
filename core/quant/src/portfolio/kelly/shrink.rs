//! How much of a stake to believe. Owns the factors in `0..=1` by which a Kelly stake shrinks
//! because its edge was estimated and not known.

use crate::checked::is_usable;

/// Share of the full stake to take when an edge is known up to a standard deviation:
///
/// ```text
/// k = edge² / (edge² + deviation²)
/// ```
///
/// 1 for a known edge, 1/2 where the edge is one standard error, 0 without an edge. Growth is
/// close to quadratic in the stake, `g(k) = E[k f̂ e - k² f̂² e/(2f)]` with `f̂` unbiased for `f`;
/// its greatest is at this `k`. The edge is per unit in any unit of which the stake is a
/// multiple: `p - c` of a contract, with the deviation of the estimate of `p`; the mean of a
/// return, with its standard error. Net of fees, and only worth its name where the deviation is
/// honest.
///
/// `None` unless the edge is usable and the deviation usable and not below zero.
///
/// Source: R. D. Baker, I. G. McHale, "Optimal Betting Under Parameter Uncertainty: Improving the
/// Kelly Criterion" (2013), the approximation for small deviations.
#[must_use]
pub fn certainty(edge: f64, deviation: f64) -> Option<f64> {
    if !is_usable(edge) || !is_usable(deviation) || deviation < 0.0 {
        return None;
    }
    if edge <= 0.0 {
        return Some(0.0);
    }
    let noise = deviation / edge;
    Some(1.0 / (1.0 + noise * noise))
}

/// Share of `Σ⁻¹ μ` to take when both were estimated from `periods` returns of `assets` series,
/// `theta_squared` being `μ'Σ⁻¹μ` of the estimates (with the divisor `n` in `Σ`):
///
/// ```text
/// k = (T-N-1)(T-N-4) / (T(T-2)) · θ² / (θ² + N/T)
/// ```
///
/// with the unbiased `θ² = ((T-N-2) θ̂² - N)/T` in place of the estimate, which is far too large
/// where `N/T` is not small; 0 where that is not above zero, which says that the sample shows no
/// edge at all.
///
/// `None` unless `theta_squared` is usable and not below zero, with at least one asset and more
/// than `assets + 4` periods.
///
/// Source: R. Kan, G. Zhou, "Optimal Portfolio Choice with Parameter Uncertainty" (2007), the
/// two-fund rule.
#[must_use]
pub fn estimation_certainty(theta_squared: f64, assets: u32, periods: u32) -> Option<f64> {
    let (n, t) = (f64::from(assets), f64::from(periods));
    if !is_usable(theta_squared) || theta_squared < 0.0 || n < 1.0 || t <= n + 4.0 {
        return None;
    }
    let unbiased = ((t - n - 2.0) * theta_squared - n) / t;
    if unbiased <= 0.0 {
        return Some(0.0);
    }
    let inverse = (t - n - 1.0) * (t - n - 4.0) / (t * (t - 2.0));
    Some(inverse * unbiased / (unbiased + n / t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainty_by_hand() {
        assert_eq!(certainty(0.12, 0.0), Some(1.0));
        assert_eq!(certainty(0.12, 0.12), Some(0.5));
        assert!((certainty(0.1, 0.05).unwrap() - 0.8).abs() < 1e-15);
        assert_eq!((certainty(-0.1, 0.0), certainty(0.0, 0.0)), (Some(0.0), Some(0.0)));
        assert!(certainty(1e-60, 1e60).unwrap() < 1e-200);
        for (edge, deviation) in [(f64::NAN, 0.1), (0.1, f64::NAN), (0.1, -0.1)] {
            assert_eq!(certainty(edge, deviation), None);
        }
    }

    #[test]
    fn estimation_certainty_by_hand() {
        // T = 100, N = 2: unbiased θ² = (96 · 0.25 - 2)/100 = 0.22; 97 · 94 / 9800.
        let by_hand = 97.0 * 94.0 / 9800.0 * 0.22 / 0.24;
        assert!((estimation_certainty(0.25, 2, 100).unwrap() - by_hand).abs() < 1e-15);
        assert_eq!(estimation_certainty(0.02, 2, 100), Some(0.0));
        assert_eq!(estimation_certainty(0.25, 2, 6), None);
        assert_eq!(estimation_certainty(0.25, 0, 60), None);
        assert_eq!(estimation_certainty(f64::NAN, 2, 60), None);
    }
}
