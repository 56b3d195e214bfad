//! How long an event took from the sequencer to each point of the corridor.
//!
//! The feed stage leaves a time-stamp-counter reading for each event on a board ([`Stamps`]); later
//! stages read it back and keep histograms, each written by one thread and readable by any. Nothing
//! here decides anything: runs are the same without it, and what is recorded is chosen before a run
//! begins ([`LatencyLevel`]). Must never allocate after [`board`] or make a stage wait for a reader.

mod board;
mod histogram;
mod recorders;
mod stamps;

pub use board::{LatencyBoard, Measure, Measured, TimeBase, board};
pub use histogram::{HIGHEST, HistogramReader, HistogramWriter, Precision, histogram};
pub use recorders::{FeedRecorder, OrderRecorder, Recorders, SpanRecorder, StrategyRecorder};
pub use stamps::Stamps;

/// How much is recorded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LatencyLevel {
    /// Nothing: no reading of the time stamp counter at all.
    Off,
    /// From the sequencer to decision, order and end of work, for the run and for each slot, and
    /// how long the venue takes to answer.
    Ends,
    /// That, and how long each stage takes.
    Stages,
}
