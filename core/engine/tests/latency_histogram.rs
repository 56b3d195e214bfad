//! The histogram that is read while it is written, against the crate that defines its layout.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use hdrhistogram::Histogram;
use proptest::prelude::*;
use royale_engine::latency::{HIGHEST, HistogramReader, Precision, histogram};
use std::sync::atomic::{AtomicBool, Ordering};

const BOTH: [Precision; 2] = [Precision::Fine, Precision::Coarse];

fn read(reader: &HistogramReader) -> Histogram<u64> {
    let mut target = reader.precision().empty().unwrap();
    reader.add_to(&mut target);
    target
}

/// Values of every magnitude, the edges of all buckets, and what lies beyond.
fn values() -> impl Strategy<Value = Vec<u64>> {
    let spread = (0_u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift);
    let edge = (0_u32..40, 0_u64..3).prop_map(|(shift, by)| ((1_u64 << shift) + by) - 1);
    prop::collection::vec(prop_oneof![spread, edge], 0..400)
}

proptest! {
    #[test]
    fn it_counts_and_ranks_as_the_crate_does(values in values()) {
        for precision in BOTH {
            let (mut writer, reader) = histogram(precision);
            let mut expected = precision.empty().unwrap();
            for &value in &values {
                writer.record(value);
                expected.saturating_record(value);
            }
            let found = read(&reader);
            prop_assert_eq!(&found, &expected);
            for quantile in [0.0, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0] {
                prop_assert_eq!(
                    found.value_at_quantile(quantile), expected.value_at_quantile(quantile)
                );
            }
            prop_assert_eq!((found.min(), found.max()), (expected.min(), expected.max()));
            let above = values.iter().filter(|&&value| value > HIGHEST).count();
            prop_assert_eq!(reader.above_range(), above as u64);
        }
    }
}

/// Every bucket once: a formula that is off by one somewhere has no place to hide.
#[test]
fn each_bucket_begins_where_the_crates_does() {
    for precision in BOTH {
        let (mut writer, reader) = histogram(precision);
        let mut expected = precision.empty().unwrap();
        let mut value = 0;
        while value <= HIGHEST {
            for value in [value, value + expected.equivalent_range(value) - 1] {
                writer.record(value);
                expected.record(value).unwrap();
            }
            value += expected.equivalent_range(value);
        }
        assert_eq!(read(&reader), expected);
        assert!(expected.iter_recorded().count() > 3_000);
    }
}

/// A reading in the middle of the writing: fewer than will be, never more, never fewer than before.
#[test]
fn a_reader_beside_the_writer_sees_counts_grow_and_invents_none() {
    let (mut writer, reader) = histogram(Precision::Coarse);
    let mut readings = vec![read(&reader)];
    let enough = AtomicBool::new(false);
    let recorded = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut rounds = 0;
            while !enough.load(Ordering::Relaxed) {
                writer.record((rounds % 7) * 1_000);
                rounds += 1;
            }
            rounds
        });
        while readings.len() < 500 || readings.last().unwrap().is_empty() {
            readings.push(read(&reader));
        }
        enough.store(true, Ordering::Relaxed);
        writing.join().unwrap()
    });
    readings.push(read(&reader));
    let at = |histogram: &Histogram<u64>, kind: u64| histogram.count_at(kind * 1_000);
    for pair in readings.windows(2) {
        for kind in 0..7 {
            assert!(at(&pair[0], kind) <= at(&pair[1], kind), "a count went backwards");
        }
        let known: u64 = (0..7).map(|kind| at(&pair[1], kind)).sum();
        assert_eq!(known, pair[1].len(), "a value that nobody recorded");
    }
    assert_eq!(readings.last().unwrap().len(), recorded, "counts are lost or invented");
}
