//! A part's curves as a picture: what was measured, its goal, and L beside it.
//!
//! Owns the choice of what is drawn; how, is `royale-research`'s.

use crate::hop::RoundTrips;
use royale_research::{Bound, Curve, percentile_svg};
use std::path::Path;

/// Percentile curves and what they are held to.
#[derive(Clone, PartialEq, Debug)]
pub struct Picture {
    /// Name of its file, without the ending.
    pub name: &'static str,
    /// What stands above it.
    pub title: &'static str,
    /// What was measured.
    pub curves: Vec<Curve>,
    /// Goals and yardsticks.
    pub bounds: Vec<Bound>,
}

impl Picture {
    /// Writes it as an SVG into a folder that is there.
    ///
    /// # Errors
    /// It cannot be written; the message names the file.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(format!("{}.svg", self.name));
        std::fs::write(&path, percentile_svg(self.title, &self.curves, &self.bounds))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Round trips as a curve of hops, up to this quantile.
pub(super) fn hops(name: &str, trips: &RoundTrips, until: f64) -> Curve {
    let mut curve = Curve::of(name, &trips.0);
    curve.points.retain(|(quantile, _)| *quantile < until);
    curve.points.iter_mut().for_each(|(_, nanos)| *nanos /= 2.0);
    curve.points.push((until, trips.hop_ns(until)));
    curve
}

/// The goal of a curve, by its place: below these nanoseconds up to these quantiles.
pub(super) fn goal(of: usize, name: &str, steps: Vec<(f64, f64)>) -> Bound {
    Bound { name: name.to_owned(), of: Some(of), steps }
}

/// L, from one end of the picture to the other.
pub(super) fn yardstick(nanos: f64) -> Bound {
    Bound { name: "L, one bare hop".to_owned(), of: None, steps: vec![(1.0, nanos)] }
}
