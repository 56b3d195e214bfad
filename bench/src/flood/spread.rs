//! The middle of repeated figures, and how sure it is.

/// The middle of some figures, the quartiles around it, and a 95 % interval for it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Middle {
    /// Figures.
    pub count: usize,
    /// A quarter of them are no larger.
    pub lower: f64,
    /// Half of them are no larger.
    pub median: f64,
    /// Three quarters of them are no larger.
    pub upper: f64,
    /// Where the median of what they are drawn from lies, with a confidence of at least 95 %; none for
    /// fewer than six.
    pub interval: Option<(f64, f64)>,
}

impl Middle {
    /// Of these figures; not a number where there are none.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let count = figures.len();
        let interval = sign_test_rank(count).map(|rank| (figures[rank], figures[count - 1 - rank]));
        Self {
            count,
            lower: quantile(&figures, 0.25),
            median: quantile(&figures, 0.5),
            upper: quantile(&figures, 0.75),
            interval,
        }
    }
}

/// Between the two sorted figures around the place, in proportion.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The sign test turned round: so many figures at each end can be left out, and the true median is
/// still between the rest in 95 % of all cases. It asks nothing of the figures but that they are drawn
/// alike: not that they are normal, nor that their tails are thin.
fn sign_test_rank(count: usize) -> Option<usize> {
    // Probability that at most `rank` of `count` figures are below the true median. Summed as
    // logarithms: half to the power of some thousands is no number any more.
    let mut ln_choose = 0.0;
    let mut below = 0.0;
    for rank in 0..count {
        below += (ln_choose - count as f64 * std::f64::consts::LN_2).exp();
        if below > 0.025 {
            return rank.checked_sub(1);
        }
        ln_choose += ((count - rank) as f64).ln() - ((rank + 1) as f64).ln();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_figure_does_not_move_the_middle() {
        let middle = Middle::of([1.0, 1.2, 0.8, 70.0, 1.1]);
        assert_eq!((middle.lower, middle.median, middle.upper), (1.0, 1.1, 1.2));
        assert_eq!(Middle::of([1.0, 2.0]).median, 1.5);
        assert!(Middle::of([]).median.is_nan());
    }

    #[test]
    fn the_interval_is_that_of_the_binomial_table() {
        // Ranks, counted from 0, as the tables of the sign test have them (two-sided, 5 %).
        for (count, rank) in [(6, 0), (8, 0), (9, 1), (20, 5), (50, 17), (100, 39), (2000, 955)] {
            assert_eq!(sign_test_rank(count), Some(rank), "of {count}");
        }
        assert_eq!(sign_test_rank(5), None, "five say nothing with 95 %");
        let middle = Middle::of((0..20).map(f64::from));
        assert_eq!(middle.interval, Some((5.0, 14.0)));
    }
}
