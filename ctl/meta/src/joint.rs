//! How probable it is that each slot is the best one, when slots move together.
//!
//! And where it stands otherwise: its rank and its mean, with the 90 % intervals that the same draws
//! give. Owns one question: [`royale_quant::bandit::Allocator`] answers it for slots that have nothing to do
//! with each other. Two copies of one strategy would then count as two chances and get twice the
//! capital; drawn with their correlation they win together, and share what one would have had.

use crate::belief::View;
use crate::honesty::Band;
use royale_quant::bandit::Student;
use royale_quant::portfolio::Covariance;
use royale_quant::rng::Xoshiro256PlusPlus;
use serde::Serialize;

/// Draws for each way to see the slots.
const DRAWS: u32 = 512;
/// Share of the correlations that is taken for chance: a window of returns shows some between any
/// two series, and a matrix that is all chance cannot be drawn from.
const SHRINK: f64 = 0.1;
/// What a 90 % interval leaves out on either side.
const TAIL: f64 = 0.05;

/// Square root of a correlation matrix, row by row: `L` of `L Lᵀ`.
#[derive(Clone, Debug)]
pub struct Together {
    slots: usize,
    lower: Vec<f64>,
}

impl Together {
    /// From what a window of returns showed; slots that did not move stand alone.
    pub fn new(covariance: &Covariance) -> Self {
        let slots = covariance.order();
        let variance = |i: usize| covariance.get(i, i).unwrap_or(0.0);
        let correlation = |i: usize, j: usize| {
            let scale = (variance(i) * variance(j)).sqrt();
            let of_two = covariance.get(i, j).filter(|_| scale > 0.0).unwrap_or(0.0);
            if i == j { 1.0 } else { (1.0 - SHRINK) * of_two / scale.max(f64::MIN_POSITIVE) }
        };
        let mut lower = vec![0.0; slots * slots];
        for i in 0..slots {
            for j in 0..=i {
                let done: f64 = (0..j).map(|k| lower[i * slots + k] * lower[j * slots + k]).sum();
                let left = correlation(i, j) - done;
                lower[i * slots + j] =
                    if i == j { left.max(1e-12).sqrt() } else { left / lower[j * slots + j] };
            }
        }
        Self { slots, lower }
    }

    /// Normal draws that move together.
    fn draw(&self, rng: &mut Xoshiro256PlusPlus, plain: &mut [f64], drawn: &mut [f64]) {
        plain.iter_mut().for_each(|value| *value = rng.normal());
        for (row, value) in self.lower.chunks_exact(self.slots).zip(drawn) {
            *value = row.iter().zip(&*plain).map(|(a, b)| a * b).sum();
        }
    }
}

/// Where a slot stands, by the draws of one epoch: each end leaves out 5 % of them.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Standing {
    /// Its P(best), and the interval in which that would be if one knew which memory is right and
    /// which regime comes: P(best) is the mean over them. The dice add 0.04 at most.
    pub p_best: Band,
    /// Its rank among the slots that may trade, 1 for the best: the better end of the 90 % interval.
    pub rank_best: u16,
    /// The worse end.
    pub rank_worst: u16,
    /// What it is expected to earn in an epoch more than the mean of all slots, in parts of its
    /// capital, with its 90 % credible interval.
    pub expected: Band,
}

/// What the draws of one epoch say.
#[derive(Clone, PartialEq, Debug)]
pub struct Odds {
    /// Each slot's share of the draws in which its mean was the highest. Adds up to one.
    pub p_best: Vec<f64>,
    /// Where each slot stands; none for one that is left out. Empty where nothing could be drawn.
    pub standings: Vec<Option<Standing>>,
}

impl Odds {
    /// Of slots of which nothing is known: as good as each other, where one may win at all.
    pub fn even(may_win: &[bool]) -> Self {
        let each = 1.0 / may_win.iter().filter(|may| **may).count().max(1) as f64;
        let one = |may: &bool| if *may { each } else { 0.0 };
        Self { p_best: may_win.iter().map(one).collect(), standings: Vec::new() }
    }
}

/// Draws the means of the slots again and again; slots for which `may_win` is false are left out.
/// P(best), the ranks and the intervals are of the same draws, so they cannot contradict each other.
pub fn odds(
    views: &[View],
    together: &Together,
    may_win: &[bool],
    rng: &mut Xoshiro256PlusPlus,
) -> Odds {
    let slots = together.slots;
    let candidates: Vec<usize> = (0..slots).filter(|&slot| may_win[slot]).collect();
    let mut tally = Tally::new(slots);
    let (mut plain, mut drawn) = (vec![0.0; slots], vec![0.0; slots]);
    for View { weight, means } in views {
        tally.begin(*weight);
        for _ in 0..DRAWS {
            together.draw(rng, &mut plain, &mut drawn);
            spread(means, rng, &mut drawn);
            let score = |slot: usize| means[slot].location + means[slot].scale * drawn[slot];
            tally.take(&candidates, score, *weight);
        }
    }
    if tally.total <= 0.0 || candidates.is_empty() {
        return Odds::even(may_win);
    }
    let standings = (0..slots).map(|slot| may_win[slot].then(|| tally.standing(slot))).collect();
    let p_best = (0..slots).map(|slot| tally.ranks[slot][0] / tally.total).collect();
    Odds { p_best, standings }
}

/// Makes normal draws those of Student's t, `T = Z √(ν / χ²_ν)`: how wide returns are is not known
/// either. Slots that were seen equally often share the χ² (the multivariate t), so that copies of one
/// strategy go on winning together.
fn spread(means: &[Student], rng: &mut Xoshiro256PlusPlus, drawn: &mut [f64]) {
    let (mut degrees, mut width) = (f64::INFINITY, 1.0);
    for (mean, value) in means.iter().zip(drawn) {
        if mean.degrees != degrees {
            degrees = mean.degrees;
            width = match degrees.is_finite() {
                true => (degrees / (2.0 * rng.gamma(0.5 * degrees))).sqrt(),
                false => 1.0,
            };
        }
        *value *= width;
    }
}

/// The draws, counted.
struct Tally {
    total: f64,
    /// For each memory and regime its weight, and how often each slot was the best in its draws.
    cases: Vec<(f64, Vec<f64>)>,
    /// Weight of the draws in which a slot had each rank.
    ranks: Vec<Vec<f64>>,
    /// Each slot's draws and their weights.
    scores: Vec<Vec<(f64, f64)>>,
    order: Vec<(f64, usize)>,
}

impl Tally {
    fn new(slots: usize) -> Self {
        Self {
            total: 0.0,
            cases: Vec::new(),
            ranks: vec![vec![0.0; slots]; slots],
            scores: vec![Vec::new(); slots],
            order: Vec::new(),
        }
    }

    /// Another memory or regime.
    fn begin(&mut self, weight: f64) {
        self.cases.push((weight, vec![0.0; self.ranks.len()]));
    }

    fn take(&mut self, candidates: &[usize], score: impl Fn(usize) -> f64, weight: f64) {
        self.total += weight;
        self.order.clear();
        self.order.extend(candidates.iter().map(|&slot| (score(slot), slot)));
        // Of two that are equal the later one is ahead.
        self.order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        if let (Some((_, wins)), Some(&(_, best))) = (self.cases.last_mut(), self.order.first()) {
            wins[best] += 1.0;
        }
        for (rank, &(score, slot)) in self.order.iter().enumerate() {
            self.ranks[slot][rank] += weight;
            self.scores[slot].push((score, weight));
        }
    }

    fn standing(&mut self, slot: usize) -> Standing {
        let scores = &mut self.scores[slot];
        scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mean = scores.iter().map(|(score, weight)| score * weight).sum::<f64>() / self.total;
        let by_rank: Vec<(f64, f64)> =
            (1..).map(f64::from).zip(self.ranks[slot].iter().copied()).collect();
        let mut p_best: Vec<(f64, f64)> =
            self.cases.iter().map(|(weight, wins)| (wins[slot], *weight)).collect();
        p_best.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Standing {
            p_best: Band {
                low: quantile(TAIL, &p_best) / f64::from(DRAWS),
                mean: self.ranks[slot][0] / self.total,
                high: quantile(1.0 - TAIL, &p_best) / f64::from(DRAWS),
            },
            rank_best: quantile(TAIL, &by_rank) as u16,
            rank_worst: quantile(1.0 - TAIL, &by_rank) as u16,
            expected: Band {
                low: quantile(TAIL, scores),
                mean,
                high: quantile(1.0 - TAIL, scores),
            },
        }
    }
}

/// The first value at which the weights add up to this part of them; values in order.
fn quantile(part: f64, all: &[(f64, f64)]) -> f64 {
    let wanted = part * all.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut sum = 0.0;
    let found = all.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted && *weight > 0.0
    });
    found.or(all.last()).map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(draws: &[[f64; 3]]) -> Tally {
        let mut tally = Tally::new(3);
        tally.begin(0.5);
        for draw in draws {
            tally.take(&[0, 1, 2], |slot| draw[slot], 0.5);
        }
        tally
    }

    #[test]
    fn draws_are_as_wide_as_students_t() {
        // P(|T| > t) = 5 % at t = 2.571 for 5 degrees of freedom, 2.086 for 20 and 1.960 for a normal
        // variable: the first column of every table of Student's distribution.
        for (degrees, edge) in [(5.0, 2.571), (20.0, 2.086), (f64::INFINITY, 1.960)] {
            let mut rng = Xoshiro256PlusPlus::from_seed(7);
            let mean = Student { location: 0.0, scale: 1.0, degrees };
            let draws = 40_000;
            let outside = (0..draws).filter(|_| {
                let mut drawn = [rng.normal(), 0.5];
                spread(&[mean, mean], &mut rng, &mut drawn);
                drawn[0].abs() > edge
            });
            let share = outside.count() as f64 / f64::from(draws);
            // Four standard errors.
            assert!((share - 0.05).abs() < 0.0044, "{degrees} degrees: {share}");
        }
    }

    #[test]
    fn ranks_and_intervals_leave_out_a_twentieth_on_either_side() {
        // Slot 0 wins but for the last 4 of 100 draws, slot 1 is second or third by turns.
        let draw = |n: u32| match (n, n % 2) {
            (96.., _) => [-f64::from(n), 2.0, 1.0],
            (_, 0) => [f64::from(n) + 10.0, 2.0, 1.0],
            _ => [f64::from(n) + 10.0, 1.0, 2.0],
        };
        let draws: Vec<[f64; 3]> = (0..100).map(draw).collect();
        let mut tally = tally(&draws);
        let first = tally.standing(0);
        assert_eq!((first.rank_best, first.rank_worst), (1, 1), "4 % are not seen");
        let second = tally.standing(1);
        assert_eq!((second.rank_best, second.rank_worst), (2, 3));
        assert!((second.expected.mean - 1.52).abs() < 1e-12);
        // In order: -99 to -96, then 10 to 105; the 5th and the 95th of them.
        assert_eq!((first.expected.low, first.expected.high), (10.0, 100.0));
        assert!((tally.ranks[0][0] / tally.total - 0.96).abs() < 1e-12);
    }

    #[test]
    fn p_best_is_as_unsure_as_the_memories_and_regimes_disagree() {
        // Slot 0 always wins in the first of three cases, never in the others.
        let mut tally = Tally::new(2);
        for (weight, first) in [(0.5, 1.0), (0.47, -1.0), (0.03, -1.0)] {
            tally.begin(weight);
            for _ in 0..DRAWS {
                tally.take(&[0, 1], |slot| if slot == 0 { first } else { 0.0 }, weight);
            }
        }
        let torn = tally.standing(0).p_best;
        assert!((torn.mean - 0.5).abs() < 1e-9, "{torn:?}");
        assert_eq!((torn.low, torn.high), (0.0, 1.0));
        // What is believed with less than a twentieth is no end of the interval.
        let mut sure = Tally::new(2);
        for (weight, first) in [(0.97, 1.0), (0.03, -1.0)] {
            sure.begin(weight);
            for _ in 0..DRAWS {
                sure.take(&[0, 1], |slot| if slot == 0 { first } else { 0.0 }, weight);
            }
        }
        let sure = sure.standing(0).p_best;
        assert_eq!((sure.low, sure.high), (1.0, 1.0));
        assert!((sure.mean - 0.97).abs() < 1e-9);
    }
}
