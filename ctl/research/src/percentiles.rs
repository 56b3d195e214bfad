//! Latency by percentile, as an SVG that stands alone: left to right another nine, upwards another
//! power of ten.
//!
//! Owns what the axes of such a picture mean, and the logarithmic scale of nanoseconds, which the
//! report's section shares. Called by `ctl latency --svg` and the latency gate.

use crate::plot::{Axis, Kind, Line, Scale, nines, plot_svg};
use hdrhistogram::Histogram;

/// One curve: a histogram read off at rising quantiles.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// What the legend says.
    pub name: String,
    /// Quantile, below 1, and nanoseconds.
    pub points: Vec<(f64, f64)>,
}

/// Steps between two halvings of what is left: 50, 60, 70, 75, 80, 85 % …, as HdrHistogram's own
/// examples have them.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

impl Curve {
    /// Quantiles of a histogram that is not empty, and the longest where the last of all
    /// measurements stands.
    pub fn of(name: impl Into<String>, histogram: &Histogram<u64>) -> Self {
        let last = 1.0 - 1.0 / histogram.len().max(2) as f64;
        let steps = histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE);
        let mut points: Vec<(f64, f64)> = steps
            .map(|step| (step.quantile_iterated_to(), step.value_iterated_to() as f64))
            .take_while(|&(quantile, _)| quantile < last)
            .collect();
        points.push((last, histogram.max() as f64));
        Self { name: name.into(), points }
    }
}

/// Nanoseconds upwards, by powers of ten.
pub(crate) struct LogScale {
    bottom: f64,
    top: f64,
}

impl LogScale {
    /// A scale of whole decades around these values.
    pub(crate) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::MAX, 1.0_f64), |(low, high), value| {
            (low.min(value.max(1.0)), high.max(value))
        });
        let bottom = low.min(high).log10().floor();
        Self { bottom, top: high.log10().ceil().max(bottom + 1.0) }
    }
    /// How far below the top, as a part of the whole.
    pub(crate) fn depth(&self, nanos: f64) -> f64 {
        (self.top - nanos.max(1.0).log10()) / (self.top - self.bottom)
    }
    /// The decades.
    pub(crate) fn decades(&self) -> impl Iterator<Item = f64> {
        (self.bottom as i32..=self.top as i32).map(|power| 10_f64.powi(power))
    }
}

/// Nanoseconds for people, with two decimals at most.
pub(crate) fn duration(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let text = format!("{value:.2}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A line that no measurement drew: in steps, each a quantile up to which these are the nanoseconds.
#[derive(Clone, PartialEq, Debug)]
pub struct Bound {
    /// What the legend says.
    pub name: String,
    /// The curve, by its place, whose goal this is: it keeps it by lying nowhere above. None for a
    /// yardstick to compare all with.
    pub of: Option<usize>,
    /// Rising quantiles, and nanoseconds; a quantile of 1 is the end of the picture.
    pub steps: Vec<(f64, f64)>,
}

/// The picture.
pub fn percentile_svg(title: &str, curves: &[Curve], bounds: &[Bound]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let steps = || bounds.iter().flat_map(|bound| &bound.steps);
    let nanos = points().map(|&(_, nanos)| nanos);
    let most = points().map(|&(quantile, _)| nines(quantile)).fold(1.0, f64::max);
    // 0.999 has three nines and a little dirt.
    let most = (most - 1e-9).ceil();
    let x = Axis { title: "", scale: Scale::Nines(most), label: percentile };
    let scale = Scale::log_around(nanos.chain(steps().map(|&(_, nanos)| nanos)));
    let y = Axis { title: "", scale, label: duration };
    let measured = curves.iter().map(|curve| Line {
        name: curve.name.clone(),
        kind: Kind::Curve,
        points: curve.points.clone(),
    });
    let end = 1.0 - 0.1_f64.powf(most);
    let lines: Vec<Line> = measured.chain(bounds.iter().map(|bound| bound.line(end))).collect();
    plot_svg(title, &x, &y, &lines)
}

impl Bound {
    /// The steps as a line that ends with the picture.
    fn line(&self, end: f64) -> Line {
        let mut points = Vec::new();
        let mut from = 0.0;
        for &(to, nanos) in &self.steps {
            points.extend([(from, nanos), (to.min(end), nanos)]);
            from = to;
        }
        let kind = self.of.map_or(Kind::Yardstick, Kind::Goal);
        Line { name: self.name.clone(), kind, points }
    }
}

/// The name of a quantile: 90 %, 99.9 %, without the dirt of binary fractions.
fn percentile(quantile: f64) -> String {
    let decimals = (nines(quantile).round() as usize).saturating_sub(2);
    format!("{:.decimals$} %", quantile * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_named_as_people_do() {
        let names: Vec<_> = [0.0, 0.5]
            .into_iter()
            .chain((1..6).map(|n| 1.0 - 0.1_f64.powi(n)))
            .map(percentile)
            .collect();
        assert_eq!(names, ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"]);
    }

    #[test]
    fn a_goal_is_a_staircase_and_ends_with_the_picture() {
        let points = vec![(0.0, 100.0), (0.9, 1_000.0), (0.99, 10_000.0)];
        let curve = Curve { name: "a".to_owned(), points };
        let steps = vec![(0.9, 1_000.0), (1.0, 10_000.0)];
        let bound = Bound { name: "goal".to_owned(), of: Some(0), steps };
        let svg = percentile_svg("t", &[curve], &[bound]);
        assert!(svg.contains("d=\"M86.0 327.0L513.0 327.0L513.0 64.0L940.0 64.0\""), "{svg}");
    }

    #[test]
    fn a_curve_rises_from_left_to_right_and_foreign_names_stay_text() {
        let points = vec![(0.0, 100.0), (0.9, 1_000.0), (0.99, 10_000.0)];
        let svg = percentile_svg("<b>", &[Curve { name: "a<script>".to_owned(), points }], &[]);
        // Three decades of time and two nines fill the frame from corner to corner.
        assert!(svg.contains("d=\"M86.0 590.0L513.0 327.0L940.0 64.0\""), "{svg}");
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        // Nothing to draw is an empty frame, not a picture of NaN.
        let empty = percentile_svg("nothing", &[], &[]);
        assert!(empty.contains("</svg>") && !empty.contains("NaN"), "{empty}");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(2_500.0), "2.5 µs");
        assert_eq!(duration(10_000_000.0), "10 ms");
    }
}
