//! How long an event took from the sequencer to each point of the corridor.
//!
//! The feed stage leaves a time-stamp-counter reading for each event on a board; the order stage
//! reads it back and keeps histograms. Nothing here decides anything: runs are the same without it.

use hdrhistogram::Histogram;
use royale_model::Seq;
use std::sync::atomic::{AtomicU64, Ordering};

/// The board of stamps: one for each event that may be under way.
#[derive(Debug)]
pub struct Stamps {
    clock: quanta::Clock,
    board: Box<[AtomicU64]>,
}

impl Stamps {
    /// Room for `capacity` events under way (rounded up to a power of two).
    pub fn new(capacity: usize) -> Self {
        let board = (0..capacity.next_power_of_two()).map(|_| AtomicU64::new(0)).collect();
        Self { clock: quanta::Clock::new(), board }
    }
    #[inline]
    fn place(&self, seq: Seq) -> &AtomicU64 {
        // The length is a power of two.
        &self.board[seq as usize & (self.board.len() - 1)]
    }
    /// The feed stage: event `seq` leaves now.
    #[inline]
    pub(crate) fn stamp(&self, seq: Seq) {
        // The ring that carries the event orders this store before the reader's load.
        self.place(seq).store(self.clock.raw(), Ordering::Relaxed);
    }
    /// Nanoseconds since event `seq` left the feed stage.
    #[inline]
    pub(crate) fn since(&self, seq: Seq) -> u64 {
        self.clock.delta_as_nanos(self.place(seq).load(Ordering::Relaxed), self.clock.raw())
    }
}

/// Histograms of a run, in nanoseconds.
#[derive(Debug)]
pub struct LatencyBoard {
    to_decision: Histogram<u64>,
    to_order: Histogram<u64>,
    to_end: Histogram<u64>,
}

impl LatencyBoard {
    const HIGHEST: u64 = 10_000_000_000;

    /// Empty histograms with fixed bounds (1 ns to 10 s, three digits): recording never allocates.
    ///
    /// # Errors
    /// Never with these bounds; the histogram's constructor is fallible.
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        let histogram = || Histogram::new_with_bounds(1, Self::HIGHEST, 3);
        Ok(Self { to_decision: histogram()?, to_order: histogram()?, to_end: histogram()? })
    }

    #[inline]
    pub(crate) fn tick_to_decision(&mut self, nanos: u64) {
        self.to_decision.saturating_record(nanos);
    }
    #[inline]
    pub(crate) fn tick_to_order(&mut self, nanos: u64) {
        self.to_order.saturating_record(nanos);
    }
    #[inline]
    pub(crate) fn tick_to_end(&mut self, nanos: u64) {
        self.to_end.saturating_record(nanos);
    }
    /// The histograms with their names.
    pub fn stages(&self) -> [(&'static str, &Histogram<u64>); 3] {
        [
            ("tick-to-decision", &self.to_decision),
            ("tick-to-order", &self.to_order),
            ("tick-to-end", &self.to_end),
        ]
    }
}
