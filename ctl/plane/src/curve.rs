//! An equity curve of bounded size: one sample a second of event time, thinned as it grows.
//!
//! When the curve is full, every other point goes and the stride doubles, so that a day and a
//! minute need the same memory. A pause of the market starts a new session; no sample is invented
//! in between. Must never be used for metrics: they see every sample, before the thinning.

use royale_model::{Nanos, Notional};

/// Points that a curve holds before it is thinned.
pub const POINTS_MAX: usize = 1_024;

/// One sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// When, in event time.
    pub time: Nanos,
    /// Equity then.
    pub equity: Notional,
    /// Number of the session, from 0.
    pub session: u32,
}

/// Samples in order of time.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    points: Vec<Point>,
    stride: u64,
    seen: u64,
    last: Option<Point>,
}

impl Curve {
    /// Takes a sample; keeps every `stride`-th, and the first of each session.
    pub fn push(&mut self, point: Point) {
        self.stride = self.stride.max(1);
        let new_session = self.last.is_none_or(|last| last.session != point.session);
        if new_session || self.seen.is_multiple_of(self.stride) {
            self.points.push(point);
        }
        self.seen += 1;
        self.last = Some(point);
        if self.points.len() >= POINTS_MAX {
            self.thin();
        }
    }

    /// The points that are kept, with the newest sample at the end.
    pub fn points(&self) -> Vec<Point> {
        let mut points = self.points.clone();
        if let Some(last) = self.last.filter(|last| points.last() != Some(last)) {
            points.push(last);
        }
        points
    }

    fn thin(&mut self) {
        self.stride *= 2;
        let mut index = 0_usize;
        let mut session = None;
        self.points.retain(|point| {
            let first = session != Some(point.session);
            session = Some(point.session);
            index += 1;
            first || index % 2 == 1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(second: i64, session: u32) -> Point {
        Point { time: Nanos::from_secs(second), equity: Notional::from_int(second), session }
    }

    #[test]
    fn a_long_run_stays_bounded_and_keeps_its_ends() {
        let mut curve = Curve::default();
        for second in 0..100_000 {
            curve.push(point(second, u32::from(second >= 60_000)));
        }
        let points = curve.points();
        assert!(points.len() <= POINTS_MAX + 1, "{}", points.len());
        assert_eq!(points.first(), Some(&point(0, 0)));
        assert_eq!(points.last(), Some(&point(99_999, 1)));
        assert!(points.contains(&point(60_000, 1)), "the first point of a session is kept");
        assert!(points.is_sorted_by_key(|point| point.time));
    }
}
