//! Exact instruction counts of every unit, held against the committed ones.
//!
//! Each unit is done twice under `valgrind --tool=callgrind`, with n and with 2n repetitions; the
//! difference by n is what one repetition costs, and what happens once cancels out. Only
//! [`crate::units::measured`] is counted, so neither preparation nor the journal's threads are in it,
//! and the same program gives the same figure each time. Used by the `instructions` program, which the
//! latency gate runs. A program that calls [`measure`] must begin with [`child`].

mod callgrind;
mod committed;

pub use callgrind::{child, has_valgrind, tools};
pub use committed::Committed;

use crate::units::{self, Sessions, Unit};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far above the committed figure a unit may be: 2 %.
pub const TOLERANCE: f64 = 0.02;

/// Why nothing could be counted.
#[derive(thiserror::Error, Debug)]
pub enum Error {
    /// Not a tool of this machine, or one that cannot be started.
    #[error(
        "valgrind cannot be started: {0}; install it (Debian, Ubuntu: `apt-get install valgrind`)"
    )]
    NoValgrind(String),
    /// Counts of unoptimised code would be compared with those of optimised code.
    #[error(
        "this is not an optimised build, and its counts mean nothing; run it with `cargo run --release`"
    )]
    Unoptimised,
    /// Not a unit, and not the beginning of one's name.
    #[error("there is no unit `{name}`; there are: {}", .known.join(", "))]
    UnknownUnit {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The committed figures cannot be read or written.
    #[error("{0}")]
    Committed(String),
    /// A unit could not be prepared or done.
    #[error("{0}")]
    Failed(String),
}

/// What one repetition of a unit costs.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The unit.
    pub unit: String,
    /// What one repetition is.
    pub repetition: &'static str,
    /// Instructions of one repetition, to a hundredth.
    pub instructions: f64,
    /// The committed figure.
    pub committed: Option<f64>,
}

/// What to say of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Within 2 % of the committed figure.
    Same,
    /// More than 2 % below: a gain that should be kept.
    Better,
    /// More than 2 % above.
    Worse,
    /// No figure is committed.
    New,
}

impl Row {
    /// Change against the committed figure: 0.02 is 2 % more.
    pub fn change(&self) -> Option<f64> {
        let committed = self.committed.filter(|&committed| committed > 0.0)?;
        Some(self.instructions / committed - 1.0)
    }
    /// What to say of it.
    pub fn verdict(&self) -> Verdict {
        match self.change() {
            None => Verdict::New,
            Some(change) if change > TOLERANCE => Verdict::Worse,
            Some(change) if change < -TOLERANCE => Verdict::Better,
            Some(_) => Verdict::Same,
        }
    }
}

impl Verdict {
    /// False when somebody must look. A unit without a figure is not held by the gate, so it is
    /// not passed either.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Same | Self::Better)
    }
    /// As it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "ok",
            Self::Better => "better: bless it",
            Self::Worse => "WORSE",
            Self::New => "NEW: bless it",
        }
    }
}

/// Counts the units whose names are, or begin with, one of `only` (`strategy`, `risk/approve`); all
/// of them when it is empty. Half a minute to a minute on two cores; `progress` hears how many counts
/// of how many are begun.
///
/// # Errors
/// No valgrind, no optimised build, no such unit, or a unit that could not be done.
pub fn measure(
    only: &[String],
    committed: &Committed,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Vec<Row>, Error> {
    if cfg!(debug_assertions) {
        return Err(Error::Unoptimised);
    }
    let chosen = choose(units::all(), only)?;
    let valgrind = callgrind::valgrind()?;
    let folder =
        tempfile::tempdir().map_err(|error| Error::Failed(format!("a folder: {error}")))?;
    Sessions::cut(folder.path()).map_err(Error::Failed)?;
    let tasks: Vec<(&str, usize)> = chosen
        .iter()
        .flat_map(|unit| [(unit.name.as_str(), unit.count), (unit.name.as_str(), 2 * unit.count)])
        .collect();
    let count = |(name, count)| callgrind::count(&valgrind, folder.path(), name, count);
    let totals = count_all(&tasks, count, |begun| progress(begun, tasks.len()))?;
    let row = |(unit, totals): (&Unit, &[u64])| match *totals {
        [one, two] if two > one => Ok(Row {
            unit: unit.name.clone(),
            repetition: unit.repetition,
            instructions: hundredths((two - one) as f64 / unit.count as f64),
            committed: committed.of(&unit.name),
        }),
        _ => Err(Error::Failed(format!(
            "{}: twice the work does not cost more: {totals:?}",
            unit.name
        ))),
    };
    chosen.iter().zip(totals.chunks(2)).map(row).collect()
}

/// Counts every task, one child for each core at a time, and gives the counts in their order. After
/// the first failure nothing is begun any more.
fn count_all<T: Copy + Sync>(
    tasks: &[T],
    count: impl Fn(T) -> Result<u64, Error> + Sync,
    progress: impl Fn(usize) + Sync,
) -> Result<Vec<u64>, Error> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut counts = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(&task) = tasks.get(at) else { return Ok(counts) };
            progress(at + 1);
            let counted = count(task).inspect_err(|_| next.store(tasks.len(), Ordering::Relaxed));
            counts.push((at, counted?));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut counts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(tasks.len())).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_fold(Vec::new(), |mut all, worker| {
            let panicked = |_| Error::Failed("a worker panicked".to_owned());
            all.extend(worker.join().map_err(panicked)??);
            Ok(all)
        })
    })?;
    counts.sort_unstable();
    Ok(counts.into_iter().map(|(_, count)| count).collect())
}

fn choose(all: Vec<Unit>, only: &[String]) -> Result<Vec<Unit>, Error> {
    let is = |unit: &Unit, name: &str| {
        unit.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(name) = only.iter().find(|name| !all.iter().any(|unit| is(unit, name))) {
        let known = all.into_iter().map(|unit| unit.name).collect();
        return Err(Error::UnknownUnit { name: name.clone(), known });
    }
    let wanted = |unit: &Unit| only.is_empty() || only.iter().any(|name| is(unit, name));
    Ok(all.into_iter().filter(wanted).collect())
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn row(instructions: f64, committed: Option<f64>) -> Row {
        Row { unit: "a/b".to_owned(), repetition: "", instructions, committed }
    }

    #[test]
    fn two_per_cent_more_is_red_and_two_per_cent_less_is_told() {
        let verdict = |now| row(now, Some(1_000.0)).verdict();
        assert_eq!([980.1, 1_000.0, 1_019.9].map(verdict), [Verdict::Same; 3]);
        assert_eq!([verdict(979.0), verdict(1_021.0)], [Verdict::Better, Verdict::Worse]);
        assert!(verdict(979.0).passes() && !verdict(1_021.0).passes());
        // A unit that nobody blessed would be watched by nobody.
        assert!(!row(1.0, None).verdict().passes());
        assert!(!row(1.0, Some(0.0)).verdict().passes());
    }

    #[test]
    fn a_name_chooses_a_unit_or_a_group_and_a_wrong_one_chooses_nothing() {
        let names = |only: &str| -> Result<Vec<String>, Error> {
            let chosen = choose(units::all(), &[only.to_owned()])?;
            Ok(chosen.into_iter().map(|unit| unit.name).collect())
        };
        assert_eq!(names("risk").unwrap(), ["risk/approve", "risk/refuse"]);
        assert_eq!(names("risk/refuse").unwrap(), ["risk/refuse"]);
        for wrong in ["ris", "risk/", "corridor/on", ""] {
            let message = names(wrong).unwrap_err().to_string();
            assert!(message.contains("there are: codec/tape, "), "{message}");
        }
    }
}
