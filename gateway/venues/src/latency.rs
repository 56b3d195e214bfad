//! What is told of a run's latency: the board's histograms, with the names of the slots.
//!
//! Read by the control threads while the run goes on, and for `latency.json` when it is over. Must
//! never write to the board: the stages own its histograms.

use crate::exit::Failure;
use royale_codec::latency::{HistogramName, LatencyError, LatencyFile, LatencyRow, TimeBase};
use royale_engine::latency::{self as engine, LatencyBoard, LatencyLevel, Measured, Recorders};
use std::sync::Arc;

/// The reading side of a run's latency.
#[derive(Clone)]
pub struct Latency {
    board: Arc<LatencyBoard>,
    slots: Arc<[String]>,
}

impl Latency {
    /// The stages' handles, and what reads them; the slots by their names, in order.
    pub fn new(
        level: LatencyLevel,
        slots: &[String],
        strategy_threads: usize,
    ) -> Result<(Recorders, Self), Failure> {
        let (recorders, board) = engine::board(level, slots.len(), strategy_threads)
            .map_err(|error| Failure::Error(format!("latency histograms: {error}")))?;
        Ok((recorders, Self { board: Arc::new(board), slots: slots.into() }))
    }

    /// All of them in figures.
    pub fn rows(&self) -> Vec<LatencyRow> {
        self.board.read().map(|measured| self.row(&measured)).collect()
    }

    /// One of them, whole.
    pub fn whole(&self, wanted: &HistogramName) -> Result<Option<LatencyRow>, LatencyError> {
        let mut all = self.board.read();
        let found = all.find(|measured| self.name(measured) == *wanted);
        found.map(|measured| self.row(&measured).with_histogram(&measured.histogram)).transpose()
    }

    /// All of them, whole.
    pub fn file(&self) -> Result<LatencyFile, LatencyError> {
        let whole = |measured: Measured| self.row(&measured).with_histogram(&measured.histogram);
        Ok(LatencyFile::new(self.board.read().map(whole).collect::<Result<_, _>>()?))
    }

    fn name(&self, measured: &Measured) -> HistogramName {
        let slot = measured.slot.and_then(|slot| self.slots.get(slot.index()).cloned());
        HistogramName { name: measured.measure.name().to_owned(), slot }
    }

    fn row(&self, measured: &Measured) -> LatencyRow {
        let time = match measured.measure.time_base() {
            engine::TimeBase::Wall => TimeBase::Wall,
            engine::TimeBase::Event => TimeBase::Event,
        };
        LatencyRow::new(self.name(measured), time, &measured.histogram, measured.above_range)
    }
}
