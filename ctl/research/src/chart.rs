//! Charts as inline SVG: curves stretch with the page, labels are text beside them.
//!
//! The x axis is event time with the pauses between sessions cut out; a dotted line marks each cut.
//! Floats here place pixels and nothing else.

use crate::html::esc;
use crate::page::colour;
use royale_model::{Nanos, SlotId};
use royale_plane::{Board, Point, percent, stamp};

pub(crate) const WIDTH: f64 = 1_000.0;
pub(crate) const HEIGHT: f64 = 300.0;

/// Maps event time to x, without the pauses.
pub(crate) struct Axis {
    /// Begin of each session, and the seconds before it.
    sessions: Vec<(Nanos, Nanos, f64)>,
    total: f64,
}

impl Axis {
    pub(crate) fn of(board: &Board) -> Self {
        let mut before = 0.0;
        let mut sessions = Vec::new();
        for &(first, last) in board.quality().sessions() {
            sessions.push((first, last, before));
            before += last.since(first).as_secs_f64().max(1.0);
        }
        Self { sessions, total: f64::max(before, 1.0) }
    }
    pub(crate) fn x(&self, time: Nanos) -> f64 {
        let session = self.sessions.iter().rev().find(|(first, _, _)| *first <= time);
        let seconds = match session.or(self.sessions.first()) {
            Some((first, last, before)) => before + time.min(*last).since(*first).as_secs_f64(),
            None => 0.0,
        };
        seconds.max(0.0) / self.total * WIDTH
    }
    /// Session cuts as lines, and their labels.
    fn cuts(&self, out: &mut String, labels: &mut String) {
        let every = self.sessions.len().div_ceil(9);
        for (index, (first, _, before)) in self.sessions.iter().enumerate() {
            let x = before / self.total * WIDTH;
            if index > 0 {
                out.push_str(&format!("<path class=\"cut\" d=\"M{x:.1} 0V{HEIGHT}\"/>"));
            }
            if index.is_multiple_of(every) {
                let text = stamp(*first);
                let place = if index == 0 { "first" } else { "mid" };
                labels.push_str(&format!(
                    "<span class=\"x {place}\" style=\"left:{:.2}%\">{}</span>",
                    before / self.total * 100.0,
                    text.get(11..16).unwrap_or_default()
                ));
            }
        }
    }
}

/// One curve: points of (x, value).
pub(crate) struct Series {
    pub(crate) class: String,
    pub(crate) title: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Equity curves and drawdowns of all slots and the house.
pub(crate) fn render_curves(out: &mut String, board: &Board, points_max: usize) {
    let axis = Axis::of(board);
    let standings = board.standings();
    let mut equity = Vec::new();
    let mut drawdowns = Vec::new();
    let initial = board.stakes().capital.per_slot.to_f64();
    for row in &standings {
        let slot = SlotId(row.slot_id);
        let points = board.curve(slot).map(|curve| curve.points()).unwrap_or_default();
        let class = format!("k{}", colour(slot));
        equity.push(series(&axis, &class, &row.slot, &indexed(&points, initial), points_max));
        drawdowns.push(series(&axis, &class, &row.slot, &falls(&points, initial), points_max));
    }
    out.push_str("<h2>Equity</h2><div class=\"legend\">");
    for row in &standings {
        out.push_str(&format!(
            "<span>{}{} <em>{}</em></span>",
            crate::standings::dot(SlotId(row.slot_id)),
            esc(&row.slot),
            percent(row.return_ratio)
        ));
    }
    out.push_str("</div>");
    plot(out, &axis, "tall", "Return on starting capital", &equity);
    out.push_str("<h4>Drawdown</h4>");
    plot(out, &axis, "low", "Fall from the highest equity", &drawdowns);
    let (sessions, first) = (board.quality().sessions().len(), board.clock().map(|c| c.first));
    let date = first.map(stamp).and_then(|text| text.get(..10).map(str::to_owned));
    let cuts = if sessions > 1 {
        "Dotted lines are session boundaries: the pauses between the recordings are cut out."
    } else {
        ""
    };
    out.push_str(&format!(
        "<p class=\"note\">Times are UTC from {} on. {cuts}</p>",
        date.unwrap_or_default()
    ));
}

/// The house account's curve.
pub(crate) fn render_house(out: &mut String, board: &Board, points_max: usize) {
    let axis = Axis::of(board);
    let points = board.house_curve().points();
    let indexed = indexed(&points, board.stakes().capital.house.to_f64());
    let line = series(&axis, "house", "house account", &indexed, points_max);
    plot(out, &axis, "low", "Return of the house account", std::slice::from_ref(&line));
}

/// The small curve of one slot.
pub(crate) fn render_spark(out: &mut String, board: &Board, slot: SlotId) {
    let axis = Axis::of(board);
    let points = board.curve(slot).map(|curve| curve.points()).unwrap_or_default();
    let indexed = indexed(&points, board.stakes().capital.per_slot.to_f64());
    let line = series(&axis, &format!("k{}", colour(slot)), "equity", &indexed, 120);
    let (low, high) = bounds(std::slice::from_ref(&line));
    out.push_str("<div class=\"chart spark\" style=\"margin-left:0\">");
    out.push_str(&format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Equity curve\"><path class=\"zero\" d=\"M0 {0:.1}H{WIDTH}\"/>",
        y(0.0, low, high)
    ));
    out.push_str(&path(&line, low, high));
    out.push_str("</svg></div>");
}

pub(crate) fn plot(out: &mut String, axis: &Axis, size: &str, label: &str, all: &[Series]) {
    let (low, high) = bounds(all);
    let body: String = all.iter().map(|line| path(line, low, high)).collect();
    let wanted = if size == "low" { 3 } else { 6 };
    let frame = Frame { size, label, low, high, ticks: ticks(low, high, wanted) };
    frame.render(out, axis, |tick| tick_text(tick, high - low), &body);
}

/// What stands around a picture over time.
pub(crate) struct Frame<'a> {
    /// The class of its height.
    pub(crate) size: &'a str,
    /// What it shows, for those who do not see it.
    pub(crate) label: &'a str,
    /// The value at the bottom.
    pub(crate) low: f64,
    /// The value at the top.
    pub(crate) high: f64,
    /// Values with a line of their own.
    pub(crate) ticks: Vec<f64>,
}

impl Frame<'_> {
    /// The frame, and the body within it.
    pub(crate) fn render(
        &self,
        out: &mut String,
        axis: &Axis,
        text: impl Fn(f64) -> String,
        body: &str,
    ) {
        let Self { size, label, low, high, .. } = *self;
        out.push_str(&format!(
            "<div class=\"chart {size}\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            esc(label)
        ));
        let mut labels = String::new();
        for &tick in &self.ticks {
            let at = y(tick, low, high);
            let class = if tick == 0.0 { "zero" } else { "grid" };
            out.push_str(&format!("<path class=\"{class}\" d=\"M0 {at:.1}H{WIDTH}\"/>"));
            labels.push_str(&format!(
                "<span class=\"y\" style=\"top:{:.2}%\">{}</span>",
                at / HEIGHT * 100.0,
                text(tick)
            ));
        }
        axis.cuts(out, &mut labels);
        out.push_str(body);
        out.push_str(&format!("</svg>{labels}</div>"));
    }
}

pub(crate) fn path(line: &Series, low: f64, high: f64) -> String {
    let mut d = String::with_capacity(line.points.len() * 12);
    for (index, (x, value)) in line.points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        d.push_str(&format!("{command}{x:.1} {:.1}", y(*value, low, high)));
    }
    format!("<path class=\"{}\" d=\"{d}\"><title>{}</title></path>", line.class, esc(&line.title))
}

pub(crate) fn series(
    axis: &Axis,
    class: &str,
    title: &str,
    points: &[(Nanos, f64)],
    max: usize,
) -> Series {
    // Keeps first, last, and the lowest and highest of each bucket: no peak is lost.
    let bucket = (points.len() * 2).div_ceil(max.max(2)).max(1);
    let mut kept: Vec<(Nanos, f64)> = Vec::with_capacity(max + 4);
    for chunk in points.chunks(bucket) {
        let by = |a: &&(Nanos, f64), b: &&(Nanos, f64)| a.1.total_cmp(&b.1);
        let (Some(low), Some(high)) = (chunk.iter().min_by(by), chunk.iter().max_by(by)) else {
            continue;
        };
        let (one, two) = if low.0 <= high.0 { (low, high) } else { (high, low) };
        kept.push(*one);
        if one != two {
            kept.push(*two);
        }
    }
    if let Some(last) = points.last().filter(|last| kept.last() != Some(last)) {
        kept.push(*last);
    }
    let points = kept.into_iter().map(|(time, value)| (axis.x(time), value)).collect();
    Series { class: class.to_owned(), title: title.to_owned(), points }
}

fn indexed(points: &[Point], initial: f64) -> Vec<(Nanos, f64)> {
    let base = if initial > 0.0 { initial } else { 1.0 };
    points.iter().map(|point| (point.time, (point.equity.to_f64() - initial) / base)).collect()
}

fn falls(points: &[Point], initial: f64) -> Vec<(Nanos, f64)> {
    let mut peak = initial;
    let fall = |point: &Point| {
        let equity = point.equity.to_f64();
        peak = peak.max(equity);
        (point.time, if peak > 0.0 { equity / peak - 1.0 } else { 0.0 })
    };
    points.iter().map(fall).collect()
}

/// Lowest and highest value with a little air, never empty, zero included.
pub(crate) fn bounds(all: &[Series]) -> (f64, f64) {
    let values = all.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value));
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    let air = ((high - low) * 0.04).max(1e-6);
    (
        if low < 0.0 { low - air } else { low },
        if high > 0.0 { high + air } else { high + air / 4.0 },
    )
}

fn y(value: f64, low: f64, high: f64) -> f64 {
    (high - value) / (high - low) * HEIGHT
}

/// Round values between two bounds: about `wanted` of them.
pub(crate) fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let raw = (high - low) / wanted.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return vec![0.0];
    }
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw);
    let step = step.unwrap_or(power * 10.0);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|n| n as f64 * step).collect()
}

/// A tick with as many decimals as its range needs.
pub(crate) fn tick_text(tick: f64, range: f64) -> String {
    let decimals = if range < 0.0005 {
        3
    } else if range < 0.02 {
        2
    } else {
        1
    };
    if tick == 0.0 { "0 %".to_owned() } else { format!("{:+.decimals$} %", tick * 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let all = ticks(-0.013, 0.021, 6);
        assert!(all.contains(&0.0) && all.len() >= 3, "{all:?}");
        assert!(all.iter().all(|tick| (-0.013..=0.021).contains(tick)));
        assert_eq!(ticks(0.0, f64::NAN, 5), vec![0.0]);
    }
}
