//! Histograms for other programs: HdrHistogram's percentile text, and a picture.

use super::source::Whole;
use crate::failure::Failure;
use crate::out;
use hdrhistogram::Histogram;
use royale_codec::latency::LatencyRow;
use royale_research::{Curve, percentile_svg};
use std::fmt::Write;
use std::path::Path;

/// Steps between two halvings of what is left: 50, 60, 70, 75, 80, 85 % …, as HdrHistogram's own
/// examples have them.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

/// Writes percentile distributions: a single one into a file, several into a folder.
///
/// # Errors
/// Nothing was counted, or it cannot be written.
pub fn hgrm(path: &Path, all: &[Whole]) -> Result<(), Failure> {
    let counted: Vec<&Whole> = all.iter().filter(|(_, histogram)| !histogram.is_empty()).collect();
    if let ([(_, histogram)], false) = (&counted[..], path.is_dir()) {
        return write(path, &distribution(histogram));
    }
    if counted.is_empty() {
        return Err(nothing());
    }
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::io(path, "make this folder for several histograms", &error)
            .remedy("name a folder, or choose one histogram with --only and --slot")
    })?;
    for (row, histogram) in counted {
        write(&path.join(format!("{}.hgrm", file_stem(row))), &distribution(histogram))?;
    }
    Ok(())
}

/// Draws percentiles.
///
/// # Errors
/// Nothing was counted, or the file cannot be written.
pub fn svg(path: &Path, title: &str, all: &[&Whole]) -> Result<(), Failure> {
    let counted = all.iter().filter(|(_, histogram)| !histogram.is_empty());
    let curve = |(row, histogram): &&Whole| Curve::of(label(row), histogram);
    let curves: Vec<Curve> = counted.map(curve).collect();
    if curves.is_empty() {
        return Err(nothing());
    }
    write(path, &percentile_svg(title, &curves, &[]))
}

fn nothing() -> Failure {
    Failure::not_found("nothing was measured yet")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::io(path, "write", &error))?;
    out::remark(&format!("written: {}", path.display()));
    Ok(())
}

fn label(row: &LatencyRow) -> String {
    match &row.slot {
        Some(slot) => format!("{} of {slot}", row.name),
        None => row.name.clone(),
    }
}

/// A file name, whatever the engine calls its slots.
fn file_stem(row: &LatencyRow) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' })
            .collect()
    };
    match &row.slot {
        Some(slot) => format!("{}.{}", plain(&row.name), plain(slot)),
        None => plain(&row.name),
    }
}

/// The percentile distribution as HdrHistogram prints it, in nanoseconds.
fn distribution(histogram: &Histogram<u64>) -> String {
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    let mut total = 0;
    // Writing into a string cannot fail.
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        total += step.count_since_last_iteration();
        let (value, quantile) = (step.value_iterated_to() as f64, step.quantile_iterated_to());
        let _ = write!(text, "{value:12.3} {quantile:2.12} {total:10}");
        let _ = match quantile < 1.0 {
            true => writeln!(text, " {:14.2}", 1.0 / (1.0 - quantile)),
            false => writeln!(text),
        };
    }
    let _ = writeln!(
        text,
        "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]\n\
         #[Max     = {:12.3}, Total count    = {:12}]\n\
         #[Buckets = {:12}, SubBuckets     = {:12}]",
        histogram.mean(),
        histogram.stdev(),
        histogram.max() as f64,
        histogram.len(),
        histogram.buckets(),
        sub_buckets(histogram),
    );
    text
}

/// Buckets of a doubling, as HdrHistogram counts them: 2048 for three digits.
fn sub_buckets(histogram: &Histogram<u64>) -> u64 {
    (2 * 10_u64.pow(u32::from(histogram.sigfig()))).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each value by the definition of the format: the one that the cumulative count of the sorted
    /// measurements reaches at that percentile.
    #[test]
    fn the_distribution_is_that_of_the_sorted_measurements() {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, (1 << 38) - 1, 3).unwrap();
        let mut sorted: Vec<u64> = (1..=1_000).map(|n| n * n % 1_999 + 1).collect();
        sorted.iter().for_each(|&value| histogram.record(value).unwrap());
        sorted.sort_unstable();
        let text = distribution(&histogram);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("       Value     Percentile TotalCount 1/(1-Percentile)"));
        assert_eq!(lines.next(), Some(""));
        let rows: Vec<Vec<f64>> = lines
            .clone()
            .take_while(|line| !line.starts_with('#'))
            .map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect())
            .collect();
        assert!(rows.len() > 20, "{text}");
        for row in &rows {
            let (value, percentile, total) = (row[0] as u64, row[1], row[2] as usize);
            let rank = ((percentile * 1_000.0).ceil() as usize).clamp(1, 1_000);
            // The next one too: 0.1 + 0.1 + 0.1 is a little more than the 0.3 that is printed.
            let near = &sorted[rank - 1..(rank + 1).min(sorted.len())];
            assert!(near.contains(&value), "{value} at {percentile}, not one of {near:?}");
            assert_eq!(total, sorted.iter().filter(|&&other| other <= value).count());
            match row.get(3) {
                Some(inverse) => assert!((inverse * (1.0 - percentile) - 1.0).abs() < 0.01),
                None => assert_eq!(percentile, 1.0, "only the last row has no inverse"),
            }
        }
        assert_eq!(rows.last().unwrap()[..3], [*sorted.last().unwrap() as f64, 1.0, 1_000.0]);
        assert!(text.contains("#[Mean    = ") && text.contains("Total count    =         1000]"));
        assert!(text.ends_with("#[Buckets =           28, SubBuckets     =         2048]\n"));
    }

    #[test]
    fn a_slot_cannot_write_outside_the_folder() {
        let name = royale_codec::latency::HistogramName {
            name: "tick-to-order".to_owned(),
            slot: Some("../../etc/x y".to_owned()),
        };
        let histogram = Histogram::<u64>::new_with_bounds(1, 1_000, 2).unwrap();
        let row = LatencyRow::new(name, royale_codec::latency::TimeBase::Wall, &histogram, 0);
        assert_eq!(file_stem(&row), "tick-to-order.______etc_x_y");
    }
}
