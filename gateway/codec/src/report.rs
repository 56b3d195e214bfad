//! What an import found: every count that a person needs to trust a tape, or not to.
//!
//! Owns the counters and their JSON form; `report_table` prints them. Must never decide anything.
//! Filled by the importers, shown by `ctl tape import`, compared with the independent reader.

use crate::error::LineError;
use royale_model::{Event, EventKind};
use serde::Serialize;

/// Broken lines that are quoted; the rest is counted.
const QUOTED: usize = 10;

/// A line that was not understood.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BrokenLine {
    /// Name of the file.
    pub file: String,
    /// Line number from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// One file of the recording.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Lines, broken ones included.
    pub lines: u64,
    /// Lines that were not understood.
    pub broken: u64,
    /// Lines whose local time is before that of the line above.
    pub time_backwards: u64,
    /// The compressed stream ends in the middle: what followed is missing.
    pub cut_short: bool,
}

/// Events by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct EventCounts {
    /// All of them.
    pub total: u64,
    /// Best bid and ask.
    pub quotes: u64,
    /// Trade prints.
    pub trades: u64,
    /// Book levels.
    pub book_deltas: u64,
    /// Prediction market summaries.
    pub odds: u64,
    /// Gaps.
    pub gaps: u64,
    /// Settlements.
    pub settlements: u64,
    /// Anything else.
    pub other: u64,
}

impl EventCounts {
    /// Counts events.
    pub fn of(events: &[Event]) -> Self {
        let mut counts = Self { total: events.len() as u64, ..Self::default() };
        for event in events {
            let kind = match event.kind() {
                EventKind::Quote => &mut counts.quotes,
                EventKind::Trade => &mut counts.trades,
                EventKind::BookDelta => &mut counts.book_deltas,
                EventKind::Odds => &mut counts.odds,
                EventKind::Gap => &mut counts.gaps,
                EventKind::Settlement => &mut counts.settlements,
                _ => &mut counts.other,
            };
            *kind += 1;
        }
        counts
    }
}

/// How often the replayed book agreed with the venue's own best bid and ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Agreement {
    /// Both prices equal.
    pub exact: u64,
    /// Of those, both sizes equal too.
    pub exact_with_size: u64,
    /// Not exact at the moment, but within 50 ms before or after (local time).
    pub within_50ms: u64,
    /// Neither.
    pub differ: u64,
    /// Nothing to compare with.
    pub no_book: u64,
}

/// One instrument of the recording.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct InstrumentReport {
    /// Its symbol on the tape.
    pub symbol: String,
    /// Its venue.
    pub venue: String,
    /// Snapshots of the book.
    pub snapshots: u64,
    /// Of those, without any level.
    pub snapshots_empty: u64,
    /// Of those, with one side only.
    pub snapshots_one_sided: u64,
    /// Of those, not needed since the book was in step.
    pub snapshots_ignored: u64,
    /// Book messages of the venue: Kalshi deltas, Binance depth updates.
    pub deltas: u64,
    /// Of those, applied.
    pub deltas_applied: u64,
    /// Level changes in the applied ones.
    pub level_updates: u64,
    /// Places where sequence numbers are missing.
    pub sequence_gaps: u64,
    /// How many numbers are missing there (Kalshi).
    pub sequence_missing: u64,
    /// Connections that began anew.
    pub reconnects: u64,
    /// Messages that came twice, dropped.
    pub duplicates: u64,
    /// Book messages before the first snapshot (Kalshi: lost; Binance: older than it).
    pub before_snapshot: u64,
    /// Book messages dropped while the book was void.
    pub dropped: u64,
    /// Binance: snapshots older than the first message that was left.
    pub bridge_failures: u64,
    /// Messages that took a level below zero.
    pub negative_levels: u64,
    /// States in which best bid ≥ best ask.
    pub crossed_states: u64,
    /// Of those, best bid = best ask.
    pub locked_states: u64,
    /// Batch ends at which the book was crossed, so that `LAST` was withheld.
    pub crossed_batch_ends: u64,
    /// Books given up because they stayed crossed.
    pub crossed_too_long: u64,
    /// Book prices that are not a multiple of the instrument's tick.
    pub off_tick: u64,
    /// The venue's own summaries: Kalshi tickers, Binance bookTickers.
    pub tickers: u64,
    /// Trade prints.
    pub trades: u64,
    /// Of those, from before the subscription (Coinbase `last_match`).
    pub last_matches: u64,
    /// Places where trade numbers are missing.
    pub trade_gaps: u64,
    /// How many trades are missing there.
    pub trades_missing: u64,
    /// Trades that came twice, dropped.
    pub trade_repeats: u64,
    /// Book against ticker at the ticker's place in the replay (Kalshi).
    pub bbo_by_local_time: Agreement,
    /// Book against ticker where the venue's clock or update number says that they are the same
    /// state (Kalshi: ms of the exchange; Binance: bookTicker with the greatest number ≤ the book's).
    pub bbo_by_venue: Agreement,
    /// Binance: of those, the numbers are equal.
    pub bbo_same_id: Agreement,
    /// Levels at the end, both sides.
    pub levels: [u64; 2],
    /// The book was valid at the end.
    pub valid_at_end: bool,
    /// SHA-256 of the final book in canonical text.
    pub book_sha256: String,
    /// SHA-256 over the canonical books after every 1,000th applied message.
    pub checkpoints_sha256: String,
    /// What the venue paid, where known.
    pub settlement: Option<String>,
}

/// Everything that an import found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Which importer.
    pub format: String,
    /// The files.
    pub files: Vec<FileReport>,
    /// Lines of all files.
    pub lines: u64,
    /// Lines that were not understood.
    pub broken_lines: u64,
    /// The first of them.
    pub first_broken: Vec<BrokenLine>,
    /// Events on the tape.
    pub events: EventCounts,
    /// Local time of the first event, nanoseconds of UTC.
    pub first_time_ns: i64,
    /// Local time of the last event.
    pub last_time_ns: i64,
    /// The instruments, in the order of their ids.
    pub instruments: Vec<InstrumentReport>,
    /// What a person should know besides.
    pub notes: Vec<String>,
}

impl ImportReport {
    /// Notes a broken line of the file at `index`.
    pub(crate) fn broken(&mut self, index: usize, line: u64, error: &LineError) {
        self.broken_lines += 1;
        let Some(file) = self.files.get_mut(index) else { return };
        file.broken += 1;
        if self.first_broken.len() < QUOTED {
            let (file, reason) = (file.name.clone(), error.to_string());
            self.first_broken.push(BrokenLine { file, line, reason });
        }
    }
    /// Fills what follows from the finished tape.
    pub(crate) fn finish(&mut self, events: &[Event]) {
        self.lines = self.files.iter().map(|file| file.lines).sum();
        self.events = EventCounts::of(events);
        self.first_time_ns = events.first().map_or(0, |event| event.time().raw());
        self.last_time_ns = events.last().map_or(0, |event| event.time().raw());
        for file in self.files.iter().filter(|file| file.cut_short) {
            let name = &file.name;
            self.notes
                .push(format!("{name}: the compressed file is cut short, its end is missing"));
        }
    }
}
