//! Where a fit begins. Baum–Welch climbs to the nearest hill, so the start decides; owns a start
//! that is a function of the series alone: no random draws, no restarts.

use super::emission::CovarianceType;
use super::error::HmmError;
use super::model::GaussianHmm;
use super::spread::Spread;
use super::{DIMENSIONS_MAX, STATES_MAX};
use crate::parameter::{ParameterError, require};

/// Observations in a block; fewer in a series too short for four blocks a state.
pub const BLOCK: usize = 20;

/// Probability of staying in a state for another observation, at the start.
pub const STAY: f64 = 0.95;

/// Least variance of a group, as a share of the variance of the whole series.
const SHARE_MIN: f64 = 0.01;

impl GaussianHmm {
    /// A start for [`fit`](Self::fit) that is derived from the series alone.
    ///
    /// The series is cut into consecutive blocks of [`BLOCK`] observations. Blocks are sorted by
    /// how agitated they are (mean square about the mean of the series, in units of its variance,
    /// summed over the coordinates; equal ones by time) and dealt into as many groups of equal
    /// size as there are states, the calmest first. A state starts with the mean and the variances
    /// of its group (at least a hundredth of the series' own), all states are equally likely at
    /// first, and each stays with probability [`STAY`]. Blocks and not single values, because a
    /// regime lasts: groups of single values lead to hills on which states change at every step.
    ///
    /// # Errors
    /// If the shape is beyond the limits, the series is not usable, is shorter than one
    /// observation a state, or has no spread.
    pub fn start_for(
        observations: &[f64],
        states: usize,
        dimensions: usize,
        covariance_type: CovarianceType,
    ) -> Result<Self, HmmError> {
        check_shape(states, dimensions).map_err(HmmError::Settings)?;
        let mut model = Self::blank(states, dimensions, covariance_type);
        super::batch::check_series(&model, observations)?;
        set_start(&mut model, observations, &mut Vec::new())?;
        Ok(model)
    }
}

/// Refuses shapes that no model has.
pub(super) fn check_shape(states: usize, dimensions: usize) -> Result<(), ParameterError> {
    require("states", "between 1 and 16", (1..=STATES_MAX).contains(&states))?;
    require("dimensions", "between 1 and 8", (1..=DIMENSIONS_MAX).contains(&dimensions))
}

/// Fills a model with the start for a checked series. `blocks` is scratch: with room for a
/// block for each observation it never allocates.
pub(super) fn set_start(
    model: &mut GaussianHmm,
    observations: &[f64],
    blocks: &mut Vec<(f64, usize)>,
) -> Result<(), HmmError> {
    let (states, dimensions) = (model.states(), model.dimensions());
    let rows = observations.len() / dimensions;
    let size = block_size(rows, states);
    let count = rows / size;
    if count < states {
        return Err(HmmError::Length { numbers: observations.len() });
    }
    let whole = Spread::of_series(observations, dimensions, SHARE_MIN)?;
    // The last block takes what is left over.
    let rows_of = |block: usize| {
        let end = if block + 1 == count { rows } else { (block + 1) * size };
        block * size..end
    };
    let row = |t: usize| &observations[t * dimensions..][..dimensions];
    blocks.clear();
    blocks.extend((0..count).map(|block| {
        let sum = rows_of(block).fold(0.0, |sum, t| sum + whole.agitation(row(t)));
        (sum / rows_of(block).len() as f64, block)
    }));
    blocks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));

    set_chain(model);
    for state in 0..states {
        let group = &blocks[state * count / states..(state + 1) * count / states];
        let rows = || group.iter().flat_map(|(_, block)| rows_of(*block));
        let spread = Spread::of(observations, dimensions, rows);
        let kind = model.covariance_type();
        let mut covariance = [0.0; DIMENSIONS_MAX * DIMENSIONS_MAX];
        for d in 0..dimensions {
            let variance = spread.variance[d].max(SHARE_MIN * whole.variance[d]);
            covariance[kind.diagonal(d, dimensions)] = variance;
        }
        let covariance = &covariance[..kind.entries(dimensions)];
        let floors = &[0.0; DIMENSIONS_MAX][..dimensions];
        let set = model.emission.set(state, &spread.mean[..dimensions], covariance, floors);
        set.map_err(|dimension| HmmError::Collapsed { state, dimension })?;
    }
    Ok(())
}

/// Equal chances at first, and the same chance to stay in each state.
fn set_chain(model: &mut GaussianHmm) {
    let states = model.states();
    model.start.fill(1.0 / states as f64);
    // An only state stays for certain.
    let stay = if states == 1 { 1.0 } else { STAY };
    for (place, p) in model.transition.iter_mut().enumerate() {
        let stays = place / states == place % states;
        *p = if stays { stay } else { (1.0 - stay) / (states - 1) as f64 };
    }
    model.take_logarithms();
}

/// Observations in a block of a series of this length.
fn block_size(rows: usize, states: usize) -> usize {
    (rows / (4 * states)).clamp(1, BLOCK)
}
