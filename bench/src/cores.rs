//! The two cores that a bench runs on, and the spread of repeated figures.

use royale_engine::pin::{allowed_cores, pin_current};

/// Two different cores. Read before anything is pinned: a pinned thread sees its own core only.
#[derive(Clone, Copy, Debug)]
pub struct Cores(pub [usize; 2]);

impl Cores {
    /// The first two cores that the process may use.
    ///
    /// # Errors
    /// There are fewer than two.
    pub fn first_two() -> Result<Self, String> {
        match allowed_cores()[..] {
            [one, two, ..] => Ok(Self([one, two])),
            _ => Err("two cores are needed, and fewer are allowed here".to_owned()),
        }
    }
}

/// Pins the calling thread.
///
/// # Panics
/// The kernel refuses a core that it listed.
pub fn pin(core: usize) {
    if let Err(error) = pin_current(core) {
        panic!("{error}");
    }
}

/// The same figure from several rounds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these figures; all zero if there are none.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(0.0);
        Self { min: at(0), median: at(figures.len() / 2), max: at(figures.len().saturating_sub(1)) }
    }
}
