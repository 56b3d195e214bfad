//! A run of the agent in a few figures, for those who look at it.
//!
//! Owns what tables and documents show of a row of steps. Must never say anything that is not in them.

use crate::agent::{Mode, Step};
use crate::honesty::Regret;
use serde::Serialize;

/// Epochs by what the agent did in them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Modes {
    /// Still only watching.
    pub warmup: u64,
    /// Told to keep its hands off.
    pub frozen: u64,
    /// It followed its policy.
    pub follows: u64,
    /// What it would have gained was not worth the move.
    pub not_worth_it: u64,
    /// By risk parity alone.
    pub benched: u64,
}

/// What became of a run of the agent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// Epochs that ended.
    pub epochs: u64,
    /// By what the agent did in them.
    pub modes: Modes,
    /// Epochs in which shares changed hands.
    pub moves: u64,
    /// What was earned, and what others would have.
    pub regret: Regret,
    /// Whether that is worth its keep, in words.
    pub verdict: &'static str,
}

impl Summary {
    /// Of these steps; none before the first.
    pub fn of(steps: &[Step]) -> Option<Self> {
        let last = steps.last()?;
        let mut modes = Modes::default();
        for step in steps {
            *match step.mode {
                Mode::Warmup => &mut modes.warmup,
                Mode::Frozen => &mut modes.frozen,
                Mode::Follows => &mut modes.follows,
                Mode::NotWorthIt => &mut modes.not_worth_it,
                Mode::Benched => &mut modes.benched,
            } += 1;
        }
        Some(Self {
            epochs: steps.len() as u64,
            modes,
            moves: steps.iter().filter(|step| step.moved > 0).count() as u64,
            regret: last.regret.clone(),
            verdict: last.regret.verdict(last.mode == Mode::Benched),
        })
    }
}
