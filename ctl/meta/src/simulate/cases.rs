//! The worlds that everybody is compared in. Owns their names and parameters; the first six and the
//! three regimes are those of the reference curves, the others ask what those leave open.

use super::world::{Motion, Noise, World};

/// A world with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What people call it.
    pub name: &'static str,
    /// What it asks.
    pub about: &'static str,
    /// The world.
    pub world: World,
}

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    let five = vec![0.65, 0.5, 0.5, 0.45, 0.4];
    let nineteen = evenly(0.62, 0.4, 19);
    let eight = evenly(0.5, -0.2, 8);
    let bernoulli =
        |motion, horizon| World { motion, noise: Noise::Bernoulli, correlation: 0.0, horizon };
    let gaussian = |motion, correlation| World {
        motion,
        noise: Noise::Gaussian { deviation: 1.0 },
        correlation,
        horizon: 1500,
    };
    let rotating =
        |means: &[f64], period, step| Motion::Rotating { means: means.to_vec(), period, step };
    let regimes = |means: &[&[f64]], stay, label_accuracy| Motion::Regimes {
        means: means.iter().map(|row| row.to_vec()).collect(),
        stay,
        label_accuracy,
    };
    let case = |name, about, world| Case { name, about, world };
    vec![
        case(
            "stationary",
            "five arms that never change",
            bernoulli(Motion::Stationary { means: vec![0.45, 0.5, 0.55, 0.6, 0.65] }, 2000),
        ),
        case(
            "rotating",
            "five arms, another best every 250 steps",
            bernoulli(rotating(&five, 250, 2), 2000),
        ),
        case(
            "nineteen",
            "nineteen slots, another best every week of hours",
            bernoulli(rotating(&nineteen, 168, 7), 1500),
        ),
        case(
            "walk",
            "six arms that wander",
            bernoulli(Motion::RandomWalk { arms: 6, deviation: 0.01 }, 2000),
        ),
        case(
            "gaussian",
            "eight arms with normal rewards that never change",
            gaussian(Motion::Stationary { means: eight.clone() }, 0.0),
        ),
        case(
            "gaussian-rotating",
            "eight arms with normal rewards, another best every 300 steps",
            gaussian(rotating(&eight, 300, 3), 0.0),
        ),
        case(
            "correlated",
            "the same with noise that arms share (0.7)",
            gaussian(rotating(&eight, 300, 3), 0.7),
        ),
        case(
            "switches",
            "five arms, three hidden regimes of 200 steps, no label",
            bernoulli(
                regimes(
                    &[
                        &[0.65, 0.5, 0.5, 0.45, 0.4],
                        &[0.5, 0.5, 0.4, 0.65, 0.45],
                        &[0.45, 0.4, 0.65, 0.5, 0.5],
                    ],
                    0.995,
                    None,
                ),
                2000,
            ),
        ),
        case(
            "two-regimes",
            "four arms, two regimes of 50 steps, a label that is right in 90 %",
            bernoulli(
                regimes(&[&[0.6, 0.45, 0.5, 0.5], &[0.45, 0.6, 0.5, 0.48]], 0.98, Some(0.9)),
                2000,
            ),
        ),
        case(
            "three-regimes",
            "the same with three",
            bernoulli(
                regimes(
                    &[&[0.6, 0.45, 0.5, 0.5], &[0.45, 0.6, 0.5, 0.48], &[0.45, 0.48, 0.5, 0.62]],
                    0.98,
                    Some(0.9),
                ),
                2000,
            ),
        ),
    ]
}

/// So many numbers from one to the other in equal steps.
#[must_use]
pub fn evenly(from: f64, to: f64, count: usize) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|at| from + (to - from) * at as f64 / steps).collect()
}
