//! Latency by percentile, as an SVG that stands alone: left to right another nine, upwards another
//! power of ten.
//!
//! Owns the picture and the logarithmic scale of nanoseconds, which the report's section shares.
//! Must never need a script, a font or a style from elsewhere. Called by `ctl latency --svg`.

use crate::html::esc;

/// One curve: a histogram read off at rising quantiles.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// What the legend says.
    pub name: String,
    /// Quantile, below 1, and nanoseconds.
    pub points: Vec<(f64, u64)>,
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
    .curve{fill:none;stroke-width:2;stroke-linejoin:round}\
    @media(prefers-color-scheme:dark){svg{background:#111417;color:#e7e9ec}.soft{fill:#98a2ad}\
    .grid{stroke:#2b3137}.curve{filter:brightness(1.5)}}";

/// The picture.
pub fn percentile_svg(title: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let scale = LogScale::around(points().map(|&(_, nanos)| nanos as f64));
    let nines_max = points().map(|&(quantile, _)| nines(quantile)).fold(1.0, f64::max).ceil();
    let x = |quantile: f64| LEFT + nines(quantile) / nines_max * (RIGHT - LEFT);
    let y = |nanos: f64| TOP + scale.depth(nanos) * (BOTTOM - TOP);
    // As wide as the longest name in the legend wants it.
    let longest = curves.iter().map(|curve| curve.name.chars().count()).max().unwrap_or(0);
    let width = WIDTH_MIN.max(RIGHT + 70.0 + longest as f64 * GLYPH);
    let height = HEIGHT.max(TOP + curves.len() as f64 * LEGEND);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\
         <title>{title}</title><style>{STYLE}</style>\
         <text class=\"title\" x=\"{LEFT}\" y=\"34\">{title}</text>",
        title = esc(title)
    );
    for decade in scale.decades() {
        let at = y(decade);
        out.push_str(&format!(
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            at + 4.0,
            duration(decade)
        ));
    }
    for nine in 0..=nines_max as u32 {
        let at = x(1.0 - 0.1_f64.powi(nine as i32));
        out.push_str(&format!(
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/>\
             <text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 22.0,
            percentile(nine)
        ));
    }
    for (index, curve) in curves.iter().enumerate() {
        draw(&mut out, index, curve, &x, &y);
    }
    out.push_str("</svg>\n");
    out
}

fn draw(
    out: &mut String,
    index: usize,
    curve: &Curve,
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
) {
    let mut line = String::new();
    for &(quantile, nanos) in &curve.points {
        let command = if line.is_empty() { 'M' } else { 'L' };
        line.push_str(&format!("{command}{:.1} {:.1}", x(quantile), y(nanos as f64)));
    }
    let colour = COLOURS[index % COLOURS.len()];
    let dashes = if index < COLOURS.len() { "" } else { " stroke-dasharray=\"6 4\"" };
    let (name, level) = (esc(&curve.name), TOP + 8.0 + index as f64 * LEGEND);
    out.push_str(&format!(
        "<path class=\"curve\" stroke=\"{colour}\"{dashes} d=\"{line}\"><title>{name}</title></path>\
         <path class=\"curve\" stroke=\"{colour}\"{dashes} d=\"M{} {level}h22\"/>\
         <text x=\"{}\" y=\"{}\">{name}</text>",
        RIGHT + 24.0,
        RIGHT + 54.0,
        level + 4.0,
    ));
}

/// How many nines a quantile has: 0.9 one, 0.99 two.
fn nines(quantile: f64) -> f64 {
    // No histogram tells more than twelve nines apart, and 1 has no place on this axis.
    -(1.0 - quantile.clamp(0.0, 1.0)).max(1e-12).log10()
}

/// The name of a number of nines: 90 %, 99.9 %.
fn percentile(nines: u32) -> String {
    match nines {
        0 => "0 %".to_owned(),
        1 => "90 %".to_owned(),
        2 => "99 %".to_owned(),
        more => format!("99.{} %", "9".repeat(more as usize - 2)),
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
        let names: Vec<_> = (0..5).map(percentile).collect();
        assert_eq!(names, ["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
    }

    #[test]
    fn a_curve_rises_from_left_to_right_and_foreign_names_stay_text() {
        let points = vec![(0.0, 100), (0.9, 1_000), (0.99, 10_000)];
        let svg = percentile_svg("<b>", &[Curve { name: "a<script>".to_owned(), points }]);
        // Three decades of time and two nines fill the frame from corner to corner.
        assert!(svg.contains("d=\"M86.0 590.0L513.0 327.0L940.0 64.0\""), "{svg}");
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        // Nothing to draw is an empty frame, not a picture of NaN.
        let empty = percentile_svg("nothing", &[]);
        assert!(empty.contains("</svg>") && !empty.contains("NaN"), "{empty}");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(2_500.0), "2.5 µs");
        assert_eq!(duration(10_000_000.0), "10 ms");
    }
}
