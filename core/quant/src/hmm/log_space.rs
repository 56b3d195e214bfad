//! Sums of probabilities kept as logarithms. Owns the one order in which they are added, on which
//! the bits of every result of this module hang. `-inf` is the logarithm of zero and never turns
//! into NaN here.

/// Products of probabilities down to this are summed as they are; below, underflow could have
/// taken a part, and the sum is made in logarithms.
pub(super) const PLAIN_MIN: f64 = 1e-290;

/// `ln Σ exp(terms)`, with the largest term taken out first so that nothing overflows and
/// something always remains.
pub(super) fn log_sum_exp(terms: &[f64]) -> f64 {
    let largest = largest(terms);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + libm::log(terms.iter().fold(0.0, |sum, term| sum + libm::exp(term - largest)))
}

/// The largest term; `-inf` of none.
#[inline]
pub(super) fn largest(terms: &[f64]) -> f64 {
    terms.iter().fold(f64::NEG_INFINITY, |most, term| if *term > most { *term } else { most })
}

/// Takes the common factor out of logarithms, so that their probabilities sum to one, writes these
/// and gives the factor's logarithm. The largest is subtracted before the small rest of the
/// factor is: in one subtraction a factor of `e^-1e9` would take nine digits of the probabilities
/// with it.
#[inline]
pub(super) fn take_factor(logs: &mut [f64], probabilities: &mut [f64]) -> f64 {
    let largest = largest(logs);
    let mut sum = 0.0;
    for (log, probability) in logs.iter_mut().zip(&mut *probabilities) {
        *log -= largest;
        *probability = libm::exp(*log);
        sum += *probability;
    }
    let rest = libm::log(sum);
    for (log, probability) in logs.iter_mut().zip(probabilities) {
        *log -= rest;
        *probability /= sum;
    }
    largest + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_giants_nor_impossible_terms_become_nan() {
        let none = f64::NEG_INFINITY;
        assert_eq!(log_sum_exp(&[none, none]), none);
        assert_eq!(log_sum_exp(&[]), none);
        assert_eq!(log_sum_exp(&[none, -5000.0]), -5000.0);
        let twice = log_sum_exp(&[-1e5, -1e5]);
        assert!((twice + 1e5 - std::f64::consts::LN_2).abs() < 1e-10);
        assert_eq!(log_sum_exp(&[1e200, -1e200]), 1e200);
    }

    #[test]
    fn a_giant_factor_takes_no_digits_with_it() {
        let (mut logs, mut probabilities) = ([-1e9, f64::NEG_INFINITY, -1e9], [0.0; 3]);
        let factor = take_factor(&mut logs, &mut probabilities);
        assert_eq!(factor, -1e9 + std::f64::consts::LN_2);
        assert_eq!(probabilities, [0.5, 0.0, 0.5]);
        assert_eq!(logs[0], -std::f64::consts::LN_2);
    }
}
