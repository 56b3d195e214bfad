//! The curves as pictures: regret over steps, with bands of two standard errors.

use super::Outcome;
use crate::failure::{Code, Failure};
use royale_meta::simulate::{Curve, HOUSE};
use royale_research::{Axis, Kind, Line, Scale, plot_svg};
use std::path::Path;

/// Refuses a file for several worlds before anything runs.
pub fn check(path: Option<&Path>, worlds: usize) -> Result<(), Failure> {
    match path {
        Some(path) if worlds > 1 && is_file(path) => {
            let message = format!("--svg {}: one file for {worlds} worlds", path.display());
            Err(Failure::new(Code::Usage, message).remedy("name a folder, or one --case"))
        }
        _ => Ok(()),
    }
}

fn is_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "svg")
}

/// Writes one picture for each world.
pub fn write(path: &Path, outcomes: &[Outcome], seeds: u32) -> Result<(), Failure> {
    let folder = if is_file(path) { path.parent().unwrap_or(Path::new("")) } else { path };
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder).map_err(|e| Failure::io(folder, "create", &e))?;
    }
    for outcome in outcomes {
        let file = if is_file(path) {
            path.to_owned()
        } else {
            path.join(format!("{}.svg", outcome.case.name))
        };
        std::fs::write(&file, picture(outcome, seeds))
            .map_err(|e| Failure::io(&file, "write", &e))?;
        crate::out::remark(&format!("wrote {}", file.display()));
    }
    Ok(())
}

fn picture(outcome: &Outcome, seeds: u32) -> String {
    // Ours first; then the legend reads like the right edge of the picture, from the top down.
    let mut curves: Vec<&Curve> = outcome.curves.iter().collect();
    let height = |curve: &Curve| curve.end().map_or(0.0, |end| end.regret);
    let is_other = |curve: &Curve| curve.name != HOUSE;
    curves.sort_by(|a, b| is_other(a).cmp(&is_other(b)).then(height(b).total_cmp(&height(a))));
    let bands = curves.iter().enumerate().map(|(of, curve)| {
        let edge = |sign: f64| {
            let place = move |p: &royale_meta::simulate::Point| {
                (p.step as f64, p.regret + sign * 2.0 * p.regret_error)
            };
            curve.points.iter().map(place)
        };
        let points = edge(1.0).chain(edge(-1.0).rev()).collect();
        Line { name: curve.name.clone(), kind: Kind::Band(of), points }
    });
    let lines = curves.iter().map(|curve| Line {
        name: label(curve),
        kind: Kind::Curve,
        points: curve.points.iter().map(|p| (p.step as f64, p.regret)).collect(),
    });
    let lines: Vec<Line> = bands.chain(lines).collect();
    let all = || lines.iter().flat_map(|line| &line.points);
    let number = |value: f64| format!("{value:.0}");
    let x = Axis { title: "steps", scale: Scale::from_zero(all().map(|p| p.0)), label: number };
    let title = format!("regret, mean of {seeds} runs, with two standard errors");
    let y = Axis { title: &title, scale: Scale::from_zero(all().map(|p| p.1)), label: number };
    plot_svg(&format!("{}: {}", outcome.case.name, outcome.case.about), &x, &y, &lines)
}

/// A curve's name with its regret at the end.
fn label(curve: &Curve) -> String {
    let mark = if curve.name == HOUSE { "▶ " } else { "" };
    let end = curve.end().map_or(0.0, |end| end.regret);
    format!("{mark}{} {end:.0}", curve.name)
}
