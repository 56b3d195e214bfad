//! Who takes part in a simulation: a policy by its name, its parameters, and what it may see. Owns
//! the short form in which people write it; it must never know how a run goes.
//!
//! `name[:number,…][+all][+label|+pooled]`, for instance `thompson:0.99+all`.

use super::world::{Noise, World};
use royale_quant::ParameterError;
use royale_quant::bandit::{
    Allocator, AllocatorSettings, EpsilonGreedy, Equal, Exp3, Exp3Settings, ExploreThenCommit,
    Hedge, HedgeSettings, Measure, NormalGamma, PerRegime, Policy, Static, ThompsonBeta,
    ThompsonNormal, Ucb, WindowedThompson,
};
use std::fmt;

/// What the house's allocator is called.
pub const HOUSE: &str = "house";

/// Its memories: what a step leaves of the evidence before it. Chosen by the simulation.
pub const HOUSE_DISCOUNTS: [f64; 2] = [0.99, 0.97];
/// What its memories pass on to each other in a step, as a share of all weight.
pub const HOUSE_SWITCHING: f64 = 0.02;
/// How many rewards its prior is worth.
pub const HOUSE_PRIOR_WEIGHT: f64 = 2.0;

/// Every name with its parameters and their defaults, for people.
pub const NAMES: &[(&str, &str)] = &[
    ("house[:SWITCHING,DISCOUNT,...]", "our allocator; always sees all arms"),
    ("thompson[:DISCOUNT]", "Thompson sampling; discount 1 forgets nothing"),
    ("window[:STEPS]", "Thompson sampling on the last steps (200)"),
    ("epsilon[:E]", "mostly the best so far, at random with probability E (0.1)"),
    ("ucb1", "upper confidence bound"),
    ("ducb[:DISCOUNT,XI]", "discounted upper confidence bound (0.99, 0.5)"),
    ("exp3[:GAMMA]", "exponential weights (0.1)"),
    ("exp3s[:GAMMA,ALPHA]", "the same for moving worlds (0.1, 0.001)"),
    ("hedge[:RATE,SHARE]", "exponential weights with fixed share (0.25, 0.01)"),
    ("commit[:ROUNDS]", "every arm in turn, then the best for ever (20)"),
    ("equal", "every arm alike"),
    ("static[:ARM,...]", "one arm for ever, by label with +label (the best at the start)"),
];

/// A policy with its parameters.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    House { switching: f64, discounts: Vec<f64> },
    Thompson { discount: f64 },
    Window { steps: usize },
    Epsilon { epsilon: f64 },
    Ucb { discount: f64, xi: f64 },
    Exp3(Exp3Settings),
    Hedge(HedgeSettings),
    Commit { rounds: u32 },
    Equal,
    Static { arms: Vec<usize> },
}

/// What a policy is told of the regime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Regimes {
    /// Whatever it makes of it.
    AsIs,
    /// One policy for each label.
    ByLabel,
    /// Nothing.
    Pooled,
}

/// A policy and what it may see.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    name: String,
    kind: Kind,
    sees_all: bool,
    regimes: Regimes,
}

/// Text that names no contestant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoContestant {
    text: String,
    reason: &'static str,
}

impl fmt::Display for NoContestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy `{}`: {}", self.text, self.reason)
    }
}

impl std::error::Error for NoContestant {}

impl Contestant {
    /// Reads the short form.
    ///
    /// # Errors
    /// An unknown name or suffix, or numbers that do not belong there.
    pub fn parse(text: &str) -> Result<Self, NoContestant> {
        let refuse = |reason| NoContestant { text: text.to_owned(), reason };
        let mut parts = text.split('+');
        let head = parts.next().unwrap_or_default();
        let (word, list) = head.split_once(':').unwrap_or((head, ""));
        let numbers = list.split(',').filter(|number| !number.is_empty());
        let numbers: Result<Vec<f64>, _> = numbers.map(str::parse).collect();
        let numbers = numbers.map_err(|_| refuse("what follows the colon must be numbers"))?;
        let kind = kind(word, &numbers).map_err(refuse)?;
        let is_house = matches!(kind, Kind::House { .. });
        let mut contestant =
            Self { name: text.to_owned(), kind, sees_all: is_house, regimes: Regimes::AsIs };
        for part in parts {
            match part {
                "all" => contestant.sees_all = true,
                "label" => contestant.regimes = Regimes::ByLabel,
                "pooled" => contestant.regimes = Regimes::Pooled,
                _ => return Err(refuse("a suffix is +all, +label or +pooled")),
            }
        }
        Ok(contestant)
    }

    /// As it was written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True with full information: the rewards of all arms, not of the played one alone.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// The policy at the beginning of a run whose arms have these means in the first step.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn policy(&self, world: &World, first: &[f64]) -> Result<Box<dyn Policy>, ParameterError> {
        if self.regimes != Regimes::ByLabel {
            return self.kind.policy(world, first, 0, self.regimes);
        }
        let labels = 0..world.regimes();
        let policies: Result<Vec<_>, _> =
            labels.map(|label| self.kind.policy(world, first, label, Regimes::Pooled)).collect();
        Ok(Box::new(PerRegime { policies: policies? }))
    }
}

/// Which policy a word and its numbers mean.
fn kind(word: &str, numbers: &[f64]) -> Result<Kind, &'static str> {
    let number = |at: usize, default: f64| numbers.get(at).copied().unwrap_or(default);
    let count = |at: usize, default: f64| number(at, default).clamp(0.0, 1e9) as u32;
    let (kind, most) = match word {
        HOUSE => {
            let discounts = numbers.get(1..).filter(|given| !given.is_empty());
            let discounts = discounts.unwrap_or(&HOUSE_DISCOUNTS).to_vec();
            (Kind::House { switching: number(0, HOUSE_SWITCHING), discounts }, 17)
        }
        "thompson" => (Kind::Thompson { discount: number(0, 1.0) }, 1),
        "window" => (Kind::Window { steps: count(0, 200.0) as usize }, 1),
        "epsilon" => (Kind::Epsilon { epsilon: number(0, 0.1) }, 1),
        "ucb1" => (Kind::Ucb { discount: 1.0, xi: Ucb::UCB1_XI }, 0),
        "ducb" => (Kind::Ucb { discount: number(0, 0.99), xi: number(1, 0.5) }, 2),
        "exp3" => (Kind::Exp3(Exp3Settings { gamma: number(0, 0.1), alpha: 0.0 }), 1),
        "exp3s" => (Kind::Exp3(Exp3Settings { gamma: number(0, 0.1), alpha: number(1, 0.001) }), 2),
        "hedge" => {
            (Kind::Hedge(HedgeSettings { rate: number(0, 0.25), share: number(1, 0.01) }), 2)
        }
        "commit" => (Kind::Commit { rounds: count(0, 20.0) }, 1),
        "equal" => (Kind::Equal, 0),
        "static" => {
            let arms = (0..numbers.len()).map(|at| count(at, 0.0) as usize).collect();
            (Kind::Static { arms }, usize::MAX)
        }
        _ => return Err("no such policy; `ctl meta simulate --list` has their names"),
    };
    if numbers.len() > most { Err("too many numbers") } else { Ok(kind) }
}

impl Kind {
    fn policy(
        &self,
        world: &World,
        first: &[f64],
        label: usize,
        regimes: Regimes,
    ) -> Result<Box<dyn Policy>, ParameterError> {
        let arms = world.arms();
        Ok(match self {
            Self::House { switching, discounts } => {
                let is_split = regimes == Regimes::AsIs;
                Box::new(Allocator::new(AllocatorSettings {
                    arms,
                    regimes: if is_split { world.regimes() } else { 1 },
                    prior: NormalGamma::expecting(0.0, deviation(world), HOUSE_PRIOR_WEIGHT)?,
                    discounts: discounts.clone(),
                    switching: *switching,
                    measure: Measure::AgainstField,
                })?)
            }
            Self::Thompson { discount } => match world.noise {
                Noise::Bernoulli => Box::new(ThompsonBeta::new(arms, *discount)?),
                Noise::Gaussian { deviation } => {
                    Box::new(ThompsonNormal::new(arms, *discount, deviation)?)
                }
            },
            Self::Window { steps } => Box::new(WindowedThompson::new(arms, *steps)?),
            Self::Epsilon { epsilon } => Box::new(EpsilonGreedy::new(arms, *epsilon)?),
            Self::Ucb { discount, xi } => Box::new(Ucb::new(arms, *discount, *xi)?),
            Self::Exp3(settings) => Box::new(Exp3::new(arms, *settings)?),
            Self::Hedge(settings) => Box::new(Hedge::new(arms, *settings)?),
            Self::Commit { rounds } => Box::new(ExploreThenCommit::new(arms, *rounds)?),
            Self::Equal => Box::new(Equal::new(arms)?),
            Self::Static { arms: chosen } => {
                let arm = chosen.get(label).or(chosen.last()).copied();
                Box::new(Static { arm: arm.unwrap_or_else(|| highest(first)).min(arms - 1) })
            }
        })
    }
}

/// What the house expects of the noise.
fn deviation(world: &World) -> f64 {
    match world.noise {
        Noise::Bernoulli => 0.5,
        Noise::Gaussian { deviation } => deviation,
    }
}

/// The first of the highest.
fn highest(means: &[f64]) -> usize {
    let better = |best: usize, arm: usize| if means[arm] > means[best] { arm } else { best };
    (0..means.len()).fold(0, better)
}
