//! How probable it is that each slot is the best one, when slots move together.
//!
//! Owns one question: [`royale_quant::bandit::Allocator`] answers it for slots that have nothing to do
//! with each other. Two copies of one strategy would then count as two chances and get twice the
//! capital; drawn with their correlation they win together, and share what one would have had.

use crate::belief::View;
use royale_quant::portfolio::Covariance;
use royale_quant::rng::Xoshiro256PlusPlus;

/// Draws for each way to see the slots.
const DRAWS: u32 = 512;
/// Share of the correlations that is taken for chance: a window of returns shows some between any
/// two series, and a matrix that is all chance cannot be drawn from.
const SHRINK: f64 = 0.1;

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

/// Each slot's share of the draws in which its mean was the highest; slots for which `may_win` is
/// false are left out. Adds up to one; equal where nobody may.
pub fn p_best(
    views: &[View],
    together: &Together,
    may_win: &[bool],
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<f64> {
    let slots = together.slots;
    let mut shares = vec![0.0; slots];
    let (mut plain, mut drawn) = (vec![0.0; slots], vec![0.0; slots]);
    let mut total = 0.0;
    for View { weight, means } in views {
        for _ in 0..DRAWS {
            together.draw(rng, &mut plain, &mut drawn);
            let score = |slot: usize| means[slot].location + means[slot].scale * drawn[slot];
            let candidates = (0..slots).filter(|&slot| may_win[slot]);
            let best = candidates.max_by(|&a, &b| score(a).total_cmp(&score(b)));
            if let Some(best) = best {
                shares[best] += weight;
                total += weight;
            }
        }
    }
    if total > 0.0 {
        shares.iter_mut().for_each(|share| *share /= total);
    } else {
        shares.fill(1.0 / slots.max(1) as f64);
    }
    shares
}
