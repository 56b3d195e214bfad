//! Curves over two axes, as an SVG that stands alone.
//!
//! Owns the frame: axes, curves, bounds, legend, and colours that can be read on light and on dark
//! paper. Must never need a script, a font or a style from elsewhere. What the axes mean is the
//! caller's: [`crate::percentile_svg`] and the benches.

use crate::chart::ticks;
use crate::html::esc;

/// How values lie along an axis.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scale {
    /// In equal steps.
    Linear {
        /// At the beginning.
        low: f64,
        /// At the end.
        high: f64,
    },
    /// By powers of ten.
    Log {
        /// At the beginning; above zero.
        low: f64,
        /// At the end.
        high: f64,
    },
    /// Quantiles: each further nine takes as much room as the one before.
    Nines(f64),
}

impl Scale {
    /// Equal steps from zero to above the highest of these.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let high = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self::Linear { low: 0.0, high: if high > 0.0 { high * 1.04 } else { 1.0 } }
    }
    /// Powers of ten around these, from 1, 2 or 5 of one to 1, 2 or 5 of another.
    pub fn log_around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::MAX, 1.0_f64), |(low, high), value| {
                (low.min(value.max(1.0)), high.max(value))
            });
        let low = round_steps().rfind(|step| *step <= low.min(high)).unwrap_or(1.0);
        let high = round_steps().find(|step| *step >= high && *step > low);
        Self::Log { low, high: high.unwrap_or(low * 10.0) }
    }
    /// Where a value lies: 0 at the beginning of the axis, 1 at its end.
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => (value.max(low) / low).log10() / (high / low).log10(),
            Self::Nines(most) => nines(value) / most,
        }
    }
    /// The values that are named.
    fn ticks(self) -> Vec<f64> {
        match self {
            Self::Linear { low, high } => ticks(low, high, 8),
            Self::Log { low, high } => {
                // Beyond four decades only the powers of ten are named.
                let is_named = |step: f64| high / low <= 1e4 || step.log10().fract().abs() < 1e-9;
                round_steps()
                    .filter(|step| (low..=high).contains(step) && is_named(*step))
                    .collect()
            }
            Self::Nines(most) => {
                let nine = |nine| 1.0 - 0.1_f64.powi(nine);
                [0.0, 0.5].into_iter().chain((1..=most as i32).map(nine)).collect()
            }
        }
    }
}

/// 1, 2, 5, 10, 20, 50 and so on, as far as figures of ours go.
fn round_steps() -> impl DoubleEndedIterator<Item = f64> {
    (0..13).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)))
}

/// How many nines a quantile has: 0.9 one, 0.99 two.
pub(crate) fn nines(quantile: f64) -> f64 {
    // No histogram tells more than twelve nines apart, and 1 has no place on this axis.
    -(1.0 - quantile.clamp(0.0, 1.0)).max(1e-12).log10()
}

/// One axis.
#[derive(Clone, Copy, Debug)]
pub struct Axis<'a> {
    /// What it shows, with its unit; empty where the labels say it.
    pub title: &'a str,
    /// How values lie along it.
    pub scale: Scale,
    /// A value as it is written beside the axis.
    pub label: fn(f64) -> String,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Measured, so densely that points would hide the curve.
    Curve,
    /// Measured at these points.
    Points,
    /// Not measured: the goal of a measured line, by its place among those; it has its colour.
    Goal(usize),
    /// How sure a measured line is, by its place among those; it has its colour and no row of the
    /// legend. The points go round its edge.
    Band(usize),
    /// Not a goal either: what something else costs, to compare with.
    Yardstick,
}

/// One line of a picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What the legend says.
    pub name: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Values on both axes, from left to right.
    pub points: Vec<(f64, f64)>,
}

const WIDTH_MIN: f64 = 1200.0;
const LEFT: f64 = 86.0;
const RIGHT: f64 = 940.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 590.0;
const HEIGHT: f64 = 650.0;
/// Space between two lines of the legend.
const LEGEND: f64 = 22.0;
/// Width of a letter, with some to spare.
const GLYPH: f64 = 7.8;
/// Colours that differ on light and on dark paper; after them the curves are dashed.
const COLOURS: [&str; 10] = [
    "#2456a6", "#c2571a", "#1a7f5a", "#8e44ad", "#b8860b", "#c0392b", "#127a8a", "#7f5539",
    "#5c6bc0", "#6b7280",
];
const STYLE: &str = "svg{background:#fcfcfa;color:#1b1f24;font:13px ui-sans-serif,system-ui,\
    'Segoe UI',Roboto,Arial,sans-serif}text{fill:currentColor}.soft{fill:#5b6470}\
    .grid{stroke:#e3e5e8}.title{font-size:19px;font-weight:600}\
    .curve{fill:none;stroke-width:2;stroke-linejoin:round}.band{opacity:.22}.goal{stroke-dasharray:9 5}\
    .yardstick{stroke-dasharray:2 4;stroke:currentColor}\
    @media(prefers-color-scheme:dark){svg{background:#111417;color:#e7e9ec}.soft{fill:#98a2ad}\
    .grid{stroke:#2b3137}.curve,.band,.dot{filter:brightness(1.5)}}";

/// The picture. Where there is nothing to draw it is an empty frame.
pub fn plot_svg(title: &str, x: &Axis<'_>, y: &Axis<'_>, lines: &[Line]) -> String {
    let at_x = |value: f64| LEFT + x.scale.place(value) * (RIGHT - LEFT);
    let at_y = |value: f64| BOTTOM - y.scale.place(value) * (BOTTOM - TOP);
    // As wide as the longest name in the legend wants it.
    let longest = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    let width = WIDTH_MIN.max(RIGHT + 70.0 + longest as f64 * GLYPH);
    let named = lines.iter().filter(|line| !matches!(line.kind, Kind::Band(_))).count();
    let height = HEIGHT.max(TOP + named as f64 * LEGEND);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\
         <title>{title}</title><style>{STYLE}</style>\
         <text class=\"title\" x=\"{LEFT}\" y=\"34\">{title}</text>\
         <text class=\"soft\" x=\"{LEFT}\" y=\"{:.1}\">{}</text>\
         <text class=\"soft\" x=\"{RIGHT}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        TOP - 10.0,
        esc(y.title),
        BOTTOM + 44.0,
        esc(x.title),
        title = esc(title)
    );
    for tick in y.scale.ticks() {
        let at = at_y(tick);
        out.push_str(&format!(
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            at + 4.0,
            (y.label)(tick)
        ));
    }
    for tick in x.scale.ticks() {
        let at = at_x(tick);
        out.push_str(&format!(
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/>\
             <text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 22.0,
            (x.label)(tick)
        ));
    }
    let (mut measured, mut row) = (0, 0);
    for line in lines {
        let places: Vec<_> = line.points.iter().map(|&(x, y)| (at_x(x), at_y(y))).collect();
        if let Kind::Band(of) = line.kind {
            out.push_str(&band(&places, of));
            continue;
        }
        let level = TOP + 8.0 + f64::from(row) * LEGEND;
        row += 1;
        draw(&mut out, line, &places, measured, level);
        measured += usize::from(matches!(line.kind, Kind::Curve | Kind::Points));
    }
    out.push_str("</svg>\n");
    out
}

/// The area within an edge, in the colour of the measured line at this place.
fn band(edge: &[(f64, f64)], of: usize) -> String {
    let points: Vec<String> = edge.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let colour = COLOURS[of % COLOURS.len()];
    format!("<polygon class=\"band\" fill=\"{colour}\" points=\"{}\"/>", points.join(" "))
}

/// One line and its row of the legend; `index` chooses the colour.
fn draw(out: &mut String, line: &Line, places: &[(f64, f64)], index: usize, level: f64) {
    let mut path = String::new();
    for (x, y) in places {
        let command = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{command}{x:.1} {y:.1}"));
    }
    let index = if let Kind::Goal(of) = line.kind { of } else { index };
    let colour = COLOURS[index % COLOURS.len()];
    let look = match line.kind {
        Kind::Goal(_) => format!("class=\"curve goal\" stroke=\"{colour}\""),
        Kind::Yardstick => "class=\"curve yardstick\"".to_owned(),
        Kind::Curve | Kind::Points | Kind::Band(_) => {
            let dashes = if index < COLOURS.len() { "" } else { " stroke-dasharray=\"6 4\"" };
            format!("class=\"curve\" stroke=\"{colour}\"{dashes}")
        }
    };
    let name = esc(&line.name);
    out.push_str(&format!(
        "<path {look} d=\"{path}\"><title>{name}</title></path>\
         <path {look} d=\"M{} {level}h22\"/><text x=\"{}\" y=\"{}\">{name}</text>",
        RIGHT + 24.0,
        RIGHT + 54.0,
        level + 4.0,
    ));
    if line.kind == Kind::Points {
        for (x, y) in places {
            out.push_str(&format!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_nine_is_as_wide_as_the_one_before() {
        let steps = [0.0, 0.9, 0.99, 0.999, 0.9999].map(nines);
        for (at, step) in steps.iter().enumerate() {
            assert!((step - at as f64).abs() < 1e-9, "{steps:?}");
        }
    }

    #[test]
    fn an_axis_begins_and_ends_at_a_round_figure_around_all_values() {
        let log = |values: &[f64]| Scale::log_around(values.iter().copied());
        assert_eq!(log(&[66.0, 258.0]), Scale::Log { low: 50.0, high: 500.0 });
        assert_eq!(log(&[66.0, 258.0]).ticks(), [50.0, 100.0, 200.0, 500.0]);
        // A value alone, none at all, and what no axis can show still make an axis.
        assert_eq!(log(&[100.0]), Scale::Log { low: 100.0, high: 200.0 });
        assert_eq!(log(&[]), Scale::Log { low: 1.0, high: 2.0 });
        assert_eq!(log(&[0.0, f64::NAN, 3.0]), Scale::Log { low: 1.0, high: 5.0 });
        assert_eq!(Scale::from_zero([f64::NAN].into_iter()), Scale::Linear { low: 0.0, high: 1.0 });
    }

    #[test]
    fn a_band_has_the_colour_of_its_line_and_no_row_of_the_legend() {
        let line = |name: &str, kind, points| Line { name: name.to_owned(), kind, points };
        let axis = Axis {
            title: "",
            scale: Scale::Linear { low: 0.0, high: 1.0 },
            label: |_| String::new(),
        };
        let edge = vec![(0.0, 0.0), (1.0, 1.0), (1.0, 0.5)];
        let lines = [
            line("of b", Kind::Band(1), edge),
            line("a", Kind::Curve, vec![(0.0, 0.0)]),
            line("b", Kind::Curve, vec![(0.0, 0.0)]),
        ];
        let svg = plot_svg("t", &axis, &axis, &lines);
        let area = format!("fill=\"{}\" points=\"86.0,590.0 940.0,64.0 940.0,327.0\"", COLOURS[1]);
        assert!(svg.contains(&area), "{svg}");
        assert!(
            !svg.contains("of b") && svg.contains(&format!("M{} 72h22", RIGHT + 24.0)),
            "{svg}"
        );
    }

    #[test]
    fn a_goal_has_the_colour_of_the_line_that_it_binds() {
        let line =
            |name: &str, kind| Line { name: name.to_owned(), kind, points: vec![(1.0, 2.0)] };
        let axis = Axis {
            title: "",
            scale: Scale::from_zero([4.0].into_iter()),
            label: |value| value.to_string(),
        };
        let lines = [
            line("a", Kind::Points),
            line("a's goal", Kind::Goal(0)),
            line("yardstick", Kind::Yardstick),
            line("b", Kind::Points),
            line("b's goal", Kind::Goal(1)),
        ];
        let svg = plot_svg("t", &axis, &axis, &lines);
        let strokes =
            |colour: usize| svg.matches(&format!("stroke=\"{}\"", COLOURS[colour])).count();
        // A line and its row of the legend, and the same of its goal.
        assert_eq!([strokes(0), strokes(1), strokes(2)], [4, 4, 0], "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2, "{svg}");
    }
}
