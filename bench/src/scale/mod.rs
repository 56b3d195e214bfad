//! What an event costs as strategies and instruments grow.
//!
//! Owns the two questions, each a set of lines over counts, and the figures behind them. All points of
//! a question are measured once in every round, so that a slow moment meets all of them. The engine
//! is that of every other bench, on one thread; only how many there are differs. Called by the
//! `scale` program.

mod crowd;
pub mod picture;
mod run;

pub use crowd::{Visit, crowd};
pub use run::{Cost, Setup, cost};

use crate::cores::Spread;
use std::path::Path;

/// Quotes from one order of a strategy to its next, where strategies order.
pub const EVERY: u64 = 1_000;

/// What grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Axis {
    /// Strategies on one feed of one instrument.
    Strategies,
    /// Instruments, with one strategy.
    Instruments,
}

impl Axis {
    /// As it is called on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strategies => "strategies",
            Self::Instruments => "instruments",
        }
    }
    /// What is measured with so many, a setup for each line.
    pub fn setups(self, count: usize, levels: usize) -> Vec<(&'static str, Setup)> {
        let one = Setup {
            strategies: 1,
            instruments: 1,
            visit: Visit::InTurn,
            every: u64::MAX,
            has_journal: false,
            levels,
        };
        match self {
            Self::Strategies => {
                let many = Setup { strategies: count, ..one };
                let journal = Setup { has_journal: true, ..many };
                vec![
                    ("journal off", many),
                    ("journal on", journal),
                    ("journal on, orders", Setup { every: EVERY, ..journal }),
                ]
            }
            Self::Instruments => {
                let in_turn = Setup { instruments: count, ..one };
                let random = Setup { visit: Visit::AtRandom, ..in_turn };
                vec![
                    ("in turn", in_turn),
                    ("in turn, journal on", Setup { has_journal: true, ..in_turn }),
                    ("at random", random),
                    ("at random, journal on", Setup { has_journal: true, ..random }),
                ]
            }
        }
    }
}

/// One line: a way to run, at rising counts.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What is told of it.
    pub name: &'static str,
    /// From the fewest to the most.
    pub points: Vec<Point>,
}

/// One point of a line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// How many there are of what grows.
    pub count: usize,
    /// Nanoseconds of the thread's cpu time an event, over all rounds.
    pub ns: Spread,
    /// Bytes that the engine keeps in memory.
    pub resident: u64,
}

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Where the thread runs.
    pub cpu: usize,
    /// Events of each run, the first of which warm it up.
    pub events: usize,
    /// Rounds; their medians count.
    pub rounds: usize,
    /// Levels that a side of a book has room for.
    pub levels: usize,
    /// Where journals are written.
    pub folder: &'a Path,
    /// Only the line of this name.
    pub line: Option<&'a str>,
}

/// All lines over these counts. `progress` hears of each round and count before it begins.
///
/// # Errors
/// The cpu cannot be had, a journal failed, or a run broke off.
pub fn measure(
    axis: Axis,
    counts: &[usize],
    plan: &Plan<'_>,
    progress: impl Fn(usize, usize),
) -> Result<Vec<Line>, String> {
    let setups = |count| {
        let is_wanted = |(name, _): &(&str, Setup)| plan.line.is_none_or(|line| line == *name);
        axis.setups(count, plan.levels).into_iter().filter(is_wanted)
    };
    let names: Vec<&str> = setups(1).map(|(name, _)| name).collect();
    let mut costs = vec![vec![Vec::new(); counts.len()]; names.len()];
    for round in 1..=plan.rounds {
        for (at, &count) in counts.iter().enumerate() {
            progress(round, count);
            for (line, (_, setup)) in costs.iter_mut().zip(setups(count)) {
                line[at].push(cost(&setup, plan)?);
            }
        }
    }
    let point = |(&count, costs): (&usize, Vec<Cost>)| Point {
        count,
        ns: Spread::of(costs.iter().map(|cost| cost.ns)),
        resident: costs.iter().map(|cost| cost.resident).max().unwrap_or(0),
    };
    let line = |(name, costs): (_, Vec<Vec<Cost>>)| Line {
        name,
        points: counts.iter().zip(costs).map(point).collect(),
    };
    Ok(names.into_iter().zip(costs).map(line).collect())
}

/// What one more adds, in nanoseconds: the slope of the straight line nearest to the medians. `None`
/// for fewer than two counts.
pub fn slope(line: &Line) -> Option<f64> {
    let count = line.points.len() as f64;
    let mean = |of: &dyn Fn(&Point) -> f64| line.points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(&|point| point.count as f64), mean(&|point| point.ns.median));
    let product = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        line.points.iter().map(|point| of(point.count as f64 - x, point.ns.median - y)).sum()
    };
    let across = product(&|dx, _| dx * dx);
    (across > 0.0).then(|| product(&|dx, dy| dx * dy) / across)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(usize, f64)]) -> Line {
        let point =
            |&(count, ns): &(usize, f64)| Point { count, ns: Spread::of([ns]), resident: 0 };
        Line { name: "x", points: points.iter().map(point).collect() }
    }

    #[test]
    fn the_slope_is_what_one_more_adds() {
        let slope = |points: &[(usize, f64)]| slope(&line(points));
        assert_eq!(slope(&[(1, 110.0), (2, 124.0), (4, 152.0)]), Some(14.0));
        assert_eq!(slope(&[(4, 100.0)]), None);
        assert_eq!(slope(&[]), None);
    }

    #[test]
    fn every_line_differs_from_the_others_in_what_its_name_says() {
        for axis in [Axis::Strategies, Axis::Instruments] {
            for (name, setup) in axis.setups(7, 256) {
                assert_eq!(setup.has_journal, name.contains("journal on"), "{name}");
                assert_eq!(setup.visit == Visit::AtRandom, name.contains("at random"), "{name}");
                assert_eq!(setup.every == EVERY, name.contains("orders"), "{name}");
                let grown = [setup.strategies, setup.instruments];
                assert_eq!(grown, if axis == Axis::Strategies { [7, 1] } else { [1, 7] });
            }
        }
    }
}
