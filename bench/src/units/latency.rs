//! The latency histogram: one value recorded.

use super::{Unit, work};
use royale_engine::latency::{Precision, histogram};
use std::hint::black_box;

pub(super) fn units() -> Vec<Unit> {
    vec![Unit::new("latency/record", "a value", 20_000, |_, count| {
        let values = values(count);
        let (mut writer, reader) = histogram(Precision::Fine);
        Ok(work(move || {
            for &value in &values {
                writer.record(black_box(value));
            }
            (values, reader)
        }))
    })]
}

/// Nanoseconds as a run has them: most near one another, some a hundred times longer.
fn values(count: usize) -> Vec<u64> {
    let mut state = 7_u64;
    let next = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = state >> 33;
        300 + draw % 400 + if draw.is_multiple_of(97) { draw % 60_000 } else { 0 }
    };
    (0..count).map(next).collect()
}
