//! What the house's allocator has to show in a world, and whether it does. Owns the three demands;
//! it must never look at anything but the curves.

use super::contestant::HOUSE;
use super::study::{Curve, Point};
use super::world::{Motion, World};

/// Most regret against plain Thompson sampling where nothing moves.
pub const STILL_FACTOR_MAX: f64 = 3.0;
/// Most regret against the same allocator without regimes, where a label tells them.
pub const LABEL_FACTOR_MAX: f64 = 0.6;

/// A demand and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is demanded, in words.
    pub demand: String,
    /// The house's regret at the end.
    pub regret: f64,
    /// What it may be at most.
    pub limit: f64,
    /// Whether it is.
    pub holds: bool,
}

/// The demands that this world and these contestants allow to judge.
///
/// * where the best arm changes: less regret than UCB1;
/// * where it does not: at most three times plain Thompson sampling's;
/// * where a label tells the regime: at most 0.6 of its own without regimes.
#[must_use]
pub fn verdicts(world: &World, curves: &[Curve]) -> Vec<Verdict> {
    let end = |name: &str| curves.iter().find(|c| c.name == name).and_then(Curve::end);
    let Some(house) = end(HOUSE) else { return Vec::new() };
    let judge = |demand: &str, other: Option<&Point>, factor: f64| {
        let limit = factor * other?.regret;
        Some(Verdict {
            demand: demand.to_owned(),
            regret: house.regret,
            limit,
            holds: house.regret <= limit,
        })
    };
    let is_still = matches!(world.motion, Motion::Stationary { .. });
    let main = if is_still {
        judge("at most 3 × plain Thompson", end("thompson"), STILL_FACTOR_MAX)
    } else {
        judge("less than UCB1", end("ucb1"), 1.0)
    };
    let pooled = end("house+pooled").filter(|_| world.regimes() > 1);
    let label = judge("at most 0.6 × without regimes", pooled, LABEL_FACTOR_MAX);
    main.into_iter().chain(label).collect()
}
