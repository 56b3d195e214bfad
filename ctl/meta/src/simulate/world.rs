//! The worlds in which policies are compared: how the arms' means move, what noise lies on the
//! rewards, and what is said of the regime. Owns one run's tape; it must never know a policy.

use royale_quant::ParameterError;
use royale_quant::normal;
use royale_quant::rng::Xoshiro256PlusPlus;

/// Longest run, in steps.
pub const HORIZON_MAX: usize = 1_000_000;

/// How the arms' means move.
#[derive(Clone, PartialEq, Debug)]
pub enum Motion {
    /// Not at all.
    Stationary {
        /// The arms' means.
        means: Vec<f64>,
    },
    /// At step `t`, counted from 0, the list of means is turned by `⌊t/period⌋·step` places: what
    /// arm `i` had is arm `i + step`'s.
    Rotating {
        /// The arms' means at the beginning.
        means: Vec<f64>,
        /// Steps between two turns.
        period: usize,
        /// Places of a turn.
        step: usize,
    },
    /// Each mean walks by itself, in normal steps, reflected at 0.05 and 0.95, from a place
    /// between 0.3 and 0.7; every run has walks of its own.
    RandomWalk {
        /// How many.
        arms: usize,
        /// Standard deviation of a step.
        deviation: f64,
    },
    /// A hidden regime decides. It begins anywhere; before each step it stays with probability
    /// `stay`, else each of the others comes next with equal probability.
    Regimes {
        /// The arms' means in each regime.
        means: Vec<Vec<f64>>,
        /// Probability of staying.
        stay: f64,
        /// Probability that the label before a step is right; a wrong one is any of the others.
        /// Without it there is no label: all that can be learned is in the rewards.
        label_accuracy: Option<f64>,
    },
}

/// How rewards lie around their mean.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Noise {
    /// 1 with the mean as probability, else 0.
    Bernoulli,
    /// Normal with this standard deviation.
    Gaussian {
        /// Standard deviation of a reward.
        deviation: f64,
    },
}

/// A world with its length.
#[derive(Clone, PartialEq, Debug)]
pub struct World {
    /// How the means move.
    pub motion: Motion,
    /// What lies on the rewards.
    pub noise: Noise,
    /// Correlation of the noise of any two arms, in `[0, 1)`: what strategies in one market share.
    /// (Of Bernoulli rewards it is the correlation of the normals behind them.)
    pub correlation: f64,
    /// Steps.
    pub horizon: usize,
}

/// What happens in one run, whatever is played.
#[derive(Clone, PartialEq, Debug)]
pub struct Tape {
    /// Number of arms.
    pub arms: usize,
    /// Number of regimes.
    pub regimes: usize,
    /// Mean of each arm in each step, step by step.
    pub means: Vec<f64>,
    /// Reward of each arm in each step, step by step.
    pub rewards: Vec<f64>,
    /// What is said of the regime before each step.
    pub labels: Vec<usize>,
    /// Probability of each regime before each step, given the labels up to it, step by step.
    pub probabilities: Vec<f64>,
}

impl Tape {
    /// Means of all arms in a step.
    #[must_use]
    pub fn means_at(&self, step: usize) -> &[f64] {
        &self.means[step * self.arms..][..self.arms]
    }

    /// Rewards of all arms in a step.
    #[must_use]
    pub fn rewards_at(&self, step: usize) -> &[f64] {
        &self.rewards[step * self.arms..][..self.arms]
    }

    /// Probability of each regime before a step.
    #[must_use]
    pub fn probabilities_at(&self, step: usize) -> &[f64] {
        &self.probabilities[step * self.regimes..][..self.regimes]
    }
}

impl World {
    /// Number of arms.
    #[must_use]
    pub fn arms(&self) -> usize {
        match &self.motion {
            Motion::Stationary { means } | Motion::Rotating { means, .. } => means.len(),
            Motion::RandomWalk { arms, .. } => *arms,
            Motion::Regimes { means, .. } => means.first().map_or(0, Vec::len),
        }
    }

    /// Number of regimes that a policy can tell apart: 1 without labels.
    #[must_use]
    pub fn regimes(&self) -> usize {
        match &self.motion {
            Motion::Regimes { means, label_accuracy: Some(_), .. } => means.len(),
            _ => 1,
        }
    }

    /// Refuses a world that cannot be.
    ///
    /// # Errors
    /// Names the parameter and what it has to be.
    pub fn check(&self) -> Result<(), ParameterError> {
        let means: Vec<f64> = match &self.motion {
            Motion::Stationary { means } | Motion::Rotating { means, .. } => means.clone(),
            Motion::RandomWalk { .. } => Vec::new(),
            Motion::Regimes { means, .. } => means.concat(),
        };
        let share = |value: f64| (0.0..=1.0).contains(&value);
        require("arms", "between 2 and 1024", (2..=1024).contains(&self.arms()))?;
        require("horizon", "between 1 and 1000000", (1..=HORIZON_MAX).contains(&self.horizon))?;
        require("means", "finite", means.iter().all(|mean| mean.is_finite()))?;
        require("correlation", "at least 0 and below 1", (0.0..1.0).contains(&self.correlation))?;
        match self.noise {
            Noise::Bernoulli => {
                require("means", "probabilities", means.iter().all(|mean| share(*mean)))?;
            }
            Noise::Gaussian { deviation } => {
                let is_sound = deviation > 0.0 && deviation.is_finite();
                require("deviation", "finite and above zero", is_sound)?;
            }
        }
        match &self.motion {
            Motion::Stationary { .. } => Ok(()),
            Motion::Rotating { period, .. } => require("period", "at least 1", *period > 0),
            Motion::RandomWalk { deviation, .. } => {
                let is_sound = (0.0..=0.5).contains(deviation);
                require("deviation of the walk", "between 0 and 0.5", is_sound)
            }
            Motion::Regimes { means, stay, label_accuracy } => {
                let arms = self.arms();
                let is_even = means.len() >= 2 && means.iter().all(|row| row.len() == arms);
                require("regimes", "two or more lists of means, of one length", is_even)?;
                require("stay", "between 0 and 1", share(*stay))?;
                let accuracy = label_accuracy.unwrap_or(1.0);
                require("label accuracy", "between 0 and 1", share(accuracy))
            }
        }
    }

    /// One run. The same draws give the same tape.
    #[must_use]
    pub fn tape(&self, rng: &mut Xoshiro256PlusPlus) -> Tape {
        let (arms, regimes) = (self.arms(), self.regimes());
        let mut tape = Tape {
            arms,
            regimes,
            means: Vec::with_capacity(arms * self.horizon),
            rewards: Vec::with_capacity(arms * self.horizon),
            labels: Vec::with_capacity(self.horizon),
            probabilities: Vec::with_capacity(regimes * self.horizon),
        };
        self.move_means(&mut tape, rng);
        for step in 0..self.horizon {
            let shared = if self.correlation > 0.0 { rng.normal() } else { 0.0 };
            for arm in 0..arms {
                let mean = tape.means[step * arms + arm];
                tape.rewards.push(self.reward(mean, shared, rng));
            }
        }
        tape
    }

    fn reward(&self, mean: f64, shared: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
        let own = (1.0 - self.correlation).sqrt();
        let score =
            |rng: &mut Xoshiro256PlusPlus| self.correlation.sqrt() * shared + own * rng.normal();
        match self.noise {
            Noise::Bernoulli if self.correlation == 0.0 => {
                f64::from(u8::from(rng.uniform() < mean))
            }
            Noise::Bernoulli => f64::from(u8::from(normal::cdf(score(rng)) < mean)),
            Noise::Gaussian { deviation } => mean + deviation * score(rng),
        }
    }

    fn move_means(&self, tape: &mut Tape, rng: &mut Xoshiro256PlusPlus) {
        let one_regime = |tape: &mut Tape| {
            tape.labels.push(0);
            tape.probabilities.push(1.0);
        };
        match &self.motion {
            Motion::Stationary { means } => {
                for _ in 0..self.horizon {
                    tape.means.extend(means);
                    one_regime(tape);
                }
            }
            Motion::Rotating { means, period, step } => {
                let arms = means.len();
                for t in 0..self.horizon {
                    let turn = (t / period) % arms * (step % arms) % arms;
                    tape.means.extend((0..arms).map(|arm| means[(arm + arms - turn) % arms]));
                    one_regime(tape);
                }
            }
            Motion::RandomWalk { arms, deviation } => {
                let mut means: Vec<f64> = (0..*arms).map(|_| 0.3 + 0.4 * rng.uniform()).collect();
                for _ in 0..self.horizon {
                    tape.means.extend(&means);
                    one_regime(tape);
                    for mean in &mut means {
                        *mean = reflect(*mean + deviation * rng.normal());
                    }
                }
            }
            Motion::Regimes { means, stay, label_accuracy } => {
                let count = means.len() as u64;
                let other = |rng: &mut Xoshiro256PlusPlus, now: u64| {
                    (now + 1 + rng.below(count - 1)) % count
                };
                let mut now = rng.below(count);
                let mut filter = Filter::new(means.len(), *stay, label_accuracy.unwrap_or(1.0));
                for _ in 0..self.horizon {
                    if rng.uniform() >= *stay {
                        now = other(rng, now);
                    }
                    tape.means.extend(&means[now as usize]);
                    let Some(accuracy) = *label_accuracy else {
                        one_regime(tape);
                        continue;
                    };
                    let label = if rng.uniform() < accuracy { now } else { other(rng, now) };
                    tape.labels.push(label as usize);
                    tape.probabilities.extend(filter.update(label as usize));
                }
            }
        }
    }
}

/// Back into the range of a walk.
fn reflect(mean: f64) -> f64 {
    const LOW: f64 = 0.05;
    const HIGH: f64 = 0.95;
    let above = if mean < LOW { 2.0 * LOW - mean } else { mean };
    let below = if above > HIGH { 2.0 * HIGH - above } else { above };
    below.clamp(LOW, HIGH)
}

/// Forward filter of a hidden regime from noisy labels: what a regime model would say.
///
/// Source: L. R. Rabiner, "A Tutorial on Hidden Markov Models and Selected Applications in Speech
/// Recognition" (1989), section III.
struct Filter {
    stay: f64,
    accuracy: f64,
    probabilities: Vec<f64>,
}

impl Filter {
    fn new(regimes: usize, stay: f64, accuracy: f64) -> Self {
        Self { stay, accuracy, probabilities: vec![1.0 / regimes as f64; regimes] }
    }

    /// Takes the label of a step; the probabilities of that step.
    fn update(&mut self, label: usize) -> &[f64] {
        let others = self.probabilities.len() as f64 - 1.0;
        for (regime, probability) in self.probabilities.iter_mut().enumerate() {
            let came = *probability * self.stay + (1.0 - *probability) * (1.0 - self.stay) / others;
            let right = regime == label;
            *probability =
                came * if right { self.accuracy } else { (1.0 - self.accuracy) / others };
        }
        let sum: f64 = self.probabilities.iter().sum();
        for probability in &mut self.probabilities {
            *probability = if sum > 0.0 { *probability / sum } else { 1.0 / (others + 1.0) };
        }
        &self.probabilities
    }
}

/// Turns a condition into a refusal that names the parameter.
fn require(
    parameter: &'static str,
    requirement: &'static str,
    holds: bool,
) -> Result<(), ParameterError> {
    if holds { Ok(()) } else { Err(ParameterError { parameter, requirement }) }
}
