//! What can be read of a run's latency while it runs, and which histograms there are.

use super::LatencyLevel;
use super::histogram::{HistogramReader, HistogramWriter, Precision, histogram};
use super::recorders::{
    Ends, FeedRecorder, OrderRecorder, Recorders, SlotEnds, Span, SpanRecorder, StrategyRecorder,
    StrategySpans,
};
use super::stamps::Stamps;
use hdrhistogram::{CreationError, Histogram};
use royale_model::SlotId;
use std::sync::Arc;

/// What a histogram measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// From the sequencer until a decision (or an abstention) is journaled.
    TickToDecision,
    /// From the sequencer until an order (or a cancel) is journaled and with the venue.
    TickToOrder,
    /// From the sequencer until all that the event caused is worked off.
    TickToEnd,
    /// From the sequencer until a thread shows its strategies the event.
    FeedToStrategy,
    /// One strategy, on one event.
    Strategy,
    /// All rules of the gate, on one account's order.
    Risk,
    /// Appending one event to the journal.
    Journal,
    /// Appending one order to the journal and giving it to the venue.
    Order,
    /// From the sequencer until the event at which another version took a slot is worked off.
    Swap,
    /// From an order's record to its first report, in the time of events: simulated, where the venue
    /// is.
    OrderToAck,
}

/// Whose time a histogram counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeBase {
    /// This machine's clock: how fast we are. Differs from run to run.
    Wall,
    /// The time of events: how fast the venue is, or is assumed to be. The same in every run.
    Event,
}

impl Measure {
    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TickToDecision => "tick-to-decision",
            Self::TickToOrder => "tick-to-order",
            Self::TickToEnd => "tick-to-end",
            Self::FeedToStrategy => "feed-to-strategy",
            Self::Strategy => "strategy",
            Self::Risk => "risk",
            Self::Journal => "journal",
            Self::Order => "order",
            Self::Swap => "swap",
            Self::OrderToAck => "order-to-ack",
        }
    }
    /// Whose time it counts.
    pub const fn time_base(self) -> TimeBase {
        match self {
            Self::OrderToAck => TimeBase::Event,
            _ => TimeBase::Wall,
        }
    }
}

/// The reading end of all histograms of a run, for any thread.
#[derive(Debug)]
pub struct LatencyBoard {
    rows: Vec<Row>,
    fine: Histogram<u64>,
    coarse: Histogram<u64>,
}

#[derive(Debug)]
struct Row {
    measure: Measure,
    slot: Option<SlotId>,
    /// One for each thread that writes it.
    readers: Vec<HistogramReader>,
}

/// One histogram as it was when it was read.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What it measures.
    pub measure: Measure,
    /// Of which slot; none: of the whole run.
    pub slot: Option<SlotId>,
    /// Nanoseconds.
    pub histogram: Histogram<u64>,
    /// Values above the range: they count as its highest.
    pub above_range: u64,
}

impl LatencyBoard {
    /// Every histogram, now. Empty when nothing is recorded.
    pub fn read(&self) -> impl Iterator<Item = Measured> {
        self.rows.iter().map(|row| {
            let mut histogram = match precision_of(row.slot) {
                Precision::Fine => self.fine.clone(),
                Precision::Coarse => self.coarse.clone(),
            };
            row.readers.iter().for_each(|reader| reader.add_to(&mut histogram));
            let above_range = row.readers.iter().map(HistogramReader::above_range).sum();
            Measured { measure: row.measure, slot: row.slot, histogram, above_range }
        })
    }

    fn add(&mut self, measure: Measure, slot: Option<SlotId>) -> HistogramWriter {
        let (writer, reader) = histogram(precision_of(slot));
        // Several threads may measure the same: each has its own, and they are read as one.
        match self.rows.iter_mut().find(|row| (row.measure, row.slot) == (measure, slot)) {
            Some(row) => row.readers.push(reader),
            None => self.rows.push(Row { measure, slot, readers: vec![reader] }),
        }
        writer
    }
}

fn precision_of(slot: Option<SlotId>) -> Precision {
    if slot.is_some() { Precision::Coarse } else { Precision::Fine }
}

/// The histograms of a run with so many slots on so many strategy threads: the stages' handles, and
/// the board to read them by.
///
/// # Errors
/// Never with our bounds; the constructor of the crate's histogram is fallible.
pub fn board(
    level: LatencyLevel,
    slots: usize,
    strategy_threads: usize,
) -> Result<(Recorders, LatencyBoard), CreationError> {
    let (fine, coarse) = (Precision::Fine.empty()?, Precision::Coarse.empty()?);
    let mut board = LatencyBoard { rows: Vec::new(), fine, coarse };
    if level == LatencyLevel::Off {
        return Ok((Recorders::default(), board));
    }
    let stamps = Arc::<Stamps>::default();
    let mut run = |measure| board.add(measure, None);
    let (to_decision, to_order) = (run(Measure::TickToDecision), run(Measure::TickToOrder));
    let (to_end, to_ack) = (run(Measure::TickToEnd), run(Measure::OrderToAck));
    let swap = run(Measure::Swap);
    let mut recorders =
        Recorders { feed: FeedRecorder(Some(Arc::clone(&stamps))), ..Recorders::default() };
    if level == LatencyLevel::Stages {
        let mut of_thread = || {
            StrategyRecorder(Some(StrategySpans {
                stamps: Arc::clone(&stamps),
                feed_to_strategy: run(Measure::FeedToStrategy),
                strategy: run(Measure::Strategy),
                entered: 0,
            }))
        };
        recorders.strategy = (0..strategy_threads).map(|_| of_thread()).collect();
        let mut span = |measure| {
            let (stamps, taken) = (Arc::clone(&stamps), run(measure));
            SpanRecorder(Some(Span { stamps, taken, entered: 0 }))
        };
        recorders.risk = span(Measure::Risk);
        recorders.order.journal = span(Measure::Journal);
        recorders.order.order = span(Measure::Order);
    }
    let slot_ends = |slot| SlotEnds {
        to_decision: board.add(Measure::TickToDecision, Some(slot)),
        to_order: board.add(Measure::TickToOrder, Some(slot)),
        swap: board.add(Measure::Swap, Some(slot)),
    };
    let slots = (0..SlotId::LIMIT).take(slots).map(SlotId).map(slot_ends).collect();
    recorders.order = OrderRecorder {
        ends: Some(Ends { stamps, to_decision, to_order, to_end, to_ack, swap, slots }),
        ..recorders.order
    };
    Ok((recorders, board))
}
