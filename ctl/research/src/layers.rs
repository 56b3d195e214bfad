//! Areas: what adds up to a whole, over time, and the band around a line.
//!
//! Owns the shapes; what they mean is the caller's. Values change in steps: what was true at a time
//! stays true until the next.

use crate::chart::{HEIGHT, WIDTH};
use crate::html::esc;

/// One part of a whole.
pub(crate) struct Layer<'a> {
    /// Its class, which has its colour.
    pub(crate) class: &'a str,
    /// Its name.
    pub(crate) title: &'a str,
}

/// Parts of one on top of each other, the first at the bottom. Each moment has its place and the
/// parts; what they leave of one stays empty. The last moment holds to the end.
pub(crate) fn stacked(layers: &[Layer<'_>], moments: &[(f64, Vec<f64>)]) -> String {
    let mut out = String::new();
    let mut below: Vec<f64> = vec![0.0; moments.len()];
    for (at, layer) in layers.iter().enumerate() {
        let part = |parts: &Vec<f64>| parts.get(at).copied().unwrap_or(0.0);
        let above: Vec<f64> =
            moments.iter().zip(&below).map(|((_, parts), low)| low + part(parts)).collect();
        let places: Vec<f64> = moments.iter().map(|(x, _)| *x).collect();
        let top = steps(&places, &above);
        let mut edge: Vec<(f64, f64)> = top;
        edge.extend(steps(&places, &below).into_iter().rev());
        out.push_str(&area(&format!("area {}", layer.class), layer.title, &edge));
        below = above;
    }
    out
}

/// The area between two lines that run over the same places, between these bounds of values.
pub(crate) fn band(
    class: &str,
    title: &str,
    [below, above]: [&[(f64, f64)]; 2],
    (low, high): (f64, f64),
) -> String {
    let part = |&(x, value): &(f64, f64)| (x, (value - low) / (high - low));
    let edge: Vec<(f64, f64)> = above.iter().chain(below.iter().rev()).map(part).collect();
    area(class, title, &edge)
}

/// The corners of a line that changes in steps; values that stay are left out.
fn steps(places: &[f64], values: &[f64]) -> Vec<(f64, f64)> {
    let mut edge: Vec<(f64, f64)> = Vec::new();
    for (&x, &value) in places.iter().zip(values) {
        match edge.last() {
            Some(&(_, before)) if before == value => {}
            Some(&(_, before)) => edge.extend([(x, before), (x, value)]),
            None => edge.push((x, value)),
        }
    }
    if let Some(&(_, value)) = edge.last() {
        edge.push((WIDTH, value));
    }
    edge
}

/// A closed edge of places and heights in parts of the whole.
fn area(class: &str, title: &str, edge: &[(f64, f64)]) -> String {
    let mut d = String::with_capacity(edge.len() * 12);
    for (index, (x, part)) in edge.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        d.push_str(&format!("{command}{x:.1} {:.1}", (1.0 - part) * HEIGHT));
    }
    format!("<path class=\"{class}\" d=\"{d}Z\"><title>{}</title></path>", esc(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_on_each_other_and_change_where_they_change() {
        let layers = [Layer { class: "k0", title: "a" }, Layer { class: "k1", title: "b<" }];
        let moments = [(0.0, vec![0.5, 0.25]), (250.0, vec![0.5, 0.25]), (500.0, vec![0.25, 0.25])];
        let svg = stacked(&layers, &moments);
        let first = "M0.0 150.0L500.0 150.0L500.0 225.0L1000.0 225.0L1000.0 300.0L0.0 300.0Z";
        assert!(svg.contains(first), "{svg}");
        // From three quarters to a half; below it what the first has.
        let second = "M0.0 75.0L500.0 75.0L500.0 150.0L1000.0 150.0\
                      L1000.0 225.0L500.0 225.0L500.0 150.0L0.0 150.0Z";
        assert!(svg.contains(second) && svg.contains("b&lt;"), "{svg}");
    }

    #[test]
    fn a_band_goes_out_above_and_comes_back_below() {
        let (below, above) = ([(0.0, 0.0), (500.0, -1.0)], [(0.0, 0.0), (500.0, 3.0)]);
        let svg = band("band", "90 %", [&below, &above], (-1.0, 3.0));
        assert!(svg.contains("d=\"M0.0 225.0L500.0 0.0L500.0 300.0L0.0 225.0Z\""), "{svg}");
    }
}
