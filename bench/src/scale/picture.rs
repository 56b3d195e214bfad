//! The lines as a picture.

use super::{Axis, Line};
use royale_research as draw;
use std::path::Path;

/// Writes the lines as an SVG, `scale-strategies.svg` or `scale-instruments.svg`, into a folder that
/// is there.
///
/// # Errors
/// It cannot be written; the message names the file.
pub fn write(axis: Axis, lines: &[Line], folder: &Path) -> Result<(), String> {
    let path = folder.join(format!("scale-{}.svg", axis.name()));
    std::fs::write(&path, svg(axis, lines)).map_err(|error| format!("{}: {error}", path.display()))
}

fn svg(axis: Axis, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let counts = points().map(|point| point.count as f64);
    let (title, scale) = match axis {
        Axis::Strategies => ("What an event costs, by strategies", draw::Scale::from_zero(counts)),
        Axis::Instruments => {
            ("What an event costs, by instruments", draw::Scale::log_around(counts))
        }
    };
    let label = |value: f64| format!("{value:.0}");
    let x = draw::Axis { title: axis.name(), scale, label };
    let scale = draw::Scale::from_zero(points().map(|point| point.ns.median));
    let y = draw::Axis { title: "nanoseconds an event", scale, label };
    let line = |line: &Line| draw::Line {
        name: line.name.to_owned(),
        kind: draw::Kind::Points,
        points: line.points.iter().map(|point| (point.count as f64, point.ns.median)).collect(),
    };
    draw::plot_svg(title, &x, &y, &lines.iter().map(line).collect::<Vec<_>>())
}
