//! Latency as it is told: rows of percentiles, whole histograms, and the file of a finished run.
//!
//! Owns the text form of a histogram (HdrHistogram's compressed V2 encoding, in base64, as its other
//! tools write it) and its bounds. Must never trust a text: sizes are checked before anything is
//! allocated. Called by the control protocol, by the engine that writes `latency.json`, and by `ctl`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};
use std::io::Read;

/// Longest name of a histogram or of its slot, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// Longest text of a histogram, in bytes: 1.4 times what one of 30,000 buckets can need.
pub const HISTOGRAM_BYTES_MAX: usize = 1 << 19;
/// Most rows of an answer.
pub const ROWS_MAX: usize = 1024;

/// Which histogram: what it measures, and of which slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistogramName {
    /// What it measures: `tick-to-order`.
    pub name: String,
    /// The slot's name; none: of the whole run.
    pub slot: Option<String>,
}

/// Whose time is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeBase {
    /// The machine's clock: how fast the engine is.
    Wall,
    /// The time of events: how fast the venue is, or is assumed to be.
    Event,
}

/// One histogram in figures, in nanoseconds; all of them 0 when nothing was counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyRow {
    /// What it measures.
    pub name: String,
    /// The slot's name; none: of the whole run.
    pub slot: Option<String>,
    /// Whose time it counts.
    pub time: TimeBase,
    /// Measurements.
    pub count: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The mean, to the nanosecond.
    pub mean_ns: u64,
    /// Half are no longer.
    pub p50_ns: u64,
    /// Nine of ten are no longer.
    pub p90_ns: u64,
    /// 99 of 100 are no longer.
    pub p99_ns: u64,
    /// 999 of 1,000 are no longer.
    pub p99_9_ns: u64,
    /// 9,999 of 10,000 are no longer.
    pub p99_99_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Measurements beyond the histogram's range: they count as its highest value.
    pub above_range: u64,
    /// The whole histogram, where it was asked for: HdrHistogram V2, compressed, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<String>,
}

/// `latency.json`: what a finished run leaves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyFile {
    /// `ns`.
    pub unit: String,
    /// One row for each histogram, each with its whole histogram.
    pub stages: Vec<LatencyRow>,
}

impl LatencyRow {
    /// The figures of a histogram.
    pub fn new(
        HistogramName { name, slot }: HistogramName,
        time: TimeBase,
        histogram: &Histogram<u64>,
        above_range: u64,
    ) -> Self {
        let quantile = |quantile| histogram.value_at_quantile(quantile);
        Self {
            name,
            slot,
            time,
            count: histogram.len(),
            min_ns: if histogram.is_empty() { 0 } else { histogram.min() },
            mean_ns: histogram.mean().round() as u64,
            p50_ns: quantile(0.5),
            p90_ns: quantile(0.9),
            p99_ns: quantile(0.99),
            p99_9_ns: quantile(0.999),
            p99_99_ns: quantile(0.9999),
            max_ns: histogram.max(),
            above_range,
            histogram: None,
        }
    }
    /// The row with its whole histogram.
    ///
    /// # Errors
    /// It cannot be written down: none that the engine makes.
    pub fn with_histogram(mut self, histogram: &Histogram<u64>) -> Result<Self, LatencyError> {
        self.histogram = Some(encode_histogram(histogram)?);
        Ok(self)
    }
    /// Its name.
    pub fn key(&self) -> HistogramName {
        HistogramName { name: self.name.clone(), slot: self.slot.clone() }
    }
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// Texts that are too long, or figures that no histogram has.
    pub fn check(&self) -> Result<(), LatencyError> {
        self.key().check()?;
        if self.histogram.as_ref().is_some_and(|text| text.len() > HISTOGRAM_BYTES_MAX) {
            return Err(LatencyError::TooLong);
        }
        let figures = [
            self.min_ns,
            self.p50_ns,
            self.p90_ns,
            self.p99_ns,
            self.p99_9_ns,
            self.p99_99_ns,
            self.max_ns,
        ];
        let is_one = figures.is_sorted() && self.above_range <= self.count;
        if is_one { Ok(()) } else { Err(LatencyError::Figures) }
    }
}

impl HistogramName {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// A name that is too long.
    pub fn check(&self) -> Result<(), LatencyError> {
        let slot = self.slot.as_ref().map_or(0, String::len);
        if self.name.len().max(slot) > NAME_BYTES_MAX {
            return Err(LatencyError::TooLong);
        }
        Ok(())
    }
}

impl LatencyFile {
    /// A file of these rows.
    pub fn new(stages: Vec<LatencyRow>) -> Self {
        Self { unit: "ns".to_owned(), stages }
    }
    /// Reads and checks one.
    ///
    /// # Errors
    /// Anything that is none.
    pub fn read(text: &str) -> Result<Self, LatencyError> {
        let file: Self =
            serde_json::from_str(text).map_err(|error| LatencyError::Json(error.to_string()))?;
        check_rows(&file.stages)?;
        Ok(file)
    }
}

/// Checks the rows of an answer or of a file.
///
/// # Errors
/// Too many, or one that is wrong.
pub fn check_rows(rows: &[LatencyRow]) -> Result<(), LatencyError> {
    if rows.len() > ROWS_MAX {
        return Err(LatencyError::TooLong);
    }
    rows.iter().try_for_each(LatencyRow::check)
}

/// Why a row, a file or a histogram was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LatencyError {
    /// A name, a histogram or a list beyond its bound.
    #[error("a name, a histogram or a list of latencies is too long")]
    TooLong,
    /// Percentiles that do not rise, or more values above the range than values.
    #[error("the figures of a latency contradict one another")]
    Figures,
    /// A text that is no encoded histogram.
    #[error("not a histogram: {0}")]
    Histogram(String),
    /// A file of another form.
    #[error("not a latency file of this version: {0}")]
    Json(String),
}

fn not_one(error: impl std::fmt::Display) -> LatencyError {
    LatencyError::Histogram(error.to_string())
}

/// Writes a histogram down.
///
/// # Errors
/// It cannot be encoded: none that the engine makes.
pub fn encode_histogram(histogram: &Histogram<u64>) -> Result<String, LatencyError> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(histogram, &mut bytes).map_err(not_one)?;
    Ok(STANDARD.encode(bytes))
}

/// Bytes of the plain encoding before its counts: cookie, length, offset, digits, bounds, ratio.
const PLAIN_HEADER: usize = 40;
/// Longest plain encoding that is read.
const PLAIN_BYTES_MAX: u64 = HISTOGRAM_BYTES_MAX as u64;

/// Reads a histogram, of at most three digits.
///
/// # Errors
/// Anything else. Nothing is believed before it is checked: not a length, not a range.
pub fn decode_histogram(text: &str) -> Result<Histogram<u64>, LatencyError> {
    if text.len() > HISTOGRAM_BYTES_MAX {
        return Err(LatencyError::TooLong);
    }
    let bytes = STANDARD.decode(text).map_err(not_one)?;
    // Compressed: a cookie, a length, and a zlib stream of the plain encoding.
    let stream = bytes.get(8..).ok_or_else(|| not_one("it is cut short"))?;
    let mut plain = Vec::new();
    ZlibDecoder::new(stream).take(PLAIN_BYTES_MAX).read_to_end(&mut plain).map_err(not_one)?;
    let word = |at: usize| {
        let word = plain.get(at..at + 4).and_then(|word| word.try_into().ok());
        word.map(u32::from_be_bytes).ok_or_else(|| not_one("it is cut short"))
    };
    // The crate takes memory for the length and the digits that are written there.
    let counts = plain.len().saturating_sub(PLAIN_HEADER);
    if usize::try_from(word(4)?).map_err(not_one)? != counts || word(12)? > 3 {
        return Err(not_one("its head does not fit it"));
    }
    Deserializer::new().deserialize(&mut &plain[..]).map_err(not_one)
}
