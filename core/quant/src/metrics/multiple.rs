//! Many strategies tried, and some good by luck. Owns corrections of p-values for their number,
//! and the number of trials that correlated ones amount to.

/// How to correct p-values for being many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// `p n`: bounds the chance of a single false discovery, whatever the dependence.
    Bonferroni,
    /// Step-down by Holm: the same bound, never weaker in power. Source: S. Holm, "A Simple
    /// Sequentially Rejective Multiple Test Procedure" (1979).
    Holm,
    /// Step-up by Benjamini and Hochberg: bounds the expected share of false discoveries among
    /// all, if tests are independent or positively dependent. Source: Y. Benjamini, Y. Hochberg,
    /// "Controlling the False Discovery Rate" (1995).
    BenjaminiHochberg,
}

/// Adjusted p-values, to be held to the level itself (0.05), in the order given.
///
/// With `p₁ <= … <= pₙ`: Bonferroni `n pᵢ`; Holm the running maximum of `(n - i + 1) pᵢ`;
/// Benjamini-Hochberg the running minimum of `n pᵢ / i` from the largest down; none above 1.
/// `None` unless all are probabilities.
#[must_use]
pub fn adjusted_p_values(p_values: &[f64], correction: Correction) -> Option<Vec<f64>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; n];
    let mut bound = if correction == Correction::BenjaminiHochberg { 1.0_f64 } else { 0.0 };
    for step in 0..n {
        match correction {
            Correction::Bonferroni => adjusted[step] = p_values[step] * n as f64,
            Correction::Holm => {
                bound = bound.max(p_values[order[step]] * (n - step) as f64);
                adjusted[order[step]] = bound;
            }
            Correction::BenjaminiHochberg => {
                let rank = n - step;
                bound = bound.min(p_values[order[rank - 1]] * n as f64 / rank as f64);
                adjusted[order[rank - 1]] = bound;
            }
        }
    }
    adjusted.iter_mut().for_each(|p| *p = p.min(1.0));
    Some(adjusted)
}

/// How many independent trials this many correlated ones amount to, by the mean correlation of
/// their returns: `ρ + (1 - ρ) n`, rounded up, for [`super::expected_max_sharpe`]. Trials that
/// move as one are one trial; a mean below zero counts as zero.
///
/// `None` unless there is a trial and the correlation is within `-1..=1`.
///
/// Source: D. H. Bailey, M. López de Prado, "The Deflated Sharpe Ratio" (2014), appendix 3.
#[must_use]
pub fn effective_trials(trials: u64, average_correlation: f64) -> Option<u64> {
    if trials == 0 || !(-1.0..=1.0).contains(&average_correlation) {
        return None;
    }
    let rho = average_correlation;
    // Rounding up is the cautious side; a mean below zero makes no more trials than there were.
    Some(((rho + (1.0 - rho) * trials as f64).ceil() as u64).clamp(1, trials))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_p_values_by_hand() {
        let p = [0.02, 0.01, 0.5, 0.03];
        let by = |correction| adjusted_p_values(&p, correction).unwrap();
        let near = |a: Vec<f64>, b: [f64; 4]| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-15);
        assert!(near(by(Correction::Bonferroni), [0.08, 0.04, 1.0, 0.12]));
        assert!(near(by(Correction::Holm), [0.06, 0.04, 0.5, 0.06]));
        assert!(near(by(Correction::BenjaminiHochberg), [0.04, 0.04, 0.5, 0.04]));
        assert_eq!(adjusted_p_values(&[0.1, f64::NAN], Correction::Holm), None);
        assert_eq!(adjusted_p_values(&[1.1], Correction::Holm), None);
        assert_eq!(adjusted_p_values(&[], Correction::Holm), Some(vec![]));
    }

    #[test]
    fn copies_are_one_trial_and_strangers_all() {
        assert_eq!((effective_trials(50, 1.0), effective_trials(50, 0.0)), (Some(1), Some(50)));
        assert_eq!((effective_trials(50, 0.5), effective_trials(50, -0.5)), (Some(26), Some(50)));
        assert_eq!((effective_trials(0, 0.0), effective_trials(9, f64::NAN)), (None, None));
        assert_eq!(effective_trials(u64::MAX, 0.0), Some(u64::MAX));
    }
}
