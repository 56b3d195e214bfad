//! Names for states. A fit numbers its states as it happens to find them, and another fit numbers
//! them otherwise; owns the order that makes "state 2" mean the same after every fit.

use super::STATES_MAX;
use super::model::GaussianHmm;

/// By what states are sorted. Everything looks at the first coordinate, by convention the return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateOrder {
    /// Ascending mean. Of equal means the more volatile state comes first.
    Mean,
    /// Ascending mean less one standard deviation, `μ - σ`: what a holder stands to lose in an
    /// ordinary bad interval. Where means are far apart it is the order of the means; where they
    /// are small beside the deviations, as in returns of seconds and minutes, the most volatile
    /// state is the bear. Deviations are estimated much better than means, so this order holds
    /// from fit to fit where the order of near-equal means would be a coin's.
    MeanAndVariance,
}

/// What a state is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// The lowest of at least two states.
    Bear,
    /// Everything between, and an only state.
    Sideways,
    /// The highest of at least two states.
    Bull,
}

impl Regime {
    /// The regime at a rank from the lowest.
    #[must_use]
    pub fn of_rank(rank: usize, states: usize) -> Self {
        match rank {
            _ if states < 2 => Self::Sideways,
            0 => Self::Bear,
            _ if rank + 1 < states => Self::Sideways,
            _ => Self::Bull,
        }
    }

    /// The name in lower case, as reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bear => "bear",
            Self::Sideways => "sideways",
            Self::Bull => "bull",
        }
    }
}

/// Which state of a model stands at which rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateLabels {
    states: usize,
    state_at: [u8; STATES_MAX],
    rank_of: [u8; STATES_MAX],
}

impl StateLabels {
    /// Sorts the states of a model. Renumbering them changes nothing but the numbers, unless two
    /// are equal in every respect.
    #[must_use]
    pub fn new(model: &GaussianHmm, order: StateOrder) -> Self {
        let states = model.states();
        let mut state_at: [u8; STATES_MAX] = std::array::from_fn(|state| state as u8);
        let key = |state: &u8| {
            let state = usize::from(*state);
            let (mean, variance) = (model.mean(state)[0], model.covariance(state)[0]);
            let first = match order {
                StateOrder::Mean => mean,
                StateOrder::MeanAndVariance => mean - variance.sqrt(),
            };
            (first, -variance)
        };
        state_at[..states].sort_unstable_by(|a, b| {
            let (one, other) = (key(a), key(b));
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).then(a.cmp(b))
        });
        let mut rank_of = [0; STATES_MAX];
        for (rank, state) in (0..).zip(&state_at[..states]) {
            rank_of[usize::from(*state)] = rank;
        }
        Self { states, state_at, rank_of }
    }

    /// The state at a rank from the lowest.
    ///
    /// # Panics
    /// If there is no such rank.
    #[must_use]
    pub fn state(&self, rank: usize) -> usize {
        usize::from(self.state_at[..self.states][rank])
    }

    /// The rank of a state.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn rank(&self, state: usize) -> usize {
        usize::from(self.rank_of[..self.states][state])
    }

    /// What a state is called.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn regime(&self, state: usize) -> Regime {
        Regime::of_rank(self.rank(state), self.states)
    }
}
