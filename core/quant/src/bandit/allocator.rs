//! The house's allocator: how probable it is that an arm is the best one now, from everything that
//! all arms have earned. That probability is the arm's share of capital.
//!
//! Owns discounted posteriors of every arm's mean reward, in one or several regimes and with one or
//! several memories; it knows no capital, no limits and no cost of a change, which are the meta-agent's.
//!
//! # What it believes
//!
//! * **All arms are seen.** Shadow accounts trade at full size whatever their share, so there is
//!   nothing to explore, and a share costs nothing to learn.
//! * **Arms share the weather.** With [`Measure::AgainstField`] a reward counts as its distance
//!   from the step's mean over all arms, which takes out what moves all of them. Distances of `K`
//!   independent rewards have `(K-1)/K` of their variance, so a posterior's variance is multiplied
//!   by `K/(K-1)`: the difference of two arms is then as uncertain as it is.
//! * **The past fades.** Evidence is discounted by `γ` a step and counted at its effective size
//!   ([`Evidence::effective`]). With several discounts each is a memory of its own, weighed by how
//!   well it foretold the rewards so far, where at each step a share of all weight is spread evenly,
//!   so that none is ever out: Bayesian averaging with a switching model, as in M. Herbster, M. K.
//!   Warmuth, "Tracking the Best Expert" (1998).
//! * **Regimes have pasts of their own.** A step counts in each of `R` regimes as much as it was
//!   probable: with a weight `p` and a discount `γ^(p/R)`. So what is known of a regime does not
//!   fade while another rules, and it lasts longer than knowledge that has to follow every change
//!   of regime. The shares of the regimes are mixed by their probabilities.
//!
//! `docs/meta-agent.md` has what was measured and what was tried.

use super::normal_gamma::{Evidence, NormalGamma};
use super::p_best::PBest;
use super::student::Student;
use super::thompson::highest;
use super::{
    Outcome, Policy, RegimeView, check_arms, check_discount, check_share, draw_from, usable,
};
use crate::parameter::{ParameterError, require};
use crate::rng::Xoshiro256PlusPlus;

/// Most regimes.
pub const REGIMES_MAX: usize = 16;
/// Most memories.
const MEMORIES_MAX: usize = 16;

/// Which number an arm is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Its own reward.
    Own,
    /// Its reward less the mean reward of the arms seen in the step.
    AgainstField,
}

/// Parameters of the allocator.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocatorSettings {
    /// How many arms.
    pub arms: usize,
    /// How many regimes, 1 to [`REGIMES_MAX`].
    pub regimes: usize,
    /// What is believed of an arm without evidence, in the unit of the measured reward.
    pub prior: NormalGamma,
    /// One memory for each: what a step leaves of the evidence before it, in `(0, 1]`.
    pub discounts: Vec<f64>,
    /// Share of the memories' weight that each step spreads evenly, in `[0, 1]`.
    pub switching: f64,
    /// What a reward is compared with.
    pub measure: Measure,
}

/// One discount's evidence.
#[derive(Clone, Debug)]
struct Memory {
    discount: f64,
    /// Regime by regime, arm by arm.
    evidence: Vec<Evidence>,
    /// Logarithm of the forecast density of the last step's rewards.
    ln_forecast: f64,
}

/// The belief of the meta-agent, and, as a [`Policy`], the arm drawn by it.
#[derive(Clone, Debug)]
pub struct Allocator {
    settings: AllocatorSettings,
    /// What the variance of a mean is multiplied by, as a factor of its scale.
    scale: f64,
    memories: Vec<Memory>,
    /// How far each memory is believed; adds up to one.
    weights: Vec<f64>,
    /// The step's rewards as they are measured; NaN for an arm not seen.
    rewards: Vec<f64>,
    means: Vec<Student>,
    part: Vec<f64>,
    p_best: PBest,
}

impl Allocator {
    /// Knows nothing yet.
    ///
    /// # Errors
    /// Too few or too many arms, regimes or discounts; a discount outside `(0, 1]`; `switching`
    /// outside `[0, 1]`.
    pub fn new(settings: AllocatorSettings) -> Result<Self, ParameterError> {
        let AllocatorSettings { arms, regimes, .. } = settings;
        let count = settings.discounts.len();
        check_arms(arms)?;
        require("regimes", "between 1 and 16", (1..=REGIMES_MAX).contains(&regimes))?;
        require("discounts", "1 to 16 numbers", (1..=MEMORIES_MAX).contains(&count))?;
        check_share("switching", settings.switching)?;
        let mut memories = Vec::with_capacity(count);
        for &discount in &settings.discounts {
            check_discount(discount)?;
            let evidence = vec![Evidence::default(); arms * regimes];
            memories.push(Memory { discount, evidence, ln_forecast: 0.0 });
        }
        let scale = match settings.measure {
            Measure::AgainstField if arms > 1 => (arms as f64 / (arms as f64 - 1.0)).sqrt(),
            _ => 1.0,
        };
        Ok(Self {
            scale,
            memories,
            weights: vec![1.0 / count as f64; count],
            rewards: vec![f64::NAN; arms],
            means: vec![settings.prior.mean(); arms],
            part: vec![0.0; arms],
            p_best: PBest::new(arms)?,
            settings,
        })
    }

    /// How far each memory is believed, in the order of the discounts; adds up to one.
    #[must_use]
    pub fn memory_weights(&self) -> &[f64] {
        &self.weights
    }

    /// What a memory knows of the mean reward of each arm in a regime.
    ///
    /// # Panics
    /// If there is no such memory or regime.
    pub fn means(&self, memory: usize, regime: usize) -> impl Iterator<Item = Student> {
        let arms = self.settings.arms;
        let evidence = &self.memories[memory].evidence[regime * arms..][..arms];
        evidence.iter().map(|evidence| {
            let mean = self.settings.prior.given(&evidence.effective()).mean();
            Student { scale: mean.scale * self.scale, ..mean }
        })
    }

    /// Each arm's probability of being the best one now, exactly; one probability for each regime
    /// comes in. Allocates nothing. Arms beyond `shares` are left out.
    pub fn shares(&mut self, regimes: &[f64], shares: &mut [f64]) {
        shares.fill(0.0);
        let mut means = std::mem::take(&mut self.means);
        for memory in 0..self.memories.len() {
            for regime in 0..self.settings.regimes {
                let weight = self.weights[memory] * self.probability(regimes, regime);
                if weight < 1e-12 {
                    continue;
                }
                for (mean, new) in means.iter_mut().zip(self.means(memory, regime)) {
                    *mean = new;
                }
                self.p_best.means(&means, &mut self.part);
                for (share, part) in shares.iter_mut().zip(&self.part) {
                    *share += weight * part;
                }
            }
        }
        self.means = means;
    }

    /// An arm, drawn with its share: a memory by its weight, a regime by its probability, then a
    /// mean for each arm. Costs a small part of [`Allocator::shares`].
    pub fn draw(&self, regimes: &[f64], rng: &mut Xoshiro256PlusPlus) -> usize {
        let memory = if self.weights.len() > 1 { draw_from(&self.weights, rng) } else { 0 };
        let is_split = self.settings.regimes > 1;
        let regime = if is_split { draw_from(regimes, rng) } else { 0 };
        let regime = regime.min(self.settings.regimes - 1);
        highest(self.means(memory, regime).map(|mean| mean.draw(rng)))
    }

    /// Ends a step: what every arm earned in it, and how probable each regime was. An arm that is
    /// not among the outcomes was not seen, and what is known of it fades.
    pub fn learn(&mut self, regimes: &[f64], seen: &[Outcome]) {
        self.measure(seen);
        if self.memories.len() > 1 {
            self.weigh(regimes);
        }
        let arms = self.settings.arms;
        for memory in &mut self.memories {
            for (regime, evidence) in memory.evidence.chunks_exact_mut(arms).enumerate() {
                let weight = probability(self.settings.regimes, regimes, regime);
                let keep = fade(memory.discount, weight, self.settings.regimes);
                for (evidence, reward) in evidence.iter_mut().zip(&self.rewards) {
                    evidence.fade(keep);
                    evidence.take(*reward, weight);
                }
            }
        }
    }

    /// Rewards as they are compared.
    fn measure(&mut self, seen: &[Outcome]) {
        self.rewards.fill(f64::NAN);
        let (mut sum, mut count) = (0.0, 0.0);
        for outcome in usable(self.settings.arms, seen) {
            self.rewards[outcome.arm] = outcome.reward;
            sum += outcome.reward;
            count += 1.0;
        }
        if self.settings.measure == Measure::AgainstField && count > 0.0 {
            let field = sum / count;
            self.rewards.iter_mut().for_each(|reward| *reward -= field);
        }
    }

    /// Believes each memory as far as it foretold this step's rewards.
    fn weigh(&mut self, regimes: &[f64]) {
        let settings = &self.settings;
        for memory in &mut self.memories {
            let mut parts = [f64::NEG_INFINITY; REGIMES_MAX];
            for (regime, evidence) in memory.evidence.chunks_exact(settings.arms).enumerate() {
                let weight = probability(settings.regimes, regimes, regime);
                if weight > 0.0 {
                    let foretold = ln_forecast(&settings.prior, evidence, &self.rewards);
                    parts[regime] = libm::log(weight) + foretold;
                }
            }
            memory.ln_forecast = ln_sum(&parts[..settings.regimes]);
        }
        let best = self.memories.iter().map(|m| m.ln_forecast).fold(f64::NEG_INFINITY, f64::max);
        if !best.is_finite() {
            return;
        }
        let mut sum = 0.0;
        for (weight, memory) in self.weights.iter_mut().zip(&self.memories) {
            *weight *= libm::exp(memory.ln_forecast - best);
            sum += *weight;
        }
        let (kept, even) =
            (1.0 - settings.switching, settings.switching / self.weights.len() as f64);
        self.weights.iter_mut().for_each(|weight| *weight = kept * *weight / sum + even);
    }

    fn probability(&self, regimes: &[f64], regime: usize) -> f64 {
        probability(self.settings.regimes, regimes, regime)
    }
}

impl Policy for Allocator {
    fn choose(&mut self, regime: RegimeView<'_>, rng: &mut Xoshiro256PlusPlus) -> usize {
        self.draw(regime.probabilities, rng)
    }
    fn observe(&mut self, regime: RegimeView<'_>, seen: &[Outcome]) {
        self.learn(regime.probabilities, seen);
    }
}

/// What a step leaves of the evidence of a regime that was this probable.
fn fade(discount: f64, weight: f64, regimes: usize) -> f64 {
    if regimes == 1 { discount } else { libm::pow(discount, weight / regimes as f64) }
}

/// A regime's probability; one regime is certain, and one that is not named is impossible.
fn probability(regimes: usize, probabilities: &[f64], regime: usize) -> f64 {
    if regimes == 1 { 1.0 } else { probabilities.get(regime).map_or(0.0, |p| p.clamp(0.0, 1.0)) }
}

/// Logarithm of the density of a step's rewards, foretold by this evidence: the next reward of an
/// arm is Student's t with `2α` degrees of freedom, squared scale `β(κ+1)/(ακ)`.
fn ln_forecast(prior: &NormalGamma, evidence: &[Evidence], rewards: &[f64]) -> f64 {
    let mut sum = 0.0;
    // Arms that are always seen together have as many degrees of freedom; then one logarithm of a
    // product stands for the logarithms of all of them.
    let (mut degrees, mut front) = (f64::NAN, 0.0);
    let (mut spread, mut kernel) = (1.0, 1.0);
    let close = |degrees: f64, spread: f64, kernel: f64| {
        -0.5 * libm::log(spread) - 0.5 * (degrees + 1.0) * libm::log(kernel)
    };
    for (evidence, &reward) in evidence.iter().zip(rewards) {
        if reward.is_nan() {
            continue;
        }
        let known = prior.given(&evidence.effective());
        let is_large = !(1e-100..1e100).contains(&spread) || kernel > 1e100;
        if known.alpha * 2.0 != degrees || is_large {
            if !degrees.is_nan() {
                sum += close(degrees, spread, kernel);
            }
            degrees = 2.0 * known.alpha;
            front = Student { location: 0.0, scale: 1.0, degrees }.ln_front();
            (spread, kernel) = (1.0, 1.0);
        }
        let squared_scale = known.beta * (known.kappa + 1.0) / (known.alpha * known.kappa);
        let apart = reward - known.mu;
        sum += front;
        spread *= squared_scale;
        kernel *= 1.0 + apart * apart / (squared_scale * degrees);
    }
    if degrees.is_nan() { 0.0 } else { sum + close(degrees, spread, kernel) }
}

/// Logarithm of a sum, from logarithms.
fn ln_sum(parts: &[f64]) -> f64 {
    let most = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return most;
    }
    most + libm::log(parts.iter().map(|part| libm::exp(part - most)).sum())
}
